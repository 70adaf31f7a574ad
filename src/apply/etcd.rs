//! etcd, asked over HTTP: its members, and the keys of both of its interfaces.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::error::StepError;
use crate::host::Host;
use crate::host::http::{Request, Response, parse_response};

/// How long an answer is waited for. etcd itself gives a request up after seven
/// seconds at most with its default timings (5 s + 2 election time-outs).
const TIMEOUT: Duration = Duration::from_secs(10);

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id, as the interface that told it writes ids.
    pub id: String,
    /// Its name; empty until it has started once.
    pub name: String,
    /// Where the other members reach it.
    pub peer_urls: Vec<String>,
    /// Whether it has no vote yet.
    pub learner: bool,
}

/// A node's lease of a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Its key.
    pub key: String,
    /// The subnet.
    pub subnet: Ipv4Net,
    /// The node's address in the network below.
    pub node: Ipv4Addr,
}

fn failed(etcd: SocketAddrV4, why: impl std::fmt::Display) -> StepError {
    StepError::Told(format!("etcd at {etcd}: {why}"))
}

fn ask(
    host: &dyn Host,
    etcd: SocketAddrV4,
    method: &str,
    path: &str,
    (kind, body): (&str, &[u8]),
) -> Result<Response, StepError> {
    let name = etcd.to_string();
    let request = Request {
        method,
        host: &name,
        path,
        headers: if body.is_empty() {
            &[]
        } else {
            &[("Content-Type", kind)]
        },
        body,
    };
    let bytes = host
        .tcp_exchange(etcd, &request.bytes(), TIMEOUT)
        .map_err(|error| failed(etcd, error))?;
    parse_response(&bytes).map_err(|why| failed(etcd, why))
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn json_of(etcd: SocketAddrV4, response: &Response) -> Result<Value, StepError> {
    serde_json::from_slice(&response.body).map_err(|_| {
        let said = String::from_utf8_lossy(&response.body);
        let said = crate::host::http::printable(&said);
        failed(etcd, format!("status {}: {said}", response.status))
    })
}

/// What etcd complains of.
fn complaint(response: &Response, value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let said = [text("message"), text("error")];
    let said = said.into_iter().find(|text| !text.is_empty());
    let said = said.unwrap_or("no reason given");
    match text("cause") {
        "" => format!("{said} (status {})", response.status),
        cause => format!("{said}: {cause} (status {})", response.status),
    }
}

/// The server's version.
fn version(host: &dyn Host, etcd: SocketAddrV4) -> Result<(u64, u64), StepError> {
    let response = ask(host, etcd, "GET", "/version", (JSON, b""))?;
    let value = json_of(etcd, &response)?;
    let text = value.get("etcdserver").and_then(Value::as_str);
    let mut numbers = text.unwrap_or_default().split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => Err(failed(etcd, "its version cannot be read")),
    }
}

/// A request to the JSON gateway, which has another prefix in older versions
/// (etcd Documentation/dev-guide/api_grpc_gateway.md).
fn gateway(
    host: &dyn Host,
    etcd: SocketAddrV4,
    version: (u64, u64),
    path: &str,
    body: &Value,
) -> Result<Value, StepError> {
    let prefix = match version {
        (3, 0..=2) => "/v3alpha",
        (3, 3) => "/v3beta",
        _ => "/v3",
    };
    let body = body.to_string();
    let response = ask(
        host,
        etcd,
        "POST",
        &format!("{prefix}{path}"),
        (JSON, body.as_bytes()),
    )?;
    let value = json_of(etcd, &response)?;
    if response.status == 200 {
        Ok(value)
    } else {
        Err(failed(etcd, complaint(&response, &value)))
    }
}

/// Whether members are asked for through the interface of version 3: version 2's
/// is off by default since 3.4.
fn by_gateway(version: (u64, u64)) -> bool {
    version >= (3, 4)
}

/// Whether it answers, and the cluster has a leader.
pub fn healthy(host: &dyn Host, etcd: SocketAddrV4) -> bool {
    let response = ask(host, etcd, "GET", "/health", (JSON, b""));
    let value = response.and_then(|response| json_of(etcd, &response));
    value.is_ok_and(|value| matches!(value.get("health"), Some(Value::String(s)) if s == "true"))
}

