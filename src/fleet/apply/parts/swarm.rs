//! Docker's Swarm over a fleet: the first manager makes it in its wave, the others
//! join it in theirs.
//!
//! Join tokens go sealed from the first manager to the hosts that join: each of these
//! makes a key for this one time and tells the public half; the manager seals its
//! token to it; what is passed on opens on that host alone. At the end, and at every
//! stop, the manager replaces the tokens that it has given away.

mod roles;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::super::job::{Job, Reply, Task};
use super::super::phases::{own_join, run_of};
use super::super::ways;
use super::{Fault, Replies, Told};
use crate::apply::swarm::guests::Guest;
use crate::apply::swarm::nodes::{Hosts, Wanted};
use crate::fleet::names;
use crate::fleet::plan::{FleetPlan, Member, SWARM_TOKEN_FILE};
use crate::plan::scheduler::swarm::NodeAs;
use roles::{inside, promoted, settler, wanted};
pub(super) use roles::{raise, stop};

/// The public key of a host that needs a token, as it tells it; its file there is the
/// private one.
pub const KEY: &str = "swarm-key";
/// That a host is in a Swarm, and what it is there: the word for it.
pub const INSIDE: &str = "swarm-inside";
/// How the node stands, as it tells it.
pub const STATE: &str = "swarm-state";
/// What the names of sealed tokens begin with, as the first manager tells them.
const SEALED: &str = "swarm-sealed-";

/// What is done on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Act {
    /// Take away what an earlier command has left; see whether Docker answers; tell what
    /// the node is in its Swarm, or with `guest` make a key and tell its public half.
    Begin {
        /// Whether it is a host that joins.
        guest: bool,
    },
    /// Seal the tokens of this manager.
    Seal {
        /// To whom.
        to: BTreeMap<String, Guest>,
    },
    /// Open the token that was sealed for this host.
    Open {
        /// This host's name.
        name: String,
        /// What it becomes.
        node_as: NodeAs,
        /// The token, sealed.
        sealed: String,
    },
    /// Tell how this node stands, and of a manager all nodes, once those with these
    /// addresses are ready or a while has passed.
    State {
        /// For whom is waited.
        wait: Vec<Ipv4Addr>,
    },
    /// Replace the tokens that have left this manager.
    Rotate,
    /// Make workers of managers that are to be none, and take out of the list who has
    /// left.
    Settle(Wanted),
    /// Make managers of workers.
    Promote {
        /// Of which.
        hosts: Hosts,
    },
}

/// How a node stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Why Docker does not answer.
    pub down: Option<String>,
    /// inactive, pending, active, error, locked.
    pub state: String,
    /// What is wrong with it; empty where nothing is.
    pub error: String,
    /// Its id.
    pub node: String,
    /// Its address.
    pub address: String,
    /// Whether it is a manager.
    pub manager: bool,
    /// All nodes, where it is one.
    pub nodes: Vec<Node>,
}

/// A node, as a manager sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// ready, down, unknown, disconnected.
    pub state: String,
    /// Its address.
    pub address: String,
    /// How the managers reach it, where it is one.
    pub reachability: String,
}

fn task(act: Act) -> Task {
    Task::act(super::super::job::Act::Swarm(act))
}

fn kind(plan: &FleetPlan, host: &str) -> NodeAs {
    match plan.roles.managers.iter().any(|one| one == host) || plan.roles.first == host {
        true => NodeAs::Manager,
        false => NodeAs::Worker,
    }
}

/// The node's address, where the plan knows it.
fn address(plan: &FleetPlan, member: &Member) -> Option<Ipv4Addr> {
    plan.overlay_address(member).or(member.underlay)
}

