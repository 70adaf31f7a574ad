//! A vendor's `replicated.yml` held against this host and what is chosen for it:
//! what it requires, and whether its lookups find the chosen interface.
//!
//! What the functions give is from Replicated's help center
//! (packaging-an-application/template-functions): the private address is the one
//! given at installation, or the one of eth0; `ThisHostInterfaceAddress` is that
//! of a named interface; the functions of nodes are the native scheduler's alone.

use serde::Serialize;

use crate::answers::vendor::template::{Lookup, Spot};
use crate::answers::vendor::{Entry, Kind, REQUIREMENTS, Requirement, Vendor};
use crate::facts::Facts;
use crate::facts::network::Interface;
use crate::version::Version;

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Good to know.
    Note,
    /// It could not be told.
    Unknown,
    /// It may not be what was meant.
    Warning,
    /// It does not work on this host, or with what is chosen.
    Error,
}

impl Level {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something to say about a place of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Stable id: `lint.` and what it is about.
    pub id: &'static str,
    /// How much it matters.
    pub level: Level,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// Characters that it is about.
    pub length: usize,
    /// What is the case, and what is wanted.
    pub text: String,
    /// The whole line as it should be, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<String>,
}

/// What is chosen, as far as it matters to a vendor's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// `native`, `swarm` or `kubernetes`; none where nothing is possible.
    pub scheduler: Option<String>,
    /// `wireguard`, `flannel`, `zerotier`; none without an overlay.
    pub overlay: Option<String>,
    /// Interface of the private address: the overlay's, or the chosen one. Not
    /// known before an overlay's agent has made it (ZeroTier).
    pub interface: Option<String>,
    /// The private address, where it is known.
    pub address: Option<std::net::Ipv4Addr>,
}

/// Everything to say about the file, in the order of its lines.
pub fn lint(vendor: &Vendor, facts: &Facts, chosen: &Chosen) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for broken in &vendor.broken {
        remarks.push(remark(
            "lint.syntax",
            Level::Error,
            broken.spot,
            broken.text.clone(),
        ));
    }
    kinds(vendor, chosen, &mut remarks);
    for requirement in &vendor.requirements {
        remarks.push(required(requirement, facts));
    }
    for command in &vendor.commands {
        let text = "checks that are commands are run by Replicated after its installation, and \
                    were not run here";
        remarks.push(remark(
            "lint.custom_requirements",
            Level::Note,
            command.spot,
            text,
        ));
    }
    let native = chosen.scheduler.as_deref().is_none_or(|s| s == "native");
    for lookup in &vendor.lookups {
        remarks.extend(looked_up(vendor, lookup, facts, chosen, native));
    }
    for port in &vendor.port_interfaces {
        remarks.extend(bound(vendor, port, facts, chosen));
    }
    for literal in &vendor.literals {
        remarks.push(written_down(vendor, literal, facts, chosen, native));
    }
    remarks.sort_by(|a, b| (a.line, a.column, a.id).cmp(&(b.line, b.column, b.id)));
    remarks
}

fn remark(id: &'static str, level: Level, spot: Spot, text: impl Into<String>) -> Remark {
    Remark {
        id,
        level,
        line: spot.line,
        column: spot.column,
        length: spot.length,
        text: text.into(),
        corrected: None,
    }
}

