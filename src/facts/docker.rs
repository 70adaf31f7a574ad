//! Docker, asked over its socket.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::docker_info::{self, Info};
use super::reader::{Reader, missing, why};
use crate::host::http::{Response, parse_response, printable};

/// What Docker says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Docker {
    /// Whether a Docker engine is installed on this host.
    pub installed: Fact<bool>,
    /// Whether the daemon answers on its socket.
    pub running: Fact<bool>,
    /// Version of the engine, as it writes it (`20.10.24+dfsg1`).
    pub version: Fact<String>,
    /// What answers as Docker: `docker` or `podman`.
    pub engine: Fact<String>,
    /// API version.
    pub api_version: Fact<String>,
    /// Storage driver.
    pub storage_driver: Fact<String>,
    /// cgroup driver; Docker before 1.10 does not tell it.
    pub cgroup_driver: Fact<String>,
    /// State of the Swarm node: inactive, pending, active, error, locked.
    pub swarm: Fact<String>,
    /// Containers on this host, running or not.
    pub containers: Fact<u64>,
    /// Folder of images and containers.
    pub root_dir: Fact<String>,
    /// Whether the file system below the storage driver tells files' types.
    pub d_type: Fact<bool>,
    /// Details.
    pub info: Info,
}

/// Where Docker listens unless it was told otherwise. `DOCKER_HOST` is not
/// looked at: it is the operator's, not the daemon's.
pub const SOCKET: &str = "/var/run/docker.sock";

/// Where the packages put the daemon: `dockerd` since 1.12, `docker` before.
const PROGRAMS: [&str; 3] = ["dockerd", "docker", "docker.io"];

/// Asks Docker what it is. Only the unversioned paths are used, which every
/// version answers.
pub fn collect(reader: &Reader) -> Docker {
    let ping = match get(reader, "/_ping") {
        Ok(ping) => ping,
        Err(Failure::Io(error)) => return silent(reader, &error),
        Err(Failure::Answer(why)) => {
            let installed = installed(reader, Some(&why));
            return nothing(reader, installed, Fact::unreadable(&why, SOURCE_PING), &why);
        }
    };
    let version = json(reader, "/version");
    if is_podman(&ping, version.value()) {
        return podman(reader, &version);
    }
    let info = json(reader, "/info");
    let details = docker_info::collect(reader, &info, &json(reader, "/networks"));
    Docker {
        d_type: d_type(&details.driver_status),
        installed: Fact::known(true, SOURCE_PING),
        running: Fact::known(true, SOURCE_PING),
        engine: Fact::known("docker".into(), SOURCE_PING),
        version: text(&version, "/Version"),
        api_version: text(&version, "/ApiVersion"),
        storage_driver: text(&info, "/Driver"),
        cgroup_driver: text(&info, "/CgroupDriver"),
        swarm: text(&info, "/Swarm/LocalNodeState"),
        containers: field(&info, "/Containers", serde_json::Value::as_u64),
        root_dir: text(&info, "/DockerRootDir"),
        info: details,
    }
}

const SOURCE_PING: &str = "/var/run/docker.sock GET /_ping";

/// Why there is no answer to use.
enum Failure {
    /// The socket.
    Io(std::io::Error),
    /// The answer.
    Answer(String),
}

fn get(reader: &Reader, path: &str) -> Result<Response, Failure> {
    let request = format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n");
    let bytes = reader.ask(SOCKET, &request).map_err(Failure::Io)?;
    let response = parse_response(&bytes).map_err(Failure::Answer)?;
    if response.status == 200 {
        return Ok(response);
    }
    let body = String::from_utf8_lossy(&response.body);
    let status = response.status;
    Err(Failure::Answer(format!(
        "status {status}: {}",
        printable(&body)
    )))
}

fn json(reader: &Reader, path: &str) -> Fact<serde_json::Value> {
    let source = format!("{SOCKET} GET {path}");
    match get(reader, path) {
        Ok(response) => match serde_json::from_slice(&response.body) {
            Ok(value) => Fact::known(value, source),
            Err(error) => Fact::unreadable(format!("the answer is not JSON: {error}"), source),
        },
        Err(Failure::Io(error)) => Fact::unreadable(why(&error), source),
        Err(Failure::Answer(why)) => Fact::unreadable(why, source),
    }
}

