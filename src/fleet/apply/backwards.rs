//! In which order hosts are undone.

use std::collections::BTreeSet;

use super::standing::{Standing, State};
use crate::fleet::plan::FleetPlan;
use crate::fleet::roles::WAVE_CAP;

/// Which hosts are undone together, the first ones first: those that have left the plan
/// and may have something of ours still, then the waves from the last one to the first,
/// so that whoever the others need is there as long as they are.
///
/// What those that have left were is not in the plan any more. Where hosts decide
/// together, one of them may have been among these, and two of these must not leave at
/// once: they are undone one by one.
pub fn backwards(plan: &FleetPlan, standing: &Standing) -> Vec<Vec<String>> {
    let members = plan.names();
    let left = standing.hosts.iter().filter(|(name, stand)| {
        let removed = plan.removed.iter().any(|one| one.name == **name);
        removed && !members.contains(*name) && stand.state != State::Undone
    });
    let left: Vec<String> = left.map(|(name, _)| name.clone()).collect();
    let roles = &plan.roles;
    let together = roles.managers.is_empty()
        && roles.etcd_members.is_empty()
        && roles.control_plane.is_empty();
    let size = if together { WAVE_CAP } else { 1 };
    let left = left.chunks(size).map(<[String]>::to_vec);
    left.chain(plan.waves.iter().rev().cloned()).collect()
}

/// The hosts that such an order has.
pub fn hosts_of(order: &[Vec<String>]) -> BTreeSet<String> {
    order.iter().flatten().cloned().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::super::standing::Stand;
    use super::*;

    fn plan(roles: &serde_json::Value, removed: &[&str]) -> FleetPlan {
        let names = ["a", "b", "c", "d", "e"];
        let members = names
            .map(|name| json!({"name": name, "role": "join", "as": [], "answers_sha256": "0"}));
        let removed: Vec<_> = removed.iter().map(|name| json!({"name": name})).collect();
        let plan = json!({
            "schema": "fleet-plan/1", "scheduler": "native", "overlay": "wireguard",
            "network": "10.90.0.0/24", "wishes_sha256": "", "members": members,
            "removed": removed, "roles": roles, "waves": [["c"], ["a"], ["b", "d", "e"]],
            "verification": {"pairs": "all", "peers_per_host": 4, "from": {}}, "warnings": [],
        });
        FleetPlan::parse(plan.to_string().as_bytes()).unwrap()
    }

    fn standing(hosts: &[(&str, State)]) -> Standing {
        let hosts = hosts.iter().map(|(name, state)| {
            let stand = Stand {
                state: *state,
                ..Stand::default()
            };
            ((*name).to_owned(), stand)
        });
        Standing {
            hosts: hosts.collect(),
            ..Standing::default()
        }
    }

    fn words(order: &[Vec<String>]) -> Vec<String> {
        order.iter().map(|wave| wave.join(" ")).collect()
    }

    #[test]
    fn who_has_left_comes_first_and_the_host_that_began_last() {
        let stood = standing(&[
            ("x", State::Applied),
            ("y", State::Undone),
            ("z", State::Unreachable),
            ("a", State::Applied),
            ("stray", State::Applied),
        ]);
        // `w` never was set up, `y` is undone already, `stray` is nobody of the plan's.
        let removed = ["w", "x", "y", "z"];
        let alone = plan(&json!({"first": "c"}), &removed);
        assert_eq!(
            words(&backwards(&alone, &stood)),
            ["x z", "b d e", "a", "c"]
        );
        // Of those that decide together never two at once.
        for roles in [
            json!({"first": "c", "managers": ["c", "a", "b"]}),
            json!({"first": "c", "etcd-members": ["c"]}),
        ] {
            let plan = plan(&roles, &removed);
            let order = backwards(&plan, &stood);
            assert_eq!(words(&order), ["x", "z", "b d e", "a", "c"]);
            assert_eq!(hosts_of(&order).len(), 7);
        }
        let many: Vec<String> = (0..70).map(|nth| format!("g{nth:02}")).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let stands: Vec<_> = names.iter().map(|name| (*name, State::Failed)).collect();
        let order = backwards(&plan(&json!({"first": "c"}), &names), &standing(&stands));
        let sizes: Vec<usize> = order.iter().map(Vec::len).collect();
        assert_eq!(sizes, [32, 32, 6, 3, 1, 1]);
    }
}
