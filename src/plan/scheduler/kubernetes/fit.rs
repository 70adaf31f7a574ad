//! Whether a host can carry Kubernetes as wanted, and with what.

use ipnet::Ipv4Net;

use super::config::Api;
use super::networks;
use super::runtime::{driver, runtime};
use crate::answers::config::{Encryption, NetworkAddOn, Role, SwapWish};
use crate::answers::secret::SecretRef;
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::scheduler::Site;
use crate::plan::scheduler::kubernetes::act::{ADMIN_CONF, KubernetesSurvey, Runtime};
use crate::plan::survey::{Program, Version};
use crate::plan::zerotier::Token;
use crate::plan::{Refusal, refusal};

/// What Kubernetes is set up with here.
pub(super) struct Found {
    /// Version of kubeadm.
    pub(super) version: Version,
    pub(super) api: Api,
    pub(super) name: String,
    pub(super) runtime: Runtime,
    /// As this kubeadm takes it.
    pub(super) socket: String,
    pub(super) driver: &'static str,
    pub(super) pods: Ipv4Net,
    pub(super) services: Ipv4Net,
    /// What is swapped to, where it is to be switched off.
    pub(super) swaps: Vec<String>,
    /// Whether swap is to be kept off at boot.
    pub(super) no_swap: bool,
    /// How to join, on a host that joins.
    pub(super) joining: Option<Joining>,
}

/// How to join.
pub(super) struct Joining {
    pub(super) server: String,
    pub(super) token: Token,
    pub(super) hash: String,
}

fn text((major, minor, patch): Version) -> String {
    format!("{major}.{minor}.{patch}")
}

/// kubeadm's usual ranges (kubernetes.io kubeadm-init, and Flannel's own).
const PODS: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 244, 0, 0), 16);
const SERVICES: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 96, 0, 0), 12);

/// The prefix of each node's share of the pods' range
/// (`--node-cidr-mask-size`, 24 for IPv4).
const NODE_PREFIX: u8 = 24;

/// Holds the host against what is wanted.
///
/// # Errors
/// All reasons against it, at once.
pub(super) fn check(site: &Site<'_>, notes: &mut Vec<String>) -> Result<Found, Vec<Refusal>> {
    let (config, facts) = (site.inputs.config, site.inputs.facts);
    let survey = &site.inputs.survey.kubernetes;
    let mut refusals = Vec::new();
    let version = programs(survey, site, &mut refusals);
    let api = version.and_then(|version| api(version).map_err(|why| refusals.push(why)).ok());
    if !survey.member && !survey.leftovers.is_empty() {
        refusals.push(refusal(
            "scheduler",
            format!(
                "there is a cluster here already, or what is left of one: {}",
                survey.leftovers.join(", ")
            ),
            "if nobody needs it, take it away with `kubeadm reset`; groundcrew does not take over a \
             cluster that it has not made",
        ));
    }
    // A worker has a kubelet.conf and no admin.conf: kubeadm.
    let control = survey.leftovers.iter().any(|path| path == ADMIN_CONF);
    if survey.member && !survey.leftovers.is_empty() {
        match (config.role, control) {
            (Role::First, false) => refusals.push(refusal(
                "role",
                "this host is a worker of a cluster",
                "say role: join; or take it out of that cluster first (groundcrew rollback)",
            )),
            (Role::Join, true) => refusals.push(refusal(
                "role",
                "this host is the control plane of a cluster",
                "say role: first; or take that cluster away first (groundcrew rollback --force)",
            )),
            _ => {}
        }
    }
    let name = name(site).map_err(|why| refusals.push(why)).ok();
    let minor = version.map_or(u64::MAX, |(_, minor, _)| minor);
    if version.is_some() {
        kernel(facts, minor, notes, &mut refusals);
        cgroups(site, minor, notes, &mut refusals);
    }
    let runtime = version.and_then(|_| {
        let found = runtime(site, minor);
        found.map_err(|why| refusals.push(why)).ok()
    });
    let driver = runtime.as_ref().and_then(|(runtime, _)| {
        let found = driver(site, *runtime, notes);
        found.map_err(|why| refusals.push(why)).ok()
    });
    if let (Some((runtime, _)), Some(file)) = (&runtime, config.kubernetes.images.first())
        && runtime.load(&file.display().to_string()).is_none()
    {
        refusals.push(refusal(
            "kubernetes.images",
            format!(
                "groundcrew does not know how {} takes images in",
                runtime.name()
            ),
            "load them yourself, and leave kubernetes.images out",
        ));
    }
    let swaps = swap(site, notes).map_err(|why| refusals.push(why)).ok();
    let ranges = ranges(site, &mut refusals);
    let joining = match config.role {
        Role::First => {
            add_on(site, &mut refusals);
            None
        }
        Role::Join => joining(site, &mut refusals),
    };
    let (Some(version), Some(api), Some(name), Some((runtime, path)), Some(driver)) =
        (version, api, name, runtime, driver)
    else {
        return Err(refusals);
    };
    let (Some((pods, services)), Some((swaps, no_swap)), true) =
        (ranges, swaps, refusals.is_empty())
    else {
        return Err(refusals);
    };
    Ok(Found {
        version,
        api,
        name,
        runtime,
        // A path alone is deprecated since dockershim has gone (KEP-2221).
        socket: if minor >= 24 {
            format!("unix://{path}")
        } else {
            path
        },
        driver,
        pods,
        services,
        swaps,
        no_swap,
        joining,
    })
}

