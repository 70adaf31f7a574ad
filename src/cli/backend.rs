//! What the front ends call: the job on this host, a call at a time.

use std::collections::BTreeMap;

use super::confirm::standing;
use super::consent;
use super::job::{Job, Planned, Seen};
use super::output;
use super::remarks::remarks;
use super::shown;
use super::watch::open_log;
use super::{carry_out, provision, runs};
use crate::answers::config::Config;
use crate::answers::{Answers, AnswersFile, Inputs, Problem};
use crate::apply::dry;
use crate::apply::engine::{self, Watch};
use crate::apply::journal::RunState;
use crate::apply::verify::measure::Measure;
use crate::error::{Exit, Failure};
use crate::facts::flat::FlatFacts;
use crate::judge::text::paragraph;
use crate::judge::{catalogue, checks, explain};
use crate::plan::Refusal;
use crate::plan::render;
use crate::report::{Format, Report, human, json};
use crate::ui::backend as ui;

/// The job behind a front end: it keeps what was found and planned last.
pub struct Backend<'a> {
    job: &'a Job<'a>,
    seen: Option<Seen>,
    planned: Option<Ready>,
    report: Option<Report>,
    found: Vec<crate::report::Finding>,
    flat: Option<FlatFacts>,
}

/// A plan that is ready to be carried out, and what it was made from.
struct Ready {
    answers: Answers,
    config: Config,
    planned: Planned,
}

impl<'a> Backend<'a> {
    /// Nothing is looked at yet.
    pub fn new(job: &'a Job<'a>) -> Self {
        Self {
            job,
            seen: None,
            planned: None,
            report: None,
            found: Vec::new(),
            flat: None,
        }
    }

    /// The job.
    pub fn job(&self) -> &'a Job<'a> {
        self.job
    }

    fn seen(&mut self) -> Result<&Seen, Failure> {
        if self.seen.is_none() {
            self.seen = Some(self.job.look()?);
        }
        self.seen
            .as_ref()
            .ok_or_else(|| Failure::unexpected("the host was not looked at"))
    }

    /// The report as the answers stand. Answers that do not fit each other yet
    /// are passed over: the pages that hold them say so.
    fn reported(&mut self, answers: &Answers) -> Result<Report, Failure> {
        let job = self.job;
        let config = fitting(answers)
            .ok_or_else(|| Failure::unexpected("the defaults of the answers do not fit"))?;
        let seen = self.seen()?;
        let named = job.named(&config, seen)?;
        let judged = job.judge(answers, &config, seen, &named);
        let report = job.report(&config, seen, &judged, &named);
        self.report = Some(report.clone());
        Ok(report)
    }

