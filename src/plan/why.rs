//! Why a step of a plan is there, what it rests on, and what it can cost.

use super::Plan;
use super::step::Step;

/// Sentences on a step of a plan, the most telling first.
pub fn why(plan: &Plan, step: &Step) -> Vec<String> {
    let mut out = vec![of_kind(step)];
    let overlay = plan.overlay.as_deref();
    let for_overlay = overlay.filter(|_| !matches!(step, Step::Docker(_)) && !is_scheduler(step));
    out.push(match for_overlay {
        Some(overlay) => format!(
            "It rests on the choice of the {} scheduler with {overlay} beneath it.",
            plan.scheduler
        ),
        None => format!(
            "It rests on the choice of the {} scheduler.",
            plan.scheduler
        ),
    });
    if step.can_cut_off() {
        out.push(if plan.confirm_within > 0 {
            format!(
                "It changes the network or what it depends on: should it cut the connection off, \
                 everything is undone by itself after {} s.",
                plan.confirm_within
            )
        } else {
            "It changes the network or what it depends on: who works over that network can be cut \
             off. With apply.confirm-within everything is undone by itself then."
                .to_owned()
        });
    }
    if let Some(stays) = step.stays() {
        out.push(format!("It cannot be undone: {stays}."));
    }
    if let Some(loses) = step.loses() {
        out.push(format!("Undoing it later loses: {loses}."));
    }
    out
}

fn is_scheduler(step: &Step) -> bool {
    matches!(
        step,
        Step::Swarm(_) | Step::Kubernetes(_) | Step::Replicated(_)
    )
}

/// What a kind of step is for, and how it treats what is there.
fn of_kind(step: &Step) -> String {
    match step {
        Step::PrivateKey { .. } => "WireGuard knows a host by its key. The private one stays on \
                                    this host; the others get the public one."
            .into(),
        Step::WriteFile { purpose, .. } => format!(
            "The file is needed: {purpose}. What stands in it now is kept beside the journal, and \
             is written back by undoing."
        ),
        Step::FileBlock { purpose, .. } => format!(
            "The lines are needed: {purpose}. They stand between two lines that name them; the \
             rest of the file is left as it is."
        ),
        Step::JsonKeys { purpose, .. } => format!(
            "The keys are needed: {purpose}. All other keys of the file are left as they are."
        ),
        Step::DataDir { purpose, .. } => {
            format!("The folder is needed: {purpose}. Undoing deletes it with all in it.")
        }
        Step::SetSysctl { name, .. } => format!(
            "{name} has another value now. This is until the next boot; a file keeps it over one."
        ),
        Step::InstallPackages { purpose, .. } | Step::InstallProgram { purpose, .. } => {
            format!("It is needed and not there in the version that is wanted: {purpose}.")
        }
        Step::LoadModule { name } => {
            format!("The kernel has {name} as a module, which has to be loaded first.")
        }
        Step::OpenPort(hole) => {
            let from = if hole.sources.is_empty() {
                "from everywhere".to_owned()
            } else {
                let nets: Vec<String> = hole.sources.iter().map(ToString::to_string).collect();
                format!("from {}", nets.join(", "))
            };
            format!(
                "The firewall of this host would drop what the other hosts send. It is let in \
                 {from}, and nothing else is."
            )
        }
        Step::KeepPort { .. } => {
            "Without it the port would be shut again after the next boot.".into()
        }
        Step::WireguardUp { userspace, .. } => {
            let how = if *userspace {
                " The kernel has no WireGuard: wireguard-go carries it in user space."
            } else {
                ""
            };
            format!("This is the private network's own interface.{how}")
        }
        Step::WireguardPeers { .. } => "Only what these hosts sign with their keys is taken in. \
                                        Peers that are there already and are not named here are \
                                        left alone."
            .into(),
        Step::WireguardRemove { .. } => "An earlier run put them in, and they are no peers of \
                                         this host any more: what they send is taken in no \
                                         longer. The interface runs on; peers that somebody else \
                                         has added stay."
            .into(),
        Step::AddRoute { .. } => "What goes to the other hosts has to go into the tunnel.".into(),
        Step::Symlink { purpose, .. } => format!("The link is needed: {purpose}."),
        Step::EnableService { service, .. } => {
            format!("Without it {service} would not run after the next boot.")
        }
        Step::StartService { service, .. } => format!("{service} has to run for what follows."),
        Step::Flannel(_) => "Flannel and its etcd need it.".into(),
        Step::Docker(_) => "Docker has to be such as the scheduler needs it.".into(),
        Step::Zerotier(_) => {
            "ZeroTier needs it: its service, its controller, or its network.".into()
        }
        Step::Swarm(_) => "Docker's Swarm needs it.".into(),
        Step::Kubernetes(_) => "Kubernetes, set up with kubeadm, needs it.".into(),
        Step::Replicated(_) => "It is part of the hand-off to Replicated.".into(),
    }
}
