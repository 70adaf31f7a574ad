//! etcd: where it is asked, and the node's own as a member of the nodes' cluster.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::act::Act;
use super::boot::Daemon;
use super::client::{Client, Tls, Urls};
use super::{
    CLIENT_PORT, CLUSTER_CONF, ETCD_CONF, ETCD_DIR, ETCD_SERVICE, FLANNEL_SERVICE, PEER_PORT,
    Planner, Wanted,
};
use crate::answers::config::EtcdRole;
use crate::answers::join::Etcd;
use crate::plan::step::Step;
use crate::plan::survey::MARK;
use crate::plan::verify::VerifyHost;

impl Planner<'_> {
    /// Where this node asks etcd. With TLS not on the loopback, which need not be
    /// in its certificate.
    pub(super) fn etcd(&self) -> Client {
        if !self.wanted.endpoints.is_empty() {
            return Client::Urls(Urls {
                urls: self.wanted.endpoints.to_vec(),
                tls: self.wanted.tls.clone(),
            });
        }
        if self.wanted.role == EtcdRole::Client {
            return self.of_all();
        }
        match (self.members.first(), &self.wanted.tls) {
            (Some(other), _) if !self.member => self.client(other.address),
            (_, Some(_)) => self.client(self.wanted.address),
            (_, None) => self.client(Ipv4Addr::LOCALHOST),
        }
    }

    fn client(&self, address: Ipv4Addr) -> Client {
        let address = SocketAddrV4::new(address, CLIENT_PORT);
        Client::at(address, self.wanted.tls.as_ref())
    }

    /// All members, for one that is none: as long as one of them is up, it is asked.
    fn of_all(&self) -> Client {
        let urls = self.via().iter().flat_map(Client::urls).collect();
        Client::Urls(Urls {
            urls,
            tls: self.wanted.tls.clone(),
        })
    }

    /// Why nothing of etcd can be begun yet, and what to do.
    pub(super) fn waits(&self) -> Option<String> {
        let Wanted { role, first, .. } = *self.wanted;
        if !self.wanted.endpoints.is_empty() {
            return None;
        }
        if role == EtcdRole::Initial {
            let others = self.members.iter();
            let here = 1 + others.filter(|one| one.etcd == Etcd::Initial).count();
            let wanted = usize::from(self.wanted.initial.unwrap_or(1));
            // One that has begun already goes on, whoever has left since.
            return (here < wanted && !self.survey.flannel.etcd_ours).then(|| {
                format!(
                    "{wanted} nodes begin etcd together, and the join files of {} of them are not \
                     here: bring them here, and run groundcrew on all {wanted} at about the same \
                     time.",
                    wanted - here
                )
            });
        }
        let alone = self.members.is_empty() && (!first || role != EtcdRole::Auto);
        alone.then(|| {
            "This node waits for the first one: take this node's join file there, run groundcrew \
             there, bring that node's join file here and run groundcrew here again."
                .into()
        })
    }

    /// The members that there are to be, this node among them if it is one; none where
    /// the cluster is the site's.
    pub(super) fn planned_members(&self) -> Vec<VerifyHost> {
        if !self.wanted.endpoints.is_empty() {
            return Vec::new();
        }
        let host = |name: &str, below| VerifyHost {
            name: name.to_owned(),
            below,
        };
        let others = self.members.iter();
        let mut all: Vec<VerifyHost> = others.map(|one| host(&one.name, one.address)).collect();
        if self.member {
            all.push(host(&self.wanted.name, self.wanted.address));
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// `--initial-cluster`, the same on all nodes that begin together.
    fn initial_cluster(&self) -> String {
        let scheme = self.scheme();
        let others = self.members.iter();
        let mut all: Vec<String> = others
            .filter(|one| one.etcd == Etcd::Initial)
            .map(|one| format!("{}={scheme}://{}:{PEER_PORT}", one.name, one.address))
            .collect();
        all.push(format!("{}={}", self.wanted.name, self.peer_url()));
        all.sort();
        all.join(",")
    }

    pub(super) fn via(&self) -> Vec<Client> {
        let all = self.members.iter();
        all.map(|other| self.client(other.address)).collect()
    }

    fn scheme(&self) -> &'static str {
        match self.wanted.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    fn peer_url(&self) -> String {
        format!("{}://{}:{PEER_PORT}", self.scheme(), self.wanted.address)
    }

    pub(super) fn etcd_steps(&mut self) -> Result<(), String> {
        let Wanted { name, address, .. } = self.wanted;
        let peer_url = self.peer_url();
        self.steps.push(Step::DataDir {
            path: ETCD_DIR.into(),
            mode: 0o700,
            purpose: "etcd's data and its log".into(),
        });
        let scheme = self.scheme();
        // On the chosen interface and the loopback, nowhere else.
        let mut text = format!(
            "{MARK} for {ETCD_SERVICE}.\nETCD_NAME={name}\nETCD_DATA_DIR={ETCD_DIR}/data\n\
             ETCD_LISTEN_CLIENT_URLS={scheme}://{address}:{CLIENT_PORT},{scheme}://127.0.0.1:{CLIENT_PORT}\n\
             ETCD_ADVERTISE_CLIENT_URLS={scheme}://{address}:{CLIENT_PORT}\n\
             ETCD_LISTEN_PEER_URLS={peer_url}\nETCD_INITIAL_ADVERTISE_PEER_URLS={peer_url}\n\
             ETCD_INITIAL_CLUSTER_TOKEN=groundcrew\n"
        );
        if self.wanted.role != EtcdRole::Auto {
            // So that a change of the members is a change here, and is verified from
            // then on.
            let members = self.planned_members();
            let names: Vec<&str> = members.iter().map(|one| one.name.as_str()).collect();
            text.push_str(&format!("# Members: {}\n", names.join(", ")));
        }
        if self.found.enable_v2 {
            text.push_str("ETCD_ENABLE_V2=true\n");
        }
        if let Some(Tls { ca, cert, key }) = &self.wanted.tls {
            // etcd Documentation/op-guide/security: both sides show certificates.
            for side in ["", "PEER_"] {
                text.push_str(&format!(
                    "ETCD_{side}TRUSTED_CA_FILE={ca}\nETCD_{side}CERT_FILE={cert}\n\
                     ETCD_{side}KEY_FILE={key}\nETCD_{side}CLIENT_CERT_AUTH=true\n"
                ));
            }
        }
        self.write(ETCD_CONF, 0o644, text, "where etcd listens, and its data");
        let role = self.wanted.role;
        let makes = self.wanted.first && role == EtcdRole::Auto;
        if makes {
            let text = format!(
                "{MARK} for {ETCD_SERVICE}.\nETCD_INITIAL_CLUSTER={name}={peer_url}\n\
                 ETCD_INITIAL_CLUSTER_STATE=new\n"
            );
            self.write(CLUSTER_CONF, 0o644, text, "a new etcd cluster");
        }
        let init = self.found.init;
        let daemon = self.etcd_daemon();
        let service = daemon.name(init);
        let boot = daemon.steps(init, self.survey.rc_d)?;
        self.steps.extend(boot);
        if !makes {
            self.act(Act::EtcdJoin {
                via: self.via(),
                name: name.clone(),
                peer_url: peer_url.clone(),
                file: CLUSTER_CONF.into(),
                initial: (role == EtcdRole::Initial).then(|| self.initial_cluster()),
            });
        }
        self.steps.push(Step::StartService {
            manager: init,
            service,
        });
        self.act(Act::EtcdReady {
            etcd: self.etcd(),
            via: self.via(),
            peer_url,
            together: role == EtcdRole::Initial && !self.members.is_empty(),
        });
        Ok(())
    }

    fn etcd_daemon(&self) -> Daemon<'static> {
        Daemon {
            service: ETCD_SERVICE,
            description: "etcd for Flannel",
            after: None,
            before: Some(FLANNEL_SERVICE),
            command: self.found.etcd.clone(),
            environment: vec![ETCD_CONF, CLUSTER_CONF],
            log: "/var/lib/etcd-groundcrew/etcd.log",
            lease: None,
            order: (90, 10),
        }
    }
}