/// The programs; the version of kubeadm.
fn programs(
    survey: &KubernetesSurvey,
    site: &Site<'_>,
    refusals: &mut Vec<Refusal>,
) -> Option<Version> {
    let first = site.inputs.config.role == Role::First;
    let all = [
        ("kubeadm", &survey.kubeadm),
        ("kubelet", &survey.kubelet),
        ("kubectl", &survey.kubectl),
    ];
    let missing: Vec<_> = all
        .iter()
        .filter(|(_, program)| **program == Program::Missing)
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        refusals.push(refusal(
            "scheduler",
            format!("{} not on this host", list(&missing)),
            "install the packages kubeadm, kubelet and kubectl of one version, which bring \
             kubernetes-cni and cri-tools: from pkgs.k8s.io, from the site's mirror of it, or from \
             files that were brought along; the distributions' own repositories have none",
        ));
    }
    for (name, program) in all {
        if let Program::NoVersion { path, why } = program {
            refusals.push(refusal(
                "scheduler",
                format!("{path} does not tell its version: {why}"),
                format!("see what `{name}` is there"),
            ));
        }
    }
    if !missing.contains(&"kubelet") && !survey.unit {
        refusals.push(refusal(
            "scheduler",
            "systemd has no kubelet.service, which kubeadm starts",
            "install the kubelet from its package",
        ));
    }
    let Program::There { version, .. } = survey.kubeadm else {
        return None;
    };
    if let Program::There {
        version: kubelet, ..
    } = survey.kubelet
        && first
        && (kubelet.0, kubelet.1) > (version.0, version.1)
    {
        // kubernetes.io version-skew-policy: the kubelet is never newer.
        refusals.push(refusal(
            "scheduler",
            format!(
                "the kubelet is {} and kubeadm {}: it must not be newer than the control plane",
                text(kubelet),
                text(version)
            ),
            "install both in one version",
        ));
    }
    Some(version)
}

fn list(names: &[&str]) -> String {
    match names {
        [one] => format!("{one} is"),
        [all @ .., last] => format!("{} and {last} are", all.join(", ")),
        [] => String::new(),
    }
}

