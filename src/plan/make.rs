//! A plan from the answers, the facts, the decision and the interfaces.

mod overlays;

use std::collections::BTreeMap;

use super::basis::{Basis, Scope};
use super::choice::Choice;
use super::overlay::wireguard::{self};
use super::overlay::zerotier::{self};
use super::programs::Sources;
use super::scheduler::{self, Site};
use super::step::{Manager, Step};
use super::survey::Survey;
use super::verify::VerifyOther;
use super::{Advice, Plan, Refusal, VERSION, Verify};
use crate::answers::config::{Config, InitWish, NotUndoable, SwapWish};
use crate::answers::join::Others;
use crate::facts::Facts;
use crate::judge::decide::Decision;
use crate::judge::interfaces::Candidates;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The answers.
    pub config: &'a Config,
    /// The other hosts, those of the join files included.
    pub others: &'a Others,
    /// The host.
    pub facts: &'a Facts,
    /// What was looked up for this plan.
    pub survey: &'a Survey,
    /// What it is for.
    pub choice: &'a Choice,
    /// What was decided.
    pub decision: &'a Decision,
    /// The interfaces, the planned one among them.
    pub interfaces: &'a Candidates,
    /// The interfaces without the overlay's: where the other nodes reach this
    /// one.
    pub underlay: &'a Candidates,
    /// From where programs may come that are not here.
    pub sources: &'a Sources,
    /// Folder for files that have no other place, as an absolute path.
    pub cwd: &'a str,
}

/// Makes the plan.
///
/// # Errors
/// All reasons why this host cannot be set up as wanted.
pub fn make(inputs: &Inputs<'_>) -> Result<Plan, Vec<Refusal>> {
    let Inputs {
        config,
        facts,
        choice,
        ..
    } = *inputs;
    let host = facts
        .os
        .hostname
        .value()
        .cloned()
        .unwrap_or_else(|| "this host".into());
    let mut plan = Plan {
        v: VERSION,
        host: host.clone(),
        scheduler: choice.scheduler.clone(),
        overlay: choice.overlay.clone(),
        steps: Vec::new(),
        notes: Vec::new(),
        verify: None,
        verify_scheduler: None,
        advice: None,
        basis: None,
        confirm_within: 0,
    };
    other_overlay(inputs)?;
    let docker = scheduler::docker::plan(inputs)?;
    plan.steps.clone_from(&docker.steps);
    plan.notes.clone_from(&docker.notes);
    match choice.overlay.as_deref() {
        Some("wireguard") => {
            let wanted = overlays::wanted(inputs, &host)?;
            let planned = wireguard::plan(&wanted, facts, inputs.survey)?;
            plan.steps.extend(planned.steps);
            plan.notes.extend(planned.notes);
            plan.verify = Some(Verify::Wireguard(planned.verify));
        }
        Some("flannel") => {
            let planned = overlays::flannel(inputs, &host)?;
            plan.steps.extend(planned.steps);
            plan.notes.extend(planned.notes);
            plan.verify = planned
                .verify
                .map(|path| Verify::Other(VerifyOther::Flannel(path)));
        }
        Some("zerotier") => {
            let planned = zerotier::plan(
                &overlays::zerotier_wanted(inputs, &host)?,
                facts,
                inputs.survey,
            )?;
            plan.steps.extend(planned.steps);
            plan.notes.extend(planned.notes);
            plan.verify = Some(Verify::Other(VerifyOther::Zerotier(planned.verify)));
        }
        _ => {}
    }
    let facts_then = docker.after(facts, &config.docker);
    let then = Inputs {
        facts: &facts_then,
        ..*inputs
    };
    if let Some(planned) = scheduler(&then, short(&host), plan.verify.as_ref())? {
        plan.steps.extend(planned.steps);
        plan.notes.extend(planned.notes);
        plan.verify_scheduler = planned.verify;
    }
    if config.replicated.install && choice.scheduler != "native" {
        plan.notes.push(format!(
            "replicated.install: nothing is run for {}: the vendor serves no install script for it \
             since 2023.",
            choice.scheduler
        ));
    }
    lasting(config, &plan.steps)?;
    plan.notes.extend(not_used(inputs));
    let mut done = docker.fixes().to_vec();
    if plan.steps.iter().any(wireguard::module::brings) {
        done.push("wg_install");
    }
    if config.kubernetes.swap == SwapWish::SwitchOff {
        done.push("swapoff");
    }
    plan.notes.extend(left_to_do(inputs, &done));
    if !config.confirm_within.is_zero() {
        // Part of a second is as good as a second.
        plan.confirm_within = config.confirm_within.as_secs().max(1);
        if plan.steps.iter().any(Step::can_cut_off) {
            plan.notes.push(format!(
                "apply.confirm-within: once the network is changed everything is undone by itself, \
                 unless `groundcrew confirm` comes within {} s after the run.",
                plan.confirm_within
            ));
        }
    }
    // Replicated's own words: its install script and replicated.yml.
    if choice.scheduler == "native" {
        plan.advice = advice(inputs);
    }
    let scope = Scope::of(&plan.steps);
    let path_mtu = scope.interface.is_some() && config.wireguard.mtu.is_none();
    plan.basis = Some(Basis::of(facts, inputs.survey, &scope, path_mtu));
    Ok(plan)
}

