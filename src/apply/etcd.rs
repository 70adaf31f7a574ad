//! etcd, asked over HTTP: its members, and the keys of both of its interfaces.

mod ask;
mod expel;

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

use self::ask::{FORM, JSON, ask, ask_within, complaint, failed, json_of, percent};
pub use self::expel::{expel, settled};
use super::error::StepError;
use crate::host::Host;
use crate::plan::overlay::flannel::client::Client;

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id, as the interface that told it writes ids.
    pub id: String,
    /// The same as etcdctl writes it.
    pub hex: String,
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

/// The server's version.
fn version(host: &dyn Host, etcd: &Client) -> Result<(u64, u64), StepError> {
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
    etcd: &Client,
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

/// Whether it answers within this time.
pub fn answers(host: &dyn Host, etcd: &Client, limit: Duration) -> bool {
    let response = ask_within(host, etcd, limit, ("GET", "/version"), (JSON, b""));
    response.is_ok_and(|response| response.status == 200)
}

/// Whether it answers, and the cluster has a leader.
pub fn healthy(host: &dyn Host, etcd: &Client) -> bool {
    let response = ask(host, etcd, "GET", "/health", (JSON, b""));
    let value = response.and_then(|response| json_of(etcd, &response));
    value.is_ok_and(|value| matches!(value.get("health"), Some(Value::String(s)) if s == "true"))
}

fn member(value: &Value) -> Option<Member> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    // The gateway writes a 64-bit number, version 2's interface its digits.
    let (id, hex) = match text("ID") {
        Some(id) => (id, format!("{:x}", id.parse::<u64>().ok()?)),
        None => (text("id")?, text("id")?.to_owned()),
    };
    let urls = value.get("peerURLs")?.as_array()?;
    Some(Member {
        id: id.into(),
        hex,
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
pub fn members(host: &dyn Host, etcd: &Client) -> Result<Vec<Member>, StepError> {
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
pub fn add(host: &dyn Host, etcd: &Client, peer_url: &str) -> Result<(), StepError> {
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
pub fn promote(host: &dyn Host, etcd: &Client, id: &str) -> Result<(), StepError> {
    let version = version(host, etcd)?;
    let body = json!({"ID": id});
    gateway(host, etcd, version, "/cluster/member/promote", &body).map(drop)
}

/// Removes a member.
///
/// # Errors
/// When etcd does not answer or refuses.
pub fn remove(host: &dyn Host, etcd: &Client, id: &str) -> Result<(), StepError> {
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
fn no_v2(etcd: &Client) -> StepError {
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
    etcd: &Client,
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
    etcd: &Client,
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
pub fn delete(host: &dyn Host, etcd: &Client, api: u8, key: &str) -> Result<(), StepError> {
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
    etcd: &Client,
    api: u8,
    prefix: &str,
) -> Result<Vec<Lease>, StepError> {
    let mut found = Vec::new();
    if api == 2 {
        let path = format!("/v2/keys{prefix}/subnets?recursive=true");
        let response = ask(host, etcd, "GET", &path, (FORM, b""))?;
        let value = json_of(etcd, &response).map_err(|_| no_v2(etcd))?;
        // 100: Key not found; nobody has had a lease yet.
        let code = value.get("errorCode").and_then(Value::as_u64);
        if code.is_some_and(|code| code != 100) {
            return Err(failed(etcd, complaint(&response, &value)));
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
