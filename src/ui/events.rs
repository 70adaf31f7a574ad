//! What is typed and pasted, as messages for the wizard.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::wizard::Msg;
use super::wizard::key::Key;

/// As many events are taken at once: a text that is pasted where the terminal
/// does not mark it comes as a thousand keys, and one frame is enough for them.
const AT_ONCE: usize = 1024;
/// How long after an escape character what follows it still belongs to it. On a
/// slow or shared line the three bytes of an arrow key may come one by one, and
/// an arrow must not become Esc, `[` and `A`. ncurses waits for a second
/// (`ESCDELAY`), which is felt; tmux, for half of one until 3.5, now 10 ms.
const TOGETHER: Duration = Duration::from_millis(60);
/// The longest sequence that is put together again, in characters.
const LONGEST: usize = 6;

/// What comes from the terminal, in order.
#[derive(Debug, Default)]
pub struct Events {
    joiner: Joiner,
}

impl Events {
    /// The keys and pasted texts that came, after waiting for it for at most `wait`.
    ///
    /// # Errors
    /// When the terminal has hung up.
    pub fn hear(&mut self, wait: Duration) -> io::Result<Vec<Msg>> {
        let mut heard = Vec::new();
        let mut keys = Vec::new();
        if has_input(wait)? {
            for _ in 0..AT_ONCE {
                let now = Instant::now();
                match event::read()? {
                    Event::Key(event) => {
                        let key = Key::of(event);
                        keys.extend(key.into_iter().flat_map(|key| self.joiner.key(key, now)));
                    }
                    Event::Paste(text) => {
                        keys.extend(self.joiner.rest());
                        heard.extend(keys.drain(..).map(Msg::Key));
                        heard.push(Msg::Paste(text));
                    }
                    // A change of size is heard of as a signal.
                    _ => {}
                }
                if !event::poll(Duration::ZERO)? {
                    break;
                }
            }
        }
        keys.extend(self.joiner.late(Instant::now()));
        heard.extend(keys.into_iter().map(Msg::Key));
        Ok(heard)
    }
}

/// Whether an event can be read, after waiting for one for a while.
///
/// crossterm reads on for ever once the terminal has hung up, so that is looked
/// for first.
fn has_input(wait: Duration) -> io::Result<bool> {
    let stdin = io::stdin();
    let look = |wait: Duration| -> io::Result<()> {
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        let wait = PollTimeout::try_from(wait).unwrap_or(PollTimeout::ZERO);
        match poll(&mut fds, wait) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        let [fd] = fds;
        if fd.revents().is_some_and(|events| events.intersects(gone)) {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "it has hung up"));
        }
        Ok(())
    };
    look(Duration::ZERO)?;
    // What was read before and a change of size are there without any input.
    if event::poll(Duration::ZERO)? {
        return Ok(true);
    }
    look(wait)?;
    event::poll(Duration::ZERO)
}

/// Whether the terminal has sent on what was written before: on a serial line
/// more would only queue up behind it, and be out of date when it is shown.
pub fn is_free() -> bool {
    let stdout = io::stdout();
    let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
    match poll(&mut fds, PollTimeout::ZERO) {
        Ok(ready) => ready > 0,
        // Writing tells what is the matter.
        Err(_) => true,
    }
}

/// Puts the keys together whose bytes came one by one.
#[derive(Debug, Default)]
struct Joiner {
    /// Escape and what followed it.
    held: Vec<Key>,
    last: Option<Instant>,
}

impl Joiner {
    /// Takes a key; those that are certain now.
    fn key(&mut self, key: Key, now: Instant) -> Vec<Key> {
        let mut out = self.late(now);
        let belongs = match (self.held.as_slice(), key) {
            ([], Key::Esc) | ([_], Key::Char('[' | 'O')) => true,
            ([_, Key::Char('[')], Key::Char(c)) => c.is_ascii_graphic(),
            ([_, Key::Char('['), ..], Key::Char(c)) => c.is_ascii_graphic(),
            ([_, Key::Char('O')], Key::Char(c)) => c.is_ascii_uppercase(),
            _ => false,
        };
        if !belongs {
            out.extend(self.rest());
            if key == Key::Esc {
                self.held.push(key);
                self.last = Some(now);
            } else {
                out.push(key);
            }
            return out;
        }
        self.held.push(key);
        self.last = Some(now);
        if let Some(whole) = whole(&self.held) {
            self.held.clear();
            out.extend(whole);
        } else if self.held.len() > LONGEST {
            out.extend(self.rest());
        }
        out
    }

