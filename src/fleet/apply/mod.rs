//! Setting a fleet up, decided: what each host is told to do in which phase, what
//! its answer comes to, and when the waves stop. Nothing here reaches a host.
//!
//! The phases are the same for all; what a scheduler or an overlay adds to them is in
//! [`parts`].

mod job;
pub mod parts;
mod phases;
mod standing;
mod ways;

pub use job::{HOST_FOLDER, Holder, JOB, Job, Ran, Remove, Reply, Task};
pub use phases::{GATE_ECHOES, accept, begin, gate, joins_of, own_join, set_up, undo};
pub use standing::{STANDING, Stand, Standing, State};
pub use ways::{Pair, Rtt, pairs};

use super::plan::FleetPlan;

/// Why a plan is not applied from here.
///
/// # Errors
/// What to do instead.
pub fn check(plan: &FleetPlan) -> Result<(), String> {
    let overlay = match plan.overlay.as_str() {
        "wireguard" | "flannel" | "none" => true,
        "zerotier" => plan.roles.controller.is_some(),
        _ => false,
    };
    if plan.scheduler == "native" && overlay {
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
    Err(format!(
        "fleet apply sets up the native scheduler with WireGuard, Flannel, ZeroTier or \
         without a private network; \
         this plan is {}{overlay}: `groundcrew fleet export -o OUT` makes a folder for each host, \
         with what to do there",
        plan.scheduler
    ))
}