/// Plans the scheduler on the chosen interface. The native one asks for nothing
/// as long as Replicated is not to be installed.
fn scheduler(
    inputs: &Inputs<'_>,
    name: &str,
    below: Option<&Verify>,
) -> Result<Option<scheduler::Planned>, Vec<Refusal>> {
    if inputs.choice.scheduler == "native" && !inputs.config.replicated.install {
        return Ok(None);
    }
    let refuse = |text: String, remedy: &str| {
        vec![Refusal {
            id: "interface.name".into(),
            text,
            remedy: remedy.into(),
        }]
    };
    let chosen = inputs.interfaces.choose().map_err(|error| {
        let text = format!("there is no interface for the scheduler's address: {error}");
        refuse(text, "say which with interface.name")
    })?;
    let Some(address) = chosen.address else {
        let text = format!("{} has no IPv4 address", chosen.name);
        return Err(refuse(text, "choose another one with interface.name"));
    };
    let interface = &chosen.name;
    // An interface that the plan makes has its MTU from the plan.
    let mtu = match below {
        Some(Verify::Wireguard(wireguard)) if wireguard.interface == *interface => {
            Some(wireguard.mtu)
        }
        _ => chosen.mtu,
    };
    scheduler::plan(&Site {
        inputs,
        name,
        interface,
        address,
        mtu,
    })
    .map(Some)
}

/// Join files that are not for the overlay that it came to.
fn other_overlay(inputs: &Inputs<'_>) -> Result<(), Vec<Refusal>> {
    let Some(kind) = inputs.others.kind.map(|kind| kind.word()) else {
        return Ok(());
    };
    let Some(overlay) = inputs.choice.overlay.as_deref().filter(|o| *o != kind) else {
        return Ok(());
    };
    Err(vec![Refusal {
        id: "overlay.join-files".into(),
        text: format!("the join files are for {kind}, and {overlay} is what fits this host"),
        remedy: format!("say overlay.kind: {kind}, or take the join files away"),
    }])
}

/// Steps that stay, where the answers want none.
fn lasting(config: &Config, steps: &[Step]) -> Result<(), Vec<Refusal>> {
    if config.not_undoable == NotUndoable::Allow {
        return Ok(());
    }
    let refusals: Vec<_> = steps
        .iter()
        .filter_map(|step| {
            Some(Refusal {
                id: "apply.not-undoable".into(),
                text: format!("{}: {}", step.title(), step.stays()?),
                remedy: "say apply.not-undoable: allow, or leave out what asks for it".into(),
            })
        })
        .collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(refusals)
    }
}

/// Answered settings of another overlay than the one that it came to.
fn not_used(inputs: &Inputs<'_>) -> Option<String> {
    let overlay = inputs.choice.overlay.as_deref();
    let used = overlay.map(|overlay| format!("overlay.{overlay}."));
    let settings = inputs.config.overlay_settings.iter();
    let others: Vec<_> = settings
        .filter(|id| !used.as_ref().is_some_and(|used| id.starts_with(used)))
        .copied()
        .collect();
    if others.is_empty() {
        return None;
    }
    let because = match overlay {
        Some(overlay) => format!("the private network is {overlay}"),
        None => "there is no private network".into(),
    };
    Some(format!("Not used, since {because}: {}.", others.join(", ")))
}