    /// Carries something out under the lock, and tells how it ended.
    fn locked(
        &mut self,
        work: impl FnOnce(&Job<'a>, &mut Option<Report>) -> Result<ui::Finished, Failure>,
    ) -> ui::Finished {
        let job = self.job;
        if job.global.dry_run {
            let text = "--dry-run: nothing is changed; what would be done is in the plan";
            return refused(&Failure::new(Exit::Usage, text));
        }
        let mut report = self.report.take();
        let finished = runs::state(job)
            .lock()
            .map_err(Failure::from)
            .and_then(|_lock| {
                let log = open_log(job);
                let mut finished = work(job, &mut report)?;
                match log {
                    Ok(path) => finished.saved.push((path, "log of all commands".into())),
                    Err(text) => finished.next.push(text),
                }
                Ok(finished)
            });
        self.report = report;
        finished.unwrap_or_else(|failure| refused(&failure))
    }
}

/// The configuration of the answers, or where they do not fit each other yet,
/// that of the defaults: the pages that hold them say so.
fn fitting(answers: &Answers) -> Option<Config> {
    let defaults = || Config::from_answers(&Answers::gather(Inputs::default()));
    Config::from_answers(answers).or_else(|_| defaults()).ok()
}

/// Writes the reports that the answers want. The run has ended: one that cannot be
/// written takes nothing of what came of it away.
fn write_reports(job: &Job<'_>, config: &Config, report: &Report, finished: &mut ui::Finished) {
    for target in &config.reports {
        let target = std::slice::from_ref(target);
        match output::write_reports(job.host, target, report, job.global.strict) {
            Ok(paths) => {
                let paths = paths.into_iter().map(|path| (path, "report".to_owned()));
                finished.saved.extend(paths);
            }
            Err(failure) => {
                let text = format!("A report was NOT written: {}", failure.message);
                finished.next.push(text);
            }
        }
    }
}

fn refused(failure: &Failure) -> ui::Finished {
    ui::Finished::new(ui::End::Refused {
        error: failure.message.clone(),
        code: failure.exit as u8,
    })
}

/// A failure as something that stands in the way.
fn trouble(failure: &Failure) -> ui::Trouble {
    ui::Trouble {
        id: String::new(),
        text: failure.message.clone(),
        remedy: None,
    }
}

fn trouble_of_problem(problem: &Problem) -> ui::Trouble {
    ui::Trouble {
        id: problem.path.clone(),
        text: problem.text.clone(),
        remedy: problem.hint.clone(),
    }
}

fn trouble_of_refusal(refusal: &Refusal) -> ui::Trouble {
    ui::Trouble {
        id: refusal.id.clone(),
        text: refusal.text.clone(),
        remedy: Some(refusal.remedy.clone()),
    }
}

impl ui::Backend for Backend<'_> {
    fn banner(&mut self) -> ui::Banner {
        let Some(seen) = &self.seen else {
            return self.glance();
        };
        let Some(facts) = &seen.facts else {
            return ui::Banner::default();
        };
        let docker = facts
            .docker
            .version
            .value()
            .map(|version| format!("docker {version}"));
        let name = match (facts.os.id.value(), facts.os.version.value()) {
            (Some(id), Some(version)) => Some(format!("{id} {version}")),
            _ => facts.os.name.value().cloned(),
        };
        ui::Banner {
            host: facts.os.hostname.value().cloned().unwrap_or_default(),
            runs: [name, facts.kernel.release.value().cloned(), docker]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn earlier(&mut self) -> Option<ui::Earlier> {
        let run = runs::unsettled(&runs::state(self.job)).ok()??;
        let answers = format!("{}/answers.yaml", run.dir);
        let answers = self.job.host.read(&answers).ok().map(|bytes| {
            Answers::gather(Inputs {
                file: Some(AnswersFile::parse("the earlier answers", &bytes, false)),
                ..Inputs::default()
            })
        });
        let overlay = run.plan.overlay.as_deref().unwrap_or("no overlay");
        let theirs = &run.header.groundcrew;
        let steps = run.plan.steps.iter().zip(&run.records);
        Some(ui::Earlier {
            when: match &run.header.by {
                Some(by) => format!("{}, by {by}", run.header.began),
                None => run.header.began.clone(),
            },
            plan: format!(
                "{} steps, {} scheduler, {overlay}",
                run.plan.steps.len(),
                run.plan.scheduler
            ),
            steps: steps
                .map(|(step, record)| (step.title(), record.state))
                .collect(),
            resume: match (run.state(), standing(self.job, &run)) {
                (RunState::Stopped, _) | (_, None) => Ok(()),
                (_, Some(standing)) => Err(format!("it is done, and {standing}")),
            },
            // A journal of a version that cannot be read is no run that is offered.
            note: (theirs != env!("CARGO_PKG_VERSION")).then(|| {
                let ours = env!("CARGO_PKG_VERSION");
                format!(
                    "The journal was written by groundcrew {theirs}; this is {ours}, which can \
                     read it."
                )
            }),
            answers,
        })
    }

    fn inspect(&mut self, answers: &Answers) -> ui::Inspection {
        self.inspect_telling(answers, &mut |_| {})
    }

    fn inspect_telling(&mut self, answers: &Answers, tell: &mut dyn FnMut(&str)) -> ui::Inspection {
        self.seen = self.job.look_telling(&mut |what| tell(what)).ok();
        tell("checks");
        let findings = match self.reported(answers) {
            Ok(report) => {
                self.found = report.findings;
                shown::findings(&self.found)
            }
            Err(failure) => vec![ui::Finding {
                id: ui::ITSELF.into(),
                status: ui::Status::Unknown,
                title: failure.message.clone(),
                details: vec![("Found".into(), failure.message)],
                waivable: false,
            }],
        };
        ui::Inspection { findings }
    }

    fn judge(&mut self, answers: &Answers) -> Result<ui::Judged, Vec<ui::Trouble>> {
        let one = |failure: Failure| vec![trouble(&failure)];
        let job = self.job;
        let config = Config::from_answers(answers).map_err(|problems| {
            problems
                .0
                .iter()
                .map(trouble_of_problem)
                .collect::<Vec<_>>()
        })?;
        let seen = self.seen().map_err(one)?;
        let named = job.named(&config, seen).map_err(one)?;
        let judged = job.judge(answers, &config, seen, &named);
        let mut remarks = seen.facts.as_ref().map_or_else(BTreeMap::new, |facts| {
            let below = judged.underlay.as_ref();
            let below = below.and_then(|all| all.pick.as_deref());
            remarks(&config, &facts.network, below)
        });
        ui::remarked(&mut remarks, answers);
        self.flat = Some(judged.flat);
        Ok(ui::Judged {
            why_first: explain::why_first(&job.rules, &judged.decision),
            remarks,
            decision: judged.decision,
            interfaces: judged.interfaces.unwrap_or_default(),
        })
    }

    fn plan(&mut self, answers: &Answers) -> Result<ui::Planned, Vec<ui::Trouble>> {
        // One of other answers is not to be carried out where this one is refused.
        self.planned = None;
        let one = |failure: Failure| vec![trouble(&failure)];
        let job = self.job;
        let config = Config::from_answers(answers).map_err(|problems| {
            problems
                .0
                .iter()
                .map(trouble_of_problem)
                .collect::<Vec<_>>()
        })?;
        let seen = self.seen().map_err(one)?;
        job.fits_host(answers, &config, seen).map_err(one)?;
        let named = job.named(&config, seen).map_err(one)?;
        let judged = job.judge(answers, &config, seen, &named);
        let missing = provision::missing(answers, &judged);
        if !missing.is_empty() {
            return Err(missing.iter().map(trouble_of_problem).collect());
        }
        job.secrets(answers, &config).map_err(one)?;
        let planned = job
            .plan(&config, seen, &judged, &named)
            .map_err(|refusals| refusals.iter().map(trouble_of_refusal).collect::<Vec<_>>())?;
        let report = job.report(&config, seen, &judged, &named);
        provision::check_findings(job, &config, &report).map_err(one)?;
        let shown = shown::planned(&planned);
        self.report = Some(report);
        self.planned = Some(Ready {
            answers: answers.clone(),
            config,
            planned,
        });
        Ok(shown)
    }

    fn apply(&mut self, watch: &mut dyn Watch) -> ui::Finished {
        let Some(ready) = self.planned.take() else {
            return refused(&Failure::new(Exit::Usage, "there is no plan to carry out"));
        };
        self.locked(|job, report| {
            let state = runs::state(job);
            runs::check_waiting(&state)?;
            // The page with the plan may have stood there for hours.
            let again = "nothing was changed: the plan has to be made anew";
            carry_out::check_basis(job, &ready.planned.plan, &job.look()?, again)?;
            let join_file = ready.planned.plan.join_file().map(str::to_owned);
            let ended = carry_out::carry_out(
                job,
                &state,
                ready.planned,
                Some(&ready.answers),
                (&Measure::default(), watch),
            )?;
            let mut finished = shown::finished(&ended);
            shown::hand_out(&mut finished, join_file.as_deref());
            if let Some(report) = report {
                runs::keep(job, report, ended.run);
                write_reports(job, &ready.config, report, &mut finished);
            }
            Ok(finished)
        })
    }

    fn resume(&mut self, watch: &mut dyn Watch) -> ui::Finished {
        self.locked(|job, _| {
            let Some(run) = runs::stopped(&runs::state(job))? else {
                return Err(Failure::new(Exit::Usage, "no run is waiting to go on"));
            };
            carry_out::check_basis(job, &run.plan, &job.look()?, carry_out::UNDO_FIRST)?;
            let join_file = run.plan.join_file().map(str::to_owned);
            let ended = carry_out::go_on(job, run, (&Measure::default(), watch))?;
            runs::keep_run(job, &ended.run);
            let mut finished = shown::finished(&ended);
            shown::hand_out(&mut finished, join_file.as_deref());
            Ok(finished)
        })
    }

    fn roll_back(&mut self, watch: &mut dyn Watch) -> ui::Finished {
        self.locked(|job, _| {
            let Some(mut run) = runs::unsettled(&runs::state(job))? else {
                return Err(Failure::new(Exit::Usage, "no run is waiting to be undone"));
            };
            consent::given([&run])?;
            let left = engine::roll_back(job.host, &mut run, watch)?;
            runs::keep_undone(job, &run);
            Ok(ui::Finished::new(if left.is_empty() {
                ui::End::RolledBack { failed: None }
            } else {
                ui::End::NotRolledBack { failed: None, left }
            }))
        })
    }

    fn save_answers(&mut self, answers: &Answers, path: &str) -> Result<String, String> {
        self.save(path, &answers.to_yaml(true))
    }

    fn save_plan(&mut self, path: &str) -> Result<String, String> {
        let Some(ready) = &self.planned else {
            return Err("there is no plan to save".into());
        };
        let text = json(&ready.planned.plan);
        self.save(path, &text)
    }

    fn save_report(&mut self, path: &str) -> Result<String, String> {
        let Some(format) = Format::of_path(path) else {
            return Err(format!(
                "{path}: give it the ending .txt, .json, .yaml, .md, .html or .xml"
            ));
        };
        let Some(report) = &self.report else {
            return Err("there is no report yet".into());
        };
        let text = format.write(report, self.job.global.strict);
        self.save(path, &text)
    }

    fn dry_run(&mut self) -> Vec<String> {
        let Some(ready) = &self.planned else {
            return vec!["There is no plan.".into()];
        };
        let plan = &ready.planned.plan;
        let previews = dry::preview(self.job.looked_at, plan);
        let text = render::text(plan, &previews);
        text.lines().map(str::to_string).collect()
    }

    fn explain(&mut self, id: &str) -> Vec<String> {
        if let Some(finding) = self.found.iter().find(|finding| finding.id == id)
            && self.job.rules.all().all(|(_, rule)| rule.id != id)
        {
            let mut text = human::finding_text(finding);
            for evidence in &finding.evidence {
                paragraph(&mut text, "  Read in   ", "            ", &evidence.source);
            }
            if let Some(check) = checks::of_id(id) {
                let deviation = catalogue::deviation(check.id).ok().flatten();
                text.push('\n');
                text.push_str(&explain::check_text(check, deviation.as_ref()));
            }
            return text.lines().map(str::to_string).collect();
        }
        // The facts with the wishes, as the decision was made of them.
        let flat = match &self.flat {
            Some(flat) => flat.clone(),
            None => self
                .seen()
                .map(|seen| seen.flat.clone())
                .unwrap_or_default(),
        };
        let text = match explain::explain_rule(&self.job.rules, id, &flat) {
            Ok(explained) => explained.to_string(),
            Err(error) => error.to_string(),
        };
        text.lines().map(str::to_string).collect()
    }
}

impl Backend<'_> {
    /// What can be said of the host before it is looked at: that takes a while.
    fn glance(&self) -> ui::Banner {
        let uname = match self.job.global.facts {
            None => self.job.looked_at.uname().ok(),
            Some(_) => None,
        };
        uname.map_or_else(ui::Banner::default, |uname| ui::Banner {
            host: uname.nodename,
            runs: vec![uname.release],
        })
    }

    fn save(&self, path: &str, text: &str) -> Result<String, String> {
        let saved = self.job.host.write_atomic(path, text.as_bytes(), 0o600);
        saved
            .map(|()| path.to_string())
            .map_err(|error| format!("{path}: {error}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::args::Global;
    use crate::host::{Live, Scripted};
    use crate::ui::backend::Backend as _;

    #[test]
    fn a_report_that_cannot_be_written_takes_nothing_of_the_run_away() {
        let global = Global::default();
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("b.json").display().to_string();
        let wanted = format!("[/proc/self/none/a.json, {good}]");
        let mut answers = Answers::default();
        answers.set_text("report", &wanted).unwrap();
        let host = Scripted::new();
        let job = Job::new(&Live, &host, &global).unwrap();
        let mut backend = Backend::new(&job);
        let report = backend.reported(&answers).unwrap();
        let mut finished = ui::Finished::new(ui::End::Applied { changed: 2 });
        finished.confirm = Some(60);
        let config = Config::from_answers(&answers).unwrap();
        write_reports(&job, &config, &report, &mut finished);
        assert_eq!(finished.end, ui::End::Applied { changed: 2 });
        assert_eq!(finished.saved, [(good, "report".to_owned())]);
        let told = finished.next.join("\n");
        assert!(told.contains("/proc/self/none/a.json"), "{told}");
    }

    #[test]
    fn a_plan_that_is_refused_leaves_no_earlier_one_to_be_carried_out() {
        let global = Global::default();
        let host = Scripted::new();
        let job = Job::new(&host, &host, &global).unwrap();
        let mut backend = Backend::new(&job);
        let answers = Answers::default();
        let config = Config::from_answers(&answers).unwrap();
        let plan = r#"{"v": 2, "host": "app01", "scheduler": "native", "steps": [], "notes": []}"#;
        let planned = Planned {
            plan: serde_json::from_str(plan).unwrap(),
            previews: Vec::new(),
        };
        backend.planned = Some(Ready {
            answers: answers.clone(),
            config,
            planned,
        });
        assert!(backend.plan(&answers).is_err());
        assert!(backend.planned.is_none());
    }
}
