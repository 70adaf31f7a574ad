//! What the host runs on: hardware, a hypervisor, or another host's kernel.

use super::Fact;
use super::reader::Reader;
use super::services::comm;

/// Finds out what this host is: one of none, kvm, vmware, xen, hyperv,
/// virtualbox, lxc, openvz, wsl1, wsl2, other.
pub fn collect(reader: &Reader, release: &Fact<String>) -> Fact<String> {
    let known = |value: &str, source: &str| Fact::known(value.to_string(), source);
    if let Some(kind) = release.value().and_then(|release| from_release(release)) {
        // The host of OpenVZ guests runs the same kernel; only it has /proc/bc.
        if kind != "openvz" || !reader.surely("/proc/bc") {
            return known(kind, "uname(2)");
        }
    }
    if reader.surely("/proc/vz") && !reader.surely("/proc/bc") {
        return known("openvz", "/proc/vz without /proc/bc");
    }
    if let Some(container) = container(reader) {
        return container;
    }
    if let Some(capabilities) = reader.text("/proc/xen/capabilities").value() {
        // The first domain has the hardware; it is no guest.
        let kind = if capabilities.contains("control_d") {
            "none"
        } else {
            "xen"
        };
        return known(kind, "/proc/xen/capabilities");
    }
    let dmi = ["sys_vendor", "product_name", "board_vendor", "bios_vendor"]
        .map(|name| reader.text(&format!("/sys/class/dmi/id/{name}")));
    let words: Vec<&str> = dmi
        .iter()
        .filter_map(|fact| fact.value())
        .map(|s| s.trim())
        .collect();
    if let Some(kind) = from_dmi(&words) {
        return known(kind, "/sys/class/dmi/id");
    }
    let path = "/sys/hypervisor/type";
    if reader
        .text(path)
        .value()
        .is_some_and(|text| text.trim() == "xen")
    {
        return known("xen", path);
    }
    let cpu = reader.text("/proc/cpuinfo");
    let guest = cpu.value().and_then(|text| hypervisor_flag(text));
    if guest == Some(true) {
        let path = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
        let clock = reader.text(path);
        return match clock.value().and_then(|text| from_clock(text)) {
            Some(kind) => known(kind, path),
            None => known("other", "flag hypervisor in /proc/cpuinfo"),
        };
    }
    if guest == Some(false) {
        return known("none", "/proc/cpuinfo");
    }
    // Not every machine shows the flag; firmware that names no hypervisor is
    // hardware's.
    if !words.is_empty() {
        return known("none", "/sys/class/dmi/id");
    }
    match cpu {
        Fact::Known { source, .. } => {
            Fact::unreadable("it has no flags, and there is no DMI", source)
        }
        other => other.unknown(""),
    }
}

/// Kernels that give themselves away. The marks of OpenVZ come first: some of
/// its hosts claim a newer version for their guests.
fn from_release(release: &str) -> Option<&'static str> {
    if ["stab", "vz6", "vz7", "vz8", "vz9"]
        .iter()
        .any(|mark| release.contains(mark))
    {
        Some("openvz")
    } else if release.contains("microsoft") {
        Some("wsl2")
    } else if release.contains("Microsoft") {
        Some("wsl1")
    } else {
        None
    }
}

/// The container that this is, if it is one.
fn container(reader: &Reader) -> Option<Fact<String>> {
    let kind = |name: &str| match name.trim() {
        "lxc" | "lxc-libvirt" => "lxc",
        "openvz" => "openvz",
        _ => "other",
    };
    let named = reader.text("/run/systemd/container");
    if let Some(name) = named.value().filter(|name| !name.trim().is_empty()) {
        return Some(Fact::known(kind(name).into(), named.source()));
    }
    let environment = reader.text("/proc/1/environ");
    let variable = environment.value().and_then(|text| {
        let mut variables = text.split('\0');
        variables.find_map(|variable| variable.strip_prefix("container="))
    });
    if let Some(name) = variable.filter(|name| !name.is_empty()) {
        return Some(Fact::known(kind(name).into(), environment.source()));
    }
    // An image that was made into a disk keeps these files; but only where the
    // kernel's own threads are to be seen, this is the host.
    let threads = reader.text("/proc/2/stat");
    let host = threads.value().and_then(|text| comm(text)) == Some("kthreadd");
    let marks = ["/.dockerenv", "/run/.containerenv"];
    let mark = marks.into_iter().find(|path| !host && reader.surely(path));
    if let Some(path) = mark {
        return Some(Fact::known("other".into(), path));
    }
    let groups = reader.text("/proc/1/cgroup");
    let group = groups.value().and_then(|text| from_cgroup(text));
    group.map(|kind| Fact::known(kind.into(), groups.source()))
}

/// The container whose control group the first process is in.
fn from_cgroup(text: &str) -> Option<&'static str> {
    let paths = || text.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    if paths().any(|path| path.starts_with("/lxc/") || path.starts_with("/lxc.payload")) {
        return Some("lxc");
    }
    let others = [
        "/docker/",
        "/docker-",
        "/kubepods",
        "/libpod",
        "/machine.slice/",
    ];
    paths()
        .any(|path| others.iter().any(|other| path.contains(other)))
        .then_some("other")
}