/// Which schedulers the file is written for.
fn kinds(vendor: &Vendor, chosen: &Chosen, remarks: &mut Vec<Remark>) {
    let there: Vec<&str> = [
        ("native", Kind::Replicated),
        ("swarm", Kind::Swarm),
        ("kubernetes", Kind::Kubernetes),
    ]
    .into_iter()
    .filter(|(_, kind)| vendor.has(*kind))
    .map(|(name, _)| name)
    .collect();
    let spot = Spot::new(vendor.documents.first().map_or(1, |d| d.first_line), 1, 1);
    if there.is_empty() {
        if vendor.broken.is_empty() {
            let text = "it describes no containers: neither components of the native scheduler \
                        nor a document of kind scheduler-swarm or scheduler-kubernetes";
            remarks.push(remark("lint.kinds", Level::Warning, spot, text));
        }
        return;
    }
    let list = there.join(", ");
    let text = match &chosen.scheduler {
        Some(chosen) if !there.contains(&chosen.as_str()) => {
            let text = format!(
                "it is written for {list}, and {chosen} is chosen: nothing in it would run; set \
                 needs.vendor-kinds to [{list}]"
            );
            remarks.push(remark("lint.kinds", Level::Error, spot, text));
            return;
        }
        _ => format!("it is written for {list}"),
    };
    remarks.push(remark("lint.kinds", Level::Note, spot, text));
}

const MIB: u64 = 1024 * 1024;

/// A size such as `8GB`: bytes counted in thousands, and in 1024s. The help
/// center does not say which is meant.
fn size(text: &str) -> Option<(u64, u64)> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number: f64 = number.parse().ok()?;
    let power = match unit.trim().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    let of = |base: f64| {
        let bytes = number * base.powi(power);
        // Sizes of machines are far from where this loses digits.
        (bytes.is_finite() && (0.0..1e18).contains(&bytes)).then_some(bytes as u64)
    };
    let small = if unit.contains("ib") { 1024.0 } else { 1000.0 };
    Some((of(small)?, of(1024.0)?))
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes / MIB)
}

/// A requirement of hosts against this host.
fn required(requirement: &Requirement, facts: &Facts) -> Remark {
    let entry = &requirement.entry;
    let who = match &requirement.component {
        Some(name) => format!("for nodes with {name}, "),
        None => String::new(),
    };
    let tell = |level: Level, text: String| {
        remark(
            "lint.host_requirements",
            level,
            entry.spot,
            format!("{who}{text}"),
        )
    };
    let wanted = entry.value.as_str();
    if wanted.contains("{{repl") {
        return tell(
            Level::Unknown,
            format!(
                "{} is a template: its value is known after the installation",
                entry.key
            ),
        );
    }
    let number = |what: &str, found: &crate::facts::Fact<u64>| match (
        wanted.trim().parse::<u64>(),
        found.value(),
    ) {
        (Err(_), _) => tell(
            Level::Error,
            format!("{}: found {wanted}, wanted a whole number", entry.key),
        ),
        (Ok(_), None) => tell(
            Level::Unknown,
            format!("{what} of this host is not known ({})", found.source()),
        ),
        (Ok(wanted), Some(found)) if *found >= wanted => tell(
            Level::Note,
            format!("this host has {found} {what}; wanted {wanted}"),
        ),
        (Ok(wanted), Some(found)) => tell(
            Level::Error,
            format!("this host has {found} {what}; wanted {wanted}"),
        ),
    };
    let bytes = |what: &str, found: Option<u64>, source: &str| {
        let Some((least, most)) = size(wanted) else {
            return tell(
                Level::Error,
                format!("{}: found {wanted}, wanted a size such as 8GB", entry.key),
            );
        };
        match found {
            None => tell(Level::Unknown, format!("{what} is not known ({source})")),
            Some(found) if found >= most => tell(
                Level::Note,
                format!("{what} is {}; wanted {wanted}", mib(found)),
            ),
            Some(found) if found >= least => tell(
                Level::Warning,
                format!(
                    "{what} is {}; {wanted} is {} or {}, by how it is counted: ask the vendor",
                    mib(found),
                    mib(least),
                    mib(most)
                ),
            ),
            Some(found) => tell(
                Level::Error,
                format!("{what} is {}; wanted {wanted} ({})", mib(found), mib(least)),
            ),
        }
    };
    let disk = |path: &str| {
        let disks = facts.resources.disks.value()?;
        let holds = |mount: &str| {
            let mount = mount.trim_end_matches('/');
            path == mount || path.strip_prefix(mount).is_some_and(|r| r.starts_with('/'))
        };
        let disk = disks.iter().filter(|disk| holds(&disk.mount_point));
        let disk = disk.max_by_key(|disk| disk.mount_point.len())?;
        Some(disk.total_mb.saturating_mul(MIB))
    };
    let disks = facts.resources.disks.source();
    match entry.key.as_str() {
        "docker_version" => match (wanted.parse::<Version>(), &facts.docker.version) {
            (Err(_), _) => tell(
                Level::Error,
                format!("docker_version: found {wanted}, wanted a version such as 17.06.2"),
            ),
            (Ok(least), found) => match found.value().map(|v| (v, v.parse::<Version>())) {
                Some((text, Ok(found))) if found.at_least(&least) => tell(
                    Level::Note,
                    format!("Docker is {text}; wanted {wanted} or newer"),
                ),
                Some((text, Ok(_))) => tell(
                    Level::Error,
                    format!("Docker is {text}; wanted {wanted} or newer"),
                ),
                Some((_, Err(_))) | None => tell(
                    Level::Unknown,
                    format!(
                        "Docker's version is not known ({}); wanted {wanted} or newer",
                        found.source()
                    ),
                ),
            },
        },
        "cpu_cores" => number("CPUs", &facts.resources.cpus),
        "cpu_mhz" => number("MHz", &facts.resources.cpu_mhz),
        "memory" => {
            let memory = &facts.resources.memory_mb;
            let found = memory.value().map(|mb| mb.saturating_mul(MIB));
            bytes("the memory", found, memory.source())
        }
        "disk_space" => bytes("the file system of /", disk("/"), disks),
        "docker_space" => {
            let root = facts.docker.root_dir.value();
            let root = root.map_or("/var/lib/docker", String::as_str);
            bytes(&format!("the file system of {root}"), disk(root), disks)
        }
        "min_disk_space" => match &requirement.folder {
            Some(folder) if folder.starts_with('/') && !folder.contains("{{") => {
                bytes(&format!("the file system of {folder}"), disk(folder), disks)
            }
            _ => tell(
                Level::Unknown,
                "min_disk_space: its host_path is no fixed folder".into(),
            ),
        },
        "replicated_version" => tell(
            Level::Note,
            format!("Replicated upgrades itself to {wanted}; preflight checks ignore it"),
        ),
        other => tell(
            Level::Warning,
            format!(
                "{other} is no requirement of hosts: wanted one of {}",
                REQUIREMENTS.join(", ")
            ),
        ),
    }
}

