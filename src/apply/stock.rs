//! How it stands with packages before they are installed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::packages::missing;
use crate::facts::Facts;
use crate::host::{Command, Host};
use crate::plan::packages::{Packager, packager};
use crate::plan::survey::Stock;

/// How long a packager may take to say whether its repositories have a package: yum
/// and dnf read their lists anew where those are old.
const REPOSITORIES: Duration = Duration::from_secs(120);

/// Looks up how it stands with packages: installed, in a repository, or neither.
/// What the packager does not say is left out.
pub fn look_up(host: &dyn Host, packager: Packager, names: &[String]) -> BTreeMap<String, Stock> {
    let missing = match missing(host, packager, names) {
        Ok(missing) => missing,
        Err(_) => return BTreeMap::new(),
    };
    let stock = names.iter().filter_map(|name| {
        if !missing.contains(name) {
            return Some((name.clone(), Stock::Installed));
        }
        match ask(host, packager, name) {
            Answer::Has(_) => Some((name.clone(), Stock::Offered)),
            Answer::HasNot => Some((name.clone(), Stock::Nowhere)),
            Answer::DoesNotSay => None,
        }
    });
    stock.collect()
}

/// The versions that the repositories of this host have of some packages.
pub fn candidates(host: &dyn Host, facts: &Facts, packages: &[String]) -> BTreeMap<String, String> {
    let Some(packager) = packager(facts) else {
        return BTreeMap::new();
    };
    let versions = packages
        .iter()
        .filter_map(|package| match ask(host, packager, package) {
            Answer::Has(version) => Some((package.clone(), version)),
            Answer::HasNot | Answer::DoesNotSay => None,
        });
    versions.collect()
}

/// What a packager says of a package that is not installed.
enum Answer {
    /// A repository has it, in this version.
    Has(String),
    /// None has it.
    HasNot,
    /// It cannot be told: no repository can be read, or its lists never were.
    DoesNotSay,
}

fn ask(host: &dyn Host, packager: Packager, name: &str) -> Answer {
    let command = Command::new(packager.candidate(name)).timeout(REPOSITORIES);
    let output = match host.run(&command) {
        Ok(output) => output,
        // yum and dnf end with 1 where no repository has it, and where none can be
        // read.
        Err(error) => {
            let said = error.to_string().to_lowercase();
            return if said.contains("no matching packages to list") {
                Answer::HasNot
            } else {
                Answer::DoesNotSay
            };
        }
    };
    let text = output.text();
    let version = match packager {
        Packager::Apt => value(&text, "Candidate:").filter(|version| *version != "(none)"),
        Packager::Zypper => value(&text, "Version"),
        // "NAME.ARCH  VERSION  REPOSITORY"
        Packager::Yum | Packager::Dnf => text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let found = words.next()?.rsplit_once('.')?.0;
            (found == name).then(|| words.next())?
        }),
    };
    match (version, packager) {
        (Some(version), _) => Answer::Has(version.to_owned()),
        // It ends with 0 also where it knows nothing; without lists it knows nothing
        // yet.
        (None, Packager::Apt) if has_lists(host) => Answer::HasNot,
        // The others' answers are for people.
        (None, _) => Answer::DoesNotSay,
    }
}

/// Whether apt has read the lists of its repositories.
fn has_lists(host: &dyn Host) -> bool {
    let lists = host.list("/var/lib/apt/lists").unwrap_or_default();
    lists.iter().any(|list| list.contains("_Packages"))
}

/// What stands behind a word at the beginning of a line, and a colon.
fn value<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(word));
    line.map(|rest| rest.trim_start_matches([' ', ':']).trim())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::scripted::ended_with;
    use crate::host::{Output, Scripted};

    /// A host whose packager says `said` of its repositories, and that has nothing
    /// installed but `here`.
    fn host(said: Result<&'static str, &'static str>) -> Scripted {
        Scripted::new().on_run(move |_, command| {
            let output = |text: &str| Output {
                stdout: text.into(),
                stderr: Vec::new(),
            };
            let query = ["rpm", "dpkg-query"].contains(&command.argv.first()?.as_str());
            Some(match (query, command.argv.last()?.as_str()) {
                (true, "here") => Ok(output("install ok installed")),
                (true, _) => Err(ended_with(command, 1, "not installed")),
                (false, _) => match said {
                    Ok(text) => Ok(output(text)),
                    Err(text) => Err(ended_with(command, 1, text)),
                },
            })
        })
    }

    fn stock(host: &Scripted, packager: Packager, name: &str) -> Option<Stock> {
        look_up(host, packager, &[name.to_owned()]).remove(name)
    }

    #[test]
    fn apt_is_believed_once_it_has_lists() {
        const LIST: &str = "/var/lib/apt/lists/deb.example_dists_buster_main_Packages";
        let none = "x:\n  Installed: (none)\n  Candidate: (none)\n";
        let some = "x:\n  Installed: (none)\n  Candidate: 1.0-1\n";
        let with_lists = |said| host(Ok(said)).file(LIST, "");
        let apt = Packager::Apt;
        assert_eq!(stock(&with_lists(some), apt, "x"), Some(Stock::Offered));
        assert_eq!(stock(&with_lists(none), apt, "x"), Some(Stock::Nowhere));
        assert_eq!(stock(&with_lists(""), apt, "x"), Some(Stock::Nowhere));
        assert_eq!(
            stock(&with_lists(none), apt, "here"),
            Some(Stock::Installed)
        );
        assert_eq!(stock(&host(Ok("")), apt, "x"), None);
    }

    #[test]
    fn yum_without_a_repository_that_answers_says_nothing() {
        for packager in [Packager::Yum, Packager::Dnf] {
            let ask = |said| stock(&host(said), packager, "x");
            assert_eq!(ask(Ok("x.x86_64 1.0-1 elrepo")), Some(Stock::Offered));
            let nowhere = ask(Err("Error: No matching Packages to list"));
            assert_eq!(nowhere, Some(Stock::Nowhere));
            assert_eq!(
                ask(Err("Cannot retrieve metalink for repository: epel")),
                None
            );
        }
    }

    #[test]
    fn what_the_repositories_have_is_told_in_each_packagers_words() {
        for (packager, text, version) in [
            (
                Packager::Apt,
                "etcd:\n  Installed: (none)\n  Candidate: 3.4.23-4+b4\n  Version table:\n",
                Some("3.4.23-4+b4"),
            ),
            (
                Packager::Apt,
                "etcd:\n  Installed: (none)\n  Candidate: (none)\n",
                None,
            ),
            (Packager::Apt, "", None),
            (
                Packager::Yum,
                "Available Packages\netcd.x86_64      3.3.11-2.el7.centos      extras\n",
                Some("3.3.11-2.el7.centos"),
            ),
            (
                Packager::Dnf,
                "Available Packages\netcd-x.noarch 1 a\n",
                None,
            ),
            (
                Packager::Zypper,
                "Information for package etcd:\n----\nName           : etcd\nVersion        : 3.3.1-1.1\n",
                Some("3.3.1-1.1"),
            ),
        ] {
            let host = Scripted::new().on_run(move |_, _| {
                Some(Ok(Output {
                    stdout: text.into(),
                    stderr: Vec::new(),
                }))
            });
            let found = match ask(&host, packager, "etcd") {
                Answer::Has(version) => Some(version),
                Answer::HasNot | Answer::DoesNotSay => None,
            };
            assert_eq!(found.as_deref(), version, "{packager:?}");
        }
    }
}
