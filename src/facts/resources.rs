//! CPUs, memory and disks.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// CPUs, memory and disks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Logical CPUs.
    pub cpus: Fact<u64>,
    /// The fastest CPU's clock now, in MHz, as /proc/cpuinfo tells it; not every
    /// architecture does.
    pub cpu_mhz: Fact<u64>,
    /// Memory in MiB.
    pub memory_mb: Fact<u64>,
    /// Memory in MiB that is available to a new process.
    pub memory_available_mb: Fact<u64>,
    /// Swap in MiB; 0 where it is off.
    pub swap_mb: Fact<u64>,
    /// Mounted disks.
    pub disks: Fact<Vec<Disk>>,
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Where it is mounted.
    pub mount_point: String,
    /// Type.
    pub file_system: String,
    /// Size in MiB.
    pub total_mb: u64,
    /// What is available to an unprivileged process, in MiB.
    pub available_mb: u64,
}

const MIB: u64 = 1024 * 1024;

/// Reads CPUs, memory and disks.
pub fn collect(reader: &Reader) -> Resources {
    let machine = reader.machine();
    let swap = reader.text("/proc/swaps");
    let swap = swap.parse(|text| swap_kib(&text).ok_or_else(|| "a line has no size".into()));
    Resources {
        cpus: machine.clone().map(|machine| machine.cpus as u64),
        cpu_mhz: reader
            .text("/proc/cpuinfo")
            .parse(|text| mhz(&text).ok_or_else(|| "it tells no clock (cpu MHz)".to_owned())),
        memory_mb: machine.clone().map(|machine| machine.memory / MIB),
        memory_available_mb: machine
            .clone()
            .map(|machine| machine.memory_available / MIB),
        swap_mb: match swap {
            // Where there is any, it is more than none.
            Fact::Known { value, source } => Fact::known(value.div_ceil(1024), source),
            _ => machine.map(|machine| machine.swap.div_ceil(MIB)),
        },
        disks: reader.disks().map(|disks| {
            let mut disks: Vec<Disk> = disks
                .into_iter()
                .map(|disk| Disk {
                    mount_point: disk.mount_point,
                    file_system: disk.file_system,
                    total_mb: disk.total / MIB,
                    available_mb: disk.available / MIB,
                })
                .collect();
            disks.sort_by(|a, b| a.mount_point.cmp(&b.mount_point));
            disks.dedup_by(|a, b| a.mount_point == b.mount_point);
            disks
        }),
    }
}

/// The largest of the `cpu MHz` lines of /proc/cpuinfo.
pub fn mhz(text: &str) -> Option<u64> {
    let lines = text.lines().filter(|line| line.starts_with("cpu MHz"));
    let clocks = lines.filter_map(|line| {
        let whole = line.split(':').nth(1)?.trim().split('.').next()?;
        whole.parse().ok()
    });
    clocks.max()
}

/// Sum of the sizes in /proc/swaps, in KiB. None where a line has no size.
pub fn swap_kib(text: &str) -> Option<u64> {
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    // The name may hold blanks, escaped; the size is the third word.
    let sizes = lines.map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok());
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Machine, Scripted};

    #[test]
    fn swap_is_the_sum_of_all_areas() {
        let head = "Filename\t\t\tType\t\tSize\tUsed\tPriority\n";
        assert_eq!(swap_kib(head), Some(0));
        let two = format!("{head}/dev/dm-1  partition\t2097148\t0\t-2\n/swap file\t1024\t0\t-3\n");
        assert_eq!(swap_kib(&two), Some(2_098_172));
        assert_eq!(swap_kib(&format!("{head}junk\n")), None);
    }

    #[test]
    fn sizes_are_in_mebibytes() {
        let mut host = Scripted::new();
        assert!(collect(&Reader::new(&host)).cpus.value().is_none());
        host.machine = Some(Machine {
            cpus: 4,
            memory: 8000 * MIB,
            memory_available: 10 * MIB,
            swap: 1,
        });
        let resources = collect(&Reader::new(&host));
        assert_eq!(resources.memory_mb.value(), Some(&8000));
        assert_eq!(resources.swap_mb.value(), Some(&1));
        let off = host.file("/proc/swaps", "Filename\n");
        assert_eq!(collect(&Reader::new(&off)).swap_mb.value(), Some(&0));
    }
}
