//! Docker itself: upgraded, started anew, waited for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::error::StepError;
use super::undo::Undo;
use super::{files, json, packages, probe, service, wait};
use crate::facts::docker::SOCKET;
use crate::host::http::{Request, parse_response};
use crate::host::{Command, Host};
use crate::plan::scheduler::docker::Act;
use crate::plan::step::Manager;
use crate::version::Version;

/// How long an answer may take.
const QUESTION: Duration = Duration::from_secs(10);
/// Starting Docker: containers that are started with it take their time.
const START: Duration = Duration::from_secs(180);
/// How long its answer is waited for, and how often it is asked meanwhile.
const ANSWER: Duration = Duration::from_secs(60);
const ROUND: Duration = Duration::from_millis(500);
/// Docker's own bridge.
pub const BRIDGE: &str = "docker0";
/// Docker's settings.
const SETTINGS: &str = "/etc/docker/daemon.json";

/// What Docker answers to a question; why not, in words that name its socket.
pub(super) fn get(host: &dyn Host, path: &str) -> Result<serde_json::Value, String> {
    let request = Request {
        method: "GET",
        host: "docker",
        path,
        headers: &[],
        body: b"",
    };
    let bytes = host
        .unix_exchange(SOCKET, &request.bytes(), QUESTION)
        .map_err(|error| format!("{SOCKET}: {error}"))?;
    let response = parse_response(&bytes)?;
    if response.status != 200 {
        return Err(format!("{SOCKET}: status {}", response.status));
    }
    serde_json::from_slice(&response.body).map_err(|error| format!("{SOCKET}: {error}"))
}

/// The version of the Docker that answers, or why none does.
fn version(host: &dyn Host) -> Result<String, String> {
    let answer = get(host, "/version")?;
    let version = answer.get("Version").and_then(serde_json::Value::as_str);
    version
        .map(str::to_owned)
        .ok_or_else(|| format!("{SOCKET}: the answer has no Version"))
}

/// Whether one version is another or newer; what cannot be compared is not.
fn enough(found: &str, least: &str) -> bool {
    match (found.parse::<Version>(), least.parse::<Version>()) {
        (Ok(found), Ok(least)) => found >= least,
        _ => false,
    }
}

/// Whether an act has nothing to do.
pub(super) fn is_done(host: &dyn Host, act: &Act) -> bool {
    match act {
        Act::Upgrade { least, .. } | Act::Ready { least } => {
            version(host).is_ok_and(|found| enough(&found, least))
        }
        // Whether a running Docker has read its files cannot be seen.
        Act::Back { .. } | Act::Restart { .. } => false,
    }
}

/// How an act is taken back.
///
/// # Errors
/// When the bridge's address cannot be read.
pub(super) fn prepare(host: &dyn Host, act: &Act) -> Result<Undo, StepError> {
    Ok(match act {
        Act::Back { manager, bridge } => Undo::RestartDocker {
            manager: *manager,
            bridge: *bridge,
            was: bridge_address(host)?,
        },
        Act::Upgrade { .. } | Act::Restart { .. } | Act::Ready { .. } => Undo::Nothing,
    })
}

/// Does an act.
///
/// # Errors
/// When the packager or the service manager fails, or Docker does not answer.
pub(super) fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    match act {
        Act::Upgrade {
            packager,
            packages,
            files,
            ..
        } => packages::upgrade(host, *packager, packages, files),
        Act::Back { .. } => Ok(()),
        Act::Restart { manager, bridge } => restart(host, *manager, *bridge),
        Act::Ready { least } => ready(host, least),
    }
}

/// Stops Docker and starts it, with its bridge taken away in between where that is
/// to have another address: it leaves the one that is there what it has.
///
/// # Errors
/// When the service manager fails.
pub(super) fn cycle(host: &dyn Host, manager: Manager, bridge: bool) -> Result<(), StepError> {
    let control = |verb: &str| {
        let argv = match manager {
            Manager::Systemd => ["systemctl", verb, "docker"],
            Manager::Upstart => ["initctl", verb, "docker"],
            Manager::Sysvinit => ["service", "docker", verb],
        };
        host.run(&Command::new(argv).timeout(START))
    };
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    if service::is_started(host, manager, "docker") {
        control("stop")?;
    }
    if bridge && probe::link(host, BRIDGE)?.is_some() {
        super::bridge::delete(host, BRIDGE)?;
    }
    control("start")?;
    Ok(())
}

