//! Verification against Docker's answers that are written down.

use serde_json::{Value, json};

use super::*;
use crate::host::Scripted;

fn wanted() -> Verify {
    Verify {
        address: [10, 92, 0, 1].into(),
        node_as: NodeAs::Manager,
        manager: None,
        nodes: 2,
        mtu: Some(1500),
        encrypted: false,
    }
}

fn info(state: &str, control: bool, error: &str) -> Value {
    json!({"Swarm": {
        "NodeID": "alphaalphaalpha", "NodeAddr": "10.92.0.1", "LocalNodeState": state,
        "ControlAvailable": control, "Error": error,
        "RemoteManagers": [{"NodeID": "x", "Addr": "10.92.0.1:2377"}],
    }})
}

fn node(id: &str, name: &str, state: &str) -> Value {
    json!({
        "ID": id, "Description": {"Hostname": name},
        "Status": {"State": state, "Addr": "10.92.0.2"},
        "Spec": {"Role": "manager", "Availability": "active"},
    })
}

/// A host whose Docker gives these answers: path begins, status and body.
fn host(answers: &[(&'static str, u16, Value)]) -> Scripted {
    let answers = answers.to_vec();
    Scripted::new().on_unix(move |_, _, request| {
        let text = String::from_utf8_lossy(request).into_owned();
        let found = answers.iter().find(|(start, ..)| text.starts_with(start));
        let (status, body) = found.map_or((404, json!({"message": "no"})), |(_, status, body)| {
            (*status, body.clone())
        });
        let body = body.to_string();
        let length = body.len();
        Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
    })
}

fn told(results: &[Verified]) -> Vec<(Status, &str)> {
    let all = results.iter();
    all.map(|one| (one.status, one.message.as_str())).collect()
}

#[test]
fn a_node_that_is_not_as_planned_fails_and_docker_that_is_silent_too() {
    let silent = verify(&Scripted::new(), &wanted());
    assert_eq!(silent[0].status, Status::Fail);
    for (info, words) in [
        (info("inactive", false, ""), "is inactive"),
        (
            info("pending", false, "connection refused"),
            "nobody listens there",
        ),
        (info("active", false, ""), "wanted a manager"),
        (info("active", true, "failed to create memberlist"), "7946"),
    ] {
        let host = host(&[("GET /info ", 200, info)]);
        let results = verify(&host, &wanted());
        assert_eq!(results.len(), 1);
        assert!(
            results[0].status == Status::Fail && results[0].message.contains(words),
            "{results:?}"
        );
    }
    let mut other = wanted();
    other.address = [10, 92, 0, 9].into();
    let up = host(&[("GET /info ", 200, info("active", true, ""))]);
    assert_eq!(verify(&up, &other)[0].status, Status::Fail);
}

#[test]
fn a_worker_never_passes_for_its_containers() {
    let host = host(&[("GET /info ", 200, info("active", false, ""))]);
    let worker = Verify {
        node_as: NodeAs::Worker,
        manager: Some("10.92.0.1:2377".into()),
        ..wanted()
    };
    let results = verify(&host, &worker);
    assert_eq!(results[0].status, Status::Pass);
    assert_eq!(results[1].status, Status::NotApplicable);
    assert!(results[1].message.contains("10.92.0.1:2377"));
    let other = Verify {
        manager: Some("10.92.0.7:2377".into()),
        ..worker
    };
    assert_eq!(verify(&host, &other)[0].status, Status::Fail);
}

fn two(tasks: Value, image: u16) -> Vec<(&'static str, u16, Value)> {
    let nodes = json!([
        node("alphaalphaalpha", "alpha", "ready"),
        node("bravo", "bravo", "ready"),
    ]);
    vec![
        ("GET /info ", 200, info("active", true, "")),
        ("GET /nodes ", 200, nodes),
        ("GET /images/", image, json!({"Id": "sha256:1"})),
        ("GET /tasks", 200, tasks),
        ("POST ", 201, json!({})),
        ("DELETE ", 200, json!({})),
    ]
}

fn task(node: &str, state: &str, error: &str, last: u8) -> Value {
    json!({
        "NodeID": node,
        "Status": {"State": state, "Err": error, "ContainerStatus": {"PID": 42}},
        "NetworksAttachments": [{"Addresses": [format!("10.20.1.{last}/24")]}],
    })
}

#[test]
fn containers_have_to_answer_with_packets_of_exactly_their_mtu() {
    let own = task("alphaalphaalpha", "running", "", 2);
    let tasks = |bravo: Value| json!([own.clone(), bravo]);
    // Silence, though all is Ready.
    let silent = host(&two(tasks(task("bravo", "running", "", 3)), 200));
    let results = verify(&silent, &wanted());
    assert_eq!(results[1].status, Status::Pass, "{results:?}");
    assert!(
        results[2].status == Status::Fail && results[2].message.contains("UDP 4789"),
        "{results:?}"
    );
    // Answers to packets of every size are those of another MTU.
    let mut loose = host(&two(tasks(task("bravo", "running", "", 3)), 200))
        .file("/proc/42/root/sys/class/net/eth0/mtu", "1450\n");
    loose.pings.insert(
        [10, 20, 1, 3].into(),
        crate::host::Ping::Reply(Duration::from_millis(1)),
    );
    let results = verify(&loose, &wanted());
    assert!(
        results[2].message.contains("1451 bytes go out"),
        "{results:?}"
    );
    // No container, for a reason that is known, and one that is not.
    for (error, status, words) in [
        (
            "No such image: sha256:1",
            Status::Unknown,
            "run groundcrew there",
        ),
        ("attaching to network failed, x", Status::Fail, "UDP port"),
    ] {
        let host = host(&two(tasks(task("bravo", "rejected", error, 3)), 200));
        let results = verify(&host, &wanted());
        assert!(
            results[2].status == status && results[2].message.contains(words),
            "{results:?}"
        );
    }
    let without = host(&two(json!([]), 404));
    assert_eq!(verify(&without, &wanted())[2].status, Status::Unknown);
}

#[test]
fn nodes_that_are_missing_are_waited_for_and_those_that_are_down_fail() {
    let of = |nodes: Value, count: u32| {
        let host = host(&[
            ("GET /info ", 200, info("active", true, "")),
            ("GET /nodes ", 200, nodes),
        ]);
        let wanted = Verify {
            nodes: count,
            ..wanted()
        };
        verify(&host, &wanted)
    };
    let alone = of(json!([node("alphaalphaalpha", "alpha", "ready")]), 3);
    let (status, text) = told(&alone)[1];
    assert!(
        status == Status::NotApplicable && text.starts_with("1 of 3"),
        "{text}"
    );
    assert_eq!(alone[2].status, Status::NotApplicable);
    let down = of(
        json!([
            node("alphaalphaalpha", "alpha", "ready"),
            node("b1", "bravo", "down")
        ]),
        2,
    );
    assert_eq!(down[1].status, Status::Fail);
    // An old entry of a node that is here again.
    let again = of(
        json!([
            node("alphaalphaalpha", "alpha", "ready"),
            node("b1", "bravo", "down"),
            node("b2", "bravo", "ready")
        ]),
        2,
    );
    let (status, text) = told(&again)[1];
    assert!(
        status == Status::Pass && text.contains("docker node rm b1"),
        "{text}"
    );
}
