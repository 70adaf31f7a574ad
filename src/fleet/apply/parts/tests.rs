use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::{Act, Holder, Job, Ran, Reply, Task, begin, check, gate, set_up};
use super::swarm::{Act as Swarm, INSIDE, KEY, Node, STATE, State, sealed};
use super::{Fault, Part, Replies, Told, faults, watch};
use crate::apply::swarm::nodes::Hosts;
use crate::fleet::plan::{FleetPlan, Removed};
use crate::plan::scheduler::swarm::NodeAs;

const ANSWERS: &str = "version: 1\nswarm: {token: {file: swarm-join-tokens}}\n";

/// Three managers and a worker.
fn plan(overlay: &str) -> FleetPlan {
    let names = ["app01", "app02", "app03", "app04"];
    let member = |(nth, name): (usize, &&str)| {
        json!({"name": name, "address": format!("10.90.0.{}", nth + 1),
            "underlay": format!("10.1.0.{}", nth + 1),
            "role": if nth == 0 { "first" } else { "join" }, "as": [], "answers_sha256": ""})
    };
    let members: Vec<_> = names.iter().enumerate().map(member).collect();
    let waves: Vec<_> = names.iter().map(|name| vec![name]).collect();
    let plan = json!({
        "schema": "fleet-plan/1", "scheduler": "swarm", "overlay": overlay,
        "network": "10.90.0.0/24", "wishes_sha256": "", "members": members, "removed": [],
        "roles": {"first": "app01", "managers": ["app01", "app02", "app03"]}, "waves": waves,
        "verification": {"pairs": "all", "peers_per_host": 3, "from": {}}, "warnings": [],
    });
    FleetPlan::parse(plan.to_string().as_bytes()).unwrap()
}

