//! Docker itself: upgraded, started anew, waited for.

use std::time::Duration;

use super::error::StepError;
use super::packages;
use super::undo::Undo;
use crate::host::http::parse_response;
use crate::host::{Command, Host};
use crate::plan::scheduler::docker::Act;
use crate::plan::step::Manager;
use crate::version::Version;

/// Where Docker listens.
const SOCKET: &str = "/var/run/docker.sock";
/// Starting Docker: containers that are started with it take their time.
const START: Duration = Duration::from_secs(180);
/// Rounds of half a second that its answer is waited for.
const ROUNDS: u32 = 120;
const ROUND: Duration = Duration::from_millis(500);

/// The version of the Docker that answers, or why none does.
fn version(host: &dyn Host) -> Result<String, String> {
    let request = b"GET /version HTTP/1.0\r\nHost: docker\r\n\r\n";
    let bytes = host
        .unix_exchange(SOCKET, request, Duration::from_secs(5))
        .map_err(|error| format!("{SOCKET}: {error}"))?;
    let response = parse_response(&bytes)?;
    if response.status != 200 {
        return Err(format!("{SOCKET} answers with status {}", response.status));
    }
    let json: serde_json::Value = serde_json::from_slice(&response.body)
        .map_err(|error| format!("{SOCKET}: the answer is not JSON: {error}"))?;
    let version = json.get("Version").and_then(serde_json::Value::as_str);
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
pub(super) fn prepare(act: &Act) -> Undo {
    match act {
        Act::Back { manager } => Undo::RestartDocker { manager: *manager },
        Act::Upgrade { .. } | Act::Restart { .. } | Act::Ready { .. } => Undo::Nothing,
    }
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
        Act::Restart { manager } => restart(host, *manager),
        Act::Ready { least } => ready(host, least),
    }
}

/// Starts Docker anew with what its files say now, and waits until it answers.
///
/// # Errors
/// When the service manager fails, or Docker does not answer.
pub(super) fn restart(host: &dyn Host, manager: Manager) -> Result<(), StepError> {
    let argv = match manager {
        Manager::Systemd => {
            host.run(&Command::new(["systemctl", "daemon-reload"]))?;
            ["systemctl", "restart", "docker"]
        }
        Manager::Upstart | Manager::Sysvinit => ["service", "docker", "restart"],
    };
    host.run(&Command::new(argv).timeout(START))?;
    answered(host).map(drop)
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
    let mut last = String::new();
    for _ in 0..ROUNDS {
        match version(host) {
            Ok(version) => return Ok(version),
            Err(why) => last = why,
        }
        host.sleep(ROUND);
    }
    Err(StepError::Told(format!(
        "Docker does not answer within a minute ({last}): look at its log, /var/log/docker or \
         `journalctl -u docker`"
    )))
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
