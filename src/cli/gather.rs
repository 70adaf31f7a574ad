//! What `bundle create` puts into a bundle beside packages: programs, plain or out
//! of a release's archive, with the version that each tells and the machine that
//! it is for; and what an overlay needs of both.

use std::collections::BTreeMap;

use super::args::BundleCreate;
use crate::answers::bundle::runs_on;
use crate::apply::{packages, stock};
use crate::error::{Exit, Failure};
use crate::facts::Facts;
use crate::host::{Command, Host};
use crate::plan::coming::wanted_by;
use crate::plan::packages::packager;
use crate::plan::survey::version_in;

/// A program as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Where it is, or the archive that it is in.
    pub path: String,
}

/// Programs whose version decides about a plan, and how each is asked for it.
const ASKED: [(&str, &str); 3] = [
    ("etcd", "--version"),
    ("flanneld", "--version"),
    ("zerotier-one", "-v"),
];

/// The programs of `--program NAME=PATH`.
///
/// # Errors
/// All that are written otherwise.
pub fn given(arguments: &[String]) -> Result<Vec<Given>, Failure> {
    let (mut programs, mut problems) = (Vec::<Given>::new(), Vec::new());
    for argument in arguments {
        let plain = |name: &str| {
            let word = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
            !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(word)
        };
        match argument.split_once('=') {
            Some((name, path)) if plain(name) && !path.is_empty() => {
                if programs.iter().any(|other| other.name == name) {
                    problems.push(format!("--program {argument}: {name} is given twice"));
                }
                programs.push(Given {
                    name: name.into(),
                    path: path.into(),
                });
            }
            _ => problems.push(format!(
                "--program {argument}: wanted NAME=PATH, such as flanneld=./flanneld or \
                 etcd=etcd-v3.5.21-linux-amd64.tar.gz"
            )),
        }
    }
    if problems.is_empty() {
        return Ok(programs);
    }
    Err(Failure::new(Exit::Usage, problems.join("\n")))
}

/// The packages that an overlay needs beside what is given.
///
/// # Errors
/// All programs that nothing brings.
pub fn for_overlay(
    host: &dyn Host,
    facts: &Facts,
    overlay: &str,
    arguments: &BundleCreate,
    programs: &[Given],
) -> Result<Vec<String>, Failure> {
    let added = |names: &[String], program: &str| {
        arguments.add.iter().any(|path| {
            let file = path.rsplit('/').next().unwrap_or_default();
            let package = package_of(file).map(|package| package.name);
            file == program || package.is_some_and(|name| names.contains(&name))
        })
    };
    let (mut wanted, mut problems) = (Vec::new(), Vec::new());
    for (program, names) in wanted_by(overlay, facts) {
        let named = names.iter().any(|name| arguments.package.contains(name));
        let given = programs.iter().any(|one| one.name == program);
        if named || given || added(&names, program) {
            continue;
        }
        match names.iter().find(|name| is_had(host, facts, name)) {
            Some(name) if wanted.contains(name) => {}
            Some(name) => wanted.push(name.clone()),
            None => {
                let tried = if names.is_empty() {
                    "no package of this distribution is known to have it".to_owned()
                } else {
                    format!("no repository here has {}", names.join(" or "))
                };
                problems.push(format!(
                    "--overlay {overlay} needs {program}, and {tried}: give --program \
                     {program}=PATH (the program, or the .tar.gz of its release), or its package \
                     with --add FILE"
                ));
            }
        }
    }
    if problems.is_empty() {
        return Ok(wanted);
    }
    Err(Failure::new(Exit::Usage, problems.join("\n")))
}

/// Whether a package is installed here, or a repository has it.
fn is_had(host: &dyn Host, facts: &Facts, package: &str) -> bool {
    packager(facts).is_some_and(|packager| {
        let name = package.to_owned();
        packages::missing(host, packager, std::slice::from_ref(&name))
            .is_ok_and(|missing| missing.is_empty())
            || stock::candidates(host, facts, std::slice::from_ref(&name)).contains_key(package)
    })
}

