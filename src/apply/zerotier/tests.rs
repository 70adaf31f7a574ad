//! Acts against a service in memory: done once and twice, cut off anywhere, and
//! taken back to the byte.

use serde_json::json;

use super::fake::{NODE, SECRET, TOKEN, identity, running, with_zerotier};
use super::*;
use crate::apply::engine::Outcome;
use crate::apply::journal::Run;
use crate::apply::machine::Machine;
use crate::apply::machine::runs::{self, apply_all, assert_same, cut_anywhere, newest, undo_all};
use crate::host::Scripted;
use crate::plan::Plan;
use crate::plan::step::{Part, Step};
use crate::plan::zerotier::OWN;

const OTHER: &str = "481a5e3d20";

fn member(name: &str, node: Option<&str>, last: u8) -> Member {
    Member {
        name: name.into(),
        node: node.map(str::to_owned),
        address: Some([10, 90, 0, last].into()),
    }
}

fn network() -> String {
    format!("{NODE}676301")
}

/// All acts of a controller, in the order of a plan.
fn acts(members: Vec<Member>) -> Vec<Step> {
    let one = |act| Step::Zerotier(act);
    vec![
        one(Act::Home),
        Step::DataDir {
            path: OWN.into(),
            mode: 0o700,
            purpose: "a test".into(),
        },
        one(Act::Stop { manager: None }),
        one(Act::Identity { instead_of: None }),
        one(Act::Device {
            network: NetworkId::Own,
            interface: "ztrepl0".into(),
        }),
        one(Act::World {
            endpoint: "192.0.2.10:9993".parse().unwrap(),
        }),
        Step::WriteFile {
            path: "/root/join.yaml".into(),
            mode: 0o644,
            content: vec![
                Part::Text("node: ".into()),
                Part::ZerotierNode,
                Part::Text("\nplanet: ".into()),
                Part::ZerotierPlanet,
            ],
            purpose: "a test".into(),
        },
        one(Act::Start { manager: None }),
        one(Act::Controller {
            range: "10.90.0.0/24".parse().unwrap(),
            mtu: Some(2800),
        }),
        one(Act::Members {
            members,
            remove: Vec::new(),
        }),
        one(Act::Join {
            network: NetworkId::Own,
        }),
        one(Act::Arp {
            network: NetworkId::Own,
        }),
    ]
}

fn both() -> Vec<Member> {
    vec![member("alpha", None, 1), member("bravo", Some(OTHER), 2)]
}

fn plan(steps: Vec<Step>) -> Plan {
    runs::plan("alpha", "native", Some("zerotier"), steps)
}

fn machine(files: Scripted) -> Machine {
    let mut files = files.dir("/root");
    files.now += Duration::from_secs(1_700_000_000);
    Machine::new(files)
}

fn fresh() -> Machine {
    machine(with_zerotier(Scripted::new()))
}

fn begin(machine: &Machine, steps: Vec<Step>) -> Run {
    runs::begin(machine, plan(steps))
}

fn member_of(machine: &Machine, node: &str) -> Option<serde_json::Value> {
    let path = format!("{HOME}/controller.d/{}/{node}.json", network());
    serde_json::from_str(&machine.files.text(&path)?).ok()
}

#[test]
fn a_controller_is_set_up_once_and_taken_back_to_nothing() {
    let machine = fresh();
    let before = machine.picture();
    let mut run = begin(&machine, acts(both()));
    let outcome = apply_all(&machine, &mut run);
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    let modes = |name: &str| machine.files.tree()[&format!("{HOME}/{name}")].mode;
    assert_eq!(modes("identity.secret"), 0o600);
    assert_eq!(modes("groundcrew/moon.json"), 0o600);
    assert_eq!(modes("groundcrew"), 0o700);
    assert_eq!(
        machine.files.text(&format!("{HOME}/devicemap")).unwrap(),
        format!(
            "# BEGIN groundcrew zerotier\n{}=ztrepl0\n# END groundcrew zerotier\n",
            network()
        )
    );
    let bravo = member_of(&machine, OTHER).unwrap();
    assert_eq!(bravo["authorized"], true);
    assert_eq!(bravo["ipAssignments"], json!(["10.90.0.2"]));
    let join = machine.files.text("/root/join.yaml").unwrap();
    assert!(
        join.starts_with(&format!("node: {NODE}\nplanet: AQEB")),
        "{join}"
    );
    // The same again: nothing but the stop has to be done.
    let again: Vec<_> = acts(both())
        .iter()
        .map(|step| crate::apply::step::is_done(&machine, step).unwrap())
        .collect();
    let todo: Vec<_> = again
        .iter()
        .enumerate()
        .filter(|(_, done)| !**done)
        .collect();
    assert_eq!(todo.len(), 1, "{again:?}");
    assert_eq!(todo[0].0, 2);
    undo_all(&machine, &mut newest(&machine));
    assert_same(&before, &machine.picture(), "after the rollback");
}

