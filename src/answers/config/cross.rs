//! Problems between answers. They are looked for in the answers rather than in
//! the finished configuration, so that one bad value does not hide them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{Answers, Problem};
use crate::answers::check::parse_network;
use crate::answers::value::Value;

const PEERS: &str = "overlay.wireguard.peers";

pub(super) fn check(answers: &Answers, problems: &mut Vec<Problem>) {
    let kind = answers.get("overlay.kind");
    let kind = kind.as_ref().and_then(Value::text).unwrap_or("auto");
    let network = answers
        .get("overlay.network")
        .and_then(|value| parse_network(value.text()?).ok());
    let address: Option<Ipv4Addr> = answers
        .get("overlay.address")
        .and_then(|value| value.text()?.parse().ok());
    if !matches!(kind, "none" | "flannel")
        && let Some(network) = network
    {
        network_size(answers, network, problems);
    }
    if kind == "flannel"
        && let Some(network) = network
    {
        flannel(answers, network, problems);
    }
    if kind == "flannel" {
        etcd(answers, problems);
    }
    if matches!(kind, "auto" | "wireguard") {
        if let (Some(network), Some(address)) = (network, address)
            && let Some(text) = not_a_host_of(network, address)
        {
            problems.push(answers.problem("overlay.address", text, None));
        }
        peers(answers, network, address, problems);
    }
    if kind == "zerotier"
        && let (Some(network), Some(address)) = (network, address)
        && let Some(text) = not_a_host_of(network, address)
    {
        problems.push(answers.problem("overlay.address", text, None));
    }
    let scheduler = answers.get("scheduler");
    let scheduler = scheduler.as_ref().and_then(Value::text).unwrap_or("auto");
    if kind == "flannel" && matches!(scheduler, "swarm" | "kubernetes") {
        problems.push(answers.problem(
            "overlay.kind",
            format!("flannel gives subnets to Docker's bridge, which {scheduler} does not use"),
            Some("say none, wireguard or zerotier; or scheduler: native"),
        ));
    }
    waivers(answers, problems);
}

/// Addresses for hosts in a network: all but the first and the last.
fn hosts(network: Ipv4Net) -> u64 {
    (1u64 << (32 - u32::from(network.prefix_len()))).saturating_sub(2)
}

fn network_size(answers: &Answers, network: Ipv4Net, problems: &mut Vec<Problem>) {
    let nodes = answers.get("needs.nodes").and_then(|value| value.int());
    let nodes = nodes
        .and_then(|nodes| u64::try_from(nodes).ok())
        .unwrap_or(1);
    if hosts(network) < nodes {
        problems.push(answers.problem(
            "overlay.network",
            format!(
                "{network} has {} addresses for hosts, needs.nodes is {nodes}",
                hosts(network)
            ),
            Some("take a larger network (a smaller number after the /)"),
        ));
    }
}

fn flannel(answers: &Answers, network: Ipv4Net, problems: &mut Vec<Problem>) {
    let number = |id: &str| answers.get(id).and_then(|value| value.int());
    let nodes = number("needs.nodes").and_then(|nodes| u32::try_from(nodes).ok());
    let Some(len) = number("overlay.flannel.subnet-len").and_then(|len| u8::try_from(len).ok())
    else {
        return;
    };
    if let Err((said, remedy)) = flannel_network(network, len, nodes.unwrap_or(1)) {
        problems.push(answers.problem("overlay.network", said, Some(&remedy)));
    }
}

/// The three files of etcd's TLS.
pub(super) const ETCD_TLS: [&str; 3] = [
    "overlay.flannel.etcd-tls.ca",
    "overlay.flannel.etcd-tls.cert",
    "overlay.flannel.etcd-tls.key",
];

