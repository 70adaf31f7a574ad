use super::dialog::Dialog;
use super::key::Key;
use super::pages::Item;
use super::{Effect, Ending, Focus, Job, Msg, Page};
use crate::answers::{Answers, Value};
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

fn point_at(played: &mut Played, item: &Item) {
    for _ in 0..60 {
        if played.wizard.item().as_ref() == Some(item) && played.wizard.focus == Focus::Body {
            return;
        }
        played.keys(&[Key::Down]);
    }
    panic!("{item:?} cannot be pointed at");
}

#[test]
fn arrows_enter_and_blank_are_enough_for_the_whole_way() {
    let mut played = el7();
    for page in [
        Page::Host,
        Page::Needs,
        Page::Scheduler,
        Page::Overlay,
        Page::Settings,
        Page::Interface,
        Page::Plan,
    ] {
        assert_eq!(played.wizard.page, page);
        for _ in 0..60 {
            if played.wizard.focus == Focus::Button(played.wizard.buttons().len() - 1) {
                break;
            }
            played.keys(&[Key::Down]);
        }
        played.keys(&[Key::Enter]);
    }
    assert_eq!(played.wizard.page, Page::Apply);
    assert!(matches!(
        played.effects.last(),
        Some(Effect::Do(Job::Apply))
    ));
}

#[test]
fn moving_through_a_form_changes_no_answer() {
    let mut played = el7();
    let before = played.wizard.answers.to_yaml(false);
    played.go(Page::Needs);
    for _ in 0..30 {
        played.keys(&[Key::Enter]);
    }
    played.go(Page::Settings);
    for _ in 0..60 {
        played.keys(&[Key::Tab]);
    }
    assert_eq!(played.wizard.answers.to_yaml(false), before);
}

#[test]
fn esc_never_quits_and_goes_one_level_back() {
    let mut played = el7();
    played.go(Page::Overlay);
    played.keys(&[Key::Char('?'), Key::Esc]);
    assert_eq!(played.wizard.page, Page::Overlay);
    for page in [
        Page::Scheduler,
        Page::Needs,
        Page::Host,
        Page::Host,
        Page::Host,
    ] {
        played.keys(&[Key::Esc]);
        assert_eq!(played.wizard.page, page);
    }
    assert_eq!(played.quit, None);
    assert!(played.wizard.hint().text.contains("Ctrl-C"));
}

#[test]
fn control_c_asks_with_no_as_the_default() {
    let mut played = el7();
    played.keys(&[Key::Ctrl('c'), Key::Enter]);
    assert_eq!(played.quit, None);
    played.keys(&[Key::Ctrl('c'), Key::Right, Key::Right, Key::Enter]);
    assert_eq!(played.quit, Some(Ending::Quit { saved: None }));
}

#[test]
fn the_answers_can_be_saved_while_leaving_and_a_failure_keeps_the_wizard() {
    let mut played = el7();
    played.keys(&[Key::Ctrl('c'), Key::Right, Key::Enter, Key::Ctrl('u')]);
    played.words("/proc/x");
    played.keys(&[Key::Enter]);
    assert_eq!(played.quit, None);
    assert!(played.wizard.hint().bad);
    played.keys(&[Key::Ctrl('c'), Key::Right, Key::Enter, Key::Enter]);
    let saved = Some("answers.yaml".to_owned());
    assert_eq!(played.quit, Some(Ending::Quit { saved }));
    assert!(played.host.saved[0].1.contains("10.90.0.2"));
}

#[test]
fn a_wrong_text_is_told_under_its_field_and_holds_the_page() {
    let mut played = el7();
    played.go(Page::Settings);
    point_at(&mut played, &Item::Field("overlay.address"));
    played.keys(&[Key::Ctrl('u')]);
    played.words("10.90.0.256");
    // Letters that are keys elsewhere are typed here.
    assert_eq!(played.wizard.error("overlay.address"), None);
    played.keys(&[Key::Down]);
    assert!(
        played
            .wizard
            .error("overlay.address")
            .is_some_and(|e| e.contains("10.90.0.256"))
    );
    assert_eq!(
        text(&played.wizard.answers, "overlay.address").as_deref(),
        Some("10.90.0.2")
    );
    played.wizard.focus = Focus::Button(1);
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Settings);
    assert_eq!(played.wizard.item(), Some(Item::Field("overlay.address")));
    played.keys(&[Key::Ctrl('u')]);
    played.tell(Msg::Paste("10.90.0.7\n".into()));
    played.go(Page::Interface);
    assert_eq!(
        text(&played.wizard.answers, "overlay.address").as_deref(),
        Some("10.90.0.7")
    );
}

#[test]
fn an_emptied_field_has_its_default_again() {
    let mut played = el7();
    played.go(Page::Settings);
    point_at(&mut played, &Item::Field("overlay.wireguard.interface"));
    played.keys(&[Key::Ctrl('u')]);
    played.words("wg7");
    played.keys(&[Key::Down, Key::Up, Key::Ctrl('u'), Key::Down]);
    assert_eq!(
        text(&played.wizard.answers, "overlay.wireguard.interface").as_deref(),
        Some("wg0")
    );
    assert!(played.screen(80, 24).contains("[wg0 "));
}

