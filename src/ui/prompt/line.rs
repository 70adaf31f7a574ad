//! Line mode: numbered choices, one question a line, no cursor movement, no
//! time-outs, nothing but ASCII where the terminal has no more.

use std::io::{BufRead, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use zeroize::{Zeroize, Zeroizing};

use super::{Ask, Opt, Prompter, Reply};
use crate::answers::Secret;
use crate::judge::text::plain;
use crate::ui::text::{clean, pad, width, wrap};

/// Columns of a line, where nothing else is said.
const COLUMNS: usize = 80;
/// The longest line that is read, in bytes. A longer one is cut.
const LONGEST: u64 = 64 * 1024;

/// Asks over a reader and a writer.
pub struct Line<R: BufRead, W: Write> {
    input: R,
    output: W,
    ascii: bool,
    /// Standard input is a terminal, whose echo can be switched off.
    tty: bool,
    gone: bool,
    columns: usize,
}

impl<R: BufRead, W: Write> Line<R, W> {
    /// A prompter. `tty`: `input` is standard input, and a terminal.
    pub fn new(input: R, output: W, ascii: bool, tty: bool) -> Self {
        Self {
            input,
            output,
            ascii,
            tty,
            gone: false,
            columns: COLUMNS,
        }
    }

    /// The same for a terminal with so many columns.
    #[must_use]
    pub fn on(mut self, columns: u16) -> Self {
        if columns > 0 {
            self.columns = usize::from(columns).clamp(20, COLUMNS);
        }
        self
    }

    fn shown(&self, text: &str) -> String {
        if self.ascii { plain(text) } else { clean(text) }
    }

    fn put(&mut self, text: &str) {
        let done = self.output.write_all(text.as_bytes());
        // Nobody reads any more: then nobody answers either.
        self.gone |= done.and_then(|()| self.output.flush()).is_err();
    }

    /// A line without its end; none at the end of input.
    fn read(&mut self) -> Option<String> {
        if self.gone {
            return None;
        }
        let mut bytes = Vec::new();
        let mut limited = std::io::Read::take(&mut self.input, LONGEST);
        let read = limited.read_until(b'\n', &mut bytes);
        if !matches!(read, Ok(n) if n > 0) {
            self.gone = true;
            self.put("\nEnd of input.\n");
            self.gone = true;
            return None;
        }
        let line = String::from_utf8_lossy(&bytes).trim().to_owned();
        if !self.tty {
            // Nobody pressed Enter, which would have ended the line.
            self.put("\n");
        }
        bytes.zeroize();
        Some(line)
    }

    fn why(&mut self, ask: &Ask) {
        if ask.why.is_empty() {
            self.put("  Nothing more is known about it.\n");
        }
        for text in &ask.why {
            self.say(&format!("  {text}"));
        }
    }

    fn hints(&self, ask: &Ask) -> &'static str {
        match (ask.back, ask.why.is_empty()) {
            (true, false) => ", ? for why, b for back",
            (true, true) => ", b for back",
            (false, false) => ", ? for why",
            (false, true) => "",
        }
    }
}

impl<R: BufRead, W: Write> Prompter for Line<R, W> {
    fn say(&mut self, text: &str) {
        let indent = text.len() - text.trim_start_matches(' ').len();
        let blanks = " ".repeat(indent.min(self.columns / 2));
        let text = self.shown(text);
        // What fits keeps its columns.
        if width(&text) <= self.columns {
            self.put(&format!("{}\n", text.trim_end()));
            return;
        }
        let lines = wrap(&text, self.columns - blanks.len());
        let all: String = lines
            .iter()
            .map(|line| format!("{}\n", format!("{blanks}{line}").trim_end()))
            .collect();
        self.put(&all);
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn manual(&self) -> &'static str {
        "Each question ends with an answer in brackets, which Enter alone takes. ? tells why it \
         is asked, b goes back to the one before."
    }

    fn pick(&mut self, ask: &Ask, options: &[Opt], default: usize) -> Reply<usize> {
        self.say(&ask.question);
        let names = options
            .iter()
            .map(|one| width(&one.name))
            .max()
            .unwrap_or(0)
            .min(24);
        let leads = options
            .iter()
            .map(|one| width(&one.lead))
            .max()
            .unwrap_or(0)
            .min(24);
        for (n, option) in options.iter().enumerate() {
            // A name is never cut: it may be typed.
            let name = if option.text.is_empty() || width(&option.name) > names {
                option.name.clone()
            } else {
                pad(&option.name, names)
            };
            let mut lead = format!("{:>3}  {name}", n + 1);
            if leads > 0 {
                lead = format!("{lead}  {}", pad(&option.lead, leads));
            }
            let room = self.columns.saturating_sub(width(&lead) + 2).max(20);
            let text = self.shown(&option.text);
            for (n, line) in wrap(&text, room).iter().enumerate() {
                let lead = if n == 0 {
                    self.shown(&lead)
                } else {
                    " ".repeat(width(&lead))
                };
                self.put(&format!("{}\n", format!("{lead}  {line}").trim_end()));
            }
        }
        loop {
            let hints = self.hints(ask);
            self.put(&format!("Number, name{hints} [{}]: ", default + 1));
            let Some(line) = self.read() else {
                return Reply::Stop;
            };
            match line.as_str() {
                "" => return Reply::Given(default),
                "?" => self.why(ask),
                "b" if ask.back => return Reply::Back,
                text => {
                    let number = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                    let number = number.filter(|n| *n < options.len());
                    match number.or_else(|| named(options, text)) {
                        Some(at) => return Reply::Given(at),
                        None => self.say(&format!(
                            "Not one of these: {text}. Type a number from 1 to {}, or a name.",
                            options.len()
                        )),
                    }
                }
            }
        }
    }

