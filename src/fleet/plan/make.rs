//! Making the plan.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};

use super::{FleetPlan, Member, Removed, Roles, SCHEMA, Verification, answers_of, etcd};
use crate::answers::Config;
use crate::answers::Problems;
use crate::answers::config::{OverlayWish, ZerotierController, flannel_network};
use crate::answers::fleet::FleetFile;
use crate::fleet::allocate::{Allocated, allocate};
use crate::fleet::human::sentences;
use crate::fleet::node::{Known, Node};
use crate::fleet::report::{ClusterReport, Missing, settled};
use crate::fleet::{names, roles, rules};
use crate::host::digest::sha256;
use crate::judge::cidr::next_free;
use crate::judge::decide::Status;
use crate::version::Version;

/// More WireGuard peers than these on one host were not tried.
const WIREGUARD_PEERS: usize = 200;
/// WireGuard without the kernel's module.
const USERSPACE: &str = "native+wireguard-userspace";
/// Docker that knows `--default-addr-pool` (Docker 18.09 release notes).
const ADDRESS_POOLS: &str = "18.09";

/// What a plan is made of.
pub struct Input<'a> {
    /// The hosts that reported, by name.
    pub nodes: &'a [Node],
    /// The hosts that did not, by name.
    pub missing: &'a [Missing],
    /// The wishes.
    pub file: &'a FleetFile,
    /// The answers for all hosts as typed values.
    pub config: &'a Config,
    /// SHA-256 of the wishes.
    pub wishes_sha256: &'a str,
    /// What they were judged to.
    pub report: &'a ClusterReport,
    /// The plan before.
    pub before: Option<&'a FleetPlan>,
}

/// A plan, and the answers of its members by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub plan: FleetPlan,
    /// The answers as files.
    pub answers: BTreeMap<String, String>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is nobody.
    #[error("no host is a member: none was asked for, or all are among fleet.exclude")]
    NoMembers,
    /// Nothing can be set up on all hosts.
    #[error(
        "nothing is possible on every host: leave the hosts that are in the way out \
         (fleet.exclude in fleet.yaml), or do what `groundcrew fleet report` says"
    )]
    Nothing,
    /// What is wished for, or was planned, is not possible on some.
    #[error(
        "{target} is not possible on every host: {why}; leave these hosts out (fleet.exclude in \
         fleet.yaml), or do what `groundcrew fleet report` says"
    )]
    Blocked {
        /// What.
        target: String,
        /// Where not, and by which rules.
        why: String,
    },
    /// The private network does not hold them.
    #[error("overlay.network: {0}")]
    Network(String),
    /// Some hosts ask etcd with TLS, and others without.
    #[error(
        "overlay.flannel.etcd-tls is answered for {with} and not for {without}: wanted on every \
         host, or on none"
    )]
    Tls {
        /// Those with it.
        with: String,
        /// Those without.
        without: String,
    },
    /// The answers of a host do not fit together.
    #[error("the answers of {host}: {problems}")]
    Answers {
        /// The host.
        host: String,
        /// What is wrong with them.
        problems: Problems,
    },
}

/// Scheduler and overlay: what is wished; else what was planned; else what is
/// recommended.
fn choice(input: &Input<'_>) -> Result<(String, String), PlanError> {
    let planned = input.before.map(FleetPlan::target);
    let target = settled(input.config, planned.as_deref())
        .or_else(|| input.report.target.clone())
        .ok_or(PlanError::Nothing)?;
    // As on a single host: what was asked for by name, and may be one in user space.
    let wished = input.config.overlay == OverlayWish::Wireguard;
    let possible = |id: &str| {
        let option = input.report.option(id);
        option.is_some_and(|one| one.status != Status::Impossible)
    };
    let userspace = wished
        && match target.strip_suffix("+wireguard") {
            Some("native") => possible(USERSPACE),
            // Below a scheduler with a network of its own, which may rule the native one
            // out, the module alone is in the way.
            Some(_) => input.config.wireguard.allow_experimental && module_alone(input, &target),
            None => false,
        };
    let candidate = input.report.option(&target).filter(|_| !userspace);
    if let Some(candidate) = candidate.filter(|one| one.status == Status::Impossible) {
        return Err(PlanError::Blocked {
            why: sentences(candidate).into_iter().next().unwrap_or_default(),
            target,
        });
    }
    let (scheduler, overlay) = target.split_once('+').unwrap_or((&target, "none"));
    Ok((scheduler.to_owned(), overlay.to_owned()))
}

