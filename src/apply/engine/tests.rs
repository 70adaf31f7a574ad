//! Runs on a machine in memory: cut off anywhere, failing anywhere, twice.

use super::*;
use crate::apply::machine::runs::{self, apply_all, assert_same, begin, cut_anywhere};
use crate::apply::machine::{Machine, Picture, Tunnel};
use crate::apply::runs::{STATE_DIR, State};
use crate::apply::{content, dry};
use crate::host::netlink::Link;
use crate::host::{FileKind, Scripted};
use crate::plan::Plan;
use crate::plan::render::Probe;
use crate::plan::scheduler::replicated::act::{Act as Handoff, From, Setting};
use crate::plan::step::{
    Act, BundleFile, FirewallTool, Hole, Manager, Packager, Part, Peer, Protocol,
};
use crate::plan::zerotier::Token;

/// A private key as one would be given in the environment. Not made by
/// [`Scripted`], whose keys are all alike.
const CANARY: &str = "cGFzc3cwcmQtY2FuYXJ5LXBhc3N3MHJkLWNhbmFyeSE=";
/// What a preshared key file holds.
const SHARED: &str = "c2hhcmVkLWNhbmFyeS1zaGFyZWQtY2FuYXJ5LXNoYXI=";
/// A secret that the replaced file has in its old and its new content.
const TOKEN: &str = "old-token-canary-4711";

pub(super) fn machine() -> Machine {
    let mut files = Scripted::new()
        .file("/etc/motd", "old words\n")
        .file("/root/token", format!("{TOKEN}\n"))
        .file("/root/psk", format!("{SHARED}\n"))
        .file("/etc/app.conf", format!("token={TOKEN}\nname=old\n"))
        .file("/etc/docker/daemon.json", "{ \"debug\": true }\n")
        .file(
            "/etc/sysconfig/iptables",
            "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
        )
        .file("/media/flanneld", "a program")
        .file("/media/install.sh", "a script")
        .file("/etc/replicated.conf", "{\"Channel\": \"stable\"}\n")
        .file("/proc/sys/net/ipv4/ip_forward", "0\n");
    files.environment.insert("WG_KEY".into(), CANARY.into());
    files.now += std::time::Duration::from_secs(1_700_000_000);
    let machine = Machine::new(files);
    crate::host::Host::chown(&machine, "/etc/app.conf", 7, 8).unwrap();
    machine
}