fn field<T>(
    json: &Fact<serde_json::Value>,
    pointer: &str,
    read: impl FnOnce(&serde_json::Value) -> Option<T>,
) -> Fact<T> {
    let Some(value) = json.value() else {
        return json.unknown("");
    };
    match value.pointer(pointer) {
        None | Some(serde_json::Value::Null) => {
            Fact::absent(format!("no {pointer} in the answer"), json.source())
        }
        Some(value) => match read(value) {
            Some(value) => Fact::known(value, json.source()),
            None => Fact::unreadable(format!("{pointer} has an unexpected type"), json.source()),
        },
    }
}

fn text(json: &Fact<serde_json::Value>, pointer: &str) -> Fact<String> {
    match field(json, pointer, |value| value.as_str().map(str::to_string)) {
        Fact::Known { value, source } if value.is_empty() => {
            Fact::absent(format!("{pointer} is empty"), source)
        }
        fact => fact,
    }
}

/// Podman answers on Docker's socket with a version of its own, which would
/// read as an ancient Docker.
fn is_podman(ping: &Response, version: Option<&serde_json::Value>) -> bool {
    let server = ping.header("server").unwrap_or_default();
    let component = version.and_then(|v| v.pointer("/Components/0/Name"));
    server.starts_with("Libpod") || component.and_then(|n| n.as_str()) == Some("Podman Engine")
}

fn podman(reader: &Reader, version: &Fact<serde_json::Value>) -> Docker {
    let why = "podman answers in Docker's place";
    let docker = match reader.program("dockerd") {
        Fact::Known { source, .. } => Fact::known(true, source),
        Fact::Absent { .. } => Fact::known(false, format!("{SOURCE_PING}: {why}")),
        Fact::Unreadable { why, source } => Fact::unreadable(why, source),
    };
    Docker {
        running: Fact::known(false, SOURCE_PING),
        engine: Fact::known("podman".into(), SOURCE_PING),
        api_version: text(version, "/ApiVersion"),
        ..nothing(reader, docker, Fact::known(false, SOURCE_PING), why)
    }
}

/// Nobody answered: what the files still tell.
fn silent(reader: &Reader, error: &std::io::Error) -> Docker {
    let why = why(error);
    let down = missing(error) || error.kind() == std::io::ErrorKind::ConnectionRefused;
    let (installed, running) = if down {
        (
            installed(reader, None),
            Fact::known(false, format!("{SOURCE_PING}: {why}")),
        )
    } else {
        (
            installed(reader, Some(&why)),
            Fact::unreadable(why.as_str(), SOURCE_PING),
        )
    };
    nothing(reader, installed, running, &why)
}

/// Whether the daemon's program is there. Where it is not, and a socket that
/// may not be asked is, somebody may have put it anywhere.
fn installed(reader: &Reader, socket: Option<&str>) -> Fact<bool> {
    let found: Vec<_> = PROGRAMS.iter().map(|name| reader.program(name)).collect();
    let mut programs = found
        .iter()
        .filter_map(Fact::value)
        .filter(|path| !is_shim(reader, path));
    let hidden = found
        .iter()
        .find(|program| matches!(program, Fact::Unreadable { .. }));
    match (programs.next(), socket, hidden) {
        (Some(path), _, _) => Fact::known(true, path.as_str()),
        (None, Some(why), _) => Fact::unreadable(why, SOURCE_PING),
        (None, None, Some(hidden)) => hidden.unknown(""),
        (None, None, None) => Fact::known(false, "search path for programs"),
    }
}

