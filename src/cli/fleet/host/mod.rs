//! `fleet host`, on the hosts themselves: a job comes in on standard input, its
//! answer goes out on standard output.

mod swarm;

use std::time::Duration;

use super::folder::make_dirs;
use crate::apply::etcd;
use crate::apply::wait::wait;
use crate::cli::job::Job as Work;
use crate::cli::output::print;
use crate::cli::runs;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{Act, HOST_FOLDER, Holder, JOB, Job, Ran, Remove, Reply, Task};
use crate::fleet::etcd::EXPELLED;
use crate::fleet::is_host_name;
use crate::host::{Command, Host, command};

/// How large a job may be, in bytes: the join files of some thousand hosts.
const LIMIT: u64 = 16 * 1024 * 1024;
/// For how long another job of a fleet is waited for: one that begins or tries a host
/// takes no longer.
const BUSY: Duration = Duration::from_secs(60);
/// How long a command may take: packages over a slow line.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);
/// Who works on the fleet.
const HOLDER: &str = "holder.json";
/// Where the program is, for a next one that finds it left behind.
const PROGRAM: &str = "program";
/// The join files of others.
const JOIN: &str = "join";
/// How the folder of a program that was pushed begins, and what may be in it.
const PUSHED: (&str, [&str; 7]) = (
    "/.groundcrew-gc",
    ["groundcrew", "out", "err", "tail", "late", "job", "x"],
);

/// `fleet host`.
pub fn run(work: &Work<'_>) -> Result<Exit, Failure> {
    let bytes = crate::cli::read_stdin(LIMIT)
        .map_err(|error| Failure::new(Exit::Usage, format!("standard input: {error}")))?;
    let job: Job = serde_json::from_slice(&bytes).map_err(|error| {
        let text = format!("standard input: {error}; `groundcrew fleet apply` writes jobs");
        Failure::new(Exit::Usage, text)
    })?;
    let mut reply = Reply {
        v: JOB,
        ..Reply::default()
    };
    let exit = if job.v == JOB {
        done(work, &job, &mut reply)
    } else {
        let text = format!(
            "the job's version is {}, this groundcrew knows {JOB}",
            job.v
        );
        Err((Exit::Usage, text))
    };
    let exit = match exit {
        Ok(()) => Exit::Done,
        Err((exit, why)) => {
            reply.why = Some(why);
            exit
        }
    };
    print(&format!(
        "{}\n",
        serde_json::to_string(&reply).map_err(Failure::unexpected)?
    ))?;
    Ok(exit)
}

type Outcome<T> = Result<T, (Exit, String)>;

fn path(name: &str) -> String {
    format!("{HOST_FOLDER}/{name}")
}

/// An error about a path.
fn failed(path: &str) -> impl Fn(std::io::Error) -> (Exit, String) {
    let path = path.to_owned();
    move |error| (Exit::Unexpected, format!("{path}: {error}"))
}

fn done(work: &Work<'_>, job: &Job, reply: &mut Reply) -> Outcome<()> {
    let host = work.host;
    if host.euid() != 0 {
        let text = "root is needed: log in as root, or give --become to Ansible".to_owned();
        return Err((Exit::NotPermitted, text));
    }
    let there = job.holder.is_some() || host.meta(HOST_FOLDER).is_ok();
    let mut lock = None;
    if there {
        make_dirs(host, HOST_FOLDER).map_err(|failure| (failure.exit, failure.message))?;
        let own = path("lock");
        // A job goes on where its controller was stopped or cut off.
        let mut locked = Ok(None);
        wait(host, BUSY, || {
            locked = host.lock(&own, "");
            !matches!(locked, Ok(None))
        });
        lock = locked.map_err(failed(&own))?;
        if lock.is_none() {
            let text = "another job of a fleet runs on this host: wait for its end".to_owned();
            return Err((Exit::NotPermitted, text));
        }
    }
    if let Some(holder) = &job.holder {
        hold(host, job, holder, reply)?;
    }
    let dir = if there { HOST_FOLDER } else { "/" };
    let all = put(host, job).and_then(|()| tasks(work, job, dir, reply));
    // Nobody comes back here, whatever came of it.
    if all.is_err() && job.last && job.remove != Remove::Nothing {
        leave(host);
    }
    for name in &job.forget {
        let gone = path(plain(name)?);
        if let Err(error) = host.remove_file(&gone)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(&gone)(error));
        }
    }
    all?;
    for name in &job.bring {
        if let Ok(bytes) = host.read(&path(plain(name)?)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            reply.brought.insert(name.clone(), text);
        }
    }
    match job.remove {
        Remove::Nothing => {}
        Remove::Holder => leave(host),
        Remove::Folder => {
            super::collection::remove(host, HOST_FOLDER);
            if host.meta(HOST_FOLDER).is_ok() {
                let text = format!("{HOST_FOLDER} could not be removed");
                return Err((Exit::NotRolledBack, text));
            }
        }
    }
    drop(lock);
    Ok(())
}

/// Nobody works on this host any more.
fn leave(host: &dyn Host) {
    for name in [HOLDER, PROGRAM] {
        let _ = host.remove_file(&path(name));
    }
}

