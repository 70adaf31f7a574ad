//! Plans for hosts that are written down.

use super::*;
use crate::answers::config::Config;
use crate::answers::join::Others;
use crate::answers::{Answers, config};
use crate::facts::network::{Interface, Route};
use crate::facts::{self, Fact, Facts};
use crate::host::Scripted;
use crate::judge::decide::Decision;
use crate::judge::interfaces::{Candidates, rank};
use crate::judge::wishes::Wishes;
use crate::plan::choice::Choice;
use crate::plan::make::Inputs;
use crate::plan::programs::Sources;
use crate::plan::scheduler::kubernetes::act::{Containerd, KubernetesSurvey};
use crate::plan::survey::{Program, Survey, Version};
use crate::plan::zerotier::Token;

fn interface(name: &str, address: &str) -> Interface {
    let none = || Fact::absent("a test", "a test");
    Interface {
        name: name.into(),
        index: 2,
        kind: Fact::known("ethernet".into(), "a test"),
        state: Fact::known("up".into(), "a test"),
        admin_up: true,
        carrier: Fact::known(true, "a test"),
        mac: Fact::absent("a test", "a test"),
        mtu: Fact::known(1500, "a test"),
        speed: Fact::absent("a test", "a test"),
        driver: none(),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses: vec![address.parse().unwrap()],
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

fn route(destination: &str, interface: &str) -> Route {
    Route {
        table: 254,
        kind: "unicast".into(),
        destination: destination.parse().unwrap(),
        gateway: None,
        interface: Some(interface.into()),
        metric: 0,
        source: None,
        mtu: None,
    }
}

/// A host with all that is needed, in one place.
struct Case {
    facts: Facts,
    survey: Survey,
    answers: Vec<(&'static str, String)>,
    overlay: Option<String>,
}

fn there((major, minor, patch): Version) -> Program {
    Program::There {
        path: "/usr/bin/x".into(),
        version: (major, minor, patch),
    }
}

impl Case {
    /// With Docker and kubeadm 1.20.2.
    fn new() -> Self {
        Self::with((1, 20, 2))
    }

    fn with(version: Version) -> Self {
        let mut facts = facts::collect(&Scripted::new());
        let known = |text: &str| Fact::known(text.to_owned(), "a test");
        facts.kernel.release = known("6.1.0-13-amd64");
        facts.kernel.cgroup = known("v2");
        facts.kernel.capabilities.insert(
            "br_netfilter".into(),
            Fact::known(Capability::Loadable, "a test"),
        );
        facts
            .kernel
            .capabilities
            .insert("overlay".into(), Fact::known(Capability::Builtin, "a test"));
        facts.firewall.kind = known("iptables");
        facts.docker.installed = Fact::known(true, "a test");
        facts.docker.running = Fact::known(true, "a test");
        facts.docker.cgroup_driver = known("systemd");
        facts.storage.swaps = Fact::known(Vec::new(), "a test");
        facts.storage.fstab_swaps = Fact::known(Vec::new(), "a test");
        facts.network.interfaces = Fact::known(
            vec![
                interface("eth0", "192.0.2.11/24"),
                interface("eth1", "10.0.0.11/24"),
            ],
            "a test",
        );
        facts.network.routes = Fact::known(
            vec![route("0.0.0.0/0", "eth0"), route("10.0.0.0/24", "eth1")],
            "a test",
        );
        let mut survey = Survey::default();
        survey
            .programs
            .insert("iptables".into(), "/sbin/iptables".into());
        survey.kubernetes = KubernetesSurvey {
            kubeadm: there(version),
            kubelet: there(version),
            kubectl: there(version),
            unit: true,
            root_config: true,
            ..KubernetesSurvey::default()
        };
        if version.1 >= 24 {
            survey
                .kubernetes
                .sockets
                .insert("/run/containerd/containerd.sock".into());
            survey.kubernetes.containerd.systemd_cgroup = true;
        }
        Self {
            facts,
            survey,
            answers: vec![("interface.name", "eth1".into())],
            overlay: None,
        }
    }

    fn say(mut self, id: &'static str, text: &str) -> Self {
        self.answers.push((id, text.into()));
        self
    }

    fn joining(self) -> Self {
        self.say("role", "join")
            .say("kubernetes.api-server", "10.0.0.1:6443")
            .say("kubernetes.token", "{file: /root/token}")
            .say(
                "kubernetes.ca-cert-hash",
                &format!("sha256:{}", "AB".repeat(32)),
            )
    }

    fn config(&self) -> Config {
        let mut answers = Answers::default();
        for (id, text) in &self.answers {
            answers.set_text(id, text).unwrap();
        }
        Config::from_answers(&answers).unwrap()
    }

    fn plan(&self) -> Result<Planned, Vec<Refusal>> {
        let config = self.config();
        let wishes = Wishes {
            interface: config.interface.clone(),
            ..Wishes::default()
        };
        let interfaces: Candidates = rank(&self.facts.network, &wishes, None);
        let choice = Choice {
            target: "kubernetes".into(),
            scheduler: "kubernetes".into(),
            overlay: self.overlay.clone(),
            userspace: false,
        };
        let inputs = Inputs {
            config: &config,
            others: &Others::default(),
            facts: &self.facts,
            survey: &self.survey,
            choice: &choice,
            decision: &Decision::default(),
            interfaces: &interfaces,
            underlay: &interfaces,
            sources: &Sources::default(),
            cwd: "/root/site",
        };
        let chosen = interfaces.choose().unwrap();
        plan(&Site {
            inputs: &inputs,
            name: "Node1",
            interface: &chosen.name,
            address: chosen.address.unwrap(),
            mtu: None,
        })
    }

    #[track_caller]
    fn planned(&self) -> Planned {
        self.plan().unwrap()
    }

    /// The ids of the refusals, and their texts.
    #[track_caller]
    fn refused(&self) -> Vec<(String, String)> {
        let refusals = self.plan().unwrap_err();
        refusals
            .into_iter()
            .map(|refusal| (refusal.id, format!("{}; {}", refusal.text, refusal.remedy)))
            .collect()
    }

    /// The id of the only refusal, whose text has these words.
    #[track_caller]
    fn one(&self, id: &str, words: &str) {
        let all = self.refused();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].0, id, "{all:?}");
        assert!(all[0].1.contains(words), "{all:?}");
    }
}

fn acts(planned: &Planned) -> Vec<&Act> {
    let acts = planned.steps.iter().filter_map(|step| match step {
        Step::Kubernetes(act) => Some(act),
        _ => None,
    });
    acts.collect()
}

fn content(planned: &Planned, wanted: &str) -> Option<String> {
    planned.steps.iter().find_map(|step| match step {
        Step::WriteFile { path, content, .. } if path == wanted => {
            let parts = content.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::KubernetesCaHash => {
                    "sha256:0000000000000000000000000000000000000000000000000000000000000000"
                }
                _ => "?",
            });
            Some(parts.collect())
        }
        _ => None,
    })
}

