//! Whose the peers of a WireGuard interface are: the journals know what runs of
//! groundcrew put in.

use std::collections::BTreeMap;

use super::journal::{Run, RunState, StepState};
use super::runs::State;
use super::wireguard;
use crate::host::Host;
use crate::plan::step::{Peer, Step};
use crate::plan::survey::PeerSurvey;

/// Looks at the peers of an interface, and at the runs in the state folder. Nothing
/// where the interface cannot be asked.
pub fn survey(host: &dyn Host, state_dir: &str, interface: &str) -> PeerSurvey {
    let Ok(live) = wireguard::allowed_ips(host, interface) else {
        return PeerSurvey::default();
    };
    let mut found = PeerSurvey {
        live,
        ..PeerSurvey::default()
    };
    let runs = match State::new(host, state_dir).runs() {
        Ok(runs) => runs,
        Err(error) => {
            found.untold = Some(error.to_string());
            return found;
        }
    };
    for run in runs {
        match run {
            Ok(run) => follow(&mut found.ours, &run, interface),
            Err(error) => found.untold = Some(error.to_string()),
        }
    }
    found
}

/// What a run did to the peers. One that was there before, and that a plan wanted
/// too, is a plan's since then.
fn follow(ours: &mut BTreeMap<String, Peer>, run: &Run, interface: &str) {
    // Of a run that was taken back nothing is there, nor what it has found.
    if run.state() == RunState::Undone {
        return;
    }
    for (step, record) in run.plan.steps.iter().zip(&run.records) {
        if matches!(record.state, StepState::Todo | StepState::Undone) {
            continue;
        }
        match step {
            Step::WireguardPeers {
                interface: of,
                peers,
            } if of == interface => {
                let each = peers.iter().map(|p| (p.public_key.clone(), p.clone()));
                ours.extend(each);
            }
            // Failed, it may have taken out some: what is live still is ours.
            Step::WireguardRemove {
                interface: of,
                peers,
                ..
            } if of == interface && record.state != StepState::Failed => {
                for peer in peers {
                    ours.remove(&peer.public_key);
                }
            }
            _ => {}
        }
    }
}
