//! Programs that a plan needs: where they are, or how they get here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Refusal;
use super::packages::{BundleFile, packager};
use super::step::Step;
use super::survey::Survey;
use crate::answers::bundle::Bundle;
use crate::facts::Facts;
use crate::judge::checks::remedy;

const TEXT: &str = include_str!("../../assets/packages.yaml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code)]
    version: u32,
    programs: Vec<Row>,
}

/// A package that brings a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    program: String,
    /// The package.
    pub(super) package: String,
    families: Vec<String>,
    /// Where it puts the program, where a plan has to know it.
    pub(super) path: Option<String>,
    /// The service that comes with it.
    pub(super) service: Option<String>,
    /// Whether it is taken out of bundles alone.
    #[serde(default)]
    pub(super) bundle_only: bool,
    #[allow(dead_code)]
    source: String,
}

/// The rows of a program for this host's distribution, the likeliest first.
pub(super) fn rows(program: &str, facts: &Facts) -> Vec<Row> {
    let (family, id) = (facts.os.family.value(), facts.os.id.value());
    // A release that no family is for, as amzn-2023.
    let release = id.zip(facts.os.version.value()).map(|(id, version)| {
        let major = version.split('.').next().unwrap_or_default();
        format!("{id}-{major}")
    });
    let names = [family, id, release.as_ref()];
    let here = |row: &Row| {
        let mut names = names.iter().flatten();
        row.program == program && names.any(|name| row.families.contains(name))
    };
    let table = serde_yaml::from_str::<Table>(TEXT);
    let rows = table.map(|table| table.programs).unwrap_or_default();
    rows.into_iter().filter(here).collect()
}

/// The packages that may bring a program on this host, the likeliest first.
pub fn packages_of(program: &str, facts: &Facts) -> Vec<String> {
    let rows = rows(program, facts);
    rows.into_iter().map(|row| row.package).collect()
}

/// A bundle that was brought along, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The bundle's folder.
    pub dir: String,
    /// Its manifest.
    pub bundle: Bundle,
}

/// From where missing programs may come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The bundle, if one was brought along. It comes before repositories.
    pub brought: Option<Brought>,
    /// Whether packages may be installed from the distribution's repositories.
    pub repositories: bool,
    /// Why not, where not: the answer that says so.
    pub because: String,
}

/// Where a program that is brought by a bundle is put.
pub(super) const PLACE: &str = "/usr/local/bin";

/// The package of this host's distribution that has a program; none where no row
/// names it.
pub fn package_of(program: &str, facts: &Facts) -> Option<String> {
    packages_of(program, facts).into_iter().next()
}

/// The steps that bring the programs which are not here.
///
/// # Errors
/// A refusal for each program that cannot be brought.
pub fn bring(
    programs: &[&str],
    facts: &Facts,
    survey: &Survey,
    sources: &Sources,
) -> Result<Vec<Step>, Vec<Refusal>> {
    let (mut steps, mut refusals) = (Vec::new(), Vec::new());
    // Packages with what they are for, each once.
    let mut packages: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for program in programs {
        if survey.programs.contains_key(*program) {
            continue;
        }
        let package = package_of(program, facts);
        let brought = sources.brought.as_ref().and_then(|brought| {
            let file = brought.bundle.program(program)?;
            Some((brought, file))
        });
        match (brought, package) {
            (Some((brought, file)), _) => steps.push(Step::InstallProgram {
                path: format!("{PLACE}/{program}"),
                file: file_in(brought, file),
                purpose: "it is not here".into(),
            }),
            (None, Some(package)) => packages.entry(package).or_default().push(program),
            (None, None) => refusals.push(missing(program, None, facts, sources)),
        }
    }
    let Some(packager) = packager(facts) else {
        refusals.extend(
            packages
                .iter()
                .flat_map(|(package, programs)| {
                    programs.iter().map(move |program| (package, program))
                })
                .map(|(package, program)| missing(program, Some(package), facts, sources)),
        );
        return if refusals.is_empty() {
            Ok(steps)
        } else {
            Err(refusals)
        };
    };
    for (package, programs) in packages {
        let found = sources.brought.as_ref().and_then(|brought| {
            let files = brought.bundle.packages(&package)?;
            let files = files.iter().map(|file| file_in(brought, file));
            Some(files.collect::<Vec<_>>())
        });
        let files = match (found, sources.repositories) {
            (Some(files), _) => files,
            (None, true) => Vec::new(),
            (None, false) => {
                refusals.extend(
                    programs
                        .iter()
                        .map(|program| missing(program, Some(&package), facts, sources)),
                );
                continue;
            }
        };
        steps.push(Step::InstallPackages {
            packager,
            packages: vec![package],
            files,
            purpose: format!("it has {}", programs.join(" and ")),
        });
    }
    if refusals.is_empty() {
        Ok(steps)
    } else {
        Err(refusals)
    }
}

/// A file of a bundle, by its whole path.
pub(super) fn file_in(brought: &Brought, file: &crate::answers::bundle::File) -> BundleFile {
    BundleFile {
        path: format!("{}/{}", brought.dir.trim_end_matches('/'), file.path),
        sha256: file.sha256.clone(),
    }
}