/// The fixes that the decision counts on and that no step does.
fn left_to_do(inputs: &Inputs<'_>, done: &[&str]) -> Vec<String> {
    let ids = [&inputs.choice.scheduler, &inputs.choice.target];
    let candidates = inputs
        .decision
        .candidates
        .iter()
        .filter(|c| ids.contains(&&c.id));
    let fixes = candidates
        .flat_map(|candidate| &candidate.fixes)
        .filter(|fix| !done.contains(&fix.id.as_str()));
    let by_id: BTreeMap<_, _> = fixes.map(|fix| (&fix.id, &fix.why)).collect();
    let left = by_id
        .iter()
        .map(|(id, why)| format!("Left to do before the installation: {why} [{id}]."));
    left.collect()
}

/// The init system that the boot services are written for.
pub(in crate::plan) fn init(config: &Config, facts: &Facts) -> Option<Manager> {
    match config.init {
        InitWish::Auto => match facts.services.init.value().map(String::as_str) {
            Some("systemd") => Some(Manager::Systemd),
            Some("upstart") => Some(Manager::Upstart),
            Some("sysvinit") => Some(Manager::Sysvinit),
            _ => None,
        },
        InitWish::Systemd => Some(Manager::Systemd),
        InitWish::Upstart => Some(Manager::Upstart),
        InitWish::Sysvinit => Some(Manager::Sysvinit),
    }
}

fn short(host: &str) -> &str {
    host.split('.').next().unwrap_or(host)
}

/// Where this node's join file is written, as an absolute path.
fn join_path(inputs: &Inputs<'_>, host: &str) -> String {
    let path = inputs.config.join_out.as_ref().map_or_else(
        || format!("join-{}.yaml", short(host)),
        |path| path.display().to_string(),
    );
    if path.starts_with('/') {
        path
    } else {
        format!("{}/{path}", inputs.cwd.trim_end_matches('/'))
    }
}

/// What the chosen interface means for the installation. The install script
/// takes an IPv4 address, never a name, and does not check it.
fn advice(inputs: &Inputs<'_>) -> Option<Advice> {
    let candidate = inputs.interfaces.choose().ok()?;
    let address = candidate.address?;
    let interface = &candidate.name;
    // The name that is in most files of this kind.
    let other = if interface == "eth0" {
        ""
    } else {
        ", such as \"eth0\","
    };
    let mut replicated_yml = vec![
        "NodePrivateIPAddress and ThisNodePrivateIPAddress follow private-address; use these to \
         look up addresses."
            .to_string(),
        format!("A published port that must stay private gets the line `interface: {interface}`."),
        format!(
            "ThisHostInterfaceAddress \"{interface}\" gives this address; with another name{other} \
             it gives another one."
        ),
    ];
    replicated_yml.push(
        "NodePrivateIPAddress gives what the node was installed with: a fixed address in a file of \
         the application is wrong on the next host."
            .into(),
    );
    if inputs.choice.overlay.as_deref() == Some("flannel") {
        // There is no template function for a container's address (Replicated's
        // list of them).
        replicated_yml.push(
            "With Flannel, NodePrivateIPAddress is the host's address and not the container's, and \
             no template function gives that one: name it in the container's own settings."
                .into(),
        );
        // The founding page's words.
        replicated_yml.push(
            "With Flannel it is important that services refer to each other by their internal \
             Docker IPs rather than attempting to communicate with the host."
                .into(),
        );
    } else if inputs.choice.overlay.is_some() {
        replicated_yml.push(format!(
            "The Replicated daemon listens on every interface, not only on {interface}: close its \
             ports (9874-9879, 8800) to the outside if they must not be reached there."
        ));
    }
    Some(Advice {
        interface: interface.clone(),
        private_address: address,
        install_argument: format!("private-address={address}"),
        replicated_yml,
    })
}
