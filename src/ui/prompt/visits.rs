//! What is asked at each place of the walk that is more than one question.

use super::walk::{Step, Walk, quit};
use super::{Ask, Opt, Reply};
use crate::answers::{Value, questions};
use crate::ui::backend::{Finding, ITSELF, Planned, Probe, Status};
use crate::ui::text::count;
use crate::ui::verdicts::{self, Standing, Verdict};
use crate::ui::wizard::Ending;
use crate::ui::wizard::form::problem_text;
use crate::ui::wizard::run::RunKind;

/// The word before where a check comes from.
const SOURCE: &str = "Source";

fn hinders(finding: &Finding) -> bool {
    finding.status != Status::Pass
}

/// How many checks came out how.
fn tally(findings: &[Finding]) -> String {
    let words = [
        Status::Fail,
        Status::Unknown,
        Status::Warn,
        Status::Waived,
        Status::Pass,
    ];
    let number = |status| findings.iter().filter(|one| one.status == status).count();
    let parts: Vec<String> = words
        .iter()
        .map(|status| (number(*status), status.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match parts.as_slice() {
        [] => "none".into(),
        parts => parts.join(", "),
    }
}

impl Walk<'_> {
    pub(super) fn host(&mut self) -> Step {
        loop {
            self.prompter.say("Looking at this host.");
            let inspection = self.backend.inspect(&self.answers);
            let banner = self.backend.banner();
            self.prompter
                .say(&format!("{}: {}", banner.host, banner.runs.join(", ")));
            let counts = tally(&inspection.findings);
            self.prompter.say(&format!("Checks: {counts}."));
            // What holds is not to be listened to before what hinders.
            for finding in inspection.findings.iter().filter(|one| hinders(one)) {
                self.finding(finding);
            }
            let failed: Vec<String> = inspection
                .findings
                .iter()
                .filter(|finding| finding.status == Status::Fail)
                .map(|finding| finding.id.clone())
                .collect();
            let firm = |finding: &&Finding| finding.status == Status::Fail && !finding.waivable;
            for finding in inspection.findings.iter().filter(firm) {
                self.prompter.say(&format!(
                    "{} cannot be waived: going on without it cannot work, or destroys data.",
                    finding.id
                ));
            }
            let mut waivable = failed.clone();
            waivable.retain(|id| !inspection.findings.iter().any(|f| firm(&f) && f.id == *id));
            let waived = self.waived();
            let mut options = vec![
                Opt::new("go on", ""),
                Opt::new("check again", ""),
                Opt::new("list all", "those that pass, too"),
            ];
            let waivers = waivable
                .iter()
                .map(|id| Opt::new(format!("waive {id}"), "with a reason, into the report"));
            options.extend(waivers);
            let back = waived
                .iter()
                .map(|id| Opt::new(format!("unwaive {id}"), "take the waiver back"));
            options.extend(back);
            let sources = inspection.findings.iter().filter(|one| hinders(one));
            let sources = sources.flat_map(|one| {
                let all = one.details.iter().filter(|(word, _)| word == SOURCE);
                all.map(move |(_, text)| format!("{} is checked as in: {text}", one.id))
            });
            let ask = Ask {
                question: match failed.len() {
                    _ if inspection.findings.iter().any(|one| one.id == ITSELF) => {
                        "This host could not be looked at. What now?".into()
                    }
                    0 => "No check failed. What now?".into(),
                    n if waivable.is_empty() => {
                        format!("{} failed: to be mended. What now?", count(n, "check"))
                    }
                    n => format!(
                        "{} failed: to be mended, or waived by name. What now?",
                        count(n, "check")
                    ),
                },
                why: sources.collect(),
                back: false,
            };
            loop {
                match self.prompter.pick(&ask, &options, 0) {
                    Reply::Given(0) => return Step::On,
                    Reply::Given(1) | Reply::Back => break,
                    Reply::Given(2) => {
                        for finding in &inspection.findings {
                            self.finding(finding);
                        }
                    }
                    Reply::Given(at) => {
                        let at = at.saturating_sub(3);
                        if let Some(id) = waivable.get(at) {
                            if !self.waive(id) {
                                return Step::End(quit());
                            }
                        } else {
                            self.unwaive(at - waivable.len());
                        }
                        break;
                    }
                    Reply::Stop => return Step::End(quit()),
                }
            }
        }
    }

    /// A finding, and what follows from it unless it passes.
    fn finding(&mut self, finding: &Finding) {
        let lead = format!("  {:<7} ", finding.status.word());
        let text = format!("{}: {}", finding.id, finding.title);
        self.prompter.hang(&lead, &text);
        if finding.status == Status::Pass {
            return;
        }
        let more = finding
            .details
            .iter()
            .filter(|(word, text)| *text != finding.title && word != SOURCE);
        for (word, text) in more {
            self.prompter.hang(&format!("          {word}: "), text);
        }
    }

    /// The checks that are waived by the answers.
    fn waived(&self) -> Vec<String> {
        let list = self.answers.get("preflight.waive");
        let id = |one: &Value| one.field("id").and_then(Value::text).map(str::to_owned);
        list.iter()
            .flat_map(Value::items)
            .map(|one| id(one).unwrap_or_default())
            .collect()
    }

    /// Takes a waiver back, by its place.
    fn unwaive(&mut self, at: usize) {
        let list = self.answers.get("preflight.waive");
        let mut list = list.map(|list| list.items().to_vec()).unwrap_or_default();
        if at < list.len() {
            list.remove(at);
        }
        if let Err(problem) = self.answers.set("preflight.waive", Value::List(list)) {
            self.prompter
                .say(&format!("Not taken: {}", problem_text(&problem)));
        }
    }

    /// Waives a check; false at the end of input.
    fn waive(&mut self, id: &str) -> bool {
        let ask = Ask {
            question: format!("Reason for waiving {id}, for the report"),
            back: true,
            ..Ask::default()
        };
        let reason = match self.prompter.text(&ask, "") {
            Reply::Given(reason) => reason,
            Reply::Back => return true,
            Reply::Stop => return false,
        };
        let now = self.answers.get("preflight.waive");
        let mut list = now.map(|value| value.items().to_vec()).unwrap_or_default();
        list.push(Value::Record(vec![
            ("id", Value::Text(id.to_owned())),
            ("reason", Value::Text(reason)),
        ]));
        if let Err(problem) = self.answers.set("preflight.waive", Value::List(list)) {
            self.prompter
                .say(&format!("Not taken: {}", problem_text(&problem)));
        }
        true
    }

    /// Has a scheduler or an overlay chosen.
    pub(super) fn verdicts(&mut self, id: &str, all: &[Verdict]) -> Step {
        let (Some(question), Some(judged)) = (questions::question(id), &self.judged) else {
            return Step::On;
        };
        if all.is_empty() {
            return Step::On;
        }
        let choice = verdicts::choice(&self.answers, &judged.decision);
        let chosen = if id == "scheduler" {
            choice.scheduler
        } else {
            choice.overlay
        };
        let default = all
            .iter()
            .position(|one| Some(&one.value) == chosen.as_ref());
        let options: Vec<Opt> = all
            .iter()
            .map(|one| {
                let why = one.brief().map(|reason| format!(": {}", reason.tagged()));
                let text = format!(
                    "{}, {}{}",
                    one.title,
                    one.standing.words(),
                    why.unwrap_or_default()
                );
                Opt::new(one.value.clone(), text)
            })
            .collect();
        let mut why: Vec<String> = vec![question.why.to_owned()];
        if id == "scheduler" {
            self.prompter.say(verdicts::LASTING);
            why.extend(all.iter().filter_map(|one| {
                let means = verdicts::means(&one.value)?;
                Some(format!(
                    "{} wants of the vendor's YAML: {means}.",
                    one.title
                ))
            }));
        }
        for one in all {
            let reasons = one
                .reasons
                .iter()
                .map(|reason| format!("{}: {}", one.title, reason.tagged()));
            why.extend(reasons);
        }
        why.extend(judged.why_first.clone());
        why.extend(
            verdicts::what_if(&judged.decision)
                .iter()
                .map(|one| format!("What would change this: {one}")),
        );
        let ask = Ask {
            question: question.prompt.to_owned(),
            why,
            back: true,
        };
        match self.prompter.pick(&ask, &options, default.unwrap_or(0)) {
            Reply::Given(at) => {
                // The recommended one stays `auto`, so that it follows the facts.
                if Some(at) != default
                    && let Some(one) = all.get(at)
                    && let Err(problem) = self.answers.set_text(id, &one.value)
                {
                    self.prompter
                        .say(&format!("Not taken: {}", problem_text(&problem)));
                }
                Step::On
            }
            Reply::Back => Step::Back,
            Reply::Stop => Step::End(quit()),
        }
    }

    pub(super) fn more(&mut self) -> Step {
        let ask = Ask {
            question: "Change how changes are made, reports and the like, too?".into(),
            why: vec!["Their defaults fit most sites; each can be looked at here.".into()],
            back: true,
        };
        let options = [Opt::new("no", ""), Opt::new("yes", "")];
        match self.prompter.pick(&ask, &options, usize::from(self.more)) {
            Reply::Given(at) => {
                self.more = at == 1;
                Step::On
            }
            Reply::Back => Step::Back,
            Reply::Stop => Step::End(quit()),
        }
    }

    pub(super) fn interface(&mut self) -> Step {
        let (Some(question), Some(judged)) = (questions::question("interface.name"), &self.judged)
        else {
            return Step::On;
        };
        let rows = verdicts::interface_rows(judged);
        if rows.is_empty() {
            self.prompter.say("No interface is known.");
            return Step::On;
        }
        let pick = judged.interfaces.pick.clone();
        let default = rows.iter().position(|row| Some(&row.name) == pick.as_ref());
        let options: Vec<Opt> = rows
            .iter()
            .map(|row| {
                let why = row
                    .reasons
                    .first()
                    .map(|reason| format!(": {}", reason.text));
                let text = format!("{}{}", row.standing.words(), why.unwrap_or_default());
                Opt::new(row.name.clone(), text).with_lead(row.address.clone())
            })
            .collect();
        let reasons = rows.iter().flat_map(|row| {
            row.reasons
                .iter()
                .map(move |reason| format!("{}: {}", row.name, reason.tagged()))
        });
        let ask = Ask {
            question: question.prompt.to_owned(),
            why: reasons.collect(),
            back: true,
        };
        loop {
            return match self.prompter.pick(&ask, &options, default.unwrap_or(0)) {
                Reply::Given(at) => {
                    let Some(row) = rows.get(at) else { continue };
                    if row.standing == Standing::RuledOut {
                        self.prompter
                            .say(&format!("{} cannot be used: {}", row.name, row.words()));
                        continue;
                    }
                    if Some(at) != default
                        && let Err(problem) = self.answers.set_text("interface.name", &row.name)
                    {
                        self.prompter
                            .say(&format!("Not taken: {}", problem_text(&problem)));
                        continue;
                    }
                    Step::On
                }
                Reply::Back => Step::Back,
                Reply::Stop => Step::End(quit()),
            };
        }
    }

    fn show_plan(&mut self, planned: &Planned) {
        let todo = planned
            .steps
            .iter()
            .filter(|step| step.probe != Probe::Done)
            .count();
        let steps = count(planned.steps.len(), "step");
        self.prompter.say(&format!(
            "{steps}, {todo} to do. Nothing has been changed so far."
        ));
        for (n, step) in planned.steps.iter().enumerate() {
            let undo = step
                .undo
                .as_deref()
                .map_or("NOT UNDOABLE".into(), |undo| format!("undo: {undo}"));
            let same = if step.probe == Probe::Done {
                "nothing to do; "
            } else {
                ""
            };
            let text = format!("{}; {same}{undo}", step.title);
            self.prompter.hang(&format!("  {:>2}. ", n + 1), &text);
            for line in &step.diff {
                self.prompter.say(&format!("        {line}"));
            }
        }
        for text in &planned.verify {
            self.prompter.say(&format!("Then verified: {text}"));
        }
        for text in &planned.notes {
            self.prompter.say(&format!("Note: {text}"));
        }
    }

    pub(super) fn plan(&mut self) -> std::io::Result<Step> {
        self.prompter.say("Making the plan.");
        let planned = self.backend.plan(&self.answers);
        let mut options = vec![Opt::new("no", "change nothing and leave")];
        match &planned {
            Ok(planned) => {
                self.show_plan(planned);
                options.push(Opt::new("yes", "carry the plan out"));
                options.push(Opt::new("save plan", "to a file"));
            }
            Err(troubles) => {
                self.prompter
                    .say("There is no plan yet. This stands in its way:");
                for trouble in troubles {
                    self.prompter
                        .say(&format!("  {}: {}", trouble.id, trouble.text));
                    if let Some(remedy) = &trouble.remedy {
                        self.prompter.say(&format!("    {remedy}"));
                    }
                }
            }
        }
        options.push(Opt::new("save answers", "to a file"));
        let ask = Ask {
            question: if planned.is_ok() {
                "Apply?"
            } else {
                "What now?"
            }
            .into(),
            why: planned
                .iter()
                .flat_map(|planned| &planned.steps)
                .flat_map(|step| step.why.iter().map(|why| format!("{}: {why}", step.title)))
                .collect(),
            back: true,
        };
        let mut saved = None;
        loop {
            let at = match self.prompter.pick(&ask, &options, 0) {
                Reply::Given(at) => at,
                Reply::Back => return Ok(Step::Back),
                Reply::Stop => return Ok(Step::End(Ending::Quit { saved })),
            };
            match (options.get(at).map(|one| one.name.as_str()), &planned) {
                (Some("yes"), Ok(planned)) => {
                    if !self.host_named(planned) {
                        continue;
                    }
                    self.prompter.say("");
                    self.prompter.say("Step 7 of 8: Apply");
                    let steps = planned.steps.len();
                    return self.run(steps, RunKind::Apply).map(Step::End);
                }
                (Some("save plan"), _) => {
                    if let Some(path) = self.path("plan.json") {
                        let result = self.backend.save_plan(&path);
                        self.say_saved(&result);
                    }
                }
                (Some("save answers"), _) => {
                    if let Some(path) = self.path("answers.yaml") {
                        let result = self.backend.save_answers(&self.answers, &path);
                        self.say_saved(&result);
                        saved = result.ok().or(saved);
                    }
                }
                _ => return Ok(Step::End(Ending::Quit { saved })),
            }
        }
    }

    /// Has the host's name typed where a step cannot be undone.
    fn host_named(&mut self, planned: &Planned) -> bool {
        if planned.steps.iter().all(|step| step.undo.is_some()) {
            return true;
        }
        let host = self.backend.banner().host;
        let ask = Ask {
            question: "A step cannot be undone. Type the name of this host to go on".into(),
            ..Ask::default()
        };
        let right = self.prompter.text(&ask, "") == Reply::Given(host);
        if !right {
            self.prompter.say("That is not its name.");
        }
        right
    }

    fn path(&mut self, default: &str) -> Option<String> {
        let ask = Ask {
            question: "Path of the file".into(),
            back: true,
            ..Ask::default()
        };
        match self.prompter.text(&ask, default) {
            Reply::Given(path) => Some(path),
            _ => None,
        }
    }

    fn say_saved(&mut self, result: &Result<String, String>) {
        match result {
            Ok(path) => self.prompter.say(&format!("Saved: {path}")),
            Err(error) => self.prompter.say(error),
        }
    }
}
