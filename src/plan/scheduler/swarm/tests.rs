//! Plans for hosts that are written down.

use serde_json::json;

use super::*;
use crate::answers::join::Others;
use crate::answers::{Answers, Config};
use crate::facts::docker_info::DockerNetwork;
use crate::facts::kernel::Capability;
use crate::facts::network::{BusyPort, Listener, Route};
use crate::facts::{self, Fact, Facts};
use crate::host::Scripted;
use crate::judge::decide::Decision;
use crate::judge::interfaces::{Candidate, Candidates, Verdict};
use crate::plan::choice::Choice;
use crate::plan::make::Inputs;
use crate::plan::programs::Sources;
use crate::plan::survey::Survey;

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "a test")
}

/// A host and its answers, as they are planned for.
struct Case {
    answers: Answers,
    facts: Facts,
    survey: Survey,
    overlay: Option<&'static str>,
    mtu: u32,
}

impl Case {
    fn new(answers: &[(&str, &str)]) -> Self {
        let mut case = Self {
            answers: Answers::default(),
            facts: facts::collect(&Scripted::new()),
            survey: Survey::default(),
            overlay: None,
            mtu: 1500,
        };
        for (id, text) in [("scheduler", "swarm"), ("needs.nodes", "3")]
            .iter()
            .chain(answers)
        {
            case.answers.set_text(id, text).unwrap();
        }
        let docker = &mut case.facts.docker;
        docker.engine = known("docker".into());
        docker.running = known(true);
        docker.version = known("20.10.24+dfsg1".into());
        docker.swarm = known("inactive".into());
        docker.info.live_restore = known(false);
        docker.info.networks = known(vec![DockerNetwork {
            name: "bridge".into(),
            driver: "bridge".into(),
            subnets: vec!["172.17.0.0/16".into()],
        }]);
        let network = &mut case.facts.network;
        network.interfaces = known(Vec::new());
        network.routes = known(vec![route("10.0.0.0/16")]);
        network.listeners = known(Vec::new());
        network.busy = known(Vec::new());
        case.facts.firewall.kind = known("iptables".into());
        case.survey
            .programs
            .insert("iptables".into(), "/sbin/iptables".into());
        case.survey.swarm.state = Some("inactive".into());
        case
    }

    fn joining(answers: &[(&str, &str)]) -> Self {
        let base = [
            ("role", "join"),
            ("swarm.manager", "10.92.0.1"),
            ("swarm.token", "{file: /root/token}"),
        ];
        Self::new(&[&base, answers].concat())
    }

    fn busy(mut self, protocol: &str, port: u16, owner: Option<&str>) -> Self {
        self.facts.network.busy = known(vec![BusyPort {
            protocol: protocol.into(),
            port,
            owner: owner.map(str::to_owned),
        }]);
        self
    }

    fn active(mut self, control: bool, address: &str) -> Self {
        let swarm = &mut self.survey.swarm;
        swarm.state = Some("active".into());
        swarm.control = control;
        swarm.address = address.into();
        swarm.managers = vec!["10.92.0.1:2377".into()];
        self
    }

    fn plan(&self) -> Result<Planned, Vec<Refusal>> {
        let config = Config::from_answers(&self.answers).unwrap();
        let choice = Choice {
            target: "swarm".into(),
            scheduler: "swarm".into(),
            overlay: self.overlay.map(str::to_owned),
            userspace: false,
        };
        let interfaces = Candidates {
            candidates: vec![Candidate {
                name: "eth0".into(),
                kind: None,
                state: None,
                addresses: vec!["10.92.0.2/24".parse().unwrap()],
                mtu: Some(self.mtu),
                speed: None,
                driver: None,
                mac: None,
                default_route: None,
                verdict: Verdict::Recommended,
                reasons: Vec::new(),
                address: Some([10, 92, 0, 2].into()),
            }],
            pick: Some("eth0".into()),
            problem: None,
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
            cwd: "/root",
        };
        plan(&Site {
            inputs: &inputs,
            name: "bravo",
            interface: "eth0",
            address: [10, 92, 0, 2].into(),
            mtu: Some(self.mtu),
        })
    }

    fn titles(&self) -> Vec<String> {
        let planned = self.plan().unwrap();
        planned.steps.iter().map(Step::title).collect()
    }

    fn notes(&self) -> String {
        self.plan().unwrap().notes.join("\n")
    }

