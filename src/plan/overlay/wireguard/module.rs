//! WireGuard's module for a kernel that has none: the packages that bring it, and
//! why that cannot work here, before anything is changed.

use super::Wanted;
use crate::answers::config::Packages;
use crate::facts::distributions::Method;
use crate::facts::kernel::Capability;
use crate::facts::os::wireguard_method;
use crate::facts::{Fact, Facts};
use crate::plan::Refusal;
use crate::plan::packages::{BundleFile, packager};
use crate::plan::programs::{Brought, file_in};
use crate::plan::step::{Packager, Step};
use crate::plan::survey::{Stock, Survey};

/// What the package is for; it also tells a plan that brings the module.
const PURPOSE: &str = "it has WireGuard's kernel module";

/// Where the kernel says that no module is loaded until the next boot.
const LOCKED: &str = "/proc/sys/kernel/modules_disabled";

/// The steps that bring the module, and what is told about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Install {
    /// Steps; loading it comes after them.
    pub steps: Vec<Step>,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// Whether a step brings the module.
pub fn brings(step: &Step) -> bool {
    matches!(step, Step::InstallPackages { purpose, .. } if purpose == PURPOSE)
}

/// The packages that would bring the module to a kernel without it: what is worth
/// looking up before a plan is made.
pub fn packages(facts: &Facts) -> Option<(Packager, Vec<String>)> {
    let fact = facts.kernel.capabilities.get("wireguard")?;
    let missing = fact.value() == Some(&Capability::Missing);
    let method = wireguard_method(&facts.os, &facts.kernel);
    let method = method.value().filter(|_| missing)?;
    let names = method.headers.iter().chain(&method.packages);
    Some((packager(facts)?, names.cloned().collect()))
}

/// The steps that bring the module.
///
/// # Errors
/// Why the module cannot get onto this kernel, and what to do instead: one reason,
/// the one that stands before the others.
pub fn install(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Result<Install, Refusal> {
    let release = facts.kernel.release.value();
    let release = release.map_or("unknown", String::as_str);
    let missing = format!("the WireGuard module is not on this host (kernel {release})");
    let refuse = |id: &str, why: &str, remedy: String| Refusal {
        id: id.into(),
        text: format!("{missing}{}{why}", if why.is_empty() { "" } else { ": " }),
        remedy,
    };
    let source = facts.kernel.capabilities.get("wireguard");
    if source.is_some_and(|fact| fact.source() == LOCKED) {
        return Err(Refusal {
            id: "WG2".into(),
            text: "loading of modules is switched off until the next boot".into(),
            remedy: format!("boot without what writes to {LOCKED}"),
        });
    }
    let virt = facts.kernel.virt.value().map_or("", String::as_str);
    if ["openvz", "lxc", "wsl1", "wsl2"].contains(&virt) {
        let why = format!("inside {virt} the host's kernel runs, which this system cannot change");
        let remedy = others("let the host load its module wireguard");
        return Err(refuse("WG2", &why, remedy));
    }
    let method = wireguard_method(&facts.os, &facts.kernel);
    let method = match method {
        Fact::Known { value, .. } => value,
        Fact::Absent { why, .. } | Fact::Unreadable { why, .. } => {
            let remedy =
                others("boot a kernel that has it, or install a module that fits this one");
            return Err(refuse("WG2", &why, remedy));
        }
    };
    if wanted.module == Packages::Leave {
        let why = "overlay.wireguard.module says leave";
        let remedy = others(&format!("say install, or install it: {}", method.text));
        return Err(refuse("WG2", why, remedy));
    }
    let waived = |id: &str| wanted.waived.iter().any(|waived| waived == id);
    if facts.security.fips.value() == Some(&true) && !waived("WG3") {
        let remedy = others("leave FIPS mode");
        return Err(refuse(
            "WG3",
            "FIPS mode is on, and does not allow it",
            remedy,
        ));
    }
    let secure_boot = facts.security.secure_boot.value();
    if secure_boot == Some(&true) && !method.signed && !waived("WG4") {
        let why = format!(
            "Secure Boot is on, and takes no module of {} without its key",
            method.text
        );
        let remedy = others(&format!(
            "enrol {} with `mokutil --import FILE`, boot and confirm it there, and say --waive \
             WG4=REASON; or switch Secure Boot off",
            key(&method)
        ));
        return Err(refuse("WG4", &why, remedy));
    }
    let Some(packager) = packager(facts) else {
        let why = "how packages are installed here is not known";
        return Err(refuse("packages", why, others(&method.text)));
    };
    if let Some(refusal) = installed_in_vain(&method, release, survey) {
        return Err(refusal);
    }
    let mut steps = Vec::new();
    // What it is built with has to be there before it.
    if let Some(headers) = &method.headers {
        let purpose = format!("the module for kernel {release} is built with them");
        steps.extend(
            step(wanted, survey, packager, headers, purpose).map_err(|why| {
                refuse(
                    "packages",
                    &why.text,
                    others(&format!("{}; or {}", why.remedy, newest())),
                )
            })?,
        );
    }
    for package in &method.packages {
        steps.extend(
            step(wanted, survey, packager, package, PURPOSE.into()).map_err(|why| {
                let remedy = others(&format!(
                    "configure {}, which groundcrew does not add by itself; or {}",
                    method.repository, why.remedy
                ));
                refuse("packages", &why.text, remedy)
            })?,
        );
    }
    Ok(Install {
        notes: notes(&method, release, secure_boot.is_none()),
        steps,
    })
}

/// What can be done without the module.
fn others(first: &str) -> String {
    format!(
        "{first}; or choose another overlay; or allow userspace WireGuard, which is outside the \
         documented minimum, with overlay.wireguard.allow-experimental: true"
    )
}

fn newest() -> &'static str {
    "install the newest kernel of this distribution and boot it: its headers are there"
}

