//! What the removal of the package has to say: what stays on this host, and what
//! nobody can take back any more. The packages' scripts call it (`gen leaving`), and
//! `install.sh --uninstall`; it changes nothing and never fails.

use super::job::Job;
use super::output::print;
use super::runs::{read_runs, state};
use super::watch::LOG_DIR;
use crate::apply::guard;
use crate::apply::journal::Run;
use crate::apply::runs::STATE_DIR;
use crate::error::{Exit, Failure};
use crate::judge::text::paragraph;

/// `gen leaving`.
pub fn leaving(job: &Job<'_>) -> Result<Exit, Failure> {
    print(&message(job))?;
    Ok(Exit::Done)
}

/// What there is to say; nothing where no run ever began.
fn message(job: &Job<'_>) -> String {
    let dir = job.global.state_dir.as_deref().unwrap_or(STATE_DIR);
    if job.host.meta(dir).is_err() {
        return String::new();
    }
    let (runs, unreadable) = match read_runs(&state(job)) {
        Ok(read) => read,
        Err(failure) => (Vec::new(), vec![failure.message]),
    };
    text(job, dir, &runs, &unreadable)
}

fn text(job: &Job<'_>, dir: &str, runs: &[Run], unreadable: &[String]) -> String {
    let mut out = String::new();
    let say = |out: &mut String, line: &str| paragraph(out, "", "  ", line);
    say(
        &mut out,
        &format!("groundcrew: the journals in {dir} and the logs in {LOG_DIR} stay."),
    );
    let standing: Vec<&Run> = runs.iter().filter(|run| run.can_be_undone()).collect();
    if standing.is_empty() && unreadable.is_empty() {
        say(&mut out, "No run is to be undone: both can be removed.");
        return out;
    }
    if !standing.is_empty() {
        say(
            &mut out,
            "What these runs set up stays and goes on, and nothing but groundcrew takes it back: \
             install it again and say `groundcrew rollback`.",
        );
    }
    for run in &standing {
        let what = run.plan.overlay.as_deref().unwrap_or("no overlay");
        let line = format!(
            "{} {} scheduler, {what}",
            run.header.began, run.plan.scheduler
        );
        paragraph(&mut out, "  ", "    ", &line);
    }
    for run in &standing {
        let Some(guard) = run.awaits() else { continue };
        let line = if guard::lives(job.host, &run.dir) {
            format!(
                "The last one waits to be confirmed: in {} s the process that guards it undoes \
                 it. To keep it, install groundcrew again before that and say `groundcrew \
                 confirm`. After a reboot nothing undoes it: the program that would be started \
                 then is gone.",
                guard.left(job.host.now())
            )
        } else {
            "The last one was NOT CONFIRMED, and nothing undoes it by itself.".to_owned()
        };
        say(&mut out, &line);
    }
    for line in unreadable {
        say(&mut out, &format!("cannot be read: {line}"));
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::args::Global;
    use crate::host::Scripted;

    fn told(host: &Scripted) -> String {
        let global = Global::default();
        message(&Job::new(host, host, &global).unwrap())
    }

    #[test]
    fn journals_that_cannot_be_read_are_not_called_settled() {
        let settled = told(&Scripted::new().dir(STATE_DIR));
        assert!(settled.contains("both can be removed"), "{settled}");
        let run = format!("{STATE_DIR}/runs/2026-01-01T00-00-00/");
        let broken = told(&Scripted::new().file(&format!("{run}journal.jsonl"), "{\n{\n"));
        assert!(!broken.contains("can be removed"), "{broken}");
        assert!(broken.contains("cannot be read: "), "{broken}");
        assert!(broken.contains(&run), "{broken}");
    }

    #[test]
    fn where_no_run_ever_began_nothing_is_said() {
        assert_eq!(told(&Scripted::new()), "");
    }
}