fn member(value: &Value) -> Option<Member> {
    let id = value.get("ID").or_else(|| value.get("id"))?.as_str()?;
    let urls = value.get("peerURLs")?.as_array()?;
    Some(Member {
        id: id.into(),
        name: value
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .into(),
        peer_urls: urls
            .iter()
            .filter_map(|url| url.as_str().map(str::to_owned))
            .collect(),
        learner: value.get("isLearner").and_then(Value::as_bool) == Some(true),
    })
}

/// The members of the cluster.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn members(host: &dyn Host, etcd: SocketAddrV4) -> Result<Vec<Member>, StepError> {
    let version = version(host, etcd)?;
    let value = if by_gateway(version) {
        gateway(host, etcd, version, "/cluster/member/list", &json!({}))?
    } else {
        let response = ask(host, etcd, "GET", "/v2/members", (JSON, b""))?;
        json_of(etcd, &response)?
    };
    let list = value.get("members").and_then(Value::as_array);
    let list = list.ok_or_else(|| failed(etcd, "its members cannot be read"))?;
    Ok(list.iter().filter_map(member).collect())
}

/// Adds a member; one without a vote where that is possible, so that the cluster
/// does not wait for a node that never comes.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn add(host: &dyn Host, etcd: SocketAddrV4, peer_url: &str) -> Result<(), StepError> {
    let version = version(host, etcd)?;
    if by_gateway(version) {
        let body = json!({"peerURLs": [peer_url], "isLearner": true});
        gateway(host, etcd, version, "/cluster/member/add", &body)?;
        return Ok(());
    }
    let body = json!({"peerURLs": [peer_url]}).to_string();
    let response = ask(host, etcd, "POST", "/v2/members", (JSON, body.as_bytes()))?;
    if response.status == 201 {
        return Ok(());
    }
    let value = json_of(etcd, &response)?;
    Err(failed(etcd, complaint(&response, &value)))
}

/// Gives a member its vote.
///
/// # Errors
/// When etcd does not answer or refuses, as long as the member lags behind.
pub fn promote(host: &dyn Host, etcd: SocketAddrV4, id: &str) -> Result<(), StepError> {
    let version = version(host, etcd)?;
    let body = json!({"ID": id});
    gateway(host, etcd, version, "/cluster/member/promote", &body).map(drop)
}

/// Removes a member.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn remove(host: &dyn Host, etcd: SocketAddrV4, id: &str) -> Result<(), StepError> {
    let version = version(host, etcd)?;
    if by_gateway(version) {
        let body = json!({"ID": id});
        return gateway(host, etcd, version, "/cluster/member/remove", &body).map(drop);
    }
    let path = format!("/v2/members/{id}");
    let response = ask(host, etcd, "DELETE", &path, (JSON, b""))?;
    match response.status {
        204 | 410 => Ok(()),
        status => Err(failed(etcd, format!("status {status}"))),
    }
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

fn from_base64(value: Option<&Value>) -> Option<String> {
    String::from_utf8(STANDARD.decode(value?.as_str()?).ok()?).ok()
}

/// Why version 2's interface is not there.
fn no_v2(etcd: SocketAddrV4) -> StepError {
    failed(
        etcd,
        "it does not serve the interface of version 2, which this flanneld speaks (--enable-v2)",
    )
}

/// The value of a key, where there is one.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn get(
    host: &dyn Host,
    etcd: SocketAddrV4,
    api: u8,
    key: &str,
) -> Result<Option<String>, StepError> {
    if api == 2 {
        let response = ask(host, etcd, "GET", &format!("/v2/keys{key}"), (FORM, b""))?;
        let value = json_of(etcd, &response).map_err(|_| no_v2(etcd))?;
        // 100: Key not found
        if value.get("errorCode").and_then(Value::as_u64) == Some(100) {
            return Ok(None);
        }
        return match value.pointer("/node/value").and_then(Value::as_str) {
            Some(text) => Ok(Some(text.into())),
            None => Err(failed(etcd, complaint(&response, &value))),
        };
    }
    let version = version(host, etcd)?;
    let found = gateway(
        host,
        etcd,
        version,
        "/kv/range",
        &json!({"key": base64(key)}),
    )?;
    Ok(from_base64(found.pointer("/kvs/0/value")))
}