/// Which key Secure Boot has to know (dkms README; Ubuntu's shim-signed;
/// githubixx/ansible-role-wireguard#130).
fn key(method: &Method) -> &'static str {
    match method.headers {
        Some(_) => {
            "the key that dkms signs with (/var/lib/shim-signed/mok/MOK.der or \
             /var/lib/dkms/mok.pub)"
        }
        None => "ELRepo's Secure Boot key (elrepo.org, SecureBootKey)",
    }
}

/// Everything is installed, and there is no module: installing it once more changes
/// nothing.
fn installed_in_vain(method: &Method, release: &str, survey: &Survey) -> Option<Refusal> {
    let mut all = method.packages.iter().chain(&method.headers);
    if !all.all(|name| survey.packages.get(name) == Some(&Stock::Installed)) {
        return None;
    }
    let packages = method.packages.join(" and ");
    let remedy = match method.headers {
        Some(_) => "see what `dkms status` says, and the make.log below /var/lib/dkms/wireguard",
        None => "boot the kernel that it is for (it lies below /lib/modules)",
    };
    Some(Refusal {
        id: "WG2".into(),
        text: format!("{packages} is installed, and has no WireGuard module for kernel {release}"),
        remedy: others(remedy),
    })
}

/// Why a package does not get here.
struct Unable {
    text: String,
    remedy: String,
}

/// The step that brings a package; none where it is installed.
fn step(
    wanted: &Wanted,
    survey: &Survey,
    packager: Packager,
    package: &str,
    purpose: String,
) -> Result<Option<Step>, Unable> {
    let stock = survey.packages.get(package);
    if stock == Some(&Stock::Installed) {
        return Ok(None);
    }
    let step = |files| {
        Ok(Some(Step::InstallPackages {
            packager,
            packages: vec![package.into()],
            files,
            purpose,
        }))
    };
    let brought = wanted.sources.brought.as_ref();
    if let Some(files) = brought.and_then(|brought| in_bundle(brought, package)) {
        return step(files);
    }
    let bundle = match brought {
        Some(brought) => format!("put {package} into the bundle {}", brought.dir),
        None => format!("bring {package} with --bundle DIR"),
    };
    if !wanted.sources.repositories {
        return Err(Unable {
            text: format!(
                "{package} would bring it, and nothing is installed from repositories ({})",
                wanted.sources.because
            ),
            remedy: bundle,
        });
    }
    if stock == Some(&Stock::Nowhere) {
        return Err(Unable {
            text: format!("no repository of this host has {package}"),
            remedy: bundle,
        });
    }
    step(Vec::new())
}

fn in_bundle(brought: &Brought, package: &str) -> Option<Vec<BundleFile>> {
    let files = brought.bundle.packages(package)?;
    Some(files.iter().map(|file| file_in(brought, file)).collect())
}

fn notes(method: &Method, release: &str, secure_boot_unknown: bool) -> Vec<String> {
    let mut notes = vec![match method.headers {
        Some(_) => format!(
            "The kernel has no WireGuard: {} builds the module for {release} on this host, which \
             takes a compiler and minutes, and anew for each kernel whose headers are installed \
             with it. overlay.wireguard.module: leave keeps it off.",
            method.text
        ),
        None => format!(
            "The kernel has no WireGuard: {} brings the module for {release}. A kernel of another \
             minor release wants the package anew. overlay.wireguard.module: leave keeps it off.",
            method.text
        ),
    }];
    if !method.signed {
        notes.push(
            "The distribution did not sign that module: a kernel that loads it says that it is \
             tainted, until the next boot."
                .into(),
        );
    }
    if secure_boot_unknown && !method.signed {
        notes.push(format!(
            "Whether Secure Boot is on could not be read. Where it is, loading the module fails \
             and all is undone, unless it knows {}.",
            key(method)
        ));
    }
    notes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
