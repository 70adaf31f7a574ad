//! Whether the nodes' own etcd is as planned: it has a quorum, each planned member is
//! one, with a vote, and answers, and nobody else counts there.

use std::net::Ipv4Addr;

use crate::apply::etcd::{self, Member};
use crate::apply::verify::measure::Measure;
use crate::apply::verify::{Status, Verified};
use crate::host::Host;
use crate::host::command::shell_words;
use crate::plan::VerifyFlannel;
use crate::plan::verify::VerifyHost;

/// etcd's port for clients (etcd Documentation/op-guide/security).
const CLIENT_PORT: u16 = 2379;

/// The address at which the other members reach one.
fn address(url: &str) -> Option<Ipv4Addr> {
    let (_, rest) = url.split_once("://")?;
    let (address, _) = rest.rsplit_once(':')?;
    address.parse().ok()
}

fn is_at(member: &Member, below: Ipv4Addr) -> bool {
    let mut urls = member.peer_urls.iter();
    urls.any(|url| address(url) == Some(below))
}

/// What is wrong with a planned member; nothing where all is well.
fn fault(
    host: &dyn Host,
    wanted: &VerifyFlannel,
    listed: &[Member],
    one: &VerifyHost,
    other: bool,
) -> Option<String> {
    let VerifyHost { name, below } = one;
    let Some(member) = listed.iter().find(|member| is_at(member, *below)) else {
        return Some(format!("{name} ({below}) is no member of etcd"));
    };
    if member.learner {
        return Some(format!(
            "{name} ({below}) is a member of etcd without a vote"
        ));
    }
    let own = wanted.etcd.beside(*below, CLIENT_PORT);
    (other && !etcd::healthy(host, &own)).then(|| {
        format!(
            "etcd of {name} ({below}) does not answer: of {} members more than {} have to",
            listed.len(),
            listed.len() / 2
        )
    })
}

/// Verifies it: nothing where there is none of the nodes' own.
pub(super) fn verify(
    host: &dyn Host,
    wanted: &VerifyFlannel,
    measure: &Measure,
) -> (Option<Verified>, Vec<Verified>) {
    if wanted.members.is_empty() {
        return (None, Vec::new());
    }
    let told = |status, message: String| Verified::new("verify.etcd", "etcd", status, message);
    let is_peer = |one: &VerifyHost| wanted.peers.iter().any(|peer| peer.below == one.below);
    let asked = |one: &&VerifyHost| !is_peer(one) || measure.wants(&one.name);
    let listed = match etcd::members(host, &wanted.etcd) {
        Ok(listed) if etcd::healthy(host, &wanted.etcd) => listed,
        Ok(listed) => {
            let text = format!(
                "etcd at {} has no quorum: of {} members more than {} have to answer each other",
                wanted.etcd,
                listed.len(),
                listed.len() / 2
            );
            return (Some(told(Status::Fail, text)), Vec::new());
        }
        Err(why) => return (Some(told(Status::Fail, why.to_string())), Vec::new()),
    };
    let (mut faults, mut ways) = (Vec::new(), Vec::new());
    for one in wanted.members.iter().filter(asked) {
        let found = fault(host, wanted, &listed, one, is_peer(one));
        if wanted.etcd_alone && is_peer(one) {
            let (status, text) = match &found {
                Some(text) => (Status::Fail, text.clone()),
                None => (Status::Pass, format!("etcd of {} answers", one.name)),
            };
            ways.push(Verified::new("verify.peer", &one.name, status, text));
        }
        faults.extend(found);
    }
    let planned = |member: &Member| wanted.members.iter().any(|one| is_at(member, one.below));
    for stranger in listed.iter().filter(|member| !planned(member)) {
        let mut argv = vec!["etcdctl".to_owned()];
        argv.extend(wanted.etcd.etcdctl(3));
        argv.extend(["member", "remove", &stranger.hex].map(str::to_owned));
        faults.push(format!(
            "{} ({}) is a member of etcd and not of the plan, and counts for its quorum: \
             ETCDCTL_API=3 {}",
            stranger.name,
            stranger.peer_urls.join(", "),
            shell_words(&argv)
        ));
    }
    let own = if faults.is_empty() {
        let names = listed.iter().map(|member| member.name.as_str());
        let names: Vec<&str> = names.collect();
        let text = format!(
            "etcd at {} has a quorum; its members are {}",
            wanted.etcd,
            names.join(", ")
        );
        told(Status::Pass, text)
    } else {
        told(Status::Fail, faults.join("; "))
    };
    (Some(own), ways)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
