//! Programs that an overlay hangs on by their versions: what brings one that is
//! not here, and where it will be.
//!
//! A bundle comes before repositories, and in it a plain program before a
//! package. What is brought is in a plan with its version before it is here, so
//! that what cannot work is refused and not found out.

use super::Refusal;
use super::packages::{Packager, packager};
use super::programs::{PLACE, Row, Sources, file_in, packages_of, rows};
use super::step::Step;
use super::survey::{Survey, Version, version_in};
use crate::facts::Facts;

/// A program that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Its name.
    pub program: String,
    /// Where it will be.
    pub path: String,
    /// Its version.
    pub version: Version,
    /// What brings it.
    pub origin: Origin,
    /// The step that brings it.
    pub step: Step,
}

/// What brings a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A plain program of a bundle.
    Program {
        /// The bundle's folder.
        bundle: String,
    },
    /// A package.
    Package {
        /// Who installs it.
        packager: Packager,
        /// Its name.
        package: String,
        /// The service that comes with it.
        service: Option<String>,
        /// The bundle's folder; none is the repositories.
        bundle: Option<String>,
    },
}

impl Origin {
    /// It in words: `the bundle /media/b`.
    pub fn text(&self) -> String {
        match self {
            Self::Program { bundle } => format!("the bundle {bundle}"),
            Self::Package {
                package,
                bundle: Some(bundle),
                ..
            } => format!("the package {package} of the bundle {bundle}"),
            Self::Package {
                package, packager, ..
            } => format!("the package {package} of {}", packager.name()),
        }
    }
}

