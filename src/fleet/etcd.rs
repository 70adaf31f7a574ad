//! The etcd of Flannel's hosts: its members begin it together, before the first wave,
//! and no wave costs it its quorum. Nothing here reaches a host.
//!
//! A new etcd is told all its members at once and answers nobody before more than half
//! of them run (etcd op-guide/clustering), so its first start cannot go one by one.
//! From then on every member is changed alone.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{Holder, JOB, Job, Standing, State, Task};
use super::names;
use super::plan::FleetPlan;

/// How many of so many members have to answer each other.
fn majority(members: usize) -> usize {
    members / 2 + 1
}

fn state(standing: &Standing, name: &str) -> State {
    let stand = standing.hosts.get(name);
    stand.map(|stand| stand.state).unwrap_or_default()
}

/// The members that count: those that began it, and those that have joined it.
fn counting<'a>(plan: &'a FleetPlan, standing: &Standing) -> BTreeSet<&'a str> {
    let initial = |name: &String| plan.roles.etcd_initial.contains(name);
    let members = plan.roles.etcd_members.iter();
    members
        .filter(|name| match state(standing, name) {
            State::Applied | State::Failed | State::Unreachable => true,
            State::Waiting => initial(name),
            State::LeftOut | State::Undone => false,
        })
        .map(String::as_str)
        .collect()
}

/// What is in the way of the first wave. `ours`: the hosts that were reached.
pub fn in_the_way(
    plan: &FleetPlan,
    standing: &Standing,
    ours: &BTreeSet<String>,
) -> Option<String> {
    let initial = &plan.roles.etcd_initial;
    if initial.is_empty() {
        return None;
    }
    if !standing.etcd_begun {
        let missing: Vec<&str> = initial
            .iter()
            .filter(|name| !ours.contains(*name))
            .map(String::as_str)
            .collect();
        return (!missing.is_empty()).then(|| {
            format!(
                "etcd begins on {} together, and {} could not be asked: bring it back, or plan \
                 without it (fleet.exclude or fleet.etcd-members in fleet.yaml, then `groundcrew \
                 fleet plan`)",
                names::some(initial.iter().map(String::as_str)),
                names::some(missing)
            )
        });
    }
    let counting = counting(plan, standing);
    let down: Vec<&str> = counting
        .iter()
        .filter(|name| state(standing, name) == State::Unreachable && !ours.contains(**name))
        .copied()
        .collect();
    let needed = majority(counting.len());
    (counting.len() - down.len() < needed).then(|| {
        format!(
            "etcd has no quorum: of its {} members {needed} have to be up, and {} could not be \
             reached: bring them back first",
            counting.len(),
            names::some(down.iter().copied())
        )
    })
}

/// Why a wave must not be begun: if what it changes went down, etcd would have no
/// quorum. One member alone is always changed; a run that fails takes back its own
/// steps, and etcd is none of them once it runs.
pub fn costs_quorum(plan: &FleetPlan, standing: &Standing, wave: &[String]) -> Option<String> {
    let counting = counting(plan, standing);
    let changed = wave
        .iter()
        .filter(|name| counting.contains(name.as_str()))
        .count();
    let up = counting
        .iter()
        .filter(|name| state(standing, name) != State::Unreachable)
        .count();
    let needed = majority(counting.len());
    (changed > 1 && up.saturating_sub(changed) < needed).then(|| {
        format!(
            "{changed} members of etcd would be changed at once, of {}; {needed} have to be up: \
             make the plan anew (`groundcrew fleet plan`)",
            counting.len()
        )
    })
}

/// The job that sets up etcd alone on a host.
pub fn set_up(holder: &Holder, answers: &str, joins: BTreeMap<String, String>) -> Job {
    let run = [
        "run",
        "--part",
        "etcd",
        "--answers",
        "answers.yaml",
        "--yes",
        "--no-input",
        "--verify-peers=",
        "--progress",
        "none",
    ];
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        put: [("answers.yaml".to_owned(), answers.to_owned())].into(),
        joins: Some(joins),
        // 7: the others may have come later; the gate asks again.
        run: vec![Task::new(&run, Some(7))],
        ..Job::default()
    }
}

