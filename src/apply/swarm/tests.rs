//! Swarms on a machine in memory: cut off anywhere, and taken back.

use std::time::Duration;

use serde_json::json;

use super::fake::{ADDRESS, SECRET, STATE, change, state, token, with_docker};
use super::*;
use crate::apply::engine::{self, Choice, Event, Outcome, Watch};
use crate::apply::journal::Run;
use crate::apply::machine::runs::{self, newest};
use crate::apply::machine::{Machine, Picture};
use crate::apply::step;
use crate::apply::undo::Others;
use crate::host::Scripted;
use crate::plan::step::Step;

struct Quiet;

impl Watch for Quiet {
    fn event(&mut self, _: Event) {}
    fn failed(&mut self, _: usize, _: &str, _: &str) -> Choice {
        Choice::Keep
    }
    fn stop(&self) -> bool {
        false
    }
}

const FILE: &str = "/root/swarm/join-tokens";

fn init() -> Step {
    Step::Swarm(Act::Init {
        address: ADDRESS.parse().unwrap(),
        data_path_addr: true,
        data_path_port: Some(4790),
        pools: vec!["10.20.0.0/16".parse().unwrap()],
        subnet_len: 24,
    })
}

fn join(node_as: NodeAs) -> Step {
    Step::Swarm(Act::Join {
        address: ADDRESS.parse().unwrap(),
        data_path_addr: true,
        manager: "10.92.0.9:2377".into(),
        node_as,
        token: Token::File("/root/token".into()),
    })
}

fn first() -> Vec<Step> {
    vec![
        Step::Swarm(Act::ProbeImage),
        init(),
        Step::Swarm(Act::IngressMtu { mtu: 1420 }),
        Step::Swarm(Act::Tokens { path: FILE.into() }),
    ]
}

fn machine() -> Machine {
    let mut files = with_docker(Scripted::new()).dir("/root");
    files.now += Duration::from_secs(1_700_000_000);
    let both = format!(
        "worker: {}\nmanager: {}\n",
        token("worker", 0),
        token("manager", 0)
    );
    files
        .write_atomic("/root/token", both.as_bytes(), 0o600)
        .unwrap();
    Machine::new(files)
}

fn begin(machine: &Machine, steps: Vec<Step>) -> Run {
    runs::begin(machine, runs::plan("alpha", "swarm", None, steps))
}

fn apply_all(machine: &Machine, run: &mut Run) -> Outcome {
    engine::apply(machine, run, &mut Quiet).unwrap()
}

fn undo_all(machine: &Machine, others: Others) -> Vec<String> {
    engine::roll_back_from(machine, &mut newest(machine), &mut Quiet, others).unwrap()
}

#[track_caller]
fn assert_same(before: &Picture, after: &Picture, when: &str) {
    for (path, node) in before.0.iter().chain(&after.0) {
        assert!(
            before.0.get(path) == Some(node) && after.0.get(path) == Some(node),
            "{path} is another, {when}"
        );
    }
}

#[test]
fn a_swarm_is_made_once_and_taken_back_to_nothing() {
    let machine = machine();
    let before = machine.picture();
    let outcome = apply_all(&machine, &mut begin(&machine, first()));
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    let now = state(&machine.files);
    assert_eq!(now["swarm"]["NodeAddr"], ADDRESS);
    assert_eq!(now["swarm"]["Cluster"]["DataPathPort"], 4790);
    assert_eq!(
        now["networks"]["ingress"]["Options"],
        json!({ MTU_OPTION: "1420" })
    );
    let tree = machine.files.tree();
    assert_eq!((tree[FILE].mode, tree["/root/swarm"].mode), (0o600, 0o700));
    let text = machine.files.text(FILE).unwrap();
    assert!(text.contains(&format!("\nworker: {}\n", token("worker", 0))));
    for one in first() {
        assert!(step::is_done(&machine, &one).unwrap(), "{}", one.title());
    }
    assert_eq!(undo_all(&machine, Others::Leave), Vec::<String>::new());
    assert_same(&before, &machine.picture(), "after the rollback");
}

