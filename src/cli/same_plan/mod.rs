//! Whoever asks, and whoever reads what was saved: the same wishes come to the
//! same plan, byte for byte.
//!
//! The wishes are given as `--set`, written into a file by hand, typed into the
//! wizard with its keys, and answered in line mode and in plain mode. What each
//! of them saves is read by each of the others, which save it again.

mod asked;
mod typed;

use std::path::{Path, PathBuf};

use clap::Parser;

#[path = "../../../tests/common/txtar.rs"]
#[allow(dead_code)]
mod txtar;

use super::args::{Cli, PlanArgs, PlanFormat};
use super::backend::Backend;
use super::job::Job;
use super::provision;
use crate::answers::Value;
use crate::answers::questions::{self, Question};
use crate::answers::{Answers, Config};
use crate::error::Exit;
use crate::host::{Live, Tree};

/// What a site wants, as `--set` takes it.
struct Wishes {
    answers: Answers,
    sets: Vec<String>,
}

impl Wishes {
    fn new(sets: Vec<String>) -> Self {
        let answers = Answers::gather(crate::answers::Inputs {
            sets: sets.clone(),
            ..crate::answers::Inputs::default()
        });
        assert_eq!(answers.problems(), [], "{sets:?}");
        Self { answers, sets }
    }

    fn ids(&self) -> impl Iterator<Item = &'static Question> {
        let ids = self.sets.iter().filter_map(|set| set.split_once('='));
        ids.map(|(id, _)| questions::question(id).unwrap())
    }

    /// What is wished for a question.
    fn value(&self, id: &str) -> Option<Value> {
        let wished = self.ids().any(|question| question.id == id);
        self.answers.get(id).filter(|_| wished)
    }
}

/// What is typed for a value into a field for texts.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            items.join(", ")
        }
        other => other.show(),
    }
}

/// A site: a host, and a folder for what is saved.
struct Site {
    tree: Tree,
    folder: tempfile::TempDir,
}

