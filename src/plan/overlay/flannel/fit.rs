//! Whether a host can carry Flannel as wanted, and with what.

use super::Wanted;
use super::client::plain;
use super::coming::Brought;
use crate::answers::config::{FlannelBackend, flannel_network};
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::step::Manager;
use crate::plan::survey::{Program, Survey, Version};
use crate::plan::{Refusal, refusal};

/// What Flannel is carried with.
pub(super) struct Found {
    pub(super) flanneld: String,
    pub(super) flannel: Version,
    pub(super) etcd: String,
    /// Which interface of etcd flanneld speaks.
    pub(super) api: u8,
    /// Whether etcd has to be told to serve it.
    pub(super) enable_v2: bool,
    pub(super) backend: FlannelBackend,
    pub(super) init: Manager,
    pub(super) iptables: String,
    /// What could not be looked at.
    pub(super) notes: Vec<String>,
}

/// The kernel's version, as far as it is compared.
fn kernel(facts: &Facts) -> Option<(u64, u64)> {
    let release = facts.kernel.release.value()?;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The backend that fits the kernel: vxlan below 3.14 passes no traffic or is not
/// there (flannel#441, #604, #617, #731), but for EL7's 3.10 (#426).
fn fitting(facts: &Facts) -> FlannelBackend {
    let el7 = facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el7");
    match kernel(facts) {
        Some(version) if version < (3, 14) && !el7 => FlannelBackend::Udp,
        _ => FlannelBackend::Vxlan,
    }
}

pub(super) fn check(
    wanted: &Wanted<'_>,
    facts: &Facts,
    brought: &Brought,
    member: bool,
) -> Result<Found, Vec<Refusal>> {
    let survey = &brought.survey;
    let mut refusals = Vec::new();
    let nodes = u32::try_from(wanted.others.len() + 1).unwrap_or(u32::MAX);
    if let Err((text, remedy)) = flannel_network(wanted.network, wanted.subnet_len, nodes) {
        refusals.push(refusal("overlay.network", text, remedy));
    }
    let program = |name, found| program(name, found, brought);
    let flanneld = program("flanneld", &survey.flannel.flanneld).map_err(|r| refusals.push(r));
    let etcd = match (member, program("etcd", &survey.flannel.etcd)) {
        (_, Ok(found)) => Some(found),
        (true, Err(why)) => {
            refusals.push(why);
            None
        }
        // Nothing is run, and the cluster's own version is asked when it is spoken to.
        (false, Err(_)) => Some((String::new(), (3, 4, 0))),
    };
    let backend = backend(wanted, facts, &mut refusals);
    let iptables = survey.programs.get("iptables");
    for (name, package) in [
        ("iptables", "iptables"),
        ("ip", "iproute2 (iproute on Red Hat)"),
    ] {
        if !survey.programs.contains_key(name) {
            refusals.push(refusal(
                "overlay.kind",
                format!("`{name}` is not on this host"),
                format!("install the package {package}"),
            ));
        }
    }
    refusals.extend(etcd_ports(facts, survey).filter(|_| member));
    let notes = secure(wanted, survey, &mut refusals);
    let init = init(wanted, facts).map_err(|why| refusals.push(why));
    let systemd = init == Ok(Manager::Systemd);
    refusals.extend(super::docker::refusals(
        facts,
        survey,
        wanted.docker_restart,
        systemd,
    ));
    let (Ok((flanneld, flannel)), Some((etcd, etcd_version)), Ok(init), Some(iptables)) =
        (flanneld, etcd, init, iptables)
    else {
        return Err(refusals);
    };
    // subnet/etcdv2 up to v0.17.0, subnet/etcd from v0.18.0 on.
    let api = if flannel < (0, 18, 0) { 2 } else { 3 };
    if api == 2 && etcd_version >= (3, 6, 0) {
        refusals.push(refusal(
            "overlay.flannel.etcd",
            format!(
                "flanneld {} speaks etcd's interface of version 2, which etcd {} has not got any \
                 more",
                text(flannel),
                text(etcd_version)
            ),
            "take flanneld 0.18 or later, or etcd 3.5 or earlier",
        ));
    }
    if api == 3 && etcd_version < (3, 0, 0) {
        refusals.push(refusal(
            "overlay.flannel.etcd",
            format!(
                "flanneld {} speaks etcd's interface of version 3, which etcd {} has not got yet",
                text(flannel),
                text(etcd_version)
            ),
            "take flanneld 0.17 or earlier, or etcd 3.0 or later",
        ));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Found {
        flanneld,
        flannel,
        etcd,
        api,
        // Documentation/upgrades/upgrade_3_4.md: off by default since.
        enable_v2: api == 2 && etcd_version >= (3, 4, 0),
        backend,
        init,
        iptables: iptables.clone(),
        notes,
    })
}

/// TLS: its files, and the program that speaks it. What could not be looked at.
fn secure(wanted: &Wanted<'_>, survey: &Survey, refusals: &mut Vec<Refusal>) -> Vec<String> {
    let (faults, notes) = super::tls::check(&survey.flannel.tls);
    refusals.extend(faults);
    let named = wanted.endpoints.iter().any(|url| plain(url).is_none());
    if (wanted.tls.is_some() || named) && !survey.programs.contains_key("curl") {
        refusals.push(refusal(
            "overlay.flannel.etcd-tls",
            "`curl` is not on this host, and etcd with TLS, or by the name of its host, is asked \
             through it",
            "install the package curl",
        ));
    }
    let ours = &survey.flannel;
    if ours.etcd_ours && !wanted.endpoints.is_empty() {
        refusals.push(refusal(
            "overlay.flannel.etcd-endpoints",
            "this node runs an etcd that groundcrew has set up",
            "take it back first (groundcrew rollback), or take the endpoints out",
        ));
    } else if ours.etcd_ours && ours.etcd_tls != wanted.tls.is_some() {
        let (is, wanted) = match ours.etcd_tls {
            true => ("with TLS", "without"),
            false => ("without TLS", "with"),
        };
        refusals.push(refusal(
            "overlay.flannel.etcd-tls",
            format!("this node's etcd was set up {is}, and the answers want it {wanted}"),
            "a cluster is not changed under way: take all nodes back first (groundcrew rollback)",
        ));
    }
    notes
}

/// Another etcd, such as the package's own service.
fn etcd_ports(facts: &Facts, survey: &Survey) -> Option<Refusal> {
    if survey.flannel.etcd_ours {
        return None;
    }
    let listeners = facts.network.listeners.value()?;
    let taken = listeners.iter().find(|one| {
        one.protocol == "tcp" && matches!(one.port, super::CLIENT_PORT | super::PEER_PORT)
    })?;
    Some(refusal(
        "overlay.kind",
        format!(
            "TCP {} is taken: something is bound to {}:{}",
            taken.port, taken.address, taken.port
        ),
        "groundcrew sets up an etcd of its own for Flannel: stop and disable the one of the \
         package (ss -tlpn shows what it is)",
    ))
}

fn text((major, minor, patch): Version) -> String {
    format!("{major}.{minor}.{patch}")
}

fn program(name: &str, found: &Program, brought: &Brought) -> Result<(String, Version), Refusal> {
    let id = format!("overlay.flannel.{name}");
    match found {
        Program::Missing => Err(brought.refusals.get(name).cloned().unwrap_or_else(|| {
            let text = format!("`{name}` is not on this host");
            refusal(&id, text, "install it")
        })),
        Program::NoVersion { path, why } => Err(refusal(
            &id,
            format!("the version of {path} cannot be told: {why}"),
            format!("give a released {name} that answers --version"),
        )),
        Program::There { path, version } => Ok((path.clone(), *version)),
    }
}

fn backend(wanted: &Wanted<'_>, facts: &Facts, refusals: &mut Vec<Refusal>) -> FlannelBackend {
    let release = facts.kernel.release.value().cloned().unwrap_or_default();
    let chosen = match wanted.backend {
        FlannelBackend::Auto => fitting(facts),
        other => other,
    };
    if chosen == FlannelBackend::Vxlan && fitting(facts) == FlannelBackend::Udp {
        refusals.push(refusal(
            "overlay.flannel.backend",
            format!("vxlan of kernel {release} is missing or carries nothing: 3.14 is the least"),
            "say udp on all nodes, or host-gw where all are on one wire",
        ));
    }
    let far = wanted
        .others
        .iter()
        .find(|other| !wanted.wire.iter().any(|net| net.contains(&other.address)));
    if let (FlannelBackend::HostGw, Some(far)) = (chosen, far) {
        refusals.push(refusal(
            "overlay.flannel.backend",
            format!(
                "host-gw needs all nodes on one wire, and {} ({}) is behind a router",
                far.name, far.address
            ),
            "say vxlan or udp on all nodes",
        ));
    }
    let needs = match chosen {
        FlannelBackend::Vxlan => Some("vxlan"),
        FlannelBackend::Udp => Some("tun"),
        _ => None,
    };
    let missing = |name: &&str| {
        let capability = facts.kernel.capabilities.get(*name);
        capability.and_then(|fact| fact.value()) == Some(&Capability::Missing)
    };
    if let Some(name) = needs.filter(missing) {
        refusals.push(refusal(
            "overlay.flannel.backend",
            format!("this kernel ({release}) has no {name}"),
            "choose another backend on all nodes, or another overlay",
        ));
    }
    chosen
}

/// SysV init's scripts can be started without it; the others have to run.
fn init(wanted: &Wanted<'_>, facts: &Facts) -> Result<Manager, Refusal> {
    let Some(init) = wanted.init else {
        return Err(refusal(
            "host.init",
            format!(
                "the init system of this host is not known ({})",
                facts.services.init.source()
            ),
            "say host.init: systemd, upstart or sysvinit",
        ));
    };
    let same = facts
        .services
        .init
        .value()
        .is_some_and(|name| name == init.word());
    if init == Manager::Sysvinit || (same && facts.services.manager_running.value() == Some(&true))
    {
        return Ok(init);
    }
    Err(refusal(
        "host.init",
        format!(
            "{} does not run here now, and etcd and flanneld have to be started to go on",
            init.name()
        ),
        "say the init system that runs; sysvinit where its scripts can be started by hand",
    ))
}