    #[track_caller]
    fn refused(&self, id: &str, words: &str) {
        let refusals = self.plan().unwrap_err();
        assert!(
            refusals
                .iter()
                .any(|one| one.id == id && one.text.contains(words) && !one.remedy.is_empty()),
            "{refusals:#?}"
        );
    }
}

fn route(destination: &str) -> Route {
    Route {
        table: 254,
        kind: "unicast".into(),
        destination: destination.parse().unwrap(),
        gateway: None,
        interface: Some("eth0".into()),
        metric: 0,
        source: None,
        mtu: None,
    }
}

#[test]
fn the_first_node_makes_it_with_ranges_that_nobody_has_and_opens_its_ports() {
    let case = Case::new(&[]);
    assert_eq!(
        case.titles(),
        [
            "Open TCP 2377 to 10.92.0.0/24 in iptables",
            "Open TCP 7946 to 10.92.0.0/24 in iptables",
            "Open UDP 7946 to 10.92.0.0/24 in iptables",
            "Open UDP 4789 to 10.92.0.0/24 in iptables",
            "Load an image of 161 bytes that sleeps: what verification starts on each node",
            "Make a Swarm, this node its manager at 10.92.0.2, its networks /24 of 10.1.0.0/16",
            "Write the join tokens to /root/swarm-join-tokens (0600, never shown)",
        ]
    );
    assert!(case.notes().contains("swarm.manager: 10.92.0.2:2377"));
    // All of them are in the way of a range.
    let case = Case::new(&[
        ("needs.corporate-ranges", "[10.0.0.0/8]"),
        ("needs.nodes", "1"),
        ("firewall", "leave"),
    ]);
    assert_eq!(
        case.titles()[1],
        "Make a Swarm, this node its manager at 10.92.0.2, its networks /24 of 172.16.0.0/16"
    );
    assert_eq!(case.titles().len(), 2);
    assert!(
        case.notes()
            .contains("let TCP 2377, TCP 7946, UDP 7946, UDP 4789 in from 10.92.0.0/24")
    );
}

#[test]
fn a_joining_node_opens_what_it_is_and_names_where_its_token_is() {
    let case = Case::joining(&[]);
    let titles = case.titles();
    assert!(!titles[0].contains("2377"), "{titles:?}");
    assert_eq!(
        titles.last().unwrap(),
        "Join the Swarm of 10.92.0.1:2377 as a worker at 10.92.0.2"
    );
    assert!(case.notes().contains("docker node rm bravo"));
    let manager = Case::joining(&[("swarm.as", "manager")]);
    assert!(manager.titles()[0].contains("TCP 2377"));
    // Through a private network that knows nobody yet, the manager is not reached.
    let mut below = Case::joining(&[]);
    below.overlay = Some("wireguard");
    assert!(below.titles().is_empty() && below.plan().unwrap().verify.is_none());
    assert!(below.notes().contains("waits for join files"));
    // The token is never an argument of a program.
    let planned = manager.plan().unwrap();
    let Some(Step::Swarm(act)) = planned.steps.last() else {
        panic!("{planned:?}");
    };
    let shown = act.commands().join("\n");
    assert!(
        shown.starts_with("printf ")
            && shown.contains("$(sed -n 's/^manager: *//p' /root/token)")
            && !shown.contains("--token"),
        "{shown}"
    );
    let mut typed = Case::joining(&[]);
    typed
        .answers
        .set_text("swarm.token", "{prompt: true}")
        .unwrap();
    typed.refused("swarm.token", "typed in");
    let mut wrong = Case::joining(&[]);
    wrong.survey.swarm.token_problem = Some("no such file".into());
    wrong.refused("swarm.token", "no such file");
}

#[test]
fn what_docker_would_not_tell_is_refused() {
    let taken = |protocol, port| Case::new(&[]).busy(protocol, port, Some("consul"));
    taken("tcp", 2377).refused("port.tcp.2377", "consul");
    taken("tcp", 7946).refused("port.tcp.7946", "no other node would hear");
    taken("udp", 7946).refused("port.udp.7946", "UDP 7946");
    // Only a manager listens there.
    let worker = Case::joining(&[]).busy("tcp", 2377, None);
    assert!(worker.plan().is_ok());
    let mut live = Case::new(&[]);
    live.facts.docker.info.live_restore = known(true);
    live.refused("docker.live-restore", "live-restore");
    let mut podman = Case::new(&[]);
    podman.facts.docker.engine = known("podman".into());
    podman.refused("docker.podman", "podman");
    let mut off = Case::new(&[]);
    off.facts.docker.running = known(false);
    off.refused("docker.running", "does not run");
    off.facts.docker.running = Fact::unreadable("EACCES", "the socket");
    off.refused("docker.running", "not known");
    let mut down = Case::new(&[]);
    let mut host = Scripted::new();
    host.links = vec![crate::host::netlink::Link {
        index: 2,
        name: "eth0".into(),
        ..Default::default()
    }];
    down.facts.network.interfaces = facts::collect(&host).network.interfaces;
    down.refused("net.iface.down", "eth0 is down");
}

