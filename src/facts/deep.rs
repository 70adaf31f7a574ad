//! What only writing tells: how long the disk takes until data is on it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reader::why;
use super::{Fact, Facts};
use crate::host::Host;

/// The folder whose file system is measured: etcd's, which waits for its disk
/// with every change.
pub const FOLDER: &str = "/var/lib/etcd";

/// No write is begun after this time.
pub const LIMIT: Duration = Duration::from_secs(2);

/// Nor more than so many writes: enough to tell the 99th percentile.
pub const WRITES: usize = 2000;

/// What was measured by writing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deep {
    /// Writes that wait for the disk.
    pub fsync: Fact<Fsync>,
}

/// How long writes took until they were on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fsync {
    /// Where it was measured: [`FOLDER`], or its nearest parent that is there.
    pub folder: String,
    /// Type of the file system; empty where it is not known.
    pub file_system: String,
    /// Number of writes.
    pub n: u64,
    /// Half of them took no longer, in microseconds.
    pub p50_us: u64,
    /// All but one in a hundred took no longer, in microseconds.
    pub p99_us: u64,
}

/// Writes to the disk for a moment, to a file without a name, and measures.
pub fn collect(host: &dyn Host, facts: &Facts) -> Deep {
    let source = format!("fdatasync(2) on the file system of {FOLDER}");
    let Some(folder) = facts.storage.folders.get(FOLDER) else {
        return Deep {
            fsync: Fact::unreadable("the folder was not looked at", source),
        };
    };
    let (Some(measured), Fact::Known { .. }) = (folder.measured.value(), &folder.total_mb) else {
        // Of a network's file system the size was not asked either: its server
        // may hang, and a write would with it.
        let why = match (&folder.measured, &folder.total_mb) {
            (Fact::Known { .. }, Fact::Unreadable { why, .. } | Fact::Absent { why, .. }) => why,
            (Fact::Unreadable { why, .. } | Fact::Absent { why, .. }, _) => why,
            _ => "the folder is not known",
        };
        return Deep {
            fsync: Fact::unreadable(why, source),
        };
    };
    let mounts = facts.storage.mounts.value().map(Vec::as_slice);
    let mount = mounts.unwrap_or_default().iter().rev();
    let mut mount = mount.filter(|mount| Some(&mount.path) == folder.mount.value());
    let file_system = mount.next().map(|mount| mount.file_system.clone());
    let fsync = match host.fsync_times(measured, LIMIT, WRITES) {
        Err(error) => Fact::unreadable(why(&error), format!("fdatasync(2) in {measured}")),
        Ok(mut times) => {
            times.sort_unstable();
            Fact::known(
                Fsync {
                    folder: measured.clone(),
                    file_system: file_system.unwrap_or_default(),
                    n: times.len() as u64,
                    p50_us: percentile(&times, 50),
                    p99_us: percentile(&times, 99),
                },
                format!("fdatasync(2) in {measured}"),
            )
        }
    };
    Deep { fsync }
}

/// The nearest-rank percentile of sorted times, in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let time = sorted.get(rank - 1).copied().unwrap_or_default();
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts;
    use crate::host::Scripted;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let times: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!(percentile(&times, 50), 100);
        assert_eq!(percentile(&times, 99), 198);
        assert_eq!(percentile(&times[..1], 99), 1);
        assert_eq!(percentile(&[], 99), 0);
    }

    #[test]
    fn the_disk_of_etcd_is_measured_or_it_is_said_why_not() {
        let root = |kind: &str| {
            Scripted::new().file(
                "/proc/self/mountinfo",
                format!("1 0 8:1 / / rw - {kind} /dev/sda1 rw\n"),
            )
        };
        let mut host = root("ext4");
        host.spaces.insert(
            "/".into(),
            crate::host::Space {
                total: 1 << 30,
                available: 1 << 29,
                inodes: 9,
                inodes_free: 9,
            },
        );
        let facts = facts::collect(&host);
        assert!(
            matches!(collect(&host, &facts).fsync, Fact::Unreadable { why, .. } if why.contains("EROFS"))
        );
        host.fsync_times = Some(vec![Duration::from_millis(3), Duration::from_millis(1)]);
        let fsync = collect(&host, &facts).fsync.value().unwrap().clone();
        assert_eq!((fsync.n, fsync.p50_us, fsync.p99_us), (2, 1000, 3000));
        assert_eq!(fsync.file_system, "ext4");
        // A network's file system is left alone.
        let mut host = root("nfs4");
        host.fsync_times = Some(vec![Duration::from_millis(3)]);
        let facts = facts::collect(&host);
        assert!(
            matches!(collect(&host, &facts).fsync, Fact::Unreadable { why, .. } if why.contains("nfs4"))
        );
    }
}
