//! A ZeroTier in memory for the tests of this stage: what it knows is in the
//! files of a [`Scripted`] host, so that two hosts compare equal.

use std::net::SocketAddrV4;

use serde_json::{Value, json};

use crate::host::scripted::ended_with;
use crate::host::{Command, Host, Output, Scripted};
use crate::plan::zerotier::{HOME, OWN};

/// Node address of every identity that is made.
pub const NODE: &str = "28efc9e578";
/// The token that the service makes.
pub const TOKEN: &str = "zt-token-canary-47110815";
/// In every secret that is made.
pub const SECRET: &str = "5ec2e7ca4a2f";
/// Where the interfaces of the networks are listed.
pub const LINKS: &str = "/run/zerotier-links";

/// An identity with its secret.
pub fn identity(node: &str) -> String {
    format!("{node}:0:{}:{SECRET}{}", "a".repeat(128), "b".repeat(116))
}

/// A planet, in as many bytes as a real one.
pub fn planet(endpoint: &str) -> Vec<u8> {
    let mut bytes = vec![1; 257];
    bytes.extend(endpoint.as_bytes());
    bytes
}

fn write(host: &Scripted, path: &str, text: &str) {
    let mut dir = String::new();
    for part in path.rsplit_once('/').unwrap().0.split('/').skip(1) {
        dir = format!("{dir}/{part}");
        let _ = host.make_dir(&dir, 0o755);
    }
    host.write_atomic(path, text.as_bytes(), 0o600).unwrap();
}

fn json_of(host: &Scripted, path: &str) -> Option<Value> {
    serde_json::from_str(&host.text(path)?).ok()
}

fn up(host: &Scripted) -> bool {
    host.meta("/proc/42/comm").is_ok()
}

/// The host with a ZeroTier that is installed.
pub fn with_zerotier(host: Scripted) -> Scripted {
    host.dir("/proc")
        .dir(LINKS)
        .dir("/var/lib")
        .on_run(obey)
        .on_tcp(answer)
}

/// The same with the service running.
pub fn running(host: Scripted) -> Scripted {
    let host = with_zerotier(host);
    start(&host);
    host
}

fn start(host: &Scripted) {
    if host.text(&format!("{HOME}/identity.secret")).is_none() {
        write(host, &format!("{HOME}/identity.secret"), &identity(NODE));
        let public = format!("{NODE}:0:{}", "a".repeat(128));
        write(host, &format!("{HOME}/identity.public"), &public);
    }
    if host.text(&format!("{HOME}/authtoken.secret")).is_none() {
        write(host, &format!("{HOME}/authtoken.secret"), TOKEN);
    }
    write(host, &format!("{HOME}/zerotier-one.port"), "9993");
    write(host, &format!("{HOME}/zerotier-one.pid"), "42");
    write(host, "/proc/42/comm", "zerotier-one\n");
}

fn obey(host: &Scripted, command: &Command) -> Option<Result<Output, crate::host::CommandError>> {
    let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
    let mut stdout = String::new();
    match words[..] {
        ["zerotier-one", "-v"] => stdout = "1.14.1\n".into(),
        ["zerotier-one", "-d"] if !up(host) => start(host),
        ["kill", "-TERM", "42"] if up(host) => {
            host.remove_file("/proc/42/comm").unwrap();
            host.remove_dir("/proc/42").unwrap();
        }
        ["zerotier-idtool", "generate", secret, public] => {
            write(host, secret, &identity(NODE));
            write(host, public, &format!("{NODE}:0:{}", "a".repeat(128)));
        }
        ["zerotier-idtool", "initmoon", public] => {
            stdout = json!({
                "id": NODE, "worldType": "moon",
                "roots": [{"identity": host.text(public)?, "stableEndpoints": []}],
                "signingKey": "c", "signingKey_SECRET": SECRET,
            })
            .to_string();
        }
        ["zerotier-idtool", "genmoon", path] => {
            let moon = json_of(host, path)?;
            assert_eq!(command.dir, OWN, "genmoon writes into its folder");
            assert_eq!(moon["signingKey_SECRET"], SECRET);
            let node = moon["id"].as_str()?;
            let endpoint = moon["roots"][0]["stableEndpoints"][0].as_str()?;
            let bytes = planet(endpoint);
            let name = format!("{OWN}/000000{node}.moon");
            host.write_atomic(&name, &bytes, 0o644).unwrap();
        }
        _ if words[0].starts_with("zerotier") || words[0] == "kill" => {
            return Some(Err(ended_with(command, 1, "not now")));
        }
        _ => return None,
    }
    Some(Ok(Output {
        stdout: stdout.into_bytes(),
        stderr: Vec::new(),
    }))
}