/// Starts Docker anew with what its files say now, its bridge too where that is said,
/// and waits until it answers.
///
/// # Errors
/// When the service manager fails, or Docker does not answer.
pub(super) fn restart(host: &dyn Host, manager: Manager, bridge: bool) -> Result<(), StepError> {
    cycle(host, manager, bridge)?;
    answered(host).map(drop)
}

/// Starts Docker anew with its old files, its bridge with its old address.
///
/// Docker 20.10 puts the bridge that is gone back from a state of its own, with the
/// address that it had last, and keeps that as long as it is told no other one: it
/// is told the old one once.
///
/// # Errors
/// When the service manager fails, or Docker does not answer.
pub(super) fn take_back(
    host: &dyn Host,
    manager: Manager,
    bridge: bool,
    was: Option<Ipv4Net>,
) -> Result<(), StepError> {
    restart(host, manager, bridge)?;
    let Some(was) = was.filter(|_| bridge) else {
        return Ok(());
    };
    if bridge_address(host)? == Some(was) {
        return Ok(());
    }
    let before = files::read_text(host, SETTINGS)?;
    let keys = BTreeMap::from([("bip".to_owned(), serde_json::json!(was.to_string()))]);
    json::set(host, SETTINGS, &keys)?;
    let told = restart(host, manager, true);
    match before {
        Some((text, meta)) => files::replace(host, SETTINGS, text.as_bytes(), &meta)?,
        None => host
            .remove_file(SETTINGS)
            .map_err(|e| StepError::file(SETTINGS, e))?,
    }
    told?;
    restart(host, manager, false)
}

/// The first IPv4 address of Docker's bridge.
pub(super) fn bridge_address(host: &dyn Host) -> Result<Option<Ipv4Net>, StepError> {
    let Some(link) = probe::link(host, BRIDGE)? else {
        return Ok(None);
    };
    let addresses = host.addresses();
    let addresses = addresses.map_err(|e| StepError::file("netlink", e))?;
    let mut v4 = addresses.iter().filter_map(|one| match one.address {
        IpAddr::V4(address) if one.index == link.index => Ipv4Net::new(address, one.prefix).ok(),
        _ => None,
    });
    Ok(v4.next())
}

fn ready(host: &dyn Host, least: &str) -> Result<(), StepError> {
    let found = answered(host)?;
    if enough(&found, least) {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "Docker {found} answers, and {least} or newer is wanted: see which package is installed"
    )))
}

/// Waits for an answer.
fn answered(host: &dyn Host) -> Result<String, StepError> {
    let mut last = version(host);
    wait::until(host, ANSWER, ROUND, || {
        last = version(host);
        Ok::<_, StepError>(last.is_ok())
    })?;
    last.map_err(|why| {
        StepError::Told(format!(
            "Docker does not answer within a minute ({why}): look at its log, /var/log/docker or \
             `journalctl -u docker`"
        ))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn docker(version: &str) -> Scripted {
        let body = format!("HTTP/1.0 200 OK\r\n\r\n{{\"Version\":\"{version}\"}}");
        Scripted::new().answer(SOCKET, "GET /version", body)
    }

    #[test]
    fn docker_is_ready_when_it_answers_and_is_new_enough() {
        let act = |least: &str| Act::Ready {
            least: least.into(),
        };
        let host = docker("20.10.24+dfsg1");
        assert!(is_done(&host, &act("1.13.1")));
        apply(&host, &act("1.13.1")).unwrap();
        assert!(!is_done(&host, &act("24.0.0")));
        let error = apply(&host, &act("24.0.0")).unwrap_err().to_string();
        assert!(error.contains("20.10.24+dfsg1"), "{error}");
        let error = apply(&Scripted::new(), &act("1.7.1")).unwrap_err();
        assert!(error.to_string().contains("within a minute"), "{error}");
    }
}