#[test]
fn the_first_host_makes_a_cluster_bound_to_the_chosen_interface() {
    let planned = Case::new().planned();
    let config = content(&planned, INIT_CONFIG).unwrap();
    schema::hold(&config);
    for line in [
        "apiVersion: kubeadm.k8s.io/v1beta2",
        "  advertiseAddress: \"10.0.0.11\"",
        "    node-ip: \"10.0.0.11\"",
        "  name: \"node1\"",
        "  criSocket: \"/var/run/dockershim.sock\"",
        "kubernetesVersion: \"v1.20.2\"",
        "  podSubnet: \"10.244.0.0/16\"",
        "  serviceSubnet: \"10.96.0.0/12\"",
        "cgroupDriver: \"systemd\"",
    ] {
        assert!(config.lines().any(|one| one == line), "{line} in\n{config}");
    }
    let manifest = content(&planned, FLANNEL_MANIFEST).unwrap();
    assert!(manifest.contains("- --iface=eth1\n"), "{manifest}");
    let titles: Vec<_> = acts(&planned).iter().map(|act| act.title()).collect();
    assert_eq!(
        titles,
        [
            format!("Let kubeadm look at this host and pull its images, as {INIT_CONFIG} says"),
            format!("Make the cluster with kubeadm init, as {INIT_CONFIG} says"),
            format!("Apply the network add-on {FLANNEL_MANIFEST}"),
        ]
    );
    let Some(VerifyScheduler::Kubernetes(verify)) = &planned.verify else {
        panic!("{:?}", planned.verify)
    };
    assert_eq!(verify.address, Ipv4Addr::new(10, 0, 0, 11));
    assert!(verify.all && verify.flannel && verify.network.is_none());
    assert!(verify.text().starts_with("every node is ready"));
}