/// Puts programs into the bundle's folder of files, and tells the versions of
/// those that a plan hangs on.
///
/// # Errors
/// All that cannot be read, are for another machine than this one, or do not tell
/// their version.
pub fn put(
    host: &dyn Host,
    programs: &[Given],
    files: &str,
    facts: &Facts,
) -> Result<BTreeMap<String, String>, Failure> {
    let (mut versions, mut problems) = (BTreeMap::new(), Vec::new());
    for program in programs {
        match put_one(host, program, files, facts) {
            Ok(Some(version)) => drop(versions.insert(program.name.clone(), version)),
            Ok(None) => {}
            Err(text) => {
                let Given { name, path } = program;
                problems.push(format!("--program {name}={path}: {text}"));
            }
        }
    }
    if problems.is_empty() {
        return Ok(versions);
    }
    Err(Failure::new(Exit::Usage, problems.join("\n")))
}

/// The first bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn put_one(
    host: &dyn Host,
    program: &Given,
    files: &str,
    facts: &Facts,
) -> Result<Option<String>, String> {
    let Given { name, path } = program;
    let to = format!("{files}/{name}");
    if host.meta(&to).is_ok() {
        return Err(format!("{name} is in the bundle already, by --add"));
    }
    let failed = |error: std::io::Error| error.to_string();
    if host.head(path, 2).map_err(failed)? == GZIP {
        host.unpack(path, name, &to, 0o755).map_err(failed)?;
    } else {
        let digest = host.digest(path).map_err(failed)?;
        host.copy_verified(path, &to, 0o755, &digest)
            .map_err(failed)?;
    }
    let head = host.head(&to, HEAD).map_err(failed)?;
    let machine = facts.kernel.arch.value();
    match Image::of(&head) {
        Image::Unknown => {
            return Err("it is no program: neither an ELF image nor a script".into());
        }
        Image::Elf(arch) => {
            if let Some(machine) = machine.filter(|machine| !runs_on(&arch, machine)) {
                return Err(format!(
                    "it is for {arch}, and this machine is {machine}: take the one for {machine}, \
                     or make the bundle on a machine like the hosts"
                ));
            }
        }
        Image::Script => {}
    }
    let Some((_, flag)) = ASKED.iter().find(|(asked, _)| asked == name) else {
        return Ok(None);
    };
    let output = host
        .run(&Command::new([to.as_str(), flag]))
        .map_err(|error| format!("it does not tell its version: {error}"))?;
    // flanneld tells it on its standard error.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    match version_in(&text) {
        Some((major, minor, patch)) => Ok(Some(format!("{major}.{minor}.{patch}"))),
        None => Err(format!(
            "it does not tell its version, but {:?}: take a released {name}",
            text.lines().next().unwrap_or_default()
        )),
    }
}

/// How many bytes [`Image::of`] looks at.
pub const HEAD: usize = 20;

/// What a program is, by its first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// An ELF image for this machine, as `uname -m` names it.
    Elf(String),
    /// A script.
    Script,
    /// Something else.
    Unknown,
}

impl Image {
    /// Reads the head of a file (elf(5): e_ident, e_type, e_machine).
    pub fn of(head: &[u8]) -> Self {
        if head.starts_with(b"#!") {
            return Self::Script;
        }
        let (Some(b"\x7fELF"), Some(order), Some(&[one, two])) = (
            head.get(..4),
            head.get(5),
            head.get(18..20)
                .and_then(|two| <&[u8; 2]>::try_from(two).ok()),
        ) else {
            return Self::Unknown;
        };
        let machine = match order {
            2 => u16::from_be_bytes([one, two]),
            _ => u16::from_le_bytes([one, two]),
        };
        // linux/elf-em.h
        let name = match machine {
            3 => "i686",
            21 => "ppc64le",
            22 => "s390x",
            40 => "armv7l",
            62 => "x86_64",
            183 => "aarch64",
            243 => "riscv64",
            other => return Self::Elf(format!("machine {other}")),
        };
        Self::Elf(name.into())
    }

