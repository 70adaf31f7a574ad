//! The etcd of Flannel's hosts in their plan: who begins it, what becomes of members that
//! have left, and whether all ask it alike.

use super::make::{Input, PlanError};
use super::{FleetPlan, Roles};
use crate::fleet::names;

/// Who begins etcd: those that did, as long as one of them is there; else all members.
pub(super) fn initial(before: Option<&Roles>, members: &[String]) -> Vec<String> {
    let had = before.iter().flat_map(|had| &had.etcd_initial);
    let stayed: Vec<String> = had.filter(|name| members.contains(name)).cloned().collect();
    if stayed.is_empty() {
        members.to_vec()
    } else {
        stayed
    }
}

/// Whether some hosts ask the hosts' own etcd with TLS, and others do not.
pub(super) fn mixed_tls(input: &Input<'_>, plan: &FleetPlan) -> Option<PlanError> {
    const CA: &str = "overlay.flannel.etcd-tls.ca";
    if plan.roles.etcd_members.is_empty() {
        return None;
    }
    let names = plan.members.iter().map(|one| one.name.as_str());
    let (with, without): (Vec<&str>, Vec<&str>) =
        names.partition(|name| input.file.answers_of(name).is_given(CA));
    (!with.is_empty() && !without.is_empty()).then(|| PlanError::Tls {
        with: names::some(with),
        without: names::some(without),
    })
}

/// That members of etcd have left, and what becomes of them.
pub(super) fn without(input: &Input<'_>, plan: &FleetPlan) -> Option<String> {
    let before = &input.before?.roles;
    let had = before.etcd_members.iter();
    let gone = had.filter(|name| plan.member(name).is_none());
    let gone: Vec<&str> = gone.map(String::as_str).collect();
    if gone.is_empty() || plan.roles.etcd_members.is_empty() {
        return None;
    }
    Some(format!(
        "{} left, of the {} members of etcd: where it was one, `groundcrew fleet apply` removes it \
         there before anybody joins, as long as more than half of those that stay are up",
        names::some(gone.iter().copied()),
        before.etcd_members.len()
    ))
}