#[test]
fn modules_settings_and_ports_are_there_now_and_after_a_boot() {
    let planned = Case::new().planned();
    let loaded = content(&planned, "/etc/modules-load.d/groundcrew-kubernetes.conf").unwrap();
    // overlay is built in.
    assert!(loaded.ends_with("Kubernetes.\nbr_netfilter\n"), "{loaded}");
    let settings = content(&planned, "/etc/sysctl.d/99-groundcrew-kubernetes.conf").unwrap();
    assert!(settings.contains("net.ipv4.ip_forward = 1\n"), "{settings}");
    let at = |wanted: &Step| {
        planned
            .steps
            .iter()
            .position(|step| step == wanted)
            .unwrap()
    };
    let module = at(&Step::LoadModule {
        name: "br_netfilter".into(),
    });
    // The setting is there only once the module is.
    let bridge = at(&Step::SetSysctl {
        name: "net.bridge.bridge-nf-call-iptables".into(),
        value: "1".into(),
    });
    assert!(module < bridge);
    let holes = |planned: &Planned| -> Vec<String> {
        planned
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::OpenPort(hole) => Some(hole.text()),
                _ => None,
            })
            .collect()
    };
    assert_eq!(
        holes(&planned),
        [
            "TCP 2379 to 10.0.0.11/24",
            "TCP 2380 to 10.0.0.11/24",
            "TCP 6443 to 10.0.0.11/24",
            "UDP 8472 to 10.0.0.11/24",
            "TCP 10250 to 10.0.0.11/24",
        ]
        .map(|text| text.replace(".11/24", ".0/24"))
    );
    let join = Case::new().joining().planned();
    assert_eq!(
        holes(&join),
        ["UDP 8472 to 10.0.0.0/24", "TCP 10250 to 10.0.0.0/24"]
    );
    let left = Case::new().say("firewall", "leave").planned();
    assert!(holes(&left).is_empty());
    assert!(
        left.notes
            .iter()
            .any(|note| note.contains("let TCP 2379, TCP 2380, TCP 6443, UDP 8472, TCP 10250 in")),
        "{:?}",
        left.notes
    );
}

#[test]
fn a_host_joins_with_a_token_that_the_plan_does_not_hold() {
    for (version, api, argument) in [
        ((1, 20, 2), "v1beta2", "    node-ip: \"10.0.0.11\"\n"),
        ((1, 28, 4), "v1beta3", "    node-ip: \"10.0.0.11\"\n"),
        (
            (1, 32, 3),
            "v1beta4",
            "  - name: \"node-ip\"\n    value: \"10.0.0.11\"\n",
        ),
    ] {
        let planned = Case::with(version).joining().planned();
        let acts = acts(&planned);
        let [
            Act::Join {
                head,
                token,
                tail,
                server,
                ..
            },
        ] = acts.as_slice()
        else {
            panic!("{acts:?}")
        };
        assert_eq!(*token, Token::File("/root/token".into()));
        assert_eq!(server, "10.0.0.1:6443");
        schema::hold(&format!("{head}abcdef.0123456789abcdef{tail}"));
        assert!(head.contains(api), "{head}");
        assert!(tail.contains(argument), "{tail}");
        assert!(tail.contains(&"ab".repeat(32)), "{tail}");
        assert!(content(&planned, INIT_CONFIG).is_none());
    }
}

