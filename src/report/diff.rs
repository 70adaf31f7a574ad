//! What changed between two reports of a host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Finding, Report, Status};
use crate::judge::text::paragraph;

/// Version of the difference's form.
pub const SCHEMA: &str = "report-diff/1";

/// The difference between two reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Diff {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the older report was made, as RFC 3339.
    pub old: String,
    /// When the newer one was made.
    pub new: String,
    /// Whether the reports are of hosts with different names.
    pub hosts: Option<Pair>,
    /// The recommendation, where it is another one.
    pub recommendation: Option<Pair>,
    /// The picked interface, where it is another one.
    pub interface: Option<Pair>,
    /// The findings that are not as they were, the worst first.
    pub changes: Vec<Change>,
}

/// What was and what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pair {
    /// What was.
    pub old: Option<String>,
    /// What is.
    pub new: Option<String>,
}

/// A finding that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// What happened to it.
    pub kind: Kind,
    /// How it came out then; none where it was not there.
    pub old: Option<Status>,
    /// How it came out now; none where it is not there any more.
    pub new: Option<Status>,
    /// What it says now, or else what it said.
    pub message: String,
}

/// What happened to a finding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It was not there, and does not hold.
    New,
    /// It came out worse.
    Worse,
    /// It does not hold as before, and says something else.
    Changed,
    /// It came out better.
    Better,
    /// It did not hold, and is not there any more.
    Gone,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Worse => "WORSE",
            Self::Changed => "CHANGED",
            Self::Better => "BETTER",
            Self::Gone => "GONE",
        }
    }
}

/// How a finding counts: one that was waived does not.
fn counted(finding: &Finding) -> Status {
    if finding.waived_by.is_some() {
        Status::Pass
    } else {
        finding.status
    }
}

/// Compares two reports.
pub fn diff(old: &Report, new: &Report) -> Diff {
    let by_id = |report: &Report| -> BTreeMap<String, Finding> {
        let findings = report.findings.iter();
        findings
            .filter(|finding| finding.group != "facts")
            .map(|finding| (finding.id.clone(), finding.clone()))
            .collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let mut changes = Vec::new();
    for (id, now) in &after {
        let status = counted(now);
        let then = before.get(id);
        let kind = match then.map(|then| (counted(then), then)) {
            None if status > Status::Pass => Kind::New,
            None => continue,
            Some((was, _)) if status > was && status > Status::Pass => Kind::Worse,
            Some((was, _)) if status < was && was > Status::Pass => Kind::Better,
            Some((_, then)) if status > Status::Pass && then.message != now.message => {
                Kind::Changed
            }
            Some(_) => continue,
        };
        changes.push(Change {
            id: id.clone(),
            kind,
            old: then.map(counted),
            new: Some(status),
            message: now.message.clone(),
        });
    }
    for (id, then) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        if counted(then) > Status::Pass {
            changes.push(Change {
                id: id.clone(),
                kind: Kind::Gone,
                old: Some(counted(then)),
                new: None,
                message: then.message.clone(),
            });
        }
    }
    changes.sort_by(|a, b| (a.kind, b.new, &a.id).cmp(&(b.kind, a.new, &b.id)));
    let pair = |old: Option<String>, new: Option<String>| (old != new).then_some(Pair { old, new });
    let id = |report: &Report| report.recommendation.as_ref().map(|r| r.id.clone());
    Diff {
        schema: SCHEMA.into(),
        old: old.generated_at.clone(),
        new: new.generated_at.clone(),
        hosts: pair(old.host.hostname.clone(), new.host.hostname.clone()),
        recommendation: pair(id(old), id(new)),
        interface: pair(old.interfaces.pick.clone(), new.interfaces.pick.clone()),
        changes,
    }
}

impl Diff {
    /// The worst of what is new or worse: [`Status::Pass`] where nothing is.
    pub fn worst(&self) -> Status {
        let bad = self
            .changes
            .iter()
            .filter(|change| matches!(change.kind, Kind::New | Kind::Worse));
        bad.filter_map(|change| change.new)
            .max()
            .unwrap_or(Status::Pass)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = format!("From {} to {}\n", self.old, self.new);
        let none = || "none".to_owned();
        for (what, pair) in [
            ("Host", &self.hosts),
            ("Recommendation", &self.recommendation),
            ("Interface", &self.interface),
        ] {
            if let Some(pair) = pair {
                let text = format!(
                    "{what}: {} before, {} now",
                    pair.old.clone().unwrap_or_else(none),
                    pair.new.clone().unwrap_or_else(none)
                );
                paragraph(&mut out, "", "  ", &text);
            }
        }
        for change in &self.changes {
            let word = |status: Option<Status>| status.map_or("-", Status::word);
            let text = format!(
                "{} ({} before, {} now): {}",
                change.id,
                word(change.old),
                word(change.new),
                change.message
            );
            paragraph(
                &mut out,
                &format!("  {:<8} ", change.kind.word()),
                "           ",
                &text,
            );
        }
        if self.changes.is_empty() {
            out.push_str("No finding has changed.\n");
        }
        out
    }

    /// As Markdown, for tickets.
    pub fn markdown(&self) -> String {
        let mut out = format!("## Changes from {} to {}\n\n", self.old, self.new);
        for line in self
            .text()
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with(' '))
        {
            out.push_str(&format!("- {}\n", super::markdown::escape(line)));
        }
        out.push_str(
            "\n| Change | Finding | Before | Now | Found |\n| --- | --- | --- | --- | --- |\n",
        );
        for change in &self.changes {
            let word = |status: Option<Status>| status.map_or("-", Status::word);
            out.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                change.kind.word(),
                super::markdown::escape(&change.id),
                word(change.old),
                word(change.new),
                super::markdown::escape(&change.message)
            ));
        }
        out
    }
}