#[test]
fn a_node_that_is_in_a_swarm_stays_in_it_or_is_refused() {
    // The wanted one: nothing but what it lacks.
    let mut first = Case::new(&[]).active(true, "10.92.0.2");
    first.survey.swarm.pools = vec!["10.20.0.0/16".parse().unwrap()];
    first.survey.swarm.data_path_port = Some(4790);
    assert!(
        first.titles()[5].ends_with("10.20.0.0/16, its data path on UDP 4790"),
        "{:?}",
        first.titles()
    );
    // Its own ports are no obstacle.
    assert!(first.busy("tcp", 7946, Some("dockerd")).plan().is_ok());
    assert!(Case::joining(&[]).active(false, "10.92.0.2").plan().is_ok());
    // A worker that is to be a manager: what that needs here is done, and the rest told.
    let promoted = Case::joining(&[("swarm.as", "manager")]).active(false, "10.92.0.2");
    assert!(promoted.titles()[0].contains("TCP 2377"));
    assert!(promoted.notes().contains("docker node promote bravo"));
    assert_eq!(
        promoted.titles().last().unwrap(),
        "Join the Swarm of 10.92.0.1:2377 as a worker at 10.92.0.2"
    );
    // Another one.
    Case::new(&[])
        .active(true, "10.92.0.9")
        .refused("docker.swarm", "10.92.0.9");
    Case::new(&[])
        .active(false, "10.92.0.2")
        .refused("docker.swarm", "worker");
    Case::joining(&[("swarm.manager", "10.92.0.7")])
        .active(false, "10.92.0.2")
        .refused("docker.swarm", "another Swarm");
    for (state, words) in [
        ("locked", "locked"),
        ("pending", "still trying"),
        ("error", "state error"),
    ] {
        let mut case = Case::new(&[]);
        case.survey.swarm.state = Some(state.into());
        case.refused("docker.swarm", words);
    }
    // What a Swarm was made with stays.
    let mut other =
        Case::new(&[("swarm.address-pools", "[10.30.0.0/16]")]).active(true, "10.92.0.2");
    other.survey.swarm.pools = vec!["10.20.0.0/16".parse().unwrap()];
    other.refused("swarm.address-pools", "never changed");
    let mut other = Case::new(&[("swarm.data-path-port", "4800")]).active(true, "10.92.0.2");
    other.survey.swarm.data_path_port = Some(4789);
    other.refused("swarm.data-path-port", "never changed");
}

#[test]
fn ranges_that_lie_over_others_are_refused_with_one_that_is_free() {
    let case = Case::new(&[("swarm.address-pools", "[10.0.0.0/8]")]);
    case.refused("swarm.address-pools", "the route to 10.0.0.0/16");
    Case::joining(&[("swarm.address-pools", "[172.17.0.0/16]")])
        .refused("swarm.address-pools", "Docker's network bridge");
    Case::new(&[("swarm.address-pools", "[10.40.0.0/16, 10.40.1.0/24]")])
        .refused("swarm.address-pools", "lie over each other");
    Case::new(&[("swarm.address-pools", "[10.40.0.0/26]")])
        .refused("swarm.subnet-len", "smaller than one network");
    let mut below = Case::new(&[("swarm.address-pools", "[10.90.0.0/16]")]);
    below.overlay = Some("wireguard");
    below.refused("swarm.address-pools", "overlay.network");
}

