//! FIPS mode, Secure Boot, SELinux.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Security settings that decide what may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// FIPS mode of the kernel.
    pub fips: Fact<bool>,
    /// Secure Boot.
    pub secure_boot: Fact<bool>,
    /// SELinux: enforcing, permissive, disabled.
    pub selinux: Fact<String>,
    /// Whether AppArmor is on.
    pub apparmor: Fact<bool>,
    /// Whether the SELinux policy for containers is installed.
    pub container_selinux: Fact<bool>,
}

const FIPS: &str = "/proc/sys/crypto/fips_enabled";

/// Name of the variable with the GUID of the EFI specification's globals.
const SECURE_BOOT: &str = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// Reads the security settings.
pub fn collect(reader: &Reader) -> Security {
    Security {
        fips: fips(reader),
        secure_boot: secure_boot(reader),
        selinux: selinux(reader),
        apparmor: apparmor(reader),
        container_selinux: container_selinux(reader),
    }
}

fn fips(reader: &Reader) -> Fact<bool> {
    let there = || reader.surely("/proc/sys/kernel");
    match reader.text(FIPS) {
        // A kernel without the code has no such file, and no such mode.
        Fact::Absent { source, .. } if there() => Fact::known(false, source),
        fact => fact.parse(|text| flag(&text)),
    }
}

fn flag(text: &str) -> Result<bool, String> {
    match text.trim() {
        "0" => Ok(false),
        "1" => Ok(true),
        other => Err(format!("neither 0 nor 1: {}", other.escape_debug())),
    }
}

fn secure_boot(reader: &Reader) -> Fact<bool> {
    match reader.there("/sys/firmware/efi") {
        // Not started by EFI firmware; where /sys itself is not there, nothing
        // follows.
        Fact::Known {
            value: false,
            source,
        } => {
            return if reader.surely("/sys/kernel") {
                Fact::known(false, format!("{source} is not there"))
            } else {
                Fact::unreadable("/sys is not mounted", source)
            };
        }
        Fact::Known { .. } => {}
        other => return other.unknown(""),
    }
    // Four bytes of attributes, then the value.
    let variable = reader.bytes(&format!("/sys/firmware/efi/efivars/{SECURE_BOOT}"));
    let variable = match variable {
        Fact::Absent { .. } => {
            let old = reader.bytes(&format!("/sys/firmware/efi/vars/{SECURE_BOOT}/data"));
            match old {
                Fact::Absent { .. } => return no_variable(reader),
                old => old,
            }
        }
        found => found,
    };
    variable.parse(|bytes| match bytes.as_slice() {
        [.., value] if matches!(bytes.len(), 1 | 5) => Ok(*value == 1),
        _ => Err(format!("{} bytes, and not 5", bytes.len())),
    })
}

/// EFI firmware without the variable has no Secure Boot; an empty folder says
/// only that the variables are not mounted.
fn no_variable(reader: &Reader) -> Fact<bool> {
    let path = "/sys/firmware/efi/efivars";
    match reader.list(path) {
        Fact::Known { value, source } if !value.is_empty() => Fact::known(false, source),
        _ => Fact::unreadable("the variables of the firmware are not mounted", path),
    }
}

fn selinux(reader: &Reader) -> Fact<String> {
    // EL6 mounts it at /selinux.
    let enforce = reader.first_text(&["/sys/fs/selinux/enforce", "/selinux/enforce"]);
    match enforce {
        Fact::Absent { source, .. } => {
            let kinds = reader.text("/proc/filesystems");
            match kinds.value() {
                // The kernel has the file system only while SELinux is on.
                Some(kinds) if !kinds.contains("selinuxfs") => {
                    Fact::known("disabled".into(), kinds_source())
                }
                Some(_) => Fact::unreadable("selinuxfs is not mounted", source),
                None => kinds.unknown(""),
            }
        }
        fact => fact.parse(|text| {
            let enforcing = flag(&text)?;
            Ok(if enforcing { "enforcing" } else { "permissive" }.into())
        }),
    }
}

