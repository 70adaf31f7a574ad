//! Runs: what can be done about them while they go on, and afterwards.

use super::dialog::Dialog;
use super::key::Key;
use super::{Effect, Ending, Job, Msg, Page};
use crate::answers::Answers;
use crate::apply::engine::Choice;
use crate::ui::backend::{End, Finished};
use crate::ui::sample::{self, Sample};
use crate::ui::view::played::Played;

fn el7() -> Played {
    Played::new(Sample::el7(), Sample::answers())
}

fn text(answers: &Answers, id: &str) -> Option<String> {
    answers.get(id).map(|value| value.show())
}

fn failed(played: &mut Played) {
    played.tell(Msg::StepFailed {
        step: 1,
        title: "Bring up wg0".into(),
        error: "no".into(),
    });
}

fn reply(played: &Played) -> Option<Choice> {
    played.effects.iter().rev().find_map(|effect| match effect {
        Effect::Reply(choice) => Some(*choice),
        _ => None,
    })
}

#[test]
fn a_failed_step_is_undone_unless_something_else_is_chosen() {
    let mut played = el7();
    played.go(Page::Apply);
    failed(&mut played);
    // There is no way around the question.
    played.keys(&[Key::Esc, Key::Ctrl('c')]);
    assert_eq!(reply(&played), None);
    played.keys(&[Key::Enter]);
    assert_eq!(reply(&played), Some(Choice::Undo));
    failed(&mut played);
    played.keys(&[Key::Down, Key::Enter]);
    assert_eq!(reply(&played), Some(Choice::Retry));
    failed(&mut played);
    played.keys(&[Key::Char('l'), Key::Esc, Key::Down, Key::Down, Key::Enter]);
    assert_eq!(reply(&played), Some(Choice::Keep));
}

#[test]
fn a_run_is_stopped_between_steps_and_not_suspended() {
    let mut played = el7();
    played.go(Page::Apply);
    played.keys(&[Key::Ctrl('z')]);
    assert!(
        !played
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Suspend))
    );
    played.keys(&[Key::Ctrl('c'), Key::Enter]);
    assert!(matches!(played.effects.last(), Some(Effect::Stop(true))));
    played.keys(&[Key::Ctrl('c'), Key::Ctrl('c')]);
    assert!(matches!(played.effects.last(), Some(Effect::StopCommand)));
    let ended = Finished::new(End::Stopped);
    played.tell(Msg::Finished(Box::new(ended.clone())));
    assert_eq!(played.wizard.page, Page::Done);
    assert!(played.screen(80, 24).contains("groundcrew resume"));
    played.keys(&[Key::Char('q')]);
    assert_eq!(played.quit, Some(Ending::Finished(Box::new(ended))));
}

#[test]
fn signals_end_it_at_once_or_after_the_step_that_runs() {
    let mut played = el7();
    played.tell(Msg::Terminate(15));
    assert_eq!(played.quit, Some(Ending::Signal(15)));
    let mut played = el7();
    played.go(Page::Apply);
    failed(&mut played);
    played.tell(Msg::Terminate(1));
    assert_eq!(played.quit, None);
    assert_eq!(reply(&played), Some(Choice::Keep));
    failed(&mut played);
    assert!(played.wizard.dialogs.is_empty());
    let ended = Finished::new(End::Stopped);
    played.tell(Msg::Finished(Box::new(ended.clone())));
    assert_eq!(played.quit, Some(Ending::Finished(Box::new(ended))));
}

#[test]
fn an_earlier_run_goes_on_is_taken_back_or_lends_its_answers() {
    let begin = |downs: usize| {
        let mut host = Sample::el7();
        host.earlier = Some(Sample::earlier(Some(Sample::answers())));
        let mut played = Played::new(host, Answers::default());
        assert_eq!(played.wizard.page, Page::Earlier);
        (0..downs).for_each(|_| played.keys(&[Key::Down]));
        played.keys(&[Key::Enter]);
        played
    };
    assert!(matches!(
        begin(0).effects.last(),
        Some(Effect::Do(Job::Resume))
    ));
    assert!(matches!(
        begin(1).effects.last(),
        Some(Effect::Do(Job::RollBack))
    ));
    let again = begin(2);
    assert_eq!(again.wizard.page, Page::Host);
    assert_eq!(
        text(&again.wizard.answers, "needs.nodes").as_deref(),
        Some("3")
    );
    let mut anew = begin(3);
    assert_eq!(
        text(&anew.wizard.answers, "needs.nodes").as_deref(),
        Some("1")
    );
    anew.keys(&[Key::Esc]);
    assert_eq!(anew.wizard.page, Page::Earlier);
}

#[test]
fn the_done_page_saves_the_report() {
    let mut played = el7();
    played.go(Page::Apply);
    played.tell(Msg::Finished(Box::new(sample::finished(2))));
    played.keys(&[Key::BackTab, Key::Enter, Key::Ctrl('u')]);
    played.words("/root/report.md");
    played.keys(&[Key::Enter]);
    assert_eq!(played.host.saved[0].0, "/root/report.md");
    assert!(played.wizard.hint().text.contains("/root/report.md"));
}

#[test]
fn a_failed_step_can_be_reported_to_support_before_anything_is_chosen() {
    let mut played = el7();
    played.go(Page::Apply);
    failed(&mut played);
    played.keys(&[Key::Char('s')]);
    assert!(
        played
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Support))
    );
    assert_eq!(reply(&played), None);
    assert!(matches!(
        played.wizard.dialogs.last(),
        Some(Dialog::Failed { .. })
    ));
    assert!(played.wizard.hint().text.contains("groundcrew-capture"));
}

#[test]
fn scrolling_past_the_end_is_not_counted() {
    let mut played = el7();
    played.go(Page::Apply);
    for n in 0..60 {
        played.tell(Msg::Log(format!("2026-11-22T20:42:17Z $ command {n}")));
    }
    played.keys(&[Key::Char('l')]);
    let end = played.screen(80, 24);
    for _ in 0..20 {
        played.keys(&[Key::PageUp]);
        let _ = played.screen(80, 24);
    }
    assert!(played.screen(80, 24).contains("$ command 0 "));
    for _ in 0..8 {
        played.keys(&[Key::PageDown]);
        let _ = played.screen(80, 24);
    }
    assert_eq!(played.screen(80, 24), end);
}
