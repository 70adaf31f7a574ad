//! The full-screen wizard on a terminal: keys and signals become messages for
//! the model, and what the model wants done is done, slow work in a thread of
//! its own.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::backend::Backend;
use super::events::{Events, is_free};
use super::ladder::Chosen;
use super::screen::{Screen, give_back};
use super::signals::Signals;
use super::wizard::key::Key;
use super::wizard::{Effect, Ending, Job, Msg, Note, Wizard, explained};
use crate::answers::Answers;
use crate::apply::engine::{Choice, Event, Watch};
use crate::host;

/// How long keys are waited for before the other thread is looked at.
const WAIT: Duration = Duration::from_millis(50);
/// How often what shows the time is drawn again.
const BEAT: Duration = Duration::from_secs(1);
/// How often what a run tells is drawn: a command may write a thousand lines.
const NEWS: Duration = Duration::from_millis(250);

/// What the wizard came to.
#[derive(Debug)]
pub struct Left {
    /// How it was left.
    pub ending: Ending,
    /// The answers as they are then.
    pub answers: Answers,
}

/// What the terminal's thread does itself, or has done beside the work: it must not
/// wait for a run.
pub struct Aside<'a> {
    /// Ends the running command.
    pub stop_command: &'a dyn Fn(),
    /// Saves what support wants to see; where it is then.
    pub support: &'a (dyn Fn() -> Result<String, String> + Sync),
    /// Nothing may be changed.
    pub dry_run: bool,
}

/// Runs the wizard on this terminal.
///
/// # Errors
/// When the terminal cannot be set up. One that is gone later is no error: a run
/// that goes on is stopped before its next step, and how it ended is returned.
pub fn run(
    backend: &mut dyn Backend,
    answers: Answers,
    chosen: &Chosen,
    aside: &Aside<'_>,
) -> io::Result<Left> {
    let _ = writeln!(io::stdout(), "{}", chosen.first_line());
    let signals = Signals::catch_with_stop()?;
    let stop = AtomicBool::new(false);
    let hook = PanicHook::set();
    let (begin, begun) = channel();
    let (job_sender, jobs) = channel();
    let (sender, messages) = channel();
    let (reply, replies) = channel();
    // The log goes the way of the events, so that they stay in order.
    let log = sender.clone();
    host::log::to_listener(Box::new(move |line| drop(log.send(Msg::Log(line)))));
    let beside = sender.clone();
    let support = aside.support;
    let result = std::thread::scope(|scope| {
        let hook = &hook;
        let bundles = RefCell::new(Vec::new());
        let support = || {
            let sender = beside.clone();
            bundles.borrow_mut().push(scope.spawn(move || {
                let saved = catch_unwind(AssertUnwindSafe(support)).unwrap_or_else(|_| {
                    Err(format!("The support bundle broke down: {}", hook.text()))
                });
                // A wizard that is gone does not want to know.
                let _ = sender.send(Msg::Supported(saved.clone()));
                saved
            }));
        };
        let links = Links {
            begin,
            jobs: job_sender,
            messages,
            reply,
            stop: &stop,
            stop_command: aside.stop_command,
            support: &support,
            dry_run: aside.dry_run,
        };
        let worker = Worker {
            backend,
            sender,
            replies,
            stop: &stop,
        };
        scope.spawn(move || {
            // A wizard that never stood there wants nothing done.
            if begun.recv().is_ok() {
                worker.work(&jobs, hook);
            }
        });
        // The links go first: then the worker ends, and is waited for.
        let result = interact(&links, answers, chosen, &signals);
        give_back();
        drop(links);
        let mut result = result;
        let bundles = waited_for(bundles.into_inner());
        if let Ok(left) = &mut result {
            left.bundled(bundles);
        }
        result
    });
    drop(hook);
    // Nothing is left to do but to tell the end: a second hang-up must not take
    // the exit code away. Line mode goes on and is ended by signals again.
    if !matches!(&result, Ok(left) if left.ending == Ending::LineMode) {
        std::mem::forget(signals);
    }
    result
}

