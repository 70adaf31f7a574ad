//! What an install script says of itself: which of the vendor's scripts it is,
//! and which arguments it takes. Every release has another list, so it is read
//! from the script that is at hand and never assumed.

use std::fmt;

/// Which of the vendor's scripts it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The native scheduler's first host: get.replicated.com/docker.
    Docker,
    /// A further host: get.replicated.com/operator.
    Operator,
    /// Docker Swarm's first host.
    SwarmInit,
    /// A further host of a swarm.
    SwarmJoin,
    /// Kubernetes' first host.
    KubernetesInit,
    /// A further host of a Kubernetes cluster.
    KubernetesJoin,
    /// That of Replicated 1.2, which downloads another script.
    Legacy,
    /// Something else that takes arguments.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docker => "the script for a first host",
            Self::Operator => "the script for further hosts (operator)",
            Self::SwarmInit => "the script for Docker Swarm",
            Self::SwarmJoin => "the script for further hosts of a swarm",
            Self::KubernetesInit => "the script for Kubernetes",
            Self::KubernetesJoin => "the script for further hosts of a Kubernetes cluster",
            Self::Legacy => "the script of Replicated 1.2",
            Self::Other => "another script",
        })
    }
}

/// An argument that a script takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its spellings, in the script's order.
    pub names: Vec<String>,
    /// Whether it takes a value, `name=value`.
    pub value: bool,
}

impl Parameter {
    /// The first spelling, for people: the one with `-`.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// A script that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Which one it is.
    pub kind: Kind,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Version of Replicated that it installs.
    pub version: Option<String>,
    /// Version of Docker that it was made for.
    pub docker: Option<String>,
    /// Whether it looks for a process named `dockerd`, which Docker before 1.12
    /// has not (since 2020-06-09).
    pub wants_dockerd: bool,
    /// Whether it reads /etc/replicated.conf.
    pub reads_conf: bool,
    /// The distributions that it knows by name; empty where it does not look.
    pub distributions: Vec<String>,
    /// Files with images that it loads in any case, as an airgap package has them.
    pub images: Vec<String>,
}

/// Why a text is no script that can be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It is no text.
    #[error("it is no text")]
    NotText,
    /// A page for people.
    #[error("it is a web page{}, not a script: a proxy or a portal may have answered", title(.0))]
    Page(String),
    /// A script that does nothing but say something.
    #[error("it installs nothing, it only says: {0}")]
    Says(String),
    /// Its lines end as on Windows.
    #[error("its lines end as on Windows (CR LF), with which bash cannot run it: copy it anew")]
    LineEnds,
    /// It takes no arguments.
    #[error(
        "it has no list of arguments (`case $_param in`), which all of the vendor's install scripts \
         have"
    )]
    NoArguments,
    /// The end is missing.
    #[error("it is cut off: its last line is `{0}`, and not `exit 0`")]
    CutOff(String),
}

fn title(title: &str) -> String {
    if title.is_empty() {
        String::new()
    } else {
        format!(" (\"{title}\")")
    }
}

/// Longest piece of a foreign text in a message, in characters.
const SHOWN: usize = 120;

/// A foreign line made safe for messages.
pub(super) fn shown(line: &str) -> String {
    let plain: String = line.trim().chars().filter(|c| !c.is_control()).collect();
    plain.chars().take(SHOWN).collect()
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Why it is none that can be run.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unfit> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unfit::NotText)?;
        if text.contains('\0') {
            return Err(Unfit::NotText);
        }
        let first = text.trim_start();
        if first.is_empty() {
            return Err(Unfit::Empty);
        }
        if first.starts_with('<') {
            return Err(Unfit::Page(page_title(text)));
        }
        let ends = text.lines().count();
        if text.matches("\r\n").count() * 2 > ends {
            return Err(Unfit::LineEnds);
        }
        let Some(parameters) = parameters(text) else {
            return Err(match says(text) {
                Some(said) => Unfit::Says(said),
                None => Unfit::NoArguments,
            });
        };
        let kind = kind(&parameters);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let last = lines().next_back().unwrap_or_default();
        if kind != Kind::Legacy && kind != Kind::Other && last != "exit 0" {
            return Err(Unfit::CutOff(shown(last)));
        }
        Ok(Self {
            kind,
            parameters,
            version: assigned(text, "REPLICATED_VERSION"),
            docker: assigned(text, "PINNED_DOCKER_VERSION"),
            wants_dockerd: lines().any(|line| line.contains("[d]ockerd")),
            reads_conf: text.contains("/etc/replicated.conf"),
            distributions: distributions(text),
            images: images(text),
        })
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        let mut all = self.parameters.iter();
        all.find(|one| one.names.iter().any(|spelling| spelling == name))
    }

    /// Whether it takes this argument.
    pub fn takes(&self, name: &str) -> bool {
        self.parameter(name).is_some()
    }
}