fn missing(program: &str, package: Option<&str>, facts: &Facts, sources: &Sources) -> Refusal {
    let command = package.and_then(|package| remedy::install(facts, package, package));
    let by_hand = match (command, package) {
        (Some(command), _) => command,
        (None, Some(package)) => format!("install the package {package}"),
        (None, None) => format!("install {program}"),
    };
    let because = &sources.because;
    let told = if because.is_empty() {
        String::new()
    } else {
        format!(" (nothing is installed from repositories: {because})")
    };
    let bundle = match &sources.brought {
        Some(brought) => format!("put it into the bundle {}", brought.dir),
        None => "bring it with --bundle DIR".into(),
    };
    Refusal {
        id: "packages".into(),
        text: format!("`{program}` is not installed{told}"),
        remedy: format!("{by_hand}; or {bundle}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::bundle::{File, Kind};
    use crate::facts::Fact;

    fn facts(family: &str) -> Facts {
        let mut facts = Facts::unread("not set in the test");
        facts.os.family = Fact::known(family.into(), "test");
        facts
    }

    fn bundle() -> Bundle {
        let file = |kind, name: &str| File {
            path: format!("files/{name}"),
            kind,
            name: name.into(),
            version: None,
            arch: None,
            size: 1,
            sha256: "ab".repeat(32),
            needs: Vec::new(),
        };
        Bundle {
            version: 1,
            made: "now".into(),
            family: "el7".into(),
            arch: "x86_64".into(),
            files: vec![
                file(Kind::Package, "wireguard-tools"),
                file(Kind::Program, "wireguard-go"),
            ],
        }
    }

    const NEEDED: [&str; 3] = ["ip", "wg", "wg-quick"];

    fn survey(programs: &[&str]) -> Survey {
        let here = programs
            .iter()
            .map(|name| ((*name).to_owned(), format!("/bin/{name}")));
        Survey {
            programs: here.collect(),
            ..Survey::default()
        }
    }

    fn titles(steps: &[Step]) -> Vec<String> {
        steps.iter().map(Step::title).collect()
    }

    #[test]
    fn the_table_is_read_and_every_row_has_a_source() {
        let table: Table = serde_yaml::from_str(TEXT).unwrap();
        assert!(table.programs.iter().all(|row| row.source.len() > 10));
        assert_eq!(package_of("ip", &facts("el6")).unwrap(), "iproute");
        assert_eq!(package_of("ip", &facts("debian")).unwrap(), "iproute2");
        assert_eq!(package_of("ip", &facts("other")), None);
        assert_eq!(
            package_of("wg", &facts("amzn2")).unwrap(),
            "wireguard-tools"
        );
        let mut amazon = facts("other");
        amazon.os.id = Fact::known("amzn".into(), "test");
        amazon.os.version = Fact::known("2023".into(), "test");
        assert_eq!(package_of("wg", &amazon).unwrap(), "wireguard-tools");
    }

    #[test]
    fn what_is_here_is_not_installed_and_a_package_only_once() {
        let sources = Sources {
            brought: None,
            repositories: true,
            because: String::new(),
        };
        let none = bring(&NEEDED, &facts("el9"), &survey(&NEEDED), &sources).unwrap();
        assert_eq!(none, []);
        let steps = bring(&NEEDED, &facts("el9"), &survey(&["ip"]), &sources).unwrap();
        assert_eq!(
            titles(&steps),
            ["Install wireguard-tools from dnf: it has wg and wg-quick"]
        );
    }

    #[test]
    fn a_bundle_comes_before_repositories_and_is_enough_without_them() {
        let sources = Sources {
            brought: Some(Brought {
                dir: "/media/b/".into(),
                bundle: bundle(),
            }),
            repositories: false,
            because: "airgap: true".into(),
        };
        let needed = ["wg", "wireguard-go"];
        let steps = bring(&needed, &facts("el7"), &survey(&[]), &sources).unwrap();
        assert_eq!(
            titles(&steps),
            [
                "Install /usr/local/bin/wireguard-go from the bundle: it is not here",
                "Install wireguard-tools from the bundle: it has wg"
            ]
        );
        let Step::InstallPackages { files, .. } = &steps[1] else {
            unreachable!("{steps:?}")
        };
        assert_eq!(files[0].path, "/media/b/files/wireguard-tools");
        let refusals = bring(&NEEDED, &facts("el7"), &survey(&[]), &sources).unwrap_err();
        assert_eq!(refusals.len(), 1);
        assert!(refusals[0].remedy.contains("iproute"), "{refusals:?}");
        assert!(refusals[0].text.contains("airgap: true"), "{refusals:?}");
    }

    #[test]
    fn every_program_that_cannot_be_brought_is_told() {
        let sources = Sources {
            brought: None,
            repositories: false,
            because: "packages: leave".into(),
        };
        for family in ["debian", "other"] {
            let refusals = bring(&NEEDED, &facts(family), &survey(&[]), &sources).unwrap_err();
            let told: Vec<_> = refusals.iter().map(|r| r.text.as_str()).collect();
            assert_eq!(told.len(), 3, "{told:?}");
        }
    }
}
