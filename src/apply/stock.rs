//! How it stands with packages before they are installed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::packages::missing;
use crate::host::{Command, Host};
use crate::plan::packages::Packager;
use crate::plan::survey::Stock;

/// How long a packager may take to say whether its repositories have a package: yum
/// and dnf read their lists anew where those are old.
const REPOSITORIES: Duration = Duration::from_secs(30);

/// Looks up how it stands with packages: installed, in a repository, or neither.
/// What the packager does not say is left out.
pub fn look_up(host: &dyn Host, packager: Packager, names: &[String]) -> BTreeMap<String, Stock> {
    let missing = match missing(host, packager, names) {
        Ok(missing) => missing,
        Err(_) => return BTreeMap::new(),
    };
    let stock = names.iter().filter_map(|name| {
        let stock = if missing.contains(name) {
            offered(host, packager, name)?
        } else {
            Stock::Installed
        };
        Some((name.clone(), stock))
    });
    stock.collect()
}

/// Whether a repository has a package.
fn offered(host: &dyn Host, packager: Packager, name: &str) -> Option<Stock> {
    let command = Command::new(packager.candidate(name)).timeout(REPOSITORIES);
    let found = host.run(&command);
    match packager {
        // It ends with 0 also where it knows nothing; without lists it knows nothing
        // yet.
        Packager::Apt => {
            let lists = host.list("/var/lib/apt/lists").unwrap_or_default();
            if !lists.iter().any(|list| list.contains("_Packages")) {
                return None;
            }
            let text = found.ok()?.text();
            let candidate = text
                .lines()
                .find_map(|line| line.trim().strip_prefix("Candidate:"));
            Some(match candidate.map(str::trim) {
                Some("(none)") | None => Stock::Nowhere,
                Some(_) => Stock::Offered,
            })
        }
        // They end with 1 where no repository has it, and where none can be read.
        Packager::Yum | Packager::Dnf => match found {
            Ok(_) => Some(Stock::Offered),
            Err(error) => {
                let said = error.to_string().to_lowercase();
                said.contains("no matching packages to list")
                    .then_some(Stock::Nowhere)
            }
        },
        // Its answer is for people, and ends with 0 either way.
        Packager::Zypper => None,
    }
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
}
