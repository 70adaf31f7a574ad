//! Whether Kubernetes works: what the cluster says of its nodes and pods, held
//! against the address that was chosen here.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::Value;

use super::{Status, Verified};
use crate::apply::kubernetes::kubectl;
use crate::host::{Host, Output};
use crate::plan::scheduler::kubernetes::Verify;

/// How long a node has to become ready: Flannel's images may have to be pulled.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long to wait before the cluster is asked again.
const PAUSE: Duration = Duration::from_secs(3);

/// Where Flannel notes the address that it sends from (flannel
/// Documentation/kubernetes.md).
const PUBLIC_IP: &str = "flannel.alpha.coreos.com/public-ip";

/// Verifies it.
pub fn verify(host: &dyn Host, wanted: &Verify) -> Vec<Verified> {
    let begin = host.now();
    loop {
        let (results, settled) = look(host, wanted);
        let waited = host.now().duration_since(begin).unwrap_or_default();
        if settled || waited >= PATIENCE {
            return results;
        }
        host.sleep(PAUSE);
    }
}

/// One look; whether nothing gets better by waiting.
fn look(host: &dyn Host, wanted: &Verify) -> (Vec<Verified>, bool) {
    let nodes = match nodes(host, wanted) {
        Ok(nodes) => nodes,
        Err((why, for_good)) => {
            let result = one("verify.node", &wanted.node, (Status::Unknown, why));
            return (vec![result], for_good);
        }
    };
    let mut results: Vec<_> = nodes
        .iter()
        .map(|node| one("verify.node", &node.name, ready(node, wanted)))
        .collect();
    if !nodes.iter().any(|node| node.name == wanted.node) {
        let text = format!("{} is not in the cluster", wanted.node);
        results.push(one("verify.node", &wanted.node, (Status::Fail, text)));
    }
    results.extend(
        nodes
            .iter()
            .map(|node| one("verify.address", &node.name, address(node, &nodes, wanted))),
    );
    if wanted.flannel {
        results.extend(
            nodes
                .iter()
                .map(|node| one("verify.flannel", &node.name, flannel(node))),
        );
    }
    if wanted.network_add_on {
        results.push(one("verify.pods", "pods", pods(host, wanted)));
    }
    let settled = super::passed(&results);
    (results, settled)
}

fn one(id: &str, subject: &str, (status, message): (Status, String)) -> Verified {
    Verified::new(id, subject, status, message)
}

/// A node, as far as it is looked at.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    name: String,
    /// Whether it is ready, and what it says where it is not.
    ready: Option<(bool, String)>,
    address: Option<Ipv4Addr>,
    flannel: Option<String>,
}

/// The nodes that this host may ask about. An error says whether it stays one.
fn nodes(host: &dyn Host, wanted: &Verify) -> Result<Vec<Node>, (String, bool)> {
    let ask = if wanted.all {
        vec!["get", "nodes", "-o", "json"]
    } else {
        vec!["get", "node", &wanted.node, "-o", "json"]
    };
    let value = asked(host, wanted, &ask)?;
    let items = match value.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().collect(),
        None => vec![&value],
    };
    let nodes: Option<Vec<_>> = items.into_iter().map(node).collect();
    nodes.ok_or_else(|| ("kubectl's answer is not understood".into(), true))
}

fn asked(host: &dyn Host, wanted: &Verify, ask: &[&str]) -> Result<Value, (String, bool)> {
    let output: Output = host
        .run(&kubectl(&wanted.kubeconfig, ask))
        .map_err(|error| (error.to_string(), error.is_missing()))?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| (format!("kubectl's answer is not understood: {error}"), true))
}

