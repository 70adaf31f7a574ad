//! A bundle: files for sites without internet, in a folder with a manifest that
//! has the digest of each.

use serde::Serialize;

use super::check::{Check, fault};
use super::file::{self, Source};
use super::locate::At;
use super::problem::{Problem, Problems};
use super::questions::{Choice, Field, Kind as Takes, Shorthand, field};
use super::tree::Node;
use super::value::Value;
use super::walk::{Finding, Part, Walk};
use crate::judge::wishes;

/// Name of the manifest in the bundle's folder.
pub const MANIFEST: &str = "bundle.yaml";
/// What stands for a distribution or machine that is not known.
pub const UNKNOWN: &str = "unknown";

/// A bundle's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// Version of its form: 1.
    pub version: u32,
    /// When it was made, as RFC 3339 in UTC.
    pub made: String,
    /// The distributions that its packages are for: `el7`, `debian-12`.
    pub family: String,
    /// Machine that its packages and programs are for, as `uname -m`.
    pub arch: String,
    /// The files.
    pub files: Vec<File>,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Where it lies below the bundle's folder.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Name of the package, or of the program.
    pub name: String,
    /// Its version: a package's by its file's name, a program's as it tells it.
    /// None where a plan does not hang on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Machine that it is for, as `uname -m`; none where it is for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Packages of the bundle that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// What a file of a bundle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A package of the distribution.
    Package,
    /// A program that runs as it is.
    Program,
}

const FIELDS: &[Field] = &[
    field("version", Takes::Integer { min: 1, max: 1 }, true),
    field("made", Takes::Text(Check::Line), true),
    field("family", Takes::Text(Check::Line), true),
    field("arch", Takes::Text(Check::Line), true),
    field(
        "files",
        Takes::Records {
            fields: FILE,
            shorthand: Shorthand::None,
        },
        true,
    ),
];

const FILE: &[Field] = &[
    field("path", Takes::Text(Check::PathBelow), true),
    field(
        "kind",
        Takes::Choice(&[
            Choice {
                value: "package",
                label: "a package of the distribution",
            },
            Choice {
                value: "program",
                label: "a program that runs as it is",
            },
        ]),
        true,
    ),
    field("name", Takes::Text(Check::Line), true),
    field("version", Takes::Text(Check::Line), false),
    field("arch", Takes::Text(Check::Line), false),
    field(
        "size",
        Takes::Integer {
            min: 0,
            max: i64::MAX,
        },
        true,
    ),
    field("sha256", Takes::Text(Check::Sha256), true),
    field("needs", Takes::Strings(Check::Line), false),
];

impl Bundle {
    /// Reads a manifest. `name` is its file's name in messages.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        let (text, root) =
            file::read(name, text.as_bytes()).map_err(|problem| Problems(vec![problem]))?;
        let mut walk = Walk::default();
        let value = match &root {
            Node::Map(_) => walk.record(FIELDS, Shorthand::None, &root, "", &[]),
            other => {
                walk.findings.push(Finding {
                    path: String::new(),
                    at: None,
                    part: Part::Value,
                    fault: fault(format!(
                        "{}, wanted the keys of a bundle's manifest",
                        other.noun()
                    )),
                });
                None
            }
        };
        let hidden: Vec<At> = walk.hidden.clone();
        let source = Source::new(name, text, root, &hidden);
        let bundle = value.as_ref().and_then(typed);
        let mut problems = file::problems(&source, &walk.findings);
        if let Some(bundle) = &bundle {
            problems.extend(twice(bundle, &source));
            problems.extend(foreign(bundle, &source));
        }
        match bundle {
            Some(bundle) if problems.is_empty() => Ok(bundle),
            _ => Err(Problems(problems)),
        }
    }

    /// The manifest as it is written.
    pub fn to_yaml(&self) -> String {
        let head = "# Made by groundcrew bundle create. The digests are of the files beside it.\n";
        let body = serde_yaml::to_string(self).unwrap_or_default();
        format!("{head}{body}")
    }

    /// What of it the rules of the decision ask for, by the names that packages
    /// have on Red Hat's and Debian's side.
    pub fn wishes(&self) -> wishes::Bundle {
        let any = |names: &[&str]| {
            names
                .iter()
                .any(|name| self.packages(name).is_some() || self.program(name).is_some())
        };
        wishes::Bundle {
            docker: any(&[
                "docker-ce",
                "docker-engine",
                "docker-io",
                "docker.io",
                "docker",
            ]),
            wireguard: any(&["kmod-wireguard", "wireguard-dkms", "wireguard"]),
            kubernetes: any(&["kubeadm"]),
        }
    }

    /// The program of this name.
    pub fn program(&self, name: &str) -> Option<&File> {
        let of_name = |file: &&File| file.kind == Kind::Program && file.name == name;
        self.files.iter().find(of_name)
    }

    /// The package of this name with what it needs, itself last; none where the
    /// bundle lacks one of them.
    pub fn packages(&self, name: &str) -> Option<Vec<&File>> {
        let find = |name: &str| {
            let of_name = |file: &&File| file.kind == Kind::Package && file.name == name;
            self.files.iter().find(of_name)
        };
        let package = find(name)?;
        let mut all = Vec::new();
        for need in &package.needs {
            all.push(find(need)?);
        }
        all.push(package);
        Some(all)
    }
}