/// TLS for etcd: all of it or none, and the endpoints alike.
fn etcd(answers: &Answers, problems: &mut Vec<Problem>) {
    const ENDPOINTS: &str = "overlay.flannel.etcd-endpoints";
    let given = ETCD_TLS.map(|id| answers.get(id).is_some_and(|value| value.text().is_some()));
    let tls = given.contains(&true);
    let missing = ETCD_TLS.iter().zip(given).filter(|(_, given)| !given);
    for (id, _) in missing.filter(|_| tls) {
        let said = "not answered, and TLS for etcd needs ca, cert and key".to_owned();
        let remedy = "give all three files, or none of them for plain HTTP";
        problems.push(answers.problem(id, said, Some(remedy)));
    }
    let endpoints = answers.get(ENDPOINTS);
    let endpoints = endpoints.as_ref().map_or(&[][..], Value::items);
    let urls: Vec<&str> = endpoints.iter().filter_map(Value::text).collect();
    let secure = |url: &&&str| url.starts_with("https://");
    let https = urls.iter().find(secure);
    let http = urls.iter().find(|url| !secure(url));
    let (said, remedy) = match (https, http) {
        (Some(https), Some(http)) => (
            format!("{https} speaks TLS and {http} does not"),
            "all endpoints of a cluster begin with https://, or all with http://",
        ),
        (Some(https), None) if !tls => (
            format!("{https} speaks TLS, and overlay.flannel.etcd-tls is not answered"),
            "say overlay.flannel.etcd-tls: {ca: FILE, cert: FILE, key: FILE}",
        ),
        (None, Some(http)) if tls => (
            format!("{http} is plain HTTP, and overlay.flannel.etcd-tls is answered"),
            "write https://, or take overlay.flannel.etcd-tls out",
        ),
        _ => return,
    };
    problems.push(answers.problem(ENDPOINTS, said, Some(remedy)));
}

/// Whether Flannel can cut a network up for so many hosts. Its etcd backend
/// wants four subnets at least and leaves the first one out; a subnet is no
/// smaller than /30.
///
/// # Errors
/// What is wrong, and what can be done about it.
pub fn flannel_network(network: Ipv4Net, len: u8, nodes: u32) -> Result<(), (String, String)> {
    let prefix = network.prefix_len();
    let subnets = |prefix: u8| (1u64 << u32::from(len.saturating_sub(prefix)).min(32)) - 1;
    if len <= 30 && len >= prefix.saturating_add(2) && subnets(prefix) >= u64::from(nodes) {
        return Ok(());
    }
    let said = if len < prefix.saturating_add(2) {
        format!(
            "{network} is too small for Flannel, which cuts it up into a /{len} for each host \
             (overlay.flannel.subnet-len) and wants four of them at least"
        )
    } else {
        format!(
            "{network} has {} subnets of /{len} for hosts, needs.nodes is {nodes}",
            subnets(prefix)
        )
    };
    let mut wanted = len.min(30).saturating_sub(2);
    while subnets(wanted) < u64::from(nodes) && wanted > 8 {
        wanted -= 1;
    }
    let roomy = wanted.min(16);
    let example = Ipv4Net::new(network.network(), roomy).map_or(network, |net| net.trunc());
    let remedy = format!("take a /{wanted} or larger, such as {example}");
    Err((said, remedy))
}

/// Why an address cannot be a host's in a network.
pub(in crate::answers) fn not_a_host_of(network: Ipv4Net, address: Ipv4Addr) -> Option<String> {
    if !network.contains(&address) {
        Some(format!("{address} is not in overlay.network {network}"))
    } else if address == network.network() {
        Some(format!("{address} is the network itself, not a host in it"))
    } else if address == network.broadcast() {
        Some(format!("{address} is the broadcast address of {network}"))
    } else {
        None
    }
}

