//! Asking one question after the other, without a full screen: line mode for
//! dumb terminals, screen readers and pipes, plain mode for ordinary terminals.
//! Both walk the same questions over the same backend.

pub mod guard;
pub mod line;
pub mod plain;
pub mod records;
mod visits;
pub mod walk;
pub mod watch;

use crate::ui::text::{width, wrap};

/// A question as it is put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The question, one line.
    pub question: String,
    /// What is said to `?`, a paragraph each.
    pub why: Vec<String>,
    /// Whether one can go back from here.
    pub back: bool,
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// Its name, which may be typed.
    pub name: String,
    /// What stands in a column of its own before the text.
    pub lead: String,
    /// More about it.
    pub text: String,
}

impl Opt {
    /// An answer.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            lead: String::new(),
            text: text.into(),
        }
    }

    /// The same with something in a column of its own.
    #[must_use]
    pub fn with_lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self
    }
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    /// An answer.
    Given(T),
    /// To the question before.
    Back,
    /// No more questions: end of input, or Ctrl-C.
    Stop,
}

/// Something that asks.
pub trait Prompter {
    /// Says something, wrapped to the terminal. Blanks at its beginning indent
    /// the next lines, too.
    fn say(&mut self, text: &str);
    /// Columns of a line.
    fn columns(&self) -> usize {
        80
    }
    /// How questions are answered, said once. Empty where that is shown with each.
    fn manual(&self) -> &'static str {
        ""
    }
    /// Says `text` after `lead`, its next lines below its first.
    fn hang(&mut self, lead: &str, text: &str) {
        let indent = width(lead);
        for (n, line) in wrap(text, self.columns().saturating_sub(indent).max(20))
            .iter()
            .enumerate()
        {
            match n {
                0 => self.say(&format!("{lead}{line}")),
                _ => self.say(&format!("{}{line}", " ".repeat(indent))),
            }
        }
    }
    /// Has one of `options` chosen; `default` is what Enter takes. The index.
    fn pick(&mut self, ask: &Ask, options: &[Opt], default: usize) -> Reply<usize>;
    /// Has a text typed; Enter alone takes `default`. What is typed may be
    /// anything: the caller checks it and asks again.
    fn text(&mut self, ask: &Ask, default: &str) -> Reply<String>;
    /// Has a secret typed without echo. None where that is not possible.
    fn secret(&mut self, ask: &Ask) -> Option<Reply<crate::answers::Secret>>;
}