fn holder() -> Holder {
    Holder {
        id: "1".into(),
        operator: "root".into(),
        controller: "control".into(),
        folder: "/f".into(),
        plan_sha256: String::new(),
        since: String::new(),
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn told(files: &[(&str, &str, &str)]) -> Told {
    let mut told = Told::new();
    for (host, file, text) in files {
        let files = told.entry((*host).to_owned()).or_default();
        files.insert((*file).to_owned(), (*text).to_owned());
    }
    told
}

/// What a job does, a word for each task.
fn words(job: &[Task]) -> Vec<String> {
    let word = |task: &Task| match &task.act {
        Some(Act::Swarm(Swarm::Begin { guest })) => format!("begin {guest}"),
        Some(Act::Swarm(Swarm::Seal { to })) => {
            let to = to
                .iter()
                .map(|(name, guest)| format!("{name} {}", guest.node_as.word()));
            format!("seal {}", to.collect::<Vec<_>>().join(", "))
        }
        Some(Act::Swarm(Swarm::Open { node_as, .. })) => format!("open {}", node_as.word()),
        Some(Act::Swarm(Swarm::State { wait })) => format!("state {}", wait.len()),
        Some(Act::Swarm(Swarm::Rotate)) => "rotate".to_owned(),
        Some(Act::Swarm(Swarm::Settle(wanted))) => {
            let names = |hosts: &Hosts| hosts.keys().cloned().collect::<Vec<_>>().join(" ");
            format!(
                "settle [{}] [{}]",
                names(&wanted.workers),
                names(&wanted.gone)
            )
        }
        Some(Act::Swarm(Swarm::Promote { hosts })) => {
            let each = hosts
                .iter()
                .map(|(name, address)| format!("{name} {address}"));
            format!("promote {}", each.collect::<Vec<_>>().join(", "))
        }
        Some(Act::Expel(_)) => "expel".to_owned(),
        None => task.argv[0].clone(),
    };
    job.iter().map(word).collect()
}

fn job(plan: &FleetPlan, host: &str, told: &Told) -> Job {
    let mut job = set_up(&holder(), ANSWERS, BTreeMap::new(), &BTreeSet::new());
    for part in Part::of(plan) {
        part.set_up(plan, host, &plan.names(), told, &mut job);
    }
    job
}

#[test]
fn whoever_joins_makes_a_key_and_the_first_manager_seals_to_it() {
    let plan = plan("wireguard");
    let first = begin(&plan, "app01", "version: 1\n", &holder(), false);
    assert_eq!(words(&first.run), ["begin false", "resume", "join"]);
    assert!(first.run.iter().all(|task| task.unless_stopped.is_none()));
    let guest = begin(&plan, "app04", ANSWERS, &holder(), false);
    assert_eq!(words(&guest.run), ["begin true", "resume", "join"]);
    // What stopped there has to have its token first.
    let there = Some("join-app04.yaml".to_owned());
    assert!(
        guest.run[1..]
            .iter()
            .all(|task| task.unless_stopped == there)
    );
    // One that has its token from elsewhere.
    let own = begin(&plan, "app04", "version: 1\n", &holder(), false);
    assert_eq!(words(&own.run)[0], "begin false");

    let mut known = told(&[("app02", KEY, "two"), ("app04", KEY, "four")]);
    let first = job(&plan, "app01", &known);
    assert_eq!(
        words(&first.run),
        ["run", "seal app02 manager, app04 worker"]
    );
    assert!(first.forget.is_empty());
    known.extend(told(&[
        ("app01", &sealed("app04"), "box"),
        ("app01", &sealed("app02"), "box"),
    ]));
    let guest = job(&plan, "app04", &known);
    assert_eq!(words(&guest.run), ["open worker", "resume", "run"]);
    // Whatever comes of it, neither stays.
    assert_eq!(guest.forget, [KEY, "swarm-join-tokens"]);
    assert_eq!(words(&job(&plan, "app02", &known).run)[0], "open manager");
    // A second time all are in it: no token leaves the manager.
    let nobody = Told::new();
    assert_eq!(words(&job(&plan, "app01", &nobody).run), ["run"]);
    assert_eq!(words(&job(&plan, "app04", &nobody).run), ["resume", "run"]);
}

#[test]
fn the_first_manager_makes_workers_before_anything_and_managers_once_their_ports_are_open() {
    let mut plan = plan("wireguard");
    plan.roles.managers = ["app01", "app03", "app04"].map(str::to_owned).into();
    plan.members.remove(1);
    plan.removed = vec![Removed {
        name: "app02".into(),
        address: Some([10, 90, 0, 2].into()),
        underlay: Some([10, 1, 0, 2].into()),
    }];
    let known = told(&[
        ("app01", INSIDE, "manager"),
        ("app03", INSIDE, "manager"),
        ("app04", INSIDE, "worker"),
    ]);
    let run = |plan: &FleetPlan, host: &str| words(&job(plan, host, &known).run);
    assert_eq!(run(&plan, "app01"), ["settle [] [app02]", "run"]);
    let raised = |plan: &FleetPlan, wave: &[&str]| {
        let raised = Part::Swarm.raise(plan, &set(wave), &known);
        raised.map(|(host, task)| format!("{host}: {}", words(&[task])[0]))
    };
    assert_eq!(
        raised(&plan, &["app04"]).unwrap(),
        "app01: promote app04 10.90.0.4"
    );
    assert_eq!(raised(&plan, &["app01"]), None);
    assert_eq!(raised(&plan, &["app03"]), None);
    // Without the first one nobody does that.
    let missing = Part::Swarm.missing(&plan, &set(&["app03", "app04"]), &known);
    assert!(
        missing[0].message.ends_with("app04 cannot become managers"),
        "{missing:?}"
    );
    // Nor does another one forget who has left: it takes their vote before its tunnels go.
    let mut alone = Job::default();
    let reached = set(&["app03", "app04"]);
    Part::Swarm.set_up(&plan, "app03", &reached, &known, &mut alone);
    assert_eq!(words(&alone.run)[0], "settle [] [app02]");
    // A manager that is a worker by the plan.
    plan.roles.managers.truncate(1);
    assert_eq!(run(&plan, "app01"), ["settle [app03] [app02]", "run"]);
    assert_eq!(raised(&plan, &["app04"]), None);
    // Without a private network the hosts' own addresses count; one that somebody else
    // has by now is no old host's.
    plan.overlay = "none".into();
    assert_eq!(run(&plan, "app01"), ["settle [app03] [app02]", "run"]);
    plan.members[1].underlay = Some([10, 1, 0, 2].into());
    assert_eq!(run(&plan, "app01"), ["settle [app03] []", "run"]);
}

#[test]
fn the_operators_stop_replaces_tokens_where_somebody_waits_for_one() {
    let plan = plan("wireguard");
    let waiting = told(&[("app01", INSIDE, "manager"), ("app02", KEY, "two")]);
    let (host, task) = Part::Swarm.stop(&plan, &waiting).unwrap();
    assert_eq!(
        (host.as_str(), words(&[task])),
        ("app01", vec!["rotate".to_owned()])
    );
    let nobody = told(&[("app01", INSIDE, "manager")]);
    assert!(Part::Swarm.stop(&plan, &nobody).is_none());
    assert!(Part::Wireguard.stop(&plan, &waiting).is_none());
}

#[test]
fn nobody_joins_without_the_first_manager() {
    let plan = plan("none");
    let part = Part::Swarm;
    let known = told(&[("app02", KEY, "two"), ("app04", KEY, "four")]);
    let missing = part.missing(&plan, &set(&["app02", "app04"]), &known);
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].host, "app01");
    assert!(missing[0].message.contains("app02, app04 cannot join"));
    assert_eq!(part.missing(&plan, &plan.names(), &known), []);
    // Those that are in it already need nobody.
    assert_eq!(part.missing(&plan, &set(&["app02"]), &Told::new()), []);
    // One that was installed anew would make another Swarm beside theirs.
    let inside = told(&[("app02", INSIDE, ""), ("app04", INSIDE, "")]);
    let anew = part.missing(&plan, &plan.names(), &inside);
    assert_eq!(anew[0].host, "app01");
    let text = &anew[0].message;
    assert!(text.contains("in no Swarm, and app02, app04 are"), "{text}");
    let all = told(&[("app01", INSIDE, ""), ("app02", INSIDE, "")]);
    assert_eq!(part.missing(&plan, &plan.names(), &all), []);
}