/// A bundle for support, or why there is none; whether it was waited for.
type Bundle = (bool, Result<String, String>);

/// The bundles for support, once they are put together.
fn waited_for(bundles: Vec<ScopedJoinHandle<'_, Result<String, String>>>) -> Vec<Bundle> {
    let late: Vec<bool> = bundles.iter().map(|one| !one.is_finished()).collect();
    if late.contains(&true) {
        let _ = writeln!(io::stdout(), "Waiting for the support bundle ...");
    }
    let joined = bundles.into_iter().map(ScopedJoinHandle::join);
    let both = late.into_iter().zip(joined);
    both.filter_map(|(late, joined)| Some((late, joined.ok()?)))
        .collect()
}

impl Left {
    /// Tells where the bundles for support are: among what a run saved, or at once.
    /// Why there is none was told by the wizard, where it did not leave before.
    fn bundled(&mut self, bundles: Vec<Bundle>) {
        for (late, bundle) in bundles {
            match (&mut self.ending, bundle) {
                (Ending::Finished(finished), Ok(bundle)) => finished.bundled(&bundle),
                (Ending::Finished(finished), Err(error)) if late => finished.next.push(error),
                (_, Err(_)) if !late => {}
                (_, Ok(text)) => drop(writeln!(io::stdout(), "Saved: {text}")),
                (_, Err(error)) => drop(writeln!(io::stdout(), "{error}")),
            }
        }
    }
}

/// What leads to the worker and back.
struct Links<'a> {
    begin: Sender<()>,
    jobs: Sender<Job>,
    messages: Receiver<Msg>,
    reply: Sender<Choice>,
    stop: &'a AtomicBool,
    stop_command: &'a dyn Fn(),
    support: &'a dyn Fn(),
    dry_run: bool,
}

fn interact(
    links: &Links<'_>,
    answers: Answers,
    chosen: &Chosen,
    signals: &Signals,
) -> io::Result<Left> {
    let mut screen = Screen::new(chosen)?;
    let mut wizard = Wizard::new(answers, screen.fit());
    wizard.dry_run = links.dry_run;
    let ending = match turns(links, &mut wizard, &mut screen, signals) {
        Err(error) if is_gone(&error) => links.alone(&wizard),
        other => other?,
    };
    let answers = wizard.answers;
    Ok(Left { ending, answers })
}

/// Whether the terminal is not there any more.
fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::EIO, Errno::ENXIO, Errno::EBADF].map(|errno| errno as i32);
    error.kind() == io::ErrorKind::BrokenPipe
        || error
            .raw_os_error()
            .is_some_and(|errno| gone.contains(&errno))
}

