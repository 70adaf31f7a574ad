//! `bundle`: files for sites without internet.

use std::time::Duration;

use super::args::{BundleCommand, BundleCreate};
use super::job::Job;
use super::output::{print, write_file};
use crate::answers::bundle::{Bundle, File, Kind, MANIFEST};
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
            Ok(found) if found == file.sha256 => {}
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
        out.push_str(&format!("  {kind} {:<28} {size:>8} KiB\n", file.name));
    }
    out.push_str(&format!("SHA-256 of {MANIFEST}: {}\n", sha256(&bytes)));
    Ok(out)
}

fn create(job: &Job<'_>, arguments: &BundleCreate) -> Result<Exit, Failure> {
    let host = job.host;
    let dir = arguments.dir.trim_end_matches('/');
    if arguments.package.is_empty() && arguments.add.is_empty() {
        let text = "nothing to put into the bundle: name packages with --package NAME, and \
                    package files or programs with --add FILE";
        return Err(Failure::new(Exit::Usage, text));
    }
    match host.list(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Ok(names) if names.is_empty() => {}
        Ok(_) => {
            let text = format!("{dir} is not empty: name a folder that is not there yet");
            return Err(Failure::new(Exit::Usage, text));
        }
        Err(error) => return Err(Failure::new(Exit::Usage, format!("{dir}: {error}"))),
    }
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
    let mut requested = Vec::new();
    if !arguments.package.is_empty() {
        let Some(packager) = packager(&facts) else {
            let text = format!(
                "--package: how this distribution installs packages is not known ({}): give the \
                 package files with --add FILE",
                facts.os.family.source()
            );
            return Err(Failure::new(Exit::Usage, text));
        };
        download(job, packager, &arguments.package, &files)?;
        requested.extend(arguments.package.iter().cloned());
    }
    for path in &arguments.add {
        let name = path.rsplit_once('/').map_or(path.as_str(), |(_, n)| n);
        let failed = |error| Failure::new(Exit::Usage, format!("--add {path}: {error}"));
        let digest = host.digest(path).map_err(failed)?;
        host.copy_verified(path, &format!("{files}/{name}"), 0o644, &digest)
            .map_err(failed)?;
    }
    let bundle = described(job, dir, &facts, &requested)?;
    write_file(host, &manifest(dir), bundle.to_yaml().as_bytes())?;
    print(&told(host, dir, &bundle)?)?;
    Ok(Exit::Done)
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
) -> Result<Bundle, Failure> {
    let mut files = Vec::new();
    for path in below(job.host, dir, "") {
        let whole = format!("{dir}/{path}");
        let failed = |error| Failure::unexpected(format!("{whole}: {error}"));
        let size = job.host.meta(&whole).map_err(failed)?.size;
        let sha256 = job.host.digest(&whole).map_err(failed)?;
        let base = path.rsplit_once('/').map_or(path.as_str(), |(_, n)| n);
        let package = package_name(base);
        files.push(File {
            kind: match package {
                Some(_) => Kind::Package,
                None => Kind::Program,
            },
            name: package.unwrap_or(base).to_owned(),
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
    let known = |fact: &facts::Fact<String>| fact.value().cloned().unwrap_or("unknown".into());
    Ok(Bundle {
        version: 1,
        made: timestamp(job.host.now()),
        family: known(&facts.os.family),
        arch: known(&facts.kernel.arch),
        files,
    })
}

/// The package that a file is, by its name: `NAME_VERSION_ARCH.deb`, or
/// `NAME-VERSION-RELEASE.ARCH.rpm`.
fn package_name(file: &str) -> Option<&str> {
    if let Some(stem) = file.strip_suffix(".deb") {
        return stem.split('_').next();
    }
    let stem = file.strip_suffix(".rpm")?;
    let (rest, _release) = stem.rsplit_once('-')?;
    Some(rest.rsplit_once('-')?.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_by_their_files_names() {
        for (file, name) in [
            (
                "wireguard-tools_1.0.20210914-1+b1_amd64.deb",
                Some("wireguard-tools"),
            ),
            (
                "kmod-wireguard-1.0.20220627-1.el7_9.elrepo.x86_64.rpm",
                Some("kmod-wireguard"),
            ),
            ("zerotier-one-1.4.6-1.el6.x86_64.rpm", Some("zerotier-one")),
            ("flanneld", None),
            ("odd.rpm", None),
        ] {
            assert_eq!(package_name(file), name);
        }
    }
}