#[test]
fn the_first_manager_replaces_the_tokens_before_anything_can_fail() {
    let plan = plan("wireguard");
    for (host, wanted) in [
        ("app01", &["rotate", "settle [] []", "confirm"][..]),
        ("app02", &["confirm"]),
    ] {
        let mut job = Job {
            run: vec![Task::new(&["confirm"], None)],
            ..Job::default()
        };
        for part in Part::of(&plan) {
            part.leave(&plan, host, &mut job);
        }
        assert_eq!(words(&job.run), wanted, "{host}");
    }
}

#[test]
fn after_a_wave_its_hosts_and_a_manager_are_asked_and_at_the_end_all_are() {
    let plan = plan("wireguard");
    let asked = |wave: &[&str], up: &[&str]| {
        let asked = watch(&plan, &set(wave), &set(up)).into_iter();
        asked
            .map(|(name, run)| format!("{name}: {}", words(&run).join(", ")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        asked(&["app04"], &["app01", "app02", "app03", "app04"]),
        ["app01: state 4", "app04: state 0"]
    );
    // The first wave is no end, though nobody else is there.
    assert_eq!(asked(&["app01"], &["app01"]), ["app01: state 1"]);
    // One that is a manager itself.
    assert_eq!(asked(&["app02"], &["app01", "app02"]), ["app02: state 2"]);
    // The first one is not there: another manager tells.
    assert_eq!(
        asked(&["app04"], &["app02", "app04"]),
        ["app02: state 2", "app04: state 0"]
    );
    let all = ["app01", "app02", "app03", "app04"];
    assert_eq!(
        asked(&all, &all),
        [
            "app01: state 4, verify",
            "app02: state 4",
            "app03: state 4",
            "app04: state 0"
        ]
    );
    // The ways do not try the traffic of each manager beside that.
    let ways = gate(&plan, "", &set(&["app02"]), 3);
    assert!(ways[0].argv.contains(&"overlay".to_owned()));
}

fn node(nth: usize, state: &str, reachability: &str) -> Node {
    Node {
        id: format!("n{nth}"),
        state: state.into(),
        address: format!("10.90.0.{nth}"),
        reachability: reachability.into(),
    }
}

fn of(nth: usize, manager: bool) -> State {
    State {
        state: "active".into(),
        node: format!("n{nth}"),
        address: format!("10.90.0.{nth}"),
        manager,
        ..State::default()
    }
}

/// The first manager's view of four nodes that are well.
fn view() -> State {
    let nodes = (1..5).map(|nth| node(nth, "ready", if nth < 4 { "reachable" } else { "" }));
    State {
        nodes: nodes.collect(),
        ..of(1, true)
    }
}

fn reply(state: &State) -> Reply {
    let state = serde_json::to_string(state).unwrap();
    Reply {
        brought: [(STATE.to_owned(), state)].into(),
        ..Reply::default()
    }
}

#[track_caller]
fn found(wave: &[&str], up: &[&str], states: &[(&str, Result<State, &str>)]) -> Vec<String> {
    let plan = plan("wireguard");
    let held: Vec<_> = states
        .iter()
        .map(|(host, state)| (*host, state.as_ref().map(reply).map_err(|why| *why)))
        .collect();
    let replies: Replies<'_> = held
        .iter()
        .map(|(host, reply)| (*host, reply.as_ref().map_err(|why| *why)))
        .collect();
    faults(&plan, &set(wave), &set(up), &replies)
        .into_iter()
        .map(|Fault { host, message }| format!("{host}: {message}"))
        .collect()
}

const ALL: [&str; 4] = ["app01", "app02", "app03", "app04"];

#[test]
fn a_node_that_is_well_has_no_fault_and_every_other_has_one() {
    let well = |view: State| {
        [
            ("app01", Ok(view)),
            ("app02", Ok(of(2, true))),
            ("app03", Ok(of(3, true))),
            ("app04", Ok(of(4, false))),
        ]
    };
    assert_eq!(found(&ALL, &ALL, &well(view())), Vec::<String>::new());
    let with = |change: &dyn Fn(&mut Vec<Node>)| {
        let mut view = view();
        change(&mut view.nodes);
        found(&ALL, &ALL, &well(view))
    };
    let down = with(&|nodes| nodes[3].state = "down".into());
    assert_eq!(down.len(), 1, "{down:?}");
    assert!(down[0].starts_with("app04: as app01 sees it, it is down"));
    let gone = with(&|nodes| drop(nodes.remove(3)));
    assert_eq!(
        gone,
        ["app04: as app01 sees it, it is no node of the Swarm"]
    );
    let cut = with(&|nodes| nodes[1].reachability = "unreachable".into());
    assert!(cut[0].contains("it is unreachable among the managers"));
    let elsewhere = with(&|nodes| nodes[2].address = "10.1.0.3".into());
    assert!(
        elsewhere[0].contains("10.1.0.3, and 10.90.0.3"),
        "{elsewhere:?}"
    );

    let own = |change: &dyn Fn(&mut State)| {
        let mut states = well(view());
        change(states[1].1.as_mut().unwrap());
        let found = found(&ALL, &ALL, &states);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    let dead = own(&|state| state.down = Some("Docker does not answer".into()));
    assert_eq!(dead, "app02: Docker does not answer");
    let left = own(&|state| state.state = "inactive".into());
    assert!(left.contains("its Swarm is inactive, wanted active"));
    assert!(own(&|state| state.manager = false).contains("docker node promote n2"));
    let mut states = well(view());
    states[3].1 = Ok(of(4, true));
    let found = found(&ALL, &ALL, &states);
    assert!(found[0].contains("docker node demote n4"), "{found:?}");
    assert!(own(&|state| state.address = "10.1.0.2".into()).contains("10.90.0.2 is planned"));
    assert!(own(&|state| state.error = "lost".into()).contains("lost"));
    assert!(own(&|state| state.node = "n9".into()).contains("no node of the Swarm"));
}

#[test]
fn another_manager_tells_the_same_and_a_swarm_without_one_is_told() {
    let states = [
        ("app01", Err("it is not reached")),
        (
            "app02",
            Ok(State {
                nodes: view().nodes,
                ..of(2, true)
            }),
        ),
        ("app04", Ok(of(4, false))),
    ];
    // Another manager tells the same.
    let some = found(&ALL, &["app01", "app02", "app04"], &states);
    assert_eq!(some, Vec::<String>::new());
    let mute = [("app01", Ok(of(1, true))), states[2].clone()];
    let nobody = found(&["app04"], &["app01", "app04"], &mute);
    assert_eq!(nobody.len(), 1);
    assert!(nobody[0].starts_with("app01: no manager tells of the Swarm's nodes"));
    // Where no manager was asked nobody can tell.
    assert_eq!(
        found(&["app04"], &["app01", "app04"], &states[2..]),
        [""; 0]
    );
    // One that was up before is looked at by its address; an old entry is none.
    let mut old = view();
    old.nodes.push(Node {
        id: "n0".into(),
        ..node(2, "down", "")
    });
    let states = [("app01", Ok(old.clone())), ("app04", Ok(of(4, false)))];
    assert_eq!(found(&["app04"], &ALL, &states), Vec::<String>::new());
    old.nodes[1].state = "down".into();
    let states = [("app01", Ok(old)), ("app04", Ok(of(4, false)))];
    assert!(found(&["app04"], &ALL, &states)[0].starts_with("app02: as app01 sees it"));
}

#[test]
fn containers_that_do_not_reach_each_other_are_a_fault_of_the_swarm_not_of_a_way() {
    let plan = plan("wireguard");
    let argv = ["verify", "--format", "json", "--only", "scheduler"].map(str::to_owned);
    let out = json!([
        {"id": "verify.nodes", "subject": "nodes", "status": "pass", "message": "4 nodes"},
        {"id": "verify.containers", "subject": "app04", "status": "fail", "message": "silence"},
    ]);
    let reply = Reply {
        ran: vec![Ran {
            argv: argv.into(),
            code: None,
            out: out.to_string(),
        }],
        ..reply(&State {
            nodes: vec![node(1, "ready", "reachable")],
            ..of(1, true)
        })
    };
    let replies: Replies<'_> = [("app01", Ok(&reply))].into();
    let found = faults(&plan, &set(&["app01"]), &set(&["app01"]), &replies);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].host.as_str(), found[0].message.as_str()),
        ("app01", "silence")
    );
    let wanted = [("app02".to_owned(), "two".to_owned())].into();
    let pairs = super::super::pairs("app01", &reply, &wanted);
    assert!(pairs[0].message.contains("nothing was told"));
}