/// The hypervisor that the firmware's words name.
fn from_dmi(words: &[&str]) -> Option<&'static str> {
    let has = |word: &str| words.iter().any(|text| text.contains(word));
    if has("VMware") {
        Some("vmware")
    } else if has("VirtualBox") || has("innotek GmbH") {
        Some("virtualbox")
    } else if has("Microsoft Corporation") && has("Virtual Machine") {
        Some("hyperv")
    } else if has("Amazon EC2") {
        // Bare-metal instances say so in their product's name.
        Some(if has(".metal") { "none" } else { "kvm" })
    } else if has("Xen") || has("HVM domU") {
        Some("xen")
    } else if has("KVM") || has("QEMU") || has("Google Compute Engine") || has("OpenStack") {
        Some("kvm")
    } else if has("Bochs") || has("Parallels") || has("BHYVE") {
        Some("other")
    } else {
        None
    }
}

/// Whether the processor says that it is virtual. None where it has no flags
/// (other architectures than x86).
fn hypervisor_flag(cpuinfo: &str) -> Option<bool> {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags"))?;
    Some(flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// The hypervisor whose clock the kernel offers.
fn from_clock(text: &str) -> Option<&'static str> {
    text.split_whitespace().find_map(|clock| match clock {
        "kvm-clock" => Some("kvm"),
        "xen" => Some("xen"),
        name if name.starts_with("hyperv") => Some("hyperv"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn virt(host: Scripted) -> Option<String> {
        let reader = Reader::new(&host);
        let release = reader.uname().map(|uname| uname.release);
        collect(&reader, &release).value().cloned()
    }

    fn cpu(flags: &str) -> Scripted {
        Scripted::new().file(
            "/proc/cpuinfo",
            format!("processor: 0\nflags\t\t: fpu {flags}\n"),
        )
    }

    #[test]
    fn hypervisors() {
        let dmi = |vendor: &str, product: &str| {
            let host =
                cpu("hypervisor").file("/sys/class/dmi/id/sys_vendor", format!("{vendor}\n"));
            virt(host.file("/sys/class/dmi/id/product_name", format!("{product}\n")))
        };
        for (vendor, product, expected) in [
            ("QEMU", "Standard PC (i440FX + PIIX, 1996)", "kvm"),
            ("Red Hat", "KVM", "kvm"),
            ("VMware, Inc.", "VMware Virtual Platform", "vmware"),
            ("innotek GmbH", "VirtualBox", "virtualbox"),
            ("Microsoft Corporation", "Virtual Machine", "hyperv"),
            ("Xen", "HVM domU", "xen"),
            ("Amazon EC2", "m5.large", "kvm"),
            ("Amazon EC2", "m5.metal", "none"),
            ("Dell Inc.", "PowerEdge R640", "other"),
        ] {
            assert_eq!(
                dmi(vendor, product).as_deref(),
                Some(expected),
                "{vendor} {product}"
            );
        }
        let clock = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
        let host = cpu("hypervisor").file(clock, "tsc kvm-clock \n");
        assert_eq!(virt(host).as_deref(), Some("kvm"));
    }

    #[test]
    fn hardware_and_what_cannot_be_told() {
        assert_eq!(virt(cpu("sse")).as_deref(), Some("none"));
        assert_eq!(virt(Scripted::new()), None);
        assert_eq!(
            virt(Scripted::new().file("/proc/cpuinfo", "Features: fp\n")),
            None
        );
        assert_eq!(virt(Scripted::new().deny("/proc/cpuinfo")), None);
        let dom0 = cpu("hypervisor").file("/proc/xen/capabilities", "control_d\n");
        assert_eq!(virt(dom0).as_deref(), Some("none"));
    }

    #[test]
    fn kernels_that_are_shared_with_another_host() {
        for (release, expected) in [
            ("2.6.32-042stab145.3", "openvz"),
            ("3.13.0-042stab104.1", "openvz"),
            ("3.10.0-1160.90.1.vz7.200.7", "openvz"),
            ("4.4.0-19041-Microsoft", "wsl1"),
            ("5.15.153.1-microsoft-standard-WSL2", "wsl2"),
        ] {
            let host = cpu("hypervisor").release(release);
            assert_eq!(virt(host).as_deref(), Some(expected), "{release}");
        }
        let node = cpu("sse")
            .release("3.10.0-1160.90.1.vz7.200.7")
            .dir("/proc/bc")
            .dir("/proc/vz");
        assert_eq!(virt(node).as_deref(), Some("none"));
        let lxc = cpu("hypervisor").file("/proc/1/environ", "a=b\0container=lxc\0");
        assert_eq!(virt(lxc).as_deref(), Some("lxc"));
        let docker = cpu("hypervisor").file("/.dockerenv", "");
        assert_eq!(virt(docker).as_deref(), Some("other"));
        let image = cpu("sse")
            .file("/.dockerenv", "")
            .file("/proc/2/stat", "2 (kthreadd) S 0\n");
        assert_eq!(virt(image).as_deref(), Some("none"));
        let old = cpu("sse").file("/proc/1/cgroup", "3:cpu:/lxc/web\n");
        assert_eq!(virt(old).as_deref(), Some("lxc"));
        let host = cpu("sse")
            .file("/proc/1/cgroup", "3:cpu:/\n")
            .deny("/proc/1/environ");
        assert_eq!(virt(host).as_deref(), Some("none"));
    }
}