fn api(version: Version) -> Result<Api, Refusal> {
    Api::of(version).ok_or_else(|| {
        refusal(
            "scheduler",
            format!(
                "kubeadm {} takes a configuration that groundcrew does not write",
                text(version)
            ),
            "install a kubeadm of 1.13 or later",
        )
    })
}

/// The name of the node: that of the host, as the API takes it (RFC 1123).
fn name(site: &Site<'_>) -> Result<String, Refusal> {
    let name = site.name.to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
    {
        return Ok(name);
    }
    Err(refusal(
        "scheduler",
        format!("the host name {:?} cannot be a node's", site.name),
        "give the host a name of letters, digits and - (hostnamectl set-hostname NAME)",
    ))
}

/// The least kernel that a kubeadm takes, and from where on it only warns:
/// system-validators v1.8.0 up to 1.31 (kubernetes#134097), v1.9.1 in 1.32 and
/// 1.33 (kubernetes#134090, #134086), v1.10.1 from 1.34 on, as a warning
/// (kubernetes#131881, #131919); 5.0 and later are unknown to 1.13
/// (kubernetes#74355).
fn kernel(facts: &Facts, minor: u64, notes: &mut Vec<String>, refusals: &mut Vec<Refusal>) {
    let Some(release) = facts.kernel.release.value() else {
        notes.push("The kernel's version is not known: kubeadm's own look at it decides.".into());
        return;
    };
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u64>);
    let (Some(Ok(major)), Some(Ok(second))) = (numbers.next(), numbers.next()) else {
        return;
    };
    let found = (major, second);
    let (least, fatal) = match minor {
        0..=31 => ((3, 10), true),
        32..=33 => ((4, 19), true),
        _ => ((5, 4), false),
    };
    let wanted = format!("{}.{}", least.0, least.1);
    if found < least && fatal {
        refusals.push(refusal(
            if minor < 32 { "K1" } else { "K9" },
            format!("kernel {release} < {wanted}, the least that kubeadm 1.{minor} takes"),
            if minor < 32 {
                "boot a newer kernel"
            } else {
                "boot a newer kernel, or install kubeadm 1.31 or earlier"
            },
        ));
    } else if found < least {
        notes.push(format!(
            "kubeadm 1.{minor} warns of kernel {release}: {wanted} is the least that it lists."
        ));
    } else if minor == 13 && major >= 5 {
        refusals.push(refusal(
            "K9",
            format!("kubeadm 1.13 does not know kernel {release}"),
            "install kubeadm 1.14 or later",
        ));
    }
    let missing = |name: &str| {
        let fact = facts.kernel.capabilities.get(name);
        fact.and_then(|fact| fact.value()) == Some(&Capability::Missing)
    };
    if missing("br_netfilter") {
        refusals.push(refusal(
            "kern.mod.br_netfilter",
            format!("kernel {release} has no br_netfilter: services are not reached from pods"),
            "install the kernel's package of further modules, or boot another kernel",
        ));
    }
}

/// Control groups of version 1: kubelet refuses them from 1.35 on unless it is
/// told otherwise (system-validators 9040bc2; kubelet's failCgroupV1).
fn cgroups(site: &Site<'_>, minor: u64, notes: &mut Vec<String>, refusals: &mut Vec<Refusal>) {
    let found = site.inputs.facts.kernel.cgroup.value().map(String::as_str);
    if minor < 35 || found == Some("v2") {
        return;
    }
    let allowed = site.inputs.config.kubernetes.allow_cgroup_v1;
    match (found, allowed) {
        (None, _) => notes.push(format!(
            "Which control groups this host has is not known: the kubelet of 1.{minor} wants \
             version 2."
        )),
        (Some(_), true) => notes.push(format!(
            "The kubelet of 1.{minor} runs on control groups of version 1 only because \
             kubernetes.allow-cgroup-v1 says so; kubeadm's own check of the system is skipped for \
             that."
        )),
        (Some(found), false) => refusals.push(refusal(
            "K10",
            format!("control groups are {found}: the kubelet of 1.{minor} does not start on them"),
            "boot with version 2 (systemd.unified_cgroup_hierarchy=1), or say \
             kubernetes.allow-cgroup-v1: true",
        )),
    }
}

