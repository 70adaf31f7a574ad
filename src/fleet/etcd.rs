//! The etcd of Flannel's hosts: its members begin it together, before the first wave,
//! and no wave costs it its quorum. Nothing here reaches a host.
//!
//! A new etcd is told all its members at once and answers nobody before more than half
//! of them run (etcd op-guide/clustering), so its first start cannot go one by one.
//! From then on every member is changed alone. A member whose host has left the plan
//! counts for the quorum until it is removed, which is done before anybody joins.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::apply::{Act, Holder, JOB, Job, Standing, State, Task};
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

/// Whether a member's host is known not to run it: one that was taken back runs it no
/// more, and counts until it is removed.
fn is_down(standing: &Standing, name: &str) -> bool {
    [State::Unreachable, State::Undone].contains(&state(standing, name))
}

/// What a host tells of those that it has removed from etcd.
pub const EXPELLED: &str = "etcd-expelled";

/// Why etcd must not be begun with so few connections at once: the first hosts would
/// wait for the others, which wait for a connection.
pub fn too_few(plan: &FleetPlan, standing: &Standing, at_once: u16) -> Option<String> {
    let initial = plan.roles.etcd_initial.len();
    let needed = majority(initial);
    let too_few = !standing.etcd_begun && initial > 1 && usize::from(at_once) < needed;
    too_few.then(|| {
        format!(
            "--forks {at_once}: etcd begins on {} together, and each of them waits until {needed} \
             run it: --forks {needed} or more",
            names::hosts(initial)
        )
    })
}

/// The members of etcd whose hosts have left the plan, and where the others reach them.
pub fn gone(plan: &FleetPlan, standing: &Standing) -> BTreeMap<String, Ipv4Addr> {
    let all = standing.etcd.iter();
    all.filter(|(name, _)| plan.member(name).is_none())
        .map(|(name, address)| (name.clone(), *address))
        .collect()
}

/// Hosts that stay and run etcd though they are to be members no more: what is in the way
/// once those are removed that are gone.
pub fn stays(plan: &FleetPlan, standing: &Standing) -> Option<String> {
    let is_member = |name: &String| plan.roles.etcd_members.contains(name);
    let stay = standing.etcd.keys();
    let stay: Vec<&str> = stay
        .filter(|name| plan.member(name).is_some() && !is_member(name))
        .map(String::as_str)
        .collect();
    (!stay.is_empty()).then(|| {
        format!(
            "{} run etcd, and the plan has them as hosts that only ask it: `groundcrew fleet \
             rollback --limit NAME` for one after the other takes it out of etcd, and `groundcrew \
             fleet apply` sets it up again{}",
            names::some(stay.iter().copied()),
            match plan.roles.etcd_members.len() + stay.len() {
                odd if odd % 2 == 1 => format!("; or say fleet.etcd-members: {odd} in fleet.yaml"),
                _ => String::new(),
            }
        )
    })
}

/// Who is to remove those that are gone: the members of the plan that were reached, the
/// one that is to be asked first at the beginning.
///
/// # Errors
/// Why nobody can.
pub fn who_expels(
    plan: &FleetPlan,
    standing: &Standing,
    ours: &BTreeSet<String>,
) -> Result<Vec<String>, String> {
    let stay = standing.etcd.keys().map(String::as_str);
    let stay: Vec<&str> = stay.filter(|name| plan.member(name).is_some()).collect();
    let asked = stay.iter().copied().filter(|name| ours.contains(*name));
    let mut asked: Vec<String> = asked.map(str::to_owned).collect();
    // One that was lost in the middle may run none yet.
    asked.sort_by_key(|name| state(standing, name) != State::Applied);
    if asked.is_empty() {
        let gone = gone(plan, standing);
        let told = names::some(gone.keys().map(String::as_str));
        return Err(match stay.is_empty() {
            false => format!(
                "{told} left the plan and counts for etcd's quorum: one of {} has to be among the \
                 hosts that are reached, to remove it",
                names::some(stay)
            ),
            true => format!(
                "{told} was etcd, and nobody is left who was a member: take the others back \
                 (`groundcrew fleet rollback`), and set them up anew"
            ),
        });
    }
    Ok(asked)
}

/// The job of the host that removes them.
pub fn expel(holder: &Holder, gone: BTreeMap<String, Ipv4Addr>) -> Job {
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        run: vec![Task::act(Act::Expel(gone))],
        ..Job::default()
    }
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
    let all = standing.etcd.keys();
    let down: Vec<&str> = all
        .filter(|name| is_down(standing, name) && !ours.contains(*name))
        .map(String::as_str)
        .collect();
    let (members, needed) = (standing.etcd.len(), majority(standing.etcd.len()));
    (members - down.len() < needed).then(|| {
        format!(
            "etcd has no quorum: of its {members} members {needed} have to be up, and {} could not \
             be reached: bring them back first. Where so many are gone for good, etcd lets nobody \
             in or out: name them in fleet.exclude, then `groundcrew fleet plan`, `fleet rollback` \
             and `fleet apply` set up a new one",
            names::some(down.iter().copied())
        )
    })
}