/// Takes hold of this host for an operator, unless another one works on it. The lock
/// is held meanwhile.
fn hold(host: &dyn Host, job: &Job, holder: &Holder, reply: &mut Reply) -> Outcome<()> {
    let own = path(HOLDER);
    let other = host
        .read(&own)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Holder>(&bytes).ok())
        .filter(|other| !other.is_same(holder));
    if let Some(other) = other.filter(|_| !job.take_over) {
        let text = format!(
            "somebody else works on this host: {}; --take-over goes on all the same",
            holder.words_of(&other)
        );
        reply.held = Some(other);
        return Err((Exit::NotPermitted, text));
    }
    let text = serde_json::to_vec(holder).unwrap_or_default();
    host.write_atomic(&own, &text, 0o600)
        .map_err(failed(&own))?;
    // The program of one that was cut off lies about still.
    let note = path(PROGRAM);
    let program = host.read_link(command::SELF).unwrap_or_default();
    let program = program.trim_end_matches("/groundcrew");
    let earlier = host.read(&note).unwrap_or_default();
    let earlier = String::from_utf8_lossy(&earlier).into_owned();
    let name = earlier.rfind('/').and_then(|at| earlier.get(at..));
    if earlier != program && name.is_some_and(|name| name.starts_with(PUSHED.0)) {
        for name in PUSHED.1 {
            let _ = host.remove_file(&format!("{earlier}/{name}"));
        }
        let _ = host.remove_dir(&earlier);
    }
    host.write_atomic(&note, program.as_bytes(), 0o600)
        .map_err(failed(&note))
}

/// A name that is a file of the folder and nothing else.
fn plain(name: &str) -> Outcome<&str> {
    if is_host_name(name) {
        Ok(name)
    } else {
        Err((Exit::Usage, format!("{name:?} is no name of a file here")))
    }
}

fn put(host: &dyn Host, job: &Job) -> Outcome<()> {
    let write = |path: &str, text: &str| {
        if host.read(path).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        host.write_atomic(path, text.as_bytes(), 0o600)
            .map_err(failed(path))
    };
    for (name, text) in &job.put {
        write(&path(plain(name)?), text)?;
    }
    let Some(joins) = &job.joins else {
        return Ok(());
    };
    let folder = path(JOIN);
    make_dirs(host, &folder).map_err(|failure| (failure.exit, failure.message))?;
    for (name, text) in joins {
        write(&format!("{folder}/{}.yaml", plain(name)?), text)?;
    }
    // Who is no member any more is nobody's peer.
    for name in host.list(&folder).map_err(failed(&folder))? {
        let other = name.strip_suffix(".yaml").unwrap_or(&name);
        if !joins.contains_key(other) {
            let gone = format!("{folder}/{name}");
            host.remove_file(&gone).map_err(failed(&gone))?;
        }
    }
    Ok(())
}

/// Does what the job says, until something fails.
fn tasks(work: &Work<'_>, job: &Job, dir: &str, reply: &mut Reply) -> Outcome<()> {
    let host = work.host;
    for task in &job.run {
        if let Some(file) = &task.unless_stopped
            && host.meta(&path(plain(file)?)).is_ok()
        {
            let stopped = runs::stopped(&runs::state(work));
            if stopped
                .map_err(|failure| (failure.exit, failure.message))?
                .is_some()
            {
                continue;
            }
        }
        match &task.act {
            Some(Act::Swarm(act)) => swarm::act(host, act, reply)?,
            Some(Act::Expel(gone)) => {
                let gone = etcd::expel(host, gone);
                let gone = gone.map_err(|error| (Exit::Failed, error.to_string()))?;
                let gone = gone.join(", ");
                reply.brought.insert(EXPELLED.to_owned(), gone);
            }
            None => reply.ran.push(one(host, task, dir)?),
        }
    }
    Ok(())
}

/// Runs this program's own command.
fn one(host: &dyn Host, task: &Task, dir: &str) -> Outcome<Ran> {
    let program = host
        .read_link(command::SELF)
        .map_err(failed(command::SELF))?;
    let argv = std::iter::once(program).chain(task.argv.iter().cloned());
    let mut run = Command::new(argv)
        .dir(dir)
        .timeout(PATIENCE)
        .keep_stderr(4000);
    run.answer = task.answer;
    match host.run(&run) {
        Ok(output) => Ok(Ran {
            argv: task.argv.clone(),
            code: None,
            out: output.text(),
        }),
        Err(error) => {
            let exit = error.code().and_then(|code| u8::try_from(code).ok());
            let text = short(&error.to_string());
            Err((exit.map_or(Exit::Unexpected, Exit::of_code), text))
        }
    }
}

/// What a command said of its failure in one line: no steps that went well, no notes,
/// and not the path of a program that is gone by then.
fn short(text: &str) -> String {
    let mut kept = Vec::new();
    let mut skip = false;
    for line in text.lines().take_while(|line| !line.starts_with("Note:")) {
        let word = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
        match word {
            Some(row) => {
                let word = row.split_whitespace().next().unwrap_or_default();
                skip = ["PRESENT", "DONE", "UNDONE", "-"].contains(&word) && !row.contains('`');
            }
            None if !line.starts_with(' ') => skip = false,
            None => {}
        }
        // The error of a step stands below it.
        if !skip || line.contains('`') {
            kept.extend(line.split_whitespace());
        }
    }
    let text = kept.join(" ");
    match text.split_once("/groundcrew ") {
        Some((_, rest)) if text.starts_with('`') => format!("`groundcrew {rest}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_without_what_went_well() {
        let text = "`/tmp/.groundcrew-gc1/groundcrew run --yes` ended with exit status 5: Step 2 \
                    failed. Everything was undone.\n  PRESENT   1  Make a private key in\n           \
                    /etc/wireguard\n  UNDONE    2  Bring up wg0\n               `wg set wg0` did not \
                    end\n  -         3  Link\nNote: what";
        let told = short(text);
        assert_eq!(
            told,
            "`groundcrew run --yes` ended with exit status 5: Step 2 failed. Everything was undone. \
             `wg set wg0` did not end"
        );
    }
}
