//! Flannel with etcd for the native scheduler.
//!
//! The first node makes an etcd of one member; each further node joins it
//! through the members whose join files it has. Flannel's configuration is
//! written into etcd once, flanneld gets a lease for the node, and Docker's
//! bridge is moved into the lease.

pub mod act;
mod anew;
pub(super) mod boot;
pub mod client;
mod coming;
mod docker;
mod etcd;
mod fit;
pub mod forward;
pub mod shell;
mod tls;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use minijinja::context;

use self::act::Act;
pub use self::anew::runs_with;
use self::boot::{Daemon, fill};
use self::client::Tls;
use super::opening::{Opening, Port};
use crate::answers::config::{EtcdRole, FlannelBackend};
use crate::answers::join::{Etcd, Flannel};
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::programs::Sources;
use crate::plan::step::{Manager, Part, Protocol, Step};
use crate::plan::survey::{MARK, Survey};
use crate::plan::verify::VerifyHost;
use crate::plan::{Refusal, VerifyFlannel};

/// etcd's ports for clients and members (etcd Documentation/op-guide/security).
pub const CLIENT_PORT: u16 = 2379;
const PEER_PORT: u16 = 2380;
/// More members cost more than they give: flanneld on the other nodes asks these.
pub const MOST_MEMBERS: usize = 7;

/// Where etcd's data is.
const ETCD_DIR: &str = "/var/lib/etcd-groundcrew";
/// Where flanneld's log is.
const FLANNEL_DIR: &str = "/var/lib/flannel-groundcrew";
const ETCD_SERVICE: &str = "etcd-groundcrew";
const FLANNEL_SERVICE: &str = "flanneld-groundcrew";
/// Where etcd is told where it listens.
pub const ETCD_CONF: &str = "/etc/groundcrew/etcd.conf";
const CLUSTER_CONF: &str = "/etc/groundcrew/etcd-cluster.conf";
const LEASE_SCRIPT: &str = "/etc/groundcrew/flannel-lease";
/// Where flanneld writes its lease.
pub const SUBNET_FILE: &str = "/run/flannel/subnet.env";
/// What Docker is told of the lease, as mk-docker-opts.sh writes it.
const DOCKER_FILE: &str = "/run/flannel/docker";

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted<'a> {
    /// This node's name.
    pub name: String,
    /// Its address on the chosen interface.
    pub address: Ipv4Addr,
    /// The chosen interface's own network, to tell who is on the same wire.
    pub wire: Vec<Ipv4Net>,
    /// Whether it is the first node.
    pub first: bool,
    /// The network of all containers.
    pub network: Ipv4Net,
    /// Prefix length of each node's subnet.
    pub subnet_len: u8,
    /// How packets get from node to node, as answered.
    pub backend: FlannelBackend,
    /// Key in etcd below which Flannel keeps its data.
    pub prefix: String,
    /// Client URLs of an etcd cluster of the site's own; none: the nodes make one.
    pub endpoints: &'a [String],
    /// What this node is to the etcd that the nodes make.
    pub role: EtcdRole,
    /// How many nodes begin that together.
    pub initial: Option<u8>,
    /// The files for etcd's TLS; none: plain HTTP.
    pub tls: Option<Tls>,
    /// The other nodes.
    pub others: &'a [Flannel],
    /// Whether the firewall is to be opened.
    pub open_firewall: bool,
    /// Whether Docker may be restarted though containers run.
    pub docker_restart: bool,
    /// Init system that the boot services are written for.
    pub init: Option<Manager>,
    /// Where the join file is written, as an absolute path.
    pub join_path: String,
    /// Where flanneld was answered to be.
    pub flanneld: Option<String>,
    /// Where etcd was answered to be.
    pub etcd: Option<String>,
    /// From where they may come where they are not here.
    pub sources: Sources,
}

/// The overlay's part of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Steps.
    pub steps: Vec<Step>,
    /// What is left to the operator.
    pub notes: Vec<String>,
    /// What is verified afterwards; none as long as this node waits for the
    /// first one's join file.
    pub verify: Option<VerifyFlannel>,
}