#[test]
fn a_run_that_is_cut_off_anywhere_is_resumed_or_undone() {
    for steps in [
        first(),
        vec![Step::Swarm(Act::ProbeImage), join(NodeAs::Worker)],
        vec![join(NodeAs::Manager)],
    ] {
        let new = || {
            let machine = machine();
            if steps.len() < 3 {
                let other = json!({"ID": "n2", "Description": {"Hostname": "m"},
                    "Status": {"State": "ready"}, "Spec": {"Role": "manager"}});
                change(&machine.files, |state| state["others"] = json!([other]));
            }
            let before = machine.picture();
            (machine, before)
        };
        let end = {
            let (machine, _) = new();
            apply_all(&machine, &mut begin(&machine, steps.clone()));
            machine.picture()
        };
        let mut cuts = 0;
        for torn in [false, true] {
            for cut in 0.. {
                let cut_off = || {
                    let (machine, before) = new();
                    let mut run = begin(&machine, steps.clone());
                    let whole = machine
                        .run_until_power_is_lost(cut, torn, || apply_all(&machine, &mut run));
                    (machine, before, whole.is_some())
                };
                let when = format!("{} steps, cut {cut}, torn {torn}", steps.len());
                let (resumed, before, whole) = cut_off();
                if whole {
                    break;
                }
                cuts += 1;
                let outcome = apply_all(&resumed, &mut newest(&resumed));
                assert!(
                    matches!(outcome, Outcome::Applied { .. }),
                    "{when}: {outcome:?}"
                );
                assert_same(&end, &resumed.picture(), &when);
                assert_eq!(undo_all(&resumed, Others::Leave), [""; 0], "{when}");
                assert_same(&before, &resumed.picture(), &when);
                let (undone, before, _) = cut_off();
                assert_eq!(undo_all(&undone, Others::Leave), [""; 0], "{when}");
                assert_same(&before, &undone.picture(), &when);
            }
        }
        assert!(cuts >= 6, "only {cuts} cuts were made");
    }
}

#[test]
fn no_token_is_in_the_journal_and_none_that_docker_quotes_is_told() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, first()));
    undo_all(&machine, Others::Leave);
    change(&machine.files, |state| state["lets-in"] = json!("quote"));
    let outcome = apply_all(&machine, &mut begin(&machine, vec![join(NodeAs::Worker)]));
    let Outcome::Kept { error, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(error.contains("no good: (join token)"), "{error}");
    let files = machine.state_files();
    assert!(!files.is_empty());
    for (path, text) in files {
        assert!(!text.contains(SECRET), "{path}");
    }
    for one in first() {
        assert!(!format!("{one:?} {}", one.title()).contains(SECRET));
    }
}

