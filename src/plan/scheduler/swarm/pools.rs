//! The ranges that a Swarm takes its networks from. Docker takes any, also those
//! that lie over the host's own network, and 10.0.0.0/8 where none is said.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::{Able, v4};
use crate::answers::config::Role;
use crate::judge::cidr::{next_free, overlap};
use crate::plan::scheduler::Site;
use crate::plan::{Refusal, refusal};

/// A range that is in use, and by what.
struct Taken {
    range: IpNet,
    what: String,
}

/// The ranges for a Swarm that is made; those that were answered, or the first
/// free one. Empty where this Docker cannot be told, or on a joining node.
///
/// # Errors
/// All that is wrong with the ranges that were answered.
pub(super) fn pools(
    site: &Site<'_>,
    able: Able,
    there: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<Ipv4Net>, Vec<Refusal>> {
    let config = site.inputs.config;
    let answered = &config.swarm.address_pools;
    let swarm = &site.inputs.survey.swarm;
    let first = config.role == Role::First;
    if there {
        if first && !answered.is_empty() && !swarm.pools.is_empty() && *answered != swarm.pools {
            let has: Vec<_> = swarm.pools.iter().map(ToString::to_string).collect();
            return Err(vec![refusal(
                "swarm.address-pools",
                format!(
                    "the Swarm has the ranges {}, which are never changed once it is made",
                    has.join(", ")
                ),
                "leave the answer out, or make the Swarm anew",
            )]);
        }
        return Ok(swarm.pools.clone());
    }
    let taken = taken(site);
    let mut wrong = against(answered, &taken);
    if !first {
        if answered.is_empty() {
            notes.push(
                "Which ranges the Swarm takes its networks from is the first node's choice: with \
                 the same swarm.address-pools here they are held against this host's networks."
                    .into(),
            );
        }
        return if wrong.is_empty() {
            Ok(Vec::new())
        } else {
            Err(wrong)
        };
    }
    let len = config.swarm.subnet_len;
    for pool in answered.iter().filter(|pool| pool.prefix_len() > len) {
        wrong.push(refusal(
            "swarm.subnet-len",
            format!("{pool} is smaller than one network of /{len}"),
            "give a larger range, or a larger swarm.subnet-len",
        ));
    }
    if !able.pools && !answered.is_empty() {
        wrong.push(refusal(
            "swarm.address-pools",
            "this Docker cannot be told the ranges of the Swarm's networks: 18.09 and later can",
            "upgrade Docker; or leave the answer out and see that 10.0.0.0/8 is free",
        ));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if !answered.is_empty() {
        return Ok(answered.clone());
    }
    if !able.pools {
        return old(&taken, notes).map(|()| Vec::new());
    }
    let ranges: Vec<_> = taken.iter().map(|taken| taken.range).collect();
    let free = (len.min(16)..=len.min(22)).find_map(|prefix| next_free(prefix, &ranges));
    free.map(|pool| vec![pool]).ok_or_else(|| {
        vec![refusal(
            "swarm.address-pools",
            "no private range is free for the Swarm's networks",
            "give one that nobody else uses as swarm.address-pools",
        )]
    })
}

/// Docker before 18.09 takes one /24 after the other from 10.0.0.0 on.
fn old(taken: &[Taken], notes: &mut Vec<String>) -> Result<(), Vec<Refusal>> {
    let soon = Ipv4Net::new(Ipv4Addr::new(10, 0, 0, 0), 16).map(IpNet::V4);
    let Some(hit) = soon
        .ok()
        .and_then(|soon| taken.iter().find(|taken| overlap(&soon, &taken.range)))
    else {
        notes.push(
            "This Docker takes the Swarm's networks from 10.0.0.0 on, a /24 each, whoever else has \
             them; from 18.09 on it can be told other ranges."
                .into(),
        );
        return Ok(());
    };
    Err(vec![refusal(
        "swarm.address-pools",
        format!(
            "this Docker takes the Swarm's networks from 10.0.0.0 on, over {}",
            hit.what
        ),
        "upgrade Docker to 18.09 or later, which can be told other ranges",
    )])
}

/// What the answered ranges lie over.
fn against(answered: &[Ipv4Net], taken: &[Taken]) -> Vec<Refusal> {
    let mut wrong = Vec::new();
    for (at, pool) in answered.iter().enumerate() {
        let range = IpNet::V4(*pool);
        let hits: Vec<_> = taken
            .iter()
            .filter(|taken| overlap(&range, &taken.range))
            .collect();
        if let Some(hit) = hits.first() {
            let ranges: Vec<_> = taken.iter().map(|taken| taken.range).collect();
            let remedy = next_free(pool.prefix_len(), &ranges).map_or_else(
                || "give a smaller range that is free".to_owned(),
                |free| format!("the next free range of this size is {free}"),
            );
            wrong.push(refusal(
                "swarm.address-pools",
                format!(
                    "{pool} lies over {}: Docker takes it without a word, and this host no longer \
                     reaches what is there",
                    hit.what
                ),
                remedy,
            ));
        }
        if let Some(other) = answered
            .iter()
            .take(at)
            .find(|other| overlap(&range, &IpNet::V4(**other)))
        {
            wrong.push(refusal(
                "swarm.address-pools",
                format!("{other} and {pool} lie over each other"),
                "give ranges of their own",
            ));
        }
    }
    wrong
}

/// Everything that has addresses already, but for what a Swarm makes itself.
fn taken(site: &Site<'_>) -> Vec<Taken> {
    let (facts, config) = (site.inputs.facts, site.inputs.config);
    let mut all = Vec::new();
    let mut add = |range: IpNet, what: String| all.push(Taken { range, what });
    for interface in facts.network.interfaces.value().into_iter().flatten() {
        for net in v4(&interface.addresses) {
            if !net.addr().is_loopback() {
                add(net.into(), format!("{net} on {}", interface.name));
            }
        }
    }
    for route in facts.network.routes.value().into_iter().flatten() {
        if route.kind == "unicast" && route.destination.prefix_len() > 0 {
            add(
                route.destination,
                format!("the route to {}", route.destination),
            );
        }
    }
    let networks = facts.docker.info.networks.value();
    for network in networks.into_iter().flatten() {
        for subnet in network.subnets.iter().filter_map(|text| text.parse().ok()) {
            add(subnet, format!("Docker's network {}", network.name));
        }
    }
    if let Some(conf) = facts.resolver.servers().value() {
        for server in conf.nameservers.iter().filter(|one| !one.is_loopback()) {
            add((*server).into(), format!("the name server {server}"));
        }
    }
    for range in &config.needs.corporate_ranges {
        add(
            (*range).into(),
            format!("{range}, which the organisation uses (needs.corporate-ranges)"),
        );
    }
    if site.inputs.choice.overlay.is_some() {
        add(
            config.network.into(),
            format!("{} (overlay.network)", config.network),
        );
    }
    all
}
