//! What a script prints, watched: it is logged without its secrets, and a script
//! that prints for ever is told.
//!
//! A question that has no terminal to read from is asked again and again: 49,278
//! lines were measured in two seconds.

use std::collections::{HashMap, VecDeque};

use zeroize::Zeroizing;

use crate::facts::redact;

/// How often one line may come among the last [`WINDOW`].
const REPEATS: usize = 200;
/// How many lines are looked back at.
const WINDOW: usize = 1000;
/// Bytes that a script may print; an installation prints about 100,000.
const MOST: usize = 16 * 1024 * 1024;
/// Longest line that is kept, in bytes.
const LINE: usize = 4096;
/// Lines that are kept for what is told.
const TAIL: usize = 40;

/// Why a script was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It prints the same again and again.
    Repeats(String),
    /// It has printed too much.
    TooMuch,
}

/// The watch over what is printed.
pub struct Guard {
    secrets: Vec<Zeroizing<String>>,
    partial: Vec<u8>,
    bytes: usize,
    seen: HashMap<String, usize>,
    order: VecDeque<String>,
    tail: VecDeque<String>,
    /// Why it was stopped.
    pub stop: Option<Stop>,
}

impl Guard {
    /// A watch that takes these secrets out.
    pub fn new(secrets: Vec<Zeroizing<String>>) -> Self {
        Self {
            secrets,
            partial: Vec::new(),
            bytes: 0,
            seen: HashMap::new(),
            order: VecDeque::new(),
            tail: VecDeque::new(),
            stop: None,
        }
    }

    /// Takes what came; whether the script may go on.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.bytes = self.bytes.saturating_add(bytes.len());
        for &byte in bytes {
            if byte == b'\n' || byte == b'\r' {
                self.line();
            } else if self.partial.len() < LINE {
                self.partial.push(byte);
            }
            if self.stop.is_some() {
                return false;
            }
        }
        if self.bytes > MOST {
            self.stop = Some(Stop::TooMuch);
        }
        self.stop.is_none()
    }

    /// The last lines, the one that was not ended included.
    pub fn tail(&mut self) -> Vec<String> {
        if !self.partial.is_empty() {
            self.line();
        }
        self.tail.iter().cloned().collect()
    }

    fn line(&mut self) {
        let raw = Zeroizing::new(String::from_utf8_lossy(&self.partial).into_owned());
        self.partial.clear();
        let mut text = plain(&raw);
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret.as_str(), redact::REDACTED);
        }
        let text = redact::text(&text);
        let bare = text.trim();
        if bare.is_empty() {
            return;
        }
        log::info!("| {bare}");
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(bare.to_owned());
        if self.order.len() == WINDOW
            && let Some(old) = self.order.pop_front()
            && let Some(count) = self.seen.get_mut(&old)
        {
            *count -= 1;
            if *count == 0 {
                self.seen.remove(&old);
            }
        }
        self.order.push_back(bare.to_owned());
        let count = self.seen.entry(bare.to_owned()).or_insert(0);
        *count += 1;
        if *count > REPEATS {
            self.stop = Some(Stop::Repeats(bare.to_owned()));
        }
    }
}

/// A line without colours and other control characters.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            if chars.next_if_eq(&'[').is_some() {
                while chars.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
                chars.next();
            }
        } else if c == '\t' {
            out.push(' ');
        } else if !c.is_control() {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(vec![Zeroizing::new("hidden-canary".to_owned())])
    }

    #[test]
    fn a_question_that_is_asked_for_ever_is_stopped_early() {
        let mut guard = guard();
        let asked = b"Enter desired number (0-2): x.sh: line 44: /dev/tty: No such device\n";
        let rounds = (0..100_000).take_while(|_| guard.feed(asked)).count();
        assert_eq!(rounds, REPEATS);
        assert!(matches!(&guard.stop, Some(Stop::Repeats(line)) if line.starts_with("Enter")));
        // Two lines in turn are no better.
        let mut guard = self::guard();
        let rounds = (0..100_000)
            .take_while(|_| guard.feed(b"Daemon Address: \n/dev/tty: No such device\n"))
            .count();
        assert!(rounds < 2 * REPEATS, "{rounds}");
    }

    #[test]
    fn much_that_differs_passes_until_it_is_far_too_much() {
        let mut guard = guard();
        for number in 0..20_000 {
            assert!(guard.feed(format!("layer {number}: Pull complete\n\n\n").as_bytes()));
            assert!(number % 10 != 0 || guard.feed(b"Waiting\n"));
        }
        let line = [b'x'; 8192];
        let rounds = (0..10_000).take_while(|_| guard.feed(&line)).count();
        assert!(rounds < MOST / 8192);
        assert_eq!(guard.stop, Some(Stop::TooMuch));
    }

    #[test]
    fn secrets_and_colours_are_taken_out() {
        let mut guard = guard();
        guard
            .feed(b"\x1b[0;31mbad hidden-canary\x1b[0m\r\nReplicated secret token: other-canary\n");
        guard.feed(b"bash op.sh daemon-token=third-canary private-address=10.0.0.1\nlast");
        let tail = guard.tail();
        assert_eq!(tail[0], "bad [redacted]");
        assert_eq!(tail[3], "last");
        let all = tail.join("\n");
        assert!(
            !all.contains("canary") && all.contains("private-address"),
            "{all}"
        );
    }
}
