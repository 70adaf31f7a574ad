//! What is done with Docker beside packages, files and its service.

use serde::{Deserialize, Serialize};

use crate::plan::packages::{BundleFile, Packager};
use crate::plan::step::Manager;

/// A thing to do with Docker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Install a newer Docker over the one that is there.
    Upgrade {
        /// Who installs it.
        packager: Packager,
        /// The packages.
        packages: Vec<String>,
        /// Files out of a bundle; from the repositories where there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<BundleFile>,
        /// The version that is there.
        from: String,
        /// The version that is wanted at least.
        least: String,
    },
    /// Nothing now; when everything is taken back, Docker is started anew with
    /// its old settings. Its place is before the new ones, since undoing goes
    /// backwards.
    Back {
        /// Docker's service manager.
        manager: Manager,
        /// Whether docker0 is made anew, too.
        bridge: bool,
    },
    /// Start Docker anew, so that its settings count.
    Restart {
        /// Docker's service manager.
        manager: Manager,
        /// Whether docker0 is made anew, too: Docker leaves the one that is there
        /// its address.
        bridge: bool,
    },
    /// Wait until Docker answers, and see that it is new enough.
    Ready {
        /// The version that is wanted at least.
        least: String,
    },
}

impl Act {
    /// What it does, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::Upgrade {
                packages,
                files,
                from,
                least,
                ..
            } => {
                let source = if files.is_empty() {
                    ""
                } else {
                    " from the bundle"
                };
                format!(
                    "Upgrade Docker from {from} to {least} or newer with {}{source}",
                    packages.join(", ")
                )
            }
            Self::Back { .. } => "Remember to start Docker anew when taken back".into(),
            Self::Restart { .. } => "Start Docker anew with these settings".into(),
            Self::Ready { least } => format!("Wait until Docker answers, {least} or newer"),
        }
    }

    /// Whether it can cut off the operator: Docker sets up a bridge and packet
    /// filter rules whenever it is started.
    pub fn can_cut_off(&self) -> bool {
        !matches!(self, Self::Ready { .. })
    }

    /// Why it stays for good.
    pub fn stays(&self) -> Option<&'static str> {
        matches!(self, Self::Upgrade { .. }).then_some(
            "an older Docker is not put back: it would not read what a newer one has written",
        )
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::Upgrade { .. } | Self::Ready { .. } => "nothing",
            Self::Back { .. } => "start Docker anew",
            Self::Restart { .. } => "as remembered",
        }
    }

    /// The same as shell commands, for reading.
    pub fn commands(&self) -> Vec<String> {
        match self {
            Self::Upgrade {
                packager,
                packages,
                files,
                ..
            } => {
                let argv = if files.is_empty() {
                    packager.install(packages)
                } else {
                    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
                    packager.install_files(&paths)
                };
                vec![argv.join(" ")]
            }
            Self::Back { .. } => Vec::new(),
            Self::Restart { manager, bridge } => {
                let (first, verb): (&[&str], fn(&str) -> String) = match manager {
                    Manager::Systemd => (&["systemctl daemon-reload"], |verb| {
                        format!("systemctl {verb} docker")
                    }),
                    Manager::Upstart | Manager::Sysvinit => {
                        (&[], |verb| format!("service docker {verb}"))
                    }
                };
                let mut all: Vec<String> = first.iter().map(|line| (*line).to_owned()).collect();
                all.push(verb("stop"));
                if *bridge {
                    all.push("ip link delete dev docker0".into());
                }
                all.push(verb("start"));
                all
            }
            Self::Ready { .. } => vec!["docker version".into()],
        }
    }
}
