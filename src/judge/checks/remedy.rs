//! Remedies in the words of this host: its distribution, its init system.

use crate::facts::Facts;
use crate::judge::finding::Remedy;

/// How a distribution installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packager {
    /// yum: RHEL 5 to 7 and its rebuilds, Amazon Linux 1 and 2.
    Yum,
    /// dnf: RHEL 8 and later, Fedora, Amazon Linux 2023.
    Dnf,
    /// apt: Debian, Ubuntu.
    Apt,
    /// zypper: SLES.
    Zypper,
}

/// The packager of this host; none where the distribution is not known.
pub fn packager(facts: &Facts) -> Option<Packager> {
    let id = facts.os.id.value().map_or("", String::as_str);
    match facts.os.family.value()?.as_str() {
        "el6" | "el7" | "amzn1" | "amzn2" => Some(Packager::Yum),
        "el8" | "el9" | "el10" => Some(Packager::Dnf),
        "debian" | "ubuntu" => Some(Packager::Apt),
        "sles" => Some(Packager::Zypper),
        _ if matches!(id, "fedora" | "amzn") => Some(Packager::Dnf),
        _ => None,
    }
}

/// The command that installs packages, by the names that they have on Red Hat's
/// and on Debian's side.
pub fn install(facts: &Facts, red_hat: &str, debian: &str) -> Option<String> {
    Some(match packager(facts)? {
        Packager::Yum => format!("yum install -y {red_hat}"),
        Packager::Dnf => format!("dnf install -y {red_hat}"),
        Packager::Apt => format!("apt-get install -y {debian}"),
        Packager::Zypper => format!("zypper --non-interactive install {red_hat}"),
    })
}

/// With the command that installs packages, where the packager is known.
pub fn with_install(remedy: Remedy, facts: &Facts, red_hat: &str, debian: &str) -> Remedy {
    match install(facts, red_hat, debian) {
        Some(command) => remedy.command(command),
        None => remedy,
    }
}

/// Whether services are systemd's.
pub fn systemd(facts: &Facts) -> bool {
    facts
        .services
        .init
        .value()
        .is_some_and(|init| init == "systemd")
}

/// The commands that start a service now and at every boot.
pub fn enable(facts: &Facts, service: &str) -> Vec<String> {
    if systemd(facts) {
        return vec![format!("systemctl enable --now {service}")];
    }
    // chkconfig on EL6 and SLES 11, update-rc.d on Debian (their manuals).
    let at_boot = match packager(facts) {
        Some(Packager::Apt) => format!("update-rc.d {service} defaults"),
        _ => format!("chkconfig {service} on"),
    };
    vec![format!("service {service} start"), at_boot]
}

/// The commands that stop a service now and at every boot.
pub fn disable(facts: &Facts, service: &str) -> Vec<String> {
    if systemd(facts) {
        return vec![format!("systemctl disable --now {service}")];
    }
    let at_boot = match packager(facts) {
        Some(Packager::Apt) => format!("update-rc.d {service} disable"),
        _ => format!("chkconfig {service} off"),
    };
    vec![format!("service {service} stop"), at_boot]
}

/// A kernel setting, now and at every boot. EL6 reads /etc/sysctl.conf alone
/// (initscripts 9.03 rc.sysinit).
pub fn sysctl(facts: &Facts, name: &str, value: &str) -> Remedy {
    let el6 = facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let file = if el6 {
        "/etc/sysctl.conf"
    } else {
        "/etc/sysctl.d/90-groundcrew.conf"
    };
    let before = facts
        .sysctl
        .get(name)
        .and_then(|setting| setting.live.value());
    let remedy = Remedy::hint(format!("set {name} to {value}, now and for every boot"))
        .command(format!("sysctl -w {name}={value}"))
        .file(file, format!("{name} = {value}"))
        .automatic();
    match before {
        Some(before) => remedy.undo(format!("sysctl -w {name}={before}")),
        None => remedy,
    }
}

/// A kernel module, now and at every boot. EL6 has no modules-load.d: it runs
/// /etc/sysconfig/modules/*.modules (initscripts 9.03 rc.sysinit).
pub fn module(facts: &Facts, name: &str) -> Remedy {
    let remedy = Remedy::hint(format!("load the module {name}, now and with every boot"))
        .command(format!("modprobe {name}"))
        .automatic()
        .undo(format!("modprobe -r {name}"));
    let el6 = facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    if el6 {
        let path = format!("/etc/sysconfig/modules/{name}.modules");
        remedy
            .file(
                path.as_str(),
                format!("#!/bin/sh\nexec /sbin/modprobe {name}"),
            )
            .command(format!("chmod 755 {path}"))
    } else if systemd(facts) {
        remedy.file(format!("/etc/modules-load.d/{name}.conf"), name)
    } else {
        remedy.file("/etc/modules", name)
    }
}

/// A package that is to be installed, with the command for this distribution.
pub fn package(facts: &Facts, what: &str, red_hat: &str, debian: &str) -> Remedy {
    with_install(
        Remedy::hint(format!("install {what}")),
        facts,
        red_hat,
        debian,
    )
}
