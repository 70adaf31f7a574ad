use super::*;
use crate::host::scripted::ended_with;
use crate::host::{Output, Scripted};

fn said(text: &str) -> Output {
    Output {
        stdout: text.into(),
        stderr: Vec::new(),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn only_what_is_not_installed_is_installed() {
    let host = Scripted::new().on_run(|_, command| {
        let last = command.argv.last()?;
        Some(match (command.argv.first()?.as_str(), last.as_str()) {
            ("dpkg-query", "kmod") => Ok(said("install ok installed")),
            ("dpkg-query", "old") => Ok(said("deinstall ok config-files")),
            ("dpkg-query", _) => Err(ended_with(command, 1, "no packages found")),
            _ => Ok(said("Inst libx (1.0 local [amd64])\nInst new (1.0 local [amd64])\nInst kmod [30] (31 local)\nConf new (1.0)\n")),
        })
    });
    let wanted = names(&["kmod", "old", "new"]);
    assert_eq!(
        missing(&host, Packager::Apt, &wanted).unwrap(),
        ["old", "new"]
    );
    // What it needs is removed with it, what was there before is not.
    let new = would_install(&host, Packager::Apt, &wanted, &[]).unwrap();
    assert_eq!(
        (new.asked, new.along),
        (names(&["old", "new"]), names(&["libx"]))
    );
    install(&host, Packager::Apt, &wanted, &[]).unwrap();
    let ran = host.ran();
    let last = ran.last().unwrap();
    assert_eq!(last[last.len() - 3..], ["install", "old", "new"]);
}

#[test]
fn a_lock_is_waited_for_and_then_told() {
    let locked = |until: u64| {
        Scripted::new().on_run(move |host, command| {
            if command.argv[0] == "rpm" {
                return Some(Err(ended_with(command, 1, "package x is not installed")));
            }
            let waited = host.now().duration_since(std::time::UNIX_EPOCH);
            Some(if waited.unwrap_or_default().as_secs() < until {
                Err(ended_with(
                    command,
                    7,
                    "System management is locked by the application with pid 7 (zypper).",
                ))
            } else {
                Ok(said(""))
            })
        })
    };
    install(&locked(60), Packager::Zypper, &names(&["x"]), &[]).unwrap();
    let error = install(&locked(9999), Packager::Zypper, &names(&["x"]), &[]).unwrap_err();
    assert!(error.to_string().contains("pid 7"), "{error}");
    assert!(error.to_string().contains("wait for it"), "{error}");
}

#[test]
fn a_repository_that_tells_nothing_yet_is_read_before_the_change() {
    let read = std::sync::atomic::AtomicBool::new(false);
    let host = Scripted::new().on_run(move |_, command| {
        let word = |word: &str| command.argv.iter().any(|w| w == word);
        Some(if word("dpkg-query") {
            Err(ended_with(command, 1, "no packages found"))
        } else if word("update") {
            read.store(true, std::sync::atomic::Ordering::Relaxed);
            Ok(said(""))
        } else if read.load(std::sync::atomic::Ordering::Relaxed) {
            Ok(said(
                "Inst libx (1.0 local [amd64])\nInst x (1.0 local [amd64])\n",
            ))
        } else {
            Err(ended_with(command, 100, "E: Unable to locate package x"))
        })
    });
    let new = would_install(&host, Packager::Apt, &names(&["x"]), &[]).unwrap();
    assert_eq!(new.along, ["libx"]);
}

#[test]
fn what_came_along_stays_where_something_else_needs_it_by_now() {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};
    let removing = |needed: &'static str| {
        let start = BTreeSet::from(["tool".to_owned(), "lib".into(), "theirs".into()]);
        let installed = Arc::new(Mutex::new(start));
        let inside = Arc::clone(&installed);
        let host = Scripted::new().on_run(move |_, command| {
            let mut installed = inside.lock().unwrap();
            let names = &command.argv[2..];
            Some(if command.argv[1] == "-q" {
                match installed.contains(&names[0]) {
                    true => Ok(said("")),
                    false => Err(ended_with(command, 1, "not installed")),
                }
            } else if names.iter().any(|name| name == needed) {
                let why = format!("\t{needed} is needed by (installed) theirs-1-1.noarch");
                Err(ended_with(command, 1, &why))
            } else {
                installed.retain(|name| !names.contains(name));
                Ok(said(""))
            })
        });
        let result = remove(&host, Packager::Dnf, &names(&["tool"]), &names(&["lib"]));
        let left: Vec<_> = installed.lock().unwrap().iter().cloned().collect();
        (result.is_ok(), left.join(" "))
    };
    assert_eq!(removing("nothing"), (true, "theirs".into()));
    assert_eq!(removing("lib"), (true, "lib theirs".into()));
    assert_eq!(removing("tool"), (false, "theirs tool".into()));
}

