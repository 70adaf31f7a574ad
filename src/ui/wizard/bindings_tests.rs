//! The help and the row of keys against what keys do.

use super::dialog::Dialog;
use super::key::Key;
use super::pages::Item;
use super::{Focus, Msg, Page, Wizard};
use crate::answers::Answers;
use crate::ui::sample::{self, Sample};
use crate::ui::view::played::Played;

/// All keys that a terminal sends, one by one.
fn all_keys() -> Vec<Key> {
    let mut keys: Vec<Key> = (' '..='~').map(Key::Char).collect();
    keys.extend(('a'..='z').map(Key::Ctrl));
    keys.extend((1..=12).map(Key::F));
    keys.extend([
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Tab,
        Key::BackTab,
        Key::Enter,
        Key::Esc,
        Key::Backspace,
        Key::Delete,
    ]);
    keys
}

/// A way to a place of the wizard.
type Way = (&'static str, Box<dyn Fn() -> Played>);

fn at(page: Page) -> Played {
    let mut played = Played::new(Sample::el7(), Sample::answers());
    let peers = "[{name: app01, endpoint: 10.0.0.11:51820, address: 10.90.0.1, public-key: \
                 xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=}, {name: app03, address: 10.90.0.3, \
                 public-key: hIA3ikjlSOAo0qqrI+rXaS3ZH04nx7Q2YQ4m2Syz+XE=}]";
    let answers = &mut played.wizard.answers;
    answers.set_text("overlay.wireguard.peers", peers).unwrap();
    played.go(page);
    played
}

fn on(page: Page, item: &Item) -> Played {
    let mut played = at(page);
    while played.wizard.item().as_ref() != Some(item) {
        played.keys(&[Key::Down]);
    }
    played
}

fn button(page: Page, at_button: usize) -> Played {
    let mut played = at(page);
    played.wizard.focus = Focus::Button(at_button);
    played
}

fn ways() -> Vec<Way> {
    let way = |name, make: fn() -> Played| -> Way { (name, Box::new(make)) };
    vec![
        way("earlier run", || {
            let mut host = Sample::el7();
            host.earlier = Some(Sample::earlier(Some(Sample::answers())));
            let mut played = Played::new(host, Answers::default());
            played.keys(&[Key::Down]);
            played
        }),
        way("host", || on(Page::Host, &Item::Finding(1))),
        way("host, a button", || button(Page::Host, 1)),
        way("host, a waived check", || {
            let mut played = on(Page::Host, &Item::Finding(3));
            played.wizard.waive();
            played.words("on purpose");
            played.keys(&[Key::Down, Key::Down, Key::Enter]);
            assert!(played.wizard.waiver_here().is_some());
            played
        }),
        way("needs, yes or no", || {
            on(Page::Needs, &Item::Field("airgap"))
        }),
        way("needs, some words", || {
            on(Page::Needs, &Item::Field("needs.vendor-kinds"))
        }),
        way("needs, a number", || {
            on(Page::Needs, &Item::Field("needs.nodes"))
        }),
        way("scheduler", || {
            let mut played = at(Page::Scheduler);
            played.wizard.cursors.insert(Page::Scheduler, 1);
            played
        }),
        way("overlay", || {
            let mut played = at(Page::Overlay);
            played.wizard.cursors.insert(Page::Overlay, 1);
            played
        }),
        way("overlay, the first button", || button(Page::Overlay, 0)),
        way("settings, a text", || {
            on(Page::Settings, &Item::Field("overlay.address"))
        }),
        way("settings, a choice", || {
            on(Page::Settings, &Item::Field("firewall"))
        }),
        way("settings, a secret", || {
            on(
                Page::Settings,
                &Item::Field("overlay.wireguard.private-key"),
            )
        }),
        way("settings, the peers", || {
            on(Page::Settings, &Item::Field("overlay.wireguard.peers"))
        }),
        way("settings, a peer", || {
            on(Page::Settings, &Item::Record("overlay.wireguard.peers", 0))
        }),
        way("interface", || {
            on(Page::Interface, &Item::Interface("eth1".into()))
        }),
        way("plan", || on(Page::Plan, &Item::Step(1))),
        way("plan, refused", || {
            let mut played = at(Page::Settings);
            played.wizard.answers.unset("overlay.address");
            played.go(Page::Plan);
            if let Some(Err(troubles)) = &mut played.wizard.planned {
                let other = troubles[0].clone();
                troubles.extend([other.clone(), other]);
            }
            played.keys(&[Key::Down]);
            played
        }),
        way("plan, Apply", || button(Page::Plan, 4)),
        way("plan, the host's name", || {
            let mut played = at(Page::Plan);
            if let Some(Ok(planned)) = &mut played.wizard.planned {
                planned.steps[2].undo = None;
            }
            played.wizard.focus = Focus::Button(4);
            played.words("ap");
            played.keys(&[Key::Left]);
            played
        }),
        way("apply", || at(Page::Apply)),
        way("done", || {
            let mut played = at(Page::Apply);
            played.tell(Msg::Finished(Box::new(sample::finished(1))));
            played.keys(&[Key::BackTab]);
            played
        }),
        way("a failed step", || {
            let mut played = at(Page::Apply);
            let error = "no\n".repeat(40);
            played.tell(Msg::StepFailed {
                step: 1,
                title: "Bring up wg0".into(),
                error,
            });
            let _ = played.screen(80, 24);
            played.keys(&[Key::PageDown, Key::Down]);
            played
        }),
        way("the question whether to quit", || {
            let mut played = at(Page::Host);
            played.keys(&[Key::Ctrl('c')]);
            played
        }),
        way("the question whether to stop", || {
            let mut played = at(Page::Apply);
            played.keys(&[Key::Ctrl('c')]);
            played
        }),
        way("the help", || {
            let mut played = at(Page::Plan);
            played.keys(&[Key::F(1)]);
            let _ = played.screen(60, 16);
            played.keys(&[Key::PageDown]);
            let _ = played.screen(60, 16);
            played.keys(&[Key::Up]);
            played
        }),
        way("the log", || {
            let mut played = at(Page::Apply);
            for n in 0..200 {
                played.tell(Msg::Log(format!("line {n}")));
            }
            played.keys(&[Key::Char('l')]);
            let _ = played.screen(80, 24);
            played.keys(&[Key::PageUp, Key::PageUp]);
            played
        }),
        way("a path", || {
            let mut played = at(Page::Plan);
            played.keys(&[Key::Ctrl('o'), Key::Left]);
            played
        }),
    ]
}

/// The model without the text under the body, and without what no key changes.
fn state(mut wizard: Wizard) -> String {
    wizard.note = None;
    wizard.judged = None;
    format!("{wizard:?}")
}

/// Whether a key does anything: with the model, or outside.
fn works(wizard: &Wizard, before: &str, key: Key) -> bool {
    let mut after = wizard.clone();
    let effects = after.update(Msg::Key(key));
    !effects.is_empty() || state(after) != before
}

/// Keys that do nothing where they are listed, since the place is at its end
/// already, or the field has no such text.
fn at_an_end(name: &str, key: Key) -> bool {
    match name {
        // Nothing to scroll to, and nothing right of the last button.
        _ if matches!(key, Key::PageUp | Key::PageDown) => true,
        "done" => matches!(key, Key::Left | Key::Char('h') | Key::Enter),
        "plan, Apply" => matches!(key, Key::Right | Key::Char('l')),
        // It is the last one; it is no already; the name is not typed in full.
        "host, a waived check" => matches!(key, Key::End | Key::Char('G')),
        "needs, yes or no" => key == Key::Char('n'),
        "plan, the host's name" => key == Key::Enter,
        "settings, a text" => matches!(key, Key::End | Key::Ctrl('e') | Key::Delete | Key::Right),
        "needs, a number" => matches!(key, Key::End | Key::Ctrl('e') | Key::Delete | Key::Right),
        "a path" => matches!(key, Key::Tab),
        // It is not chosen: ruled out.
        "scheduler" => matches!(key, Key::Enter | Key::Char(' ')),
        _ => false,
    }
}

#[test]
fn the_help_lists_the_keys_that_work_and_no_others() {
    let mut wrong = Vec::new();
    for (name, make) in ways() {
        let played = make();
        let before = state(played.wizard.clone());
        let typing = played.wizard.focused_text();
        let listed: Vec<Key> = played
            .wizard
            .bindings()
            .iter()
            .flat_map(|binding| binding.keys.iter().map(|(key, _)| *key))
            .collect();
        for key in all_keys() {
            if typing && matches!(key, Key::Char(_)) {
                continue;
            }
            // These three work in dialogs, too, where they are not said again.
            let everywhere = matches!(key, Key::Ctrl('l' | 't' | 'z'));
            if everywhere && !played.wizard.dialogs.is_empty() {
                continue;
            }
            let (is_listed, does) = (listed.contains(&key), works(&played.wizard, &before, key));
            if does && !is_listed {
                wrong.push(format!("{name}: {key:?} works and is not listed"));
            } else if is_listed && !does && !at_an_end(name, key) {
                wrong.push(format!("{name}: {key:?} is listed and does nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_help_of_each_page_names_each_key_of_the_row() {
    for (name, make) in ways() {
        let mut played = make();
        if !played.wizard.dialogs.is_empty() {
            continue;
        }
        let row = played.wizard.keys();
        played.keys(&[Key::F(1)]);
        let Some(Dialog::Info { paras, .. }) = played.wizard.dialogs.last() else {
            panic!("{name}: no help");
        };
        for (text, _) in row {
            let key = text.split(' ').next().unwrap();
            let lines = paras.iter().filter(|para| !para.text.is_empty());
            let mut named = lines.filter(|para| para.lead.trim() == key);
            assert!(named.next().is_some(), "{name}: {key}: {paras:?}");
        }
    }
}
