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
    // The kernel module alone is the WireGuard plan's to refuse, also where FIPS mode
    // or Secure Boot would not take it: it knows what can be done about it.
    let module_alone = |candidate: &Candidate| {
        let mut ids = candidate.blocked_by.iter().map(|entry| entry.id.as_str());
        candidate.id == "native+wireguard"
            && ids.clone().any(|id| id == "WG2")
            && ids.all(|id| ["WG2", "WG3", "WG4"].contains(&id))
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
    let mut refusals: Vec<_> = [choice.scheduler.as_str(), choice.target.as_str()]
        .into_iter()
        .filter(|id| impossible(id))
        .filter_map(of)
        .flat_map(refusals)
        .collect();
    if let (Some(overlay), false) = (&choice.overlay, choice.scheduler == "native") {
        refusals.extend(beneath(decision, overlay));
    }
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

/// What speaks against an overlay beneath a scheduler that has its own network:
/// what rules the overlay out with the native scheduler, less what rules that out.
fn beneath(decision: &Decision, overlay: &str) -> Vec<Refusal> {
    let of = |id: &str| decision.candidates.iter().find(|c| c.id == id);
    let native: Vec<&str> = of("native")
        .into_iter()
        .flat_map(|candidate| &candidate.blocked_by)
        .map(|entry| entry.id.as_str())
        .collect();
    of(&format!("native+{overlay}"))
        .into_iter()
        .flat_map(refusals)
        // The WireGuard plan refuses a missing module itself.
        .filter(|refusal| refusal.id != "WG2" && !native.contains(&refusal.id.as_str()))
        .collect()
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
    use crate::judge::decide::{Entry, Options, decide};
    use crate::judge::rules::Rules;
    use serde_json::{Value, json};

    fn wireguard(changes: &[(&str, Value)]) -> Result<Choice, Vec<String>> {
        let host = json!({
            "arch": "x86_64", "arch.bits": 64, "virt": "kvm", "init": "systemd",
            "kernel.version": "3.10.0", "kernel.release": "3.10.0-1160.el7.x86_64",
            "cap.wireguard": "installable", "cap.tun": true, "os.family": "el7",
            "docker.installed": true, "docker.version": "20.10.7",
            "security.fips": false, "security.secureboot": false,
            "wg.method": "kmod-wireguard (ELRepo)", "wg.signed": false, "needs.nodes": 3,
        });
        let mut facts: crate::facts::flat::FlatFacts = serde_json::from_value(host).unwrap();
        for (path, value) in changes {
            facts.insert((*path).into(), value.clone());
        }
        let decision = decide(&Rules::embedded().unwrap(), &facts, &Options::default());
        let mut answers = Answers::default();
        answers.set_text("overlay.kind", "wireguard").unwrap();
        let config = Config::from_answers(&answers).unwrap();
        choose(&config, &decision)
            .map_err(|refusals| refusals.into_iter().map(|refusal| refusal.id).collect())
    }

    #[test]
    fn what_stands_between_the_kernel_and_its_module_is_the_plans_to_say() {
        let on = json!(true);
        for changes in [
            vec![],
            vec![
                ("wg.method", Value::Null),
                ("cap.wireguard", json!("absent")),
            ],
            vec![("security.secureboot", on.clone())],
            vec![("security.fips", on.clone())],
            vec![("needs.wg_module", json!(false))],
        ] {
            let choice = wireguard(&changes).unwrap();
            assert_eq!(choice.target, "native+wireguard", "{changes:?}");
        }
        // With a module that is there, nothing but the rule says it.
        let there = ("cap.wireguard", json!("module"));
        let refused = wireguard(&[there.clone(), ("security.secureboot", on.clone())]);
        assert_eq!(refused.unwrap_err(), ["WG4"]);
        let refused = wireguard(&[("security.fips", on), ("virt", json!("openvz"))]);
        assert!(refused.unwrap_err().contains(&"WG5".to_owned()));
    }

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
