//! Acts against a kubeadm in memory (a stand-in): done once and twice, cut off
//! anywhere, and taken back to the byte.

use super::ca::tests::HASH;
use super::fake::{TOKEN, with_kubeadm};
use super::*;
use crate::apply::engine::Outcome;
use crate::apply::journal::Run;
use crate::apply::machine::Machine;
use crate::apply::machine::runs::{self, apply_all, assert_same, cut_anywhere, newest, undo_all};
use crate::host::Scripted;
use crate::plan::Plan;
use crate::plan::scheduler::kubernetes::act::{INIT_CONFIG, OWN};
use crate::plan::step::{Part, Step};

const SOCKET: &str = "/var/run/dockershim.sock";
const MANIFEST: &str = "/etc/groundcrew/kubernetes/flannel.yaml";
const OUT: &str = "/root/join/token";

fn write(path: &str, mode: u32, content: Vec<Part>) -> Step {
    Step::WriteFile {
        path: path.into(),
        mode,
        content,
        purpose: "a test".into(),
    }
}

fn text(text: &str) -> Part {
    Part::Text(text.into())
}

/// What a first host does, in the order of a plan.
fn first() -> Vec<Step> {
    let act = Step::Kubernetes;
    vec![
        act(Act::SwapOff {
            devices: vec!["/swap.img".into()],
        }),
        Step::DataDir {
            path: OWN.into(),
            mode: 0o700,
            purpose: "a test".into(),
        },
        write(INIT_CONFIG, 0o600, vec![text("kind: InitConfiguration\n")]),
        act(Act::Preflight {
            config: INIT_CONFIG.into(),
        }),
        act(Act::Init {
            config: INIT_CONFIG.into(),
            socket: SOCKET.into(),
        }),
        Step::Symlink {
            path: "/root/.kube/config".into(),
            target: ADMIN_CONF.into(),
            purpose: "a test".into(),
        },
        write(MANIFEST, 0o644, vec![text("kind: DaemonSet\n")]),
        act(Act::AddOn {
            manifest: MANIFEST.into(),
        }),
        act(Act::Token {
            path: OUT.into(),
            seconds: 7200,
        }),
        write(
            "/root/join/token.yaml",
            0o644,
            vec![text("ca-cert-hash: "), Part::KubernetesCaHash],
        ),
    ]
}

fn join() -> Act {
    Act::Join {
        head: "kind: JoinConfiguration\ntoken: \"".into(),
        token: Token::File("/root/token".into()),
        tail: "\"\n".into(),
        server: "10.0.0.1:6443".into(),
        socket: SOCKET.into(),
    }
}

fn plan(steps: Vec<Step>) -> Plan {
    runs::plan("node1", "kubernetes", None, steps)
}

fn machine(files: Scripted) -> Machine {
    let mut files = with_kubeadm(files);
    files.now += Duration::from_secs(1_700_000_000);
    Machine::new(files)
}

fn fresh() -> Machine {
    machine(Scripted::new())
}

fn begin(machine: &Machine, steps: Vec<Step>) -> Run {
    runs::begin(machine, plan(steps))
}

#[test]
fn a_cluster_is_made_once_and_taken_back_to_nothing() {
    let machine = fresh();
    let before = machine.picture();
    let outcome = apply_all(&machine, &mut begin(&machine, first()));
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    let tree = machine.files.tree();
    assert_eq!(tree[OUT].mode, 0o600);
    assert_eq!(tree[INIT_CONFIG].mode, 0o600);
    assert_eq!(machine.files.text(OUT).unwrap(), format!("{TOKEN}\n"));
    assert_eq!(
        machine.files.text("/root/join/token.yaml").unwrap(),
        format!("ca-cert-hash: {HASH}")
    );
    // The same again: nothing has to be done.
    for step in first() {
        let done = crate::apply::step::is_done(&machine, &step).unwrap();
        assert!(done, "{}", step.title());
    }
    undo_all(&machine, &mut newest(&machine));
    assert_same(&before, &machine.picture(), "after the rollback");
}

#[test]
fn a_run_that_is_cut_off_anywhere_is_resumed_or_undone() {
    let cuts = cut_anywhere(fresh, || plan(first()));
    assert!(cuts > 40, "only {cuts} cuts were made");
}