#[test]
fn all_that_is_missing_to_join_is_told_at_once() {
    let all = Case::new().say("role", "join").refused();
    let ids: Vec<_> = all.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(
        ids,
        [
            "kubernetes.api-server",
            "kubernetes.ca-cert-hash",
            "kubernetes.token"
        ]
    );
    let mut typed = Case::new().joining();
    typed.answers.retain(|(id, _)| *id != "kubernetes.token");
    typed
        .say("kubernetes.token", "{prompt: true}")
        .one("kubernetes.token", "typed in");
}

#[test]
fn programs_that_are_missing_are_named_with_where_they_come_from() {
    let mut case = Case::new();
    case.survey.kubernetes.kubeadm = Program::Missing;
    case.survey.kubernetes.kubectl = Program::Missing;
    case.one(
        "scheduler",
        "kubeadm and kubectl are not on this host; install",
    );
    assert!(case.refused()[0].1.contains("pkgs.k8s.io"));
    let mut case = Case::new();
    case.survey.kubernetes.kubelet = there((1, 21, 0));
    case.one("scheduler", "must not be newer");
    let mut case = Case::new();
    case.survey.kubernetes.unit = false;
    case.one("scheduler", "kubelet.service");
    Case::with((1, 12, 0)).one("scheduler", "1.13 or later");
}

#[test]
fn somebody_elses_cluster_is_left_alone_and_ones_own_is_gone_on_with() {
    let mut case = Case::new();
    case.survey.kubernetes.leftovers = vec![ADMIN_CONF.into()];
    case.one("scheduler", ADMIN_CONF);
    // groundcrew's own, whose ranges are what they are.
    case.survey.kubernetes.member = true;
    case.survey.kubernetes.ranges = Some((
        "10.250.0.0/16".parse().unwrap(),
        "10.96.0.0/12".parse().unwrap(),
    ));
    let routes = vec![
        route("10.250.1.0/24", "flannel.1"),
        route("10.250.0.0/24", "cni0"),
    ];
    case.facts.network.routes = Fact::known(routes, "a test");
    let config = content(&case.planned(), INIT_CONFIG).unwrap();
    assert!(config.contains("podSubnet: \"10.250.0.0/16\""), "{config}");
    // A worker is not made a control plane, which would reset it.
    case.survey.kubernetes.leftovers = vec!["/etc/kubernetes/kubelet.conf".into()];
    case.one("role", "is a worker");
    case.survey.kubernetes.leftovers = vec![ADMIN_CONF.into()];
    let other = case.say("kubernetes.pod-network", "10.244.0.0/16");
    other.one("kubernetes.pod-network", "cannot be changed");
}

