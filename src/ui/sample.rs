//! Two hosts for tests, and a backend that plays them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::answers::{Answers, Value};
use crate::apply::engine::{Choice, Event, Watch};
use crate::apply::journal::StepState;
use crate::apply::verify::{Status as VerifyStatus, Verified};
use crate::facts::Fact;
use crate::facts::flat::FlatFacts;
use crate::facts::network::{Interface, Network};
use crate::judge::decide::{Options, decide};
use crate::judge::explain;
use crate::judge::interfaces::rank;
use crate::judge::rules::Rules;
use crate::judge::wishes::{PlannedInterface, Wishes};

use super::backend::{
    Backend, Banner, Earlier, End, Finding, Finished, Inspection, Judged, Planned, PlannedStep,
    Probe, Remark, Status, Trouble,
};
use super::verdicts;

mod facts;

use facts::{COMMON, EL6, EL7};

/// A host that is played.
pub struct Sample {
    /// Its banner.
    pub banner: Banner,
    facts: FlatFacts,
    network: Network,
    /// The earlier run.
    pub earlier: Option<Earlier>,
    /// The step that fails, once.
    pub fails: Option<usize>,
    /// The check that fails cannot be waived.
    pub firm: bool,
    /// What was saved, by path.
    pub saved: Vec<(String, String)>,
    /// Calls that change the host.
    pub changes: Vec<&'static str>,
}

