//! How the hosts stand, told.

use std::collections::BTreeSet;

use super::super::crew::Outcomes;
use crate::fleet::apply::{Stand, Standing, State};
use crate::fleet::names;
use crate::fleet::plan::FleetPlan;
use crate::judge::text::paragraph;

/// What could not be put in order on hosts that were left.
pub fn remains(outcomes: &Outcomes) -> Vec<String> {
    let failed = outcomes.iter().filter(|(_, outcome)| !outcome.is_done());
    failed
        .map(|(name, outcome)| {
            let why = outcome.why.as_deref().unwrap_or_default();
            format!("{name} was not left in order, the next command does it: {why}")
        })
        .collect()
}

/// A row for each host, those with something in the way with the reason.
pub fn rows(standing: &Standing, hosts: &BTreeSet<String>) -> String {
    let width = hosts.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    let mut text = String::new();
    let waiting = Stand::default();
    for name in hosts {
        let stand = standing.hosts.get(name).unwrap_or(&waiting);
        text.push_str(&format!("{name:<width$}  {}\n", stand.state.word()));
        if let Some(why) = &stand.why {
            paragraph(&mut text, "  ", "  ", why);
        }
        if let Some(hint) = &stand.hint {
            paragraph(&mut text, "  Try: ", "    ", hint);
        }
    }
    text
}

/// The waves, and how their hosts stand.
pub fn waves_text(plan: &FleetPlan, standing: &Standing) -> String {
    let mut text = String::new();
    if let Some(first) = plan.etcd_wave() {
        paragraph(&mut text, "     ", "     ", &first);
    }
    for (nth, wave) in plan.waves.iter().enumerate() {
        let hosts = names::some(wave.iter().map(String::as_str));
        let applied = wave.iter().filter(|name| {
            let stand = standing.hosts.get(*name);
            stand.is_some_and(|stand| stand.state == State::Applied)
        });
        let line = match applied.count() {
            0 => hosts,
            all if all == wave.len() => format!("{hosts} (set up already: looked at again)"),
            some => format!("{hosts} ({some} set up already)"),
        };
        paragraph(&mut text, &format!("{:>3}. ", nth + 1), "     ", &line);
    }
    text
}