/// What is swapped to, where it is to be switched off, and whether it is to be
/// kept off at boot.
fn swap(site: &Site<'_>, notes: &mut Vec<String>) -> Result<(Vec<String>, bool), Refusal> {
    let (facts, wish) = (site.inputs.facts, site.inputs.config.kubernetes.swap);
    let devices = facts.storage.swaps.value().cloned().unwrap_or_default();
    let on = !devices.is_empty() || facts.resources.swap_mb.value().is_some_and(|mb| *mb > 0);
    let at_boot = facts
        .storage
        .fstab_swaps
        .value()
        .is_some_and(|all| !all.is_empty());
    match wish {
        SwapWish::Refuse if on => Err(refusal(
            "kubernetes.swap",
            format!(
                "swap is on ({}): the kubelet does not start with it",
                if devices.is_empty() {
                    "which device is not known".into()
                } else {
                    devices.join(", ")
                }
            ),
            "switch it off, or let groundcrew do it with kubernetes.swap: switch-off, which undoing \
             switches on again",
        )),
        SwapWish::Refuse => {
            if at_boot {
                notes.push(
                    "/etc/fstab switches swap on at the next boot, and the kubelet does not start \
                     then: take it out, or say kubernetes.swap: switch-off."
                        .into(),
                );
            }
            Ok((Vec::new(), false))
        }
        SwapWish::SwitchOff if on && devices.is_empty() => Err(refusal(
            "kubernetes.swap",
            "swap is on, and what is swapped to is not known",
            "switch it off yourself",
        )),
        SwapWish::SwitchOff => Ok((devices, on || at_boot)),
    }
}

/// The ranges of pods and services.
fn ranges(site: &Site<'_>, refusals: &mut Vec<Refusal>) -> Option<(Ipv4Net, Ipv4Net)> {
    let (config, survey) = (site.inputs.config, &site.inputs.survey.kubernetes);
    let kubernetes = &config.kubernetes;
    let (mut pods, mut services) = (kubernetes.pod_network, kubernetes.service_network);
    if let (true, Some((of_pods, of_services))) = (survey.member, survey.ranges) {
        for (id, answered, is) in [
            ("kubernetes.pod-network", pods, of_pods),
            ("kubernetes.service-network", services, of_services),
        ] {
            if answered.is_some_and(|net| net != is) {
                refusals.push(refusal(
                    id,
                    format!("the cluster that is here has {is}: it cannot be changed"),
                    format!("say {is}, or leave it out"),
                ));
            }
        }
        (pods, services) = (Some(of_pods), Some(of_services));
    }
    let mut others: Vec<(Ipv4Net, &str)> = config
        .needs
        .corporate_ranges
        .iter()
        .map(|net| (*net, "needs.corporate-ranges"))
        .collect();
    if site.inputs.choice.overlay.is_some() {
        others.push((config.network, "overlay.network"));
    }
    let mut taken = networks::taken(site.inputs.facts, survey.member, &others);
    let mut choose = |id: &str, answered: Option<Ipv4Net>, usual, name: &str| {
        // On a host that joins the first one has chosen; what is answered is held
        // against this host's routes.
        if config.role == Role::Join && answered.is_none() {
            return Some(usual);
        }
        // The cluster's own network add-on has routes there by now.
        if let (true, Some(net)) = (survey.member, answered) {
            return Some(net);
        }
        match networks::choose(id, answered, usual, &taken) {
            Ok(net) => {
                taken.push((net, format!("{name} {net}")));
                Some(net)
            }
            Err(why) => {
                refusals.push(why);
                None
            }
        }
    };
    // The one that was answered first: the other one keeps off it.
    let id = ["kubernetes.pod-network", "kubernetes.service-network"];
    let (pods, services) = if pods.is_none() && services.is_some() {
        let services = choose(id[1], services, SERVICES, id[1]);
        (choose(id[0], pods, PODS, id[0]), services)
    } else {
        let pods = choose(id[0], pods, PODS, id[0]);
        (pods, choose(id[1], services, SERVICES, id[1]))
    };
    let pods = pods?;
    if config.role == Role::First {
        let nodes = u64::from(config.needs.nodes);
        let shares = 1u64 << u32::from(NODE_PREFIX.saturating_sub(pods.prefix_len()));
        if pods.prefix_len() > NODE_PREFIX || shares < nodes {
            refusals.push(refusal(
                id[0],
                format!(
                    "{pods} is too small: each of {nodes} nodes gets a /{NODE_PREFIX} of its own"
                ),
                "take a larger one (a smaller number after the /)",
            ));
        } else if NODE_PREFIX - pods.prefix_len() > 16 {
            // kubeadm's validation of the node mask: 16 bits at most.
            refusals.push(refusal(
                id[0],
                format!(
                    "{pods} is too large: kubeadm takes at most 65536 shares of /{NODE_PREFIX}"
                ),
                "take a /8 or smaller",
            ));
        }
    }
    Some((pods, services?))
}

