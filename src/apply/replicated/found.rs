//! What an installation of Replicated shows: settings, units, containers, ports.
//! The script's own word for it is worth nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddrV4};
use std::time::Duration;

use crate::apply::docker;
use crate::apply::verify::{Status, Verified};
use crate::facts::docker::SOCKET;
use crate::facts::listeners::parse_sockets;
use crate::host::Host;
use crate::plan::scheduler::replicated::{CONF_DIRS, Verify};

/// The file of settings of a service, where it is there.
pub fn settings(host: &dyn Host, service: &str) -> Option<String> {
    let mut paths = CONF_DIRS.iter().map(|dir| format!("{dir}/{service}"));
    paths.find(|path| host.meta(path).is_ok())
}

/// A value in a file of settings, `NAME=value`.
pub fn setting(host: &dyn Host, path: &str, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&host.read(path).ok()?).into_owned();
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The unit, job or script of a service, where it is there.
pub fn unit(host: &dyn Host, service: &str) -> Option<String> {
    let paths = [
        format!("/etc/systemd/system/{service}.service"),
        format!("/etc/init/{service}.conf"),
        format!("/etc/init.d/{service}"),
    ];
    paths.into_iter().find(|path| host.meta(path).is_ok())
}

/// Docker's containers by name, and whether each runs.
///
/// # Errors
/// Why Docker cannot be asked.
pub fn containers(host: &dyn Host) -> Result<BTreeMap<String, bool>, String> {
    let serde_json::Value::Array(all) = docker::get(host, "/containers/json?all=1")? else {
        return Err(format!("{SOCKET}: the answer is no list of containers"));
    };
    let mut found = BTreeMap::new();
    for one in &all {
        let text = |key: &str| one.get(key).and_then(|value| value.as_str()).unwrap_or("");
        // Docker before 1.11 has no State.
        let runs = text("State") == "running" || text("Status").starts_with("Up");
        let names = one.get("Names").and_then(|names| names.as_array());
        for name in names.into_iter().flatten().filter_map(|name| name.as_str()) {
            found.insert(name.trim_start_matches('/').to_owned(), runs);
        }
    }
    Ok(found)
}

/// Whether it is installed with the address: settings, units and containers are
/// there, whether they run or not.
pub fn is_installed(host: &dyn Host, wanted: &Verify) -> bool {
    let address = wanted.address.to_string();
    let settled = wanted.services.iter().all(|service| {
        let known = |path: String| {
            setting(host, &path, "PRIVATE_ADDRESS").is_some_and(|found| found == address)
        };
        unit(host, service).is_some()
            && (service == "replicated-ui" || settings(host, service).is_some_and(known))
    });
    settled
        && containers(host).is_ok_and(|all| {
            let mut services = wanted.services.iter();
            services.all(|service| all.contains_key(service))
        })
}

/// What of it is there and works. `ports` says whether those are looked at.
pub fn check(host: &dyn Host, wanted: &Verify, ports: bool) -> Vec<Verified> {
    let containers = containers(host);
    let mut all: Vec<_> = wanted
        .services
        .iter()
        .map(|service| {
            let (status, message) = state(host, service, wanted, &containers);
            told("verify.replicated", service, status, message)
        })
        .collect();
    if ports && !wanted.ports.is_empty() {
        all.push(listening(host, wanted));
    }
    all
}

fn told(id: &str, subject: &str, status: Status, message: String) -> Verified {
    Verified::new(id, subject, status, message)
}

fn state(
    host: &dyn Host,
    service: &str,
    wanted: &Verify,
    containers: &Result<BTreeMap<String, bool>, String>,
) -> (Status, String) {
    // The page has no settings of its own.
    if service != "replicated-ui" {
        let Some(path) = settings(host, service) else {
            let text = format!(
                "{service}: there are no settings of it in {}",
                CONF_DIRS.join(" or ")
            );
            return (Status::Fail, text);
        };
        match setting(host, &path, "PRIVATE_ADDRESS") {
            Some(found) if found == wanted.address.to_string() => {}
            found => {
                let found = found.as_deref().filter(|text| !text.is_empty());
                let text = format!(
                    "{service}: {path} has the address {}, and not {}",
                    found.unwrap_or("(none)"),
                    wanted.address
                );
                return (Status::Fail, text);
            }
        }
    }
    let Some(unit) = unit(host, service) else {
        return (
            Status::Fail,
            format!("{service}: it has neither a unit of systemd, nor a job, nor a script"),
        );
    };
    match containers {
        Err(why) => (
            Status::Unknown,
            format!("{service}: Docker cannot be asked for its container: {why}"),
        ),
        Ok(all) => match all.get(service) {
            None => (
                Status::Fail,
                format!("{service}: {unit} is there, and no container"),
            ),
            Some(false) => (
                Status::Fail,
                format!("{service}: its container does not run: see `docker logs {service}`"),
            ),
            Some(true) => (
                Status::Pass,
                format!("{service} runs ({unit}), with {}", wanted.address),
            ),
        },
    }
}

/// The ports that nobody listens on.
fn closed(host: &dyn Host, wanted: &Verify) -> Vec<u16> {
    let mut listeners = Vec::new();
    for file in ["tcp", "tcp6"] {
        if let Ok(text) = host.read(&format!("/proc/net/{file}")) {
            listeners.extend(parse_sockets(&String::from_utf8_lossy(&text), "tcp"));
        }
    }
    let here = |port: u16| {
        listeners.iter().any(|listener| {
            listener.port == port
                && (listener.address.is_unspecified()
                    || listener.address == IpAddr::V4(wanted.address))
        })
    };
    // Without Docker's userland proxy nobody listens, and the packet filter
    // leads into the container all the same.
    let answers = |port: u16| {
        let to = SocketAddrV4::new(wanted.address, port);
        match host.tcp_exchange(to, b"", Duration::from_millis(500)) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    wanted
        .ports
        .iter()
        .copied()
        .filter(|port| !here(*port) && !answers(*port))
        .collect()
}

fn listening(host: &dyn Host, wanted: &Verify) -> Verified {
    let closed = closed(host, wanted);
    let (status, message) = if closed.is_empty() {
        let list: Vec<_> = wanted.ports.iter().map(u16::to_string).collect();
        (
            Status::Pass,
            format!("TCP {} are open on {}", list.join(", "), wanted.address),
        )
    } else {
        let list: Vec<_> = closed.iter().map(u16::to_string).collect();
        (
            Status::Fail,
            format!(
                "nobody listens on {} at {}: see `docker logs replicated`",
                list.join(", "),
                wanted.address
            ),
        )
    };
    told("verify.replicated.ports", "ports", status, message)
}
