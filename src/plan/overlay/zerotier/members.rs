//! Who is let into the network of this node's own controller. Nobody who is in
//! is shut out but by name: a join file can be missing by mistake.

use std::collections::BTreeSet;

use super::{Controller, Wanted};
use crate::plan::Refusal;
use crate::plan::survey::{MemberSurvey, Survey};
use crate::plan::zerotier::{Act, Member};

/// The answer that shuts nodes out.
const KEY: &str = "overlay.zerotier.remove-members";

/// This node and the others, as the controller is told of them.
pub(super) fn members(wanted: &Wanted) -> Vec<Member> {
    let own = Member {
        name: wanted.name.clone(),
        node: None,
        address: wanted.address,
    };
    let others = wanted.others.iter().map(|other| Member {
        name: other.name.clone(),
        node: Some(other.node.clone()),
        address: other.address,
    });
    std::iter::once(own).chain(others).collect()
}

/// What the controller is told.
pub(super) fn act(wanted: &Wanted) -> Act {
    Act::Members {
        members: members(wanted),
        remove: wanted.remove.clone(),
    }
}

/// The nodes that the controller knows and nobody names.
fn unnamed<'a>(
    wanted: &'a Wanted,
    survey: &'a Survey,
) -> impl Iterator<Item = (&'a String, &'a MemberSurvey)> {
    let named: BTreeSet<&String> = wanted
        .others
        .iter()
        .map(|other| &other.node)
        .chain(&wanted.remove)
        .chain(&survey.zerotier.node)
        .collect();
    let known = survey.zerotier.members.iter();
    known.filter(move |(node, _)| !named.contains(node))
}

/// What is to be said of the nodes without a join file.
pub(super) fn notes(wanted: &Wanted, survey: &Survey) -> Vec<String> {
    if wanted.controller != Controller::Here {
        let unused = !wanted.remove.is_empty();
        return Vec::from_iter(unused.then(|| {
            format!("{KEY} is not used here: the network's controller shuts nodes out.")
        }));
    }
    let (stay, wait): (Vec<_>, Vec<_>) =
        unnamed(wanted, survey).partition(|(_, member)| member.authorized);
    let stay = stay.into_iter().map(|(node, member)| {
        let at = match member.addresses.first() {
            Some(address) => format!(" ({address})"),
            None => String::new(),
        };
        format!(
            "The node {node}{at} stays in the network: it was let in, and its join file is not \
             here. To shut it out, say {KEY}: [\"{node}\"]."
        )
    });
    let wait = wait.into_iter().map(|(node, _)| {
        format!(
            "The node {node} is known to the controller and not let in: its join file is not here."
        )
    });
    stay.chain(wait).collect()
}

/// What contradicts itself.
pub(super) fn refusals(wanted: &Wanted, survey: &Survey) -> Vec<Refusal> {
    if wanted.controller != Controller::Here {
        return Vec::new();
    }
    let refusal = |id: &str, text: String, remedy: String| Refusal {
        id: id.into(),
        text,
        remedy,
    };
    let mut all = Vec::new();
    for node in &wanted.remove {
        if let Some(other) = wanted.others.iter().find(|other| other.node == *node) {
            all.push(refusal(
                KEY,
                format!(
                    "{node} is to be shut out, and it is {}, whose join file is here",
                    other.name
                ),
                format!("take its join file away, or take it out of {KEY}"),
            ));
        } else if survey.zerotier.node.as_ref() == Some(node) {
            all.push(refusal(
                KEY,
                format!("{node} is this node, the controller itself"),
                format!("take it out of {KEY}"),
            ));
        }
    }
    // Two with one address: each gets some of the other's packets.
    let addresses = wanted
        .others
        .iter()
        .filter_map(|other| Some((&other.name, other.address?)))
        .chain(wanted.address.map(|address| (&wanted.name, address)));
    for (name, address) in addresses {
        let address = address.to_string();
        let held = unnamed(wanted, survey)
            .find(|(_, member)| member.authorized && member.addresses.contains(&address));
        if let Some((node, _)) = held {
            all.push(refusal(
                "overlay.address",
                format!(
                    "{address} is to be {name}'s, and the node {node}, which is in the network \
                     without a join file here, has it"
                ),
                format!(
                    "give {name} another address; or, where {node} is gone, say {KEY}: [\"{node}\"]"
                ),
            ));
        }
    }
    all
}