/// Whether nothing but a missing module of the kernel (WG2) is in an option's way,
/// which the hosts' own plans refuse where they have nothing in its place.
fn module_alone(input: &Input<'_>, target: &str) -> bool {
    let option = input.report.option(target);
    option.is_some_and(|one| {
        let mut rules = one.blocked_by.iter().flat_map(|group| &group.rules);
        rules.all(|rule| rule == "WG2")
    })
}

/// Who decided together with the host that began, those with the most roles first.
fn heirs(before: Option<&FleetPlan>) -> Vec<&str> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    if let Some(roles) = before.map(|plan| &plan.roles) {
        let all = roles.managers.iter().chain(&roles.etcd_members);
        for name in all.chain(&roles.controller).chain(&roles.control_plane) {
            *count.entry(name).or_default() += 1;
        }
    }
    let mut heirs: Vec<(&str, usize)> = count.into_iter().collect();
    heirs.sort_by_key(|(_, roles)| std::cmp::Reverse(*roles));
    heirs.into_iter().map(|(name, _)| name).collect()
}

/// Makes the plan.
///
/// # Errors
/// Everything that is in the way.
pub fn make(input: &Input<'_>) -> Result<Planned, Vec<PlanError>> {
    let config = input.config;
    let reported: BTreeSet<String> = input.nodes.iter().map(|node| node.name.clone()).collect();
    let mut members = reported.clone();
    members.extend(input.missing.iter().map(|one| one.host.clone()));
    let before = input.before;
    let wishes = input.file.wishes();
    let first = roles::first(
        wishes.first.as_deref(),
        before.map(|plan| plan.roles.first.as_str()),
        &heirs(before),
        &members,
        &reported,
    );
    let first = first.ok_or_else(|| vec![PlanError::NoMembers])?;
    let (scheduler, overlay) = choice(input).map_err(|error| vec![error])?;
    let addresses = addresses(input, &overlay, &members)?;
    let roles = roles_of(input, (&scheduler, &overlay), &first, &members, &reported);
    let ranges = ranges(input, (&scheduler, &overlay), &first, members.len());
    let mut one_by_one = vec![first.clone()];
    one_by_one.extend(roles.managers.iter().cloned());
    // Whoever joins etcd is let in by those before.
    one_by_one.extend(roles.etcd_initial.iter().cloned());
    one_by_one.extend(roles.etcd_members.iter().cloned());
    if overlay == "flannel" {
        one_by_one.extend(with_docker(input, &members));
    }
    let from = roles::matrix(&members);
    let sampled = members.len() > roles::ALL_PAIRS;
    let each = members
        .iter()
        .map(|name| member(input, name, &roles, &addresses));
    let mut plan = FleetPlan {
        schema: SCHEMA.to_owned(),
        network: (overlay != "none").then_some(config.network),
        wishes_sha256: input.wishes_sha256.to_owned(),
        members: each.collect(),
        removed: removed(before, &members, &addresses),
        ranges,
        waves: roles::waves(&one_by_one, &members),
        verification: Verification {
            pairs: if sampled { "sampled" } else { "all" }.to_owned(),
            peers_per_host: if sampled {
                roles::SAMPLED
            } else {
                members.len().saturating_sub(1)
            },
            from,
        },
        warnings: Vec::new(),
        scheduler,
        overlay,
        roles,
    };
    plan.warnings = warnings(input, &plan);
    let (mut answers, mut problems) = (BTreeMap::new(), Vec::new());
    problems.extend(etcd::mixed_tls(input, &plan));
    for member in &plan.members {
        match answers_of(input.file, &plan, member) {
            Ok(text) => drop(answers.insert(member.name.clone(), text)),
            Err(found) => problems.push(PlanError::Answers {
                host: member.name.clone(),
                problems: found,
            }),
        }
    }
    if !problems.is_empty() {
        // What is wrong with one is mostly wrong with all.
        problems.truncate(5);
        return Err(problems);
    }
    for member in &mut plan.members {
        let text = answers.get(&member.name).map_or("", String::as_str);
        member.answers_sha256 = sha256(text.as_bytes());
    }
    Ok(Planned { plan, answers })
}