pub(super) fn begin(plan: &FleetPlan, host: &str, job: &mut Job) {
    // One that was told of another place for its token has it from there.
    let ours = |text: &String| text.contains(SWARM_TOKEN_FILE);
    let guest = plan.roles.first != host && job.put.values().any(ours);
    if guest {
        // What has stopped there wants a token: it goes on in its wave.
        let there = match plan.overlay.as_str() {
            "none" => "answers.yaml".to_owned(),
            _ => own_join(host),
        };
        for task in &mut job.run {
            task.unless_stopped = Some(there.clone());
        }
    }
    job.run.insert(0, task(Act::Begin { guest }));
}

/// Without the first manager nobody gives the others a token; and where others are in
/// a Swarm and it is not, it would make another one beside theirs.
pub(super) fn missing(plan: &FleetPlan, ours: &BTreeSet<String>, told: &Told) -> Vec<Fault> {
    let first = &plan.roles.first;
    let is_in = |host: &String| inside(told, host).is_some();
    if ours.contains(first) && !is_in(first) {
        let inside: Vec<&str> = ours
            .iter()
            .filter(|host| is_in(host))
            .map(String::as_str)
            .collect();
        if inside.is_empty() {
            return Vec::new();
        }
        return vec![Fault {
            host: first.clone(),
            message: format!(
                "it is in no Swarm, and {} in one already: it would make another. Let it join that \
                 one by hand (`docker swarm join-token manager` there), or exclude it \
                 (fleet.exclude in fleet.yaml) and plan anew; or take them out of theirs",
                match inside.as_slice() {
                    [one] => format!("{one} is"),
                    _ => format!("{} are", names::some(inside)),
                }
            ),
        }];
    }
    if ours.contains(first) {
        return Vec::new();
    }
    let cannot = |who: Vec<&str>, what: &str| {
        (!who.is_empty()).then(|| format!("{} cannot {what}", names::some(who)))
    };
    let waiting = guests(plan, ours, told).map(|(host, _)| host.as_str());
    let promoted = promoted(plan, ours, told).map(String::as_str);
    let cannot: Vec<String> = [
        cannot(waiting.collect(), "join"),
        cannot(promoted.collect(), "become managers"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if cannot.is_empty() {
        return Vec::new();
    }
    vec![Fault {
        host: first.clone(),
        message: format!(
            "it makes the Swarm's join tokens and its managers, and was not asked: {}",
            cannot.join(", ")
        ),
    }]
}

/// The hosts that need a token, and their keys.
fn guests<'a>(
    plan: &'a FleetPlan,
    ours: &'a BTreeSet<String>,
    told: &'a Told,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let first = &plan.roles.first;
    let others = ours.iter().filter(move |host| *host != first);
    others.filter_map(|host| Some((host, told.get(host)?.get(KEY)?)))
}

pub(super) fn set_up(
    plan: &FleetPlan,
    host: &str,
    ours: &BTreeSet<String>,
    told: &Told,
    job: &mut Job,
) {
    let first = &plan.roles.first;
    if host == first {
        let to: BTreeMap<String, Guest> = guests(plan, ours, told)
            .map(|(name, key)| {
                let guest = Guest {
                    key: key.clone(),
                    node_as: kind(plan, name),
                };
                (name.clone(), guest)
            })
            .collect();
        if !to.is_empty() {
            job.run.push(task(Act::Seal { to }));
        }
    }
    if host != first {
        job.run.insert(0, run_of(&["resume"], Some(7)));
        let sealed = told.get(first).and_then(|told| told.get(&sealed(host)));
        if let Some(sealed) = sealed {
            let open = Act::Open {
                name: host.to_owned(),
                node_as: kind(plan, host),
                sealed: sealed.clone(),
            };
            job.run.insert(0, task(open));
        }
        job.forget
            .extend([KEY, SWARM_TOKEN_FILE].map(str::to_owned));
    }
    // As long as the tunnels of those that have left the plan are there: a manager
    // that is cut off first cannot become a worker any more.
    if settler(plan, ours, told) == Some(host) {
        job.run.insert(0, task(Act::Settle(wanted(plan, told))));
    }
}

/// The name of what was sealed for a host.
pub fn sealed(host: &str) -> String {
    format!("{SEALED}{host}")
}

pub(super) fn watch(
    plan: &FleetPlan,
    wave: &BTreeSet<String>,
    up: &BTreeSet<String>,
) -> BTreeMap<String, Vec<Task>> {
    // The first host alone is the whole only where it is the only one.
    let whole = wave == up && (up.len() > 1 || plan.members.len() == 1);
    let known = |name: &String| address(plan, plan.member(name)?);
    let wait: Vec<Ipv4Addr> = up.iter().filter_map(known).collect();
    let first = Some(&plan.roles.first).filter(|first| up.contains(*first));
    let mut managers = first
        .into_iter()
        .chain(plan.roles.managers.iter().filter(|name| up.contains(*name)));
    let one = managers.next();
    // A manager of the wave tells of all nodes itself: nobody else has to be asked.
    let tells = wave.iter().any(|name| kind(plan, name) == NodeAs::Manager);
    let other = one.filter(|_| whole || !tells);
    let mut asked: BTreeSet<&String> = wave.iter().chain(other).collect();
    if whole {
        asked.extend(managers);
    }
    let each = asked.into_iter().map(|name| {
        let wait = match kind(plan, name) {
            NodeAs::Manager => wait.clone(),
            NodeAs::Worker => Vec::new(),
        };
        let mut run = vec![task(Act::State { wait })];
        // Traffic between containers, once all are there.
        if whole && Some(name) == one {
            let argv = ["verify", "--format", "json", "--only", "scheduler"];
            run.push(Task::new(&argv, Some(7)));
        }
        (name.clone(), run)
    });
    each.collect()
}

fn state(reply: &Reply) -> Option<State> {
    serde_json::from_str(reply.brought.get(STATE)?).ok()
}

pub(super) fn faults(
    plan: &FleetPlan,
    wave: &BTreeSet<String>,
    up: &BTreeSet<String>,
    replies: &Replies<'_>,
) -> Vec<Fault> {
    let fault = |host: &str, message: String| Fault {
        host: host.to_owned(),
        message,
    };
    let mut faults = Vec::new();
    let mut states: BTreeMap<&str, State> = BTreeMap::new();
    for (host, reply) in replies {
        let told = reply.ok().and_then(state);
        states.extend(told.map(|state| (*host, state)));
    }
    let first = plan.roles.first.as_str();
    let seen = |host: &str| states.get(host).filter(|state| !state.nodes.is_empty());
    let view = seen(first).map(|state| (first, state)).or_else(|| {
        let managers = plan.roles.managers.iter();
        managers
            .filter_map(|name| Some((name.as_str(), seen(name)?)))
            .next()
    });
    for host in up {
        let Some(member) = plan.member(host) else {
            continue;
        };
        let planned = address(plan, member).map(|address| address.to_string());
        let own = states.get(host.as_str());
        let asked = replies.get(host.as_str()).is_some_and(Result::is_ok);
        let wrong = match own {
            Some(state) => of_itself(plan, host, state, planned.as_deref()),
            None if wave.contains(host) && asked => {
                Some("nothing was told of its place in the Swarm".to_owned())
            }
            None => None,
        };
        // What it does not know of itself, a manager may.
        let wrong = wrong.or_else(|| {
            let (manager, view) = view?;
            let id = own.map(|state| state.node.as_str());
            let wrong = of_manager(view, id, planned.as_deref(), kind(plan, host))?;
            Some(format!("as {manager} sees it, {wrong}"))
        });
        faults.extend(wrong.map(|message| fault(host, message)));
    }
    // One that is no manager yet can tell of none.
    let tells = |host: &str| states.get(host).is_none_or(|state| state.manager);
    let mut asked = replies.keys();
    let some = asked.any(|host| kind(plan, host) == NodeAs::Manager && tells(host));
    // Who has left the plan counts for the majority as long as it is a manager.
    for (name, address) in wanted(plan, &Told::new()).gone {
        let Some((manager, view)) = view else { break };
        let mut nodes = view.nodes.iter();
        let here = |node: &&Node| node.address == address.to_string();
        if nodes.any(|node| here(&node) && !node.reachability.is_empty()) {
            let text = format!(
                "{name} has left the plan and is a manager of the Swarm still: `groundcrew fleet \
                 apply` makes a worker of it"
            );
            faults.push(fault(manager, text));
        }
    }
    if view.is_none() && some {
        let text = "no manager tells of the Swarm's nodes: do most of them run?";
        faults.push(fault(first, text.to_owned()));
    }
    for (host, reply) in replies {
        let Ok(reply) = reply else { continue };
        let failed = ways::failed(reply, "scheduler");
        let between = failed.filter(|(id, _)| id == "verify.containers");
        faults.extend(between.map(|(_, message)| fault(host, message)));
    }
    faults
}

/// What is wrong with a node by what it tells itself.
fn of_itself(plan: &FleetPlan, host: &str, state: &State, planned: Option<&str>) -> Option<String> {
    let told = match state.error.as_str() {
        "" => String::new(),
        error => format!(": {error}"),
    };
    if let Some(why) = &state.down {
        return Some(why.clone());
    }
    if state.state != "active" {
        return Some(format!("its Swarm is {}{told}, wanted active", state.state));
    }
    if let Some(planned) = planned.filter(|planned| *planned != state.address) {
        return Some(format!(
            "it is in a Swarm at {}, and {planned} is planned",
            state.address
        ));
    }
    match (kind(plan, host), state.manager) {
        (NodeAs::Manager, false) => {
            return Some(format!(
                "it is a worker, and a manager by the plan: `groundcrew fleet apply` makes one of \
                 it, or `docker node promote {}` on a manager",
                state.node
            ));
        }
        (NodeAs::Worker, true) => {
            return Some(format!(
                "it is a manager, and a worker by the plan: `groundcrew fleet apply` makes one of \
                 it, or `docker node demote {}` on a manager",
                state.node
            ));
        }
        _ => {}
    }
    (!told.is_empty()).then(|| format!("it is in its Swarm{told}"))
}

/// What is wrong with a node by what a manager tells; `id` where it is known.
fn of_manager(
    view: &State,
    id: Option<&str>,
    planned: Option<&str>,
    kind: NodeAs,
) -> Option<String> {
    let at = |node: &&Node| planned == Some(node.address.as_str());
    let found = match id {
        Some(id) => view.nodes.iter().find(|node| node.id == id),
        // One that came in again has an old entry.
        None => {
            planned?;
            let mut all = view.nodes.iter().filter(at);
            let ready = all.clone().find(|node| node.state == "ready");
            ready.or_else(|| all.next())
        }
    };
    let Some(node) = found else {
        return Some("it is no node of the Swarm".to_owned());
    };
    if node.state != "ready" {
        return Some(format!(
            "it is {}: does Docker run there, and do TCP 2377 and TCP and UDP 7946 get through?",
            node.state
        ));
    }
    if let Some(planned) = planned.filter(|planned| *planned != node.address) {
        return Some(format!(
            "it is at {}, and {planned} is planned",
            node.address
        ));
    }
    let reached = ["", "reachable"].contains(&node.reachability.as_str());
    (kind == NodeAs::Manager && !reached)
        .then(|| format!("it is {} among the managers", node.reachability))
}

pub(super) fn leave(plan: &FleetPlan, host: &str, job: &mut Job) {
    if plan.roles.first == host {
        // Hosts that came in again have left their old entries until now. Who has just
        // left the plan is down since its tunnels are gone, and not out of the Swarm.
        let settled = Wanted {
            gone: Hosts::new(),
            ..wanted(plan, &Told::new())
        };
        job.run.insert(0, task(Act::Settle(settled)));
        job.run.insert(0, task(Act::Rotate));
    } else {
        job.forget
            .extend([KEY, SWARM_TOKEN_FILE].map(str::to_owned));
    }
}