fn turns(
    links: &Links<'_>,
    wizard: &mut Wizard,
    screen: &mut Screen,
    signals: &Signals,
) -> io::Result<Ending> {
    let start = Instant::now();
    let mut events = Events::default();
    let mut drawn = Duration::ZERO;
    // When the next frame is due; none: nothing has changed.
    let mut due = None;
    screen.draw(wizard)?;
    // Nothing is looked at before the first frame stands there.
    links.begin();
    loop {
        let heard = events.hear(WAIT)?;
        let mut messages = heard;
        let mut urgent = !messages.is_empty();
        if signals.take_stop() {
            messages.push(Msg::Key(Key::Ctrl('z')));
        }
        messages.extend(signals.take().map(Msg::Terminate));
        if signals.take_continued() {
            screen.resume()?;
        }
        // Also where nobody told: the size may have been set while the program
        // was stopped.
        if signals.take_resized() || screen.is_forgotten() {
            let (columns, rows) = screen.fit();
            messages.push(Msg::Resize(columns, rows));
        }
        urgent |= !messages.is_empty();
        messages.extend(links.messages.try_iter());
        let is_news = |one: &Msg| matches!(one, Msg::Run(_) | Msg::Log(_) | Msg::LogFile(_));
        urgent |= !messages.iter().all(is_news);
        let now = start.elapsed();
        if !messages.is_empty() {
            let at = if urgent { now } else { drawn + NEWS };
            due = Some(due.map_or(at, |due: Duration| due.min(at)));
        } else if wizard.busy.is_some() || wizard.is_running() {
            due = due.or(Some(drawn + BEAT));
        }
        messages.insert(0, Msg::Tick(now));
        let mut stopped = false;
        for message in messages {
            for effect in wizard.update(message) {
                match effect {
                    Effect::Suspend if !host::signals::would_be_woken() => {
                        wizard.note = Some(Note {
                            text: "No shell with job control would wake it up again.".into(),
                            bad: true,
                            asks: false,
                        });
                    }
                    Effect::Suspend => {
                        suspend(screen, signals)?;
                        stopped = true;
                    }
                    effect => {
                        if let Some(ending) = links.carry_out(effect, screen) {
                            return Ok(ending);
                        }
                    }
                }
            }
        }
        // Who was stopped asks for the size first: it has changed unheard.
        if !stopped && due.is_some_and(|due| due <= now) && is_free() {
            screen.draw(wizard)?;
            drawn = now;
            due = None;
        }
    }
}

/// Stops the program as a shell expects it, and takes the terminal over again
/// when it goes on.
fn suspend(screen: &mut Screen, signals: &Signals) -> io::Result<()> {
    screen.leave();
    host::signals::stop_group()?;
    screen.resume()?;
    // Both are dealt with.
    signals.take_stop();
    signals.take_continued();
    Ok(())
}

impl Links<'_> {
    /// What becomes of the work once the terminal is gone: a run stops before its
    /// next step, and a step that fails is kept, since nobody can be asked.
    fn alone(&self, wizard: &Wizard) -> Ending {
        if !wizard.is_running() {
            return match &wizard.finished {
                Some(finished) => Ending::Finished(Box::new(finished.clone())),
                None => Ending::Signal(signal_hook::consts::SIGHUP),
            };
        }
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.reply.send(Choice::Keep);
        for message in &self.messages {
            match message {
                Msg::Finished(finished) => return Ending::Finished(finished),
                Msg::StepFailed { .. } => drop(self.reply.send(Choice::Keep)),
                Msg::Broken(why) => return Ending::Broken(why),
                _ => {}
            }
        }
        Ending::Broken("the run ended without a word".into())
    }

    /// Lets the worker begin.
    fn begin(&self) {
        let _ = self.begin.send(());
    }

    fn carry_out(&self, effect: Effect, screen: &mut Screen) -> Option<Ending> {
        match effect {
            Effect::Do(job) => {
                if matches!(job, Job::Apply | Job::Resume | Job::RollBack) {
                    self.stop.store(false, Ordering::Relaxed);
                }
                // A worker that is gone has said why.
                let _ = self.jobs.send(job);
            }
            Effect::Reply(choice) => {
                let _ = self.reply.send(choice);
            }
            Effect::Stop(stop) => self.stop.store(stop, Ordering::Relaxed),
            Effect::StopCommand => (self.stop_command)(),
            Effect::Support => (self.support)(),
            Effect::Suspend => {}
            Effect::Redraw => screen.forget(),
            Effect::Quit(ending) => return Some(ending),
        }
        None
    }
}

/// The thread that does what takes time.
struct Worker<'a> {
    backend: &'a mut dyn Backend,
    sender: Sender<Msg>,
    replies: Receiver<Choice>,
    stop: &'a AtomicBool,
}