fn answer(host: &Scripted, to: SocketAddrV4, request: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(to.to_string(), "127.0.0.1:9993");
    if !up(host) {
        return None;
    }
    let text = String::from_utf8_lossy(request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    let token = host.text(&format!("{HOME}/authtoken.secret"))?;
    let head = format!("{head}\r\n");
    let (status, value) = if head.contains(&format!("X-ZT1-Auth: {}\r\n", token.trim())) {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        call(host, method, &parts, body)
    } else {
        (401, json!({}))
    };
    let body = if value.is_null() {
        String::new()
    } else {
        value.to_string()
    };
    let length = body.len();
    Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

fn merged(old: Option<Value>, base: Value, body: &str) -> Value {
    let mut value = old.unwrap_or(base);
    let body: Value = serde_json::from_str(body).unwrap_or(json!({}));
    for (key, given) in body.as_object().unwrap() {
        let old = value.get(key).cloned().unwrap_or(Value::Null);
        value[key] = match (&old, given) {
            // The controller takes a word for false, without a word.
            (Value::Bool(_), Value::String(_)) => Value::Bool(false),
            _ => given.clone(),
        };
    }
    value
}

fn call(host: &Scripted, method: &str, parts: &[&str], body: &str) -> (u16, Value) {
    let node = host
        .text(&format!("{HOME}/identity.public"))
        .map(|text| text[..10].to_owned());
    match (method, parts) {
        ("GET", ["status"]) => (
            200,
            json!({"address": node, "online": true, "version": "1.14.1",
                "planetWorldTimestamp": 1, "config": {"settings": {}}}),
        ),
        ("GET", ["network"]) => {
            let names = host.list(&format!("{HOME}/networks.d")).unwrap_or_default();
            let all = names
                .iter()
                .filter_map(|name| json_of(host, &format!("{HOME}/networks.d/{name}")));
            (200, Value::Array(all.collect()))
        }
        (_, ["network", id]) => {
            let path = format!("{HOME}/networks.d/{id}.conf");
            match method {
                "POST" => {
                    // Without a TUN device the answer is as good.
                    if host.meta("/run/no-tun").is_err() {
                        write(host, &format!("{LINKS}/ztrepl0"), id);
                    }
                    let joined = json!({"nwid": id, "status": "OK", "mtu": 2800,
                        "assignedAddresses": [], "portDeviceName": "ztrepl0"});
                    write(host, &path, &joined.to_string());
                    (200, joined)
                }
                "DELETE" => {
                    let _ = host.remove_file(&path);
                    let _ = host.remove_file(&format!("{LINKS}/ztrepl0"));
                    (200, json!({}))
                }
                _ => json_of(host, &path).map_or((404, json!({})), |found| (200, found)),
            }
        }
        (_, ["controller", "network", id]) => {
            let path = format!("{HOME}/controller.d/{id}.json");
            let old = json_of(host, &path);
            match method {
                "POST" => {
                    let base = json!({"id": id, "nwid": id, "private": true, "name": "",
                        "mtu": 2800, "routes": [], "ipAssignmentPools": [],
                        "v4AssignMode": {"zt": false},
                        "v6AssignMode": {"zt": false, "6plane": false, "rfc4193": false}});
                    let net = merged(old, base, body);
                    write(host, &path, &net.to_string());
                    (200, net)
                }
                "DELETE" => {
                    let members = format!("{HOME}/controller.d/{id}");
                    for name in host.list(&members).unwrap_or_default() {
                        host.remove_file(&format!("{members}/{name}")).unwrap();
                    }
                    let _ = host.remove_dir(&members);
                    let _ = host.remove_file(&path);
                    let _ = host.remove_dir(&format!("{HOME}/controller.d"));
                    (200, old.unwrap_or(Value::Null))
                }
                _ => old.map_or((404, Value::Null), |found| (200, found)),
            }
        }
        ("GET", ["controller", "network", id, "member"]) => {
            let names = host.list(&format!("{HOME}/controller.d/{id}"));
            let names = names.unwrap_or_default();
            let all = names
                .iter()
                .map(|name| (name.trim_end_matches(".json").to_owned(), json!(1)));
            (200, Value::Object(all.collect()))
        }
        (_, ["controller", "network", id, "member", member]) => {
            let path = format!("{HOME}/controller.d/{id}/{member}.json");
            let old = json_of(host, &path);
            match method {
                "POST" => {
                    let base = json!({"id": member, "authorized": false, "ipAssignments": [],
                        "noAutoAssignIps": false});
                    let state = merged(old, base, body);
                    write(host, &path, &state.to_string());
                    (200, state)
                }
                "DELETE" => {
                    let _ = host.remove_file(&path);
                    (200, old.unwrap_or(Value::Null))
                }
                _ => old.map_or((404, Value::Null), |found| (200, found)),
            }
        }
        _ => (404, Value::Null),
    }
}
