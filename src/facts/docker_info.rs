//! What Docker says of itself in detail, and how it is configured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fact;
use super::reader::Reader;
use super::redact;
use super::resolver::without_userinfo;

/// Details of GET /info and GET /networks, and the daemon's own files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// `DriverStatus` of the storage driver: names and values.
    pub driver_status: Fact<BTreeMap<String, String>>,
    /// Execution driver; Docker told it up to 1.10.
    pub exec_driver: Fact<String>,
    /// The daemon's own warnings, verbatim.
    pub warnings: Fact<Vec<String>>,
    /// Driver of the containers' logs.
    pub log_driver: Fact<String>,
    /// Containers that run.
    pub running: Fact<u64>,
    /// Proxy for HTTPS or HTTP, without a user and password.
    pub proxy: Fact<String>,
    /// Hosts that are reached without it.
    pub no_proxy: Fact<String>,
    /// Security options (`name=seccomp,profile=…`).
    pub security_options: Fact<Vec<String>>,
    /// Registries that are taken without TLS.
    pub insecure_registries: Fact<Vec<String>>,
    /// Whether containers go on while the daemon is away.
    pub live_restore: Fact<bool>,
    /// This node's address in its Swarm.
    pub swarm_address: Fact<String>,
    /// Networks.
    pub networks: Fact<Vec<DockerNetwork>>,
    /// Keys of /etc/docker/daemon.json that matter here.
    pub daemon_json: Fact<BTreeMap<String, Value>>,
    /// Options of the daemon in /etc/sysconfig/docker or /etc/default/docker
    /// that matter here.
    pub options: Fact<Vec<String>>,
}

/// A network of Docker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DockerNetwork {
    /// Name.
    pub name: String,
    /// Driver.
    pub driver: String,
    /// Subnets.
    pub subnets: Vec<String>,
}

/// Keys of daemon.json that a check asks for (dockerd(8)).
const KEYS: &[&str] = &[
    "bip",
    "data-root",
    "default-address-pools",
    "dns",
    "exec-opts",
    "fixed-cidr",
    "graph",
    "hosts",
    "icc",
    "insecure-registries",
    "ip-forward",
    "iptables",
    "live-restore",
    "mtu",
    "selinux-enabled",
    "storage-driver",
    "tls",
    "tlsverify",
    "userland-proxy",
    "default-ulimits",
];

/// Reads the details out of the answers and files.
pub(super) fn collect(reader: &Reader, info: &Fact<Value>, networks: &Fact<Value>) -> Info {
    Info {
        driver_status: pick(info, "/DriverStatus", pairs),
        exec_driver: pick(info, "/ExecutionDriver", string),
        warnings: pick(info, "/Warnings", strings),
        log_driver: pick(info, "/LoggingDriver", string),
        running: pick(info, "/ContainersRunning", Value::as_u64),
        proxy: match pick(info, "/HttpsProxy", string) {
            Fact::Known { value, source } => Fact::Known { value, source },
            _ => pick(info, "/HttpProxy", string),
        }
        .map(|url| without_userinfo(&url)),
        no_proxy: pick(info, "/NoProxy", string),
        security_options: pick(info, "/SecurityOptions", strings),
        insecure_registries: pick(info, "/RegistryConfig/InsecureRegistryCIDRs", strings),
        live_restore: pick(info, "/LiveRestoreEnabled", Value::as_bool),
        swarm_address: pick(info, "/Swarm/NodeAddr", string),
        networks: networks
            .clone()
            .parse(|value| read_networks(&value).ok_or_else(|| "it is no list of networks".into())),
        daemon_json: reader
            .text("/etc/docker/daemon.json")
            .parse(|text| daemon_json(&text)),
        options: reader
            .first_text(&["/etc/sysconfig/docker", "/etc/default/docker"])
            .map(|text| options(&text)),
    }
}

impl Info {
    /// Where nobody answers: the answers for this reason, the files all the same.
    pub(super) fn silent(reader: &Reader, why: &Fact<Value>) -> Self {
        collect(reader, why, why)
    }

    /// A key of daemon.json, where it is there.
    pub fn key(&self, name: &str) -> Option<&Value> {
        self.daemon_json.value()?.get(name)
    }

    /// The value of an option (`--bip=10.1.0.1/24` or `--bip 10.1.0.1/24`).
    pub fn option(&self, name: &str) -> Option<&str> {
        let words = self.options.value()?;
        words.iter().enumerate().find_map(|(at, word)| {
            let rest = word.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => words.get(at + 1).map(String::as_str),
                None => None,
            }
        })
    }
}

fn pick<T>(answer: &Fact<Value>, pointer: &str, read: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
    let Some(value) = answer.value() else {
        return answer.unknown("");
    };
    match value.pointer(pointer) {
        None | Some(Value::Null) => {
            Fact::absent(format!("no {pointer} in the answer"), answer.source())
        }
        Some(found) => match read(found) {
            Some(found) => Fact::known(found, answer.source()),
            None => Fact::unreadable(format!("{pointer} has an unexpected type"), answer.source()),
        },
    }
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(string).collect()
}

/// A list of pairs, as `[["Pool Name", "x"], …]`.
fn pairs(value: &Value) -> Option<BTreeMap<String, String>> {
    value
        .as_array()?
        .iter()
        .map(|pair| Some((string(pair.get(0)?)?, string(pair.get(1)?)?)))
        .collect()
}

fn read_networks(value: &Value) -> Option<Vec<DockerNetwork>> {
    let one = |network: &Value| {
        let configs = network.pointer("/IPAM/Config").and_then(Value::as_array);
        let subnets = configs.into_iter().flatten().filter_map(|config| {
            let subnet = config.get("Subnet")?.as_str()?;
            (!subnet.is_empty()).then(|| subnet.to_owned())
        });
        Some(DockerNetwork {
            name: string(network.get("Name")?)?,
            driver: string(network.get("Driver")?)?,
            subnets: subnets.collect(),
        })
    };
    let mut networks: Vec<_> = value.as_array()?.iter().map(one).collect::<Option<_>>()?;
    // The daemon tells them in another order each time.
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    Some(networks)
}

/// Reads /etc/docker/daemon.json.
///
/// # Errors
/// Where it is no JSON object: Docker does not start with such a file.
pub fn daemon_json(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let Value::Object(keys) = value else {
        return Err("not a JSON object".to_owned());
    };
    let kept = keys
        .into_iter()
        .filter(|(key, _)| KEYS.contains(&key.as_str()));
    Ok(kept.collect())
}

/// Options of the daemon in a file of shell variables: `other_args` (EL6),
/// `OPTIONS` (EL7), `DOCKER_OPTS` (Debian, Ubuntu).
pub fn options(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let mut values = lines.filter_map(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        matches!(name.trim(), "other_args" | "OPTIONS" | "DOCKER_OPTS")
            .then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let last = values.next_back().unwrap_or_default();
    last.split_whitespace()
        .map(|word| redact::text(word.trim_matches(['"', '\''])))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_of_the_daemon() {
        let keys = daemon_json("{\"bip\": \"10.1.0.1/24\", \"auths\": {\"x\": 1}}").unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["bip"]);
        assert!(daemon_json("[]").is_err());
        assert!(daemon_json("{").is_err());
        let el6 = "# x\nother_args=\"--bip=10.1.0.1/24 --icc=false\"\n";
        assert_eq!(options(el6), ["--bip=10.1.0.1/24", "--icc=false"]);
        let debian = "DOCKER_OPTS='--mtu 1400'\n";
        assert_eq!(options(debian), ["--mtu", "1400"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (daemon_json(&text), options(&text));
        }
    }
}
