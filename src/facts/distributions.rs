//! What follows from which distribution this is: `assets/distributions.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Fact;

/// The table as it stands in the program.
const TEXT: &str = include_str!("../../assets/distributions.yaml");

/// Where facts from the table say that they come from.
const SOURCE: &str = "assets/distributions.yaml";

/// Which distribution, in which version, with which kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Identifier.
    pub id: String,
    /// Version, as exactly as it is known; empty where there is none.
    pub version: String,
    /// Release of the running kernel; empty where it is not known.
    pub kernel: String,
}

/// The table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Version of the format.
    pub version: u32,
    docker_max: Vec<Row>,
    k8s_repl: Listed,
    kernel_next: Vec<Row>,
    wireguard: Vec<WireGuard>,
    wireguard_none: Vec<NoWay>,
    zerotier: ZeroTier,
    end_of_life: Vec<Row>,
    rhel_builds: Builds,
}

/// Which hosts a row is for.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    ids: Vec<String>,
    versions: Vec<String>,
    #[serde(default)]
    kernel: Vec<String>,
    #[serde(default)]
    kernel_from: Option<String>,
    value: String,
    source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireGuard {
    ids: Vec<String>,
    versions: Vec<String>,
    kernel: Vec<String>,
    #[serde(default)]
    kernel_from: Option<String>,
    #[serde(default)]
    kernel_before: Option<String>,
    #[serde(default)]
    build_from: Option<u32>,
    suits: String,
    method: String,
    packages: Vec<String>,
    #[serde(default)]
    headers: Option<String>,
    repository: String,
    signed: bool,
    source: String,
}