fn interface<'a>(facts: &'a Facts, name: &str) -> Option<&'a Interface> {
    facts.network.interface(name)
}

fn address_of(interface: &Interface) -> Option<std::net::Ipv4Addr> {
    interface.addresses.iter().find_map(|net| match net.addr() {
        std::net::IpAddr::V4(v4) => Some(v4),
        std::net::IpAddr::V6(_) => None,
    })
}

/// What an interface gives on this host, in words.
fn gives(facts: &Facts, name: &str) -> String {
    if facts.network.interfaces.value().is_none() {
        return "what it gives on this host is not known".into();
    }
    match interface(facts, name).map(address_of) {
        None => format!("this host has no {name} now"),
        Some(None) => format!("{name} has no IPv4 address on this host"),
        Some(Some(address)) => format!("on this host it gives {address}"),
    }
}

/// A line with `new` at a place of it.
fn replaced(vendor: &Vendor, spot: Spot, new: &str) -> String {
    let line = vendor.line(spot.line);
    let before = line.chars().take(spot.column.saturating_sub(1));
    let after = line
        .chars()
        .skip(spot.column.saturating_sub(1) + spot.length);
    before.chain(new.chars()).chain(after).collect()
}

/// Functions that were renamed, and their names now.
const RENAMED: [(&str, &str); 6] = [
    ("HostPrivateIpAddress", "NodePrivateIPAddress"),
    ("HostPrivateIpAddressAll", "NodePrivateIPAddressAll"),
    ("HostPublicIpAddress", "NodePublicIPAddress"),
    ("HostPublicIpAddressAll", "NodePublicIPAddressAll"),
    ("ThisHostPrivateIpAddress", "ThisNodePrivateIPAddress"),
    ("ThisHostPublicIpAddress", "ThisNodePublicIPAddress"),
];