/// The addresses in the private network, for those that give one to each host.
fn addresses(
    input: &Input<'_>,
    overlay: &str,
    members: &BTreeSet<String>,
) -> Result<Allocated, Vec<PlanError>> {
    let config = input.config;
    let had = input.before.map(FleetPlan::allocated).unwrap_or_default();
    match overlay {
        "wireguard" | "zerotier" => {
            let given = allocate(config.network, members, &had, &input.file.pinned());
            given.map_err(|errors| {
                let each = errors
                    .iter()
                    .map(|error| PlanError::Network(error.to_string()));
                each.collect()
            })
        }
        "flannel" => {
            let nodes = u32::try_from(members.len()).unwrap_or(u32::MAX);
            let fits = flannel_network(config.network, config.flannel.subnet_len, nodes);
            fits.map_err(|(said, remedy)| vec![PlanError::Network(format!("{said}; {remedy}"))])?;
            Ok(kept(had, members))
        }
        _ => Ok(kept(had, members)),
    }
}

/// What was given stays so, for the day on which it is wanted again.
fn kept(had: Allocated, members: &BTreeSet<String>) -> Allocated {
    let all = had.removed.into_iter().chain(had.members);
    let (members, removed) = all.partition(|(name, _)| members.contains(name));
    Allocated { members, removed }
}

fn roles_of(
    input: &Input<'_>,
    (scheduler, overlay): (&str, &str),
    first: &str,
    members: &BTreeSet<String>,
    reported: &BTreeSet<String>,
) -> Roles {
    let wishes = input.file.wishes();
    let before = input.before.map(|plan| &plan.roles);
    let keep = |had: &[String], wished, count: fn(Option<u32>, usize) -> usize| {
        roles::keep(first, had, members, reported, wished, count)
    };
    let none: &[String] = &[];
    let config = input.config;
    let own_etcd = overlay == "flannel" && config.flannel.etcd_endpoints.is_empty();
    let own_controller =
        overlay == "zerotier" && config.needs.zerotier_controller == ZerotierController::Own;
    let etcd_members = match own_etcd {
        true => keep(
            before.map_or(none, |had| &had.etcd_members),
            wishes.etcd_members.or(wishes.managers),
            roles::etcd_count,
        ),
        false => Vec::new(),
    };
    Roles {
        first: first.to_owned(),
        managers: match scheduler {
            "swarm" => keep(
                before.map_or(none, |had| &had.managers),
                wishes.managers,
                roles::count,
            ),
            _ => Vec::new(),
        },
        etcd_initial: etcd::initial(before, &etcd_members),
        etcd_members,
        controller: own_controller.then(|| first.to_owned()),
        control_plane: match scheduler {
            "kubernetes" => vec![first.to_owned()],
            _ => Vec::new(),
        },
    }
}