/// Docker goes on trying in the background, and takes no second try.
#[test]
fn a_join_that_times_out_is_tried_again_and_undone() {
    let pending = || {
        let machine = machine();
        let before = machine.picture();
        change(&machine.files, |state| state["lets-in"] = json!("timeout"));
        let outcome = apply_all(&machine, &mut begin(&machine, vec![join(NodeAs::Worker)]));
        let Outcome::Kept { error, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert!(error.contains("does TCP 2377 get through"), "{error}");
        assert_eq!(state(&machine.files)["swarm"]["LocalNodeState"], "pending");
        change(&machine.files, |state| {
            state.as_object_mut().unwrap().remove("lets-in");
        });
        (machine, before)
    };
    let (again, before) = pending();
    let outcome = apply_all(&again, &mut newest(&again));
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    assert_eq!(undo_all(&again, Others::Leave), [""; 0]);
    assert_same(&before, &again.picture(), "after the second try");
    let (undone, before) = pending();
    assert_eq!(undo_all(&undone, Others::Leave), [""; 0]);
    assert_same(&before, &undone.picture(), "after the time-out");
}

#[test]
fn a_swarm_with_other_nodes_or_of_somebody_else_is_ended_only_by_force() {
    let with = |node_state: &str| {
        let machine = machine();
        apply_all(&machine, &mut begin(&machine, vec![init()]));
        let other = json!({"ID": "n2", "Description": {"Hostname": "bravo"},
            "Status": {"State": node_state}, "Spec": {"Role": "worker"}});
        change(&machine.files, |state| state["others"] = json!([other]));
        machine
    };
    let active = |machine: &Machine| state(&machine.files)["swarm"]["LocalNodeState"] == "active";
    let joined = with("ready");
    let left = undo_all(&joined, Others::Leave);
    assert!(left[0].contains("bravo") && active(&joined), "{left:?}");
    assert_eq!(undo_all(&joined, Others::Keep), [""; 0]);
    assert!(!active(&joined));
    // One that has left is only an entry.
    let gone = with("down");
    assert_eq!(undo_all(&gone, Others::Leave), [""; 0]);
    // Somebody has left it, and made another one since.
    let theirs = with("down");
    change(&theirs.files, |state| {
        state["swarm"]["Cluster"]["Spec"]["Labels"] = json!({});
    });
    let left = undo_all(&theirs, Others::Leave);
    assert!(left[0].contains("not made by groundcrew") && active(&theirs));
    // The last manager does not go by itself.
    let last = machine();
    apply_all(&last, &mut begin(&last, vec![join(NodeAs::Manager)]));
    let left = undo_all(&last, Others::Leave);
    assert!(
        left[0].contains("only manager") && active(&last),
        "{left:?}"
    );
}

#[test]
fn what_a_swarm_stands_on_stays_while_others_are_in_it() {
    const BELOW: &str = "/var/lib/below";
    let machine = machine();
    machine.files.make_dir("/var", 0o755).ok();
    machine.files.make_dir("/var/lib", 0o755).ok();
    let below = Step::DataDir {
        path: BELOW.into(),
        mode: 0o700,
        purpose: "what the Swarm stands on".into(),
    };
    apply_all(&machine, &mut begin(&machine, vec![below, init()]));
    let there = || machine.files.meta(BELOW).is_ok();
    change(&machine.files, |state| {
        state["others"] = json!([{"ID": "n2", "Description": {"Hostname": "bravo"},
            "Status": {"State": "ready"}, "Spec": {"Role": "worker"}}]);
    });
    assert_eq!(undo_all(&machine, Others::Leave).len(), 1);
    assert!(there());
    // Once they are out, the same rollback goes on.
    change(&machine.files, |state| state["others"] = json!([]));
    assert_eq!(undo_all(&machine, Others::Leave), [""; 0]);
    assert!(!there());
}

#[test]
fn a_swarm_that_came_since_the_plan_is_left_alone() {
    let machine = machine();
    let mut run = begin(&machine, vec![init()]);
    change(&machine.files, |state| {
        state["swarm"] = json!({"LocalNodeState": "active", "NodeAddr": "10.1.1.1"});
    });
    let outcome = apply_all(&machine, &mut run);
    assert!(
        matches!(&outcome, Outcome::Kept { error, .. } if error.contains("make a plan anew")),
        "{outcome:?}"
    );
    assert_eq!(undo_all(&machine, Others::Leave), [""; 0]);
    assert_eq!(state(&machine.files)["swarm"]["NodeAddr"], "10.1.1.1");
}

#[test]
fn tokens_are_replaced_once_and_their_file_is_gone() {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, first()));
    let config = crate::answers::Config::from_answers(&crate::answers::Answers::default());
    let mut config = config.unwrap().swarm;
    config.token_out = FILE.into();
    let found = survey(&machine, &config);
    assert!(found.token_file && found.ready == 1, "{found:?}");
    assert_eq!(found.ingress_mtu, Some(1420));
    assert_eq!(found.pools, ["10.20.0.0/16".parse().unwrap()]);
    let rotate = Step::Swarm(Act::Rotate { path: FILE.into() });
    assert!(rotate.stays().is_some());
    assert!(!step::is_done(&machine, &rotate).unwrap());
    apply_all(&machine, &mut begin(&machine, vec![rotate.clone()]));
    assert_eq!(machine.files.text(FILE), None);
    assert_eq!(state(&machine.files)["rotations"], 1);
    assert!(step::is_done(&machine, &rotate).unwrap());
    // Somebody else's file is neither written over nor deleted.
    let theirs = Step::Swarm(Act::Tokens {
        path: "/root/token".into(),
    });
    let outcome = apply_all(&machine, &mut begin(&machine, vec![theirs]));
    assert!(
        matches!(&outcome, Outcome::Kept { error, .. } if error.contains("not groundcrew's")),
        "{outcome:?}"
    );
    assert!(machine.files.text("/root/token").is_some());
    assert!(machine.files.text(STATE).is_some());
}

