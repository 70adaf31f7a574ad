//! Distribution and identity of the host.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::distributions::{Method, Subject, Table};
use super::docker::Docker;
use super::kernel::Kernel;
use super::reader::Reader;
use super::release::{self, Release};

/// Distribution and identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// Host name, as the kernel knows it.
    pub hostname: Fact<String>,
    /// Name as the distribution writes it, such as `CentOS Linux 7 (Core)`.
    pub name: Fact<String>,
    /// Identifier, such as `centos`, `rhel`, `ubuntu`, `amzn`.
    pub id: Fact<String>,
    /// Version as the release file says, such as `7`, `22.04`, `2018.03`.
    pub version: Fact<String>,
    /// Minor release that the running kernel belongs to by its build number
    /// (RHEL and its rebuilds only), such as `7.9`.
    pub running_release: Fact<String>,
    /// Family that the rules know: el6 to el10, amzn1, amzn2, debian, ubuntu,
    /// sles, other.
    pub family: Fact<String>,
    /// Newest Docker that this distribution can run, from
    /// `assets/distributions.yaml`.
    pub docker_max: Fact<String>,
    /// Whether Replicated's Kubernetes installer lists this distribution.
    pub k8s_repl: Fact<bool>,
    /// Newer kernel that this distribution offers.
    pub kernel_next: Fact<String>,
    /// How WireGuard's module is installed here.
    pub wg_method: Fact<String>,
    /// Whether that module is signed for Secure Boot.
    pub wg_signed: Fact<bool>,
    /// ZeroTier that would be installed.
    pub zt_version: Fact<String>,
    /// Last day on which the distribution gets updates, `2024-06-30`, from
    /// `assets/distributions.yaml`.
    pub end_of_life: Fact<String>,
    /// Whether podman is installed.
    pub podman: Fact<bool>,
}

/// Where os-release may be, in the order of os-release(5).
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// The one-line files from before os-release, the most telling first:
/// redhat-release of Oracle Linux says that it is Red Hat's.
const ONE_LINE: [&str; 4] = [
    "/etc/oracle-release",
    "/etc/centos-release",
    "/etc/redhat-release",
    "/etc/system-release",
];