const FLANNEL: &str = "with Flannel, containers reach each other by Docker's internal addresses \
                       (in the node's lease), and this gives the host's: let the service find its \
                       own address inside its container (hostname -i) and register that";

fn looked_up(
    vendor: &Vendor,
    lookup: &Lookup,
    facts: &Facts,
    chosen: &Chosen,
    native: bool,
) -> Vec<Remark> {
    let written = lookup.function.as_str();
    let renamed = RENAMED.iter().find(|(old, _)| *old == written);
    let function = renamed.map_or(written, |(_, new)| *new);
    let private =
        function.starts_with("NodePrivateIPAddress") || function == "ThisNodePrivateIPAddress";
    let public =
        function.starts_with("NodePublicIPAddress") || function == "ThisNodePublicIPAddress";
    let named = function == "ThisHostInterfaceAddress";
    let docker = function == "ThisNodeDockerAddress";
    let swarm = function == "SwarmIngressAddress";
    if !(private || public || named || docker || swarm) {
        return Vec::new();
    }
    const ID: &str = "lint.lookup";
    if swarm != (chosen.scheduler.as_deref() == Some("swarm")) || !(native || swarm) {
        if swarm && chosen.scheduler.is_none() {
            return Vec::new();
        }
        let (of, scheduler) = if swarm {
            ("Swarm", "the chosen scheduler does")
        } else {
            ("the native scheduler", "Swarm and Kubernetes do")
        };
        let text = format!("{written} is {of}'s alone: {scheduler} not have it");
        return vec![remark(ID, Level::Error, lookup.spot, text)];
    }
    if swarm {
        return Vec::new();
    }
    let flannel = chosen.overlay.as_deref() == Some("flannel");
    let mut remarks = Vec::new();
    if named {
        remarks.push(by_interface(vendor, lookup, facts, chosen, flannel));
        return remarks;
    }
    let mut found = if docker {
        if flannel {
            let text =
                "docker0's address lies in this node's lease: with Flannel other nodes reach it";
            remark(ID, Level::Note, lookup.spot, text)
        } else {
            let text =
                "docker0's address is the same on every host: no other node reaches this one by it";
            remark(ID, Level::Warning, lookup.spot, text)
        }
    } else if flannel {
        remark(
            ID,
            Level::Error,
            lookup.spot,
            format!("{function}: {FLANNEL}"),
        )
    } else if public && chosen.overlay.is_some() {
        let mut one = remark(
            ID,
            Level::Warning,
            lookup.spot,
            format!(
                "{function} gives the public address: what uses it does not go through the private network"
            ),
        );
        let new = function.replace("Public", "Private");
        one.corrected = Some(replaced(vendor, lookup.spot, &new));
        one
    } else if public {
        remark(
            ID,
            Level::Note,
            lookup.spot,
            format!("{function} gives the public address"),
        )
    } else {
        let address = chosen.address.map_or(String::new(), |a| format!(", {a}"));
        let interface = chosen.interface.as_deref();
        let interface = interface.map_or("the chosen interface".to_owned(), str::to_owned);
        let text = format!(
            "{function} gives the private address of the installation: install with that of \
             {interface}{address}"
        );
        remark(ID, Level::Note, lookup.spot, text)
    };
    if let Some((old, new)) = renamed {
        found.level = found.level.max(Level::Warning);
        found.text = format!("{old} was renamed to {new}; {}", found.text);
        if found.corrected.is_none() {
            found.corrected = Some(replaced(vendor, lookup.spot, new));
        }
    }
    remarks.push(found);
    remarks
}