#[test]
fn a_failed_step_after_init_takes_the_new_cluster_away() {
    let machine = fresh();
    let before = machine.picture();
    machine.fail("apply -f");
    let outcome = apply_all(&machine, &mut begin(&machine, first()));
    let Outcome::RolledBack { error, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(error.contains("made to fail"), "{error}");
    assert_same(&before, &machine.picture(), "after the failure");
}

#[test]
fn half_a_cluster_of_a_run_that_was_cut_off_is_made_anew() {
    let machine = machine(
        Scripted::new()
            .file(INIT_CONFIG, "kind: InitConfiguration\n")
            .file(ADMIN_CONF, "half done"),
    );
    let act = Act::Init {
        config: INIT_CONFIG.into(),
        socket: SOCKET.into(),
    };
    assert!(!is_done(&machine, &act).unwrap());
    apply(&machine, &act).unwrap();
    assert!(is_done(&machine, &act).unwrap());
    let ran: Vec<_> = machine.files.ran().iter().map(|a| a.join(" ")).collect();
    assert!(ran[0].starts_with("kubeadm reset --force"), "{ran:?}");
    assert!(ran[1].starts_with("kubeadm init --config"), "{ran:?}");
}

#[test]
fn what_was_there_before_stays_when_the_node_is_taken_apart() {
    let machine = machine(
        Scripted::new()
            .file("/etc/cni/net.d/87-podman.conflist", "somebody's")
            .file("/etc/kubernetes/own.txt", "somebody's"),
    );
    let before = machine.picture();
    apply_all(&machine, &mut begin(&machine, first()));
    undo_all(&machine, &mut newest(&machine));
    let after = machine.picture();
    for path in [
        "/etc/cni/net.d/87-podman.conflist",
        "/etc/kubernetes/own.txt",
    ] {
        assert_eq!(before.0.get(path), after.0.get(path), "{path}");
    }
    assert!(!after.0.contains_key("/etc/cni/net.d/10-flannel.conflist"));
}

#[test]
fn a_host_joins_with_the_token_and_nobody_sees_it() {
    let files = Scripted::new().file("/root/token", format!("{TOKEN}\n"));
    let machine = machine(files);
    let before = machine.picture();
    let steps = vec![
        Step::DataDir {
            path: OWN.into(),
            mode: 0o700,
            purpose: "a test".into(),
        },
        Step::Kubernetes(join()),
    ];
    let outcome = apply_all(&machine, &mut begin(&machine, steps));
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    assert!(is_done(&machine, &join()).unwrap());
    undo_all(&machine, &mut newest(&machine));
    assert_same(&before, &machine.picture(), "after the rollback");
    for (path, text) in machine.state_files() {
        assert!(!text.contains(TOKEN), "{path}");
    }
    for argv in machine.files.ran() {
        assert!(!argv.join(" ").contains(TOKEN), "{argv:?}");
    }
}

#[test]
fn a_token_that_is_none_never_reaches_kubeadm() {
    let host = with_kubeadm(Scripted::new().file(
        "/root/token",
        "canary\"\n    unsafeSkipCAVerification: true\n",
    ));
    let error = apply(&host, &join()).unwrap_err().to_string();
    assert!(error.contains("/root/token holds no join token"), "{error}");
    assert!(!error.contains("canary"), "{error}");
    assert!(host.ran().is_empty());
    for (text, good) in [
        ("abcdef.0123456789abcdef", true),
        ("ABCDEF.0123456789abcdef", false),
        ("abcdef.0123456789abcde", false),
        ("abcdef0123456789abcdef", false),
    ] {
        assert_eq!(is_token(text), good, "{text}");
    }
}

#[test]
fn a_wrong_token_is_explained() {
    let files = Scripted::new().file("/root/token", "abcdef.0123456789abcdef");
    let host = with_kubeadm(files.dir("/etc"));
    let error = apply(&host, &join()).unwrap_err().to_string();
    assert!(error.contains("could not find a JWS signature"), "{error}");
    assert!(error.contains("kubeadm token create"), "{error}");
    assert!(!error.contains("0123456789abcdef"), "{error}");
}

#[test]
fn no_secret_is_in_the_journal_of_a_first_host() {
    let machine = fresh();
    apply_all(&machine, &mut begin(&machine, first()));
    undo_all(&machine, &mut newest(&machine));
    let files = machine.state_files();
    assert!(!files.is_empty());
    for (path, text) in files {
        assert!(!text.contains(TOKEN), "{path}");
        assert!(!text.contains("made by kubeadm"), "{path}");
    }
}

#[test]
fn a_file_of_somebody_elses_is_no_place_for_the_token() {
    let machine = machine(Scripted::new().file(OUT, "notes"));
    let act = Act::Token {
        path: OUT.into(),
        seconds: 60,
    };
    let error = prepare(&machine, &act).unwrap_err().to_string();
    assert!(error.contains("holds no join token"), "{error}");
}
