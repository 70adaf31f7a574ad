//! Plain mode: prompts with cursor movement that stay in the scrollback.

use crossterm::terminal::{Clear, ClearType};
use inquire::error::InquireError;
use inquire::list_option::ListOption;
use inquire::ui::RenderConfig;
use inquire::{Password, PasswordDisplayMode, Select, Text, set_global_render_config};

use super::{Ask, Opt, Prompter, Reply};
use crate::answers::Secret;
use crate::judge::text::plain;
use crate::ui::ladder::{Chosen, Colours, Glyphs, window_size};
use crate::ui::text::{clean, fit, pad, width, wrap};

/// Columns of a line, at most.
const COLUMNS: usize = 80;

/// Asks with inquire.
#[derive(Debug)]
pub struct Plain {
    ascii: bool,
}

/// What is typed to be told why.
const WHY: &str = "?";

fn reply<T>(result: Result<Option<T>, InquireError>) -> Reply<T> {
    match result {
        Ok(Some(value)) => Reply::Given(value),
        Ok(None) => Reply::Back,
        // Ctrl-C, or a terminal that is gone. The hint below the question is
        // still there.
        Err(_) => {
            let _ = crossterm::execute!(std::io::stdout(), Clear(ClearType::FromCursorDown));
            Reply::Stop
        }
    }
}

impl Plain {
    /// Prompts with the look that was chosen.
    pub fn new(chosen: &Chosen) -> Self {
        // inquire writes colours as `ESC[38;5;Nm`, which terminals with eight
        // take for something else. Nothing is told by them alone.
        set_global_render_config(match chosen.colours {
            Colours::Sixteen => RenderConfig::default_colored(),
            Colours::Eight | Colours::Mono => RenderConfig::empty(),
        });
        Self {
            ascii: chosen.glyphs == Glyphs::Ascii,
        }
    }

    fn shown(&self, text: &str) -> String {
        if self.ascii { plain(text) } else { clean(text) }
    }

    fn help(ask: &Ask) -> String {
        let first = ask.why.first().map(|why| fit(why, 60)).unwrap_or_default();
        let back = if ask.back { "Esc: back" } else { "" };
        [first.as_str(), back]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Prints a line. A terminal that is gone stops nothing: the next question finds
/// out (`println!` would panic).
fn put(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

impl Prompter for Plain {
    fn say(&mut self, text: &str) {
        let indent = text.len() - text.trim_start_matches(' ').len();
        let columns = self.columns();
        let blanks = " ".repeat(indent.min(columns / 2));
        let text = self.shown(text);
        // What fits keeps its columns.
        if width(&text) <= columns {
            put(text.trim_end());
            return;
        }
        for line in wrap(&text, columns - blanks.len()) {
            put(format!("{blanks}{line}").trim_end());
        }
    }

    fn columns(&self) -> usize {
        // It may change at any time.
        match window_size() {
            Some((columns, _)) if columns > 0 => usize::from(columns).clamp(20, COLUMNS),
            _ => COLUMNS,
        }
    }

    fn pick(&mut self, ask: &Ask, options: &[Opt], default: usize) -> Reply<usize> {
        let names = options
            .iter()
            .map(|one| width(&one.name))
            .max()
            .unwrap_or(0)
            .min(24);
        // A mark and its blank stand before it, and the edge stays free.
        let room = self.columns().saturating_sub(4);
        let line = |one: &Opt| {
            let lead = if one.lead.is_empty() {
                String::new()
            } else {
                format!("{}  ", pad(&one.lead, 19))
            };
            let line = format!("{}  {lead}{}", pad(&one.name, names), one.text);
            fit(&self.shown(&line), room)
        };
        let mut lines: Vec<String> = options.iter().map(line).collect();
        if !ask.why.is_empty() {
            lines.push("Why?".into());
        }
        // What stays in the scrollback is the name alone.
        let chosen = |one: ListOption<&String>| match options.get(one.index) {
            Some(option) => option.name.clone(),
            None => "why".to_owned(),
        };
        loop {
            let help = Self::help(ask);
            let mut select = Select::new(&ask.question, lines.clone())
                .with_starting_cursor(default)
                .with_formatter(&chosen);
            if !help.is_empty() {
                select = select.with_help_message(&help);
            }
            match reply(select.raw_prompt_skippable()) {
                Reply::Given(chosen) if chosen.index < options.len() => {
                    return Reply::Given(chosen.index);
                }
                Reply::Given(_) => {
                    for why in &ask.why {
                        self.say(&format!("  {why}"));
                    }
                }
                Reply::Back if ask.back => return Reply::Back,
                Reply::Back => {}
                Reply::Stop => return Reply::Stop,
            }
        }
    }

    fn text(&mut self, ask: &Ask, default: &str) -> Reply<String> {
        loop {
            let help = Self::help(ask);
            let default = clean(default);
            let mut text = Text::new(&ask.question);
            if !default.is_empty() {
                text = text.with_default(&default);
            }
            if !help.is_empty() {
                text = text.with_help_message(&help);
            }
            match reply(text.prompt_skippable()) {
                Reply::Given(typed) if typed.trim() == WHY => {
                    for why in &ask.why {
                        self.say(&format!("  {why}"));
                    }
                }
                Reply::Given(typed) => return Reply::Given(typed.trim().to_owned()),
                Reply::Back if ask.back => return Reply::Back,
                Reply::Back => {}
                Reply::Stop => return Reply::Stop,
            }
        }
    }

    fn secret(&mut self, ask: &Ask) -> Option<Reply<Secret>> {
        let password = Password::new(&ask.question)
            .with_display_mode(PasswordDisplayMode::Hidden)
            .without_confirmation();
        Some(match reply(password.prompt_skippable()) {
            Reply::Given(typed) => Reply::Given(Secret::new(typed)),
            Reply::Back => Reply::Back,
            Reply::Stop => Reply::Stop,
        })
    }
}