/// The network add-on of a first host.
fn add_on(site: &Site<'_>, refusals: &mut Vec<Refusal>) {
    let config = site.inputs.config;
    let overlay = site.inputs.choice.overlay.as_deref();
    if config.kubernetes.network_add_on != NetworkAddOn::Flannel
        || config.kubernetes.add_on_manifest.is_some()
    {
        return;
    }
    if overlay == Some("flannel") {
        refusals.push(refusal(
            "overlay.kind",
            "Flannel would be there twice: as the overlay, and as the network of the pods",
            "say overlay.kind: none, or kubernetes.network-add-on: none",
        ));
    }
    let encrypted = matches!(overlay, Some("wireguard" | "zerotier"));
    if config.needs.encryption == Encryption::Required && config.needs.nodes > 1 && !encrypted {
        refusals.push(refusal(
            "needs.encryption",
            "encryption is required, and Flannel's VXLAN between the nodes has none",
            "put it on an encrypted overlay (overlay.kind: wireguard), or say \
             kubernetes.network-add-on: none and apply an add-on that encrypts",
        ));
    }
}

/// How to join; all that is missing at once.
fn joining(site: &Site<'_>, refusals: &mut Vec<Refusal>) -> Option<Joining> {
    let config = &site.inputs.config.kubernetes;
    let mut missing = |id: &str, what: &str| {
        refusals.push(refusal(
            id,
            format!("{what} is missing, and this host is to join"),
            format!("give it as {id}; the first host wrote it (kubernetes.token-out)"),
        ));
    };
    if config.api_server.is_none() {
        missing("kubernetes.api-server", "where the API server is");
    }
    if config.ca_cert_hash.is_none() {
        missing(
            "kubernetes.ca-cert-hash",
            "the hash of the cluster's certificate authority",
        );
    }
    let token = match &config.token {
        None => {
            missing("kubernetes.token", "the token");
            None
        }
        Some(SecretRef::File(path)) => Some(Token::File(path.display().to_string())),
        Some(SecretRef::Env(name)) => Some(Token::Env(name.clone())),
        Some(SecretRef::Generate | SecretRef::Prompt | SecretRef::Inline(_)) => {
            refusals.push(refusal(
                "kubernetes.token",
                "a token that is typed in is not taken: the plan would have to keep it",
                "say {file: PATH} or {env: NAME}",
            ));
            None
        }
    };
    Some(Joining {
        server: config.api_server.as_ref()?.to_string(),
        token: token?,
        hash: config.ca_cert_hash.clone()?,
    })
}