fn peers(
    answers: &Answers,
    network: Option<Ipv4Net>,
    own: Option<Ipv4Addr>,
    problems: &mut Vec<Problem>,
) {
    let list = answers.get(PEERS);
    let own_name = answers.get("expect.hostname");
    let own_name = own_name.as_ref().and_then(Value::text);
    let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
    // The kernel gives a range that two peers claim to the last one, without a
    // word; so a range may stand once.
    let mut ranges: Vec<(Ipv4Net, usize)> = Vec::new();
    for (nth, peer) in list
        .as_ref()
        .map_or(&[][..], Value::items)
        .iter()
        .enumerate()
    {
        let text = |field: &str| peer.field(field).and_then(Value::text);
        let path = |field: &str| format!("{PEERS}[{nth}].{field}");
        for field in ["name", "address", "public-key", "endpoint"] {
            let Some(value) = text(field) else { continue };
            let key = (field, value.to_ascii_lowercase());
            let key = if field == "public-key" {
                (field, value.to_owned())
            } else {
                key
            };
            if let Some(first) = seen.get(&key) {
                let said = format!("the same {field} as peers[{first}]");
                problems.push(answers.problem(&path(field), said, None));
            } else {
                seen.insert(key, nth);
            }
        }
        if let Some(name) = text("name")
            && own_name.is_some_and(|own| same_host(own, name))
        {
            let said = "this host itself (expect.hostname)";
            problems.push(answers.problem(&path("name"), said, None));
        }
        let address: Option<Ipv4Addr> = text("address").and_then(|text| text.parse().ok());
        if let Some(address) = address {
            if Some(address) == own {
                let said = format!("{address} is this host's own address (overlay.address)");
                problems.push(answers.problem(&path("address"), said, None));
            } else if let Some(said) = network.and_then(|net| not_a_host_of(net, address)) {
                problems.push(answers.problem(&path("address"), said, None));
            }
        }
        allowed(answers, nth, peer, address, own, &mut ranges, problems);
    }
}

fn allowed(
    answers: &Answers,
    nth: usize,
    peer: &Value,
    address: Option<Ipv4Addr>,
    own: Option<Ipv4Addr>,
    ranges: &mut Vec<(Ipv4Net, usize)>,
    problems: &mut Vec<Problem>,
) {
    let Some(list) = peer.field("allowed-ips") else {
        // Its own address; told as a double address where that is one.
        ranges.extend(address.map(|address| (Ipv4Net::from(address), nth)));
        return;
    };
    let mut covered = false;
    for (item, text) in list.items().iter().enumerate() {
        let Some(range) = text.text().and_then(|text| text.parse::<Ipv4Net>().ok()) else {
            covered = true;
            continue;
        };
        let range = range.trunc();
        let path = format!("{PEERS}[{nth}].allowed-ips[{item}]");
        covered |= address.is_some_and(|address| range.contains(&address));
        if let Some((_, first)) = ranges.iter().find(|(other, _)| *other == range) {
            let said = if *first == nth {
                format!("{range} stands twice")
            } else {
                format!("{range} is given to peers[{first}] already; only one can have it")
            };
            problems.push(answers.problem(&path, said, None));
        } else {
            ranges.push((range, nth));
        }
        if own.is_some_and(|own| range == Ipv4Net::from(own)) {
            let said = format!("{range} is this host's own address (overlay.address)");
            problems.push(answers.problem(&path, said, None));
        }
    }
    if let Some(address) = address
        && !covered
    {
        problems.push(answers.problem(
            &format!("{PEERS}[{nth}].allowed-ips"),
            format!("the peer's own address {address} is in none of them"),
            Some("nothing would reach it; add the address with /32"),
        ));
    }
}

/// Whether two names mean one host: alike up to the first dot, when one of them
/// has no more.
pub(in crate::answers) fn same_host(a: &str, b: &str) -> bool {
    let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    a.eq_ignore_ascii_case(b) || ((!a.contains('.') || !b.contains('.')) && short(a) == short(b))
}

fn waivers(answers: &Answers, problems: &mut Vec<Problem>) {
    let list = answers.get("preflight.waive");
    let items = list.as_ref().map_or(&[][..], Value::items);
    let id = |item: &Value| item.field("id").and_then(Value::text).map(str::to_owned);
    for (nth, item) in items.iter().enumerate() {
        let own = id(item);
        if own.is_some() && items.iter().take(nth).any(|other| id(other) == own) {
            let path = format!("preflight.waive[{nth}].id");
            problems.push(answers.problem(&path, "waived twice", None));
        }
    }
}