fn interface(index: u32, name: &str, kind: &str, address: &str, speed: Option<u64>) -> Interface {
    let source = "netlink";
    Interface {
        name: name.into(),
        index,
        kind: Fact::known(kind.into(), source),
        state: Fact::known("up".into(), source),
        admin_up: true,
        carrier: Fact::known(true, source),
        mac: Fact::known(format!("52:54:00:12:34:{index:02x}"), source),
        mtu: Fact::known(1500, source),
        speed: speed.map_or(Fact::absent("none", source), |s| Fact::known(s, source)),
        driver: Fact::absent("none", source),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses: vec![address.parse().unwrap()],
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

impl Sample {
    fn new(host: &str, runs: &[&str], facts: &str) -> Self {
        let text = format!("{COMMON}{facts}");
        let interfaces = vec![
            interface(1, "lo", "loopback", "127.0.0.1/8", None),
            interface(2, "eth0", "ethernet", "203.0.113.7/24", Some(1000)),
            interface(3, "eth1", "ethernet", "10.0.0.12/24", Some(10000)),
            interface(4, "docker0", "bridge", "172.17.42.1/16", None),
        ];
        Self {
            banner: Banner {
                host: host.into(),
                runs: runs.iter().map(|part| (*part).to_owned()).collect(),
            },
            facts: serde_yaml::from_str(&text).unwrap(),
            network: Network {
                interfaces: Fact::known(interfaces, "netlink"),
                routes: Fact::known(Vec::new(), "netlink"),
                busy: Fact::known(Vec::new(), "bind(2)"),
                pinned: Fact::known(Vec::new(), "files"),
                listeners: Fact::known(Vec::new(), "/proc/net/udp"),
            },
            earlier: None,
            fails: None,
            firm: false,
            saved: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// CentOS 6 with Docker 1.7.1: ZeroTier.
    pub fn el6() -> Self {
        Self::new(
            "app01",
            &["CentOS 6.9", "2.6.32-696.el6", "docker 1.7.1"],
            EL6,
        )
    }

    /// CentOS 7, native YAML only: WireGuard.
    pub fn el7() -> Self {
        Self::new(
            "app02",
            &["CentOS 7.9", "3.10.0-1160.el7", "docker 1.13.1"],
            EL7,
        )
    }

    /// Answers for an installation of three hosts.
    pub fn answers() -> Answers {
        let mut answers = Answers::default();
        for (id, text) in [
            ("needs.nodes", "3"),
            ("needs.vendor-kinds", "[native]"),
            ("overlay.address", "10.90.0.2"),
        ] {
            answers.set_text(id, text).unwrap();
        }
        answers
    }

    /// A run that stopped in its second step.
    pub fn earlier(answers: Option<Answers>) -> Earlier {
        let states = [StepState::Done, StepState::Failed, StepState::Todo];
        Earlier {
            when: "2026-11-22 20:41:07 UTC".into(),
            plan: "3 steps, native scheduler over wireguard".into(),
            steps: titles().into_iter().zip(states).collect(),
            resume: Ok(()),
            note: Some("The journal was written by groundcrew 0.1.0.".into()),
            answers,
        }
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    fn run(&mut self, watch: &mut dyn Watch) -> Finished {
        let mut changed = 0;
        for (step, title) in titles().into_iter().enumerate() {
            if watch.stop() {
                return Finished::new(End::Stopped);
            }
            let mut event = |state, error: Option<&str>| {
                watch.event(Event::Step {
                    step,
                    title: title.clone(),
                    state,
                    error: error.map(str::to_owned),
                });
            };
            event(StepState::Started, None);
            if self.fails == Some(step) {
                let error = "`wg set wg0` ended with status 1: Operation not supported";
                event(StepState::Failed, Some(error));
                let failed = Some((step, error.to_owned()));
                match watch.failed(step, &title, error) {
                    Choice::Undo => return Finished::new(End::RolledBack { failed }),
                    Choice::Keep => {
                        let error = error.to_owned();
                        return Finished::new(End::Kept { step, error });
                    }
                    Choice::Retry => {}
                }
                self.fails = None;
            }
            watch.event(Event::Step {
                step,
                title,
                state: StepState::Done,
                error: None,
            });
            changed += 1;
        }
        watch.event(Event::Verifying { peers: 1 });
        finished(changed)
    }
}

/// A run that ended well.
pub fn finished(changed: usize) -> Finished {
    let verified = |id: &str, subject: &str, message: &str| {
        Verified::new(id, subject, VerifyStatus::Pass, message)
    };
    Finished {
        end: End::Applied { changed },
        verified: vec![
            verified(
                "verify.interface",
                "wg0",
                "wg0 is up with 10.90.0.2, MTU 1420",
            ),
            verified(
                "verify.peer",
                "app01",
                "app01 (10.90.0.1) answers in 0.6 ms, MTU 1420 end to end",
            ),
        ],
        next: vec![
            "Give join-app02.yaml to the other hosts.".into(),
            "Install Replicated with: private-address=10.90.0.2".into(),
        ],
        saved: vec![
            (
                "join-app02.yaml".into(),
                "join file for the other hosts".into(),
            ),
            (
                "answers.yaml".into(),
                "answers of this run, no secrets".into(),
            ),
        ],
        confirm: None,
    }
}

fn remarks(answers: &Answers) -> BTreeMap<String, Remark> {
    let remark = |id: &str, short: &str, long: &str, bad| {
        let remark = Remark {
            of: answers.get(id).map(|value| value.show()),
            short: short.into(),
            long: long.into(),
            bad,
        };
        (id.to_owned(), remark)
    };
    BTreeMap::from([
        remark(
            "overlay.network",
            "no overlap",
            "10.90.0.0/24 overlaps no route and no address of this host.",
            false,
        ),
        remark(
            "overlay.wireguard.listen-port",
            "TAKEN",
            "UDP 51820 is held by wg-other.",
            true,
        ),
    ])
}

fn titles() -> Vec<String> {
    vec![
        "Make a private key in /etc/wireguard/wg0.key (0600, never shown)".into(),
        "Bring up wg0: 10.90.0.2/24, MTU 1420".into(),
        "Add to wg0: app01".into(),
    ]
}

impl Backend for Sample {
    fn banner(&mut self) -> Banner {
        self.banner.clone()
    }

    fn earlier(&mut self) -> Option<Earlier> {
        self.earlier.clone()
    }

    fn inspect(&mut self, answers: &Answers) -> Inspection {
        let finding = |id: &str, status, title: &str, details: &[(&str, &str)]| Finding {
            id: id.into(),
            status,
            title: title.into(),
            details: details
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).into()))
                .collect(),
            waivable: id != "time.sync" && !(self.firm && id == "net.overlap"),
        };
        let waived = answers.get("preflight.waive").is_some_and(|w| {
            w.items()
                .iter()
                .any(|item| item.field("id").and_then(Value::text) == Some("net.overlap"))
        });
        Inspection {
            findings: vec![
                finding(
                    "os.release",
                    Status::Pass,
                    &format!("{}, x86_64", self.banner.runs.join(", ")),
                    &[],
                ),
                finding(
                    "SW5",
                    Status::Warn,
                    "Docker is older than Swarm mode needs",
                    &[
                        (
                            "Found",
                            "Docker 1.7.1 (GET /version). Swarm mode came with 1.12.",
                        ),
                        (
                            "Effect",
                            "Docker Swarm is ruled out. This does not stop the native scheduler.",
                        ),
                    ],
                ),
                finding(
                    "time.sync",
                    Status::Unknown,
                    "Time synchronisation could not be read",
                    &[("Found", "adjtimex: EPERM")],
                ),
                finding(
                    "net.overlap",
                    if waived { Status::Waived } else { Status::Fail },
                    "10.90.0.0/24 overlaps a route through eth1",
                    &[("Remedy", "Take another range for overlay.network.")],
                ),
            ],
        }
    }

    fn judge(&mut self, answers: &Answers) -> Result<Judged, Vec<Trouble>> {
        let rules = Rules::embedded().unwrap();
        let mut facts = self.facts.clone();
        let put = |facts: &mut FlatFacts, path: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                facts.insert(path.into(), value);
            }
        };
        let nodes = answers.get("needs.nodes").and_then(|v| v.int());
        put(&mut facts, "needs.nodes", nodes.map(Into::into));
        let kinds = answers.get("needs.vendor-kinds");
        let kinds = kinds.map(|v| {
            v.items()
                .iter()
                .filter_map(Value::text)
                .collect::<Vec<_>>()
                .into()
        });
        put(&mut facts, "app.schedulers", kinds);
        let decision = decide(&rules, &facts, &Options::default());
        let choice = verdicts::choice(answers, &decision);
        let address = answers
            .get("overlay.address")
            .and_then(|v| v.text()?.parse::<Ipv4Addr>().ok());
        let planned = match (choice.overlay.as_deref(), address) {
            (Some("wireguard"), Some(address)) => Some(PlannedInterface {
                name: "wg0".into(),
                kind: "wireguard".into(),
                address: ipnet::Ipv4Net::new(address, 24).unwrap(),
                mtu: Some(1420),
            }),
            _ => None,
        };
        let mut wishes = Wishes::default();
        if let Some(name) = answers
            .get("interface.name")
            .and_then(|v| v.text().map(str::to_owned))
            && name != "auto"
        {
            wishes.interface = crate::judge::wishes::InterfaceWish::Name(name);
        }
        Ok(Judged {
            why_first: explain::why_first(&rules, &decision),
            decision,
            interfaces: rank(&self.network, &wishes, planned),
            remarks: remarks(answers),
        })
    }

    fn plan(&mut self, answers: &Answers) -> Result<Planned, Vec<Trouble>> {
        if answers.get("overlay.address").is_none() {
            return Err(vec![Trouble {
                id: "overlay.address".into(),
                text: "missing: WireGuard needs this host's address in the private network".into(),
                remedy: Some("give it in the answers file".into()),
            }]);
        }
        let judged = self.judge(answers)?;
        let choice = verdicts::choice(answers, &judged.decision);
        if choice.scheduler.as_deref() == Some("swarm") {
            let step = PlannedStep {
                title: "Run the vendor's install script".into(),
                undo: None,
                probe: Probe::Todo,
                diff: Vec::new(),
                why: vec!["What it installs stays: it has no way back.".into()],
                commands: Vec::new(),
            };
            return Ok(Planned {
                steps: vec![step],
                ..Planned::default()
            });
        }
        let undo = ["delete", "take down", "remove"];
        let steps = titles()
            .into_iter()
            .zip(undo)
            .enumerate()
            .map(|(n, (title, undo))| PlannedStep {
                title,
                undo: Some(undo.into()),
                probe: if n == 0 { Probe::Done } else { Probe::Todo },
                diff: match n {
                    1 => [
                        "+[Interface]",
                        "+Address = 10.90.0.2/24",
                        "+PrivateKey = (secret)",
                    ]
                    .map(str::to_owned)
                    .to_vec(),
                    _ => Vec::new(),
                },
                why: vec!["The chosen private network is WireGuard.".into()],
                commands: vec![format!("# by hand: step {}", n + 1)],
            });
        Ok(Planned {
            steps: steps.collect(),
            verify: vec!["ping at exactly MTU 1420 to app01".into()],
            notes: vec!["Let UDP 51820 in at the firewall in front of this host.".into()],
        })
    }

    fn apply(&mut self, watch: &mut dyn Watch) -> Finished {
        self.changes.push("apply");
        self.run(watch)
    }

    fn resume(&mut self, watch: &mut dyn Watch) -> Finished {
        self.changes.push("resume");
        self.run(watch)
    }

    fn roll_back(&mut self, _: &mut dyn Watch) -> Finished {
        self.changes.push("roll back");
        Finished::new(End::RolledBack { failed: None })
    }

    fn save_answers(&mut self, answers: &Answers, path: &str) -> Result<String, String> {
        if path.starts_with("/proc") {
            return Err(format!("{path}: Permission denied"));
        }
        self.saved.push((path.into(), answers.to_yaml(false)));
        Ok(path.into())
    }

    fn save_plan(&mut self, path: &str) -> Result<String, String> {
        self.saved.push((path.into(), "plan".into()));
        Ok(path.into())
    }

    fn dry_run(&mut self) -> Vec<String> {
        titles()
    }

    fn save_report(&mut self, path: &str) -> Result<String, String> {
        self.saved.push((path.into(), "report".into()));
        Ok(path.into())
    }

    fn explain(&mut self, id: &str) -> Vec<String> {
        vec![format!("{id}: everything about it.")]
    }
}
