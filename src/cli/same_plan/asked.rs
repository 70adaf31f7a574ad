//! Answering wishes to the questions of line mode, and of plain mode.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use super::{Wishes, text};
use crate::answers::questions::{self, Kind, Question};
use crate::answers::{Answers, Secret};
use crate::answers::{SecretRef, Value};
use crate::ui::backend::Backend;
use crate::ui::ladder::{Circumstances, FrontEnd, Wanted, choose};
use crate::ui::prompt::line::Line;
use crate::ui::prompt::walk::walk;
use crate::ui::prompt::{Ask, Opt, Prompter, Reply};
use crate::ui::wizard::Ending;

/// What is still to be typed.
#[derive(Clone, Default)]
struct Keyboard(Rc<RefCell<VecDeque<u8>>>);

impl Read for Keyboard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut waiting = self.0.borrow_mut();
        let count = buffer.len().min(waiting.len());
        for place in buffer.iter_mut().take(count) {
            *place = waiting.pop_front().unwrap_or_default();
        }
        Ok(count)
    }
}

/// Line mode, with somebody who types what is wished.
pub fn save_in_line(backend: &mut dyn Backend, answers: Answers, wishes: &Wishes, path: &str) {
    let keyboard = Keyboard::default();
    let mut said = Vec::new();
    let line = Line::new(BufReader::new(keyboard.clone()), &mut said, true, false);
    let mut clerk = Clerk::new(wishes, path, Some((Box::new(line), keyboard)));
    done(backend, answers, &mut clerk, path);
}

/// What plain mode does once inquire has the answers.
pub fn save_in_plain(backend: &mut dyn Backend, answers: Answers, wishes: &Wishes, path: &str) {
    let mut clerk = Clerk::new(wishes, path, None);
    done(backend, answers, &mut clerk, path);
}

fn done(backend: &mut dyn Backend, answers: Answers, clerk: &mut Clerk<'_>, path: &str) {
    let chosen = choose(&Circumstances {
        wanted: Wanted::Only(FrontEnd::Line),
        ..Circumstances::default()
    })
    .unwrap();
    let left = walk(backend, clerk, answers, &chosen).unwrap();
    let saved = Some(path.to_owned());
    assert_eq!(left.ending, Ending::Quit { saved });
}

type Asker<'a> = (Box<dyn Prompter + 'a>, Keyboard);

/// Knows the answer to each question. With line mode behind it, it types it.
struct Clerk<'a> {
    wishes: &'a Wishes,
    path: &'a str,
    line: Option<Asker<'a>>,
    /// The question whose records are given, and how many were.
    records: Option<(&'static Question, usize)>,
    /// What the question about where a secret comes from leads to.
    next: Option<String>,
    saved: bool,
}

impl<'a> Clerk<'a> {
    fn new(wishes: &'a Wishes, path: &'a str, line: Option<Asker<'a>>) -> Self {
        Self {
            wishes,
            path,
            line,
            records: None,
            next: None,
            saved: false,
        }
    }

    /// The value that a question is about, and what is wished for it.
    fn wished(&self, ask: &Ask) -> Option<Value> {
        let of_id = ask.why.iter().find_map(|why| why.strip_prefix("Answer: "));
        if let Some(id) = of_id {
            return self.wishes.value(id);
        }
        if let (Some((question, given)), Some(prompt)) =
            (self.records, ask.question.strip_prefix("  "))
            && let Kind::Records { fields, .. } = question.kind
        {
            let prompt = prompt.trim_end_matches(" (may be left out)");
            let field = fields.iter().find(|field| field.prompt == prompt).unwrap();
            let records = self.wishes.value(question.id)?;
            return records.items().get(given - 1)?.field(field.name).cloned();
        }
        let lists = ["scheduler", "overlay.kind", "interface.name"];
        let asked = |id: &&&str| questions::question(id).unwrap().prompt == ask.question;
        self.wishes.value(lists.iter().find(asked)?)
    }

    /// The name of the option that is wished; none: the default.
    fn option(&mut self, ask: &Ask, options: &[Opt]) -> Option<String> {
        let has = |name: &str| options.iter().any(|one| one.name == name);
        if has("save answers") {
            let first = !std::mem::replace(&mut self.saved, true);
            return Some(if first { "save answers" } else { "no" }.into());
        }
        if ask.question.starts_with("Change how changes are made") {
            return Some("yes".into());
        }
        if has("done") && has("add") {
            let id = ask
                .why
                .iter()
                .find_map(|why| why.strip_prefix("Answer: "))?;
            let question = questions::question(id).unwrap();
            let given = match self.records {
                Some((same, given)) if same.id == id => given,
                _ => 0,
            };
            let wanted = self.wishes.value(id).map_or(0, |value| value.items().len());
            if given == wanted {
                self.records = None;
                return None;
            }
            self.records = Some((question, given + 1));
            return Some("add".into());
        }
        match self.wished(ask)? {
            Value::Bool(yes) => Some(if yes { "yes" } else { "no" }.into()),
            Value::Secret(reference) => Some(match reference {
                SecretRef::Generate => "generate".into(),
                SecretRef::File(path) => {
                    self.next = Some(path.to_str().unwrap().into());
                    "file".into()
                }
                other => panic!("{other:?}"),
            }),
            other => Some(text(&other)),
        }
    }

    fn typed(&mut self, ask: &Ask) -> Option<String> {
        if ask.question.starts_with("Path") {
            return Some(self.path.to_owned());
        }
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        Some(text(&self.wished(ask)?))
    }
}

impl Prompter for Clerk<'_> {
    fn say(&mut self, text: &str) {
        assert!(!text.starts_with("Not taken"), "{text}");
        if let Some((line, _)) = &mut self.line {
            line.say(text);
        }
    }

    fn pick(&mut self, ask: &Ask, options: &[Opt], default: usize) -> Reply<usize> {
        let wished = self.option(ask, options);
        let find = |name: &String| options.iter().position(|one| one.name == *name);
        let at = wished.as_ref().map(|name| find(name).expect(name));
        if let Some((line, keyboard)) = &mut self.line {
            let typed = format!("{}\n", wished.unwrap_or_default());
            keyboard.0.borrow_mut().extend(typed.bytes());
            return line.pick(ask, options, default);
        }
        Reply::Given(at.unwrap_or(default))
    }

    fn text(&mut self, ask: &Ask, default: &str) -> Reply<String> {
        let wished = self.typed(ask);
        if let Some((line, keyboard)) = &mut self.line {
            let typed = format!("{}\n", wished.unwrap_or_default());
            keyboard.0.borrow_mut().extend(typed.bytes());
            return line.text(ask, default);
        }
        Reply::Given(wished.unwrap_or(default.to_owned()))
    }

    fn secret(&mut self, _: &Ask) -> Option<Reply<Secret>> {
        None
    }
}