impl Coming {
    /// Its version in words.
    pub fn version_text(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// Where it comes from, as a sentence.
    pub fn note(&self) -> String {
        let Self { program, path, .. } = self;
        let (version, origin) = (self.version_text(), self.origin.text());
        format!("{program} {version} comes from {origin}, as {path}.")
    }
}

/// The packages that the repositories are to be asked for: those that could bring
/// one of these programs, where nothing else can.
pub fn asked(programs: &[&str], facts: &Facts, sources: &Sources) -> Vec<String> {
    if !sources.repositories {
        return Vec::new();
    }
    let mut packages = Vec::new();
    for program in programs {
        let rows = rows(program, facts);
        if in_bundle(program, &rows, sources) {
            continue;
        }
        let from = rows.into_iter().filter(|row| !row.bundle_only);
        packages.extend(from.map(|row| row.package));
    }
    packages
}

fn in_bundle(program: &str, rows: &[Row], sources: &Sources) -> bool {
    sources.brought.as_ref().is_some_and(|brought| {
        let packages = |row: &Row| brought.bundle.packages(&row.package).is_some();
        brought.bundle.program(program).is_some() || rows.iter().any(packages)
    })
}

/// What brings a program that is not here.
///
/// # Errors
/// When nothing does: a refusal with the id `id`, and what can be done.
pub fn coming(
    program: &str,
    id: &str,
    facts: &Facts,
    survey: &Survey,
    sources: &Sources,
) -> Result<Coming, Refusal> {
    let refuse = |text: String, remedy: String| Refusal {
        id: id.into(),
        text,
        remedy,
    };
    let version = |told: Option<&String>, of: &str| {
        told.and_then(|text| version_in(text)).ok_or_else(|| {
            refuse(
                format!(
                    "the version of `{program}` is not known: {of} says {}",
                    told.map_or("none", String::as_str)
                ),
                format!("make the bundle anew with --program {program}=PATH, which asks it"),
            )
        })
    };
    let rows = rows(program, facts);
    if let Some(brought) = &sources.brought {
        let bundle = brought.dir.trim_end_matches('/').to_owned();
        if let Some(file) = brought.bundle.program(program) {
            let path = format!("{PLACE}/{program}");
            return Ok(Coming {
                program: program.into(),
                version: version(file.version.as_ref(), "the bundle's manifest")?,
                step: Step::InstallProgram {
                    path: path.clone(),
                    file: file_in(brought, file),
                    purpose: "it is not here".into(),
                },
                path,
                origin: Origin::Program { bundle },
            });
        }
        for row in &rows {
            let Some(files) = brought.bundle.packages(&row.package) else {
                continue;
            };
            let told = files.last().and_then(|file| file.version.as_ref());
            let version = version(told, "the bundle's manifest")?;
            let files = files.iter().map(|file| file_in(brought, file)).collect();
            let (row, bundle) = (row, Some(bundle));
            return of_package(program, row, version, facts, files, bundle)
                .ok_or_else(|| refuse(missing(program), by_hand(program, sources)));
        }
    }
    for row in rows.iter().filter(|row| !row.bundle_only) {
        let told = survey.candidates.get(&row.package);
        if told.is_none() || !sources.repositories {
            continue;
        }
        let version = version(told, "the repository")?;
        return of_package(program, row, version, facts, Vec::new(), None)
            .ok_or_else(|| refuse(missing(program), by_hand(program, sources)));
    }
    let packages = rows.iter().filter(|row| !row.bundle_only);
    let packages: Vec<_> = packages.map(|row| row.package.as_str()).collect();
    let why = match (packages.is_empty(), sources.repositories) {
        (_, false) => format!(
            " (nothing is installed from repositories: {})",
            sources.because
        ),
        (false, true) => format!(
            ", and no repository that is configured here has {}",
            packages.join(" or ")
        ),
        (true, true) => ", and no repository is known to have it".into(),
    };
    Err(refuse(missing(program) + &why, by_hand(program, sources)))
}

fn missing(program: &str) -> String {
    format!("`{program}` is not on this host")
}

fn by_hand(program: &str, sources: &Sources) -> String {
    let bundle = match &sources.brought {
        Some(brought) => format!("put it into the bundle {}", brought.dir),
        None => "bring it with --bundle DIR".into(),
    };
    format!("{bundle} (bundle create --program {program}=PATH); or install it")
}

fn of_package(
    program: &str,
    row: &Row,
    version: Version,
    facts: &Facts,
    files: Vec<super::packages::BundleFile>,
    bundle: Option<String>,
) -> Option<Coming> {
    let packager = packager(facts)?;
    Some(Coming {
        program: program.into(),
        path: row.path.clone()?,
        version,
        step: Step::InstallPackages {
            packager,
            packages: vec![row.package.clone()],
            files,
            purpose: format!("it has {program}"),
        },
        origin: Origin::Package {
            packager,
            package: row.package.clone(),
            service: row.service.clone(),
            bundle,
        },
    })
}

/// The programs that an overlay hangs on, with the packages that may have each
/// here.
pub fn wanted_by(overlay: &str, facts: &Facts) -> Vec<(&'static str, Vec<String>)> {
    let programs: &[&str] = match overlay {
        "wireguard" => &["wg", "wg-quick"],
        "flannel" => &["etcd", "flanneld"],
        "zerotier" => &["zerotier-one"],
        _ => &[],
    };
    let with = |program: &&'static str| (*program, packages_of(program, facts));
    programs.iter().map(with).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
pub(super) mod tests {
    use super::*;
    use crate::answers::bundle::{Bundle, File, Kind};
    use crate::facts::Fact;
    use crate::plan::programs::Brought;

    /// A file of a bundle for x86_64.
    pub fn file(kind: Kind, name: &str, version: Option<&str>) -> File {
        File {
            path: format!("files/{name}"),
            kind,
            name: name.into(),
            version: version.map(str::to_owned),
            arch: Some("x86_64".into()),
            size: 1,
            sha256: "ab".repeat(32),
            needs: Vec::new(),
        }
    }

    /// A bundle with these files, and nothing from repositories.
    pub fn bundle(files: Vec<File>) -> Sources {
        Sources {
            brought: Some(Brought {
                dir: "/media/b/".into(),
                bundle: Bundle {
                    version: 1,
                    made: "now".into(),
                    family: "debian".into(),
                    arch: "x86_64".into(),
                    files,
                },
            }),
            repositories: false,
            because: "airgap: true".into(),
        }
    }

    fn facts(family: &str) -> Facts {
        let mut facts = Facts::unread("not set in the test");
        facts.os.family = Fact::known(family.into(), "test");
        facts
    }

    fn repositories(packages: &[(&str, &str)]) -> (Survey, Sources) {
        let all = packages.iter();
        let candidates = all.map(|(name, version)| ((*name).into(), (*version).into()));
        let survey = Survey {
            candidates: candidates.collect(),
            ..Survey::default()
        };
        let sources = Sources {
            repositories: true,
            ..Sources::default()
        };
        (survey, sources)
    }

    fn etcd(family: &str, survey: &Survey, sources: &Sources) -> Result<Coming, Refusal> {
        coming("etcd", "x", &facts(family), survey, sources)
    }

    #[test]
    fn a_plain_program_comes_before_a_package_and_a_bundle_before_repositories() {
        let (survey, open) = repositories(&[("etcd-server", "3.4.23-4+b4"), ("etcd", "3.2.0-1")]);
        let package = file(Kind::Package, "etcd-server", Some("3.5.16-4"));
        let program = file(Kind::Program, "etcd", Some("3.5.21"));
        let from = |files: Vec<File>| etcd("debian", &survey, &bundle(files)).unwrap();
        let plain = from(vec![package.clone(), program]);
        assert_eq!(
            plain.note(),
            "etcd 3.5.21 comes from the bundle /media/b, as /usr/local/bin/etcd."
        );
        let packed = from(vec![package]);
        assert_eq!(
            packed.note(),
            "etcd 3.5.16 comes from the package etcd-server of the bundle /media/b, as \
             /usr/bin/etcd."
        );
        let apt = etcd("debian", &survey, &open).unwrap();
        assert_eq!(
            apt.note(),
            "etcd 3.4.23 comes from the package etcd-server of apt, as /usr/bin/etcd."
        );
        // Its older name, where it has no other.
        let (older, open) = repositories(&[("etcd", "2:3.3.11-2.el7.centos")]);
        for family in ["ubuntu", "el7"] {
            let found = etcd(family, &older, &open).unwrap();
            assert_eq!(found.version, (3, 3, 11));
            assert!(found.origin.text().contains("package etcd of"));
        }
    }

    #[test]
    fn repositories_are_asked_for_nothing_that_a_bundle_brings() {
        let (_, open) = repositories(&[]);
        let programs = ["etcd", "flanneld", "zerotier-one"];
        assert_eq!(
            asked(&programs, &facts("el7"), &open),
            ["etcd", "zerotier-one"]
        );
        let mut sources = bundle(vec![file(Kind::Package, "etcd-server", Some("3.4.23"))]);
        assert!(asked(&programs, &facts("debian"), &sources).is_empty());
        sources.repositories = true;
        assert_eq!(
            asked(&programs, &facts("debian"), &sources),
            ["zerotier-one"]
        );
    }

    #[test]
    fn what_nothing_brings_is_told_with_the_reason_and_the_way_out() {
        let (survey, open) = repositories(&[]);
        let told = |refusal: Refusal| format!("{}: {}", refusal.text, refusal.remedy);
        let text = told(etcd("debian", &survey, &open).unwrap_err());
        assert!(text.contains("has etcd-server or etcd: bring it"), "{text}");
        let closed = bundle(Vec::new());
        let text = told(etcd("debian", &survey, &closed).unwrap_err());
        assert!(text.contains("airgap: true"), "{text}");
        assert!(text.contains("into the bundle /media/b"), "{text}");
        // A package that no repository is asked for.
        let text = told(coming("flanneld", "x", &facts("el7"), &survey, &open).unwrap_err());
        assert!(text.contains("no repository is known to have it"), "{text}");
        let unversioned = bundle(vec![file(Kind::Program, "etcd", None)]);
        let text = told(etcd("debian", &survey, &unversioned).unwrap_err());
        assert!(text.contains("manifest says none"), "{text}");
        assert!(text.contains("--program etcd=PATH"), "{text}");
    }
}
