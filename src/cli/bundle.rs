//! `bundle`: files for sites without internet.

use std::collections::BTreeMap;
use std::time::Duration;

use super::args::{BundleCommand, BundleCreate, BundleOverlay};
use super::gather::{self, Given, HEAD, Image, package_of};
use super::job::Job;
use super::output::{print, write_file};
use crate::answers::bundle::{Bundle, File, Kind, MANIFEST, UNKNOWN};
use crate::error::{Exit, Failure};
use crate::facts;
use crate::host::digest::sha256;
use crate::host::{Command, FileKind, Host, timestamp};
use crate::plan::packages::{Packager, packager};

/// How long downloads may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// Folder of the files in a bundle.
const FILES: &str = "files";

/// `bundle`.
pub fn bundle(job: &Job<'_>, command: &BundleCommand) -> Result<Exit, Failure> {
    match command {
        BundleCommand::Create(arguments) => create(job, arguments),
        BundleCommand::Verify { dir } => {
            let bundle = read(job.host, dir)?;
            let problems = problems(job.host, dir, &bundle);
            if !problems.is_empty() {
                let text = format!(
                    "{dir} is not what its manifest says:\n  {}",
                    problems.join("\n  ")
                );
                return Err(Failure::new(Exit::Failed, text));
            }
            print(&told(job.host, dir, &bundle)?)?;
            Ok(Exit::Done)
        }
    }
}

/// Reads the manifest of a bundle.
///
/// # Errors
/// When it cannot be read; all problems in it at once.
pub fn read(host: &dyn Host, dir: &str) -> Result<Bundle, Failure> {
    let path = manifest(dir);
    let bytes = host.read(&path).map_err(|error| {
        let text = format!("{path}: {error}; `groundcrew bundle create {dir}` makes a bundle");
        Failure::new(Exit::Usage, text)
    })?;
    Bundle::parse(&path, &String::from_utf8_lossy(&bytes))
        .map_err(|problems| Failure::new(Exit::Usage, problems))
}

fn manifest(dir: &str) -> String {
    format!("{}/{MANIFEST}", dir.trim_end_matches('/'))
}

/// What is wrong with the files of a bundle: missing ones, others than the
/// manifest says, and those that it does not name.
pub fn problems(host: &dyn Host, dir: &str, bundle: &Bundle) -> Vec<String> {
    let dir = dir.trim_end_matches('/');
    let mut problems = Vec::new();
    for file in &bundle.files {
        let path = format!("{dir}/{}", file.path);
        match host.digest(&path) {
            Ok(found) if found == file.sha256 => {
                problems.extend(other_machine(host, &path, file));
            }
            Ok(found) => problems.push(format!(
                "{}: its SHA-256 is {found}, the manifest says {}",
                file.path, file.sha256
            )),
            Err(error) => problems.push(format!("{}: {error}", file.path)),
        }
    }
    for path in below(host, dir, "") {
        if path != MANIFEST && !bundle.files.iter().any(|file| file.path == path) {
            problems.push(format!("{path}: the manifest does not name it"));
        }
    }
    problems
}

/// That a program is for another machine than the manifest says.
fn other_machine(host: &dyn Host, path: &str, file: &File) -> Option<String> {
    if file.kind == Kind::Package {
        return None;
    }
    let is = Image::of(&host.head(path, HEAD).ok()?).arch()?;
    let said = file.arch.as_ref()?;
    (is != *said).then(|| format!("{}: it is for {is}, the manifest says {said}", file.path))
}

/// Everything below a folder that is no folder, by its path from there.
fn below(host: &dyn Host, dir: &str, prefix: &str) -> Vec<String> {
    let names = host.list(&format!("{dir}/{prefix}")).unwrap_or_default();
    let mut paths = Vec::new();
    for name in names {
        let path = format!("{prefix}{name}");
        let folder = host
            .meta(&format!("{dir}/{path}"))
            .is_ok_and(|meta| meta.kind == FileKind::Directory);
        if folder {
            paths.extend(below(host, dir, &format!("{path}/")));
        } else {
            paths.push(path);
        }
    }
    paths
}