impl Site {
    fn new(host: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        txtar::Tree::host(host).unpack(&root);
        let tree = Tree::open(root.to_str().unwrap()).unwrap();
        Self { tree, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with a secret, on this machine and on the host that is looked at.
    fn secret(&self, text: &str) -> PathBuf {
        let here = self.path("secret");
        let there = self.path("root").join(here.strip_prefix("/").unwrap());
        for path in [&here, &there] {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(path, mode).unwrap();
        }
        here
    }

    /// Does something with the job of a command line.
    fn job<T>(&self, arguments: &[&str], work: impl FnOnce(&Job<'_>) -> T) -> T {
        let head = ["groundcrew", "--dry-run"];
        let cli = Cli::try_parse_from(head.iter().chain(arguments)).unwrap();
        let job = Job::new(&Live, &self.tree, &cli.global).unwrap();
        work(&job)
    }

    /// What `plan` writes with these flags; where there is no plan, everything
    /// that stands in its way, and what the answers came to.
    fn plan(&self, arguments: &[&str]) -> String {
        let out = self.path("plan.json");
        let _ = std::fs::remove_file(&out);
        self.job(arguments, |job| {
            let arguments = PlanArgs {
                format: PlanFormat::Json,
                output: Some(out.to_str().unwrap().into()),
                detailed_exitcode: false,
            };
            match provision::plan(job, &arguments) {
                Ok(_) => std::fs::read_to_string(&out).unwrap(),
                Err(failure) => {
                    assert_eq!(failure.exit, Exit::Failed, "{}", failure.message);
                    let mut config = job.config(&job.answers().unwrap()).unwrap();
                    // What is recommended may be chosen by name or left to be
                    // chosen.
                    let default = Config::from_answers(&Answers::default()).unwrap();
                    config.scheduler = default.scheduler;
                    config.overlay = default.overlay;
                    config.interface = default.interface;
                    format!("{}\n{config:#?}", failure.message)
                }
            }
        })
    }

    /// Saves the wishes with one of the front ends; `arguments` are those that it
    /// is started with.
    fn save(&self, front_end: &str, wishes: &Wishes, arguments: &[&str], to: &Path) {
        let path = to.to_str().unwrap();
        self.job(arguments, |job| {
            let answers = job.answers().unwrap();
            match front_end {
                "set" => std::fs::write(to, answers.to_yaml(true)).unwrap(),
                "file" => std::fs::write(to, answers.to_yaml(false)).unwrap(),
                "tui" => typed::save(&mut Backend::new(job), answers, wishes, path),
                "line" => asked::save_in_line(&mut Backend::new(job), answers, wishes, path),
                "plain" => asked::save_in_plain(&mut Backend::new(job), answers, wishes, path),
                other => panic!("{other}"),
            }
        });
    }
}

/// Every pair of them. `{secret}` stands for the path of a file that holds
/// `secret`.
fn all_pairs(host: &str, planned: bool, secret: &str, wished: &[(&str, &str)]) {
    let site = Site::new(host);
    let path = site.secret(secret);
    let path = path.to_str().unwrap();
    let set = |(id, value): &(&str, &str)| format!("{id}={}", value.replace("{secret}", path));
    let sets: Vec<String> = wished.iter().map(set).collect();
    let wishes = Wishes::new(sets.clone());
    let flags: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let wanted = site.plan(&flags);
    assert_eq!(wanted.starts_with('{'), planned, "{wanted}");
    for one in ["set", "file", "tui", "line", "plain"] {
        let saved = site.path(&format!("{one}.yaml"));
        let given = matches!(one, "set" | "file");
        let arguments: &[&str] = if given { &flags } else { &[] };
        site.save(one, &wishes, arguments, &saved);
        let file = ["--answers", saved.to_str().unwrap()];
        let told = || std::fs::read_to_string(&saved).unwrap();
        let same = site.plan(&file);
        assert!(same == wanted, "{one}:\n{}\n{same}\n{wanted}", told());
        for other in ["tui", "line", "plain"] {
            let again = site.path("again.yaml");
            let nothing = Wishes::new(Vec::new());
            site.save(other, &nothing, &file, &again);
            let same = site.plan(&["--answers", again.to_str().unwrap()]);
            assert!(same == wanted, "{one}, then {other}:\n{}\n{same}", told());
        }
    }
}

const KEYS: [&str; 2] = [
    "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
    "hIA3ikjlSOAo0qqrI+rXaS3ZH04nx7Q2YQ4m2Syz+XE=",
];

#[test]
fn wireguard_with_peers_and_a_key_of_a_file() {
    let peers = format!(
        "[{{name: app02, endpoint: 10.0.0.12:51820, address: 10.91.0.2, public-key: {}}}, {{name: \
         app03, address: 10.91.0.3, public-key: {}, keepalive: 25}}]",
        KEYS[0], KEYS[1]
    );
    all_pairs(
        "ubuntu2404",
        true,
        "QFpVKRGSbaPPMbNVXqVOJJLqMwNcIoSKXSZkKTrhXGk=\n",
        &[
            ("needs.nodes", "3"),
            ("needs.vendor-kinds", "[native]"),
            ("needs.encryption", "required"),
            ("overlay.kind", "wireguard"),
            ("overlay.network", "10.91.0.0/24"),
            ("overlay.address", "10.91.0.1"),
            ("overlay.wireguard.mtu", "1380"),
            ("overlay.wireguard.private-key", "{file: {secret}}"),
            ("overlay.wireguard.peers", &peers),
            ("firewall", "leave"),
            ("apply.on-failure", "keep"),
        ],
    );
}

#[test]
fn what_is_recommended() {
    all_pairs(
        "el7",
        true,
        "",
        &[
            ("needs.nodes", "3"),
            ("needs.vendor-kinds", "[swarm, native]"),
            ("airgap", "true"),
        ],
    );
}

#[test]
fn swarm_as_a_worker() {
    all_pairs(
        "el7",
        true,
        "SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-7p73s1dx5in4tatdymyhg9hu2",
        &[
            ("role", "join"),
            ("needs.nodes", "3"),
            ("needs.vendor-kinds", "[swarm]"),
            ("scheduler", "swarm"),
            ("swarm.as", "worker"),
            ("swarm.manager", "10.0.0.5"),
            ("swarm.token", "{file: {secret}}"),
        ],
    );
}

#[test]
fn flannel_with_an_etcd_that_is_there() {
    all_pairs(
        "ubuntu1404",
        false,
        "",
        &[
            ("needs.nodes", "3"),
            ("needs.vendor-kinds", "[native]"),
            ("needs.existing-etcd", "true"),
            ("overlay.kind", "flannel"),
            ("overlay.network", "10.90.0.0/16"),
            ("overlay.flannel.backend", "host-gw"),
            (
                "overlay.flannel.etcd-endpoints",
                "[\"http://10.0.0.5:2379\", \"http://10.0.0.6:2379\"]",
            ),
        ],
    );
}

#[test]
fn zerotier_on_el6() {
    all_pairs(
        "el6",
        false,
        "",
        &[
            ("needs.nodes", "5"),
            ("needs.vendor-kinds", "[native]"),
            ("needs.zerotier-controller", "own"),
            ("overlay.kind", "zerotier"),
            ("overlay.address", "10.90.0.4"),
            ("overlay.zerotier.network-id", "8056c2e21c000001"),
            ("interface.name", "eth0"),
        ],
    );
}

#[test]
fn kubernetes_with_ranges() {
    all_pairs(
        "ubuntu2404",
        false,
        "",
        &[
            ("needs.nodes", "1"),
            ("needs.vendor-kinds", "[kubernetes]"),
            ("scheduler", "kubernetes"),
            ("kubernetes.pod-network", "10.32.0.0/16"),
            ("kubernetes.service-network", "10.96.0.0/16"),
            ("kubernetes.schedule-on-control-plane", "true"),
        ],
    );
}

#[test]
fn a_host_that_joins_replicated() {
    all_pairs(
        "el7",
        false,
        "a-token-of-the-daemon",
        &[
            ("role", "join"),
            ("needs.nodes", "2"),
            ("needs.vendor-kinds", "[native]"),
            ("overlay.kind", "none"),
            ("replicated.install", "true"),
            ("replicated.script.url", "https://get.example.com/docker"),
            ("replicated.args", "[tags=db]"),
            ("replicated.daemon-endpoint", "10.0.0.5:9879"),
            ("replicated.daemon-token", "{file: {secret}}"),
        ],
    );
}

/// Somebody who watches a run that must not begin.
struct Nobody;

impl crate::apply::engine::Watch for Nobody {
    fn event(&mut self, event: crate::apply::engine::Event) {
        panic!("{event:?}");
    }

    fn failed(&mut self, _: usize, _: &str, error: &str) -> crate::apply::engine::Choice {
        panic!("{error}");
    }

    fn stop(&self) -> bool {
        false
    }
}

#[test]
fn a_dry_run_changes_nothing_whoever_asks() {
    use crate::ui::backend::{Backend as _, End};
    let site = Site::new("el7");
    let wishes = [
        "needs.nodes=3".to_owned(),
        "needs.vendor-kinds=[swarm]".to_owned(),
    ];
    let answers = Wishes::new(wishes.to_vec()).answers;
    site.job(&[], |job| {
        let mut backend = Backend::new(job);
        backend.inspect(&answers);
        let planned = backend.plan(&answers).unwrap();
        assert!(!planned.steps.is_empty());
        for finished in [
            backend.apply(&mut Nobody),
            backend.resume(&mut Nobody),
            backend.roll_back(&mut Nobody),
        ] {
            let End::Refused { error, code: 2 } = &finished.end else {
                panic!("{finished:?}");
            };
            assert!(error.starts_with("--dry-run"), "{error}");
        }
    });
}
