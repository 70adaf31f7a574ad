//! What the two hosts are.

pub(super) const COMMON: &str = "arch: x86_64
arch.bits: 64
virt: kvm
cpu.count: 4
mem.mb: 8000
mem.swap: false
cgroup: v1
cap.tun: true
cap.vxlan: true
cap.ip_vs: true
cap.xt_u32: true
docker.installed: true
zt.version: 1.14.1
security.fips: false
security.secureboot: false
";

pub(super) const EL6: &str = "cap.xt_bpf: false
init: upstart
os.k8s_repl: false
os.family: el6
kernel.version: 2.6.32
kernel.release: 2.6.32-696.el6.x86_64
kernel.rhel_build: 696
os.docker_max: 1.7.1
docker.version: 1.7.1
cap.wireguard: absent
";

pub(super) const EL7: &str = "cap.xt_bpf: true
init: systemd
os.k8s_repl: true
os.family: el7
kernel.version: 3.10.0
kernel.release: 3.10.0-1160.el7.x86_64
kernel.rhel_build: 1160
os.docker_max: 24.0.2
docker.version: 1.13.1
cap.wireguard: module
wg.method: kmod-wireguard (ELRepo)
";
