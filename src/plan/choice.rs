//! Which scheduler and overlay the plan is for: what was asked for, or else
//! what is recommended.

use super::Refusal;
use crate::answers::config::{Config, OverlayWish, SchedulerWish};
use crate::judge::decide::{Candidate, Decision, Status};

/// What the plan is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Id of the candidate: `swarm`, `native`, `native+wireguard` …
    pub target: String,
    /// `native`, `swarm` or `kubernetes`.
    pub scheduler: String,
    /// `wireguard`, `flannel`, `zerotier`; none for one node, or for a
    /// scheduler that has its own.
    pub overlay: Option<String>,
    /// Whether WireGuard may run in user space, since that was allowed and the
    /// kernel has none.
    pub userspace: bool,
}

/// Resolves what the answers leave open.
///
/// # Errors
/// When nothing is possible, or what was asked for is not; with the rules that
/// say so.
pub fn choose(config: &Config, decision: &Decision) -> Result<Choice, Vec<Refusal>> {
    let recommended = decision.recommendation.as_ref();
    let scheduler = match config.scheduler {
        // An overlay of its own only makes sense for the native scheduler.
        SchedulerWish::Auto if !matches!(config.overlay, OverlayWish::Auto | OverlayWish::None) => {
            "native".to_string()
        }
        SchedulerWish::Auto => recommended
            .map(|r| r.scheduler.clone())
            .ok_or_else(|| nothing(decision))?,
        wish => wish.word().to_string(),
    };
    let overlay = match config.overlay {
        OverlayWish::None => None,
        OverlayWish::Auto if scheduler == "native" => best_overlay(decision),
        OverlayWish::Auto => None,
        wish => Some(wish.word().to_string()),
    };
    let mut choice = Choice {
        target: overlay
            .as_ref()
            .filter(|_| scheduler == "native")
            .map_or_else(
                || scheduler.clone(),
                |overlay| format!("{scheduler}+{overlay}"),
            ),
        scheduler,
        overlay,
        userspace: false,
    };
    let of = |id: &str| {
        decision
            .candidates
            .iter()
            .find(|candidate| candidate.id == id)
    };
    // The kernel module alone is the WireGuard plan's to refuse: it knows what can
    // be done about it.
    let module_alone = |candidate: &Candidate| {
        candidate.id == "native+wireguard"
            && candidate.blocked_by.iter().all(|entry| entry.id == "WG2")
    };
    // What Docker needs to encrypt by itself is not needed where the network below
    // does it.
    let encrypted_below = matches!(choice.overlay.as_deref(), Some("wireguard" | "zerotier"));
    let encryption_alone = |candidate: &Candidate| {
        candidate.id == "swarm"
            && encrypted_below
            && candidate.blocked_by.iter().all(|entry| entry.id == "SW9")
    };
    let impossible = |id: &str| {
        of(id).is_some_and(|candidate| {
            candidate.status == Status::Impossible
                && !module_alone(candidate)
                && !encryption_alone(candidate)
        })
    };
    // Only what was asked for by name may fall back to user space.
    const USERSPACE: &str = "native+wireguard-userspace";
    if config.overlay == OverlayWish::Wireguard
        && of("native+wireguard")
            .is_none_or(|c| matches!(c.status, Status::Impossible | Status::AfterFix))
        && of(USERSPACE).is_some_and(|c| c.status != Status::Impossible)
    {
        choice.target = USERSPACE.into();
        choice.userspace = true;
    }
    let refusals: Vec<_> = [choice.scheduler.as_str(), choice.target.as_str()]
        .into_iter()
        .filter(|id| impossible(id))
        .filter_map(of)
        .flat_map(refusals)
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    let refusals: Vec<_> = refusals
        .into_iter()
        .filter(|refusal: &Refusal| seen.insert(refusal.id.clone()))
        .collect();
    if refusals.is_empty() {
        Ok(choice)
    } else {
        Err(refusals)
    }
}

/// The overlay of the best option with the native scheduler.
fn best_overlay(decision: &Decision) -> Option<String> {
    let options = decision.ranking.iter().map(|ranked| &ranked.option);
    let native = options
        .into_iter()
        .find(|option| option.scheduler == "native")?;
    (native.overlay != "none").then(|| native.overlay.clone())
}

fn refusals(candidate: &Candidate) -> Vec<Refusal> {
    let of_rule = |entry: &crate::judge::decide::Entry| Refusal {
        id: entry.id.clone(),
        text: entry.why.clone(),
        remedy: format!("see: groundcrew checks explain {}", entry.id),
    };
    candidate.blocked_by.iter().map(of_rule).collect()
}

fn nothing(decision: &Decision) -> Vec<Refusal> {
    let mut all: Vec<_> = decision.candidates.iter().flat_map(refusals).collect();
    all.dedup_by(|a, b| a.id == b.id);
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::Answers;
    use crate::judge::decide::Entry;

    #[test]
    fn a_swarm_needs_no_encryption_of_its_own_over_a_network_that_has_it() {
        let blocked = |ids: &[&str]| Decision {
            candidates: vec![Candidate {
                id: "swarm".into(),
                status: Status::Impossible,
                cost: None,
                blocked_by: ids
                    .iter()
                    .map(|id| Entry {
                        id: (*id).into(),
                        why: "a test".into(),
                        source: "a test".into(),
                        facts: Vec::new(),
                        cost: None,
                    })
                    .collect(),
                fixes: Vec::new(),
                warnings: Vec::new(),
                unmet: Vec::new(),
                unknown: Vec::new(),
            }],
            ..Decision::default()
        };
        let choose = |overlay: &str, ids: &[&str]| {
            let mut answers = Answers::default();
            answers.set_text("scheduler", "swarm").unwrap();
            answers.set_text("overlay.kind", overlay).unwrap();
            choose(&Config::from_answers(&answers).unwrap(), &blocked(ids)).is_ok()
        };
        assert!(choose("wireguard", &["SW9"]) && choose("zerotier", &["SW9"]));
        assert!(!choose("auto", &["SW9"]) && !choose("wireguard", &["SW1", "SW9"]));
    }
}