/// The hosts whose Docker is started anew, which is done on one at a time: those that
/// are not known to have none.
fn with_docker(input: &Input<'_>, members: &BTreeSet<String>) -> Vec<String> {
    let none = |name: &&String| {
        let mut nodes = input.nodes.iter();
        let node = nodes.find(|node| node.name == **name);
        node.is_some_and(|node| matches!(node.docker, Known::None))
    };
    members.iter().filter(|name| !none(name)).cloned().collect()
}

/// The ranges that the scheduler makes, free on every host; kept once they are made.
fn ranges(
    input: &Input<'_>,
    (scheduler, overlay): (&str, &str),
    first: &str,
    size: usize,
) -> BTreeMap<String, Ipv4Net> {
    let config = input.config;
    let before = input.before.map(|plan| &plan.ranges);
    let mut wanted: Vec<(&str, u8, bool)> = Vec::new();
    // A pod network has a /24 for each host.
    let pods = if size > 200 { 13 } else { 16 };
    match scheduler {
        "swarm" => {
            let node = input.nodes.iter().find(|node| node.name == first);
            let docker = node.and_then(|node| node.docker.value());
            let old = docker
                .and_then(|version| version.parse::<Version>().ok())
                .zip(ADDRESS_POOLS.parse::<Version>().ok())
                .is_some_and(|(version, able)| version < able);
            let answered = !config.swarm.address_pools.is_empty();
            wanted.push(("swarm.address-pools", 16, old || answered));
        }
        "kubernetes" => {
            let kubernetes = &config.kubernetes;
            wanted.push((
                "kubernetes.pod-network",
                pods,
                kubernetes.pod_network.is_some(),
            ));
            let answered = kubernetes.service_network.is_some();
            wanted.push(("kubernetes.service-network", 16, answered));
        }
        _ => {}
    }
    let mut taken = rules::taken(input.nodes);
    taken.extend(
        config
            .needs
            .corporate_ranges
            .iter()
            .map(|range| IpNet::V4(*range)),
    );
    if overlay != "none" {
        taken.push(IpNet::V4(config.network));
    }
    let mut ranges = BTreeMap::new();
    for (id, prefix, answered) in wanted {
        if answered {
            continue;
        }
        let had = before.and_then(|before| before.get(id)).copied();
        if let Some(range) = had.or_else(|| next_free(prefix, &taken)) {
            taken.push(IpNet::V4(range));
            ranges.insert(id.to_owned(), range);
        }
    }
    ranges
}

fn member(input: &Input<'_>, name: &str, roles: &Roles, addresses: &Allocated) -> Member {
    let node = input.nodes.iter().find(|node| node.name == name);
    let before = input.before.and_then(|plan| plan.member(name));
    let pick = node.and_then(|node| node.pick.as_ref().ok());
    let hostname = node.and_then(|node| match &node.hostname {
        Known::Value(name, _) => Some(name.clone()),
        Known::None | Known::Unknown(_) => None,
    });
    let is = |list: &[String]| list.iter().any(|one| one == name);
    let what = [
        ("manager", is(&roles.managers)),
        ("etcd-member", is(&roles.etcd_members)),
        ("controller", roles.controller.as_deref() == Some(name)),
        ("control-plane", is(&roles.control_plane)),
    ];
    Member {
        name: name.to_owned(),
        // Of a host that is not reached today, what it said earlier.
        hostname: hostname.or_else(|| before?.hostname.clone()),
        address: addresses.members.get(name).copied(),
        role: if roles.first == name { "first" } else { "join" }.to_owned(),
        what: what
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(what, _)| what.to_owned())
            .collect(),
        interface: pick
            .map(|pick| pick.interface.clone())
            .or_else(|| before?.interface.clone()),
        underlay: pick
            .map(|pick| pick.address.addr())
            .or_else(|| before?.underlay),
        report_sha256: node
            .map(|node| node.sha256.clone())
            .or_else(|| before?.report_sha256.clone()),
        answers_sha256: String::new(),
    }
}

