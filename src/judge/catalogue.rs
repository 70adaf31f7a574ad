//! What the checks leave out of the catalogue, judge otherwise or leave to
//! something else, and why (`assets/catalogue.yaml`).

use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../assets/catalogue.yaml");

/// How an id of the catalogue is dealt with otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// There is no check of this id.
    LeftOut,
    /// There is one, with another threshold, level or scope.
    Differs,
    /// Something else than a check of the passive pass does it.
    Elsewhere,
}

impl How {
    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::LeftOut => "not checked",
            Self::Differs => "judged otherwise than in the catalogue",
            Self::Elsewhere => "no check of the inspection",
        }
    }
}

/// An id of the catalogue, and why it is dealt with otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Id in the catalogue.
    pub id: String,
    /// How it is dealt with.
    pub how: How,
    /// Why, in one sentence.
    pub reason: String,
}

/// All of them, in the catalogue's order.
///
/// # Errors
/// The text that is built in is not in its own form.
pub fn deviations() -> Result<Vec<Deviation>, String> {
    serde_yaml::from_str(TEXT).map_err(|error| format!("assets/catalogue.yaml: {error}"))
}

/// The one of an id.
///
/// # Errors
/// As [`deviations`].
pub fn deviation(id: &str) -> Result<Option<Deviation>, String> {
    Ok(deviations()?.into_iter().find(|one| one.id == id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::judge::checks;
    use std::collections::BTreeSet;

    /// Every id of the catalogue; of those with a part that varies
    /// (`port.<proto>.<n>`) what comes before it.
    const CATALOGUE: &str = "
        sys.root sys.arch sys.cpu.level sys.distro sys.distro.eol sys.kernel.version sys.kernel.pending
        sys.kernel.tainted_lockdown sys.fips sys.virt sys.init sys.glibc sys.gobin sys.time.sync
        sys.time.sane sys.time.zone sys.entropy sys.hostname.valid sys.hostname.resolves
        sys.ids.machine sys.ids.product sys.ids.mac sys.limits sys.inotify sys.keys sys.umask sys.path
        sys.pkgmgr sys.tmp sys.leftover.k8s sys.leftover.runtime sys.leftover.replicated
        res.cpu res.mem res.swap res.disk res.inodes res.fs.type res.fs.dtype res.fs.opts
        res.fs.symlink res.disk.fsync res.disk.rotational
        kern.ns kern.userns kern.cgroup.version kern.cgroup.ctrl kern.swapaccount kern.bridge kern.brnf
        kern.netfilter kern.nat kern.vxlan kern.tun kern.wireguard kern.ipvs kern.esp kern.overlayfs
        kern.dmthin kern.seccomp kern.autoload kern.may_detach kern.selfconfig
        net.iface.usable net.iface.chosen net.iface.overlay net.iface.names net.iface.natdup
        net.iface.dup net.iface.bond net.iface.dynamic net.defroute net.overlap net.forward
        net.brnf.value net.rpfilter net.arp net.conntrack net.ipv6 net.mtu net.offload net.hairpin
        net.nat.same net.dns.conf net.dns.works net.nm net.nmcloud net.macpolicy net.hosts net.proxy
        net.reach net.reach.peer
        port port.ephemeral
        fw.backend fw.input fw.forward fw.firewalld fw.ufw fw.docker_iptables fw.save
        sec.selinux sec.selinux.labels sec.apparmor sec.registries_block sec.sudo sec.hidepid
        docker.present docker.version docker.daemon docker.storage docker.execdriver docker.root
        docker.warnings docker.logdriver docker.cgroupdriver docker.bip docker.proxy docker.seccomp
        docker.swarm docker.networks docker.livemode docker.tls docker.running docker.registry
        docker.el6
        wg.tools wg.key wg.port wg.endpoint f.etcd f.backend f.docker_opts
        zt.identity zt.ident.clone zt.controller zt.primary";

    fn has_check(id: &str) -> bool {
        checks::catalogue().any(|check| check.id == id)
    }

    #[test]
    fn every_id_of_the_catalogue_is_a_check_or_has_a_reason_why_not() {
        let deviations = deviations().unwrap();
        let missing: Vec<_> = CATALOGUE
            .split_whitespace()
            .filter(|id| !has_check(id) && !deviations.iter().any(|one| one.id == *id))
            .collect();
        assert!(missing.is_empty(), "neither check nor reason: {missing:?}");
    }

    #[test]
    fn every_deviation_is_of_the_catalogue_has_a_reason_and_is_what_it_says() {
        let ids: BTreeSet<_> = CATALOGUE.split_whitespace().collect();
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for one in deviations().unwrap() {
            let id = one.id.as_str();
            if !ids.contains(id) {
                wrong.push(format!("{id}: not in the catalogue"));
            }
            if !seen.insert(one.id.clone()) {
                wrong.push(format!("{id}: twice"));
            }
            if one.reason.len() < 40 || !one.reason.ends_with('.') || !one.reason.is_ascii() {
                wrong.push(format!("{id}: no sentence: {}", one.reason));
            }
            match one.how {
                How::LeftOut if has_check(id) => wrong.push(format!("{id}: left out, and checked")),
                How::Differs if !has_check(id) => {
                    wrong.push(format!("{id}: differs, and there is no check"))
                }
                How::LeftOut | How::Differs | How::Elsewhere => {}
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