/// Whether this is podman's `docker`: a link to it, or a script that runs it.
fn is_shim(reader: &Reader, path: &str) -> bool {
    let link = reader.link(path);
    if link
        .value()
        .is_some_and(|target| target.ends_with("podman"))
    {
        return true;
    }
    let small = reader
        .meta(path)
        .value()
        .is_some_and(|meta| (1..8192).contains(&meta.size));
    small
        && reader
            .text(path)
            .value()
            .is_some_and(|text| text.contains("podman"))
}

/// `Supports d_type` of the overlay drivers' status.
fn d_type(status: &Fact<std::collections::BTreeMap<String, String>>) -> Fact<bool> {
    match status {
        Fact::Known { value, source } => match value.get("Supports d_type") {
            Some(word) => Fact::known(word == "true", source.as_str()),
            None => Fact::absent("the storage driver does not say", source.as_str()),
        },
        other => other.unknown(""),
    }
}

/// A Docker of which nothing more can be told.
fn nothing(reader: &Reader, installed: Fact<bool>, running: Fact<bool>, why: &str) -> Docker {
    fn untold<T>(installed: &Fact<bool>, why: &str) -> Fact<T> {
        match installed {
            Fact::Known {
                value: false,
                source,
            } => Fact::absent("Docker is not installed", source.as_str()),
            _ => Fact::unreadable(why, SOCKET),
        }
    }
    Docker {
        version: untold(&installed, why),
        engine: untold(&installed, why),
        api_version: untold(&installed, why),
        storage_driver: untold(&installed, why),
        cgroup_driver: untold(&installed, why),
        swarm: untold(&installed, why),
        containers: untold(&installed, why),
        root_dir: untold(&installed, why),
        d_type: untold(&installed, why),
        info: Info::silent(reader, &untold(&installed, why)),
        installed,
        running,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn collected(host: &Scripted) -> Docker {
        collect(&Reader::new(host))
    }

    #[test]
    fn no_socket_and_no_program_is_not_installed() {
        let docker = collected(&Scripted::new());
        assert_eq!(docker.installed.value(), Some(&false));
        assert_eq!(docker.running.value(), Some(&false));
        assert!(matches!(docker.version, Fact::Absent { .. }));
    }

    #[test]
    fn a_stopped_daemon_is_installed_and_its_version_unknown() {
        for host in [
            Scripted::new().executable("/usr/bin/dockerd"),
            Scripted::new().executable("/usr/bin/docker").socket(SOCKET),
        ] {
            let docker = collected(&host);
            assert_eq!(docker.installed.value(), Some(&true));
            assert_eq!(docker.running.value(), Some(&false));
            assert!(matches!(docker.version, Fact::Unreadable { .. }));
        }
    }

    #[test]
    fn a_socket_that_may_not_be_asked_leaves_it_open() {
        let docker = collected(&Scripted::new().deny(SOCKET));
        for unknown in [&docker.installed, &docker.running] {
            assert!(matches!(unknown, Fact::Unreadable { why, .. } if why.starts_with("EACCES")));
        }
        let docker = collected(&Scripted::new().deny(SOCKET).executable("/usr/bin/dockerd"));
        assert_eq!(docker.installed.value(), Some(&true));
        assert!(matches!(docker.version, Fact::Unreadable { .. }));
    }

    #[test]
    fn podmans_script_is_no_docker() {
        let host = Scripted::new()
            .executable("/usr/bin/podman")
            .link("/usr/local/bin/docker", "../../bin/podman");
        assert_eq!(collected(&host).installed.value(), Some(&false));
    }

    #[test]
    fn answers_that_are_cut_off_or_are_no_http() {
        for (answer, what) in [
            ("", "before its headers"),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nOK",
                "2 of 9 bytes",
            ),
            ("SSH-2.0-x\r\n\r\n", "not HTTP"),
            ("HTTP/1.1 500 X\r\n\r\n{\"message\":\"no\"}", "status 500"),
        ] {
            let docker = collected(&Scripted::new().answer(SOCKET, "GET", answer));
            assert!(
                matches!(&docker.running, Fact::Unreadable { why, .. } if why.contains(what)),
                "{docker:?}"
            );
            assert!(matches!(docker.installed, Fact::Unreadable { .. }));
        }
    }
}