fn twice(bundle: &Bundle, source: &Source) -> Vec<Problem> {
    let files = bundle.files.iter().enumerate();
    files
        .filter(|(nth, file)| {
            bundle
                .files
                .iter()
                .take(*nth)
                .any(|other| other.path == file.path)
        })
        .map(|(nth, file)| {
            let said = format!("{} stands twice", super::check::show(&file.path));
            source.problem_of_key(&format!("files[{nth}].path"), fault(said))
        })
        .collect()
}

/// Whether what is for one machine runs on another: itself, and what is for the 32
/// bits of x86 on its 64 (packagers load such packages beside the others).
pub fn runs_on(arch: &str, machine: &str) -> bool {
    let x86 = ["i386", "i486", "i586", "i686"].contains(&arch);
    arch == machine || machine == "x86_64" && x86
}

/// Files for another machine than the bundle's, where that is known.
fn foreign(bundle: &Bundle, source: &Source) -> Vec<Problem> {
    let files = bundle.files.iter().enumerate();
    let other = files.filter_map(|(nth, file)| {
        let arch = file.arch.as_ref()?;
        let known = bundle.arch != UNKNOWN;
        (known && !runs_on(arch, &bundle.arch)).then(|| {
            let said = format!(
                "{} is for {}, wanted {} as the whole bundle: put in the one for {}",
                super::check::show(&file.name),
                super::check::show(arch),
                bundle.arch,
                bundle.arch
            );
            source.problem_of_key(&format!("files[{nth}].arch"), fault(said))
        })
    });
    other.collect()
}

fn typed(value: &Value) -> Option<Bundle> {
    let text = |name: &str| value.field(name).and_then(Value::text).map(str::to_owned);
    Some(Bundle {
        version: 1,
        made: text("made")?,
        family: text("family")?,
        arch: text("arch")?,
        files: value
            .field("files")?
            .items()
            .iter()
            .map(file_of)
            .collect::<Option<Vec<_>>>()?,
    })
}

fn file_of(value: &Value) -> Option<File> {
    let text = |name: &str| value.field(name).and_then(Value::text).map(str::to_owned);
    Some(File {
        path: text("path")?,
        kind: match text("kind")?.as_str() {
            "package" => Kind::Package,
            _ => Kind::Program,
        },
        name: text("name")?,
        version: text("version"),
        arch: text("arch"),
        size: u64::try_from(value.field("size")?.int()?).ok()?,
        sha256: text("sha256")?.to_ascii_lowercase(),
        needs: value
            .field("needs")
            .map_or(&[][..], Value::items)
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        let file = |kind, name: &str, needs: &[&str]| File {
            path: format!("files/{name}"),
            kind,
            name: name.into(),
            version: None,
            arch: None,
            size: 3,
            sha256: "ab".repeat(32),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        };
        Bundle {
            version: 1,
            made: "2026-11-25T00:00:00Z".into(),
            family: "debian".into(),
            arch: "x86_64".into(),
            files: vec![
                file(Kind::Package, "wireguard-tools", &["libx"]),
                file(Kind::Package, "libx", &[]),
                file(Kind::Package, "lacking", &["gone"]),
                file(Kind::Program, "flanneld", &[]),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_needed_comes_first() {
        let written = bundle().to_yaml();
        let read = Bundle::parse("bundle.yaml", &written).unwrap();
        assert_eq!(read, bundle());
        let names: Vec<_> = read
            .packages("wireguard-tools")
            .unwrap()
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        assert_eq!(names, ["libx", "wireguard-tools"]);
        assert!(read.packages("lacking").is_none());
        assert!(read.packages("flanneld").is_none());
        assert!(read.program("flanneld").is_some());
    }

    #[test]
    fn versions_and_machines_are_kept_and_what_is_for_another_one_is_told() {
        let mut mixed = bundle();
        mixed.files[3].version = Some("0.20.2".into());
        mixed.files[3].arch = Some("x86_64".into());
        mixed.files[0].arch = Some("i686".into());
        let read = Bundle::parse("bundle.yaml", &mixed.to_yaml()).unwrap();
        assert_eq!(read, mixed);
        mixed.files[3].arch = Some("aarch64".into());
        mixed.files[1].arch = Some("ppc64le".into());
        let told = Bundle::parse("bundle.yaml", &mixed.to_yaml()).unwrap_err();
        let told = told.to_string();
        for part in ["files[3].arch", "aarch64", "wanted x86_64", "ppc64le"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn all_problems_of_a_manifest_are_told_with_their_lines() {
        let text = bundle()
            .to_yaml()
            .replace("files/libx", "../../etc/passwd")
            .replace("size: 3", "size: many")
            .replace("kind: program", "kind: image");
        let told = Bundle::parse("bundle.yaml", &text).unwrap_err().to_string();
        for part in ["../../etc/passwd", "many", "image", "bundle.yaml:"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let text = bundle().to_yaml().replace("files/libx", "files/flanneld");
        let told = Bundle::parse("bundle.yaml", &text).unwrap_err().to_string();
        assert!(told.contains("twice"), "{told}");
        let text = bundle().to_yaml().replace("abab", "");
        assert!(Bundle::parse("bundle.yaml", &text).is_err());
    }
}