impl Worker<'_> {
    fn work(mut self, jobs: &Receiver<Job>, hook: &PanicHook) {
        let done = catch_unwind(AssertUnwindSafe(|| {
            let banner = self.backend.banner();
            let earlier = Box::new(self.backend.earlier());
            self.say(Msg::Started(banner, earlier));
            for job in jobs {
                let answer = self.job(job);
                self.say(answer);
            }
        }));
        if done.is_err() {
            self.say(Msg::Broken(hook.text()));
        }
    }

    /// Says something to the wizard, which may be gone.
    fn say(&self, msg: Msg) {
        let _ = self.sender.send(msg);
    }

    fn job(&mut self, job: Job) -> Msg {
        let mut relay = Relay {
            sender: &self.sender,
            replies: &self.replies,
            stop: self.stop,
            told: false,
        };
        let backend = &mut *self.backend;
        match job {
            Job::Inspect(answers) => {
                let sender = &self.sender;
                let inspection = backend.inspect_telling(&answers, &mut |what| {
                    let _ = sender.send(Msg::Reading(what.to_owned()));
                });
                Msg::Inspected(backend.banner(), inspection)
            }
            Job::Judge(answers) => Msg::Judged(backend.judge(&answers).map(Box::new)),
            Job::Plan(number, answers) => Msg::Planned(number, backend.plan(&answers)),
            Job::Apply => Msg::Finished(Box::new(backend.apply(&mut relay))),
            Job::Resume => Msg::Finished(Box::new(backend.resume(&mut relay))),
            Job::RollBack => Msg::Finished(Box::new(backend.roll_back(&mut relay))),
            Job::SaveAnswers(answers, path) => Msg::Saved(backend.save_answers(&answers, &path)),
            Job::SavePlan(path) => Msg::Saved(backend.save_plan(&path)),
            Job::SaveReport(path) => Msg::Saved(backend.save_report(&path)),
            Job::DryRun => Msg::Explained("Dry run".into(), backend.dry_run()),
            Job::ExplainAll { title, lines, ids } => {
                Msg::Explained(title, explained(backend, lines, &ids))
            }
            Job::Explain(id) => {
                let lines = backend.explain(&id);
                Msg::Explained(id, lines)
            }
        }
    }
}

/// Watches a run for the wizard.
struct Relay<'a> {
    sender: &'a Sender<Msg>,
    replies: &'a Receiver<Choice>,
    stop: &'a AtomicBool,
    told: bool,
}

impl Watch for Relay<'_> {
    fn event(&mut self, event: Event) {
        if !self.told {
            self.told = true;
            let path = crate::host::log::path();
            let _ = path.map(|path| self.sender.send(Msg::LogFile(path)));
        }
        let _ = self.sender.send(Msg::Run(event));
    }

    fn failed(&mut self, step: usize, title: &str, error: &str) -> Choice {
        let _ = self.sender.send(Msg::StepFailed {
            step,
            title: title.to_owned(),
            error: error.to_owned(),
        });
        // A wizard that is gone can say nothing: nothing more is changed.
        self.replies.recv().unwrap_or(Choice::Keep)
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

/// The last panic of another thread than the terminal's.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// While this lives a panic gives the terminal back before it is told. One of
/// another thread is kept for the wizard to tell, and leaves the screen alone.
struct PanicHook;

impl PanicHook {
    fn set() -> Self {
        let earlier: Hook = std::panic::take_hook();
        let here = std::thread::current().id();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == here {
                give_back();
                earlier(info);
            } else if let Ok(mut text) = PANIC.lock() {
                *text = info.to_string();
            }
        }));
        Self
    }

    fn text(&self) -> String {
        PANIC.lock().map(|text| text.clone()).unwrap_or_default()
    }
}

impl Drop for PanicHook {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // The standard one again: what stood before went into this one.
            let _ = std::panic::take_hook();
        }
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::ui::screen::is_taken;

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_told() {
        crate::ui::screen::pretend();
        let hook = PanicHook::set();
        // Another thread's is kept, and leaves the screen alone.
        let other = std::thread::spawn(|| panic!("the worker's")).join();
        assert!(other.is_err() && is_taken());
        assert!(hook.text().contains("the worker's"));
        let here = catch_unwind(|| panic!("the terminal's"));
        assert!(here.is_err() && !is_taken());
        drop(hook);
    }
}
