use super::dialog::Dialog;
use super::key::Key;
use super::pages::Item;
use super::{Effect, Ending, Focus, Job, Msg, Page};
use crate::answers::{Answers, Value};
use crate::ui::sample::Sample;
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
    played.wizard.focus = Focus::Button(4);
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
fn what_is_in_the_way_of_the_plan_leads_to_its_field() {
    let mut played = el7();
    played.wizard.answers.unset("overlay.address");
    played.go(Page::Plan);
    assert_eq!(played.wizard.item(), Some(Item::Trouble(0)));
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Settings);
    assert_eq!(played.wizard.item(), Some(Item::Field("overlay.address")));
    played.words("10.90.0.2");
    played.keys(&[Key::Ctrl('n'), Key::Ctrl('n')]);
    assert!(matches!(played.wizard.planned, Some(Ok(_))));
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
    played.wizard.focus = Focus::Button(4);
    played.keys(&[Key::Enter]);
    assert_eq!(played.wizard.page, Page::Plan);
    assert!(
        !played
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Do(Job::Apply)))
    );
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

#[test]
fn what_nothing_waives_is_not_waived_and_a_waiver_is_taken_back() {
    let mut played = el7();
    point_at(&mut played, &Item::Finding(2));
    played.keys(&[Key::Tab, Key::Left, Key::Enter]);
    assert!(played.wizard.dialogs.is_empty());
    let hint = played.wizard.hint();
    assert!(
        hint.bad && hint.text.contains("cannot be waived"),
        "{hint:?}"
    );
    played.wizard.focus = Focus::Body;
    point_at(&mut played, &Item::Finding(3));
    played.keys(&[Key::Tab, Key::Left, Key::Enter]);
    played.words("routed on purpose");
    played.keys(&[Key::Down, Key::Down, Key::Enter]);
    assert!(played.screen(80, 24).contains("WAIVED"));
    played.wizard.focus = Focus::Body;
    played.keys(&[Key::Char('d')]);
    assert!(!played.screen(80, 24).contains("WAIVED"));
    assert!(played.wizard.records("preflight.waive").is_empty());
}

#[test]
fn checking_again_keeps_the_page_and_the_check_that_is_looked_at() {
    let mut played = el7();
    point_at(&mut played, &Item::Finding(2));
    played.keys(&[Key::Char('r')]);
    assert_eq!(played.wizard.item(), Some(Item::Finding(2)));
    played.go(Page::Overlay);
    played.effects.clear();
    played.keys(&[Key::F(5)]);
    assert_eq!(played.wizard.page, Page::Overlay);
    let looked = |effect: &Effect| matches!(effect, Effect::Do(Job::Inspect(_)));
    let judged = |effect: &Effect| matches!(effect, Effect::Do(Job::Judge(_)));
    assert!(played.effects.iter().any(looked) && played.effects.iter().any(judged));
    played.go(Page::Plan);
    played.effects.clear();
    played.keys(&[Key::Char('r')]);
    let planned = |effect: &Effect| matches!(effect, Effect::Do(Job::Plan(..)));
    let order = |what: &dyn Fn(&Effect) -> bool| played.effects.iter().position(what).unwrap();
    assert!(order(&looked) < order(&planned), "{:?}", played.effects);
}

fn told(played: &Played) -> String {
    let Some(Dialog::Info { paras, .. }) = played.wizard.dialogs.last() else {
        panic!("nothing to read: {:?}", played.wizard.dialogs);
    };
    super::reading::flow(paras, 200).join("\n")
}

#[test]
fn a_plan_is_run_dry_and_its_steps_are_explained() {
    let mut played = el7();
    played.go(Page::Plan);
    played.keys(&[Key::Down, Key::Enter]);
    let diff = told(&played);
    assert!(diff.contains("+PrivateKey = (secret)"), "{diff}");
    played.keys(&[Key::Esc, Key::Char('e')]);
    let why = told(&played);
    for word in [
        "Undo  take down",
        "private network is WireGuard",
        "# by hand: step 2",
    ] {
        assert!(why.contains(word), "{word}: {why}");
    }
    played.keys(&[Key::Esc, Key::Tab, Key::Left, Key::Enter]);
    assert!(matches!(
        played.effects.last(),
        Some(Effect::Do(Job::DryRun))
    ));
    assert!(told(&played).contains("Add to wg0: app01"));
    assert!(played.host.changes.is_empty());
}

#[test]
fn an_option_is_explained_by_its_rules() {
    let mut played = el7();
    played.go(Page::Scheduler);
    played.wizard.cursors.insert(Page::Scheduler, 0);
    played.keys(&[Key::Char('e')]);
    let told = told(&played);
    assert!(told.contains("Docker Swarm: ruled out"), "{told}");
    assert!(told.contains("SW12: everything about it."), "{told}");
}

#[test]
fn what_is_typed_is_not_remarked_on_by_what_was_judged() {
    let mut played = el7();
    played.go(Page::Settings);
    assert!(played.wizard.remark("overlay.network").is_some());
    point_at(&mut played, &Item::Field("overlay.network"));
    assert!(played.wizard.hint().text.contains("overlaps no route"));
    played.keys(&[Key::Backspace, Key::Char('5')]);
    assert!(played.wizard.remark("overlay.network").is_none());
}
