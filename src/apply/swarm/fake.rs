//! A Docker in memory for the tests of this stage: what it knows is in one file
//! of a [`Scripted`] host, so that two hosts compare equal.

use serde_json::{Value, json};

use super::IMAGE;
use crate::facts::docker::SOCKET;
use crate::host::{Host, Scripted};

/// Where its state is.
pub const STATE: &str = "/var/lib/docker/fake.json";
/// In every secret part of a token.
pub const SECRET: &str = "canarycanary4711";
/// This node's address.
pub const ADDRESS: &str = "10.92.0.1";

/// The host with a Docker that runs and is in no Swarm.
pub fn with_docker(host: Scripted) -> Scripted {
    let state = json!({"swarm": {"LocalNodeState": "inactive"}, "networks": {}, "images": []});
    host.dir("/var/lib/docker")
        .file(STATE, state.to_string())
        .on_unix(answer)
}

/// Its state.
pub fn state(host: &Scripted) -> Value {
    serde_json::from_str(&host.text(STATE).unwrap()).unwrap()
}

/// Changes its state.
pub fn change(host: &Scripted, change: impl FnOnce(&mut Value)) {
    let mut now = state(host);
    change(&mut now);
    host.write_atomic(STATE, now.to_string().as_bytes(), 0o644)
        .unwrap();
}

/// A token, as it is after so many rotations.
pub fn token(node_as: &str, rotations: u64) -> String {
    format!("SWMTKN-1-digest{rotations}-{SECRET}{node_as}{rotations}")
}

fn answer(host: &Scripted, socket: &str, request: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(socket, SOCKET);
    let split = request.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&request[..split]).into_owned();
    let body = serde_json::from_slice(&request[split + 4..]).unwrap_or(Value::Null);
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let mut now = state(host);
    let (status, value) = call(&mut now, (method, &parts, query), &body);
    if method != "GET" {
        change(host, |state| *state = now);
    }
    let body = value.to_string();
    let length = body.len();
    Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

fn other<'a>(now: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    let others = now["others"].as_array_mut()?;
    others.iter_mut().find(|node| node["ID"] == *id)
}

fn refused(status: u16, text: &str) -> (u16, Value) {
    (status, json!({ "message": text }))
}