/// The hosts that were members, with the addresses that stay theirs.
fn removed(
    before: Option<&FleetPlan>,
    members: &BTreeSet<String>,
    addresses: &Allocated,
) -> Vec<Removed> {
    let mut names: BTreeSet<&String> = addresses.removed.keys().collect();
    let had = before.iter().flat_map(|plan| {
        let were = plan.members.iter().map(|one| &one.name);
        were.chain(plan.removed.iter().map(|one| &one.name))
    });
    names.extend(had.filter(|name| !members.contains(*name)));
    let address = |name: &String| {
        let had = before.and_then(|plan| {
            let were = plan.allocated();
            were.removed.get(name).or(were.members.get(name)).copied()
        });
        addresses.removed.get(name).copied().or(had)
    };
    let underlay = |name: &String| {
        let before = before?;
        let gone = before.removed.iter().find(|one| one.name == *name);
        let was = || before.member(name).and_then(|one| one.underlay);
        gone.and_then(|one| one.underlay).or_else(was)
    };
    names
        .into_iter()
        .map(|name| Removed {
            name: name.clone(),
            address: address(name),
            underlay: underlay(name),
        })
        .collect()
}

fn warnings(input: &Input<'_>, plan: &FleetPlan) -> Vec<String> {
    let mut warnings = Vec::new();
    if !input.missing.is_empty() {
        let hosts = input.missing.iter().map(|one| one.host.as_str());
        warnings.push(format!(
            "{} did not report and stay members: {}",
            names::hosts(input.missing.len()),
            names::some(hosts)
        ));
    }
    if let Some(wished) = input.file.wishes().first.as_ref()
        && *wished != plan.roles.first
    {
        warnings.push(format!(
            "fleet.first is {wished}, and {} has begun already: roles are kept",
            plan.roles.first
        ));
    }
    warnings.extend(successor(input, plan));
    warnings.extend(etcd::without(input, plan));
    let total = plan.members.len();
    if plan.overlay == "wireguard" && total > WIREGUARD_PEERS {
        warnings.push(format!(
            "WireGuard with {total} hosts: each has {} peers, and each new host changes all of \
             them; more than {WIREGUARD_PEERS} were not tried",
            total - 1
        ));
    }
    let joins = plan.scheduler != "native" && total > 1;
    if joins && plan.meeting().is_none() {
        warnings.push(format!(
            "the address of {}, which begins, is not known: the others' answers do not say whom \
             they join; inspect it, and plan again",
            plan.roles.first
        ));
    }
    if plan.verification.pairs == "sampled" {
        warnings.push(format!(
            "{total} hosts: each is tried against {} others, not against all",
            plan.verification.peers_per_host
        ));
    }
    let target = plan.target();
    let option = input.report.option(&target);
    if option.is_none_or(|option| option.status == Status::Unknown) {
        warnings.push(format!(
            "that {target} is possible on every host is not confirmed: `groundcrew fleet report` \
             says what is not known of which"
        ));
    }
    warnings
}

/// That another host begins than before, and what that means.
fn successor(input: &Input<'_>, plan: &FleetPlan) -> Option<String> {
    let before = input.before?;
    let (had, first) = (&before.roles.first, &plan.roles.first);
    if had == first {
        return None;
    }
    let what = before.member(first).map_or(&[][..], |one| &one.what);
    let how = if !what.is_empty() {
        format!("which is {} already", what.join(" and "))
    } else if before.scheduler == "native" && before.roles.etcd_members.is_empty() {
        "and the others join it".to_owned()
    } else {
        "and nobody is left who decided with it: what they kept is lost, and begins anew".to_owned()
    };
    let controller = match (&before.roles.controller, &plan.roles.controller) {
        (Some(old), Some(new)) if old != new => {
            "; ZeroTier's controller goes with it, and the network is made anew there"
        }
        _ => "",
    };
    Some(format!(
        "{had}, which began, is no member any more: {first} takes its place, {how}{controller}"
    ))
}
