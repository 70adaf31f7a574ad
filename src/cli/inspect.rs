//! Commands that look and judge: they change nothing.

use super::args::{ChecksCommand, Data, DataArgs, FactsArgs, InterfacesArgs, PreflightArgs};
use super::job::{Case, Job, exit_of};
use super::output::{self, print};
use crate::error::{Exit, Failure};
use crate::judge::explain;
use crate::report::{human, json, yaml};

/// `preflight`.
pub fn preflight(job: &Job<'_>, arguments: &PreflightArgs) -> Result<Exit, Failure> {
    let Case {
        config,
        seen,
        named,
        judged,
        ..
    } = job.case()?;
    let report = job.report(&config, &seen, &judged, &named);
    output::write_reports(job.host, &config.reports, &report)?;
    if job.global.quiet {
        print(&format!("{}\n", human::summary_line(&report)))?;
    } else {
        print(&arguments.format.write(&report))?;
    }
    Ok(exit_of(&report, job.global))
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
    let value = match &seen.facts {
        Some(facts) => serde_json::to_value(facts),
        None => serde_json::to_value(&seen.flat),
    }
    .map_err(Failure::unexpected)?;
    let text = match (arguments.format, &seen.facts) {
        (Data::Json, Some(facts)) => json(facts),
        (Data::Yaml, Some(facts)) => yaml(facts),
        (Data::Json, None) => json(&value),
        (Data::Yaml, None) => yaml(&value),
        (Data::Human, _) => {
            let lines = seen.flat.iter().map(|(path, value)| {
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
            let rows: Vec<_> = job
                .rules
                .all()
                .map(|(title, rule)| {
                    serde_json::json!({
                        "id": rule.id,
                        "of": title,
                        "severity": match rule.severity {
                            crate::judge::rules::Severity::Block => "block",
                            crate::judge::rules::Severity::Warn => "warn",
                            crate::judge::rules::Severity::Pref => "pref",
                        },
                        "why": rule.why,
                        "source": rule.src,
                    })
                })
                .collect();
            print(&match arguments.format {
                Data::Json => json(&rows),
                Data::Yaml => yaml(&rows),
                Data::Human => {
                    let mut out = String::new();
                    for (title, rule) in job.rules.all() {
                        let first = format!("{:<6} {title:<26} ", rule.id);
                        crate::judge::text::paragraph(&mut out, &first, "       ", &rule.why);
                    }
                    out
                }
            })?;
        }
        ChecksCommand::Explain { id } => {
            // With the host's present values, where they can be read.
            let flat = job.look().map(|seen| seen.flat)?;
            let explained = explain::explain_rule(&job.rules, id, &flat)
                .map_err(|error| Failure::new(Exit::Usage, error))?;
            print(&explained.to_string())?;
        }
    }
    Ok(Exit::Done)
}
