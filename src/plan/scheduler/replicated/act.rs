//! What is done to hand over to Replicated: data, and how each act is described.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CONF, Verify};
use crate::host::command::shell_words;
use crate::plan::step::Manager;
use crate::plan::zerotier::Token;

/// Name of the block in Docker's settings.
pub const BLOCK: &str = "replicated";

/// What is in it: Docker before 1.12 is a process named `docker`, and scripts
/// since 2020-06-09 look for one that has `dockerd` anywhere on its command line.
pub const LABEL: &str = "other_args=\"$other_args --label compat=dockerd\"";

/// Most bytes of a script; the vendor's has about 120,000.
pub const SCRIPT_LIMIT: u64 = 4 * 1024 * 1024;

/// How long a download may take, in seconds.
pub const FETCH: u64 = 60;

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Put the install script into its place, if it is still the one that was
    /// planned with.
    Script {
        /// Where it comes from.
        from: From,
        /// Its SHA-256.
        sha256: String,
        /// Its place.
        path: String,
    },
    /// Give keys of /etc/replicated.conf their values. The other keys stay.
    Conf {
        /// The keys with their values.
        keys: BTreeMap<String, Setting>,
    },
    /// Give Docker a label that the script takes for its name, and start it anew.
    DockerLabel {
        /// Docker's service manager.
        manager: Manager,
        /// File of its settings.
        path: String,
    },
    /// Run the install script and look at what it did.
    Run(Run),
}

/// Where a script comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum From {
    /// An address.
    Url {
        /// It.
        url: String,
        /// Proxies by the name of their variable.
        proxies: BTreeMap<String, String>,
    },
    /// A file on this host.
    File(String),
}

/// A value in /etc/replicated.conf. The script finds texts alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// As it stands.
    Text(String),
    /// A number.
    Number(u32),
    /// A secret, by where it is.
    Secret(Token),
}

/// A run of the install script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Run {
    /// The script.
    pub script: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Folder that it runs in: an airgap package's, whose files it looks for.
    pub dir: String,
    /// Seconds that it may take.
    pub within: u64,
    /// For a host that joins: the token of the first one.
    pub join: Option<Join>,
    /// What has to be there afterwards.
    pub wanted: Verify,
}

/// How a host gets the token to join with. Of the script's own settings, which it
/// reads before its arguments, it takes the token without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Join {
    /// The file of settings that the script itself will write, with the token.
    pub path: String,
    /// Where the token is.
    pub token: Token,
}

impl From {
    /// It, in words.
    pub fn text(&self) -> &str {
        match self {
            Self::Url { url, .. } => url,
            Self::File(path) => path,
        }
    }
}

impl Act {
    /// Whether it can cut off the operator: the script installs and starts what
    /// nobody here has looked at, and Docker's own rules go with its daemon.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::Run(_) | Self::DockerLabel { .. } => true,
            Self::Script { .. } | Self::Conf { .. } => false,
        }
    }

    /// Why what it does stays for good.
    pub fn stays(&self) -> Option<&'static str> {
        match self {
            Self::Run(_) => Some(
                "Replicated's installation cannot be undone by groundcrew; the vendor's steps for \
                 removing it are said when it is tried",
            ),
            Self::Script { .. } | Self::Conf { .. } | Self::DockerLabel { .. } => None,
        }
    }

    /// What is done, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::Script { from, path, sha256 } => {
                let begin = sha256.get(..12).unwrap_or(sha256);
                format!("Keep {} as {path} (0700, SHA-256 {begin}…)", from.text())
            }
            Self::Conf { keys } => {
                let names: Vec<_> = keys.keys().map(String::as_str).collect();
                format!("Set {} in {CONF}", names.join(", "))
            }
            Self::DockerLabel { path, .. } => format!(
                "Label Docker compat=dockerd in {path} and start it anew: the install script looks \
                 for that name"
            ),
            Self::Run(run) => format!(
                "Run Replicated's install script: {}",
                shell_words(&run.arguments)
            ),
        }
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::Script { .. } => "delete",
            Self::Conf { .. } => "restore",
            Self::DockerLabel { .. } => "take out",
            Self::Run(_) => "by hand, by the vendor's steps",
        }
    }

    /// The same as shell commands, for reading.
    pub fn commands(&self) -> Vec<String> {
        let words = |argv: &[&str]| shell_words(argv);
        match self {
            Self::Script { from, sha256, path } => {
                let mut lines = vec![match from {
                    From::Url { url, .. } => {
                        words(&["curl", "-fsSL", "--proto-redir", "=https", "-o", path, url])
                    }
                    From::File(file) => words(&["install", "-m", "0700", file, path]),
                }];
                let line = words(&[&format!("{sha256}  {path}")]);
                lines.push(format!("echo {line} | sha256sum -c -"));
                lines
            }
            Self::Conf { keys } => keys
                .iter()
                .map(|(key, value)| match value {
                    Setting::Text(text) => format!("# by hand, into {CONF}: \"{key}\": \"{text}\""),
                    Setting::Number(number) => {
                        format!("# by hand, into {CONF}: \"{key}\": {number}")
                    }
                    Setting::Secret(token) => {
                        format!("# by hand, into {CONF}: \"{key}\": {}", place(token))
                    }
                })
                .collect(),
            Self::DockerLabel { path, .. } => vec![
                format!("printf '%s\\n' {} >>{path}", words(&[LABEL])),
                words(&["service", "docker", "restart"]),
            ],
            Self::Run(run) => {
                let mut lines = Vec::new();
                if let Some(join) = &run.join {
                    lines.push(format!(
                        "(umask 077; printf 'DAEMON_TOKEN=%s\\n' \"{}\" >{})",
                        match &join.token {
                            Token::File(path) => format!("$(cat {path})"),
                            Token::Env(name) => format!("${name}"),
                        },
                        join.path
                    ));
                }
                let argv = ["setsid", "bash", &run.script];
                let argv: Vec<_> = argv
                    .into_iter()
                    .chain(run.arguments.iter().map(String::as_str))
                    .collect();
                lines.push(format!(
                    "(cd {} && {} </dev/null)",
                    words(&[&run.dir]),
                    words(&argv)
                ));
                lines
            }
        }
    }
}

/// Where a secret is, in words.
pub fn place(token: &Token) -> String {
    match token {
        Token::File(path) => format!("(secret in {path})"),
        Token::Env(name) => format!("(secret in ${name})"),
    }
}
