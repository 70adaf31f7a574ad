//! Kernels without WireGuard: what brings the module, and what stands in the way.

use super::super::tests::{facts, known, set, survey, wanted};
use super::super::{Planned, plan};
use super::*;
use crate::answers::bundle::{Bundle, File, Kind};
use crate::plan::basis::{Basis, Scope};

/// A host whose kernel has no WireGuard.
fn host(id: &str, version: &str, family: &str, kernel: &str) -> Facts {
    let mut facts = facts();
    set(&mut facts, "wireguard", Capability::Missing);
    facts.os.id = known(id);
    facts.os.version = known(version);
    facts.os.family = known(family);
    facts.kernel.release = known(kernel);
    facts.kernel.virt = known("kvm");
    facts.security.fips = Fact::known(false, "a test");
    facts.security.secure_boot = Fact::known(false, "a test");
    facts
}

fn el7() -> Facts {
    host("centos", "7", "el7", "3.10.0-1160.119.1.el7.x86_64")
}

fn debian10() -> Facts {
    host("debian", "10", "debian", "4.19.0-27-amd64")
}

const HEADERS: &str = "linux-headers-4.19.0-27-amd64";

/// What is wanted where packages may come from repositories.
fn online() -> Wanted {
    let mut wanted = wanted();
    wanted.sources.repositories = true;
    wanted
}

fn stocked(packages: &[(&str, Stock)]) -> Survey {
    let packages = packages
        .iter()
        .map(|(name, stock)| ((*name).into(), *stock));
    Survey {
        packages: packages.collect(),
        ..survey()
    }
}

fn with_bundle(wanted: Wanted, names: &[&str]) -> Wanted {
    let file = |name: &&str| File {
        path: format!("files/{name}.rpm"),
        kind: Kind::Package,
        name: (*name).into(),
        version: None,
        arch: None,
        size: 1,
        sha256: "ab".repeat(32),
        needs: Vec::new(),
    };
    let mut wanted = wanted;
    wanted.sources.brought = Some(Brought {
        dir: "/media/b".into(),
        bundle: Bundle {
            version: 1,
            made: "now".into(),
            family: "el7".into(),
            arch: "x86_64".into(),
            files: names.iter().map(file).collect(),
        },
    });
    wanted
}

fn titles(planned: &Planned) -> Vec<String> {
    let of_module = |step: &&Step| {
        matches!(
            step,
            Step::InstallPackages { .. } | Step::LoadModule { .. } | Step::WireguardUp { .. }
        )
    };
    planned
        .steps
        .iter()
        .filter(of_module)
        .map(Step::title)
        .collect()
}