impl WireGuard {
    fn suits(&self, subject: &Subject) -> bool {
        let kernel = &subject.kernel;
        let before = self.kernel_before.as_ref();
        let build = || rhel_build(kernel).map(|(_, build)| build);
        subject.runs(&self.kernel, self.kernel_from.as_ref())
            && before.is_none_or(|before| numbers(kernel) < numbers(before))
            && self.build_from.is_none_or(|from| build() >= Some(from))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoWay {
    ids: Vec<String>,
    versions: Vec<String>,
    why: String,
    source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    source: String,
    listed: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    ids: Vec<String>,
    versions: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZeroTier {
    version: String,
    source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Builds {
    source: String,
    majors: Vec<Major>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Major {
    major: u32,
    base: String,
    builds: BTreeMap<u32, String>,
}

/// How WireGuard's module is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The packages and where they come from, in words.
    pub text: String,
    /// Names of the packages that bring the module.
    pub packages: Vec<String>,
    /// Package with the headers of the running kernel, where the module is built
    /// on the host (dkms).
    pub headers: Option<String>,
    /// The repository that has them.
    pub repository: String,
    /// Whether the module is signed for Secure Boot.
    pub signed: bool,
}

/// Whether a version is this one or part of it: `7.9` is part of `7`.
pub fn within(version: &str, of: &str) -> bool {
    let rest = version.strip_prefix(of);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The leading numbers of a release.
fn numbers(release: &str) -> Vec<u64> {
    let end = release.find(|c: char| !c.is_ascii_digit() && c != '.');
    let numbers = release.get(..end.unwrap_or(release.len()));
    let parts = numbers.unwrap_or_default().split('.');
    parts.map_while(|part| part.parse().ok()).collect()
}

impl Subject {
    fn is(&self, ids: &[String], versions: &[String]) -> bool {
        ids.contains(&self.id) && versions.iter().any(|v| within(&self.version, v))
    }

    fn runs(&self, kernel: &[String], from: Option<&String>) -> bool {
        let named = kernel.is_empty() || kernel.iter().any(|part| self.kernel.contains(part));
        named && from.is_none_or(|from| numbers(&self.kernel) >= numbers(from))
    }

    fn text(&self) -> String {
        format!("{} {}", self.id, self.version)
            .trim_end()
            .to_string()
    }

    fn no_row<T>(&self) -> Fact<T> {
        let why = format!("no row for {} with kernel {}", self.text(), self.kernel);
        Fact::absent(why, SOURCE)
    }
}

impl Table {
    /// Reads the table that is built in.
    ///
    /// # Errors
    /// Where and why it cannot be read.
    pub fn built_in() -> Result<Self, String> {
        serde_yaml::from_str(TEXT).map_err(|error| format!("{SOURCE}: {error}"))
    }

    fn value(&self, rows: &[Row], subject: &Subject) -> Fact<String> {
        let row = rows.iter().find(|row| {
            subject.is(&row.ids, &row.versions)
                && subject.runs(&row.kernel, row.kernel_from.as_ref())
        });
        match row {
            Some(row) => Fact::known(row.value.clone(), cite(&row.source)),
            None => subject.no_row(),
        }
    }

    /// Newest Docker that the distribution can run.
    pub fn docker_max(&self, subject: &Subject) -> Fact<String> {
        self.value(&self.docker_max, subject)
    }

    /// Last day on which the distribution gets updates, `2024-06-30`.
    pub fn end_of_life(&self, subject: &Subject) -> Fact<String> {
        self.value(&self.end_of_life, subject)
    }

    /// Newer kernel that the distribution offers.
    pub fn kernel_next(&self, subject: &Subject) -> Fact<String> {
        self.value(&self.kernel_next, subject)
    }

    /// Whether Replicated's Kubernetes installer lists the distribution.
    pub fn k8s_repl(&self, subject: &Subject) -> Fact<bool> {
        let source = cite(&self.k8s_repl.source);
        let rows = self.k8s_repl.listed.iter();
        let mut rows = rows.filter(|row| row.ids.contains(&subject.id)).peekable();
        let versions = || {
            let rows = self.k8s_repl.listed.iter();
            rows.filter(|row| row.ids.contains(&subject.id))
                .flat_map(|row| &row.versions)
        };
        if rows.peek().is_none() || versions().any(|v| within(&subject.version, v)) {
            return Fact::known(rows.peek().is_some(), source);
        }
        // "7" may be 7.9, which is listed, or 7.3, which is not.
        if subject.version.is_empty() || versions().any(|v| within(v, &subject.version)) {
            let why = format!("the minor release of {} is not known", subject.text());
            return Fact::unreadable(why, source);
        }
        Fact::known(false, source)
    }

    /// How WireGuard's module is installed for the running kernel. Where it is not,
    /// the fact says why.
    pub fn wireguard(&self, subject: &Subject) -> Fact<Method> {
        let of_host = |row: &&WireGuard| subject.is(&row.ids, &row.versions);
        let mut rows = self.wireguard.iter().filter(of_host);
        if let Some(row) = rows.clone().find(|row| row.suits(subject)) {
            let headers = row.headers.as_ref();
            let method = Method {
                text: row.method.clone(),
                packages: row.packages.clone(),
                headers: headers.map(|name| name.replace("{release}", &subject.kernel)),
                repository: row.repository.clone(),
                signed: row.signed,
            };
            return Fact::known(method, cite(&row.source));
        }
        if let Some(row) = rows.next() {
            let why = format!(
                "{} is for {}, and {} runs",
                row.method, row.suits, subject.kernel
            );
            return Fact::absent(why, cite(&row.source));
        }
        let mut rows = self.wireguard_none.iter();
        match rows.find(|row| subject.is(&row.ids, &row.versions)) {
            Some(row) => Fact::absent(row.why.as_str(), cite(&row.source)),
            None => subject.no_row(),
        }
    }

    /// ZeroTier release that is installed.
    pub fn zerotier(&self) -> Fact<String> {
        Fact::known(self.zerotier.version.clone(), cite(&self.zerotier.source))
    }

    /// Minor release that a kernel of RHEL belongs to. Absent for a kernel that
    /// is none (UEK, OpenVZ, ELRepo), or of a build that is in no release.
    pub fn running_release(&self, kernel: &str) -> Fact<String> {
        let source = cite(&self.rhel_builds.source);
        let Some((major, build)) = rhel_build(kernel) else {
            return Fact::absent(format!("{kernel} is no kernel of RHEL"), source);
        };
        let rows = self.rhel_builds.majors.iter();
        let mut rows = rows.filter(|row| row.major == major && within_base(kernel, &row.base));
        match rows.next().and_then(|row| row.builds.get(&build)) {
            Some(minor) => Fact::known(minor.clone(), source),
            None => Fact::absent(
                format!("build {build} is in no release of EL{major}"),
                source,
            ),
        }
    }
}

fn cite(source: &str) -> String {
    format!("{SOURCE}: {source}")
}

fn within_base(kernel: &str, base: &str) -> bool {
    let rest = kernel.strip_prefix(base);
    rest.is_some_and(|rest| rest.starts_with('-'))
}

/// Major release and build number of a RHEL kernel: (6, 754) for
/// `2.6.32-754.35.1.el6.x86_64`. None for kernels that only look like one.
pub fn rhel_build(kernel: &str) -> Option<(u32, u32)> {
    let (base, rest) = kernel.split_once('-')?;
    let major = match base {
        "2.6.32" => 6,
        "3.10.0" => 7,
        "4.18.0" => 8,
        "5.14.0" => 9,
        "6.12.0" => 10,
        _ => return None,
    };
    let other = ["uek", "stab", "vz6", "vz7", "elrepo", "lve"];
    if other.iter().any(|word| rest.contains(word)) {
        return None;
    }
    let tag = format!("el{major}");
    let mut parts = rest.split('.');
    let build = parts.next()?.parse().ok()?;
    // `el8_3` and `el6` alike; `el60` is nothing.
    let tagged = parts.any(|part| {
        let after = part.strip_prefix(&tag);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
    });
    tagged.then_some((major, build))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn subject(id: &str, version: &str, kernel: &str) -> Subject {
        Subject {
            id: id.into(),
            version: version.into(),
            kernel: kernel.into(),
        }
    }

    #[test]
    fn the_table_is_sound() {
        let table = Table::built_in().unwrap();
        assert_eq!(table.version, 1);
        let rows = table.docker_max.iter().chain(&table.kernel_next);
        for row in rows.chain(&table.end_of_life) {
            assert!(!row.ids.is_empty() && !row.versions.is_empty(), "{row:?}");
            assert!(row.source.len() > 10, "{row:?}");
            assert!(
                row.value.starts_with(|c: char| c.is_ascii_digit()),
                "{row:?}"
            );
        }
        for row in &table.wireguard {
            assert!(!row.kernel.is_empty() && row.source.len() > 10, "{row:?}");
            assert!(!row.packages.is_empty(), "{row:?}");
            let built = row.packages.iter().any(|name| name.ends_with("-dkms"));
            assert_eq!(built, row.headers.is_some(), "{row:?}");
        }
        for row in &table.wireguard_none {
            assert!(!row.ids.is_empty() && row.source.len() > 10, "{row:?}");
        }
        for major in &table.rhel_builds.majors {
            for (build, minor) in &major.builds {
                assert!(within(minor, &major.major.to_string()), "{build}: {minor}");
            }
        }
    }

    #[test]
    fn build_numbers_tell_the_running_release() {
        let table = Table::built_in().unwrap();
        for (kernel, release) in [
            ("2.6.32-754.35.1.el6.x86_64", Some("6.10")),
            ("2.6.32-431.el6.x86_64", Some("6.5")),
            ("3.10.0-1160.el7.x86_64", Some("7.9")),
            ("4.18.0-240.1.1.el8_3.x86_64", Some("8.3")),
            ("5.14.0-570.el9.x86_64+debug", Some("9.6")),
            ("6.12.0-55.9.1.el10_0.x86_64", Some("10.0")),
            ("5.14.0-410.el9.x86_64", None),
            ("2.6.32-042stab145.3", None),
            ("3.10.0-1160.90.1.vz7.200.7", None),
            ("4.1.12-124.el6uek.x86_64", None),
            ("2.6.39-400.297.3.el6uek.x86_64", None),
            ("6.1.0-13-amd64", None),
            ("", None),
        ] {
            let fact = table.running_release(kernel);
            assert_eq!(fact.value().map(String::as_str), release, "{kernel}");
        }
    }

    #[test]
    fn the_kernel_decides_between_rows_of_one_distribution() {
        let table = Table::built_in().unwrap();
        let rhck = subject("ol", "6.10", "2.6.32-754.el6.x86_64");
        let uek = subject("ol", "6.10", "4.1.12-124.el6uek.x86_64");
        let old_uek = subject("ol", "6.4", "2.6.39-400.297.3.el6uek.x86_64");
        let max = |s| table.docker_max(s).value().cloned();
        assert_eq!(max(&rhck).as_deref(), Some("1.7.1"));
        assert_eq!(max(&uek).as_deref(), Some("17.05.0"));
        assert_eq!(max(&old_uek), None);
        assert_eq!(table.wireguard(&rhck).value(), None);
        assert!(table.wireguard(&uek).value().is_some());
        let elrepo = subject("centos", "7.9.2009", "5.4.278-1.el7.elrepo.x86_64");
        assert_eq!(table.wireguard(&elrepo).value(), None);
        let own = subject("centos", "7.9.2009", "3.10.0-1160.el7.x86_64");
        assert!(table.wireguard(&own).value().is_some_and(|m| !m.signed));
    }

    #[test]
    fn the_way_to_wireguards_module_is_that_of_the_running_kernel() {
        let table = Table::built_in().unwrap();
        let ways = [
            (
                "centos",
                "7.9.2009",
                "3.10.0-1160.119.1.el7.x86_64",
                "kmod-wireguard",
                None,
            ),
            (
                "rocky",
                "8.10",
                "4.18.0-553.5.1.el8_10.x86_64",
                "kmod-wireguard",
                None,
            ),
            (
                "debian",
                "10",
                "4.19.0-27-amd64",
                "wireguard-dkms",
                Some("linux-headers-4.19.0-27-amd64"),
            ),
            (
                "ubuntu",
                "16.04",
                "4.4.0-21-generic",
                "wireguard-dkms",
                Some("linux-headers-4.4.0-21-generic"),
            ),
            (
                "ol",
                "6.10",
                "4.1.12-124.el6uek.x86_64",
                "wireguard-dkms",
                Some("kernel-uek-devel-4.1.12-124.el6uek.x86_64"),
            ),
        ];
        for (id, version, kernel, package, headers) in ways {
            let fact = table.wireguard(&subject(id, version, kernel));
            let method = fact.value().unwrap();
            assert_eq!(method.packages, [package], "{kernel}");
            assert_eq!(method.headers.as_deref(), headers, "{kernel}");
            assert!(method.text.starts_with(package), "{method:?}");
        }
    }

    #[test]
    fn where_there_is_no_way_to_the_module_it_is_said_why() {
        let table = Table::built_in().unwrap();
        for (id, version, kernel, part) in [
            (
                "centos",
                "7.6.1810",
                "3.10.0-957.el7.x86_64",
                "from 3.10.0-1160",
            ),
            (
                "rhel",
                "7.9",
                "5.4.17-2102.el7uek.x86_64",
                "and 5.4.17-2102.el7uek.x86_64 runs",
            ),
            (
                "rhel",
                "8.4",
                "4.18.0-305.el8.x86_64",
                "from 4.18.0-553.el8_10",
            ),
            (
                "centos",
                "8",
                "4.18.0-553.6.1.el8.x86_64",
                "from 4.18.0-553.el8_10",
            ),
            ("ubuntu", "20.04", "5.15.0-1-generic", "before 5.6"),
            (
                "ubuntu",
                "14.04",
                "4.4.0-148-generic",
                "closed in July 2020",
            ),
            ("debian", "9", "4.9.0-19-amd64", "do not build there"),
            ("amzn", "2", "4.14.355-271.amzn2.x86_64", "kernel-5.10"),
            ("sles", "15.3", "5.3.18-57-default", "no row for sles 15.3"),
        ] {
            let fact = table.wireguard(&subject(id, version, kernel));
            let Fact::Absent { why, .. } = &fact else {
                unreachable!("{fact:?}")
            };
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn what_no_row_names_is_not_guessed() {
        let table = Table::built_in().unwrap();
        let arch = subject("arch", "", "6.9.1-arch1-1");
        assert_eq!(table.docker_max(&arch).value(), None);
        assert_eq!(table.wireguard(&arch).value(), None);
        assert_eq!(table.k8s_repl(&arch).value(), Some(&false));
        let listed = |version| {
            table
                .k8s_repl(&subject("centos", version, ""))
                .value()
                .copied()
        };
        assert_eq!(listed("7"), None);
        assert_eq!(listed("7.9.2009"), Some(true));
        assert_eq!(listed("7.3.1611"), Some(false));
        assert_eq!(listed("8"), Some(false));
        assert_eq!(listed(""), None);
        let ubuntu = subject("ubuntu", "22.04", "5.15.0-1-generic");
        assert_eq!(table.k8s_repl(&ubuntu).value(), Some(&false));
    }
}