#[test]
fn a_run_that_is_cut_off_anywhere_is_resumed_or_undone() {
    let cuts = cut_anywhere(fresh, || plan(acts(both())));
    assert!(cuts > 40, "only {cuts} cuts were made");
}

#[test]
fn no_secret_is_in_the_journal() {
    let machine = fresh();
    apply_all(&machine, &mut begin(&machine, acts(both())));
    undo_all(&machine, &mut newest(&machine));
    let files = machine.state_files();
    assert!(!files.is_empty());
    for (path, text) in files {
        for secret in [TOKEN, SECRET] {
            assert!(!text.contains(secret), "{path}");
        }
    }
    for argv in machine.files.ran() {
        let line = argv.join(" ");
        assert!(!line.contains(TOKEN) && !line.contains(SECRET), "{line}");
    }
}

#[test]
fn who_is_named_is_shut_out_and_all_others_stay() {
    let machine = fresh();
    apply_all(&machine, &mut begin(&machine, acts(both())));
    let api = Api::open(&machine).unwrap();
    let guest = "aaaaaaaaaa";
    api.set_member(&network(), guest, &json!({"authorized": true}))
        .unwrap();
    let two = machine.picture();
    let three = vec![
        member("alpha", None, 1),
        member("carol", Some("e92490ce72"), 3),
    ];
    let authorized = |node: &str| member_of(&machine, node).unwrap()["authorized"].clone();
    // Without a join file, and not named: a file can be missing by mistake.
    let members = |remove: &[&str]| {
        let remove = remove.iter().map(|node| (*node).to_owned()).collect();
        let members = three.clone();
        vec![Step::Zerotier(Act::Members { members, remove })]
    };
    let apply = |remove: &[&str]| {
        let outcome = apply_all(&machine, &mut begin(&machine, members(remove)));
        assert!(
            matches!(outcome, Outcome::Applied { changed: 1 }),
            "{outcome:?}"
        );
        let done = crate::apply::step::is_done(&machine, &members(remove)[0]).unwrap();
        assert!(done, "{remove:?}");
    };
    apply(&[]);
    for node in [OTHER, "e92490ce72", guest] {
        assert_eq!(authorized(node), true, "{node}");
    }
    undo_all(&machine, &mut newest(&machine));
    assert_same(&two, &machine.picture(), "the members as they were");
    apply(&[OTHER, "cccccccccc"]);
    assert_eq!(authorized(OTHER), false);
    assert_eq!(authorized("e92490ce72"), true);
    assert_eq!(authorized(guest), true);
    assert_eq!(member_of(&machine, "cccccccccc"), None);
    undo_all(&machine, &mut newest(&machine));
    assert_same(&two, &machine.picture(), "the members as they were");
}

/// The controller takes what is not of the right type for something else.
#[test]
fn a_network_that_came_out_open_is_refused() {
    let machine = machine(running(Scripted::new().dir(OWN)).on_tcp(|_, _, _| None));
    let api = Api::open(&machine).unwrap();
    api.control(&network(), &json!({"private": "yes"})).unwrap();
    let found = api.controlled(&network()).unwrap().unwrap();
    assert_eq!(found["private"], false, "a word is taken for false");
    let range = "10.90.0.0/24".parse().unwrap();
    let (key, ..) = differs(&found, range, None).unwrap();
    assert_eq!(key, "ipAssignmentPools");
    let act = Act::Controller { range, mtu: None };
    assert!(!is_done(&machine, &act).unwrap());
    // A network of this id that somebody else has made is not taken over.
    let refused = prepare(&machine, &act).unwrap_err().to_string();
    assert!(refused.contains("groundcrew has not made"), "{refused}");
}