#[test]
fn peers_are_added_edited_and_removed() {
    let mut played = el7();
    played.go(Page::Settings);
    point_at(&mut played, &Item::Field("overlay.wireguard.peers"));
    played.keys(&[Key::Char('a')]);
    played.words("app01");
    played.keys(&[Key::Enter]);
    played.words("10.0.0.256:51820");
    played.keys(&[Key::Enter]);
    played.words("10.90.0.1");
    played.keys(&[Key::Enter]);
    played.words("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");
    played.keys(&[Key::Enter, Key::Enter, Key::Enter, Key::Enter, Key::Enter]);
    let Some(Dialog::Record(record)) = played.wizard.dialogs.last() else {
        panic!("a wrong peer was taken: {:?}", played.wizard.dialogs);
    };
    assert_eq!(
        record.focus, 1,
        "the wrong field has the focus: {:?}",
        record.error
    );
    played.keys(&[Key::Ctrl('u')]);
    played.words("10.0.0.11:51820");
    for _ in 0..6 {
        played.keys(&[Key::Down]);
    }
    played.keys(&[Key::Enter]);
    assert!(
        played.wizard.dialogs.is_empty(),
        "{:?}",
        played.wizard.dialogs
    );
    let peers = played.wizard.records("overlay.wireguard.peers");
    assert_eq!(
        peers[0].field("endpoint").and_then(Value::text),
        Some("10.0.0.11:51820")
    );

    point_at(&mut played, &Item::Record("overlay.wireguard.peers", 0));
    played.keys(&[Key::Enter, Key::End, Key::Char('x'), Key::Esc]);
    assert_eq!(played.wizard.records("overlay.wireguard.peers"), peers);
    played.keys(&[Key::Char('d')]);
    assert!(played.wizard.records("overlay.wireguard.peers").is_empty());
}

#[test]
fn a_failed_check_is_waived_with_a_reason() {
    let mut played = el7();
    point_at(&mut played, &Item::Finding(3));
    played.keys(&[Key::Tab, Key::Left, Key::Enter]);
    played.words("routed on purpose");
    played.keys(&[Key::Down, Key::Down, Key::Enter]);
    assert!(
        played.screen(80, 24).contains("WAIVED"),
        "{}",
        played.screen(80, 24)
    );
    let waived = played.wizard.records("preflight.waive");
    assert_eq!(
        waived[0].field("reason").and_then(Value::text),
        Some("routed on purpose")
    );
}

#[test]
fn a_choice_is_taken_and_judged_anew() {
    let mut played = el7();
    played.go(Page::Overlay);
    played.keys(&[Key::Down, Key::Down, Key::Char(' ')]);
    assert_eq!(
        text(&played.wizard.answers, "overlay.kind").as_deref(),
        Some("zerotier")
    );
    // WireGuard's settings are no longer asked, and ZeroTier's are.
    played.go(Page::Settings);
    let form = played.wizard.form();
    assert!(
        form.iter()
            .all(|question| !question.id.starts_with("overlay.wireguard."))
    );
    for id in ["overlay.network", "overlay.zerotier.interface"] {
        assert!(form.iter().any(|question| question.id == id), "{id}");
    }
}

#[test]
fn an_interface_that_is_ruled_out_cannot_be_chosen() {
    let mut played = el7();
    played.go(Page::Interface);
    point_at(&mut played, &Item::Interface("docker0".into()));
    played.keys(&[Key::Enter]);
    assert!(played.wizard.hint().bad);
    assert_eq!(
        text(&played.wizard.answers, "interface.name").as_deref(),
        Some("auto")
    );
}

#[test]
fn another_interface_can_be_chosen() {
    let mut played = el7();
    played.go(Page::Interface);
    played.keys(&[Key::Down, Key::Char(' ')]);
    assert_eq!(
        text(&played.wizard.answers, "interface.name").as_deref(),
        Some("eth1")
    );
    let judged = played.wizard.judged.as_ref().unwrap();
    assert_eq!(judged.interfaces.pick.as_deref(), Some("eth1"));
}

#[test]
fn a_step_that_cannot_be_undone_wants_the_name_of_the_host() {
    let mut played = el7();
    played.go(Page::Plan);
    if let Some(Ok(planned)) = &mut played.wizard.planned {
        planned.steps[2].undo = None;
    }
    played.wizard.focus = Focus::Button(3);
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Plan);
    assert!(played.wizard.hint().bad);
    played.words("app02");
    assert!(
        played.screen(80, 24).contains("[app02 "),
        "{}",
        played.screen(80, 24)
    );
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Apply);
}

#[test]
fn without_a_plan_nothing_is_applied() {
    let mut played = Played::new(Sample::el7(), Answers::default());
    played.wizard.answers.set_text("needs.nodes", "3").unwrap();
    played
        .wizard
        .answers
        .set_text("needs.vendor-kinds", "native")
        .unwrap();
    played.go(Page::Plan);
    played.wizard.focus = Focus::Button(3);
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Plan);
    assert!(
        !played
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Do(Job::Apply)))
    );
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
fn a_small_terminal_offers_line_mode_with_the_answers_kept() {
    let mut played = el7();
    played.tell(Msg::Resize(59, 16));
    played.keys(&[Key::Char('L')]);
    assert_eq!(played.quit, Some(Ending::LineMode));
}

#[test]
fn a_typed_secret_shows_nowhere() {
    let mut played = el7();
    played.go(Page::Settings);
    point_at(&mut played, &Item::Field("overlay.wireguard.private-key"));
    played.keys(&[Key::Left]);
    played.words("passw0rd-canary");
    assert!(!played.screen(80, 24).contains("canary"));
    played.keys(&[Key::Down, Key::F(2), Key::Enter]);
    assert!(!format!("{:?}", played.wizard).contains("canary"));
    assert!(
        !played.host.saved[0].1.contains("canary"),
        "{}",
        played.host.saved[0].1
    );
}