fn node(value: &Value) -> Option<Node> {
    let text = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let metadata = value.get("metadata")?;
    let status = value.get("status");
    let list = |key: &str| {
        let list = status.and_then(|status| status.get(key)?.as_array());
        list.into_iter().flatten()
    };
    let of_type =
        |value: &&Value, wanted: &str| value.get("type").and_then(Value::as_str) == Some(wanted);
    let ready = list("conditions").find(|one| of_type(one, "Ready"));
    Some(Node {
        name: text(metadata, "name")?,
        ready: ready.map(|condition| {
            let message = text(condition, "message").unwrap_or_default();
            let status = text(condition, "status").unwrap_or_default();
            (status == "True", message)
        }),
        address: list("addresses")
            .find(|one| of_type(one, "InternalIP"))
            .and_then(|one| text(one, "address")?.parse().ok()),
        flannel: metadata
            .get("annotations")
            .and_then(|annotations| text(annotations, PUBLIC_IP)),
    })
}

fn ready(node: &Node, wanted: &Verify) -> (Status, String) {
    let name = &node.name;
    match &node.ready {
        Some((true, _)) => (Status::Pass, format!("{name} is ready")),
        Some((false, _)) if !wanted.network_add_on => (
            Status::NotApplicable,
            format!("{name} is not ready, as no node is before a network for the pods is applied"),
        ),
        Some((false, why)) => (Status::Fail, format!("{name} is not ready: {why}")),
        None => (
            Status::Unknown,
            format!("{name} does not say whether it is ready"),
        ),
    }
}

fn address(node: &Node, all: &[Node], wanted: &Verify) -> (Status, String) {
    let name = &node.name;
    let Some(found) = node.address else {
        let text = format!("{name} has no address (InternalIP) in the cluster");
        return (Status::Unknown, text);
    };
    if node.name == wanted.node && found != wanted.address {
        return (
            Status::Fail,
            format!(
                "the cluster knows {name} by {found}, wanted {}: is another --node-ip given to the \
                 kubelet (/etc/default/kubelet, /etc/sysconfig/kubelet)?",
                wanted.address
            ),
        );
    }
    let same = |other: &&Node| other.name != node.name && other.address == Some(found);
    if let Some(other) = all.iter().find(same) {
        return (
            Status::Fail,
            format!(
                "the cluster knows {name} and {} both by {found}: the kubelet took the address of the \
                 wrong interface; give it --node-ip",
                other.name
            ),
        );
    }
    match wanted.network {
        Some(network) if !network.contains(&found) => (
            Status::Fail,
            format!(
                "the cluster knows {name} by {found}, which is not in {network}: give its kubelet \
                 --node-ip"
            ),
        ),
        _ => (Status::Pass, format!("the cluster knows {name} by {found}")),
    }
}

fn flannel(node: &Node) -> (Status, String) {
    let name = &node.name;
    let Some(found) = &node.flannel else {
        return (Status::Fail, format!("Flannel does not run on {name} yet"));
    };
    match node.address {
        Some(address) if *found == address.to_string() => (
            Status::Pass,
            format!("Flannel sends from {found} on {name}"),
        ),
        Some(address) => (
            Status::Fail,
            format!(
                "Flannel sends from {found} on {name}, wanted {address}: it has another interface"
            ),
        ),
        None => (
            Status::Unknown,
            format!("Flannel sends from {found} on {name}, whose address is not known"),
        ),
    }
}