#[test]
fn the_kernel_is_held_against_the_version_of_kubeadm() {
    let kernel = |version: Version, release: &str| {
        let mut case = Case::with(version);
        case.facts.kernel.release = Fact::known(release.into(), "a test");
        case
    };
    kernel((1, 20, 2), "2.6.32-754.el6.x86_64").one("K1", "< 3.10");
    kernel((1, 20, 2), "3.10.0-1160.el7.x86_64").planned();
    kernel((1, 31, 0), "3.10.0-1160.el7.x86_64").planned();
    kernel((1, 32, 0), "3.10.0-1160.el7.x86_64").one("K9", "< 4.19");
    kernel((1, 33, 0), "4.18.0-553.el8.x86_64").one("K9", "1.31 or earlier");
    kernel((1, 33, 0), "4.19.0-27-amd64").planned();
    let warned = kernel((1, 34, 0), "4.18.0-553.el8.x86_64").planned();
    assert!(
        warned
            .notes
            .iter()
            .any(|note| note.contains("5.4 is the least")),
        "{:?}",
        warned.notes
    );
    kernel((1, 13, 4), "5.4.0-90-generic").one("K9", "1.14 or later");
    let mut case = Case::new();
    let missing = Fact::known(Capability::Missing, "a test");
    case.facts
        .kernel
        .capabilities
        .insert("br_netfilter".into(), missing);
    case.one("kern.mod.br_netfilter", "no br_netfilter");
}

#[test]
fn control_groups_of_version_1_need_a_word_from_1_35_on() {
    let v1 = |version: Version| {
        let mut case = Case::with(version);
        case.facts.kernel.cgroup = Fact::known("v1".into(), "a test");
        case
    };
    v1((1, 34, 0)).planned();
    v1((1, 35, 0)).one("K10", "does not start");
    let allowed = v1((1, 35, 0)).say("kubernetes.allow-cgroup-v1", "true");
    let config = content(&allowed.planned(), INIT_CONFIG).unwrap();
    assert!(
        config.contains("  ignorePreflightErrors:\n  - \"SystemVerification\"\n"),
        "{config}"
    );
    assert!(config.contains("\nfailCgroupV1: false\n"), "{config}");
    Case::with((1, 35, 0)).planned();
}

#[test]
fn the_container_runtime_is_found_or_the_reason_told() {
    let socket = |case: &Case| {
        let config = content(&case.planned(), INIT_CONFIG).unwrap();
        let line = config.lines().find(|line| line.contains("criSocket"));
        line.unwrap().trim().to_owned()
    };
    let of_docker = "criSocket: \"/var/run/dockershim.sock\"";
    assert_eq!(socket(&Case::new()), of_docker);
    // Docker's own containerd does not get in its way.
    let mut both = Case::new();
    both.survey
        .kubernetes
        .sockets
        .insert("/run/containerd/containerd.sock".into());
    assert_eq!(socket(&both), of_docker);
    let new = Case::with((1, 28, 4));
    assert_eq!(
        socket(&new),
        "criSocket: \"unix:///run/containerd/containerd.sock\""
    );
    let mut off = Case::with((1, 28, 4));
    off.survey.kubernetes.containerd.cri_disabled = true;
    off.one("kubernetes.cri-socket", "disabled_plugins");
    let mut docker = Case::with((1, 24, 0));
    docker.survey.kubernetes.sockets.clear();
    docker.one("kubernetes.cri-socket", "dockershim has gone in 1.24");
    Case::with((1, 24, 0))
        .say("kubernetes.cri-socket", "/var/run/dockershim.sock")
        .one("kubernetes.cri-socket", "dockershim has gone in 1.24");
    let mut two = Case::with((1, 28, 4));
    let second = "/var/run/cri-dockerd.sock";
    two.survey.kubernetes.sockets.insert(second.into());
    two.one("kubernetes.cri-socket", "several container runtimes");
    let said = two.say("kubernetes.cri-socket", "unix:///var/run/cri-dockerd.sock");
    assert_eq!(socket(&said), format!("criSocket: \"unix://{second}\""));
    Case::with((1, 28, 4))
        .say("kubernetes.cri-socket", "/run/none.sock")
        .one("kubernetes.cri-socket", "there is no socket /run/none.sock");
    let mut stopped = Case::new();
    stopped.facts.docker.running = Fact::known(false, "a test");
    stopped.one("kubernetes.cri-socket", "Docker does not run");
}

