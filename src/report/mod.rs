//! 7. Telling it.
//!
//! One [`Report`] value holds everything that is told of a host and of a run;
//! each format is a function of it. Nothing is decided here.

pub mod capture;
pub mod diff;
pub mod html;
pub mod human;
pub mod junit;
pub mod lint;
pub mod markdown;
pub mod nagios;
pub mod progress;
pub mod schema;

use serde::{Deserialize, Serialize};

use crate::apply::journal::StepState;
use crate::apply::verify::Verified;
use crate::facts::flat::FlatFacts;
use crate::facts::{Fact, Facts};
use crate::judge::decide::{Candidate, Decision, Recommendation, WhatIf};
pub use crate::judge::finding::{Evidence, Finding, Remedy, Severity, Status};
use crate::judge::interfaces::Candidates;
use crate::judge::waiver::{Recorded, checksum};
use crate::plan::Advice;

/// Version of the report's form.
pub const SCHEMA: &str = "preflight/1";

/// Everything that is told of a host.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Report {
    /// Version of this form: `preflight/1`.
    pub schema: String,
    /// The host in a few words.
    pub host: Host,
    /// When the host was looked at, as RFC 3339 in UTC.
    pub generated_at: String,
    /// Version of groundcrew.
    pub tool_version: String,
    /// What the findings were judged for: what was asked for, or else what is
    /// recommended.
    pub targets: Vec<String>,
    /// How many findings came out how.
    pub summary: Summary,
    /// The findings.
    pub findings: Vec<Finding>,
    /// SHA-256 over what does not hold, for `--accept-findings`.
    #[serde(default)]
    pub findings_sha256: String,
    /// The waivers that were given, and what became of them.
    #[serde(default)]
    pub waivers: Vec<Recorded>,
    /// What is recommended.
    pub recommendation: Option<Recommendation>,
    /// Everything that was judged.
    pub candidates: Vec<Candidate>,
    /// What would change the recommendation.
    pub what_if: Vec<WhatIf>,
    /// The interfaces, ranked.
    pub interfaces: Candidates,
    /// What was found, with its sources; of another host, as it was given.
    pub facts: serde_json::Value,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunReport>,
}

/// The host in a few words. What is not known is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Host {
    /// Name.
    pub hostname: Option<String>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Distribution.
    pub distro: Option<String>,
    /// Architecture.
    pub arch: Option<String>,
    /// Docker's version.
    pub docker: Option<String>,
}

/// How many findings came out how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Summary {
    /// Passed.
    pub pass: usize,
    /// Passed with a warning.
    pub warn: usize,
    /// Failed.
    pub fail: usize,
    /// Could not be told.
    pub unknown: usize,
    /// Not applicable.
    pub na: usize,
    /// Waived.
    pub waived: usize,
    /// The worst of them.
    pub verdict: Status,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunReport {
    /// Folder of the run.
    pub dir: String,
    /// How it ended, in one sentence.
    pub outcome: String,
    /// The steps and where they stand.
    pub steps: Vec<StepReport>,
    /// What was verified.
    pub verified: Vec<Verified>,
    /// What is left to the operator.
    pub notes: Vec<String>,
    /// What the installation that follows needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StepReport {
    /// What it does.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// Puts a report together. `facts` is what was read; of a host that is only
    /// known by the paths of the rules, `flat` is all there is.
    pub fn new(
        facts: Option<&Facts>,
        flat: &FlatFacts,
        judged: (&Decision, Option<Candidates>),
        targets: Vec<String>,
        findings: Vec<Finding>,
        now: String,
    ) -> Self {
        let (decision, interfaces) = judged;
        let known = |fact: fn(&Facts) -> &Fact<String>, path: &str| {
            let read = facts.and_then(|facts| fact(facts).value().cloned());
            read.or_else(|| {
                flat.get(path)
                    .and_then(|value| value.as_str().map(str::to_string))
            })
        };
        Self {
            schema: SCHEMA.into(),
            host: Host {
                hostname: known(|facts| &facts.os.hostname, ""),
                kernel: known(|facts| &facts.kernel.release, "kernel.release"),
                distro: known(|facts| &facts.os.name, "os.family"),
                arch: known(|facts| &facts.kernel.arch, "arch"),
                docker: known(|facts| &facts.docker.version, "docker.version"),
            },
            generated_at: facts.map_or(now, |facts| facts.collected_at.clone()),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            targets,
            summary: Summary::of(&findings),
            findings_sha256: checksum(&findings),
            findings,
            waivers: Vec::new(),
            recommendation: decision.recommendation.clone(),
            candidates: decision.candidates.clone(),
            what_if: decision.what_if.clone(),
            interfaces: interfaces.unwrap_or_default(),
            facts: match facts {
                Some(facts) => serde_json::to_value(facts),
                None => serde_json::to_value(flat),
            }
            .unwrap_or_default(),
            run: None,
        }
    }
}

impl Summary {
    fn of(findings: &[Finding]) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            if finding.waived_by.is_some() {
                summary.waived += 1;
                continue;
            }
            match finding.status {
                Status::Na => summary.na += 1,
                Status::Pass => summary.pass += 1,
                Status::Unknown => summary.unknown += 1,
                Status::Warn => summary.warn += 1,
                Status::Fail => summary.fail += 1,
            }
            summary.verdict = summary.verdict.max(finding.status);
        }
        summary
    }
}

/// The formats that a report can be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, 80 columns.
    #[default]
    Human,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Markdown, for tickets.
    Markdown,
    /// One HTML page.
    Html,
    /// JUnit XML, for CI servers.
    Junit,
    /// A plugin's line, for monitoring.
    Nagios,
}

impl Format {
    /// The format that the extension of a file name stands for.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1 {
            "txt" => Some(Self::Human),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "md" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "xml" => Some(Self::Junit),
            _ => None,
        }
    }

    /// The report in this format, with a line end at its end. `strict` takes
    /// warnings for failures where the format knows only those.
    pub fn write(self, report: &Report, strict: bool) -> String {
        match self {
            Self::Human => human::text(report),
            Self::Json => json(report),
            Self::Yaml => yaml(report),
            Self::Markdown => markdown::text(report),
            Self::Html => html::text(report),
            Self::Junit => junit::text(report, strict),
            Self::Nagios => nagios::text(report, strict),
        }
    }
}

/// A value as JSON for people and programs: indented, keys in their order.
pub fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// A value as YAML.
pub fn yaml(value: &impl Serialize) -> String {
    serde_yaml::to_string(value).unwrap_or_default()
}