/// A bundle in a few lines. Who carries it can compare the manifest's digest by
/// another way than the bundle itself goes.
fn told(host: &dyn Host, dir: &str, bundle: &Bundle) -> Result<String, Failure> {
    let path = manifest(dir);
    let bytes = host
        .read(&path)
        .map_err(|error| Failure::unexpected(format!("{path}: {error}")))?;
    let mut out = format!(
        "{dir}: {} files for {} ({}), made {}\n",
        bundle.files.len(),
        bundle.family,
        bundle.arch,
        bundle.made
    );
    for file in &bundle.files {
        let kind = match file.kind {
            Kind::Package => "package",
            Kind::Program => "program",
        };
        let size = file.size.div_ceil(1024);
        let version = file.version.as_deref().unwrap_or_default();
        let name = format!("{} {version}", file.name);
        out.push_str(&format!("  {kind} {:<44} {size:>8} KiB\n", name.trim_end()));
    }
    out.push_str(&format!("SHA-256 of {MANIFEST}: {}\n", sha256(&bytes)));
    Ok(out)
}

fn create(job: &Job<'_>, arguments: &BundleCreate) -> Result<Exit, Failure> {
    let host = job.host;
    let dir = arguments.dir.trim_end_matches('/');
    let programs = gather::given(&arguments.program)?;
    if arguments.package.is_empty()
        && arguments.add.is_empty()
        && programs.is_empty()
        && arguments.overlay.is_none()
    {
        let text = "nothing to put into the bundle: name an overlay with --overlay, packages with \
                    --package NAME, and package files or programs with --add FILE or --program \
                    NAME=PATH";
        return Err(Failure::new(Exit::Usage, text));
    }
    let new = match host.list(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Ok(names) if names.is_empty() => false,
        Ok(_) => {
            let text = format!("{dir} is not empty: name a folder that is not there yet");
            return Err(Failure::new(Exit::Usage, text));
        }
        Err(error) => return Err(Failure::new(Exit::Usage, format!("{dir}: {error}"))),
    };
    let filled = fill(job, dir, arguments, &programs);
    if filled.is_err() {
        // It was empty: half a bundle is none.
        for path in below(host, dir, "") {
            let _ = host.remove_file(&format!("{dir}/{path}"));
        }
        let _ = host.remove_dir(&format!("{dir}/{FILES}"));
        if new {
            let _ = host.remove_dir(dir);
        }
    }
    print(&told(host, dir, &filled?)?)?;
    Ok(Exit::Done)
}

/// Makes the folder with all that is to be in it, and the manifest.
fn fill(
    job: &Job<'_>,
    dir: &str,
    arguments: &BundleCreate,
    programs: &[Given],
) -> Result<Bundle, Failure> {
    let host = job.host;
    let facts = facts::collect(host);
    let files = format!("{dir}/{FILES}");
    for folder in [dir, &files] {
        match host.make_dir(folder, 0o755) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Failure::unexpected(format!("{folder}: {error}")));
            }
            _ => {}
        }
    }
    for path in &arguments.add {
        let name = path.rsplit_once('/').map_or(path.as_str(), |(_, n)| n);
        let failed = |error| Failure::new(Exit::Usage, format!("--add {path}: {error}"));
        let digest = host.digest(path).map_err(failed)?;
        host.copy_verified(path, &format!("{files}/{name}"), 0o644, &digest)
            .map_err(failed)?;
    }
    let versions = gather::put(host, programs, &files, &facts)?;
    let mut requested = arguments.package.clone();
    if let Some(overlay) = arguments.overlay {
        let overlay = match overlay {
            BundleOverlay::Wireguard => "wireguard",
            BundleOverlay::Flannel => "flannel",
            BundleOverlay::Zerotier => "zerotier",
        };
        requested.extend(gather::for_overlay(
            host, &facts, overlay, arguments, programs,
        )?);
    }
    if !requested.is_empty() {
        let Some(packager) = packager(&facts) else {
            let text = format!(
                "--package: how this distribution installs packages is not known ({}): give the \
                 package files with --add FILE",
                facts.os.family.source()
            );
            return Err(Failure::new(Exit::Usage, text));
        };
        download(job, packager, &requested, &files)?;
    }
    let bundle = described(job, dir, &facts, &requested, &versions)?;
    // What is written is read on the site, by the same rules.
    let text = bundle.to_yaml();
    Bundle::parse(&manifest(dir), &text).map_err(|problems| Failure::new(Exit::Usage, problems))?;
    write_file(host, &manifest(dir), text.as_bytes())?;
    Ok(bundle)
}

