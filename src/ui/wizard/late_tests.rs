//! What comes late, keys that are held, and runs that never begin.

use super::dialog::Dialog;
use super::key::Key;
use super::pages::{Begin, Item};
use super::{Effect, Ending, Focus, Job, Msg, Page};
use crate::answers::Answers;
use crate::apply::engine::Event;
use crate::apply::journal::StepState;
use crate::ui::backend::{Backend as _, End, Finished, Planned};
use crate::ui::sample::Sample;
use crate::ui::view::played::Played;

fn el7() -> Played {
    Played::new(Sample::el7(), Sample::answers())
}

/// On the page of the plan, which is still being made; its number.
fn waiting() -> (Played, u64) {
    let mut played = el7();
    played.slow = true;
    played.go(Page::Plan);
    let number = asked(&played);
    (played, number)
}

fn asked(played: &Played) -> u64 {
    let number = |effect: &Effect| match effect {
        Effect::Do(Job::Plan(number, _)) => Some(*number),
        _ => None,
    };
    played.effects.iter().rev().find_map(number).unwrap()
}

fn plan(played: &mut Played) -> Planned {
    played.host.plan(&Sample::answers()).unwrap()
}

fn applies(played: &Played) -> bool {
    let apply = |effect: &Effect| matches!(effect, Effect::Do(Job::Apply));
    played.effects.iter().any(apply)
}

fn refused(text: &str) -> Msg {
    Msg::Finished(Box::new(Finished::new(End::Refused {
        error: text.into(),
        code: 1,
    })))
}

#[test]
fn enter_that_is_held_while_the_plan_is_made_does_not_carry_it_out() {
    let (mut played, number) = waiting();
    played.keys(&[Key::Enter, Key::Enter]);
    assert_eq!(played.wizard.focus, Focus::Body);
    // Also where the cursor went to the buttons on purpose.
    played.keys(&[Key::Tab, Key::Enter]);
    assert_ne!(played.wizard.focus, Focus::Body);
    let made = plan(&mut played);
    played.tell(Msg::Planned(number, Ok(made)));
    played.keys(&[Key::Enter]);
    assert!(!applies(&played));
    assert!(matches!(
        played.wizard.dialogs.last(),
        Some(Dialog::Info { .. })
    ));
}

#[test]
fn a_plan_of_answers_that_were_changed_since_is_neither_shown_nor_carried_out() {
    let (mut played, first) = waiting();
    played.keys(&[Key::Esc]);
    played.go(Page::Plan);
    let second = asked(&played);
    assert_ne!(first, second);
    let old = plan(&mut played);
    played.tell(Msg::Planned(first, Ok(old.clone())));
    assert!(played.wizard.planned.is_none());
    assert!(played.wizard.busy.is_some());
    played.wizard.focus = Focus::Button(4);
    played.keys(&[Key::Enter]);
    assert!(!applies(&played) && played.wizard.hint().bad);
    played.tell(Msg::Planned(second, Ok(old)));
    assert!(played.wizard.planned.is_some() && played.wizard.busy.is_none());
}

#[test]
fn a_run_that_is_refused_before_it_begins_leads_back_to_the_plan_with_all_answers() {
    let mut played = el7();
    played.go(Page::Apply);
    played.effects.clear();
    played.tell(refused("another groundcrew is changing this host"));
    assert_eq!(played.wizard.page, Page::Plan);
    assert!(played.wizard.run.is_none() && played.wizard.finished.is_none());
    let note = played.wizard.note.clone().unwrap();
    assert!(note.bad && note.text.contains("another groundcrew"));
    // The host may have changed: it is looked at before the plan is made again.
    let order = |what: fn(&Effect) -> bool| played.effects.iter().position(what).unwrap();
    let looked = order(|effect| matches!(effect, Effect::Do(Job::Inspect(_))));
    let planned = order(|effect| matches!(effect, Effect::Do(Job::Plan(..))));
    assert!(looked < planned && played.wizard.planned.is_some());
    // More than a line is read in a dialog, and the plan can be tried again.
    played.go(Page::Apply);
    played.tell(refused(
        "this host is not what it was:\n  MTU: was 1500; is 1400",
    ));
    assert!(played.screen(80, 24).contains("MTU: was 1500"));
    played.keys(&[Key::Esc]);
    played.go(Page::Apply);
    // One that has begun ends where it is told how.
    played.tell(Msg::Run(Event::Step {
        step: 0,
        title: "t".into(),
        state: StepState::Started,
        error: None,
    }));
    played.tell(refused("the journal cannot be written"));
    assert_eq!(played.wizard.page, Page::Done);
}