/// What a member is asked once all are set up: whether etcd has a quorum, and these
/// others answer.
pub fn gate(others: &BTreeSet<String>) -> Vec<Task> {
    if others.is_empty() {
        return Vec::new();
    }
    let mut argv = vec!["verify", "--format", "json"];
    for other in others {
        argv.extend(["--peer", other]);
    }
    vec![Task::new(&argv, Some(7))]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fleet::apply::Stand;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn plan(initial: &[&str], members: &[&str]) -> FleetPlan {
        let text = serde_json::json!({
            "schema": "fleet-plan/1", "scheduler": "native", "overlay": "flannel",
            "wishes_sha256": "", "members": [], "removed": [],
            "roles": {"first": "a", "etcd-members": members, "etcd-initial": initial},
            "waves": [], "verification": {"pairs": "all", "peers_per_host": 0, "from": {}},
            "warnings": [],
        });
        FleetPlan::parse(text.to_string().as_bytes()).unwrap()
    }

    fn begun(states: &[(&str, State)]) -> Standing {
        Standing {
            etcd_begun: true,
            ..standing(states)
        }
    }

    fn standing(states: &[(&str, State)]) -> Standing {
        let stand = |state| Stand {
            state,
            ..Stand::default()
        };
        let hosts = states.iter();
        Standing {
            hosts: hosts
                .map(|(name, state)| ((*name).to_owned(), stand(*state)))
                .collect(),
            ..Standing::default()
        }
    }

    #[test]
    fn a_new_etcd_begins_with_all_or_not_at_all() {
        let plan = plan(&["a", "b", "c"], &["a", "b", "c"]);
        let ours: BTreeSet<String> = names(&["a", "b", "c", "d"]).into_iter().collect();
        // Set up without it, for another network.
        let nothing = standing(&[("a", State::Applied), ("d", State::Applied)]);
        assert_eq!(in_the_way(&plan, &nothing, &ours), None);
        let some: BTreeSet<String> = names(&["a", "c", "d"]).into_iter().collect();
        let told = in_the_way(&plan, &nothing, &some).unwrap();
        assert!(told.contains("a, b, c together, and b could not"), "{told}");
    }

    #[test]
    fn no_wave_is_begun_without_a_quorum_or_costs_it() {
        let plan = plan(&["a", "b", "c"], &["a", "b", "c", "d", "e"]);
        let ours: BTreeSet<String> = names(&["a", "b"]).into_iter().collect();
        let up = (State::Applied, State::Unreachable);
        let one_down = begun(&[("a", up.0), ("b", up.0), ("c", up.1)]);
        assert_eq!(in_the_way(&plan, &one_down, &ours), None);
        let two_down = begun(&[("a", up.0), ("b", up.1), ("c", up.1)]);
        // One of them is back.
        assert_eq!(in_the_way(&plan, &two_down, &ours), None);
        let alone = BTreeSet::from(["a".to_owned()]);
        let told = in_the_way(&plan, &two_down, &alone).unwrap();
        assert!(
            told.contains("of its 3 members 2 have to be up, and b, c could"),
            "{told}"
        );
        // Hosts that nobody asked this time are not down; one that is yet to join does
        // not count.
        let limited = begun(&[("a", up.0), ("b", up.0), ("c", up.0), ("d", State::Waiting)]);
        assert_eq!(in_the_way(&plan, &limited, &BTreeSet::new()), None);

        let all = begun(&[("a", up.0), ("b", up.0), ("c", up.0)]);
        assert_eq!(costs_quorum(&plan, &all, &names(&["a"])), None);
        assert_eq!(costs_quorum(&plan, &all, &names(&["a", "x", "y"])), None);
        let told = costs_quorum(&plan, &all, &names(&["a", "b"])).unwrap();
        assert!(told.starts_with("2 members of etcd would be"), "{told}");
        let five: Vec<(&str, State)> = ["a", "b", "c", "d", "e"].map(|name| (name, up.0)).into();
        assert_eq!(
            costs_quorum(&plan, &begun(&five), &names(&["a", "b"])),
            None
        );
        assert!(costs_quorum(&plan, &begun(&five), &names(&["a", "b", "c"])).is_some());
    }

    #[test]
    fn what_a_member_is_told_and_asked() {
        assert!(gate(&BTreeSet::new()).is_empty());
        let others: BTreeSet<String> = names(&["b", "c"]).into_iter().collect();
        let asked = &gate(&others)[0];
        assert_eq!(
            asked.argv.join(" "),
            "verify --format json --peer b --peer c"
        );
        assert_eq!(asked.answer, Some(7));
    }
}