/// Writes a key that is not there yet; one that is there is left.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn create(
    host: &dyn Host,
    etcd: SocketAddrV4,
    api: u8,
    key: &str,
    value: &str,
) -> Result<(), StepError> {
    if api == 2 {
        let path = format!("/v2/keys{key}?prevExist=false");
        let body = format!("value={}", percent(value));
        let response = ask(host, etcd, "PUT", &path, (FORM, body.as_bytes()))?;
        // 412: it is there
        if matches!(response.status, 200 | 201 | 412) {
            return Ok(());
        }
        let value = json_of(etcd, &response).map_err(|_| no_v2(etcd))?;
        return Err(failed(etcd, complaint(&response, &value)));
    }
    let version = version(host, etcd)?;
    let body = json!({
        "compare": [{"key": base64(key), "target": "CREATE", "create_revision": "0"}],
        "success": [{"request_put": {"key": base64(key), "value": base64(value)}}],
    });
    gateway(host, etcd, version, "/kv/txn", &body).map(drop)
}

/// Deletes a key.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn delete(host: &dyn Host, etcd: SocketAddrV4, api: u8, key: &str) -> Result<(), StepError> {
    if api == 2 {
        ask(host, etcd, "DELETE", &format!("/v2/keys{key}"), (FORM, b""))?;
        return Ok(());
    }
    let version = version(host, etcd)?;
    let body = json!({"key": base64(key)});
    gateway(host, etcd, version, "/kv/deleterange", &body).map(drop)
}

/// The leases below a prefix.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn leases(
    host: &dyn Host,
    etcd: SocketAddrV4,
    api: u8,
    prefix: &str,
) -> Result<Vec<Lease>, StepError> {
    let mut found = Vec::new();
    if api == 2 {
        let path = format!("/v2/keys{prefix}/subnets?recursive=true");
        let response = ask(host, etcd, "GET", &path, (FORM, b""))?;
        let value = json_of(etcd, &response).map_err(|_| no_v2(etcd))?;
        let nodes = value.pointer("/node/nodes").and_then(Value::as_array);
        for node in nodes.into_iter().flatten() {
            let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
            found.extend(lease(text("key"), text("value")));
        }
        return Ok(found);
    }
    let version = version(host, etcd)?;
    // All keys that begin with it: '0' follows '/'.
    let body = json!({
        "key": base64(&format!("{prefix}/subnets/")),
        "range_end": base64(&format!("{prefix}/subnets0")),
    });
    let value = gateway(host, etcd, version, "/kv/range", &body)?;
    let pairs = value.get("kvs").and_then(Value::as_array);
    for pair in pairs.into_iter().flatten() {
        if let (Some(key), Some(value)) =
            (from_base64(pair.get("key")), from_base64(pair.get("value")))
        {
            found.extend(lease(&key, &value));
        }
    }
    Ok(found)
}

/// `…/subnets/10.5.30.0-24` and `{"PublicIP":"192.168.77.11",…}`. Behind a `&`
/// stands the subnet of IPv6, in newer versions.
fn lease(key: &str, value: &str) -> Option<Lease> {
    let name = key.rsplit('/').next()?.split('&').next()?;
    let value: Value = serde_json::from_str(value).ok()?;
    Some(Lease {
        key: key.into(),
        subnet: name.replacen('-', "/", 1).parse().ok()?,
        node: value.get("PublicIP")?.as_str()?.parse().ok()?,
    })
}

