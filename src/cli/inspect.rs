//! Commands that look and judge: they change nothing.

use super::args::{ChecksCommand, Data, DataArgs, FactsArgs, InterfacesArgs, PreflightArgs};
use super::job::{Case, Job, Measure, exit_of};
use super::output::{self, print};
use crate::error::{Exit, Failure};
use crate::facts::anonymize::anonymize;
use crate::facts::{document, flat};
use crate::judge::catalogue::{self, How};
use crate::judge::checks;
use crate::judge::explain;
use crate::judge::rules::{Rules, Severity};
use crate::judge::text::paragraph;
use crate::report::{Format, human, json, nagios, yaml};

/// `preflight`.
pub fn preflight(job: &Job<'_>, arguments: &PreflightArgs) -> Result<Exit, Failure> {
    let measure = Measure {
        online: arguments.online,
        deep: arguments.deep,
    };
    here(job, measure)?;
    let Case {
        config,
        seen,
        named,
        judged,
        ..
    } = job.case_measured(job.answers()?, measure)?;
    let report = job.report(&config, &seen, &judged, &named);
    output::write_reports(job.host, &config.reports, &report, job.global.strict)?;
    if job.global.quiet {
        print(&format!("{}\n", human::summary_line(&report)))?;
    } else {
        print(&arguments.format.write(&report, job.global.strict))?;
    }
    if arguments.format == Format::Nagios {
        // A plugin's exit codes are the monitoring system's.
        let (code, _) = nagios::state(&report, job.global.strict);
        return Ok(Exit::of_code(code));
    }
    Ok(exit_of(&report, job.global))
}

/// Refuses to measure another host from here.
fn here(job: &Job<'_>, measure: Measure) -> Result<(), Failure> {
    let flag = match measure {
        Measure { online: true, .. } => "--online",
        Measure { deep: true, .. } => "--deep",
        _ => return Ok(()),
    };
    let elsewhere = match (&job.global.facts, &job.global.root) {
        (Some(_), _) => "--facts",
        (None, Some(_)) => "--root",
        (None, None) => return Ok(()),
    };
    let text = format!(
        "{flag} and {elsewhere}: {flag} measures the machine that it runs on, and {elsewhere} names \
         another host: leave one of them out"
    );
    Err(Failure::new(Exit::Usage, text))
}

/// `recommend`.
pub fn recommend(job: &Job<'_>, arguments: &DataArgs) -> Result<Exit, Failure> {
    let judged = job.case()?.judged;
    let decision = &judged.decision;
    let recommendation = decision.recommendation.as_ref();
    if job.global.quiet {
        print(&format!("{}\n", recommendation.map_or("none", |r| &r.id)))?;
    } else {
        print(&match arguments.format {
            Data::Human => {
                let ranking = explain::ranking_text(decision);
                let text = explain::decision_text(&job.rules, decision);
                if ranking.is_empty() {
                    text
                } else {
                    format!(
                        "{text}\nRanked (less is better, the first difference decides):\n{ranking}"
                    )
                }
            }
            Data::Json => json(decision),
            Data::Yaml => yaml(decision),
        })?;
    }
    Ok(match recommendation {
        None => Exit::Failed,
        Some(recommendation) if recommendation.confirmed => Exit::Done,
        Some(_) if job.global.strict => Exit::Failed,
        Some(_) if job.global.warn_ok => Exit::Done,
        Some(_) => Exit::Warned,
    })
}

/// `interfaces`.
pub fn interfaces(job: &Job<'_>, arguments: &InterfacesArgs) -> Result<Exit, Failure> {
    let judged = job.case()?.judged;
    let Some(interfaces) = &judged.interfaces else {
        return Err(Failure::new(
            Exit::Usage,
            "the file given with --facts has no interfaces: give the whole document that \
             `groundcrew facts` writes",
        ));
    };
    let chosen = interfaces.choose();
    if arguments.pick {
        return match chosen {
            Ok(candidate) => {
                print(&format!("{}\n", candidate.name))?;
                Ok(Exit::Done)
            }
            Err(error) => Err(Failure::new(Exit::Failed, error)),
        };
    }
    print(&match arguments.format {
        Data::Human => human::interfaces_text(interfaces),
        Data::Json => json(interfaces),
        Data::Yaml => yaml(interfaces),
    })?;
    // The human form says it; a program that reads the others gets it apart.
    match chosen {
        Ok(_) => Ok(Exit::Done),
        Err(_) if arguments.format == Data::Human => Ok(Exit::Failed),
        Err(error) => Err(Failure::new(Exit::Failed, error)),
    }
}

/// `facts`.
pub fn facts(job: &Job<'_>, arguments: &FactsArgs) -> Result<Exit, Failure> {
    let seen = job.look()?;
    let mut value = match &seen.facts {
        Some(facts) => serde_json::to_value(facts),
        None => serde_json::to_value(&seen.flat),
    }
    .map_err(Failure::unexpected)?;
    let mut flat = seen.flat;
    if arguments.anonymize {
        let key = match &arguments.anonymize_key {
            Some(path) => job.read_named(path)?,
            None => job.host.random(32).map_err(Failure::unexpected)?,
        };
        anonymize(&mut value, &key);
        let facts = document::read(value.clone());
        if let Ok(facts) = &facts {
            flat = flat::flatten(facts);
        }
    }
    let text = match (arguments.format, &seen.facts) {
        (Data::Json, Some(facts)) if !arguments.anonymize => json(facts),
        (Data::Yaml, Some(facts)) if !arguments.anonymize => yaml(facts),
        (Data::Json, _) => json(&value),
        (Data::Yaml, _) => yaml(&value),
        (Data::Human, _) => {
            let lines = flat.iter().map(|(path, value)| {
                format!("{path:<24} {}\n", crate::judge::condition::show(value))
            });
            lines.collect()
        }
    };
    match &arguments.output {
        Some(path) => output::write_file(job.host, path, text.as_bytes())?,
        None => print(&text)?,
    }
    Ok(Exit::Done)
}