fn refused(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Refusal {
    let mut refusals = plan(wanted, facts, survey).unwrap_err();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

#[test]
fn elrepos_module_is_installed_loaded_and_told() {
    let planned = plan(&online(), &el7(), &survey()).unwrap();
    assert_eq!(
        titles(&planned),
        [
            "Install kmod-wireguard from yum: it has WireGuard's kernel module",
            "Load the kernel module wireguard",
            "Bring up wg0: 10.90.0.1/24, MTU 1420",
        ]
    );
    let told = planned.notes.join("\n");
    for part in ["kmod-wireguard (ELRepo)", "module: leave", "tainted"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("Secure Boot"), "{told}");
    // After the next boot it is loaded as one that was there.
    let listed = |step: &Step| step.title().contains("modules-load.d");
    assert!(planned.steps.iter().any(listed));
}

#[test]
fn the_headers_of_the_running_kernel_come_before_what_is_built_with_them() {
    let planned = plan(&online(), &debian10(), &survey()).unwrap();
    let steps = titles(&planned);
    assert_eq!(
        steps[..2],
        [
            format!(
                "Install {HEADERS} from apt: the module for kernel 4.19.0-27-amd64 is built with \
                 them"
            ),
            "Install wireguard-dkms from apt: it has WireGuard's kernel module".into(),
        ]
    );
    assert!(planned.notes[0].contains("compiler"), "{:?}", planned.notes);
    // Headers that are there are not installed.
    let there = stocked(&[
        (HEADERS, Stock::Installed),
        ("wireguard-dkms", Stock::Offered),
    ]);
    let planned = plan(&online(), &debian10(), &there).unwrap();
    assert!(titles(&planned)[0].starts_with("Install wireguard-dkms"));
    assert_eq!(
        packages(&debian10()),
        Some((Packager::Apt, vec![HEADERS.into(), "wireguard-dkms".into()]))
    );
    assert_eq!(packages(&facts()), None, "a kernel that has it");
}

#[test]
fn a_bundle_brings_it_where_nothing_comes_from_repositories() {
    let mut offline = wanted();
    offline.sources.because = "airgap: true".into();
    let refusal = refused(&offline, &el7(), &survey());
    assert!(refusal.text.contains("airgap: true"), "{refusal:?}");
    assert!(refusal.remedy.contains("--bundle DIR"), "{refusal:?}");
    let brought = with_bundle(offline.clone(), &["kmod-wireguard"]);
    let planned = plan(&brought, &el7(), &survey()).unwrap();
    let Step::InstallPackages { files, .. } = &planned.steps[0] else {
        unreachable!("{planned:?}")
    };
    assert_eq!(files[0].path, "/media/b/files/kmod-wireguard.rpm");
    assert_eq!(files[0].sha256, "ab".repeat(32));
    // The headers are needed, too.
    let half = with_bundle(offline, &["wireguard-dkms"]);
    let refusal = refused(&half, &debian10(), &survey());
    assert!(refusal.text.contains(HEADERS), "{refusal:?}");
    assert!(
        refusal
            .remedy
            .contains(&format!("put {HEADERS} into the bundle /media/b")),
        "{refusal:?}"
    );
}

#[test]
fn what_no_repository_has_is_said_before_anything_is_changed() {
    let nowhere = stocked(&[("kmod-wireguard", Stock::Nowhere)]);
    let refusal = refused(&online(), &el7(), &nowhere);
    assert_eq!(refusal.id, "packages");
    assert!(
        refusal
            .remedy
            .starts_with("configure ELRepo, which groundcrew does not add by itself"),
        "{refusal:?}"
    );
    let old = stocked(&[
        (HEADERS, Stock::Nowhere),
        ("wireguard-dkms", Stock::Offered),
    ]);
    let refusal = refused(&online(), &debian10(), &old);
    assert!(refusal.text.contains(HEADERS), "{refusal:?}");
    assert!(refusal.remedy.contains("newest kernel"), "{refusal:?}");
    // Installed and of no use: installing it once more changes nothing.
    let vain = stocked(&[("kmod-wireguard", Stock::Installed)]);
    let refusal = refused(&online(), &el7(), &vain);
    assert!(
        refusal.text.contains("has no WireGuard module for"),
        "{refusal:?}"
    );
}

/// A rule, a host that breaks it, and words of the refusal and of its remedy.
type Obstacle = (&'static str, fn(&mut Facts), &'static str, &'static str);

#[test]
fn each_obstacle_is_refused_with_its_remedy() {
    let obstacles: [Obstacle; 8] = [
        (
            "WG4",
            |facts| facts.security.secure_boot = Fact::known(true, "a test"),
            "Secure Boot is on",
            "mokutil --import",
        ),
        (
            "WG3",
            |facts| facts.security.fips = Fact::known(true, "a test"),
            "FIPS mode is on",
            "leave FIPS mode",
        ),
        (
            "WG2",
            |facts| facts.kernel.virt = known("openvz"),
            "inside openvz",
            "let the host load",
        ),
        (
            "WG2",
            |facts| facts.kernel.virt = known("lxc"),
            "inside lxc",
            "let the host load",
        ),
        (
            "WG2",
            |facts| facts.kernel.release = known("3.10.0-957.el7.x86_64"),
            "kmod-wireguard (ELRepo) is for RHEL's own kernel from 3.10.0-1160 (7.9) on",
            "boot a kernel that has it",
        ),
        (
            "WG2",
            |facts| facts.kernel.release = known("5.4.17-2102.el7uek.x86_64"),
            "and 5.4.17-2102.el7uek.x86_64 runs",
            "boot a kernel that has it",
        ),
        (
            "WG2",
            |facts| facts.os.id = known("sles"),
            "no row for sles",
            "boot a kernel that has it",
        ),
        (
            "WG2",
            |facts| {
                let locked = Fact::known(Capability::Missing, LOCKED);
                facts.kernel.capabilities.insert("wireguard".into(), locked);
            },
            "switched off until the next boot",
            "boot without",
        ),
    ];
    for (id, breaks, text, remedy) in obstacles {
        let mut facts = el7();
        breaks(&mut facts);
        let refusal = refused(&online(), &facts, &survey());
        assert_eq!(refusal.id, id, "{refusal:?}");
        assert!(refusal.text.contains(text), "{text}: {refusal:?}");
        assert!(refusal.remedy.contains(remedy), "{remedy}: {refusal:?}");
    }
}

#[test]
fn what_was_waived_with_a_reason_does_not_stand_in_the_way() {
    let mut facts = el7();
    facts.security.secure_boot = Fact::known(true, "a test");
    let enrolled = Wanted {
        waived: vec!["WG4".into()],
        ..online()
    };
    assert!(plan(&enrolled, &facts, &survey()).is_ok());
    facts.security.secure_boot = Fact::unreadable("not mounted", "efivars");
    let planned = plan(&online(), &facts, &survey()).unwrap();
    assert!(
        planned
            .notes
            .iter()
            .any(|note| note.contains("ELRepo's Secure Boot key")),
        "{:?}",
        planned.notes
    );
}

#[test]
fn leave_installs_nothing_and_says_how() {
    let leave = Wanted {
        module: Packages::Leave,
        ..online()
    };
    let refusal = refused(&leave, &el7(), &survey());
    assert!(refusal.text.contains("overlay.wireguard.module says leave"));
    assert!(
        refusal
            .remedy
            .starts_with("say install, or install it: kmod-wireguard (ELRepo)"),
        "{refusal:?}"
    );
    assert!(refusal.remedy.contains("allow-experimental: true"));
    // Where user space is allowed, the kernel is left alone.
    let userspace = Wanted {
        allow_experimental: true,
        ..online()
    };
    let planned = plan(&userspace, &el7(), &survey()).unwrap();
    assert_eq!(
        titles(&planned),
        ["Bring up wg0 in user space: 10.90.0.1/24, MTU 1420"]
    );
}

#[test]
fn a_run_that_stopped_after_the_module_came_may_go_on() {
    let before = el7();
    let planned = plan(&online(), &before, &survey()).unwrap();
    let scope = Scope::of(&planned.steps);
    let basis = |facts: &Facts, scope: &Scope| Basis::of(facts, &survey(), scope, true);
    let mut after = before.clone();
    set(&mut after, "wireguard", Capability::Loaded);
    assert_eq!(
        basis(&before, &scope).changes(&basis(&after, &scope)),
        [],
        "the plan's own step"
    );
    // For a plan that does not bring it, it is a change.
    let other = Scope {
        module: false,
        ..scope
    };
    let changes = basis(&before, &other).changes(&basis(&after, &other));
    assert_eq!(changes[0].fact, "WireGuard in the kernel");
}