/// Lets the packager load packages, with what they need here, into a folder.
fn download(
    job: &Job<'_>,
    packager: Packager,
    packages: &[String],
    files: &str,
) -> Result<(), Failure> {
    let files = if files.starts_with('/') {
        files.to_owned()
    } else {
        let cwd = job.host.cwd().map_err(Failure::unexpected)?;
        format!("{}/{files}", cwd.trim_end_matches('/'))
    };
    let cache = format!("Dir::Cache::archives={files}");
    let head: Vec<&str> = match packager {
        Packager::Apt => vec![
            "apt-get",
            "-y",
            "-q",
            "--no-install-recommends",
            "-o",
            &cache,
            "--download-only",
            "--reinstall",
            "install",
        ],
        Packager::Dnf => vec!["dnf", "-q", "download", "--resolve", "--destdir", &files],
        Packager::Yum => vec!["yumdownloader", "-q", "--resolve", "--destdir", &files],
        Packager::Zypper => vec![
            "zypper",
            "--non-interactive",
            "--pkg-cache-dir",
            &files,
            "install",
            "--download-only",
            "--force",
        ],
    };
    let argv = head.into_iter().chain(packages.iter().map(String::as_str));
    let command = Command::new(argv)
        .timeout(LIMIT)
        .env("DEBIAN_FRONTEND", "noninteractive");
    job.host
        .run(&command)
        .map_err(|error| Failure::new(Exit::Unexpected, error))?;
    if packager == Packager::Apt {
        // What apt keeps beside the packages.
        let _ = job.host.remove_file(&format!("{files}/lock"));
        let _ = job.host.remove_dir(&format!("{files}/partial"));
    }
    Ok(())
}

/// The manifest of what lies in the folder. A package that was asked for needs
/// every one that came with it unasked.
fn described(
    job: &Job<'_>,
    dir: &str,
    facts: &facts::Facts,
    requested: &[String],
    versions: &BTreeMap<String, String>,
) -> Result<Bundle, Failure> {
    let mut files = Vec::new();
    for path in below(job.host, dir, "") {
        let whole = format!("{dir}/{path}");
        let failed = |error| Failure::unexpected(format!("{whole}: {error}"));
        let size = job.host.meta(&whole).map_err(failed)?.size;
        let sha256 = job.host.digest(&whole).map_err(failed)?;
        let base = path.rsplit_once('/').map_or(path.as_str(), |(_, n)| n);
        let (kind, name, version, arch) = match package_of(base) {
            Some(package) => (
                Kind::Package,
                package.name,
                Some(package.version),
                package.arch,
            ),
            None => {
                let head = job.host.head(&whole, HEAD).map_err(failed)?;
                let version = versions.get(base).cloned();
                let arch = Image::of(&head).arch();
                (Kind::Program, base.to_owned(), version, arch)
            }
        };
        files.push(File {
            kind,
            name,
            version,
            arch,
            path,
            size,
            sha256,
            needs: Vec::new(),
        });
    }
    let along: Vec<String> = files
        .iter()
        .filter(|file| file.kind == Kind::Package && !requested.contains(&file.name))
        .map(|file| file.name.clone())
        .collect();
    for file in &mut files {
        if requested.contains(&file.name) {
            file.needs.clone_from(&along);
        }
    }
    let known = |fact: &facts::Fact<String>| fact.value().cloned().unwrap_or(UNKNOWN.into());
    Ok(Bundle {
        version: 1,
        made: timestamp(job.host.now()),
        family: known(&facts.os.family),
        arch: known(&facts.kernel.arch),
        files,
    })
}