pub(super) fn peer(name: &str, last: u8) -> Peer {
    Peer {
        name: name.into(),
        public_key: format!("{name}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        preshared_key: Some("/root/psk".into()),
        endpoint: Some(format!("192.0.2.{last}:51820")),
        allowed_ips: vec![format!("10.90.0.{last}/32").parse().unwrap()],
        keepalive: 25,
    }
}

fn write(path: &str, mode: u32, content: Vec<Part>) -> Step {
    Step::WriteFile {
        path: path.into(),
        mode,
        content,
        purpose: "a test".into(),
    }
}

/// One step of every kind.
fn steps(peers: Vec<Peer>) -> Vec<Step> {
    let key = || "/etc/wireguard/wg0.key".to_string();
    vec![
        Step::PrivateKey {
            path: key(),
            from_env: Some("WG_KEY".into()),
        },
        write(
            "/srv/new/deep/join.yaml",
            0o644,
            vec![
                Part::Text("public-key: ".into()),
                Part::PublicKeyOf(key()),
                Part::Text("\n".into()),
            ],
        ),
        write(
            "/etc/wireguard/wg0.conf",
            0o600,
            vec![
                Part::Text("PrivateKey = ".into()),
                Part::Secret(key()),
                Part::Text(format!("\n# {} peers\n", peers.len())),
            ],
        ),
        write(
            "/etc/app.conf",
            0o640,
            vec![
                Part::Text("token=".into()),
                Part::Secret("/root/token".into()),
                Part::Text("\nname=new\n".into()),
            ],
        ),
        Step::LoadModule {
            name: "wireguard".into(),
        },
        Step::OpenPort(Hole {
            firewall: FirewallTool::Iptables,
            protocol: Protocol::Udp,
            port: 51820,
            sources: Vec::new(),
            comment: "groundcrew-wg0".into(),
            chains: Vec::new(),
        }),
        Step::WireguardUp {
            interface: "wg0".into(),
            userspace: false,
            address: "10.90.0.1/24".parse().unwrap(),
            listen_port: 51820,
            mtu: 1320,
            private_key: key(),
        },
        Step::WireguardPeers {
            interface: "wg0".into(),
            peers,
        },
        Step::AddRoute {
            destination: "10.99.0.0/16".parse().unwrap(),
            interface: "wg0".into(),
        },
        Step::Symlink {
            path: "/etc/rc3.d/S11wg-quick-wg0".into(),
            target: "../init.d/wg-quick-wg0".into(),
            purpose: "run level 3".into(),
        },
        Step::StartService {
            manager: Manager::Systemd,
            service: "wg-quick@wg0.service".into(),
        },
        Step::FileBlock {
            path: "/etc/sysconfig/docker".into(),
            mode: 0o644,
            name: "flannel".into(),
            lines: vec!["other_args=\"$other_args --mtu=1472\"".into()],
            purpose: "a test".into(),
        },
        Step::JsonKeys {
            path: "/etc/docker/daemon.json".into(),
            keys: [("mtu".to_owned(), 1472.into())].into(),
            purpose: "a test".into(),
        },
        Step::DataDir {
            path: "/var/lib/new/etcd".into(),
            mode: 0o700,
            purpose: "a test".into(),
        },
        Step::SetSysctl {
            name: "net.ipv4.ip_forward".into(),
            value: "1".into(),
        },
        Step::EnableService {
            manager: Manager::Systemd,
            service: "etcd.service".into(),
        },
        Step::InstallPackages {
            packager: Packager::Apt,
            packages: vec!["etcd-server".into()],
            files: Vec::new(),
            purpose: "a test".into(),
        },
        Step::InstallProgram {
            path: "/usr/local/bin/flanneld".into(),
            file: BundleFile {
                path: "/media/flanneld".into(),
                sha256: content::digest(b"a program"),
            },
            purpose: "a test".into(),
        },
        Step::KeepPort {
            path: "/etc/sysconfig/iptables".into(),
            hole: Hole {
                firewall: FirewallTool::Iptables,
                protocol: Protocol::Udp,
                port: 51820,
                sources: Vec::new(),
                comment: "groundcrew-wg0".into(),
                chains: Vec::new(),
            },
        },
        Step::Replicated(Handoff::Script {
            from: From::File("/media/install.sh".into()),
            sha256: content::digest(b"a script"),
            path: "/etc/handoff/install.sh".into(),
        }),
        Step::Replicated(Handoff::Conf {
            keys: [
                ("LocalAddress".to_owned(), Setting::Text("10.90.0.1".into())),
                (
                    "DaemonAuthenticationPassword".to_owned(),
                    Setting::Secret(Token::Env("WG_KEY".into())),
                ),
            ]
            .into(),
        }),
        // The other acts ask etcd or Docker: they are run with the real ones.
        Step::Flannel(Act::AcceptForward {
            network: "10.5.0.0/16".parse().unwrap(),
            chains: Vec::new(),
        }),
    ]
}

/// How many [`steps`] there are.
const STEPS: usize = 22;

pub(super) fn plan(steps: Vec<Step>) -> Plan {
    runs::plan("alpha", "native", Some("wireguard"), steps)
}

fn one_peer() -> Plan {
    plan(steps(vec![peer("beta", 2)]))
}

/// Answers failures with the choices given, in order, and then with undoing.
#[derive(Default)]
struct Watcher {
    choices: Vec<Choice>,
    events: Vec<(usize, StepState)>,
    stop_after: Option<usize>,
}

impl Watch for Watcher {
    fn event(&mut self, event: Event) {
        if let Event::Step { step, state, .. } = event {
            self.events.push((step, state));
        }
    }
    fn failed(&mut self, _: usize, _: &str, _: &str) -> Choice {
        self.choices.pop().unwrap_or(Choice::Undo)
    }
    fn stop(&self) -> bool {
        let done = self.events.iter().filter(|e| e.1 == StepState::Done);
        self.stop_after.is_some_and(|after| done.count() >= after)
    }
}

/// The only run of the machine, as a new process would read it.
fn read(machine: &Machine) -> Run {
    let mut runs = State::new(machine, STATE_DIR).runs().unwrap();
    assert_eq!(runs.len(), 1);
    runs.remove(0).unwrap()
}

pub(super) fn undo_all(machine: &Machine, run: &mut Run) -> Vec<String> {
    roll_back(machine, run, &mut Watcher::default()).unwrap()
}

/// A machine on which the plan was applied without a disturbance.
fn applied(plan: Plan) -> Picture {
    let machine = machine();
    let mut run = begin(&machine, plan);
    let outcome = apply_all(&machine, &mut run);
    assert!(
        matches!(outcome, Outcome::Applied { changed: STEPS }),
        "{outcome:?}"
    );
    assert_eq!(read(&machine).state(), RunState::Applied);
    machine.picture()
}

#[test]
fn a_run_is_undone_to_the_byte() {
    let machine = machine();
    let before = machine.picture();
    let mut run = begin(&machine, one_peer());
    assert!(matches!(
        apply_all(&machine, &mut run),
        Outcome::Applied { .. }
    ));
    assert_eq!(machine.files.tree()["/etc/wireguard"].mode, 0o700);
    assert_eq!(machine.files.tree()["/etc/wireguard/wg0.key"].mode, 0o600);
    assert_eq!(machine.files.tree()["/etc/app.conf"].mode, 0o640);
    assert_eq!(machine.net().rules.len(), 1);
    assert_eq!(undo_all(&machine, &mut run), Vec::<String>::new());
    assert_same(&before, &machine.picture(), "after the rollback");
    assert_eq!(read(&machine).state(), RunState::Undone);
    assert!(!read(&machine).can_be_undone());
    // A second rollback finds nothing to do.
    assert_eq!(
        undo_all(&machine, &mut read(&machine)),
        Vec::<String>::new()
    );
    assert_same(&before, &machine.picture(), "after the second rollback");
}

#[test]
fn a_run_that_is_cut_off_anywhere_can_be_resumed_and_undone() {
    let cuts = cut_anywhere(machine, one_peer);
    assert!(cuts > 60, "only {cuts} cuts were made");
}

#[test]
fn a_rollback_that_is_cut_off_anywhere_can_be_repeated() {
    for torn in [false, true] {
        for cut in 0.. {
            let machine = machine();
            let before = machine.picture();
            apply_all(&machine, &mut begin(&machine, one_peer()));
            let mut run = read(&machine);
            let whole = machine.run_until_power_is_lost(cut, torn, || undo_all(&machine, &mut run));
            let when = format!("cut {cut}, torn {torn}");
            assert_eq!(
                undo_all(&machine, &mut read(&machine)),
                Vec::<String>::new(),
                "{when}"
            );
            assert_same(&before, &machine.picture(), &when);
            assert_eq!(read(&machine).state(), RunState::Undone, "{when}");
            if whole.is_some() {
                break;
            }
        }
    }
}

/// The commands that the plan runs, one of which fails in turn.
const COMMANDS: [&str; 10] = [
    "modprobe wireguard",
    "iptables -S",
    "iptables -I",
    "ip link add",
    "wg set wg0 listen-port",
    "ip address add",
    "ip link set",
    "wg set wg0 peer",
    "ip route replace",
    "systemctl start",
];

#[test]
fn a_step_that_fails_takes_everything_back_in_reverse_order() {
    for command in COMMANDS {
        let machine = machine();
        let before = machine.picture();
        machine.fail(command);
        let mut run = begin(&machine, one_peer());
        let mut watcher = Watcher::default();
        let outcome = apply(&machine, &mut run, &mut watcher).unwrap();
        let Outcome::RolledBack { step, error } = outcome else {
            panic!("{command}: {outcome:?}")
        };
        assert!(error.contains(command), "{error}");
        assert!(error.contains("made to fail"), "{error}");
        assert_same(&before, &machine.picture(), command);
        let undone: Vec<_> = watcher
            .events
            .iter()
            .filter(|(_, state)| *state == StepState::Undone)
            .map(|(step, _)| *step)
            .collect();
        let mut sorted = undone.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        assert_eq!(undone, sorted, "{command}");
        assert!(undone.len() >= step, "{command}");
        let run = read(&machine);
        assert_eq!(run.state(), RunState::Undone, "{command}");
        // Why it was undone is still known afterwards.
        assert_eq!(run.records[step].error.as_deref(), Some(error.as_str()));
        let others = run.records.iter().filter(|record| record.error.is_some());
        assert_eq!(others.count(), 1, "{command}");
    }
}

#[test]
fn a_failing_undo_is_told_and_does_not_stop_the_others() {
    let machine = machine();
    machine.fail("systemctl start");
    machine.fail("modprobe -r");
    let mut run = begin(&machine, one_peer());
    let outcome = apply_all(&machine, &mut run);
    let Outcome::NotRolledBack { step, left, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((step, left.len()), (10, 1));
    assert!(
        left[0].starts_with("step 5 (Load the kernel module wireguard): "),
        "{left:?}"
    );
    assert_eq!(read(&machine).state(), RunState::NotUndone);
    assert_eq!(machine.files.text("/etc/wireguard/wg0.key"), None);
    // Another try, when what was in the way has gone.
    machine.repair();
    assert_eq!(
        undo_all(&machine, &mut read(&machine)),
        Vec::<String>::new()
    );
    assert_same(&self::machine().picture(), &machine.picture(), "at the end");
}

#[test]
fn a_failed_step_can_be_tried_again_or_kept() {
    let kept = machine();
    kept.fail("ip address add");
    let mut run = begin(&kept, one_peer());
    let mut watcher = Watcher {
        choices: vec![Choice::Keep, Choice::Retry, Choice::Retry],
        ..Watcher::default()
    };
    let outcome = apply(&kept, &mut run, &mut watcher).unwrap();
    assert!(
        matches!(outcome, Outcome::Kept { step: 6, .. }),
        "{outcome:?}"
    );
    let failures = watcher.events.iter().filter(|e| e.1 == StepState::Failed);
    assert_eq!(failures.count(), 3);
    let run = read(&kept);
    assert_eq!(run.state(), RunState::Stopped);
    assert!(
        run.records[6]
            .error
            .as_ref()
            .unwrap()
            .contains("made to fail")
    );
    // What stood in the way is gone: the run goes on with the step that failed.
    kept.repair();
    assert!(matches!(
        apply_all(&kept, &mut read(&kept)),
        Outcome::Applied { changed: 16 }
    ));
    assert_same(&applied(one_peer()), &kept.picture(), "after the resume");
    assert_eq!(undo_all(&kept, &mut read(&kept)), Vec::<String>::new());
    assert_same(&machine().picture(), &kept.picture(), "after the rollback");
}

#[test]
fn a_run_is_stopped_between_two_steps_only() {
    for after in 1..STEPS {
        let machine = machine();
        let mut run = begin(&machine, one_peer());
        let mut watcher = Watcher {
            stop_after: Some(after),
            ..Watcher::default()
        };
        let outcome = apply(&machine, &mut run, &mut watcher).unwrap();
        assert!(matches!(outcome, Outcome::Stopped), "{after}: {outcome:?}");
        let states: Vec<_> = read(&machine).records.iter().map(|r| r.state).collect();
        let (done, todo) = states.split_at(after);
        assert!(
            done.iter().all(|state| *state == StepState::Done),
            "{states:?}"
        );
        assert!(
            todo.iter().all(|state| *state == StepState::Todo),
            "{states:?}"
        );
        assert!(matches!(
            apply_all(&machine, &mut read(&machine)),
            Outcome::Applied { .. }
        ));
    }
}

#[test]
fn a_run_that_is_stopped_before_its_first_change_waits_for_nothing() {
    let machine = machine();
    let before = machine.picture();
    let mut run = begin(&machine, one_peer());
    let mut watcher = Watcher {
        stop_after: Some(0),
        ..Watcher::default()
    };
    let outcome = apply(&machine, &mut run, &mut watcher).unwrap();
    assert!(matches!(outcome, Outcome::NotBegun), "{outcome:?}");
    assert_same(&before, &machine.picture(), "after the stop");
    assert_eq!(read(&machine).state(), RunState::Undone);
    assert!(!read(&machine).can_be_undone());
}

/// A run that has to be confirmed.
fn to_be_confirmed() -> Plan {
    Plan {
        confirm_within: 60,
        ..one_peer()
    }
}

fn journal_of(machine: &Machine) -> String {
    let files = machine.state_files();
    let journal = files
        .iter()
        .find(|(path, _)| path.ends_with("journal.jsonl"));
    journal.unwrap().1.clone()
}

#[test]
fn the_way_back_stands_before_the_first_step_that_can_cut_anybody_off() {
    let machine = machine();
    let mut run = begin(&machine, to_be_confirmed());
    apply_all(&machine, &mut run);
    let dir = run.dir.clone();
    assert_eq!(machine.detached(), [["/proc/self/exe", "guard", &dir]]);
    let journal = journal_of(&machine);
    let at = |text: &str| {
        journal
            .lines()
            .position(|line| line.contains(text))
            .unwrap()
    };
    let guarded = at(r#""state":"guarded""#);
    // Steps 1 to 5 write files and load a module; the sixth opens a port.
    assert!(at(r#""state":"done","step":4"#) < guarded, "{journal}");
    assert!(guarded < at(r#""state":"start","step":5"#), "{journal}");
    let read_again = read(&machine);
    assert_eq!(read_again.guard, run.guard);
    let guard = read_again.awaits().unwrap();
    assert_eq!((guard.within, guard.pid), (60, 4242));
    assert_eq!(guard.left(Host::now(&machine)), 60);
    // Confirmed, and undone, it waits for nothing.
    let mut confirmed = read(&machine);
    crate::apply::guard::settle(&machine, &mut confirmed, true).unwrap();
    assert_eq!(read(&machine).awaits(), None);
    assert_eq!(undo_all(&machine, &mut run), Vec::<String>::new());
    assert_eq!(run.awaits(), None);
}

#[test]
fn without_a_way_back_the_network_is_not_changed() {
    let machine = machine();
    let before = machine.picture();
    machine.fail(crate::host::command::SELF);
    let outcome = apply_all(&machine, &mut begin(&machine, to_be_confirmed()));
    let Outcome::RolledBack { step: 5, error } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        error.contains("could not be started: made to fail"),
        "{error}"
    );
    assert_same(&before, &machine.picture(), "after the rollback");
    assert_eq!(read(&machine).awaits(), None);
}

/// The boot entry that would start the guard again goes with the undo and with the
/// confirmation, wherever the run was cut off.
#[test]
fn what_starts_the_guard_at_boot_goes_with_the_run() {
    let bootable = || {
        let mut machine = machine();
        let levels = (2..=5).map(|level| format!("/etc/rc{level}.d"));
        machine.files = levels
            .chain(["/etc/init.d".to_owned()])
            .fold(machine.files, |files, path| files.dir(&path))
            .link(crate::host::command::SELF, "/usr/local/bin/groundcrew");
        machine
    };
    let entry = "/etc/rc3.d/S99groundcrew-guard";
    for cut in 0.. {
        let machine = bootable();
        let before = machine.picture();
        let mut run = begin(&machine, to_be_confirmed());
        let whole = machine.run_until_power_is_lost(cut, true, || apply_all(&machine, &mut run));
        if whole.is_some() {
            assert!(machine.files.read_link(entry).is_ok());
            let mut confirmed = read(&machine);
            crate::apply::guard::settle(&machine, &mut confirmed, true).unwrap();
            assert!(machine.files.read_link(entry).is_err());
            break;
        }
        assert_eq!(
            undo_all(&machine, &mut read(&machine)),
            Vec::<String>::new()
        );
        assert_same(&before, &machine.picture(), &format!("cut {cut}"));
    }
}

/// Whatever the moment at which the power goes: once the network was changed, the
/// journal knows that the run has to be confirmed, and a resume starts the process
/// anew.
#[test]
fn a_run_that_was_cut_off_is_guarded_again() {
    for cut in 0.. {
        let machine = machine();
        let mut run = begin(&machine, to_be_confirmed());
        let whole = machine.run_until_power_is_lost(cut, true, || apply_all(&machine, &mut run));
        if whole.is_some() {
            break;
        }
        let cut_off = read(&machine);
        let exposed = {
            let net = machine.net();
            net.rules.len() + net.links.len() > 1
        };
        assert!(!exposed || cut_off.awaits().is_some(), "cut {cut}");
        let before = machine.detached().len();
        apply_all(&machine, &mut read(&machine));
        let again = read(&machine);
        assert_eq!(again.state(), RunState::Applied, "cut {cut}");
        assert!(again.awaits().is_some(), "cut {cut}");
        // Nothing of it lives on this machine, so that it was started anew, unless
        // no step was left that had anything to do.
        let started = machine.detached().len() - before;
        let left = cut_off
            .records
            .iter()
            .any(|record| record.state == StepState::Todo);
        assert!(started == 1 || !left, "cut {cut}: {started}");
        assert_eq!(
            undo_all(&machine, &mut read(&machine)),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_second_apply_of_the_same_plan_changes_nothing() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, one_peer()));
    let (end, changes) = (machine.picture(), machine.files.changes().len());
    let previews = dry::preview(&machine, &one_peer());
    assert!(
        previews.iter().all(|preview| preview.probe == Probe::Done),
        "{previews:#?}"
    );
    assert_eq!(
        machine.files.changes().len(),
        changes,
        "a dry run changes nothing"
    );
    let mut run = begin(&machine, one_peer());
    assert!(matches!(
        apply_all(&machine, &mut run),
        Outcome::Applied { changed: 0 }
    ));
    assert!(
        run.records
            .iter()
            .all(|record| record.state == StepState::Present)
    );
    assert!(!run.can_be_undone());
    assert_same(&end, &machine.picture(), "after the second run");
    // Nothing was done by it, so nothing is undone.
    assert_eq!(undo_all(&machine, &mut run), Vec::<String>::new());
    assert_same(&end, &machine.picture(), "after its rollback");
}

#[test]
fn a_run_that_adds_a_peer_is_undone_to_the_run_before() {
    let machine = machine();
    let before = machine.picture();
    let mut first = begin(&machine, one_peer());
    apply_all(&machine, &mut first);
    let between = machine.picture();
    let mut changed = peer("beta", 2);
    changed.allowed_ips.push("10.99.0.0/16".parse().unwrap());
    let mut second = begin(&machine, plan(steps(vec![changed, peer("gamma", 3)])));
    let outcome = apply_all(&machine, &mut second);
    assert!(
        matches!(outcome, Outcome::Applied { changed: 2 }),
        "{outcome:?}"
    );
    let Tunnel { peers, .. } = machine.net().tunnels["wg0"].clone();
    assert_eq!(peers.len(), 2);
    assert_eq!(undo_all(&machine, &mut second), Vec::<String>::new());
    assert_same(
        &between,
        &machine.picture(),
        "after the second run's rollback",
    );
    assert_eq!(undo_all(&machine, &mut first), Vec::<String>::new());
    assert_same(&before, &machine.picture(), "after both");
}

#[test]
fn a_run_that_moves_the_interface_is_undone_to_the_run_before() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, one_peer()));
    let between = machine.picture();
    let mut moved = one_peer();
    for step in &mut moved.steps {
        if let Step::WireguardUp {
            address,
            listen_port,
            mtu,
            ..
        } = step
        {
            (*listen_port, *mtu) = (51999, 1280);
            *address = "10.91.0.1/24".parse().unwrap();
        }
    }
    let mut second = begin(&machine, moved);
    let outcome = apply_all(&machine, &mut second);
    assert!(
        matches!(outcome, Outcome::Applied { changed: 1 }),
        "{outcome:?}"
    );
    assert_eq!(machine.net().tunnels["wg0"].port, 51999);
    assert_eq!(undo_all(&machine, &mut second), Vec::<String>::new());
    assert_same(&between, &machine.picture(), "after the rollback");
}

#[test]
fn what_somebody_else_has_changed_is_left_alone_and_told() {
    for path in [
        "/etc/wireguard/wg0.conf",
        "/etc/app.conf",
        "/srv/new/deep/join.yaml",
    ] {
        let machine = machine();
        apply_all(&machine, &mut begin(&machine, one_peer()));
        Host::write_atomic(&machine, path, b"mine now\n", 0o644).unwrap();
        let left = undo_all(&machine, &mut read(&machine));
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(
            left[0].contains(&format!("{path} was changed by somebody else")),
            "{left:?}"
        );
        assert_eq!(machine.files.text(path).as_deref(), Some("mine now\n"));
        assert_eq!(machine.net().links.len(), 1, "the rest is undone");
        assert_eq!(read(&machine).state(), RunState::NotUndone);
    }
    // The same for a link that points elsewhere by now.
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, one_peer()));
    let link = "/etc/rc3.d/S11wg-quick-wg0";
    Host::remove_file(&machine, link).unwrap();
    Host::symlink(&machine, "/elsewhere", link).unwrap();
    let left = undo_all(&machine, &mut read(&machine));
    assert!(left.len() == 1 && left[0].contains(link), "{left:?}");
    assert_eq!(Host::meta(&machine, link).unwrap().kind, FileKind::Symlink);
}

/// By force: what somebody else wrote is put aside, also where the power goes in
/// the middle, and everything else is as it was.
#[test]
fn what_somebody_else_has_changed_is_put_aside_by_force() {
    for path in ["/etc/wireguard/wg0.conf", "/etc/app.conf"] {
        for cut in 0.. {
            let machine = machine();
            let before = machine.picture();
            apply_all(&machine, &mut begin(&machine, one_peer()));
            Host::write_atomic(&machine, path, b"mine now\n", 0o644).unwrap();
            let mut run = read(&machine);
            let force = |run: &mut Run| {
                roll_back_from(&machine, run, &mut Watcher::default(), Others::Keep).unwrap()
            };
            let whole = machine.run_until_power_is_lost(cut, true, || force(&mut run));
            let left = force(&mut read(&machine));
            assert_eq!(left, Vec::<String>::new(), "{path}, cut {cut}");
            assert_eq!(read(&machine).state(), RunState::Undone);
            let kept = format!("{path}.groundcrew-kept");
            assert_eq!(machine.files.text(&kept).as_deref(), Some("mine now\n"));
            assert_eq!(machine.files.text(&format!("{kept}.2")), None, "cut {cut}");
            Host::remove_file(&machine, &kept).unwrap();
            let _ = Host::remove_dir(&machine, "/etc/wireguard");
            assert_same(&before, &machine.picture(), &format!("{path}, cut {cut}"));
            if whole.is_some() {
                break;
            }
        }
    }
}

#[test]
fn a_made_folder_stays_while_somebody_uses_it() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, one_peer()));
    Host::write_atomic(&machine, "/srv/new/theirs", b"x", 0o644).unwrap();
    assert_eq!(
        undo_all(&machine, &mut read(&machine)),
        Vec::<String>::new()
    );
    let tree = machine.files.tree();
    assert!(tree.contains_key("/srv/new/theirs"));
    assert!(!tree.contains_key("/srv/new/deep") && !tree.contains_key("/etc/wireguard"));
}