/// A manager with three others: `b` and `c` are managers, `d` is a worker.
fn manager_of_three() -> Scripted {
    let machine = machine();
    apply_all(&machine, &mut begin(&machine, vec![init()]));
    let node = |nth: u8, id: &str, state: &str, manager: bool| {
        json!({"ID": id, "Description": {"Hostname": id},
            "Status": {"State": state, "Addr": format!("10.92.0.{nth}")},
            "Spec": {"Role": if manager { "manager" } else { "worker" }},
            "ManagerStatus": manager.then(|| json!({"Reachability": "reachable"}))})
    };
    let others = json!([
        node(2, "b", "ready", true),
        node(3, "c", "ready", true),
        node(4, "d", "ready", false),
        node(4, "d-old", "down", false),
    ]);
    change(&machine.files, |state| state["others"] = others);
    machine.files
}

fn hosts(all: &[(&str, u8)]) -> nodes::Hosts {
    let each = all.iter();
    each.map(|(name, nth)| ((*name).to_owned(), [10, 92, 0, *nth].into()))
        .collect()
}

/// The others: id, role and reachability.
fn others(host: &Scripted) -> Vec<String> {
    let state = state(host);
    let others = state["others"].as_array().unwrap();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let line = |node: &serde_json::Value| {
        let reached = word(&node["ManagerStatus"]["Reachability"]);
        format!(
            "{} {} {reached}",
            word(&node["ID"]),
            word(&node["Spec"]["Role"])
        )
    };
    others.iter().map(line).collect()
}

fn settled(host: &Scripted, wanted: &nodes::Wanted) -> Result<Vec<String>, StepError> {
    let mut said = Vec::new();
    nodes::settle(host, wanted, &mut said).map(|()| said)
}

#[test]
fn whoever_is_to_be_no_manager_becomes_a_worker_and_who_is_gone_goes_once_it_is_down() {
    let host = manager_of_three();
    let wanted = nodes::Wanted {
        workers: hosts(&[("app03", 3)]),
        gone: hosts(&[("app02", 2)]),
        members: hosts(&[("app03", 3), ("app04", 4)]),
    };
    let said = settled(&host, &wanted).unwrap();
    assert_eq!(
        others(&host),
        ["b worker -", "c worker -", "d worker -"],
        "{said:?}"
    );
    for words in [
        "app03 is a manager of the Swarm no more",
        "app02 is a manager of the Swarm no more",
        "app02 has left the plan and is in the Swarm still",
        "an old entry of app04 is taken out",
    ] {
        assert!(said.iter().any(|line| line.contains(words)), "{said:?}");
    }
    assert_eq!(state(&host)["others"][0]["Spec"]["Availability"], "drain");
    change(&host, |state| {
        state["others"][0]["Status"]["State"] = json!("down")
    });
    let said = settled(&host, &wanted).unwrap();
    assert_eq!(said, ["app02 is taken out of the Swarm's list"]);
    assert_eq!(others(&host).len(), 2);
    assert_eq!(settled(&host, &wanted).unwrap(), [""; 0]);
}