#[test]
fn the_kubelet_has_the_runtimes_cgroup_driver() {
    let driver = |case: &Case| {
        let config = content(&case.planned(), INIT_CONFIG).unwrap();
        let line = config.lines().find(|line| line.starts_with("cgroupDriver"));
        line.unwrap().to_owned()
    };
    let mut cgroupfs = Case::new();
    cgroupfs.facts.docker.cgroup_driver = Fact::known("cgroupfs".into(), "a test");
    assert_eq!(driver(&cgroupfs), "cgroupDriver: \"cgroupfs\"");
    assert!(
        cgroupfs
            .planned()
            .notes
            .iter()
            .any(|n| n.contains("cgroupfs"))
    );
    let mut containerd = Case::with((1, 28, 4));
    containerd.survey.kubernetes.containerd = Containerd::default();
    assert_eq!(driver(&containerd), "cgroupDriver: \"cgroupfs\"");
    cgroupfs
        .say("kubernetes.cgroup-driver", "systemd")
        .one("kubernetes.cgroup-driver", "daemon.json");
}

#[test]
fn swap_is_refused_or_switched_off_by_an_answer() {
    let mut case = Case::new();
    case.facts.storage.swaps = Fact::known(vec!["/swap.img".into()], "a test");
    case.one("kubernetes.swap", "swap is on (/swap.img)");
    let case = case.say("kubernetes.swap", "switch-off");
    let planned = case.planned();
    assert!(acts(&planned).contains(&&Act::SwapOff {
        devices: vec!["/swap.img".into()]
    }));
    let masked = |planned: &Planned| {
        planned.steps.iter().any(|step| {
            matches!(step, Step::Symlink { path, target, .. }
                if path == "/etc/systemd/system/swap.target" && target == "/dev/null")
        })
    };
    assert!(masked(&planned));
    // None now, and one at the next boot.
    let mut case = Case::new();
    case.facts.storage.fstab_swaps = Fact::known(vec!["/swap.img".into()], "a test");
    let planned = case.planned();
    assert!(planned.notes.iter().any(|n| n.contains("/etc/fstab")));
    assert!(!masked(&planned));
    assert!(masked(&case.say("kubernetes.swap", "switch-off").planned()));
    assert!(!masked(
        &Case::new().say("kubernetes.swap", "switch-off").planned()
    ));
}

#[test]
fn ranges_keep_off_routes_each_other_and_what_the_organisation_has() {
    let networks = |case: &Case| {
        let config = content(&case.planned(), INIT_CONFIG).unwrap();
        let (pods, services) = super::config::ranges(&config).unwrap();
        (pods.to_string(), services.to_string())
    };
    let corporate = Case::new().say("needs.corporate-ranges", "[10.0.0.0/8]");
    assert_eq!(
        networks(&corporate),
        ("172.16.0.0/16".into(), "172.17.0.0/16".into())
    );
    let mut overlay = Case::new().say("overlay.network", "10.244.0.0/24");
    assert_eq!(networks(&overlay).0, "10.244.0.0/16");
    overlay.overlay = Some("wireguard".into());
    assert_eq!(networks(&overlay).0, "10.245.0.0/16");
    Case::new()
        .say("kubernetes.pod-network", "10.0.0.0/16")
        .one(
            "kubernetes.pod-network",
            "this host's route 10.0.0.0/24 (eth1)",
        );
    Case::new()
        .say("kubernetes.service-network", "10.244.0.0/16")
        .planned();
    Case::new()
        .say("kubernetes.pod-network", "10.96.0.0/16")
        .say("kubernetes.service-network", "10.96.0.0/12")
        .one("kubernetes.service-network", "overlaps");
    Case::new()
        .say("kubernetes.pod-network", "10.244.0.0/23")
        .say("needs.nodes", "3")
        .one("kubernetes.pod-network", "too small");
}

