//! What was installed before.

use super::super::known::known;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[KUBERNETES, RUNTIME, REPLICATED];

const KUBERNETES: Check = Check {
    id: "sys.leftover.k8s",
    title: "Traces of Kubernetes",
    group: Group::System,
    concerns: SCHEDULERS,
    reads: &["software.kubernetes", "firewall.filter"],
    wanted: "none (files, interfaces, KUBE- chains), unless this node is to stay in its cluster",
    source: "kubeadm preflight FileAvailable, DirAvailable; gravity ProcessChecker",
    rules: &[],
    waivable: true,
    run: kubernetes,
};

fn kubernetes(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.software.kubernetes;
    let found = known!(
        "whether Kubernetes left traces",
        "software.kubernetes",
        fact
    );
    let mut found = found.clone();
    // kube-proxy's chains outlive it; where the rules cannot be read, the files
    // alone tell.
    let filter = &subject.facts.firewall.filter;
    let chain = filter.value().and_then(|filter| {
        let mut chains = filter.rules.iter().map(|rule| rule.chain.as_str());
        chains.find(|chain| chain.starts_with("KUBE-"))
    });
    found.extend(chain.map(|chain| format!("the chain {chain}")));
    let outcome = if found.is_empty() {
        Outcome::pass("no traces of Kubernetes")
    } else {
        Outcome::warn(format!("Kubernetes is or was installed: {}; wanted: none of it", found.join(", ")))
            .on(&[Target::Kubernetes], Level::Fail)
            .remedy(
                Remedy::hint("take the node out of its cluster first, then reset it; nothing of it is deleted by itself")
                    .command("kubeadm reset"),
            )
    };
    vec![
        outcome
            .actual("found", found)
            .read("software.kubernetes", fact)
            .read("firewall.filter", filter),
    ]
}

const RUNTIME: Check = Check {
    id: "sys.leftover.runtime",
    title: "Other container runtimes",
    group: Group::System,
    concerns: SCHEDULERS,
    reads: &["software.runtimes", "os.podman"],
    wanted: "Docker alone",
    source: "gravity ProcessChecker; docs.docker.com engine/install 'Uninstall old versions'",
    rules: &["SW14"],
    waivable: true,
    run: runtime,
};

fn runtime(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.software.runtimes;
    let found = known!("whether other runtimes run", "software.runtimes", fact);
    let outcome = if found.is_empty() {
        Outcome::pass("no other container runtime")
    } else {
        Outcome::warn(format!("another container runtime has its socket here: {}; wanted: Docker alone", found.join(", ")))
            .remedy(Remedy::hint("stop the other runtime, or use another host: two of them change the same rules and interfaces"))
    };
    vec![
        outcome
            .actual("found", found.clone())
            .read("software.runtimes", fact),
    ]
}

const REPLICATED: Check = Check {
    id: "sys.leftover.replicated",
    title: "Traces of Replicated",
    group: Group::System,
    concerns: SCHEDULERS,
    reads: &["software.replicated"],
    wanted: "none, or an installation that is to be upgraded",
    source: "replicated-installer replicated-2.0.sh; help-center removing-replicated",
    rules: &[],
    waivable: true,
    run: replicated,
};

fn replicated(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.software.replicated;
    let found = known!(
        "whether Replicated is installed",
        "software.replicated",
        fact
    );
    let old = found.iter().any(|path| path == "/etc/replicated");
    let outcome = if found.is_empty() {
        Outcome::pass("no traces of Replicated")
    } else if old {
        Outcome::fail("Replicated 1.2 is installed (/etc/replicated); wanted: none, or version 2").remedy(
            Remedy::hint("migrate it to version 2 with the vendor's migration script first: an installation over it loses its data"),
        )
    } else {
        Outcome::info(format!(
            "Replicated is or was installed: {}; an installation would upgrade it",
            found.join(", ")
        ))
    };
    vec![
        outcome
            .actual("found", found.clone())
            .read("software.replicated", fact),
    ]
}