#[test]
fn who_comes_back_takes_containers_again_unless_it_was_its_operator_who_took_them_off() {
    let host = manager_of_three();
    let left = nodes::Wanted {
        gone: hosts(&[("app02", 2)]),
        ..nodes::Wanted::default()
    };
    settled(&host, &left).unwrap();
    change(&host, |state| {
        state["others"][1]["Spec"]["Availability"] = json!("drain");
    });
    let back = nodes::Wanted {
        members: hosts(&[("app02", 2), ("app03", 3)]),
        ..nodes::Wanted::default()
    };
    let said = settled(&host, &back).unwrap();
    assert!(
        said.contains(&"app02 takes containers again".to_owned()),
        "{said:?}"
    );
    let of = |nth: usize| state(&host)["others"][nth]["Spec"]["Availability"].clone();
    assert_eq!((of(0), of(1)), (json!("active"), json!("drain")));
    assert!(
        !settled(&host, &back)
            .unwrap()
            .iter()
            .any(|line| line.contains("app02"))
    );
}

#[test]
fn who_does_not_vote_any_more_is_demoted_first_and_one_that_never_did_is_told() {
    let host = manager_of_three();
    change(&host, |state| {
        state["others"][0]["Status"]["State"] = json!("down");
        state["others"][0]["ManagerStatus"]["Reachability"] = json!("unreachable");
    });
    let wanted = nodes::Wanted {
        workers: hosts(&[("app03", 3)]),
        gone: hosts(&[("app02", 2)]),
        ..nodes::Wanted::default()
    };
    let said = settled(&host, &wanted).unwrap();
    let at = |word: &str| said.iter().position(|line| line.starts_with(word)).unwrap();
    assert!(
        at("app02 is a manager") < at("app03 is a manager"),
        "{said:?}"
    );

    let host = manager_of_three();
    change(&host, |state| {
        state["others"][0]["ManagerStatus"] = json!(null);
    });
    let wanted = nodes::Wanted {
        gone: hosts(&[("app02", 2)]),
        ..nodes::Wanted::default()
    };
    let said = settled(&host, &wanted).unwrap();
    assert!(
        said[0].contains("as soon as its TCP 2377 is reached"),
        "{said:?}"
    );
}

#[test]
fn one_that_stays_a_manager_is_told_and_is_not_taken_out() {
    let host = manager_of_three();
    change(&host, |state| {
        state["keeps-roles"] = json!("this would result in a loss of quorum");
        state["others"][0]["Status"]["State"] = json!("down");
    });
    let wanted = nodes::Wanted {
        gone: hosts(&[("app02", 2)]),
        ..nodes::Wanted::default()
    };
    let error = settled(&host, &wanted).unwrap_err().to_string();
    assert!(
        error.contains("app02") && error.contains("loss of quorum"),
        "{error}"
    );
    assert_eq!(others(&host).len(), 4);
}

#[test]
fn a_worker_becomes_a_manager_once_and_one_that_is_not_there_is_told() {
    let host = manager_of_three();
    let mut said = Vec::new();
    nodes::promote(&host, &hosts(&[("app03", 3), ("app04", 4)]), &mut said).unwrap();
    assert_eq!(said, ["app04 is a manager of the Swarm now"]);
    assert_eq!(others(&host)[2], "d manager reachable");
    let error = nodes::promote(&host, &hosts(&[("app09", 9)]), &mut said).unwrap_err();
    assert!(
        error.to_string().contains("no node at 10.92.0.9"),
        "{error}"
    );
}