/// Plans Flannel.
///
/// # Errors
/// All reasons why this host cannot be set up like this, at once.
pub fn plan(wanted: &Wanted<'_>, facts: &Facts, survey: &Survey) -> Result<Planned, Vec<Refusal>> {
    let members: Vec<&Flannel> = wanted
        .others
        .iter()
        .filter(|other| other.etcd.is_member())
        .collect();
    let of_site = !wanted.endpoints.is_empty();
    let member = !of_site
        && match wanted.role {
            EtcdRole::Auto => members.len() < MOST_MEMBERS,
            EtcdRole::Initial | EtcdRole::Member => true,
            EtcdRole::Client => false,
        };
    let brought = coming::look(wanted, facts, survey, member);
    let survey = &brought.survey;
    let mut found = fit::check(wanted, facts, &brought, member)
        .map_err(|refusals| brought.with_origins(refusals))?;
    let notes = std::mem::take(&mut found.notes);
    let mut plan = Planner {
        wanted,
        facts,
        survey,
        found: &found,
        members,
        member,
        steps: Vec::new(),
        notes,
    };
    plan.steps.push(plan.join_file());
    if let Some(note) = plan.waits() {
        plan.notes.push(note);
        return Ok(Planned {
            steps: plan.steps,
            notes: plan.notes,
            verify: None,
        });
    }
    plan.steps.extend(brought.steps.iter().cloned());
    plan.notes.extend(brought.notes.iter().cloned());
    let filled = plan.all();
    filled.map_err(|text| {
        vec![Refusal {
            id: "internal".into(),
            text: format!("a template cannot be filled: {text}"),
            remedy: "report this".into(),
        }]
    })?;
    let peers = wanted.others.iter().map(|other| VerifyHost {
        name: other.name.clone(),
        below: other.address,
    });
    let verify = VerifyFlannel {
        network: wanted.network,
        subnet_file: SUBNET_FILE.into(),
        etcd: plan.etcd(),
        api: found.api,
        prefix: wanted.prefix.clone(),
        members: plan.planned_members(),
        etcd_alone: false,
        peers: peers.collect(),
    };
    Ok(Planned {
        steps: plan.steps,
        notes: plan.notes,
        verify: Some(verify),
    })
}

struct Planner<'a> {
    wanted: &'a Wanted<'a>,
    facts: &'a Facts,
    survey: &'a Survey,
    found: &'a fit::Found,
    members: Vec<&'a Flannel>,
    member: bool,
    steps: Vec<Step>,
    notes: Vec<String>,
}