    fn text(&mut self, ask: &Ask, default: &str) -> Reply<String> {
        loop {
            let hints = self.hints(ask);
            let question = self.shown(ask.question.trim_end_matches(':'));
            let shown = match default {
                "" => "empty".to_owned(),
                default => self.shown(default),
            };
            let hints = hints
                .strip_prefix(", ")
                .map(|hints| format!(" ({hints})"))
                .unwrap_or_default();
            let prompt = format!("{question}{hints} [{shown}]: ");
            if width(&prompt) > self.columns {
                let hints = hints.trim_start();
                self.put(&format!("{question}\n  {hints} [{shown}]: "));
            } else {
                self.put(&prompt);
            }
            let Some(line) = self.read() else {
                return Reply::Stop;
            };
            match line.as_str() {
                "" => return Reply::Given(default.to_owned()),
                "?" => self.why(ask),
                "b" if ask.back => return Reply::Back,
                text => return Reply::Given(text.to_owned()),
            }
        }
    }

    fn secret(&mut self, ask: &Ask) -> Option<Reply<Secret>> {
        if !self.tty {
            return None;
        }
        let stdin = std::io::stdin();
        let before = tcgetattr(stdin.as_fd()).ok()?;
        let mut silent = before.clone();
        // Ctrl-C comes as a character, too: a signal would end the program with
        // the echo still off.
        let flags = LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG;
        silent.local_flags.remove(flags);
        let question = self.shown(&ask.question);
        self.put(&format!("{question} (not shown): "));
        tcsetattr(stdin.as_fd(), SetArg::TCSAFLUSH, &silent).ok()?;
        let typed = hidden_line(&mut self.input);
        // What was typed is read; a terminal that is gone has no echo either.
        let _ = tcsetattr(stdin.as_fd(), SetArg::TCSAFLUSH, &before);
        self.put("\n");
        Some(typed.map_or(Reply::Stop, Reply::Given))
    }
}

/// The one of these names that was typed: as a whole, or so much of it that it
/// can be no other.
fn named(options: &[Opt], typed: &str) -> Option<usize> {
    let same = |one: &Opt| one.name.eq_ignore_ascii_case(typed);
    if let Some(at) = options.iter().position(same) {
        return Some(at);
    }
    let begins = |one: &Opt| {
        let start = one.name.get(..typed.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(typed))
    };
    let mut all = options.iter().enumerate().filter(|(_, one)| begins(one));
    match (all.next(), all.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

/// A line that is typed without echo and without the terminal's own editing.
/// None at the end of input, and at Ctrl-C.
fn hidden_line(input: &mut impl BufRead) -> Option<Secret> {
    const CTRL_C: u8 = 3;
    const CTRL_D: u8 = 4;
    const CTRL_U: u8 = 21;
    // Large enough not to be moved, which would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    loop {
        let mut byte = [0];
        if !matches!(input.read(&mut byte), Ok(1)) {
            return None;
        }
        match byte {
            [b'\n' | b'\r'] => break,
            [CTRL_C] => return None,
            [CTRL_D] if bytes.is_empty() => return None,
            [CTRL_U] => bytes.clear(),
            // A character of several bytes goes as a whole.
            [8 | 127] => while bytes.pop().is_some_and(|last| last & 0xc0 == 0x80) {},
            [byte] if bytes.len() < 1024 => bytes.push(byte),
            _ => {}
        }
    }
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    Some(Secret::new(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Opt, hidden_line, named};

    #[test]
    fn a_name_may_be_cut_as_long_as_it_is_one_name() {
        let options = ["no", "yes", "save plan", "save answers"].map(|name| Opt::new(name, ""));
        assert_eq!(named(&options, "YES"), Some(1));
        assert_eq!(named(&options, "y"), Some(1));
        assert_eq!(named(&options, "save"), None);
        assert_eq!(named(&options, "save a"), Some(3));
        assert_eq!(named(&options, "maybe"), None);
        assert_eq!(named(&options, "\u{e4}"), None);
    }

    fn typed(bytes: &[u8]) -> Option<String> {
        let secret = hidden_line(&mut std::io::Cursor::new(bytes));
        secret.map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_hidden_line_can_be_mended_and_left() {
        assert_eq!(typed(b"canary\nmore").as_deref(), Some("canary"));
        assert_eq!(
            typed(b"wrong\x15can\xc3\xa4\x7farx\x08y\r").as_deref(),
            Some("canary")
        );
        assert_eq!(typed(b"secret\x03\n"), None);
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"no end"), None);
    }
}
