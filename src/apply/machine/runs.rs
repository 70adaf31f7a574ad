//! Runs on the machine in memory, as the tests of several kinds of steps make them.

use super::{Machine, Picture};
use crate::apply::engine::{self, Choice, Event, Outcome, Watch};
use crate::apply::journal::{Run, RunState};
use crate::apply::runs::{STATE_DIR, State as Runs};
use crate::plan::step::Step;
use crate::plan::{Plan, VERSION};

/// Nobody looks, and what fails is undone.
pub struct Quiet;

impl Watch for Quiet {
    fn event(&mut self, _: Event) {}
    fn failed(&mut self, _: usize, _: &str, _: &str) -> Choice {
        Choice::Undo
    }
    fn stop(&self) -> bool {
        false
    }
}

/// A plan of steps and nothing else.
pub fn plan(host: &str, scheduler: &str, overlay: Option<&str>, steps: Vec<Step>) -> Plan {
    Plan {
        v: VERSION,
        basis: None,
        confirm_within: 0,
        host: host.into(),
        scheduler: scheduler.into(),
        overlay: overlay.map(str::to_owned),
        steps,
        notes: Vec::new(),
        verify: None,
        verify_scheduler: None,
        advice: None,
    }
}

/// Begins a run.
pub fn begin(machine: &Machine, plan: Plan) -> Run {
    Runs::new(machine, STATE_DIR).begin(plan).unwrap()
}

/// The newest run, as its journal has it.
pub fn newest(machine: &Machine) -> Run {
    let mut runs = Runs::new(machine, STATE_DIR).runs().unwrap();
    runs.pop().unwrap().unwrap()
}

/// Carries a run out.
pub fn apply_all(machine: &Machine, run: &mut Run) -> Outcome {
    engine::apply(machine, run, &mut Quiet).unwrap()
}

/// Takes a run back, wholly.
pub fn undo_all(machine: &Machine, run: &mut Run) {
    let left = engine::roll_back(machine, run, &mut Quiet).unwrap();
    assert_eq!(left, Vec::<String>::new());
}

/// Two pictures have to be the same.
#[track_caller]
pub fn assert_same(before: &Picture, after: &Picture, when: &str) {
    let names = |picture: &Picture| picture.0.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after), "{when}");
    for (path, node) in &before.0 {
        assert!(after.0.get(path) == Some(node), "{path} is another, {when}");
    }
    assert_eq!(before.1, after.1, "{when}");
}

/// Lets the power go before every change in turn, of the journal's lines in the
/// middle too; then the run is resumed and undone, or undone. How often it went.
pub fn cut_anywhere(fresh: impl Fn() -> Machine, plan: impl Fn() -> Plan) -> usize {
    let end = {
        let machine = fresh();
        apply_all(&machine, &mut begin(&machine, plan()));
        machine.picture()
    };
    let mut cuts = 0;
    for torn in [false, true] {
        for cut in 0.. {
            let new = || {
                let machine = fresh();
                let before = machine.picture();
                let mut run = begin(&machine, plan());
                let whole =
                    machine.run_until_power_is_lost(cut, torn, || apply_all(&machine, &mut run));
                (machine, before, whole.is_some())
            };
            let when = format!("cut {cut}, torn {torn}");
            let (resumed, before, whole) = new();
            if whole {
                break;
            }
            cuts += 1;
            assert_ne!(newest(&resumed).state(), RunState::Undone, "{when}");
            let outcome = apply_all(&resumed, &mut newest(&resumed));
            assert!(
                matches!(outcome, Outcome::Applied { .. }),
                "{when}: {outcome:?}"
            );
            assert_eq!(newest(&resumed).state(), RunState::Applied, "{when}");
            assert_same(&end, &resumed.picture(), &when);
            undo_all(&resumed, &mut newest(&resumed));
            assert_same(&before, &resumed.picture(), &when);
            let (undone, before, _) = new();
            undo_all(&undone, &mut newest(&undone));
            assert_same(&before, &undone.picture(), &when);
            assert_eq!(newest(&undone).state(), RunState::Undone, "{when}");
            assert!(!newest(&undone).can_be_undone(), "{when}");
        }
    }
    cuts
}