    /// Those whose time is over: they were what they seemed to be.
    fn late(&mut self, now: Instant) -> Vec<Key> {
        match self.last {
            Some(last) if now.saturating_duration_since(last) < TOGETHER => Vec::new(),
            _ => self.rest(),
        }
    }

    fn rest(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.held)
    }
}

/// The key of a sequence that is at its end: some, or none that is known.
fn whole(held: &[Key]) -> Option<Option<Key>> {
    let text: String = held
        .iter()
        .skip(1)
        .filter_map(|key| match key {
            Key::Char(c) => Some(*c),
            _ => None,
        })
        .collect();
    let (lead, rest) = text.split_at_checked(1)?;
    let last = rest.chars().last()?;
    if lead == "[" && !('@'..='~').contains(&last) {
        return None;
    }
    Some(match rest {
        "A" => Some(Key::Up),
        "B" => Some(Key::Down),
        "C" => Some(Key::Right),
        "D" => Some(Key::Left),
        "H" | "1~" | "7~" => Some(Key::Home),
        "F" | "4~" | "8~" => Some(Key::End),
        "Z" => Some(Key::BackTab),
        "3~" => Some(Key::Delete),
        "5~" => Some(Key::PageUp),
        "6~" => Some(Key::PageDown),
        "P" | "11~" => Some(Key::F(1)),
        "Q" | "12~" => Some(Key::F(2)),
        "15~" => Some(Key::F(5)),
        "21~" => Some(Key::F(10)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys with milliseconds since the start; those that came out, at the end
    /// the late ones, too.
    fn joined(keys: &[(Key, u64)]) -> Vec<Key> {
        let start = Instant::now();
        let mut joiner = Joiner::default();
        let mut out = Vec::new();
        for (key, at) in keys {
            out.extend(joiner.key(*key, start + Duration::from_millis(*at)));
        }
        out.extend(joiner.late(start + Duration::from_secs(60)));
        out
    }

    #[test]
    fn an_arrow_that_comes_in_pieces_is_no_escape() {
        let c = Key::Char;
        let arrow = joined(&[(Key::Esc, 0), (c('['), 30), (c('B'), 60)]);
        assert_eq!(arrow, [Key::Down]);
        let page = joined(&[(Key::Esc, 0), (c('['), 9), (c('5'), 18), (c('~'), 27)]);
        assert_eq!(page, [Key::PageUp]);
        let vt100 = joined(&[(Key::Esc, 0), (c('O'), 9), (c('A'), 18)]);
        assert_eq!(vt100, [Key::Up]);
        let unknown = joined(&[(Key::Esc, 0), (c('['), 9), (c('X'), 18), (c('y'), 20)]);
        assert_eq!(unknown, [c('y')]);
    }

    #[test]
    fn escape_alone_stays_escape() {
        let c = Key::Char;
        assert_eq!(joined(&[(Key::Esc, 0)]), [Key::Esc]);
        assert_eq!(
            joined(&[(Key::Esc, 0), (Key::Esc, 5)]),
            [Key::Esc, Key::Esc]
        );
        // By hand, one after the other.
        let by_hand = joined(&[(Key::Esc, 0), (c('['), 200), (c('A'), 400)]);
        assert_eq!(by_hand, [Key::Esc, c('['), c('A')]);
        assert_eq!(joined(&[(Key::Esc, 0), (c('x'), 5)]), [Key::Esc, c('x')]);
        assert_eq!(joined(&[(c('['), 0), (c('A'), 1)]), [c('['), c('A')]);
    }
}
