//! What each host answers, so that `groundcrew --answers` takes it as it is: no secret,
//! only where one is to be found.

use super::{FleetPlan, Member};
use crate::answers::fleet::FleetFile;
use crate::answers::{Answers, Config, Problem, Problems, Value};

/// Where the answers of a host look for the join files of others: beside themselves.
const JOIN_FILES: &str = "[\"join/*.yaml\"]";
/// The file with the Swarm's tokens, which is carried from the first host
/// (swarm.token-out) into the folder of the one that joins.
const SWARM_TOKEN: &str = "{file: swarm-join-tokens}";
/// That file's name.
pub const SWARM_TOKEN_FILE: &str = "swarm-join-tokens";
/// The same of Kubernetes.
const KUBERNETES_TOKEN: &str = "{file: kubernetes-token}";
/// Where the first host leaves it.
const KUBERNETES_TOKEN_OUT: &str = "/root/kubernetes-token";
/// A manager's port (docs.docker.com, swarm-tutorial).
const SWARM_PORT: u16 = 2377;
/// The API server's port (kubernetes.io, ports-and-protocols).
const API_PORT: u16 = 6443;

/// Answers under construction: what cannot be answered is a problem.
struct Draft {
    answers: Answers,
    problems: Vec<Problem>,
}

impl Draft {
    fn set(&mut self, id: &str, text: &str) {
        if let Err(problem) = self.answers.set_text(id, text) {
            self.problems.push(problem);
        }
    }

    fn set_open(&mut self, id: &str, text: &str) {
        if !self.answers.is_given(id) {
            self.set(id, text);
        }
    }
}

/// The answers of a member: those of the wishes, and what the plan makes of them.
///
/// # Errors
/// Everything in which they do not fit together.
pub fn host_answers(
    file: &FleetFile,
    plan: &FleetPlan,
    member: &Member,
) -> Result<Answers, Problems> {
    let mut draft = Draft {
        answers: file.answers_of(&member.name),
        problems: Vec::new(),
    };
    waivers(&mut draft);
    draft.set("version", "1");
    draft.set("role", &member.role);
    draft.set_open("needs.nodes", &plan.members.len().to_string());
    if let Some(hostname) = &member.hostname {
        draft.set("expect.hostname", hostname);
    }
    draft.set("scheduler", &plan.scheduler);
    draft.set("overlay.kind", &plan.overlay);
    if plan.overlay != "none" {
        if let Some(network) = plan.network {
            draft.set("overlay.network", &network.to_string());
        }
        if let Some(address) = plan.overlay_address(member) {
            draft.set("overlay.address", &address.to_string());
        }
        draft.set("overlay.join-files", JOIN_FILES);
        draft.set("overlay.join-out", &format!("join-{}.yaml", member.name));
    }
    etcd(&mut draft, plan, &member.name);
    let meeting = plan.meeting();
    let begins = member.role == "first";
    let alone = plan.members.len() < 2;
    match plan.scheduler.as_str() {
        "swarm" if begins => {
            if let Some(range) = plan.ranges.get("swarm.address-pools") {
                draft.set_open("swarm.address-pools", &format!("[{range}]"));
            }
        }
        "swarm" => {
            let manager = plan.roles.managers.contains(&member.name);
            draft.set("swarm.as", if manager { "manager" } else { "worker" });
            if let Some(address) = meeting {
                draft.set_open("swarm.manager", &format!("{address}:{SWARM_PORT}"));
            }
            draft.set_open("swarm.token", SWARM_TOKEN);
        }
        "kubernetes" if begins => {
            for id in ["kubernetes.pod-network", "kubernetes.service-network"] {
                if let Some(range) = plan.ranges.get(id) {
                    draft.set_open(id, &range.to_string());
                }
            }
            if !alone {
                draft.set_open("kubernetes.token-out", KUBERNETES_TOKEN_OUT);
            }
        }
        "kubernetes" => {
            if let Some(address) = meeting {
                draft.set_open("kubernetes.api-server", &format!("{address}:{API_PORT}"));
            }
            draft.set_open("kubernetes.token", KUBERNETES_TOKEN);
        }
        _ => {}
    }
    if let Err(Problems(more)) = Config::from_answers(&draft.answers) {
        draft.problems.extend(more);
    }
    if draft.problems.is_empty() {
        Ok(draft.answers)
    } else {
        Err(Problems(draft.problems))
    }
}

/// What a host is to the hosts' own etcd.
fn etcd(draft: &mut Draft, plan: &FleetPlan, name: &str) {
    let roles = &plan.roles;
    if roles.etcd_members.is_empty() {
        return;
    }
    let is = |list: &[String]| list.iter().any(|one| one == name);
    let role = match (is(&roles.etcd_initial), is(&roles.etcd_members)) {
        (true, _) => "initial",
        (false, true) => "member",
        (false, false) => "client",
    };
    draft.set("overlay.flannel.etcd-role", role);
    if role == "initial" {
        let count = roles.etcd_initial.len().to_string();
        draft.set("overlay.flannel.etcd-initial", &count);
    }
}

/// Waivers of the rules about the hosts together mean nothing to a single one.
fn waivers(draft: &mut Draft) {
    const WAIVE: &str = "preflight.waive";
    if !draft.answers.is_given(WAIVE) {
        return;
    }
    let Some(Value::List(items)) = draft.answers.get(WAIVE) else {
        return;
    };
    let own = |item: &Value| {
        let id = item.field("id").and_then(Value::text);
        !id.is_some_and(|id| id.starts_with("fleet."))
    };
    let items: Vec<Value> = items.into_iter().filter(own).collect();
    if let Err(problem) = draft.answers.set(WAIVE, Value::List(items)) {
        draft.problems.push(problem);
    }
}

/// The answers of a member as a file.
///
/// # Errors
/// As [`host_answers`].
pub fn answers_of(file: &FleetFile, plan: &FleetPlan, member: &Member) -> Result<String, Problems> {
    let answers = host_answers(file, plan, member)?;
    let name = &member.name;
    Ok(format!(
        "# Answers of {name}, made by `groundcrew fleet plan`: what is to be otherwise is said in\n\
         # fleet.yaml, for this host alone below fleet.hosts.{name}.\n{}",
        answers.given_yaml()
    ))
}
