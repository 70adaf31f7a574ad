//! A writer for terminals with the eight colours of ECMA-48.
//!
//! crossterm writes every named colour as `ESC[38;5;Nm`, which the Linux
//! console of old kernels and many hardware terminals take for blinking or
//! nothing at all. This turns it into `ESC[3Nm` and lets all else through.

use std::io::{self, Write};

/// The longest sequence that is held back, in bytes. A longer one is none, and
/// goes out as it came.
const LONGEST: usize = 64;

/// The writer. Wrap the terminal in a [`std::io::BufWriter`] first: this one
/// writes in small pieces.
#[derive(Debug)]
pub struct Ansi8<W: Write> {
    inner: W,
    held: Vec<u8>,
    active: bool,
}

impl<W: Write> Ansi8<W> {
    /// A writer before `inner`; one that is not active changes nothing.
    pub fn new(inner: W, active: bool) -> Self {
        Self {
            inner,
            held: Vec::new(),
            active,
        }
    }

    fn byte(&mut self, byte: u8) -> io::Result<()> {
        const ESC: u8 = 0x1b;
        if self.held.is_empty() {
            if byte == ESC {
                self.held.push(byte);
                return Ok(());
            }
            return self.inner.write_all(&[byte]);
        }
        self.held.push(byte);
        let done = match self.held.len() {
            2 => byte != b'[',
            3..LONGEST => (0x40..=0x7e).contains(&byte),
            _ => true,
        };
        if !done {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let parameters = held
            .strip_prefix(b"\x1b[")
            .and_then(|rest| rest.strip_suffix(b"m"))
            .and_then(|rest| std::str::from_utf8(rest).ok())
            .filter(|text| !text.is_empty());
        match parameters {
            None => self.inner.write_all(&held),
            Some(text) => match rewrite(text) {
                empty if empty.is_empty() => Ok(()),
                text => write!(self.inner, "\x1b[{text}m"),
            },
        }
    }
}

/// The parameters of a colour sequence with eight colours: the bright ones are
/// the plain ones, in bold where they are in front.
fn rewrite(parameters: &str) -> String {
    let all: Vec<&str> = parameters.split(';').collect();
    let mut out: Vec<String> = Vec::new();
    let mut rest = all.as_slice();
    loop {
        rest = match rest {
            [] => break,
            [place @ ("38" | "48"), "5", number, after @ ..] => {
                if let Ok(number) = number.parse::<u8>() {
                    let front = *place == "38";
                    out.push((if front { 30 } else { 40 } + number % 8).to_string());
                    if front && (8..16).contains(&number) {
                        out.push("1".into());
                    }
                }
                after
            }
            // The colour of underlines.
            ["59", after @ ..] => after,
            [one, after @ ..] => {
                out.push((*one).into());
                after
            }
        };
    }
    out.join(";")
}

impl<W: Write> Write for Ansi8<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.active {
            return self.inner.write(bytes);
        }
        bytes.iter().try_for_each(|byte| self.byte(*byte))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn through(pieces: &[&[u8]], active: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Ansi8::new(&mut out, active);
        for piece in pieces {
            writer.write_all(piece).unwrap();
        }
        writer.flush().unwrap();
        out
    }

    #[test]
    fn colours_become_those_that_every_terminal_has() {
        assert_eq!(rewrite("38;5;0;48;5;6"), "30;46");
        assert_eq!(rewrite("38;5;9"), "31;1");
        assert_eq!(rewrite("48;5;9"), "41");
        assert_eq!(rewrite("0;59"), "0");
        assert_eq!(rewrite("7"), "7");
        assert_eq!(rewrite("38;5"), "38;5");
        assert_eq!(rewrite("38;5;999;1"), "1");
    }

    #[test]
    fn all_else_passes_untouched_in_whatever_pieces() {
        let bytes = b"a\x1b[2J\x1b[1;38;5;2mgr\xc3\xbcn\x1b[39m\x1b7\x1b[m";
        let wanted = b"a\x1b[2J\x1b[1;32mgr\xc3\xbcn\x1b[39m\x1b7\x1b[m";
        assert_eq!(through(&[bytes], true), wanted);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(through(&single, true), wanted);
        assert_eq!(through(&[bytes], false), bytes);
        assert_eq!(through(&[b"\x1b[59mx"], true), b"x");
    }

    #[test]
    fn what_is_no_sequence_is_not_held_for_ever() {
        let long = [b"\x1b[".as_slice(), &[b'1'; 200], b"end"].concat();
        assert_eq!(through(&[&long], true), long);
    }
}