#[test]
fn what_is_not_set_up_from_here_is_told_with_what_to_do() {
    for (scheduler, overlay, fine) in [
        ("swarm", "wireguard", true),
        ("swarm", "none", true),
        ("native", "wireguard", true),
        ("swarm", "zerotier", false),
        ("kubernetes", "none", false),
    ] {
        let mut plan = plan(overlay);
        plan.scheduler = scheduler.to_owned();
        let told = check(&plan);
        assert_eq!(told.is_ok(), fine, "{scheduler} {overlay}");
        let Err(told) = told else { continue };
        assert!(told.contains("fleet export -o OUT"), "{told}");
        if scheduler == "kubernetes" {
            for words in [
                "on app01 first",
                "kubernetes-token",
                "ca-cert-hash",
                "on app[02-04], one after the other",
            ] {
                assert!(told.contains(words), "{told}");
            }
        }
    }
}

#[test]
fn a_guest_is_what_its_role_says() {
    let plan = plan("none");
    let known = told(&[("app03", KEY, "three")]);
    let job = job(&plan, "app01", &known);
    let Some(Act::Swarm(Swarm::Seal { to })) = &job.run[1].act else {
        panic!("{:?}", job.run);
    };
    assert_eq!(to["app03"].node_as, NodeAs::Manager);
    assert_eq!(to["app03"].key, "three");
}

#[test]
fn what_was_done_is_confirmed_where_it_would_be_undone_by_itself() {
    let plan = plan("wireguard");
    let peers = set(&["db.two"]);
    let plain = gate(&plan, "version: 1\n# confirm-within\n", &peers, 3);
    assert_eq!(plain.len(), 1);
    assert!(
        plain[0]
            .argv
            .ends_with(&["--peer".to_owned(), "db.two".to_owned()])
    );
    let guarded = gate(&plan, "apply:\n  confirm-within: 10m\n", &peers, 3);
    assert_eq!(guarded[0].argv, ["confirm"]);
    assert!(gate(&plan, "", &BTreeSet::new(), 3).is_empty());
}