fn apparmor(reader: &Reader) -> Fact<bool> {
    match reader.text("/sys/module/apparmor/parameters/enabled") {
        Fact::Absent { source, .. } if reader.surely("/sys/module") => Fact::known(false, source),
        fact => fact.map(|text| text.trim() == "Y"),
    }
}

/// The policy module of container-selinux, where semodule keeps those that are
/// installed (EL7: /etc/selinux, later: /var/lib/selinux).
fn container_selinux(reader: &Reader) -> Fact<bool> {
    let paths = [
        "/usr/share/selinux/packages/container.pp.bz2",
        "/usr/share/selinux/packages/container-selinux/container.pp.bz2",
        "/var/lib/selinux/targeted/active/modules/200/container",
        "/etc/selinux/targeted/active/modules/200/container",
        "/etc/selinux/targeted/modules/active/modules/container.pp",
    ];
    for path in paths {
        match reader.there(path) {
            Fact::Known { value: false, .. } | Fact::Absent { .. } => {}
            other => return other,
        }
    }
    Fact::known(false, "/usr/share/selinux/packages, /var/lib/selinux")
}

fn kinds_source() -> &'static str {
    "/proc/filesystems without selinuxfs"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn security(host: &Scripted) -> Security {
        collect(&Reader::new(host))
    }

    #[test]
    fn fips_mode() {
        let fips = |host: &Scripted| security(host).fips.value().copied();
        assert_eq!(fips(&Scripted::new().file(FIPS, "1\n")), Some(true));
        assert_eq!(fips(&Scripted::new().file(FIPS, "0\n")), Some(false));
        assert_eq!(fips(&Scripted::new().file(FIPS, "x\n")), None);
        assert_eq!(fips(&Scripted::new().dir("/proc/sys/kernel")), Some(false));
        assert_eq!(fips(&Scripted::new()), None);
        assert_eq!(
            fips(&Scripted::new().dir("/proc/sys/kernel").deny(FIPS)),
            None
        );
    }

    #[test]
    fn secure_boot_is_the_last_byte() {
        let path = format!("/sys/firmware/efi/efivars/{SECURE_BOOT}");
        let with = |bytes: &[u8]| {
            let host = Scripted::new().file(&path, bytes);
            security(&host).secure_boot.value().copied()
        };
        assert_eq!(with(&[6, 0, 0, 0, 1]), Some(true));
        assert_eq!(with(&[6, 0, 0, 0, 0]), Some(false));
        assert_eq!(with(&[6, 0]), None);
        assert_eq!(with(&[]), None);
        let boot = |host: &Scripted| security(host).secure_boot.value().copied();
        assert_eq!(boot(&Scripted::new().dir("/sys/kernel")), Some(false));
        assert_eq!(boot(&Scripted::new()), None);
        let unmounted = Scripted::new().dir("/sys/firmware/efi/efivars");
        assert_eq!(boot(&unmounted), None);
        let other = Scripted::new().file("/sys/firmware/efi/efivars/Boot0000-x", "");
        assert_eq!(boot(&other), Some(false));
        assert_eq!(boot(&Scripted::new().deny("/sys/firmware/efi")), None);
    }

    #[test]
    fn selinux_modes() {
        let mode = |host: &Scripted| security(host).selinux.value().cloned();
        let el6 = Scripted::new().file("/selinux/enforce", "1");
        assert_eq!(mode(&el6).as_deref(), Some("enforcing"));
        let el7 = Scripted::new().file("/sys/fs/selinux/enforce", "0");
        assert_eq!(mode(&el7).as_deref(), Some("permissive"));
        let debian = Scripted::new().file("/proc/filesystems", "nodev\tproc\n");
        assert_eq!(mode(&debian).as_deref(), Some("disabled"));
        let hidden = Scripted::new().file("/proc/filesystems", "nodev\tselinuxfs\n");
        assert_eq!(mode(&hidden), None);
        assert_eq!(mode(&Scripted::new()), None);
    }
}
