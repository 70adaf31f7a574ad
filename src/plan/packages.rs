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
    /// is left out, and configuration that is there is kept. Not quietly: dnf would
    /// pass over a repository that cannot be reached without a word. Where another
    /// one is at work they end at once: who waits for how long is decided here
    /// (dnf.conf(5), yum.conf(5): `exit_on_lock`).
    pub fn install(self, packages: &[String]) -> Vec<String> {
        let head = match self {
            Self::Yum => vec!["yum", "-y", EXIT_ON_LOCK, "install"],
            Self::Dnf => vec!["dnf", "-y", EXIT_ON_LOCK, NO_WEAK, "install"],
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

    /// Tells what [`Packager::install`] would install, and installs nothing. What
    /// it prints is read by [`Packager::would_install`].
    ///
    /// yum of EL6 has no `--assumeno`: it is told `n` on its standard input, also
    /// where its configuration says that it need not ask.
    pub fn simulate(self, packages: &[String]) -> Vec<String> {
        let head = match self {
            Self::Yum => vec!["yum", "--setopt=assumeyes=0", EXIT_ON_LOCK, "install"],
            Self::Dnf => vec!["dnf", "--assumeno", EXIT_ON_LOCK, NO_WEAK, "install"],
            Self::Apt => vec![
                "apt-get",
                "-q",
                "--no-install-recommends",
                "--simulate",
                "install",
            ],
            Self::Zypper => vec![
                "zypper",
                "--non-interactive",
                "--xmlout",
                "install",
                "--dry-run",
                "--no-recommends",
            ],
        };
        [words(head), packages.to_vec()].concat()
    }

    /// The new packages that [`Packager::simulate`] has told of; upgrades are none.
    pub fn would_install(self, text: &str) -> Vec<String> {
        let name = |text: &str| text.to_owned();
        match self {
            // "Inst NAME (VERSION …)" is new, "Inst NAME [OLD] (VERSION …)" an
            // upgrade.
            Self::Apt => text
                .lines()
                .filter_map(|line| {
                    let mut words = line.strip_prefix("Inst ")?.split(' ');
                    let name = words.next()?;
                    let new = words.next().is_some_and(|word| word.starts_with('('));
                    new.then(|| name.to_owned())
                })
                .collect(),
            // <to-install><solvable type="package" name="NAME" …
            Self::Zypper => {
                let of = |text: &str| {
                    let (_, rest) = text.split_once("<to-install>")?;
                    Some(rest.split_once("</to-install>")?.0.to_owned())
                };
                let list = of(text).unwrap_or_default();
                list.split("<solvable ")
                    .filter(|tag| tag.starts_with("type=\"package\""))
                    .filter_map(|tag| Some(tag.split_once(" name=\"")?.1.split_once('"')?.0))
                    .map(name)
                    .collect()
            }
            // A table with sections: "Installing:", "Installing dependencies:"
            // (yum: "Installing for dependencies:"), "Upgrading:" … A line of it
            // begins with one space and the name; further spaces go on with the
            // line before.
            Self::Yum | Self::Dnf => {
                let mut inside = false;
                let mut all = Vec::new();
                for line in text.lines() {
                    match line.strip_prefix(' ') {
                        Some(row) if inside && !row.starts_with(' ') => {
                            all.extend(row.split(' ').next().map(name));
                        }
                        Some(_) => {}
                        None => inside = line.starts_with("Installing") && line.ends_with(':'),
                    }
                }
                all
            }
        }
    }

    /// The name of the package that a file is.
    pub fn name_of_file(self, path: &str) -> Vec<String> {
        words(if self.is_rpm() {
            vec!["rpm", "-qp", "--nosignature", "--qf", "%{NAME}", path]
        } else {
            vec!["dpkg-deb", "-f", path, "Package"]
        })
    }

    /// Installs package files, and nothing but them: no repository is asked.
    pub fn install_files(self, files: &[String]) -> Vec<String> {
        let head = if self.is_rpm() {
            vec!["rpm", "-U"]
        } else {
            vec!["dpkg", "--force-confold", "-i"]
        };
        [words(head), files.to_vec()].concat()
    }

    /// Removes packages, and leaves their settings (dpkg alone tells the two apart).
    pub fn remove_programs(self, packages: &[String]) -> Vec<String> {
        if self.is_rpm() {
            return self.remove(packages);
        }
        let names = packages.iter().map(|name| bare(name).to_owned());
        words(vec!["dpkg", "--remove"])
            .into_iter()
            .chain(names)
            .collect()
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

const EXIT_ON_LOCK: &str = "--setopt=exit_on_lock=1";
/// yum knows no weak dependencies.
const NO_WEAK: &str = "--setopt=install_weak_deps=0";

/// A package without the version that apt is asked for (`docker-ce=5:24.0.2*`).
pub fn bare(package: &str) -> &str {
    package.split_once('=').map_or(package, |(name, _)| name)
}

fn words(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What dnf 4.14 and zypper 1.14 print, and yum 3.4.3 in its words.
    #[test]
    fn what_would_be_installed_is_read_from_each_packagers_words() {
        let dnf = "Dependencies resolved.\n====\n Package        Arch    Version\n====\nInstalling:\n \
                   lone           noarch  1-1 t  6.0 k\n     replacing  old.noarch 1-1\nInstalling \
                   dependencies:\n a-very-long-name\n                noarch  1-1 t  6.3 k\nUpgrading:\n \
                   glibc          noarch  2\n\nTransaction Summary\n====\nInstall  2 Packages\n";
        let expected = ["lone", "a-very-long-name"];
        assert_eq!(Packager::Dnf.would_install(dnf), expected);
        let yum = dnf
            .replace("Installing dependencies", "Installing for dependencies")
            .replace("Upgrading", "Updating for dependencies");
        assert_eq!(Packager::Yum.would_install(&yum), expected);
        let zypper = "<to-upgrade>\n<solvable type=\"package\" name=\"glibc\" edition=\"2\">\n\
                      </to-upgrade>\n<to-install>\n<solvable type=\"package\" name=\"libtool1\" \
                      edition=\"1-1\">\n<description>x</description></solvable>\n<solvable \
                      type=\"pattern\" name=\"base\">\n</to-install>\n";
        assert_eq!(Packager::Zypper.would_install(zypper), ["libtool1"]);
        for packager in [Packager::Dnf, Packager::Zypper, Packager::Apt] {
            assert_eq!(packager.would_install("no such thing"), [""; 0]);
        }
    }
}
