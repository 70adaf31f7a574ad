//! The release files of distributions: pure parsers.

use std::collections::BTreeMap;

/// What a release file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    /// Identifier as os-release would have it: `centos`, `rhel`, `ubuntu` …
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version; none where the distribution has none (rolling releases).
    pub version: Option<String>,
}

/// Reads os-release: assignments as a shell would read them, without
/// expansion. A line that is no assignment is skipped.
/// Source: os-release(5).
pub fn os_release(text: &str) -> Release {
    let pairs = assignments(text);
    let get = |key: &str| pairs.get(key).filter(|value| !value.is_empty()).cloned();
    let id = get("ID").unwrap_or_else(|| "linux".into());
    let name = get("PRETTY_NAME").or_else(|| get("NAME"));
    Release {
        name: name.unwrap_or_else(|| "Linux".into()),
        version: get("VERSION_ID"),
        id,
    }
}

/// Reads lsb-release (`DISTRIB_ID=Ubuntu`). None where it names no
/// distribution.
pub fn lsb_release(text: &str) -> Option<Release> {
    let pairs = assignments(text);
    let get = |key: &str| pairs.get(key).filter(|value| !value.is_empty()).cloned();
    let distribution = get("DISTRIB_ID")?;
    Some(Release {
        id: distribution.to_lowercase(),
        version: get("DISTRIB_RELEASE"),
        name: get("DISTRIB_DESCRIPTION").unwrap_or(distribution),
    })
}

/// Reads the one line of redhat-release and its kin: `CentOS release 6.9
/// (Final)`. None where it has not that form.
pub fn redhat_release(text: &str) -> Option<Release> {
    let line = text.lines().find(|line| !line.trim().is_empty())?.trim();
    let (name, rest) = line.split_once(" release ")?;
    let version: String = rest
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let version = version.trim_end_matches('.').to_string();
    let lower = name.to_lowercase();
    let known = [
        ("red hat", "rhel"),
        ("centos", "centos"),
        ("scientific", "scientific"),
        ("oracle", "ol"),
        ("rocky", "rocky"),
        ("almalinux", "almalinux"),
        ("amazon", "amzn"),
        ("fedora", "fedora"),
        ("cloudlinux", "cloudlinux"),
        ("virtuozzo", "virtuozzo"),
    ];
    let id = known.iter().find(|(start, _)| lower.starts_with(start));
    let first = lower.split_whitespace().next().unwrap_or_default();
    Some(Release {
        id: id.map_or(first, |(_, id)| id).to_string(),
        name: line.to_string(),
        version: (!version.is_empty()).then_some(version),
    })
}

/// Reads SuSE-release: a title line, then `VERSION = 11`, `PATCHLEVEL = 4`.
pub fn suse_release(text: &str) -> Option<Release> {
    let title = text.lines().next()?.trim();
    let get = |key: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let mut values = pairs.filter(|(k, _)| k.trim() == key);
        values.next().map(|(_, value)| value.trim().to_string())
    };
    let version = match (get("VERSION")?, get("PATCHLEVEL")) {
        (version, Some(level)) if level != "0" => format!("{version}.{level}"),
        (version, _) => version,
    };
    let server = title.starts_with("SUSE Linux Enterprise Server");
    Some(Release {
        id: if server { "sles" } else { "suse" }.into(),
        name: title.into(),
        version: Some(version),
    })
}

/// Reads debian_version: `7.11`, or `jessie/sid` where there is no number yet.
pub fn debian_version(text: &str) -> Option<Release> {
    let line = text.lines().next()?.trim();
    let number = line.starts_with(|c: char| c.is_ascii_digit());
    (!line.is_empty()).then(|| Release {
        id: "debian".into(),
        name: format!("Debian GNU/Linux {line}"),
        version: number.then(|| line.to_string()),
    })
}

/// `KEY=value` lines with shell quoting.
fn assignments(text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some((key, value)) = line.split_once('=') {
            pairs.insert(key.trim().to_string(), unquote(value.trim()));
        }
    }
    pairs
}

/// A shell word without its quotes; a backslash keeps the next character.
fn unquote(value: &str) -> String {
    let (mut out, mut quote) = (String::new(), None);
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => out.push(c),
            (Some(_), '\\') => match chars.peek() {
                Some('"' | '\\' | '$' | '`') => out.extend(chars.next()),
                _ => out.push('\\'),
            },
            (None, '\\') => out.extend(chars.next()),
            // Only the first word is the value; a comment may follow.
            (None, c) if c.is_whitespace() => break,
            (_, c) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn os_release_is_read_as_a_shell_reads_it() {
        let text = "# comment\nNAME='A \"b\"'\nID=ubuntu\nVERSION_ID=\"22.04\" # x\nPRETTY_NAME=\"a \\\"q\\\" \\$5 \\x\"\nnonsense\n";
        let release = os_release(text);
        assert_eq!(release.id, "ubuntu");
        assert_eq!(release.version.as_deref(), Some("22.04"));
        assert_eq!(release.name, "a \"q\" $5 \\x");
        assert_eq!(os_release("").id, "linux");
        assert_eq!(os_release("ID=arch\nVERSION_ID=\n").version, None);
    }

    #[test]
    fn one_line_release_files() {
        for (line, id, version) in [
            ("CentOS release 6.9 (Final)\n", "centos", "6.9"),
            ("CentOS Linux release 7.9.2009 (Core)", "centos", "7.9.2009"),
            (
                "Red Hat Enterprise Linux Server release 6.5 (Santiago)",
                "rhel",
                "6.5",
            ),
            (
                "Red Hat Enterprise Linux Server release 6.10(Santiago)",
                "rhel",
                "6.10",
            ),
            ("Red Hat Enterprise Linux release 7.5-0.14", "rhel", "7.5"),
            ("Scientific Linux release 6.4 (Carbon)", "scientific", "6.4"),
            ("Amazon Linux AMI release 2014.03", "amzn", "2014.03"),
            ("Oracle Linux Server release 6.8", "ol", "6.8"),
            (
                "CloudLinux Server release 6.8 (Oleg Makarov)",
                "cloudlinux",
                "6.8",
            ),
        ] {
            let release = redhat_release(line).unwrap();
            assert_eq!(
                (release.id.as_str(), release.version.as_deref()),
                (id, Some(version))
            );
        }
        assert_eq!(redhat_release("something else"), None);
        assert_eq!(redhat_release(""), None);
    }

    #[test]
    fn the_other_forms() {
        let lsb = lsb_release("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_DESCRIPTION=\"Ubuntu 12.04.5 LTS\"\n").unwrap();
        assert_eq!(
            (lsb.id.as_str(), lsb.version.as_deref()),
            ("ubuntu", Some("12.04"))
        );
        assert_eq!(lsb_release("LSB_VERSION=core-4.0\n"), None);
        let suse = suse_release(
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
        )
        .unwrap();
        assert_eq!(
            (suse.id.as_str(), suse.version.as_deref()),
            ("sles", Some("11.4"))
        );
        assert_eq!(
            debian_version("7.11\n").unwrap().version.as_deref(),
            Some("7.11")
        );
        assert_eq!(debian_version("jessie/sid\n").unwrap().version, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>()) {
            let _ = (os_release(&text), lsb_release(&text), redhat_release(&text));
            let _ = (suse_release(&text), debian_version(&text));
        }
    }
}