/// `NAME="value"` at the beginning of a line; empty values are none.
fn assigned(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.strip_prefix('=')?;
        Some(rest.trim().trim_matches(['"', '\'']).to_owned())
    })?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-+~_".contains(&b);
    (!value.is_empty() && value.len() < 64 && value.bytes().all(plain)).then_some(value)
}

/// The names before a `)` of a `case`, where the line is nothing else.
fn labels(line: &str) -> Option<Vec<String>> {
    let names = line.trim().strip_suffix(')')?;
    let names: Vec<_> = names
        .split('|')
        .map(|name| name.trim().to_owned())
        .collect();
    let plain = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    names.iter().all(plain).then_some(names)
}

/// The lines of the `case` that begins with one of these words, at its own
/// depth; those inside of other `case`s belong to the branch that they are in.
fn branches(text: &str, heads: &[&str]) -> Option<Vec<(Vec<String>, String)>> {
    let mut lines = text.lines();
    lines.find(|line| heads.contains(&line.trim()))?;
    let (mut found, mut depth) = (Vec::<(Vec<String>, String)>::new(), 0);
    for line in lines {
        let bare = line.trim();
        if bare.starts_with("case ") && bare.ends_with(" in") {
            depth += 1;
        } else if bare == "esac" && depth == 0 {
            return Some(found);
        } else if bare == "esac" {
            depth -= 1;
        } else if depth == 0
            && let Some(names) = labels(bare)
        {
            found.push((names, String::new()));
        } else if let Some((_, body)) = found.last_mut() {
            body.push_str(bare);
            body.push('\n');
        }
    }
    None
}

fn parameters(text: &str) -> Option<Vec<Parameter>> {
    let heads = [
        "case $_param in",
        "case \"$_param\" in",
        "case ${_param} in",
    ];
    let branches = branches(text, &heads)?;
    let parameters: Vec<_> = branches
        .into_iter()
        .map(|(names, body)| Parameter {
            names,
            value: body.contains("$_value") || body.contains("${_value"),
        })
        .collect();
    (!parameters.is_empty()).then_some(parameters)
}

fn distributions(text: &str) -> Vec<String> {
    let heads = ["case \"$_dist\" in", "case $_dist in"];
    let branches = branches(text, &heads).unwrap_or_default();
    branches.into_iter().flat_map(|(names, _)| names).collect()
}

/// What is loaded with `docker load < FILE` outside of any `if`: what is inside
/// of one is in some packages only.
fn images(text: &str) -> Vec<String> {
    let (mut found, mut depth) = (Vec::new(), 0_usize);
    for line in text.lines().map(str::trim) {
        if line.starts_with("if ") {
            depth += 1;
        } else if line == "fi" {
            depth = depth.saturating_sub(1);
        } else if line == "}" {
            // A function's end: what was miscounted in it stays in it.
            depth = 0;
        } else if depth == 0
            && let Some(file) = line.strip_prefix("docker load < ")
            && file.ends_with(".tar")
            && !file.contains(char::is_whitespace)
            && !found.iter().any(|one| one == file)
        {
            found.push(file.to_owned());
        }
    }
    found
}

fn kind(parameters: &[Parameter]) -> Kind {
    let has = |name: &str| {
        let mut all = parameters.iter().flat_map(|one| &one.names);
        all.any(|one| one == name)
    };
    // Of two scripts that share a name, the one with more of its own is first.
    if has("kubeadm-token") {
        Kind::KubernetesJoin
    } else if has("ip-alloc-range") || has("kubernetes-namespace") || has("storage-class") {
        Kind::KubernetesInit
    } else if has("swarm-token") {
        Kind::SwarmJoin
    } else if has("swarm-advertise-addr") {
        Kind::SwarmInit
    } else if has("daemon-endpoint") {
        Kind::Operator
    } else if has("no-operator") || has("ui-bind-port") {
        Kind::Docker
    } else if has("local-address") && has("no-docker") {
        Kind::Legacy
    } else {
        Kind::Other
    }
}

/// What a short script without arguments prints.
fn says(text: &str) -> Option<String> {
    let code = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines: Vec<_> = text.lines().map(str::trim).filter(code).collect();
    if lines.len() > 10 {
        return None;
    }
    let said = lines.iter().find_map(|line| line.strip_prefix("echo "))?;
    Some(shown(said.trim_matches(['"', '\''])))
}