/// Unloading the module would delete every interface that it carries.
#[test]
fn a_module_stays_while_somebody_elses_interface_needs_it() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, one_peer()));
    let theirs = Link {
        index: 9,
        name: "wg9".into(),
        kind: Some("wireguard".into()),
        ..Link::default()
    };
    machine.net().links.push(theirs.clone());
    let errors = undo_all(&machine, &mut read(&machine));
    assert_eq!(errors, Vec::<String>::new());
    let net = machine.net();
    assert!(net.links.contains(&theirs), "{:?}", net.links);
    assert!(net.links.iter().all(|link| link.name != "wg0"));
    assert!(net.modules.contains("wireguard"));
}

#[test]
fn what_was_there_before_is_not_taken_away() {
    let machine = machine();
    {
        let mut net = machine.net();
        net.modules.insert("wireguard".into());
        net.services.insert("wg-quick@wg0.service".into());
        net.rules.push(
            "-p udp -m udp --dport 51820 -m comment --comment groundcrew-wg0 -j ACCEPT".into(),
        );
        net.links.push(Link {
            index: 9,
            name: "wg0".into(),
            mtu: Some(1400),
            flags: 1,
            ..Link::default()
        });
        net.tunnels.insert("wg0".into(), Tunnel::default());
    }
    let mut run = begin(&machine, one_peer());
    apply_all(&machine, &mut run);
    assert_eq!(undo_all(&machine, &mut run), Vec::<String>::new());
    let net = machine.net();
    assert!(net.modules.contains("wireguard") && net.rules.len() == 1);
    assert!(net.services.contains("wg-quick@wg0.service"));
    let link = net.links.iter().find(|link| link.name == "wg0").unwrap();
    assert_eq!(link.mtu, Some(1400));
}

