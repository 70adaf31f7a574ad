//! Setting a fleet up, decided: what each host is told to do in which phase, what
//! its answer comes to, and when the waves stop. Nothing here reaches a host.
//!
//! The phases are the same for all; what a scheduler or an overlay adds to them is in
//! [`parts`].

mod backwards;
mod job;
pub mod parts;
mod phases;
mod standing;
mod ways;

pub use crate::apply::verify::measure::Rtt;
pub use backwards::{backwards, hosts_of};
pub use job::{Act, HOST_FOLDER, Holder, JOB, Job, Ran, Remove, Reply, Task};
pub use phases::{GATE_ECHOES, accept, begin, confirm, gate, joins_of, own_join, set_up, undo};
pub use standing::{STANDING, Stand, Standing, State};
pub use ways::{Pair, pairs, verified};

use super::names;
use super::plan::FleetPlan;

/// Why a plan is not applied from here.
///
/// # Errors
/// What to do instead.
pub fn check(plan: &FleetPlan) -> Result<(), String> {
    let fits = match (plan.scheduler.as_str(), plan.overlay.as_str()) {
        ("native" | "swarm", "wireguard" | "none") | ("native", "flannel") => true,
        ("native", "zerotier") => plan.roles.controller.is_some(),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    if plan.scheduler == "native" && plan.overlay == "zerotier" {
        return Err(
            "fleet apply sets up ZeroTier with a controller on one of the hosts \
             (needs.zerotier-controller: own in fleet.yaml, then `groundcrew fleet plan`); a hosted \
             one is reached with a token, which is not carried: `groundcrew fleet export -o OUT` \
             makes a folder for each host, with what to do there"
                .to_owned(),
        );
    }
    let overlay = match plan.overlay.as_str() {
        "none" => String::new(),
        overlay => format!(" with {overlay}"),
    };
    let by_hand = match plan.scheduler.as_str() {
        "kubernetes" => kubernetes(plan),
        _ => {
            "`groundcrew fleet export -o OUT` makes a folder for each host, with what to do there \
              in its README.txt"
                .to_owned()
        }
    };
    Err(format!(
        "fleet apply sets up the native scheduler with WireGuard, Flannel, ZeroTier or without a \
         private network, and Docker Swarm with WireGuard or without one; this plan is \
         {}{overlay}: {by_hand}",
        plan.scheduler
    ))
}

/// How Kubernetes is set up on all hosts without this.
fn kubernetes(plan: &FleetPlan) -> String {
    let first = &plan.roles.first;
    let others: Vec<&str> = plan.waves.iter().flatten().map(String::as_str).collect();
    let others: Vec<&str> = others.into_iter().filter(|name| name != first).collect();
    let mut text = format!(
        "`groundcrew fleet export -o OUT --tar` makes an archive for each host; unpack it there \
         beside the program, and say `./groundcrew --answers answers.yaml --yes` in it, as root: on \
         {first} first"
    );
    if !others.is_empty() {
        text.push_str(&format!(
            "; then carry /root/kubernetes-token of {first} into the folder of each other host and \
             add the kubernetes.ca-cert-hash of /root/kubernetes-token.yaml to answers.yaml there, \
             and say the same on {}, one after the other; delete the token everywhere at the end",
            names::some(others)
        ));
    }
    text
}