#[test]
fn flannel_twice_and_traffic_in_the_clear_are_refused() {
    let mut twice = Case::new();
    twice.overlay = Some("flannel".into());
    twice.one("overlay.kind", "twice");
    let clear = Case::new()
        .say("needs.encryption", "required")
        .say("needs.nodes", "3");
    clear.one("needs.encryption", "VXLAN between the nodes has none");
    let mut over = Case::new()
        .say("needs.encryption", "required")
        .say("needs.nodes", "3");
    over.overlay = Some("wireguard".into());
    over.planned();
    let none = clear.say("kubernetes.network-add-on", "none").planned();
    assert!(
        none.notes
            .iter()
            .any(|note| note.contains("no node is ready"))
    );
    let Some(VerifyScheduler::Kubernetes(verify)) = none.verify else {
        panic!("{:?}", none.verify)
    };
    assert!(!verify.network_add_on && !verify.flannel);
}

#[test]
fn what_the_others_join_with_is_an_answers_file_without_a_secret() {
    let case = Case::new()
        .say("kubernetes.token-out", "token")
        .say("kubernetes.token-ttl", "30m")
        .say("needs.nodes", "3");
    let planned = case.planned();
    assert!(acts(&planned).contains(&&Act::Token {
        path: "/root/site/token".into(),
        seconds: 1800
    }));
    let text = content(&planned, "/root/site/token.yaml").unwrap();
    let path = "/root/site/token.yaml";
    let answers = Answers::gather(crate::answers::Inputs {
        file: Some(crate::answers::AnswersFile::parse(
            path,
            text.as_bytes(),
            false,
        )),
        ..crate::answers::Inputs::default()
    });
    let config = Config::from_answers(&answers).unwrap();
    assert_eq!(config.role, config::Role::Join);
    let kubernetes = config.kubernetes;
    assert_eq!(kubernetes.api_server.unwrap().to_string(), "10.0.0.11:6443");
    assert_eq!(
        kubernetes.token.unwrap().to_string(),
        "{file: /root/site/token}"
    );
    assert_eq!(
        kubernetes.ca_cert_hash.unwrap(),
        format!("sha256:{}", "0".repeat(64))
    );
    let none = Case::new().say("needs.nodes", "3").planned();
    assert!(
        !acts(&none)
            .iter()
            .any(|act| matches!(act, Act::Token { .. }))
    );
    assert!(
        none.notes
            .iter()
            .any(|note| note.contains("No join token is made"))
    );
}

#[test]
fn a_site_without_internet_brings_images_and_a_manifest_along() {
    let case = Case::new()
        .say("kubernetes.images", "[/media/images.tar]")
        .say("kubernetes.add-on-manifest", "/media/network.yaml")
        .say("kubernetes.image-repository", "registry.example.com/k8s");
    let planned = case.planned();
    let acts = acts(&planned);
    assert!(matches!(acts[0], Act::LoadImages { files, .. } if files == &["/media/images.tar"]));
    assert!(acts.contains(&&Act::AddOn {
        manifest: "/media/network.yaml".into()
    }));
    assert!(content(&planned, FLANNEL_MANIFEST).is_none());
    let config = content(&planned, INIT_CONFIG).unwrap();
    assert!(config.contains("imageRepository: \"registry.example.com/k8s\""));
    let mut crio = Case::with((1, 28, 4)).say("kubernetes.images", "[/media/images.tar]");
    crio.survey.kubernetes.sockets = ["/run/crio/crio.sock".to_owned()].into();
    crio.one("kubernetes.images", "CRI-O");
}

#[test]
fn undoing_a_cluster_is_something_to_be_asked_for() {
    let planned = Case::new().planned();
    let losing: Vec<_> = planned
        .steps
        .iter()
        .filter(|step| step.loses().is_some())
        .map(Step::title)
        .collect();
    assert_eq!(losing.len(), 1);
    assert!(losing[0].contains("kubeadm init"));
    assert!(
        Case::new()
            .joining()
            .planned()
            .steps
            .iter()
            .any(|s| s.loses().is_some())
    );
}
