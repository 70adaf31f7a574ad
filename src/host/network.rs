//! A network of its own, as a container has one.
//!
//! A thread of this process leaves the network that the others are in; what it
//! starts is in the new one. That takes unshare(2) alone, which kernel 2.6.32
//! has, and neither setns(2), which came with 3.0, nor `ip netns`, which EL6's
//! iproute does not have. Nothing of it has a name, and it goes with the process.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, unshare};

use super::command::{self, Command, CommandError, Output};

/// A network that is not the host's. It ends with this value.
pub trait Network {
    /// What `ip link set dev LINK netns ID` takes to move a link into it.
    fn id(&self) -> u32;
    /// Runs a command in it; see [`Host::run`](super::Host::run).
    ///
    /// # Errors
    /// As there.
    fn run(&self, command: &Command) -> Result<Output, CommandError>;
}

struct Job {
    command: Command,
    answer: Sender<Result<Output, CommandError>>,
}

/// The thread that is in the new network.
pub(super) struct Apart {
    id: u32,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Makes one; `path` is the search path of its commands.
pub(super) fn apart(path: &'static str) -> io::Result<Apart> {
    let (jobs, todo) = channel::<Job>();
    let (ready, began) = channel();
    let work = move || {
        let made = unshare(CloneFlags::CLONE_NEWNET).map(|()| nix::unistd::gettid().as_raw());
        let _ = ready.send(made);
        if made.is_ok() {
            for job in todo {
                let _ = job.answer.send(command::run(&job.command, path));
            }
        }
    };
    let thread = std::thread::Builder::new().spawn(work)?;
    let made = began.recv().map_err(io::Error::other)?;
    Ok(Apart {
        id: u32::try_from(made?).map_err(io::Error::other)?,
        jobs: Some(jobs),
        thread: Some(thread),
    })
}

impl Network for Apart {
    fn id(&self) -> u32 {
        self.id
    }

    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        let gone = || CommandError::Start {
            command: command.to_string(),
            source: io::ErrorKind::BrokenPipe.into(),
        };
        let (answer, answered) = channel();
        let job = Job {
            command: command.clone(),
            answer,
        };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
