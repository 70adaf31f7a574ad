//! How each fact that the rules read is measured: one table, so that `explain`
//! can say where a value comes from and what to look at on the host.

/// The facts, and the file, command or socket that each is read from.
///
/// Sorted by path. The rules may name no fact that is not here.
pub const MEASURED: &[(&str, &str)] = &[
    (
        "app.schedulers",
        "answer needs.vendor-kinds: the YAML kinds of the vendor's release",
    ),
    ("arch", "uname(2) machine"),
    (
        "arch.bits",
        "uname(2) machine: 64 for x86_64, aarch64 and the like, 32 for i686, armv7l",
    ),
    ("bundle.docker", "--bundle DIR holds Docker's packages"),
    ("bundle.kubernetes", "--bundle DIR holds Kubernetes"),
    (
        "bundle.wireguard",
        "--bundle DIR holds a WireGuard module and tools",
    ),
    (
        "cap.ip_vs",
        "kernel: /proc/modules, /lib/modules/RELEASE/modules.builtin and .dep, kernel config",
    ),
    (
        "cap.tun",
        "/dev/net/tun, and kernel: modules.builtin and .dep, kernel config",
    ),
    (
        "cap.vxlan",
        "kernel: /proc/modules, /lib/modules/RELEASE/modules.builtin and .dep, kernel config",
    ),
    (
        "cap.wireguard",
        "kernel: /sys/module/wireguard, modules.builtin and .dep; installable: assets/distributions.yaml",
    ),
    (
        "cap.xt_bpf",
        "kernel: /proc/modules, /lib/modules/RELEASE/modules.builtin and .dep, kernel config",
    ),
    (
        "cap.xt_u32",
        "kernel: /proc/modules, /lib/modules/RELEASE/modules.builtin and .dep, kernel config",
    ),
    (
        "cgroup",
        "file system type of /sys/fs/cgroup (/proc/self/mountinfo)",
    ),
    ("const.false", "nothing: it stands for what cannot be met"),
    ("cpu.count", "/proc/cpuinfo, processors that are online"),
    (
        "docker.installed",
        "Docker's socket; the docker, dockerd binaries in PATH",
    ),
    (
        "docker.version",
        "Docker's socket /var/run/docker.sock: GET /version, Version",
    ),
    ("init", "/proc/1/comm, /run/systemd/system, /sbin/init"),
    (
        "kernel.release",
        "uname(2) release, as `uname -r` prints it",
    ),
    (
        "kernel.rhel_build",
        "build number in `uname -r` of a Red Hat kernel (2.6.32-754.el6: 754)",
    ),
    ("kernel.version", "the leading numbers of uname(2) release"),
    ("mem.mb", "/proc/meminfo MemTotal, in MB"),
    ("mem.swap", "/proc/swaps has an entry"),
    ("needs.airgap", "answer airgap (or --airgap)"),
    ("needs.behind_nat", "answer needs.behind-nat"),
    ("needs.business", "answer needs.business-use"),
    ("needs.docker_restart_ok", "answer needs.docker-restart"),
    ("needs.encryption", "answer needs.encryption"),
    ("needs.existing_etcd", "answer needs.existing-etcd"),
    ("needs.multicast", "answer needs.multicast"),
    ("needs.nodes", "answer needs.nodes"),
    ("needs.public_peer", "answer needs.public-peer"),
    (
        "needs.wg_module",
        "answers overlay.wireguard.module and packages",
    ),
    ("needs.zt_private", "answer needs.zerotier-controller: own"),
    (
        "os.docker_max",
        "assets/distributions.yaml, row of this distribution and release",
    ),
    (
        "os.family",
        "/etc/os-release, /etc/redhat-release, /etc/lsb-release",
    ),
    (
        "os.k8s_repl",
        "assets/distributions.yaml, row of this distribution and release",
    ),
    (
        "os.kernel_next",
        "assets/distributions.yaml, row of this distribution and release",
    ),
    (
        "os.podman",
        "the podman binary in PATH; Docker's socket answering as Podman",
    ),
    ("security.fips", "/proc/sys/crypto/fips_enabled"),
    (
        "security.secureboot",
        "EFI variable SecureBoot in /sys/firmware/efi/efivars",
    ),
    (
        "virt",
        "/sys/class/dmi/id, /proc/cpuinfo, /proc/vz, /proc/1/environ, `uname -r`",
    ),
    (
        "wg.method",
        "assets/distributions.yaml, row of this distribution and release",
    ),
    (
        "wg.signed",
        "assets/distributions.yaml: the module that would be installed is signed",
    ),
    (
        "zt.version",
        "assets/distributions.yaml: the ZeroTier that would be installed",
    ),
];

/// How the fact at `path` is measured, or `None` when no such fact is known.
pub fn how(path: &str) -> Option<&'static str> {
    MEASURED
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, how)| *how)
}