/// A release file and how it is read.
type Older = (&'static str, fn(&str) -> Option<Release>);

/// The files from before os-release, in the order of trust: lsb-release of
/// Ubuntu, since its debian_version is Debian's.
const OLDER: [Older; 7] = [
    ("/etc/oracle-release", release::redhat_release),
    ("/etc/centos-release", release::redhat_release),
    ("/etc/redhat-release", release::redhat_release),
    ("/etc/system-release", release::redhat_release),
    ("/etc/SuSE-release", release::suse_release),
    ("/etc/lsb-release", release::lsb_release),
    ("/etc/debian_version", release::debian_version),
];

/// Reads which distribution this is, and what follows from it.
pub fn collect(reader: &Reader, kernel: &Kernel, docker: &Docker) -> Os {
    let release = identify(reader);
    let running = kernel.release.value().cloned().unwrap_or_default();
    let subject = release.clone().map(|release| {
        let version = exact_version(reader, &release);
        Subject {
            version: version.unwrap_or_default(),
            id: release.id,
            kernel: running.clone(),
        }
    });
    let table = Table::built_in();
    let wireguard = derive(&table, &subject, Table::wireguard);
    Os {
        hostname: reader.uname().map(|uname| uname.nodename),
        version: release.clone().parse_version(),
        family: subject.clone().map(|s| family(&s.id, &s.version).into()),
        running_release: derive(&table, &kernel.release, |table, release| {
            table.running_release(release)
        }),
        docker_max: derive(&table, &subject, Table::docker_max),
        end_of_life: derive(&table, &subject, Table::end_of_life),
        kernel_next: derive(&table, &subject, Table::kernel_next),
        k8s_repl: derive(&table, &subject, Table::k8s_repl),
        zt_version: derive(&table, &subject, |table, _| table.zerotier()),
        wg_signed: wireguard.clone().map(|method| method.signed),
        wg_method: wireguard.map(|method| method.text),
        podman: podman(reader, docker),
        name: release.clone().map(|release| release.name),
        id: release.map(|release| release.id),
    }
}

/// How WireGuard's module is installed on a host of these facts, or why it is not.
pub fn wireguard_method(os: &Os, kernel: &Kernel) -> Fact<Method> {
    let table = Table::built_in();
    let subject = match (os.id.value(), kernel.release.value()) {
        (Some(id), Some(release)) => Fact::known(
            Subject {
                id: id.clone(),
                version: os.version.value().cloned().unwrap_or_default(),
                kernel: release.clone(),
            },
            os.id.source(),
        ),
        (None, _) => os.id.unknown(""),
        (_, None) => kernel.release.unknown(""),
    };
    derive(&table, &subject, Table::wireguard)
}

/// What the table says of something that is known.
fn derive<S, T>(
    table: &Result<Table, String>,
    of: &Fact<S>,
    get: impl FnOnce(&Table, &S) -> Fact<T>,
) -> Fact<T> {
    match (table, of.value()) {
        (Ok(table), Some(of)) => get(table, of),
        (Err(why), _) => Fact::unreadable(why.as_str(), "assets/distributions.yaml"),
        (Ok(_), None) => of.unknown(""),
    }
}

/// Which distribution the release files name.
fn identify(reader: &Reader) -> Fact<Release> {
    let os_release = reader.first_text(&OS_RELEASE);
    if os_release.value().is_some() {
        return os_release.map(|text| release::os_release(&text));
    }
    let mut hindered = None;
    for (path, parse) in OLDER {
        match reader.text(path) {
            Fact::Known { value, source } => {
                if let Some(release) = parse(&value) {
                    return Fact::known(release, source);
                }
            }
            fact @ Fact::Unreadable { .. } => hindered = hindered.or(Some(fact)),
            Fact::Absent { .. } => {}
        }
    }
    let hindered = hindered.unwrap_or(os_release);
    hindered.unknown("")
}

/// The version with its minor number where another file knows it: os-release
/// of CentOS 7 says `7`, its redhat-release `7.9.2009`.
fn exact_version(reader: &Reader, release: &Release) -> Option<String> {
    let version = release.version.clone()?;
    if version.contains('.') || family(&release.id, &version) == "other" {
        return Some(version);
    }
    let finer = ONE_LINE.iter().find_map(|path| {
        let text = reader.text(path);
        let finer = release::redhat_release(text.value()?)?.version?;
        finer.starts_with(&format!("{version}.")).then_some(finer)
    });
    Some(finer.unwrap_or(version))
}

/// The family that the rules know.
fn family(id: &str, version: &str) -> &'static str {
    let major = version.split('.').next().unwrap_or_default();
    match (id, major) {
        ("rhel" | "centos" | "rocky" | "almalinux" | "ol" | "scientific", major) => match major {
            "6" => "el6",
            "7" => "el7",
            "8" => "el8",
            "9" => "el9",
            "10" => "el10",
            _ => "other",
        },
        ("amzn", "2") => "amzn2",
        ("amzn", "2011" | "2012" | "2013" | "2014" | "2015" | "2016" | "2017" | "2018") => "amzn1",
        ("debian", _) => "debian",
        ("ubuntu", _) => "ubuntu",
        ("sles" | "sles_sap", _) => "sles",
        _ => "other",
    }
}

/// Podman is there when its program is, or when it answers in Docker's place.
fn podman(reader: &Reader, docker: &Docker) -> Fact<bool> {
    match (&docker.engine, reader.program("podman")) {
        (Fact::Known { value, source }, _) if value == "podman" => {
            Fact::known(true, source.as_str())
        }
        (_, Fact::Known { source, .. }) => Fact::known(true, source),
        (_, Fact::Absent { source, .. }) => Fact::known(false, source),
        (_, hidden) => hidden.unknown(""),
    }
}

impl Fact<Release> {
    fn parse_version(self) -> Fact<String> {
        match self {
            Fact::Known { value, source } => match value.version {
                Some(version) => Fact::known(version, source),
                None => Fact::absent("it names no version", source),
            },
            other => other.unknown(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (id, version, expected) in [
            ("centos", "6.10", "el6"),
            ("rhel", "7.9", "el7"),
            ("rocky", "8.10", "el8"),
            ("almalinux", "9", "el9"),
            ("ol", "10.0", "el10"),
            ("centos", "5.11", "other"),
            ("centos", "60", "other"),
            ("fedora", "40", "other"),
            ("amzn", "2018.03", "amzn1"),
            ("amzn", "2", "amzn2"),
            ("amzn", "2023", "other"),
            ("debian", "", "debian"),
            ("ubuntu", "14.04", "ubuntu"),
            ("sles", "12.5", "sles"),
            ("xcp-ng", "8", "other"),
            ("", "", "other"),
        ] {
            assert_eq!(family(id, version), expected, "{id} {version}");
        }
    }
}