    /// The machine that it is for; none is any.
    pub fn arch(self) -> Option<String> {
        match self {
            Self::Elf(arch) => Some(arch),
            Self::Script | Self::Unknown => None,
        }
    }
}

/// A package, by the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The machine that it is for, as `uname -m`; none is any.
    pub arch: Option<String>,
}

/// The package that a file is: `NAME_VERSION_ARCH.deb`, or
/// `NAME-VERSION-RELEASE.ARCH.rpm`.
pub fn package_of(file: &str) -> Option<Package> {
    if let Some(stem) = file.strip_suffix(".deb") {
        let mut parts = stem.split('_');
        let name = parts.next()?.to_owned();
        // apt writes the colon of an epoch so.
        let version = parts.next().unwrap_or_default().replace("%3a", ":");
        let arch = match parts.next() {
            None | Some("all") => None,
            Some("amd64") => Some("x86_64"),
            Some("arm64") => Some("aarch64"),
            Some("armhf") => Some("armv7l"),
            Some("ppc64el") => Some("ppc64le"),
            Some(other) => Some(other),
        };
        return Some(Package {
            name,
            version,
            arch: arch.map(str::to_owned),
        });
    }
    let stem = file.strip_suffix(".rpm")?;
    let (rest, arch) = stem.rsplit_once('.')?;
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some(Package {
        name: name.into(),
        version: format!("{version}-{release}"),
        arch: (arch != "noarch").then(|| arch.to_owned()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::host::{Output, Scripted};

    #[test]
    fn packages_are_told_by_their_files_names() {
        for (file, name, version, arch) in [
            (
                "wireguard-tools_1.0.20210914-1+b1_amd64.deb",
                "wireguard-tools",
                "1.0.20210914-1+b1",
                Some("x86_64"),
            ),
            ("x_2%3a3.5.1-1_all.deb", "x", "2:3.5.1-1", None),
            (
                "kmod-wireguard-1.0.20220627-1.el7_9.elrepo.x86_64.rpm",
                "kmod-wireguard",
                "1.0.20220627-1.el7_9.elrepo",
                Some("x86_64"),
            ),
            (
                "zerotier-one-1.4.6-1.el6.x86_64.rpm",
                "zerotier-one",
                "1.4.6-1.el6",
                Some("x86_64"),
            ),
        ] {
            let wanted = Package {
                name: name.into(),
                version: version.into(),
                arch: arch.map(str::to_owned),
            };
            assert_eq!(package_of(file), Some(wanted));
        }
        assert_eq!(package_of("flanneld"), None);
        assert_eq!(package_of("odd.rpm"), None);
    }

    #[test]
    fn a_program_says_what_it_is_for_in_its_first_bytes() {
        let elf = |order: u8, machine: [u8; 2]| {
            let mut head = b"\x7fELF\x02".to_vec();
            head.push(order);
            head.resize(18, 0);
            head.extend(machine);
            Image::of(&head)
        };
        assert_eq!(elf(1, [62, 0]), Image::Elf("x86_64".into()));
        assert_eq!(elf(1, [183, 0]), Image::Elf("aarch64".into()));
        assert_eq!(elf(2, [0, 22]), Image::Elf("s390x".into()));
        assert_eq!(Image::of(b"#!/bin/sh\n"), Image::Script);
        assert_eq!(Image::of(b"\x7fELF"), Image::Unknown);
        assert_eq!(Image::of(b""), Image::Unknown);
    }

    #[test]
    fn programs_are_given_by_name_and_path_and_all_others_told() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let good = given(&words(&["etcd=a=b.tgz", "flanneld=./f"])).unwrap();
        assert_eq!(good[0].path, "a=b.tgz");
        let bad = words(&["etcd", "../x=y", "=y", "a=", "b=1", "b=2"]);
        let told = given(&bad).unwrap_err().message;
        assert_eq!(told.lines().count(), 5, "{told}");
        assert!(told.contains("b is given twice"), "{told}");
    }

    fn facts() -> Facts {
        let mut facts = Facts::unread("not set in the test");
        facts.os.family = Fact::known("debian".into(), "test");
        facts.kernel.arch = Fact::known("x86_64".into(), "test");
        facts
    }

    fn program(name: &str, path: &str) -> Given {
        Given {
            name: name.into(),
            path: path.into(),
        }
    }

    #[test]
    fn what_is_no_program_of_this_machine_or_tells_no_version_is_told_at_once() {
        let mut arm = b"\x7fELF\x02\x01".to_vec();
        arm.resize(18, 0);
        arm.extend([183, 0]);
        let host = Scripted::new()
            .dir("/b/files")
            .file("/srv/words", "words")
            .file("/srv/flanneld", "#!/bin/sh\n")
            .file("/srv/zt", "#!/bin/sh\n")
            .on_run(|_, command| {
                let text = match command.argv[0].as_str() {
                    "/b/files/zerotier-one" => "1.14.1\n",
                    _ => "dev\n",
                };
                Some(Ok(Output {
                    stdout: text.into(),
                    stderr: Vec::new(),
                }))
            });
        host.write_atomic("/srv/arm", &arm, 0o644).unwrap();
        let programs = [
            program("etcd", "/srv/words"),
            program("etcdctl", "/srv/arm"),
            program("flanneld", "/srv/flanneld"),
            program("gone", "/srv/gone"),
        ];
        let told = put(&host, &programs, "/b/files", &facts()).unwrap_err();
        let lines: Vec<_> = told.message.lines().collect();
        assert_eq!(lines.len(), 4, "{lines:?}");
        for (line, part) in lines.iter().zip([
            "etcd=/srv/words: it is no program",
            "it is for aarch64, and this machine is x86_64",
            "it does not tell its version, but \"dev\"",
            "gone=/srv/gone: ",
        ]) {
            assert!(line.contains(part), "{part}: {line}");
        }
        let one = [program("zerotier-one", "/srv/zt")];
        let versions = put(&host, &one, "/b/files", &facts()).unwrap();
        assert_eq!(versions["zerotier-one"], "1.14.1");
    }

    #[test]
    fn an_overlay_takes_packages_for_what_is_not_given() {
        let host = Scripted::new().on_run(|_, command| {
            let text = match command.argv.last()?.as_str() {
                "etcd-server" if command.argv[0] == "apt-cache" => "  Candidate: 3.4.23-4+b4\n",
                _ => "",
            };
            Some(Ok(Output {
                stdout: text.into(),
                stderr: Vec::new(),
            }))
        });
        let arguments = BundleCreate {
            dir: "b".into(),
            ..BundleCreate::default()
        };
        let flanneld = [program("flanneld", "/srv/flanneld")];
        let found = for_overlay(&host, &facts(), "flannel", &arguments, &flanneld).unwrap();
        assert_eq!(found, ["etcd-server"]);
        let none = for_overlay(&host, &facts(), "flannel", &arguments, &[]).unwrap_err();
        assert!(
            none.message.contains("--program flanneld=PATH"),
            "{}",
            none.message
        );
        // The vendor's repository is not configured; its package was given.
        let none = for_overlay(&host, &facts(), "zerotier", &arguments, &[]).unwrap_err();
        assert!(none.message.contains("no repository here has zerotier-one"));
        let added = BundleCreate {
            add: vec!["/srv/zerotier-one_1.14.1_amd64.deb".into()],
            ..arguments
        };
        let found = for_overlay(&host, &facts(), "zerotier", &added, &[]).unwrap();
        assert!(found.is_empty());
    }
}