#[test]
fn what_packagers_say_is_explained() {
    for (packager, said, hint) in [
        (
            Packager::Yum,
            "Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=6",
            "vault",
        ),
        (
            Packager::Yum,
            "Error: Cannot retrieve repository metadata (repomd.xml) for repository: base",
            "cannot be reached",
        ),
        (
            Packager::Dnf,
            "Error: Unable to find a match: wireguard-tools",
            "EPEL",
        ),
        (
            Packager::Dnf,
            "Errors during downloading metadata for repository 't':\nIgnoring repositories: \
             t\nError: Failed to download metadata for repo 't'\nError: Unable to find a match: x",
            "cannot be reached",
        ),
        (
            Packager::Dnf,
            "- nothing provides libx needed by x-1-1.noarch",
            "has what it needs",
        ),
        (
            Packager::Zypper,
            "No provider of 'x' found.",
            "no repository",
        ),
        (
            Packager::Apt,
            "Error! Bad return status for module build on kernel: 4.19.0-8-amd64 (x86_64)\ndpkg: dependency problems prevent configuration of wireguard",
            "make.log",
        ),
        (
            Packager::Apt,
            "E: Unable to locate package wireguard-tools",
            "no repository",
        ),
        (
            Packager::Apt,
            "W: Failed to fetch http://x  Temporary failure resolving 'x'",
            "cannot be reached",
        ),
    ] {
        let host = Scripted::new().on_run(move |_, command| {
            let query = ["rpm", "dpkg-query"].contains(&command.argv[0].as_str());
            let code = if query { 1 } else { 100 };
            Some(Err(ended_with(command, code, said)))
        });
        let error = install(&host, packager, &names(&["x"]), &[]).unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn nothing_of_a_bundle_is_used_that_is_not_what_its_manifest_says() {
    let file = |sha256: &str| BundleFile {
        path: "/media/x.rpm".into(),
        sha256: sha256.into(),
    };
    let host = || {
        Scripted::new()
            .file("/media/x.rpm", "an rpm")
            .dir("/var/lib")
            .on_run(|_, _| Some(Ok(said(""))))
    };
    let bad = host();
    let error = install(&bad, Packager::Yum, &names(&["x"]), &[file("00")]).unwrap_err();
    assert!(error.to_string().contains("/media/x.rpm"), "{error}");
    assert!(bad.ran().is_empty());
    let sha256 = crate::host::digest::sha256(b"an rpm");
    let good = host().on_run(|_, command| {
        Some(match command.argv[1].as_str() {
            "-qp" => Ok(said("x")),
            "-q" => Err(ended_with(command, 1, "package x is not installed")),
            _ => Ok(said("")),
        })
    });
    install(&good, Packager::Yum, &names(&["x"]), &[file(&sha256)]).unwrap();
    assert_eq!(
        good.ran().last().unwrap().join(" "),
        "rpm -U /var/lib/groundcrew/staging/x.rpm"
    );
    assert!(good.text("/var/lib/groundcrew/staging/x.rpm").is_none());
}

#[test]
fn what_is_half_installed_is_removed_too() {
    let host = Scripted::new().on_run(|_, command| {
        let last = command.argv.last()?;
        Some(match (command.argv.first()?.as_str(), last.as_str()) {
            ("dpkg-query", "wireguard-dkms") => Ok(said("install ok half-configured")),
            ("dpkg-query", "kept") => Ok(said("deinstall ok config-files")),
            ("dpkg-query", "gone") => Err(ended_with(command, 1, "no packages found")),
            _ => Ok(said("")),
        })
    });
    let all = names(&["wireguard-dkms", "kept", "gone"]);
    remove(&host, Packager::Apt, &all, &[]).unwrap();
    let ran = host.ran();
    assert_eq!(ran.last().unwrap().join(" "), "dpkg --purge wireguard-dkms");
    // For an installation it is missing all the same.
    assert_eq!(missing(&host, Packager::Apt, &all).unwrap(), all);
}

#[test]
fn what_docker_keeps_is_not_deleted_with_debians_package_of_it() {
    let host = Scripted::new()
        .dir("/var/lib/docker")
        .on_run(|host, command| {
            Some(match command.argv[0].as_str() {
                "dpkg-query" => Ok(said("install ok installed")),
                "dpkg" if command.argv[1] == "--remove" => {
                    host.write_atomic(NUKE, b"#!/bin/sh\n", 0o755).unwrap();
                    Ok(said(""))
                }
                "dpkg" => {
                    assert!(host.text(NUKE).is_none());
                    Ok(said(""))
                }
                other => unreachable!("{other}"),
            })
        });
    let asked = names(&["docker.io"]);
    remove(&host, Packager::Apt, &asked, &names(&["containerd"])).unwrap();
    let ran: Vec<_> = host.ran().iter().map(|argv| argv.join(" ")).collect();
    assert_eq!(
        ran[ran.len() - 2..],
        [
            "dpkg --remove docker.io containerd",
            "dpkg --purge docker.io containerd"
        ]
    );
}