fn call(
    now: &mut Value,
    (method, parts, query): (&str, &[&str], &str),
    body: &Value,
) -> (u16, Value) {
    let active = now["swarm"]["LocalNodeState"] == "active";
    let control = now["swarm"]["ControlAvailable"] == true;
    match (method, parts) {
        ("GET", ["info"]) => (200, json!({"Swarm": now["swarm"]})),
        ("POST", ["swarm", verb @ ("init" | "join")]) => {
            if now["swarm"]["LocalNodeState"] != "inactive" {
                return refused(503, "This node is already part of a swarm.");
            }
            let manager = *verb == "init" || {
                let given = body["JoinToken"].as_str().unwrap();
                match now["lets-in"].as_str() {
                    Some("timeout") => {
                        now["swarm"]["LocalNodeState"] = json!("pending");
                        return refused(500, "Timeout was reached before node joined.");
                    }
                    // An answer that quotes what it was sent.
                    Some("quote") => return refused(500, &format!("no good: {given}")),
                    _ => given == token("manager", 0),
                }
            };
            let addr = body["RemoteAddrs"][0].as_str().unwrap_or("10.92.0.1:2377");
            now["swarm"] = json!({
                "LocalNodeState": "active", "ControlAvailable": manager, "NodeID": "n1",
                "NodeAddr": body["AdvertiseAddr"], "Error": "",
                "RemoteManagers": [{"NodeID": "m", "Addr": addr}],
            });
            if manager {
                now["swarm"]["Cluster"] = json!({
                    "Spec": body["Spec"], "DefaultAddrPool": body["DefaultAddrPool"],
                    "DataPathPort": body["DataPathPort"],
                });
                now["rotations"] = json!(0);
            }
            now["networks"]["ingress"] = json!({"Options": {}});
            now["networks"]["docker_gwbridge"] = json!({"Options": {}});
            (200, json!("n1"))
        }
        ("POST", ["swarm", "leave"]) => {
            if control && query != "force=1" {
                return refused(503, "Removing the last manager erases all current state");
            }
            now["swarm"] = json!({"LocalNodeState": "inactive"});
            now.as_object_mut().unwrap().remove("rotations");
            now["networks"].as_object_mut().unwrap().remove("ingress");
            (200, Value::Null)
        }
        ("GET", ["swarm"]) if control => {
            let turns = now["rotations"].as_u64().unwrap();
            let tokens =
                json!({"Worker": token("worker", turns), "Manager": token("manager", turns)});
            let spec = &now["swarm"]["Cluster"]["Spec"];
            (
                200,
                json!({"Version": {"Index": 7}, "Spec": spec, "JoinTokens": tokens}),
            )
        }
        ("POST", ["swarm", "update"]) if control => {
            assert!(query.contains("version=7&rotateWorkerToken=true&rotateManagerToken=true"));
            assert_eq!(body, &now["swarm"]["Cluster"]["Spec"]);
            now["rotations"] = json!(now["rotations"].as_u64().unwrap() + 1);
            (200, Value::Null)
        }
        ("GET", ["nodes"]) if control => {
            let own = json!({"ID": "n1", "Description": {"Hostname": "alpha"},
                "Status": {"State": "ready", "Addr": ADDRESS},
                "Spec": {"Role": "manager", "Availability": "active"}});
            let mut all = now["others"].as_array().cloned().unwrap_or_default();
            all.insert(0, own);
            (200, Value::Array(all))
        }
        ("GET", ["nodes", "n1"]) if control => (
            200,
            json!({"Version": {"Index": 9}, "Spec": {"Role": "manager", "Availability": "active"}}),
        ),
        ("POST", ["nodes", "n1", "update"]) if control => {
            assert_eq!((query, &body["Role"]), ("version=9", &json!("worker")));
            now["swarm"]["ControlAvailable"] = json!(false);
            (200, Value::Null)
        }
        // One of the others, which `others` has as Docker lists them.
        ("GET", ["nodes", id]) if control => match other(now, id) {
            Some(node) => {
                let spec = &node["Spec"];
                (200, json!({"Version": {"Index": 3}, "Spec": spec}))
            }
            None => refused(404, "no such node"),
        },
        ("POST", ["nodes", id, "update"]) if control => {
            assert_eq!(query, "version=3");
            if let Some(why) = now["keeps-roles"].as_str() {
                return refused(400, why);
            }
            let node = other(now, id).unwrap();
            node["Spec"] = body.clone();
            node["ManagerStatus"] = match body["Role"].as_str() {
                Some("manager") => json!({"Reachability": "reachable"}),
                _ => Value::Null,
            };
            (200, Value::Null)
        }
        ("DELETE", ["nodes", id]) if control => {
            assert_eq!(other(now, id).unwrap()["Status"]["State"], "down");
            let others = now["others"].as_array_mut().unwrap();
            others.retain(|node| node["ID"] != *id);
            (200, Value::Null)
        }
        ("GET", ["networks", name]) => match now["networks"].get(*name) {
            Some(network) => (200, network.clone()),
            None => refused(404, "no such network"),
        },
        ("DELETE", ["networks", name]) => {
            match now["networks"].as_object_mut().unwrap().remove(*name) {
                Some(_) => (204, Value::Null),
                None => refused(404, "no such network"),
            }
        }
        ("POST", ["networks", "create"]) if active => {
            let name = body["Name"].as_str().unwrap();
            now["networks"][name] = json!({"Options": body["Options"]});
            (201, json!({"Id": "x"}))
        }
        ("GET", ["images", name, "json"]) => {
            let there = now["images"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one == name);
            if there {
                (200, json!({"Id": "sha256:1"}))
            } else {
                refused(404, "No such image")
            }
        }
        ("POST", ["images", "load"]) => {
            now["images"] = json!([IMAGE]);
            (200, json!({"stream": "Loaded image"}))
        }
        ("DELETE", ["images", _]) => {
            now["images"] = json!([]);
            (200, json!([]))
        }
        _ => refused(503, "This node is not a swarm manager."),
    }
}
