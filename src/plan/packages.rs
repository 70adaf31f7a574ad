//! Packages: who installs them, and the commands of each packager.

use serde::{Deserialize, Serialize};

pub use crate::judge::checks::remedy::{Packager, packager};

/// A file out of a bundle, with the digest that its manifest gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BundleFile {
    /// Where it lies.
    pub path: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

impl BundleFile {
    /// Its name without the folders.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, n)| n)
    }
}

/// The commands of a packager.
impl Packager {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yum => "yum",
            Self::Dnf => "dnf",
            Self::Apt => "apt",
            Self::Zypper => "zypper",
        }
    }

    /// Whether it installs rpm packages.
    pub fn is_rpm(self) -> bool {
        self != Self::Apt
    }

    /// Whether a package is installed: it ends with 0, and for dpkg says
    /// `installed` last.
    pub fn query(self, package: &str) -> Vec<String> {
        words(if self.is_rpm() {
            vec!["rpm", "-q", package]
        } else {
            vec!["dpkg-query", "-W", "-f=${Status}", bare(package)]
        })
    }

    /// Whether the repositories have a package.
    pub fn candidate(self, package: &str) -> Vec<String> {
        words(match self {
            Self::Yum => vec!["yum", "-q", "list", "available", package],
            Self::Dnf => vec!["dnf", "-q", "list", "--available", package],
            Self::Apt => vec!["apt-cache", "policy", package],
            Self::Zypper => vec!["zypper", "--non-interactive", "info", package],
        })
    }

    /// Reads the repositories' lists again.
    pub fn refresh(self) -> Vec<String> {
        words(match self {
            Self::Yum => vec!["yum", "-q", "makecache"],
            Self::Dnf => vec!["dnf", "-q", "makecache"],
            Self::Apt => vec!["apt-get", "-q", "-y", "update"],
            Self::Zypper => vec!["zypper", "--non-interactive", "refresh"],
        })
    }

    /// Installs packages from the repositories. What a package merely recommends
    /// is left out, and configuration that is there is kept.
    pub fn install(self, packages: &[String]) -> Vec<String> {
        let head = match self {
            Self::Yum => vec!["yum", "-y", "-q", "install"],
            Self::Dnf => vec!["dnf", "-y", "-q", "install"],
            Self::Apt => vec![
                "apt-get",
                "-y",
                "-q",
                "--no-install-recommends",
                "-o",
                "Dpkg::Options::=--force-confold",
                "install",
            ],
            Self::Zypper => vec!["zypper", "--non-interactive", "install", "--no-recommends"],
        };
        [words(head), packages.to_vec()].concat()
    }

    /// Tells what [`Packager::install`] would install, where the packager can
    /// tell it without doing it.
    pub fn simulate(self, packages: &[String]) -> Option<Vec<String>> {
        (self == Self::Apt).then(|| {
            let head = words(vec![
                "apt-get",
                "-q",
                "--no-install-recommends",
                "--simulate",
                "install",
            ]);
            [head, packages.to_vec()].concat()
        })
    }

    /// Installs package files, and nothing but them: no repository is asked.
    pub fn install_files(self, files: &[String]) -> Vec<String> {
        let head = if self.is_rpm() {
            vec!["rpm", "-U", "--oldpackage", "--replacepkgs"]
        } else {
            vec!["dpkg", "--force-confold", "-i"]
        };
        [words(head), files.to_vec()].concat()
    }

    /// Removes packages. It fails where something else needs one of them, rather
    /// than taking that along.
    pub fn remove(self, packages: &[String]) -> Vec<String> {
        let head = if self.is_rpm() {
            vec!["rpm", "-e"]
        } else {
            vec!["dpkg", "--purge"]
        };
        let names = packages.iter().map(|name| {
            if self.is_rpm() {
                name.clone()
            } else {
                bare(name).to_owned()
            }
        });
        words(head).into_iter().chain(names).collect()
    }
}

/// A package without the version that apt is asked for (`docker-ce=5:24.0.2*`).
pub fn bare(package: &str) -> &str {
    package.split_once('=').map_or(package, |(name, _)| name)
}

fn words(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
