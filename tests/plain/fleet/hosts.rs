//! Hosts for fleets: made up fact by fact, or made of the composed trees of
//! tests/hosts by other names, addresses and ids.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use groundcrew::answers::Config;
use groundcrew::answers::fleet::FleetFile;
use groundcrew::facts::docker_info::DockerNetwork;
use groundcrew::facts::network::{Interface, Route};
use groundcrew::facts::{Fact, Facts};
use groundcrew::fleet::node::Node;
use serde_json::{Value, json};

use crate::common::txtar::Tree;

/// When the made-up hosts were looked at.
pub const AT: &str = "2026-11-25T10:00:00Z";

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "test")
}

/// A network interface.
pub fn interface(name: &str, kind: &str, address: &str, mac: &str) -> Interface {
    Interface {
        name: name.into(),
        index: 2,
        kind: known(kind.into()),
        state: known("up".into()),
        admin_up: true,
        carrier: known(true),
        mac: known(mac.into()),
        mtu: known(1500),
        speed: known(1000),
        driver: known("virtio_net".into()),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses: vec![address.parse().unwrap()],
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

/// A route.
pub fn route(destination: &str, gateway: Option<&str>) -> Route {
    Route {
        table: 254,
        kind: "unicast".into(),
        destination: destination.parse().unwrap(),
        gateway: gateway.map(|address| address.parse().unwrap()),
        interface: Some("eth0".into()),
        metric: 0,
        source: None,
        mtu: None,
    }
}

/// The facts of the `n`th of many sound hosts.
pub fn facts(n: usize) -> Facts {
    let mut facts = Facts::unread("not set in the test");
    facts.collected_at = AT.into();
    facts.os.hostname = known(format!("app{n:03}"));
    facts.os.name = known("Debian GNU/Linux 12 (bookworm)".into());
    facts.os.family = known("debian".into());
    facts.kernel.arch = known("x86_64".into());
    facts.kernel.bits = known(64);
    facts.kernel.release = known("6.1.0-18-amd64".into());
    facts.identity.machine_id = known(format!("{:032x}", 0xabc_0000 + n));
    facts.identity.product_uuid = known(format!("4c4c4544-0000-4210-8000-{:012x}", 0xabc_0000 + n));
    let address = format!("10.1.{}.{}/16", n / 250, n % 250 + 1);
    let mac = format!("52:54:00:00:{:02x}:{:02x}", n / 256, n % 256);
    facts.network.interfaces = known(vec![
        interface("eth0", "ethernet", &address, &mac),
        interface("docker0", "bridge", "172.17.0.1/16", "02:42:ac:11:00:01"),
    ]);
    facts.network.routes = known(vec![
        route("0.0.0.0/0", Some("10.1.255.254")),
        route("10.1.0.0/16", None),
    ]);
    facts.services.time_synchronised = known(true);
    facts.docker.version = known("26.1.3".into());
    facts.docker.info.networks = known(vec![DockerNetwork {
        name: "bridge".into(),
        driver: "bridge".into(),
        subnets: vec!["172.17.0.0/16".into()],
    }]);
    facts.overlays.zerotier_address = Fact::absent("ENOENT", "test");
    facts
}

/// The wishes of a text.
pub fn wishes(yaml: &str) -> (FleetFile, Config) {
    let file = FleetFile::parse("fleet.yaml", yaml.as_bytes());
    let config = Config::from_answers(file.answers()).unwrap();
    (file, config)
}

/// A host of a fleet by its facts.
pub fn node(facts: Facts, config: &Config) -> Node {
    let name = facts.os.hostname.value().unwrap().clone();
    let version = env!("CARGO_PKG_VERSION").into();
    Node::of_facts(&name, facts, version, "0".repeat(64), config)
}

/// What `preflight` reports of a composed tree, once for each.
fn base(tree: &str) -> Value {
    static REPORTS: OnceLock<Mutex<BTreeMap<String, Value>>> = OnceLock::new();
    let mut reports = REPORTS.get_or_init(Mutex::default).lock().unwrap();
    let report = reports.entry(tree.to_owned()).or_insert_with(|| {
        let dir = tempfile::tempdir().unwrap();
        Tree::host(tree).unpack(&dir.path().join("host"));
        let arguments = ["preflight", "--root", "host", "--set", "needs.nodes=3"];
        let output = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(arguments)
            .args(["--format", "json"])
            .current_dir(dir.path())
            .env_clear()
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    });
    report.clone()
}

/// The report of the `n`th host: a composed one, by another name, with addresses
/// and ids of its own.
pub fn report(tree: &str, name: &str, n: usize) -> Value {
    let mut report = base(tree);
    report["host"]["hostname"] = json!(name);
    let facts = &mut report["facts"];
    facts["collected_at"] = json!(format!("2026-11-25T10:{:02}:{:02}Z", n / 60 % 60, n % 60));
    facts["os"]["hostname"] = json!({"value": name, "source": "uname(2)"});
    let id = 0xdef_0000 + n;
    facts["identity"]["machine_id"] =
        json!({"value": format!("{id:032x}"), "source": "/etc/machine-id"});
    facts["identity"]["product_uuid"] = json!({
        "value": format!("564d8b7a-0000-4210-8000-{id:012x}"),
        "source": "/sys/class/dmi/id/product_uuid",
    });
    let mut own = Vec::new();
    let interfaces = facts["network"]["interfaces"]["value"].as_array_mut();
    for interface in interfaces.into_iter().flatten() {
        if interface["kind"]["value"] != "ethernet" {
            continue;
        }
        let nth = own.len();
        let mac = format!(
            "52:54:{nth:02x}:{:02x}:{:02x}:{:02x}",
            n >> 16,
            n >> 8 & 255,
            n & 255
        );
        interface["mac"] = json!({"value": mac, "source": "netlink RTM_GETLINK"});
        if interface["addresses"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
        {
            let net = format!("10.{}.{}.{}/16", 20 + nth, n / 250, n % 250 + 1);
            interface["addresses"] = json!([net]);
        }
        interface["dynamic"] = json!([]);
        own.push((interface["name"].clone(), 20 + nth));
    }
    let routes = facts["network"]["routes"]["value"].as_array_mut();
    for route in routes.into_iter().flatten() {
        let Some((_, net)) = own.iter().find(|(name, _)| *name == route["interface"]) else {
            continue;
        };
        route.as_object_mut().unwrap().remove("source");
        if route["destination"] == "0.0.0.0/0" {
            route["gateway"] = json!(format!("10.{net}.255.254"));
        } else if route["kind"] == "unicast" {
            route["destination"] = json!(format!("10.{net}.0.0/16"));
            route.as_object_mut().unwrap().remove("gateway");
        }
    }
    report
}

/// The bytes of a report.
pub fn bytes(report: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(report).unwrap();
    text.push(b'\n');
    text
}

/// Trees that a large fleet is made of, the most of them EL7 to EL9.
pub const MIX: [&str; 8] = [
    "el7",
    "el8",
    "el9",
    "el7",
    "el8",
    "ubuntu2404",
    "debian12",
    "el9",
];