/// Why a wave must not be begun: if what it changes went down, etcd would have no
/// quorum. One member alone is always changed; a run that fails takes back its own
/// steps, and etcd is none of them once it runs.
pub fn costs_quorum(standing: &Standing, wave: &[String]) -> Option<String> {
    let counting = &standing.etcd;
    let changed = wave
        .iter()
        .filter(|name| counting.contains_key(*name))
        .count();
    let up = counting
        .keys()
        .filter(|name| !is_down(standing, name))
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

    /// All but those that wait are members.
    fn begun(states: &[(&str, State)]) -> Standing {
        let members = states.iter().enumerate();
        let members = members.filter(|(_, (_, state))| *state != State::Waiting);
        let at = |nth: usize| Ipv4Addr::new(192, 0, 2, u8::try_from(nth).unwrap() + 1);
        Standing {
            etcd_begun: true,
            etcd: members
                .map(|(nth, (name, _))| ((*name).to_owned(), at(nth)))
                .collect(),
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
        assert_eq!(costs_quorum(&all, &names(&["a"])), None);
        assert_eq!(costs_quorum(&all, &names(&["a", "x", "y"])), None);
        let told = costs_quorum(&all, &names(&["a", "b"])).unwrap();
        assert!(told.starts_with("2 members of etcd would be"), "{told}");
        let five: Vec<(&str, State)> = ["a", "b", "c", "d", "e"].map(|name| (name, up.0)).into();
        assert_eq!(costs_quorum(&begun(&five), &names(&["a", "b"])), None);
        assert!(costs_quorum(&begun(&five), &names(&["a", "b", "c"])).is_some());
    }

    #[test]
    fn so_many_connections_are_needed_as_begin_to_answer() {
        let three = plan(&["a", "b", "c"], &["a", "b", "c"]);
        let nothing = Standing::default();
        let told = too_few(&three, &nothing, 1).unwrap();
        assert!(
            told.contains("--forks 1: etcd begins on 3 hosts together")
                && told.ends_with("--forks 2 or more"),
            "{told}"
        );
        assert_eq!(too_few(&three, &nothing, 2), None);
        assert_eq!(too_few(&plan(&["a"], &["a"]), &nothing, 1), None);
        // From then on they go one by one.
        assert_eq!(too_few(&three, &begun(&[]), 1), None);
    }

    #[test]
    fn whoever_has_left_the_plan_is_removed_by_one_that_stays() {
        let member = |name: &str| serde_json::json!({"name": name, "role": "join", "as": [], "answers_sha256": ""});
        let mut plan = plan(&["a", "b"], &["a", "b", "d"]);
        for name in ["a", "b", "d"] {
            plan.members
                .push(serde_json::from_value(member(name)).unwrap());
        }
        let three = begun(&[
            ("a", State::Applied),
            ("b", State::Applied),
            ("c", State::Unreachable),
        ]);
        let left = gone(&plan, &three);
        assert_eq!(left, [("c".to_owned(), Ipv4Addr::new(192, 0, 2, 3))].into());
        let ours = |list: &[&str]| names(list).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(
            who_expels(&plan, &three, &ours(&["b", "d"])),
            Ok(names(&["b"]))
        );
        // One that is yet to join cannot.
        let told = who_expels(&plan, &three, &ours(&["d"])).unwrap_err();
        assert!(told.contains("one of a, b has to be"), "{told}");
        // It counts until then: another one must not be missing.
        assert_eq!(in_the_way(&plan, &three, &ours(&["a", "b", "d"])), None);
        let worse = begun(&[
            ("a", State::Applied),
            ("b", State::Unreachable),
            ("c", State::Unreachable),
        ]);
        let told = in_the_way(&plan, &worse, &ours(&["a", "d"])).unwrap();
        assert!(
            told.contains("of its 3 members 2 have to be up, and b, c could"),
            "{told}"
        );
        let job = expel(&Holder::default(), left);
        let sent = serde_json::to_string(&job.run[0].act).unwrap();
        assert_eq!(sent, r#"{"expel":{"c":"192.0.2.3"}}"#);

        // A host that stays and is no member any more would go on running one.
        let mut fewer = plan.clone();
        fewer.roles.etcd_members = names(&["a"]);
        assert_eq!(in_the_way(&fewer, &three, &ours(&["a", "b"])), None);
        let told = stays(&fewer, &three).unwrap();
        assert!(told.starts_with("b run etcd"), "{told}");
        // An even number is none that the wishes take.
        assert!(!told.contains("fleet.etcd-members"), "{told}");

        // The one that is known to run it is asked before one that may not.
        let doubtful = begun(&[
            ("a", State::Failed),
            ("b", State::Applied),
            ("c", State::Unreachable),
        ]);
        let asked = who_expels(&plan, &doubtful, &ours(&["a", "b", "d"]));
        assert_eq!(asked, Ok(names(&["b", "a"])));
        // Whose host was taken back runs it no more.
        let back = begun(&[
            ("a", State::Applied),
            ("b", State::Undone),
            ("c", State::Unreachable),
        ]);
        assert!(in_the_way(&plan, &back, &ours(&["a", "d"])).is_some());
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