impl Planner<'_> {
    fn all(&mut self) -> Result<(), String> {
        self.holes();
        if self.member {
            self.etcd_steps()?;
        } else if self.wanted.role == EtcdRole::Auto && self.wanted.endpoints.is_empty() {
            self.notes.push(format!(
                "{MOST_MEMBERS} nodes run etcd already: this one asks them and runs none itself."
            ));
        }
        let wanted = self.wanted;
        self.act(Act::Configure {
            etcd: self.etcd(),
            api: self.found.api,
            prefix: wanted.prefix.clone(),
            value: self.configuration(),
            of_site: !wanted.endpoints.is_empty(),
        });
        self.flanneld_steps()?;
        docker::steps(self)?;
        if !wanted.others.is_empty() {
            self.act(Act::PeerRoutes {
                manager: self.found.init,
                service: self.flanneld().name(self.found.init),
                etcd: self.etcd(),
                api: self.found.api,
                prefix: wanted.prefix.clone(),
                network: wanted.network,
                peers: wanted.others.iter().map(|other| other.address).collect(),
            });
        }
        self.last_words();
        Ok(())
    }

    fn act(&mut self, act: Act) {
        self.steps.push(Step::Flannel(act));
    }

    fn write(&mut self, path: &str, mode: u32, text: String, purpose: &str) {
        self.steps.push(Step::WriteFile {
            path: path.into(),
            mode,
            content: vec![Part::Text(text)],
            purpose: purpose.into(),
        });
    }

    fn join_file(&self) -> Step {
        let Wanted {
            name,
            address,
            network,
            ..
        } = self.wanted;
        let etcd = match (self.member, self.wanted.endpoints) {
            (true, _) if self.wanted.role == EtcdRole::Initial => Etcd::Initial,
            (true, _) => Etcd::Member,
            (false, []) => Etcd::Client,
            (false, _) => Etcd::Site,
        };
        let tls = match self.wanted.tls {
            Some(_) => "etcd-tls: true\n",
            None => "",
        };
        let text = format!(
            "{MARK} on {name}: give this file to the other nodes.\nversion: 1\nkind: flannel\n\
             name: {name}\naddress: {address}\netcd: {}\n{tls}network: {network}\n",
            etcd.word()
        );
        Step::WriteFile {
            path: self.wanted.join_path.clone(),
            mode: 0o644,
            content: vec![Part::Text(text)],
            purpose: crate::plan::FOR_OTHERS.into(),
        }
    }

    fn configuration(&self) -> String {
        let Wanted {
            network,
            subnet_len,
            ..
        } = self.wanted;
        format!(
            "{{\"Network\":\"{network}\",\"SubnetLen\":{subnet_len},\"Backend\":{{\"Type\":\"{}\"}}}}",
            self.found.backend.word()
        )
    }

    /// Ports for the other nodes alone: without TLS etcd has no authentication.
    fn holes(&mut self) {
        let sources: Vec<Ipv4Net> = self
            .wanted
            .others
            .iter()
            .map(|other| Ipv4Net::from(other.address))
            .collect();
        let mut ports = Vec::new();
        if self.member {
            ports.push((Protocol::Tcp, CLIENT_PORT, "groundcrew-etcd"));
            ports.push((Protocol::Tcp, PEER_PORT, "groundcrew-etcd"));
        }
        // Flannel Documentation/backends.md: the ports that are taken where the
        // configuration names none (vxlan: the kernel's).
        match self.found.backend {
            FlannelBackend::Udp => ports.push((Protocol::Udp, 8285, "groundcrew-flannel")),
            FlannelBackend::Vxlan => ports.push((Protocol::Udp, 8472, "groundcrew-flannel")),
            FlannelBackend::HostGw | FlannelBackend::Auto => {}
        }
        let words: Vec<_> = ports
            .iter()
            .map(|(protocol, port, _)| format!("{} {port}", protocol.word().to_uppercase()))
            .collect();
        let words = words.join(", ");
        let opening = Opening {
            wanted: self.wanted.open_firewall,
            by_hand: format!("let {words} in from the other nodes alone"),
            example: "ip saddr { NODES } tcp dport { 2379, 2380 }".into(),
            rules: format!("rules for {words} are"),
        };
        if sources.is_empty() {
            return;
        }
        let ports = ports
            .into_iter()
            .map(|(protocol, port, comment)| Port {
                protocol,
                port,
                sources: sources.clone(),
                comment: comment.into(),
            })
            .collect();
        let steps = opening.steps(ports, self.facts, self.survey, &mut self.notes);
        self.steps.extend(steps);
    }

    fn flanneld(&self) -> Daemon<'static> {
        let Wanted {
            address, prefix, ..
        } = self.wanted;
        // Without an interface flanneld takes that of the default route, which
        // behind the NAT of a virtual machine is the same on all nodes.
        let endpoints: Vec<_> = if self.member || !self.wanted.endpoints.is_empty() {
            self.etcd().urls()
        } else {
            self.via().iter().flat_map(|one| one.urls()).collect()
        };
        let tls = self.wanted.tls.as_ref().map(|tls| {
            let Tls { ca, cert, key } = tls;
            format!(" -etcd-cafile={ca} -etcd-certfile={cert} -etcd-keyfile={key}")
        });
        Daemon {
            service: FLANNEL_SERVICE,
            description: "flanneld",
            after: self.member.then_some(ETCD_SERVICE),
            before: None,
            command: format!(
                "{} -etcd-endpoints={}{} -etcd-prefix={prefix} -iface={address} \
                 -public-ip={address} -subnet-file={SUBNET_FILE}",
                self.found.flanneld,
                endpoints.join(","),
                tls.unwrap_or_default()
            ),
            environment: Vec::new(),
            log: "/var/lib/flannel-groundcrew/flanneld.log",
            lease: Some(LEASE_SCRIPT),
            order: (92, 8),
        }
    }

    fn flanneld_steps(&mut self) -> Result<(), String> {
        let (init, network) = (self.found.init, self.wanted.network);
        self.steps.push(Step::DataDir {
            path: FLANNEL_DIR.into(),
            mode: 0o700,
            purpose: "flanneld's log".into(),
        });
        let daemon = self.flanneld();
        let chains = self.forward_chains();
        let script = fill(
            include_str!("../../../assets/templates/flannel-lease"),
            context! {
                subnet_file => SUBNET_FILE,
                docker_file => DOCKER_FILE,
                network => network.to_string(),
                log => daemon.log,
                iptables => &self.found.iptables,
                nft => self.survey.programs.get("nft"),
                chains => &chains,
                nft_rules => forward::nft_rules(network),
            },
        )?;
        self.write(
            LEASE_SCRIPT,
            0o755,
            script,
            "waits for the lease, for Docker",
        );
        let module = match self.found.backend {
            FlannelBackend::Vxlan => Some("vxlan"),
            FlannelBackend::Udp => Some("tun"),
            FlannelBackend::HostGw | FlannelBackend::Auto => None,
        };
        let loadable = |name: &&str| {
            let capability = self.facts.kernel.capabilities.get(*name);
            let value = capability.and_then(|fact| fact.value());
            value == Some(&Capability::Loadable)
        };
        if let Some(name) = module.filter(loadable) {
            self.steps.push(Step::LoadModule { name: name.into() });
        }
        self.steps.push(Step::SetSysctl {
            name: "net.ipv4.ip_forward".into(),
            value: "1".into(),
        });
        self.act(Act::AcceptForward { network, chains });
        let anew = self.anew(&daemon);
        self.steps.extend(anew.clone().map(|(back, _)| back));
        let boot = daemon.steps(init, self.survey.rc_d)?;
        self.steps.extend(boot);
        self.steps.extend(anew.map(|(_, anew)| anew));
        self.act(Act::Start {
            manager: init,
            service: daemon.name(init),
            subnet_file: SUBNET_FILE.into(),
            log: daemon.log.into(),
            network,
            etcd: self.etcd(),
            api: self.found.api,
            prefix: self.wanted.prefix.clone(),
        });
        Ok(())
    }

    /// nftables' own chains that would drop what is forwarded, or could: whatever
    /// one of them accepts, each of the others may still drop.
    fn forward_chains(&mut self) -> Vec<String> {
        let chains = &self.survey.nft_forward;
        if chains.is_empty() || self.wanted.open_firewall {
            return chains.clone();
        }
        self.notes.push(format!(
            "The firewall is left alone, as answered: accept what is forwarded from and to {} in \
             {} of nftables.",
            self.wanted.network,
            chains.join(", ")
        ));
        Vec::new()
    }

    fn last_words(&mut self) {
        let members = self.members.len() + usize::from(self.member);
        // A fleet's plan has an odd number.
        if self.wanted.role == EtcdRole::Auto && members > 0 && members.is_multiple_of(2) {
            self.notes.push(format!(
                "etcd has {members} members with this node: an even number bears no more failures \
                 than {}; take an odd one.",
                members - 1
            ));
        }
        self.notes.push(
            "Flannel does not encrypt: whoever is on the wire between the nodes can read along."
                .into(),
        );
        if self.found.flannel >= (0, 18, 0) && !self.wanted.others.is_empty() {
            self.notes.push(
                "Set the nodes up one after the other: this flanneld can lose the routes to nodes \
                 that start at the same time."
                    .into(),
            );
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
