//! The same by hand, for the plan as a shell script.

use super::act::Act;
use super::forward::nft_rules;
use crate::host::command::shell_words;
use crate::plan::step::Manager;

/// The commands; what needs an answer of etcd is told as a comment.
pub fn commands(act: &Act) -> Vec<String> {
    let docker = |manager: &Manager, verb: &str| match manager {
        Manager::Systemd => shell_words(&["systemctl", verb, "docker"]),
        Manager::Upstart => shell_words(&["initctl", verb, "docker"]),
        Manager::Sysvinit => shell_words(&["service", "docker", verb]),
    };
    match act {
        Act::EtcdJoin {
            initial: Some(initial),
            file,
            ..
        } => vec![format!(
            "# where none of these runs etcd yet, put ETCD_INITIAL_CLUSTER={initial} and \
             ETCD_INITIAL_CLUSTER_STATE=new into {file}"
        )],
        Act::EtcdJoin {
            via,
            peer_url,
            file,
            ..
        } => {
            let mut words = vec!["etcdctl".to_owned()];
            words.extend(via.first().map(|via| via.etcdctl(3)).unwrap_or_default());
            let rest = ["member", "add", "--learner", "--peer-urls", peer_url];
            words.extend(rest.map(str::to_owned));
            vec![
                shell_words(&words),
                format!("# put ETCD_INITIAL_CLUSTER and ETCD_INITIAL_CLUSTER_STATE into {file}"),
            ]
        }
        Act::EtcdReady { etcd, .. } => vec![
            format!("# wait until {}/health says true", etcd.urls().join(", ")),
            "# and promote the member with: etcdctl member promote ID".into(),
        ],
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
            ..
        } => {
            let (verb, version) = if *api == 2 {
                ("set", "2")
            } else {
                ("put", "3")
            };
            let key = format!("{prefix}/config");
            let mut argv = vec!["etcdctl".to_owned()];
            argv.extend(etcd.etcdctl(*api));
            argv.extend([verb, &key, value].map(str::to_owned));
            vec![format!("ETCDCTL_API={version} {}", shell_words(&argv))]
        }
        Act::AcceptForward { network, chains } => {
            let iptables = ["-s", "-d"].iter().map(|side| {
                let network = network.to_string();
                let rule = [
                    "iptables", "-I", "FORWARD", "1", side, &network, "-j", "ACCEPT",
                ];
                shell_words(&rule)
            });
            let nft = chains.iter().flat_map(|chain| {
                nft_rules(*network).map(|rule| format!("nft 'insert rule {chain} {rule}'"))
            });
            iptables.chain(nft).collect()
        }
        Act::Anew { back: true, .. } => Vec::new(),
        Act::Anew {
            manager, service, ..
        } => match manager {
            Manager::Systemd => vec![
                "systemctl daemon-reload".into(),
                shell_words(&["systemctl", "restart", service]),
            ],
            // `initctl restart` goes on with the job as it was (init(5)).
            Manager::Upstart => ["stop", "start"]
                .map(|verb| shell_words(&["initctl", verb, service]))
                .into(),
            Manager::Sysvinit => vec![shell_words(&["service", service, "restart"])],
        },
        Act::Start {
            manager, service, ..
        } => vec![match manager {
            Manager::Systemd => shell_words(&["systemctl", "start", service]),
            Manager::Upstart => shell_words(&["initctl", "start", service]),
            Manager::Sysvinit => shell_words(&["service", service, "start"]),
        }],
        Act::PeerRoutes { peers, .. } => {
            let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
            vec![format!(
                "# `ip route` has to show the subnets of {}",
                peers.join(", ")
            )]
        }
        Act::DockerBack { .. } => Vec::new(),
        Act::DockerOnLease { manager, .. } => vec![
            docker(manager, "stop"),
            "ip link delete dev docker0 || true".into(),
            docker(manager, "start"),
        ],
    }
}