#[test]
fn an_older_docker_is_told_less_and_refused_what_it_cannot_do() {
    let old = |version: &str, answers: &[(&str, &str)]| {
        let mut case = Case::new(answers);
        case.facts.docker.version = known(version.into());
        case.facts.network.routes = known(vec![route("192.168.0.0/24")]);
        case
    };
    let init = |case: &Case| {
        let planned = case.plan().unwrap();
        let found = planned.steps.iter().find_map(|step| match step {
            Step::Swarm(act @ Act::Init { .. }) => Some(act.commands().join("")),
            _ => None,
        });
        found.unwrap()
    };
    let now = init(&old("20.10.24", &[]));
    for option in [
        "--data-path-addr",
        "--default-addr-pool ",
        "--data-path-port 4789",
    ] {
        assert!(now.contains(option), "{now}");
    }
    let ancient = old("1.13.1", &[]);
    let line = init(&ancient);
    assert_eq!(
        line,
        "docker swarm init --advertise-addr 10.92.0.2 >/dev/null"
    );
    assert!(ancient.notes().contains("17.06"));
    old("18.06.1-ce", &[("swarm.address-pools", "[10.20.0.0/16]")])
        .refused("swarm.address-pools", "18.09");
    old("18.09.1", &[("swarm.data-path-port", "4790")]).refused("swarm.data-path-port", "19.03");
    old("18.09.1", &[])
        .busy("udp", 4789, None)
        .refused("port.udp.4789", "UDP 4789 is taken");
    let mut over = old("17.03.2-ce", &[]);
    over.facts.network.routes = known(vec![route("10.0.4.0/24")]);
    over.refused("swarm.address-pools", "10.0.4.0/24");
}

#[test]
fn a_port_that_is_taken_is_passed_over() {
    let mut case = Case::new(&[]).busy("udp", 4789, None);
    case.facts.network.listeners = known(vec![Listener {
        protocol: "udp".into(),
        address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        port: 4790,
    }]);
    assert!(
        case.titles()[5].ends_with("its data path on UDP 4791"),
        "{:?}",
        case.titles()
    );
    assert!(case.notes().contains("swarm.data-path-port: 4791"));
    Case::joining(&[])
        .busy("udp", 4789, None)
        .refused("port.udp.4789", "the kernel itself");
    let joining = Case::joining(&[("swarm.data-path-port", "4791")]).busy("udp", 4789, None);
    assert!(
        joining
            .titles()
            .iter()
            .any(|title| title.contains("UDP 4791"))
    );
}

#[test]
fn a_smaller_mtu_is_given_to_the_ingress_network_and_told_for_the_others() {
    let mut case = Case::new(&[("needs.encryption", "required")]);
    case.mtu = 1420;
    case.overlay = Some("wireguard");
    let titles = case.titles();
    assert!(
        titles
            .contains(&"Make the Swarm's ingress network anew for an MTU of 1420 below it".into()),
        "{titles:?}"
    );
    let notes = case.notes();
    assert!(
        notes.contains("com.docker.network.driver.mtu=1420") && notes.contains("WireGuard below"),
        "{notes}"
    );
    // Something may be published by now.
    let mut made = case.active(true, "10.92.0.2");
    assert!(!made.titles().iter().any(|title| title.contains("ingress")));
    assert!(made.notes().contains("docker network rm ingress"));
    made.survey.swarm.ingress_mtu = Some(1420);
    assert!(made.titles().iter().any(|title| title.contains("ingress")));
}

#[test]
fn encryption_is_dockers_own_where_nothing_below_does_it() {
    let with = |wish: &str, kernel: &[&str]| {
        let mut case = Case::new(&[("needs.encryption", wish)]);
        for name in kernel {
            let there = known(Capability::Loadable);
            case.facts.kernel.capabilities.insert((*name).into(), there);
        }
        case
    };
    with("required", &[]).refused("needs.encryption", "ESP");
    with("required", &["esp"]).refused("needs.encryption", "xt_u32");
    assert!(with("preferred", &[]).notes().contains("not encrypted"));
    let case = with("required", &["esp", "xt_u32"]);
    assert!(
        case.titles()
            .contains(&"Open ESP to 10.92.0.0/24 in iptables".into()),
        "{:?}",
        case.titles()
    );
    let verify = case.plan().unwrap().verify.unwrap();
    assert_eq!(json!(verify)["encrypted"], true);
}

#[test]
fn tokens_are_replaced_once_all_are_there() {
    let at = |ready: u32, file: bool, rotate: &str| {
        let mut case = Case::new(&[("swarm.rotate-tokens", rotate)]).active(true, "10.92.0.2");
        case.survey.swarm.ready = ready;
        case.survey.swarm.token_file = file;
        let planned = case.plan().unwrap();
        let last = planned.steps.last().unwrap().title();
        (last, planned.notes.join("\n"))
    };
    assert!(at(2, true, "true").0.starts_with("Write the join tokens"));
    assert!(at(3, true, "true").0.starts_with("Replace the join tokens"));
    assert!(at(3, false, "true").0.starts_with("Make a Swarm"));
    let (last, notes) = at(3, true, "false");
    assert!(last.starts_with("Make a Swarm") && notes.contains("still lets anybody in"));
}