/// `ThisHostInterfaceAddress "eth0"`.
fn by_interface(
    vendor: &Vendor,
    lookup: &Lookup,
    facts: &Facts,
    chosen: &Chosen,
    flannel: bool,
) -> Remark {
    const ID: &str = "lint.lookup.interface";
    let Some((name, spot)) = &lookup.argument else {
        let text = "ThisHostInterfaceAddress: which interface is not written down here; wanted the \
                    name of the chosen one";
        return remark(ID, Level::Unknown, lookup.spot, text);
    };
    let gives = gives(facts, name);
    if flannel {
        let text = format!("ThisHostInterfaceAddress \"{name}\": {gives}; {FLANNEL}");
        return remark(ID, Level::Error, *spot, text);
    }
    match chosen.interface.as_deref() {
        Some(wanted) if wanted == name => remark(
            ID,
            Level::Note,
            *spot,
            format!(
                "{name} is the chosen interface; {gives}. ThisHostInterfaceAddress is deprecated: \
                 ThisNodePrivateIPAddress follows the installation's private address"
            ),
        ),
        Some(wanted) => {
            let text = format!("{name} is not the chosen interface, {wanted}: {gives}");
            let mut one = remark(ID, Level::Error, *spot, text);
            one.corrected = Some(replaced(vendor, *spot, wanted));
            one
        }
        None if chosen.overlay.as_deref() == Some("zerotier") => {
            let text = format!(
                "{gives}; ZeroTier names its interface when the network is joined: use \
                 ThisNodePrivateIPAddress, which follows the installation's private address"
            );
            remark(ID, Level::Error, *spot, text)
        }
        None => remark(
            ID,
            Level::Unknown,
            *spot,
            format!("{gives}; no interface is chosen to hold it against"),
        ),
    }
}

/// `ports[].interface`.
fn bound(vendor: &Vendor, port: &Entry, facts: &Facts, chosen: &Chosen) -> Option<Remark> {
    const ID: &str = "lint.ports.interface";
    let name = port.value.as_str();
    if name.contains("{{") {
        let text = "the interface is a template: it is known after the installation";
        return Some(remark(ID, Level::Unknown, port.spot, text));
    }
    let wanted = chosen.interface.as_deref();
    if wanted == Some(name) {
        let text = format!("the port is bound to {name}, the chosen interface");
        return Some(remark(ID, Level::Note, port.spot, text));
    }
    let known = facts.network.interfaces.value().is_some();
    let there = interface(facts, name).is_some();
    let (level, text) = match (known, there) {
        (false, _) => (
            Level::Unknown,
            format!("whether this host has {name} is not known"),
        ),
        (true, false) => (
            Level::Error,
            format!("this host has no {name}: the container would not start"),
        ),
        (true, true) => (
            Level::Warning,
            match wanted {
                Some(wanted) => format!(
                    "the port is bound to {name}, not to {wanted}: other nodes do not reach it \
                     through the private network"
                ),
                None => format!("the port is bound to {name}; no interface is chosen"),
            },
        ),
    };
    let mut one = remark(ID, level, port.spot, text);
    // Only what stands there as it is can be put in place of.
    let line = vendor.line(port.spot.line);
    let shown: String = line
        .chars()
        .skip(port.spot.column.saturating_sub(1))
        .collect();
    if let Some(wanted) = wanted.filter(|_| shown.starts_with(name)) {
        one.corrected = Some(replaced(vendor, port.spot, wanted));
    }
    Some(one)
}

