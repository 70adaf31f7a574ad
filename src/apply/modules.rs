//! Loading kernel modules, and what it means when the kernel does not take one.

use super::error::StepError;
use crate::host::{Command, Host};

/// What modprobe's words mean, and what to do. The words are those of strerror(3)
/// and of kmod; that Secure Boot says so: BZ1599197.
pub(super) const HINTS: &[(&[&str], &str)] = &[
    (
        &["required key not available", "key was rejected by service"],
        "Secure Boot takes only modules that are signed with a key it knows: enrol the key with \
         `mokutil --import FILE` (dkms: /var/lib/shim-signed/mok/MOK.der or /var/lib/dkms/mok.pub; \
         ELRepo: its Secure Boot key from elrepo.org), boot, confirm it there and try again; or \
         switch Secure Boot off",
    ),
    (
        &[
            "exec format error",
            "invalid module format",
            "unknown symbol",
        ],
        "the module is for another kernel than the one that runs: boot the kernel that it is for, \
         or install the package's version for this one (`uname -r` and `modinfo -F vermagic` name \
         both)",
    ),
    (
        &["not found"],
        "there is none for the kernel that runs: its package is for another one, or dkms could \
         not build it (see `dkms status`, and make.log below /var/lib/dkms)",
    ),
    (
        &["operation not permitted", "lockdown"],
        "this system may not load modules: in a container the host has to load it; else see \
         /proc/sys/kernel/modules_disabled and /sys/kernel/security/lockdown",
    ),
    (
        &["operation not supported"],
        "the kernel does not allow it: in FIPS mode WireGuard is switched off",
    ),
];

/// Loads a module.
///
/// # Errors
/// What modprobe says, and what it means.
pub fn load(host: &dyn Host, name: &str) -> Result<(), StepError> {
    let Err(error) = host.run(&Command::new(["modprobe", name])) else {
        return Ok(());
    };
    let why = error.to_string();
    let low = why.to_lowercase();
    let hint = HINTS
        .iter()
        .find(|(parts, _)| parts.iter().any(|part| low.contains(part)))
        .map(|(_, hint)| *hint);
    Err(StepError::Module {
        name: name.into(),
        why,
        hint,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::apply::engine::Outcome;
    use crate::apply::machine::Machine;
    use crate::apply::machine::runs::{self, apply_all, begin};
    use crate::host::Scripted;
    use crate::host::scripted::ended_with;
    use crate::plan::packages::Packager;
    use crate::plan::step::Step;

    #[test]
    fn a_package_whose_module_the_kernel_does_not_take_is_removed_again() {
        let mut files = Scripted::new();
        files.now += std::time::Duration::from_secs(1_700_000_000);
        let machine = Machine::new(files);
        let before = machine.picture();
        machine.fail("modprobe wireguard");
        let steps = vec![
            Step::InstallPackages {
                packager: Packager::Apt,
                packages: vec!["wireguard-dkms".into()],
                files: Vec::new(),
                purpose: "a test".into(),
            },
            Step::LoadModule {
                name: "wireguard".into(),
            },
        ];
        let plan = runs::plan("alpha", "native", Some("wireguard"), steps);
        let outcome = apply_all(&machine, &mut begin(&machine, plan));
        let Outcome::RolledBack { step, error } = outcome else {
            unreachable!("{outcome:?}")
        };
        assert_eq!(step, 1);
        assert!(
            error.contains("the kernel module wireguard could not be loaded"),
            "{error}"
        );
        assert_eq!(before.1.packages, machine.picture().1.packages);
    }

    #[test]
    fn what_the_kernel_does_not_take_is_explained() {
        for (said, hint) in [
            (
                "modprobe: ERROR: could not insert 'wireguard': Required key not available",
                "mokutil --import",
            ),
            (
                "modprobe: ERROR: could not insert 'wireguard': Key was rejected by service",
                "mokutil --import",
            ),
            (
                "modprobe: ERROR: could not insert 'wireguard': Exec format error",
                "another kernel",
            ),
            (
                "FATAL: Error inserting wireguard (/lib/modules/x/wireguard.ko): Unknown symbol in module, or unknown parameter (see dmesg)",
                "another kernel",
            ),
            (
                "modprobe: FATAL: Module wireguard not found in directory /lib/modules/4.19.0-27-amd64",
                "dkms status",
            ),
            (
                "modprobe: ERROR: could not insert 'wireguard': Operation not permitted",
                "in a container",
            ),
            (
                "modprobe: ERROR: could not insert 'wireguard': Operation not supported",
                "FIPS",
            ),
            ("modprobe: out of memory", "out of memory"),
        ] {
            let host =
                Scripted::new().on_run(move |_, command| Some(Err(ended_with(command, 1, said))));
            let told = load(&host, "wireguard").unwrap_err().to_string();
            assert!(told.contains(said) && told.contains(hint), "{told}");
            assert!(told.starts_with("the kernel module wireguard"), "{told}");
        }
        let good = Scripted::new().command(&["modprobe", "wireguard"], "");
        assert!(load(&good, "wireguard").is_ok());
    }
}