#[test]
fn a_clones_identity_is_replaced_and_put_back() {
    let host = with_zerotier(
        Scripted::new()
            .file(&format!("{HOME}/identity.secret"), identity(OTHER))
            .file(
                &format!("{HOME}/identity.public"),
                format!("{OTHER}:0:{}", "a".repeat(128)),
            )
            .dir(OWN),
    );
    let machine = machine(host);
    let before = machine.picture();
    let act = Act::Identity {
        instead_of: Some(OTHER.into()),
    };
    let mut run = begin(&machine, vec![Step::Zerotier(act.clone())]);
    assert!(matches!(
        apply_all(&machine, &mut run),
        Outcome::Applied { changed: 1 }
    ));
    assert_eq!(own_node(&machine).unwrap(), NODE);
    assert!(is_done(&machine, &act).unwrap());
    undo_all(&machine, &mut newest(&machine));
    // The modes that the fake had are those of a real one afterwards.
    let (mut a, mut b) = (before, machine.picture());
    for picture in [&mut a, &mut b] {
        for node in picture.0.values_mut() {
            node.mode = 0;
        }
    }
    assert_same(&a, &b, "after the rollback");
}

#[test]
fn a_service_that_is_down_or_refuses_is_told_apart() {
    let why = |host: Scripted| {
        let machine = machine(host);
        Api::open(&machine)
            .and_then(|api| api.status())
            .unwrap_err()
            .to_string()
    };
    let never = why(with_zerotier(Scripted::new()));
    assert!(never.contains("authtoken.secret"), "{never}");
    let token = format!("{HOME}/authtoken.secret");
    let down = why(with_zerotier(Scripted::new().file(&token, "word")));
    assert!(down.contains("does not answer on 127.0.0.1:9993"), "{down}");
    let empty = why(with_zerotier(Scripted::new().file(&token, "a b\r\nX: y")));
    assert!(empty.contains("it holds no token"), "{empty}");
    // The file was replaced while the service runs.
    let answer = "HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\n{}";
    let host = Scripted::new()
        .file(&token, "word")
        .on_tcp(move |_, _, _| Some(answer.into()));
    let refused = why(host);
    assert!(
        refused.contains("(401)") && !refused.contains("word"),
        "{refused}"
    );
    // What a bad body is answered with.
    let body = r#"{"error": 500, "description": "[json.exception.parse_error.101] x"}"#;
    let answer = format!(
        "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let host = Scripted::new()
        .file(&token, "word")
        .on_tcp(move |_, _, _| Some(answer.clone().into()));
    let bad = why(host);
    assert!(bad.contains("parse_error.101"), "{bad}");
}

#[test]
fn a_network_that_gets_no_interface_names_the_missing_device() {
    // What 1.14.1 does without /dev/net/tun: the join is answered, and gone.
    let machine = machine(running(Scripted::new().file("/run/no-tun", "")));
    let id = network();
    let error = join(&machine, &NetworkId::Given(id))
        .unwrap_err()
        .to_string();
    assert!(error.contains("/dev/net/tun"), "{error}");
}

#[test]
fn recorded_answers_are_understood() {
    for (name, old) in [
        ("zt-1.14.1-api.txt", false),
        ("zt-1.2.4-api-errors.txt", true),
    ] {
        let path = format!("../shared/data/flannel-zerotier/{name}");
        let Some(text) = recorded(&path) else {
            eprintln!("{path} is not here: nothing recorded was read");
            return;
        };
        let section = |head: &str| {
            let from = text.split_once(&format!("### {head}\n")).unwrap().1;
            let end = from.find("\n### ").unwrap_or(from.len());
            serde_json::from_str::<serde_json::Value>(&from[..end]).unwrap()
        };
        let status: Status = serde_json::from_value(section("a GET /status")).unwrap();
        assert!(status.online);
        assert_eq!(status.version, if old { "1.2.4" } else { "1.14.1" });
        let joined: Vec<Joined> = serde_json::from_value(section("a GET /network")).unwrap();
        assert_eq!(joined[0].status, State::Ok);
        assert_eq!(
            joined[0].port_device_name,
            if old { "zt0" } else { "ztzwl4tzlz" }
        );
        assert_eq!(joined[0].mtu, 2800);
    }
}

#[allow(clippy::disallowed_methods)]
fn recorded(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}
