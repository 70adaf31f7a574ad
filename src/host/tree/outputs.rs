//! What `uname`, `df`, `ss` and `docker version` print, read back.

use std::collections::BTreeSet;

use crate::host::{Disk, Space, Uname};

/// `uname -a`: name, release, version, machine.
pub fn uname(text: &str) -> Option<Uname> {
    let words: Vec<&str> = text.lines().next()?.split_whitespace().collect();
    let end = words.iter().position(|word| *word == "GNU/Linux")?;
    // Machine, processor and platform, as far as the tool knows them: the last
    // words before the system's name that are none of the version.
    let is_machine = |word: &&str| {
        [
            "x86_64", "aarch64", "ppc64le", "ppc64", "s390x", "riscv64", "athlon", "unknown",
        ]
        .contains(word)
            || (word.len() == 4 && word.starts_with('i') && word.ends_with("86"))
            || word.starts_with("armv")
    };
    let before = words.get(..end)?;
    let machines = before
        .iter()
        .rev()
        .take_while(|word| is_machine(word))
        .count();
    let at = end.checked_sub(machines).filter(|_| machines > 0)?;
    Some(Uname {
        nodename: (*words.get(1)?).to_owned(),
        release: (*words.get(2)?).to_owned(),
        version: words.get(3..at)?.join(" "),
        machine: (*words.get(at)?).to_owned(),
    })
}

/// `df`, `df -k`, `df -P`, `df -T`: what is mounted with its size. Long names of
/// devices may stand on a line of their own.
pub fn df(text: &str) -> Vec<Disk> {
    let mut lines = text.lines();
    let Some(unit) = lines.by_ref().find_map(|line| {
        let head = line.trim_start();
        let unit = head.strip_prefix("Filesystem")?;
        match unit
            .split_whitespace()
            .find(|word| word.contains("locks"))?
        {
            "1K-blocks" | "1024-blocks" => Some(1024),
            "512-blocks" => Some(512),
            _ => None,
        }
    }) else {
        return Vec::new();
    };
    let mut disks = Vec::new();
    let mut waiting = String::new();
    for line in lines {
        let joined = format!("{waiting} {line}");
        let words: Vec<&str> = joined.split_whitespace().collect();
        if words.len() == 1 {
            waiting = joined;
            continue;
        }
        waiting.clear();
        let Some(percent) = words.iter().position(|word| {
            word.strip_suffix('%')
                .is_some_and(|n| n.parse::<u8>().is_ok())
                || *word == "-"
        }) else {
            continue;
        };
        let number = |back: usize| -> Option<u64> {
            let word = words.get(percent.checked_sub(back)?)?;
            word.parse::<u64>().ok()?.checked_mul(unit)
        };
        let mount = words.get(percent + 1..).unwrap_or_default().join(" ");
        if let (Some(total), Some(available), true) = (number(3), number(1), mount.starts_with('/'))
        {
            // With -T the type stands between the device and the sizes.
            let file_system = match percent.checked_sub(4) {
                Some(at) if at > 0 => words.get(at).copied().unwrap_or_default(),
                _ => "",
            };
            disks.push(Disk {
                mount_point: mount,
                file_system: file_system.to_owned(),
                device: words.first().copied().unwrap_or_default().to_owned(),
                total,
                available,
            });
        }
    }
    disks
}

/// The file system that holds a path, of those that `df` showed.
pub fn space_of(disks: &[Disk], path: &str) -> Option<Space> {
    let holds = |disk: &&Disk| {
        let mount = disk.mount_point.trim_end_matches('/');
        path == mount
            || path
                .strip_prefix(mount)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let disk = disks
        .iter()
        .filter(holds)
        .max_by_key(|disk| disk.mount_point.len())?;
    Some(Space {
        total: disk.total,
        available: disk.available,
        // df -i is another output.
        inodes: 0,
        inodes_free: 0,
    })
}

/// `ss -tulpn` or `netstat -tulpn`: ports with a socket that waits, true for UDP.
/// None where the text has neither's heading.
pub fn listening(text: &str) -> Option<BTreeSet<(bool, u16)>> {
    text.lines()
        .any(|line| line.contains("Local Address"))
        .then_some(())?;
    let ports = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let udp = match *words.first()? {
            "tcp" | "tcp6" => false,
            "udp" | "udp6" => true,
            _ => return None,
        };
        // ss: protocol, state, two queues, local; netstat has no state before it.
        let local = words.iter().skip(1).find(|word| word.contains(':'))?;
        Some((udp, local.rsplit(':').next()?.parse().ok()?))
    });
    Some(ports.collect())
}