#[test]
fn an_earlier_run_that_cannot_go_on_is_offered_again() {
    let mut host = Sample::el7();
    host.earlier = Some(Sample::earlier(None));
    let mut played = Played::new(host, Answers::default());
    played.keys(&[Key::Enter]);
    played.tell(refused("another groundcrew is changing this host"));
    assert_eq!(played.wizard.page, Page::Earlier);
    assert_eq!(played.wizard.item(), Some(Item::Earlier(Begin::Resume)));
    assert!(played.wizard.hint().bad);
}

#[test]
fn a_dry_run_begins_no_run() {
    let mut played = el7();
    played.wizard.dry_run = true;
    played.go(Page::Plan);
    played.wizard.focus = Focus::Button(4);
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Plan);
    assert!(!applies(&played));
    assert!(played.wizard.hint().text.contains("--dry-run"));
}

#[test]
fn one_bundle_at_a_time_is_put_together_and_named_on_the_last_page() {
    let mut played = el7();
    played.go(Page::Apply);
    played.wizard.supporting = true;
    played.keys(&[Key::Char('s')]);
    let support = |effect: &&Effect| matches!(effect, Effect::Support);
    assert_eq!(played.effects.iter().filter(support).count(), 0);
    played.tell(Msg::Supported(Ok("early.tar.gz".into())));
    played.tell(Msg::Finished(Box::new(Finished::new(End::Stopped))));
    played.tell(Msg::Supported(Ok("late.tar.gz".into())));
    let finished = played.wizard.finished.clone().unwrap();
    let saved: Vec<_> = finished.saved.iter().map(|(path, _)| path).collect();
    assert_eq!(saved, ["early.tar.gz", "late.tar.gz"]);
}

#[test]
fn on_a_small_terminal_control_c_does_not_answer_what_nobody_sees() {
    let mut played = el7();
    played.go(Page::Apply);
    played.tell(Msg::Resize(40, 10));
    played.keys(&[Key::Ctrl('c'), Key::Ctrl('c'), Key::Ctrl('c')]);
    let stopped = |effect: &Effect| matches!(effect, Effect::StopCommand | Effect::Stop(_));
    assert!(!played.effects.iter().any(stopped));
    // Before a run it is told that it leaves.
    let mut played = el7();
    played.tell(Msg::Resize(40, 10));
    played.keys(&[Key::Ctrl('c')]);
    assert!(played.screen(40, 10).contains("once more"));
    played.keys(&[Key::Ctrl('c')]);
    assert_eq!(played.quit, Some(Ending::Quit { saved: None }));
}

#[test]
fn control_c_and_enter_twice_do_not_take_the_stop_back() {
    let mut played = el7();
    played.go(Page::Apply);
    let twice = [Key::Ctrl('c'), Key::Enter, Key::Ctrl('c'), Key::Enter];
    played.keys(&twice[..3]);
    assert!(played.screen(80, 24).contains("It stops after"));
    played.keys(&twice[3..]);
    assert!(matches!(played.effects.last(), Some(Effect::Stop(true))));
    // On purpose it can be, but not one that a signal asked for.
    let back = [Key::Ctrl('c'), Key::Left, Key::Enter];
    played.keys(&back);
    assert!(matches!(played.effects.last(), Some(Effect::Stop(false))));
    played.tell(Msg::Terminate(15));
    played.effects.clear();
    played.keys(&back);
    let taken = |effect: &Effect| matches!(effect, Effect::Stop(false));
    assert!(!played.effects.iter().any(taken));
    assert!(played.wizard.run.as_ref().unwrap().stopping);
}

#[test]
fn control_c_closes_the_log_of_a_run_that_has_ended() {
    let mut played = el7();
    played.go(Page::Apply);
    played.keys(&[Key::Char('l')]);
    played.tell(Msg::Finished(Box::new(Finished::new(End::Stopped))));
    played.keys(&[Key::Ctrl('c')]);
    assert!(played.wizard.dialogs.is_empty() && played.quit.is_none());
    played.keys(&[Key::Ctrl('c')]);
    assert!(played.quit.is_some());
}

#[test]
fn a_new_answer_is_not_remarked_on_before_it_is_judged() {
    let mut played = el7();
    played.go(Page::Settings);
    let port = "overlay.wireguard.listen-port";
    assert!(played.wizard.remark(port).is_some());
    played.wizard.answers.set_text(port, "51999").unwrap();
    played.wizard.inputs.remove(port);
    played.wizard.make_inputs();
    assert!(played.wizard.remark(port).is_none());
}