/// `checks`.
pub fn checks(job: &Job<'_>, command: &ChecksCommand) -> Result<Exit, Failure> {
    match command {
        ChecksCommand::List(arguments) => {
            let rows = check_rows(&job.rules)?;
            print(&match arguments.format {
                Data::Json => json(&rows),
                Data::Yaml => yaml(&rows),
                Data::Human => rows_text(&rows),
            })?;
        }
        ChecksCommand::Explain { id } => print(&explained(job, id)?)?,
    }
    Ok(Exit::Done)
}

/// A check or a rule, as `checks list` shows it.
#[derive(serde::Serialize)]
struct Row {
    id: String,
    /// `check` or `rule`.
    kind: &'static str,
    /// Group of the check, or what the rule belongs to.
    of: String,
    title: String,
    targets: Vec<&'static str>,
    wanted: String,
    waivable: bool,
    source: String,
}

fn check_rows(rules: &Rules) -> Result<Vec<Row>, Failure> {
    let checks = checks::catalogue().map(|check| Row {
        id: check.id.to_owned(),
        kind: "check",
        of: check.group.word().to_owned(),
        title: check.title.to_owned(),
        targets: check.concerns.iter().map(|target| target.title()).collect(),
        wanted: check.wanted.to_owned(),
        waivable: check.waivable,
        source: check.source.to_owned(),
    });
    let rules = rules.all().map(|(title, rule)| Row {
        id: rule.id.clone(),
        kind: "rule",
        of: title.to_owned(),
        title: match rule.severity {
            Severity::Block => "has to hold",
            Severity::Warn => "a warning where it does not hold",
            Severity::Pref => "a wish",
        }
        .to_owned(),
        targets: Vec::new(),
        wanted: rule.why.clone(),
        waivable: rule.waivable,
        source: rule.src.clone(),
    });
    let left = catalogue::deviations().map_err(Failure::unexpected)?;
    let left = left.into_iter().filter(|one| one.how != How::Differs);
    let left = left.map(|one| Row {
        id: one.id,
        kind: "left-out",
        of: String::new(),
        title: one.how.title().to_owned(),
        targets: Vec::new(),
        wanted: one.reason,
        waivable: false,
        source: "assets/catalogue.yaml".to_owned(),
    });
    Ok(checks.chain(rules).chain(left).collect())
}

fn rows_text(rows: &[Row]) -> String {
    let mut out = String::from("Checks\n");
    for row in rows.iter().filter(|row| row.kind == "check") {
        paragraph(
            &mut out,
            &format!("  {:<22} ", row.id),
            "      ",
            &row.title,
        );
    }
    out.push_str("\nRules of the decision; what is told where one does not hold\n");
    for row in rows.iter().filter(|row| row.kind == "rule") {
        let first = format!("  {:<6} {:<12} ", row.id, row.of);
        paragraph(&mut out, &first, "         ", &row.wanted);
    }
    out.push_str("\nOf the catalogue, and no checks here; why\n");
    for row in rows.iter().filter(|row| row.kind == "left-out") {
        let first = format!("  {:<22} ", row.id);
        paragraph(&mut out, &first, "      ", &row.wanted);
    }
    out
}

/// A check or rule: what it reads, what it wants, where that is from, and what
/// it found on this host.
fn explained(job: &Job<'_>, id: &str) -> Result<String, Failure> {
    let deviation = catalogue::deviation(id).map_err(Failure::unexpected)?;
    let is_check = checks::catalogue().any(|check| check.id == id);
    if let Some(deviation) = deviation.as_ref().filter(|_| !is_check) {
        let mut out = format!("{id}: {}\n", deviation.how.title());
        paragraph(&mut out, "  Reason    ", "            ", &deviation.reason);
        return Ok(out);
    }
    let Some(check) = checks::of_id(id) else {
        let flat = job.look().map(|seen| seen.flat)?;
        let rule = explain::explain_rule(&job.rules, id, &flat).map_err(|error| {
            let near = checks::catalogue().filter(|check| {
                let last = check.id.rsplit('.').next().unwrap_or(check.id);
                check.id.contains(id) || id.contains(last)
            });
            let near: Vec<_> = near.take(5).map(|check| check.id).collect();
            let text = if near.is_empty() {
                format!("no check has the id {id}; {error}; see `groundcrew checks list`")
            } else {
                format!("no check has the id {id}; near it: {}", near.join(", "))
            };
            Failure::new(Exit::Usage, text)
        })?;
        return Ok(rule.to_string());
    };
    let mut out = explain::check_text(check, deviation.as_ref());
    // What it came to here, for the targets that it concerns.
    let case = job.case()?;
    let report = job.report(&case.config, &case.seen, &case.judged, &case.named);
    let own = |id: &str| checks::of_id(id).is_some_and(|of| of.id == check.id);
    let found = report.findings.iter().filter(|finding| own(&finding.id));
    out.push_str("On this host\n");
    for finding in found {
        out.push_str(&human::finding_text(finding));
    }
    Ok(out)
}