/// `docker version` as text: version and API version of the daemon.
pub fn docker_version(text: &str) -> Option<(String, Option<String>)> {
    let (mut server, mut version, mut api) = (false, None, None);
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("Server") {
            server = true;
        } else if line.starts_with("Client") {
            server = false;
        }
        // Docker 1.7: `Server version: 1.7.1`, `Server API version: 1.19`.
        let line = line.strip_prefix("Server ").unwrap_or(line);
        let Some((key, value)) = line.split_once(':').filter(|_| server) else {
            continue;
        };
        let value = value.split_whitespace().next().map(str::to_owned);
        match key.trim().to_ascii_lowercase().as_str() {
            "version" if version.is_none() => version = value,
            "api version" if api.is_none() => api = value,
            // The components that follow have versions of their own.
            "containerd" | "runc" | "docker-init" => break,
            _ => {}
        }
    }
    Some((version?, api))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn uname_of_several_systems() {
        for (text, release, machine) in [
            (
                "Linux db1 2.6.32-754.el6.x86_64 #1 SMP Tue Jun 19 21:26:04 UTC 2018 x86_64 x86_64 x86_64 GNU/Linux",
                "2.6.32-754.el6.x86_64",
                "x86_64",
            ),
            (
                "Linux old 2.6.32-754.el6.i686 #1 SMP Tue Jun 19 21:51:20 UTC 2018 i686 i686 i386 GNU/Linux",
                "2.6.32-754.el6.i686",
                "i686",
            ),
            (
                "Linux deb 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64 GNU/Linux\n",
                "6.1.0-18-amd64",
                "x86_64",
            ),
        ] {
            let found = uname(text).unwrap();
            assert_eq!(
                (found.release.as_str(), found.machine.as_str()),
                (release, machine)
            );
        }
        assert_eq!(uname("uname: command not found"), None);
    }

    #[test]
    fn df_with_long_devices_types_and_blanks() {
        let disks = df(
            "Filesystem     1K-blocks    Used Available Use% Mounted on\n\
             /dev/mapper/vg_root-lv_root_with_long_name\n                      51475068 1234567  47619057   3% /\n\
             tmpfs            961076       0    961076   0% /dev/shm\n\
             proc                  0       0         0    - /proc\n\
             /dev/sdb1        100000   50000     50000  50% /data disk\n",
        );
        assert_eq!(disks.len(), 4);
        assert_eq!(disks[0].total, 51_475_068 * 1024);
        assert_eq!(
            space_of(&disks, "/var/lib").unwrap().available,
            47_619_057 * 1024
        );
        assert_eq!(
            space_of(&disks, "/data disk/x").unwrap().total,
            100_000 * 1024
        );
        assert_eq!(
            space_of(&disks, "/data diskette").unwrap().total,
            51_475_068 * 1024
        );
        let typed = df(
            "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 ext4 10 5 5 50% /\n",
        );
        assert_eq!(
            (typed[0].file_system.as_str(), typed[0].total),
            ("ext4", 10240)
        );
        assert_eq!(
            df("Filesystem Size Used Avail Use% Mounted on\n/dev/sda1 10G 5G 5G 50% /\n"),
            []
        );
    }

    #[test]
    fn ports_that_are_listened_on() {
        let ss = listening(
            "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n\
             udp   UNCONN 0      0      0.0.0.0:68      0.0.0.0:*  users:((\"dhclient\",pid=5,fd=6))\n\
             tcp   LISTEN 0      128    [::]:2377       [::]:*\n",
        );
        assert_eq!(ss.unwrap(), BTreeSet::from([(true, 68), (false, 2377)]));
        assert_eq!(listening("ss: not found"), None);
    }

    #[test]
    fn versions_of_the_daemon_not_of_the_client() {
        let old = "Client version: 1.8.0\nClient API version: 1.20\nServer version: 1.7.1\nServer API version: 1.19\n";
        assert_eq!(
            docker_version(old),
            Some(("1.7.1".into(), Some("1.19".into())))
        );
        let new = "Client: Docker Engine\n Version:  26.0.0\nServer: Docker Engine\n Engine:\n  Version:          20.10.24\n  API version:      1.41 (minimum version 1.12)\n containerd:\n  Version: 1.6\n";
        assert_eq!(
            docker_version(new),
            Some(("20.10.24".into(), Some("1.41".into())))
        );
        assert_eq!(
            docker_version("Client:\n Version: 20.10\nCannot connect"),
            None
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), near in "(Filesystem 1K-blocks|Server|Version:|[0-9]{0,20}|%|-| |\n|/|GNU/Linux|x86_64|tcp|:|Local Address){0,20}") {
            for text in [text, near] {
                let _ = (uname(&text), df(&text), listening(&text), docker_version(&text));
                space_of(&df(&text), &text);
            }
        }
    }
}