#[test]
fn a_secret_is_in_its_own_files_and_nowhere_else() {
    let machine = machine();
    let plan = one_peer();
    let mut shown = format!("{plan:?}{}", serde_json::to_string(&plan).unwrap());
    shown += &crate::plan::render::shell(&plan);
    let look = |shown: &mut String| {
        let previews = dry::preview(&machine, &plan);
        *shown += &crate::plan::render::text(&plan, &previews);
    };
    look(&mut shown);
    let mut run = begin(&machine, plan.clone());
    apply_all(&machine, &mut run);
    look(&mut shown);
    for (path, text) in machine.state_files() {
        shown += &format!("\n{path}\n{text}");
    }
    undo_all(&machine, &mut run);
    look(&mut shown);
    for (path, text) in machine.state_files() {
        shown += &format!("\n{path}\n{text}");
    }
    shown += &format!("{run:?}{:?}", machine.files.ran());
    assert!(
        shown.contains("(secret in /etc/wireguard/wg0.key)"),
        "{shown}"
    );
    for secret in [CANARY, SHARED, TOKEN, "passw0rd-canary", "shared-canary"] {
        let found = shown.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    // The backup has put the secret back nevertheless.
    let restored = machine.files.text("/etc/app.conf").unwrap();
    assert_eq!(restored, format!("token={TOKEN}\nname=old\n"));
}

#[test]
fn a_file_that_is_no_text_or_no_file_is_not_replaced() {
    let conf = "/etc/wireguard/wg0.conf";
    let binary = Machine::new(Scripted::new().file(conf, vec![0xff, 0xfe]));
    let folder = Machine::new(Scripted::new().dir(conf));
    let link = Machine::new(Scripted::new().link(conf, "/etc/shadow"));
    for (machine, text) in [
        (binary, "not a text file"),
        (folder, "not a regular file"),
        (link, "not a regular file"),
    ] {
        let before = machine.picture();
        let step = write(conf, 0o600, vec![Part::Text("new\n".into())]);
        let outcome = apply_all(&machine, &mut begin(&machine, plan(vec![step])));
        let Outcome::RolledBack { error, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(error.contains(text), "{error}");
        assert_same(&before, &machine.picture(), text);
    }
}

#[test]
fn without_a_journal_nothing_is_changed() {
    let machine = machine();
    let mut run = begin(&machine, one_peer());
    let journal = format!("{}/journal.jsonl", run.dir);
    let full = Machine::new(machine.files.fail_writes(&journal, libc::ENOSPC));
    let before = full.picture();
    let error = apply(&full, &mut run, &mut Watcher::default()).unwrap_err();
    assert!(
        error.to_string().contains("nothing more is changed"),
        "{error}"
    );
    assert_same(&before, &full.picture(), "with a full disk");
}

#[test]
fn a_backup_names_the_secrets_of_the_old_content() {
    let machine = machine();
    let parts = [Part::Secret("/root/token".into())];
    content::back_up(&machine, "/etc/app.conf", &parts, "/etc/backup").unwrap();
    let kept = machine.files.text("/etc/backup").unwrap();
    assert!(
        !kept.contains(TOKEN) && kept.contains("/root/token"),
        "{kept}"
    );
    let back = content::read_backup(&machine, "/etc/backup").unwrap();
    assert_eq!(
        back.as_slice(),
        format!("token={TOKEN}\nname=old\n").as_bytes()
    );
}

#[test]
fn a_run_that_was_cut_off_before_its_journal_is_passed_over() {
    for cut in 0..8 {
        let machine = machine();
        let begun = machine.run_until_power_is_lost(cut, true, || begin(&machine, one_peer()));
        let runs = State::new(&machine, STATE_DIR).runs().unwrap();
        assert!(runs.iter().all(Result::is_ok), "{runs:?}");
        assert_eq!(runs.len(), usize::from(begun.is_some()));
    }
}