fn written_down(
    vendor: &Vendor,
    literal: &crate::answers::vendor::Literal,
    facts: &Facts,
    chosen: &Chosen,
    native: bool,
) -> Remark {
    const ID: &str = "lint.address";
    let address = literal.address;
    let all = facts
        .network
        .interfaces
        .value()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let own = all.iter().find(|interface| {
        interface
            .addresses
            .iter()
            .any(|net| net.addr() == std::net::IpAddr::V4(address))
    });
    let mut one = match own {
        Some(own) => {
            let text = format!(
                "{address} is this host's own on {}: on every other host it is wrong",
                own.name
            );
            remark(ID, Level::Error, literal.spot, text)
        }
        None => {
            let text = format!(
                "{address} is written down: it has to be right on every host where this is installed"
            );
            remark(ID, Level::Warning, literal.spot, text)
        }
    };
    let follows = chosen.address == Some(address) && chosen.overlay.as_deref() != Some("flannel");
    if native && follows {
        let new = "{{repl ThisNodePrivateIPAddress }}";
        one.corrected = Some(replaced(vendor, literal.spot, new));
    }
    one
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts::network::Interface;
    use crate::facts::{Fact, Facts};

    fn known<T>(value: T) -> Fact<T> {
        Fact::known(value, "test")
    }

    fn interface(name: &str, net: &str) -> Interface {
        serde_json::from_value(serde_json::json!({
            "name": name, "index": 1, "kind": {"value": "ethernet", "source": "test"},
            "state": {"value": "up", "source": "test"}, "admin_up": true,
            "carrier": {"value": true, "source": "test"}, "mac": {"absent": "none", "source": "test"},
            "mtu": {"value": 1500, "source": "test"}, "speed": {"absent": "none", "source": "test"},
            "driver": {"absent": "none", "source": "test"}, "master": null, "parent": null,
            "parent_elsewhere": false, "addresses": [net], "dynamic": [], "tentative": []
        }))
        .unwrap()
    }

    /// 2 CPUs, 7800 MiB, 100 GiB on /, Docker 17.06.
    fn host() -> Facts {
        let mut facts = Facts::unread("not in this test");
        facts.docker.version = known("17.06.2-ce".into());
        facts.resources.cpus = known(2);
        facts.resources.memory_mb = known(7800);
        facts.resources.disks = known(vec![crate::facts::resources::Disk {
            mount_point: "/".into(),
            file_system: "xfs".into(),
            total_mb: 100 * 1024,
            available_mb: 1,
        }]);
        facts.network.interfaces = known(vec![
            interface("eth0", "192.0.2.7/24"),
            interface("wg0", "10.90.0.7/24"),
        ]);
        facts
    }

    fn chosen(scheduler: &str, overlay: Option<&str>) -> Chosen {
        let (interface, address) = match overlay {
            Some("wireguard") => (Some("wg0"), Some("10.90.0.7")),
            Some("zerotier") => (None, None),
            _ => (Some("eth0"), Some("192.0.2.7")),
        };
        Chosen {
            scheduler: Some(scheduler.into()),
            overlay: overlay.map(str::to_owned),
            interface: interface.map(str::to_owned),
            address: address.map(|a| a.parse().unwrap()),
        }
    }

    /// The remarks on a text, but for what it is written for.
    fn told(text: &str, chosen: &Chosen) -> Vec<(&'static str, Level, Option<String>)> {
        let text = format!("# kind: replicated\ncomponents:\n- name: x\n  {text}\n");
        let all = lint(&Vendor::parse(text.as_bytes()), &host(), chosen);
        all.into_iter()
            .filter(|remark| remark.id != "lint.kinds")
            .map(|remark| {
                (
                    remark.id,
                    remark.level,
                    remark.corrected.map(|c| c.trim().to_owned()),
                )
            })
            .collect()
    }

    #[test]
    fn lookups_are_held_against_what_is_chosen() {
        use Level::{Error, Note, Warning};
        let (wireguard, flannel) = (
            chosen("native", Some("wireguard")),
            chosen("native", Some("flannel")),
        );
        let (zerotier, none) = (chosen("native", Some("zerotier")), chosen("native", None));
        let (swarm, kubernetes) = (chosen("swarm", None), chosen("kubernetes", None));
        let lookup = "lint.lookup";
        let interface = "lint.lookup.interface";
        let cases: [(&str, &Chosen, &str, Level, Option<&str>); 21] = [
            (
                "ThisHostInterfaceAddress \"wg0\"",
                &wireguard,
                interface,
                Note,
                None,
            ),
            (
                "ThisHostInterfaceAddress \"eth0\"",
                &wireguard,
                interface,
                Error,
                Some("ThisHostInterfaceAddress \"wg0\""),
            ),
            (
                "ThisHostInterfaceAddress \"eth0\"",
                &none,
                interface,
                Note,
                None,
            ),
            (
                "ThisHostInterfaceAddress \"docker0\"",
                &none,
                interface,
                Error,
                Some("ThisHostInterfaceAddress \"eth0\""),
            ),
            (
                "ThisHostInterfaceAddress \"wg0\"",
                &flannel,
                interface,
                Error,
                None,
            ),
            (
                "ThisHostInterfaceAddress \"zt0\"",
                &zerotier,
                interface,
                Error,
                None,
            ),
            (
                "ThisHostInterfaceAddress .X",
                &wireguard,
                interface,
                Level::Unknown,
                None,
            ),
            ("ThisNodePrivateIPAddress", &wireguard, lookup, Note, None),
            (
                "NodePrivateIPAddressAll \"DB\" \"redis\"",
                &zerotier,
                lookup,
                Note,
                None,
            ),
            (
                "NodePrivateIPAddress \"DB\" \"redis\"",
                &flannel,
                lookup,
                Error,
                None,
            ),
            (
                "NodePublicIPAddress \"DB\" \"redis\"",
                &wireguard,
                lookup,
                Warning,
                Some("NodePrivateIPAddress \"DB\" \"redis\""),
            ),
            ("ThisNodePublicIPAddress", &none, lookup, Note, None),
            ("ThisNodePublicIPAddress", &flannel, lookup, Error, None),
            (
                "ThisHostPrivateIpAddress",
                &none,
                lookup,
                Warning,
                Some("ThisNodePrivateIPAddress"),
            ),
            (
                "HostPrivateIpAddressAll \"DB\" \"redis\"",
                &none,
                lookup,
                Warning,
                Some("NodePrivateIPAddressAll \"DB\" \"redis\""),
            ),
            ("ThisNodeDockerAddress", &wireguard, lookup, Warning, None),
            ("ThisNodeDockerAddress", &flannel, lookup, Note, None),
            ("ThisNodePrivateIPAddress", &swarm, lookup, Error, None),
            (
                "NodePrivateIPAddress \"a\" \"b\"",
                &kubernetes,
                lookup,
                Error,
                None,
            ),
            ("SwarmIngressAddress", &none, lookup, Error, None),
            (
                "ThisHostInterfaceAddress \"eth0\"",
                &swarm,
                lookup,
                Error,
                None,
            ),
        ];
        for (call, chosen, id, level, corrected) in cases {
            let found = told(&format!("a: '{{{{repl {call} }}}}'"), chosen);
            let corrected = corrected.map(|call| format!("a: '{{{{repl {call} }}}}'"));
            assert_eq!(found, [(id, level, corrected)], "{call} with {chosen:?}");
        }
        let nothing = told(
            "a: '{{repl ConfigOption \"ThisNodePrivateIPAddress\" }}'",
            &swarm,
        );
        assert_eq!(nothing, []);
    }

    #[test]
    fn ports_and_addresses_are_held_against_what_is_chosen() {
        use Level::{Error, Note, Unknown, Warning};
        let (wireguard, none) = (chosen("native", Some("wireguard")), chosen("native", None));
        let port = |name: &str| format!("ports: [{{interface: {name}}}]");
        let ports = "lint.ports.interface";
        for (name, chosen, level, corrected) in [
            ("wg0", &wireguard, Note, None),
            ("eth0", &wireguard, Warning, Some("wg0")),
            ("eth9", &wireguard, Error, Some("wg0")),
            ("eth0", &none, Note, None),
            ("'{{repl ConfigOption \"x\" }}'", &none, Unknown, None),
        ] {
            let found = told(&port(name), chosen);
            assert_eq!(found, [(ports, level, corrected.map(port))], "{name}");
        }
        let replaced = "a: {{repl ThisNodePrivateIPAddress }}:80".to_owned();
        for (address, chosen, level, corrected) in [
            ("10.1.1.1", &none, Warning, None),
            ("192.0.2.7", &wireguard, Error, None),
            ("192.0.2.7", &none, Error, Some(replaced.clone())),
            ("10.90.0.7", &wireguard, Error, Some(replaced)),
        ] {
            let found = told(&format!("a: {address}:80"), chosen);
            assert_eq!(found, [("lint.address", level, corrected)], "{address}");
        }
    }

    #[test]
    fn requirements_are_held_against_the_host() {
        use Level::{Error, Note, Unknown, Warning};
        let native = chosen("native", None);
        for (requirement, level) in [
            ("docker_version: 1.10.3", Note),
            ("docker_version: 17.09.0", Error),
            ("docker_version: new", Error),
            ("cpu_cores: 2", Note),
            ("cpu_cores: 4", Error),
            ("cpu_cores: many", Error),
            ("cpu_mhz: 2000", Unknown),
            ("memory: 7GB", Note),
            // 8 * 10^9 bytes are 7629 MiB, 8 * 2^30 are 8192.
            ("memory: 8GB", Warning),
            ("memory: 8GiB", Error),
            ("memory: 16GB", Error),
            ("memory: lots", Error),
            ("disk_space: 80GB", Note),
            ("disk_space: 1TB", Error),
            ("docker_space: 10GB", Note),
            ("replicated_version: '>=2.3.0'", Note),
            ("diskspace: 1GB", Warning),
            ("memory: '{{repl ConfigOption \"m\" }}'", Unknown),
        ] {
            let found = told(&format!("host_requirements: {{{requirement}}}"), &native);
            assert_eq!(
                found,
                [("lint.host_requirements", level, None)],
                "{requirement}"
            );
        }
        let volume = |volume: &str| told(&format!("host_volumes: [{{{volume}}}]"), &native);
        let id = "lint.host_requirements";
        assert_eq!(
            volume("host_path: /data, min_disk_space: 200GB"),
            [(id, Error, None)]
        );
        assert_eq!(
            volume("host_path: /data, min_disk_space: 20GB"),
            [(id, Note, None)]
        );
        assert_eq!(
            volume("host_path: '{{repl X }}', min_disk_space: 20GB"),
            [(id, Unknown, None)]
        );
        let nothing_known = lint(
            &Vendor::parse(b"host_requirements: {memory: 1GB, cpu_cores: 1, docker_version: 1.7.1, disk_space: 1GB}"),
            &Facts::unread("not read"),
            &native,
        );
        let unknown = nothing_known
            .iter()
            .filter(|remark| remark.level == Unknown)
            .count();
        assert_eq!(unknown, 4, "{nothing_known:#?}");
    }

    #[test]
    fn a_file_for_another_scheduler_is_an_error() {
        let level = |text: &str, scheduler: &str| {
            let all = lint(
                &Vendor::parse(text.as_bytes()),
                &host(),
                &chosen(scheduler, None),
            );
            all.iter()
                .find(|remark| remark.id == "lint.kinds")
                .unwrap()
                .level
        };
        let native = "components: []\n";
        let swarm = "# kind: replicated\nname: x\n---\n# kind: scheduler-swarm\nversion: '3'\n";
        let kubernetes = "---\n# kind: scheduler-kubernetes\napiVersion: v1\n";
        assert_eq!(level(native, "native"), Level::Note);
        assert_eq!(level(native, "swarm"), Level::Error);
        assert_eq!(level(swarm, "swarm"), Level::Note);
        assert_eq!(level(swarm, "native"), Level::Error);
        assert_eq!(level(kubernetes, "kubernetes"), Level::Note);
        assert_eq!(level("name: x\n", "native"), Level::Warning);
    }
}