fn page_title(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let found = || {
        let begin = lower.find("<title>")? + "<title>".len();
        let end = begin + lower.get(begin..)?.find("</title>")?;
        text.get(begin..end)
    };
    shown(found().unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;

    /// A script with these arguments, each `name` or `name=`.
    pub(in crate::plan::scheduler::replicated) fn script(arguments: &[&str], more: &str) -> String {
        let mut text = format!(
            "#!/bin/bash\nset -e\nREPLICATED_VERSION=\"2.56.11\"\nPINNED_DOCKER_VERSION=\"24.0.2\"\n\
             {more}\nwhile [ \"$1\" != \"\" ]; do\n    case $_param in\n"
        );
        for argument in arguments {
            let name = argument.trim_end_matches('=');
            let low = name.replace('-', "_");
            let names = if low == name {
                name.to_owned()
            } else {
                format!("{name}|{low}")
            };
            let body = if argument.ends_with('=') {
                "X=\"$_value\""
            } else {
                "X=1"
            };
            text.push_str(&format!(
                "        {names})\n            {body}\n            ;;\n"
            ));
        }
        text + "        *)\n            exit 1\n            ;;\n    esac\n    shift\ndone\nexit 0\n"
    }

    pub(in crate::plan::scheduler::replicated) const FIRST: &[&str] = &[
        "http-proxy=",
        "private-address=",
        "public-address=",
        "no-public-address",
        "no-operator",
        "no-docker",
        "no-proxy",
        "airgap",
        "no-auto",
        "daemon-token=",
        "tags=",
        "ui-bind-port=",
        "skip-preflights",
        "fast-timeouts",
        "bypass-firewalld-warning",
        "hard-fail-on-firewalld",
        "additional-no-proxy=",
        "disable-replicated-ui",
    ];

    #[test]
    fn what_a_script_takes_is_read_from_it() {
        let more = "check() { ps aux | grep -q '[d]ockerd'; }\n\
                    conf() { cat /etc/replicated.conf; }\n\
                    load() {\n    docker load < replicated.tar\n    if [ -f debian.tar ]; then\n\
                    docker load < debian.tar\n    fi\n    docker load < cmd.tar\n}\n\
                    case \"$_dist\" in\n    ubuntu)\n        case \"$x\" in\n            1)\n  ;;\n\
                    esac\n        ;;\n    rhel|centos)\n        ;;\n    *)\n        ;;\nesac\n";
        let found = Script::parse(script(FIRST, more).as_bytes()).unwrap();
        assert_eq!(found.kind, Kind::Docker);
        assert_eq!(found.version.as_deref(), Some("2.56.11"));
        assert_eq!(found.docker.as_deref(), Some("24.0.2"));
        assert!(found.wants_dockerd && found.reads_conf);
        assert_eq!(found.distributions, ["ubuntu", "rhel", "centos"]);
        assert_eq!(found.images, ["replicated.tar", "cmd.tar"]);
        let one = found.parameter("private_address").unwrap();
        assert_eq!((one.name(), one.value), ("private-address", true));
        assert!(!found.parameter("no-docker").unwrap().value);
        assert!(found.takes("airgap") && !found.takes("*") && !found.takes("no-ce-on-ee"));
        assert_eq!(found.parameters.len(), FIRST.len());
        let old = Script::parse(script(FIRST, "").as_bytes()).unwrap();
        assert!(!old.wants_dockerd && !old.reads_conf && old.distributions.is_empty());
    }

    #[test]
    fn the_vendors_scripts_are_told_apart() {
        for (arguments, kind) in [
            (
                &["daemon-endpoint=", "daemon-token=", "tags="][..],
                Kind::Operator,
            ),
            (&["swarm-advertise-addr=", "ui-bind-port="], Kind::SwarmInit),
            (&["swarm-token=", "swarm-advertise-addr="], Kind::SwarmJoin),
            (&["storage-class=", "ui-bind-port="], Kind::KubernetesInit),
            (
                &["kubeadm-token=", "kubernetes-version="],
                Kind::KubernetesJoin,
            ),
            (
                &["http-proxy=", "local-address=", "no-docker", "no-auto"],
                Kind::Legacy,
            ),
            (&["colour="], Kind::Other),
        ] {
            let found = Script::parse(script(arguments, "").as_bytes()).unwrap();
            assert_eq!(found.kind, kind, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_no_script_is_told() {
        let whole = script(FIRST, "");
        let half = &whole[..whole.len() / 2];
        let headless = whole.replace("exit 0\n", "");
        let dos = whole.replace('\n', "\r\n");
        let said = "#! /bin/sh\n\necho \"Swarm is no longer supported\x1b[0m by Replicated.\"\n";
        let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";
        for (text, told) in [
            ("", "empty"),
            (" \n", "empty"),
            (page, "web page (\"Sign in\")"),
            (
                said,
                "only says: Swarm is no longer supported[0m by Replicated.",
            ),
            ("#!/bin/bash\nrm -rf /tmp/x\n", "no list of arguments"),
            (half, "no list of arguments"),
            (&headless, "cut off: its last line is `done`"),
            (&dos, "CR LF"),
            ("a\0b", "no text"),
        ] {
            let error = Script::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(told), "{told}: {error}");
        }
        assert_eq!(Script::parse(&[0xff, 0xfe]), Err(Unfit::NotText));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(?s).{0,400}", cut in 0usize..1200) {
            let _ = Script::parse(text.as_bytes());
            let whole = script(FIRST, &text);
            let _ = Script::parse(whole.as_bytes().get(..cut).unwrap_or_default());
        }
    }
}