/// Whether the pods of the system run: all of them, or those of this node.
fn pods(host: &dyn Host, wanted: &Verify) -> (Status, String) {
    let here = format!("spec.nodeName={}", wanted.node);
    let mut ask = vec!["get", "pods", "--all-namespaces", "-o", "json"];
    if !wanted.all {
        ask.extend(["--field-selector", &here]);
    }
    let value = match asked(host, wanted, &ask) {
        Ok(value) => value,
        Err((why, _)) => return (Status::Unknown, why),
    };
    let Some(items) = value.get("items").and_then(Value::as_array) else {
        return (Status::Unknown, "kubectl's answer is not understood".into());
    };
    let mut counted = 0;
    let mut bad = BTreeMap::new();
    for item in items {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").unwrap_or_default();
        if !matches!(namespace, "kube-system" | "kube-flannel") {
            continue;
        }
        counted += 1;
        let name = text("/metadata/name").unwrap_or_default();
        let phase = text("/status/phase").unwrap_or("Unknown");
        let containers = item.pointer("/status/containerStatuses");
        let containers = containers.and_then(Value::as_array);
        let waiting = containers.into_iter().flatten().find_map(|container| {
            let ready = container.get("ready").and_then(Value::as_bool);
            let reason = container.pointer("/state/waiting/reason");
            (ready != Some(true)).then(|| reason.and_then(Value::as_str).unwrap_or("not ready"))
        });
        match (phase, waiting) {
            ("Succeeded", _) | ("Running", None) => {}
            ("Running", Some(why)) => drop(bad.insert(name, why)),
            (phase, why) => drop(bad.insert(name, why.unwrap_or(phase))),
        }
    }
    if bad.is_empty() && counted > 0 {
        return (Status::Pass, format!("{counted} pods of the system run"));
    }
    if counted == 0 {
        return (Status::Fail, "no pod of the system is there yet".into());
    }
    let bad: Vec<_> = bad
        .iter()
        .map(|(name, why)| format!("{name} ({why})"))
        .collect();
    let text = format!(
        "{} of {counted} pods of the system do not run: {}",
        bad.len(),
        bad.join(", ")
    );
    (Status::Fail, text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use serde_json::json;

    fn wanted() -> Verify {
        Verify {
            node: "node1".into(),
            address: [10, 90, 0, 1].into(),
            network: Some("10.90.0.0/24".parse().unwrap()),
            kubeconfig: "/etc/kubernetes/admin.conf".into(),
            all: true,
            network_add_on: true,
            flannel: true,
        }
    }

    fn node(name: &str, address: &str, ready: &str, flannel: &str) -> Value {
        json!({
            "metadata": {"name": name, "annotations": {PUBLIC_IP: flannel}},
            "status": {
                "conditions": [
                    {"type": "MemoryPressure", "status": "False"},
                    {"type": "Ready", "status": ready, "message": "cni config uninitialized"},
                ],
                "addresses": [
                    {"type": "Hostname", "address": name},
                    {"type": "InternalIP", "address": address},
                ],
            },
        })
    }

    fn pod(namespace: &str, name: &str, phase: &str, ready: bool) -> Value {
        json!({
            "metadata": {"namespace": namespace, "name": name},
            "status": {"phase": phase, "containerStatuses": [{
                "ready": ready,
                "state": {"waiting": {"reason": "ImagePullBackOff"}},
            }]},
        })
    }

    fn answering(nodes: Value, pods: Value) -> Scripted {
        Scripted::new().on_run(move |_, command| {
            let line = command.to_string();
            let value = if line.contains(" pods ") {
                &pods
            } else {
                &nodes
            };
            let stdout = value.to_string().into_bytes();
            Some(Ok(Output {
                stdout,
                stderr: Vec::new(),
            }))
        })
    }

    fn running() -> Value {
        json!({"items": [
            pod("kube-system", "etcd-node1", "Running", true),
            pod("kube-flannel", "flannel-x", "Running", true),
            pod("default", "app", "Pending", false),
        ]})
    }

    fn told(host: &Scripted, wanted: &Verify) -> Vec<(String, Status, String)> {
        verify(host, wanted)
            .into_iter()
            .map(|one| {
                (
                    format!("{} {}", one.id, one.subject),
                    one.status,
                    one.message,
                )
            })
            .collect()
    }

    #[test]
    fn a_cluster_that_works_passes() {
        let nodes = json!({"items": [
            node("node1", "10.90.0.1", "True", "10.90.0.1"),
            node("node2", "10.90.0.2", "True", "10.90.0.2"),
        ]});
        let all = told(&answering(nodes, running()), &wanted());
        assert!(all.iter().all(|one| one.1 == Status::Pass), "{all:?}");
        let ids: Vec<_> = all.iter().map(|one| one.0.as_str()).collect();
        assert_eq!(
            ids,
            [
                "verify.node node1",
                "verify.node node2",
                "verify.address node1",
                "verify.address node2",
                "verify.flannel node1",
                "verify.flannel node2",
                "verify.pods pods",
            ]
        );
        assert!(all[6].2.contains("2 pods"), "{all:?}");
    }

    #[test]
    fn an_address_of_another_interface_is_found_on_every_node() {
        let case = |first: &str, second: &str| {
            let nodes = json!({"items": [
                node("node1", first, "True", first),
                node("node2", second, "True", second),
            ]});
            let all = told(&answering(nodes, running()), &wanted());
            all.into_iter()
                .filter(|one| one.0.starts_with("verify.address"))
                .map(|one| (one.1, one.2))
                .collect::<Vec<_>>()
        };
        // The default route's address, on both: a machine of VirtualBox.
        let both = case("10.0.2.15", "10.0.2.15");
        assert!(both.iter().all(|one| one.0 == Status::Fail), "{both:?}");
        assert!(both[0].1.contains("wanted 10.90.0.1"), "{both:?}");
        assert!(both[1].1.contains("node2 and node1 both"), "{both:?}");
        let other = case("10.90.0.1", "192.0.2.9");
        assert_eq!(other[0].0, Status::Pass);
        assert!(other[1].1.contains("not in 10.90.0.0/24"), "{other:?}");
    }

    #[test]
    fn flannel_on_another_interface_and_pods_that_do_not_run_fail() {
        let nodes = json!({"items": [node("node1", "10.90.0.1", "False", "10.0.2.15")]});
        let pods = json!({"items": [pod("kube-system", "coredns-x", "Pending", false)]});
        let host = answering(nodes, pods);
        let begin = host.now();
        let all = told(&host, &wanted());
        let failed: Vec<_> = all.iter().filter(|one| one.1 == Status::Fail).collect();
        assert_eq!(failed.len(), 3, "{all:?}");
        assert!(failed[0].2.contains("cni config uninitialized"), "{all:?}");
        assert!(failed[1].2.contains("wanted 10.90.0.1"), "{all:?}");
        assert!(
            failed[2].2.contains("coredns-x (ImagePullBackOff)"),
            "{all:?}"
        );
        // It was waited for.
        assert!(host.now().duration_since(begin).unwrap() >= PATIENCE);
    }

    #[test]
    fn without_an_add_on_no_node_is_expected_to_be_ready() {
        let nodes = json!({"items": [node("node1", "10.90.0.1", "False", "")]});
        let wanted = Verify {
            network_add_on: false,
            flannel: false,
            ..wanted()
        };
        let all = told(&answering(nodes, json!({})), &wanted);
        let statuses: Vec<_> = all.iter().map(|one| one.1).collect();
        assert_eq!(statuses, [Status::NotApplicable, Status::Pass]);
    }

    #[test]
    fn a_worker_asks_about_itself_alone() {
        let host = answering(node("node2", "10.90.0.2", "True", "10.90.0.2"), running());
        let wanted = Verify {
            node: "node2".into(),
            address: [10, 90, 0, 2].into(),
            kubeconfig: "/etc/kubernetes/kubelet.conf".into(),
            all: false,
            flannel: false,
            ..wanted()
        };
        let all = told(&host, &wanted);
        assert!(all.iter().all(|one| one.1 == Status::Pass), "{all:?}");
        let ran: Vec<_> = host.ran().iter().map(|argv| argv.join(" ")).collect();
        assert!(ran[0].ends_with("get node node2 -o json"), "{ran:?}");
        assert!(
            ran[1].ends_with("--field-selector spec.nodeName=node2"),
            "{ran:?}"
        );
        assert!(ran[0].contains("/etc/kubernetes/kubelet.conf"), "{ran:?}");
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let silent = Scripted::new();
        let all = told(&silent, &wanted());
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].1, Status::Unknown, "{all:?}");
        let odd = answering(json!({"items": [{}]}), json!({}));
        assert_eq!(told(&odd, &wanted())[0].1, Status::Unknown);
        let gone = answering(json!({"items": []}), running());
        let all = told(&gone, &wanted());
        assert_eq!(
            (all[0].1, all[0].2.as_str()),
            (Status::Fail, "node1 is not in the cluster")
        );
    }
}