/// A text as the value of a form.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn a_lease_is_read_from_its_key_and_value() {
        let value = r#"{"PublicIP":"192.168.77.12","BackendType":"vxlan","BackendData":{}}"#;
        for key in [
            "/coreos.com/network/subnets/10.5.16.0-24",
            "/coreos.com/network/subnets/10.5.16.0-24&fd00::-64",
        ] {
            let found = lease(key, value).unwrap();
            assert_eq!(found.subnet.to_string(), "10.5.16.0/24");
            assert_eq!(found.node.to_string(), "192.168.77.12");
        }
        assert_eq!(lease("/coreos.com/network/subnets/x", value), None);
        assert_eq!(
            lease("/coreos.com/network/subnets/10.5.16.0-24", "{}"),
            None
        );
    }

    const ETCD: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 2379);

    /// An etcd of a version that answers as told, by the first line of requests.
    fn etcd(version: &'static str, told: &'static [(&'static str, u16, &'static str)]) -> Scripted {
        Scripted::new().on_tcp(move |_, to, request| {
            assert_eq!(to, ETCD);
            let request = String::from_utf8_lossy(request).into_owned();
            let line = request.lines().next().unwrap_or_default();
            let (status, body) = if line.starts_with("GET /version ") {
                (
                    200,
                    format!(r#"{{"etcdserver":"{version}","etcdcluster":"{version}"}}"#),
                )
            } else {
                let found = told.iter().find(|(start, ..)| line.starts_with(start));
                found.map_or((404, "404 page not found\n".into()), |(_, status, body)| {
                    (*status, (*body).to_string())
                })
            };
            let length = body.len();
            Some(
                format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}")
                    .into_bytes(),
            )
        })
    }

    #[test]
    fn members_are_asked_for_in_the_words_of_each_version() {
        const LIST: &str = r#"{"members":[{"id":"8e9e05c52164694d","name":"a","peerURLs":["http://192.0.2.1:2380"],"clientURLs":[]}]}"#;
        let old = etcd(
            "3.3.27",
            &[
                ("GET /v2/members ", 200, LIST),
                ("POST /v2/members ", 201, "{}"),
            ],
        );
        let found = members(&old, ETCD).unwrap();
        assert_eq!(
            (found[0].id.as_str(), found[0].learner),
            ("8e9e05c52164694d", false)
        );
        add(&old, ETCD, "http://192.0.2.2:2380").unwrap();

        const NEW: &str = r#"{"header":{},"members":[{"ID":"10276657743932975437","name":"a","peerURLs":["http://192.0.2.1:2380"]},{"ID":"7","peerURLs":["http://192.0.2.2:2380"],"isLearner":true}]}"#;
        let new = etcd("3.4.23", &[("POST /v3/cluster/member/list ", 200, NEW)]);
        let found = members(&new, ETCD).unwrap();
        assert_eq!((found[1].name.as_str(), found[1].learner), ("", true));
    }

    #[test]
    fn what_etcd_complains_of_is_told() {
        let full = etcd(
            "3.4.23",
            &[(
                "POST /v3/cluster/member/add ",
                400,
                r#"{"error":"etcdserver: too many learner members in cluster","message":"etcdserver: too many learner members in cluster","code":9}"#,
            )],
        );
        let told = add(&full, ETCD, "http://192.0.2.2:2380")
            .unwrap_err()
            .to_string();
        assert_eq!(
            told,
            "etcd at 127.0.0.1:2379: etcdserver: too many learner members in cluster (status 400)"
        );
        // Version 2 is off: not a missing key.
        let off = etcd("3.4.23", &[]);
        for told in [
            get(&off, ETCD, 2, "/coreos.com/network/config").unwrap_err(),
            create(&off, ETCD, 2, "/coreos.com/network/config", "{}").unwrap_err(),
            leases(&off, ETCD, 2, "/coreos.com/network").unwrap_err(),
        ] {
            assert!(told.to_string().contains("--enable-v2"), "{told}");
        }
        let nobody = get(&Scripted::new(), ETCD, 3, "/x")
            .unwrap_err()
            .to_string();
        assert!(nobody.starts_with("etcd at 127.0.0.1:2379: "), "{nobody}");
    }

    #[test]
    fn a_missing_key_is_none() {
        let v2 = etcd(
            "3.3.27",
            &[(
                "GET /v2/keys/coreos.com/network/config ",
                404,
                r#"{"errorCode":100,"message":"Key not found","cause":"/coreos.com","index":3}"#,
            )],
        );
        assert_eq!(
            get(&v2, ETCD, 2, "/coreos.com/network/config").unwrap(),
            None
        );
        let v3 = etcd(
            "3.3.27",
            &[("POST /v3beta/kv/range ", 200, r#"{"header":{}}"#)],
        );
        assert_eq!(
            get(&v3, ETCD, 3, "/coreos.com/network/config").unwrap(),
            None
        );
    }

    #[test]
    fn a_value_goes_into_a_form_as_it_is() {
        assert_eq!(percent("{\"a\": 1}"), "%7B%22a%22%3A%201%7D");
    }
}
