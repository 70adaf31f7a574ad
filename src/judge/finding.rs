//! A finding: what a check or a rule came to on a host, for each target.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a finding came out, the best first.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It does not apply.
    #[default]
    Na,
    /// It holds.
    Pass,
    /// It could not be told.
    Unknown,
    /// It does not hold, and that is no obstacle.
    Warn,
    /// It does not hold.
    Fail,
}

impl Status {
    /// The word that stands for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Na => "N/A",
            Self::Pass => "PASS",
            Self::Unknown => "UNKNOWN",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// How much a finding matters, for sorting.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know; nothing has to be done.
    Info,
    /// It could not be told.
    Low,
    /// A warning.
    Medium,
    /// It stands in the way.
    High,
}

/// One finding: a group of facts that was read, a check, or a rule that no check
/// stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Stable id: that of the check, with what it is about where there is one
    /// finding for each of several (`port.tcp.2377`), or that of the rule.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// `facts`, the check's group, or what the rule belongs to.
    pub group: String,
    /// How it came out for each target.
    pub status_by_target: BTreeMap<String, Status>,
    /// The worst of them.
    pub status: Status,
    /// None where there is nothing to say beyond "it holds".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether it stands in the way.
    pub inhibitor: bool,
    /// What is the case, with the host's values.
    pub message: String,
    /// What was measured: facts or figures by name, `null` where one could not
    /// be read.
    pub actual: BTreeMap<String, serde_json::Value>,
    /// What was wanted.
    pub required: String,
    /// Where the facts came from.
    pub evidence: Vec<Evidence>,
    /// What can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The rules of the decision that the finding stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Where the check or rule is from.
    pub links: Vec<String>,
    /// Whether it can be waived.
    pub waivable: bool,
    /// The reason it was waived for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived_by: Option<String>,
}

impl Finding {
    /// Takes the finding of a rule in that asks the same. What does not hold by
    /// the rule does not hold by the check.
    pub(super) fn take_rule(&mut self, rule: Finding) {
        for (target, status) in rule.status_by_target {
            let own = self.status_by_target.entry(target).or_default();
            *own = status.max(*own);
        }
        let worse = rule.status > self.status;
        let tells = rule.status > Status::Pass || self.message.is_empty();
        if worse && self.status <= Status::Pass && tells {
            self.message = rule.message;
        } else if rule.status > Status::Pass {
            self.message = format!("{}; {}", self.message, rule.message);
        }
        self.status = self.status.max(rule.status);
        self.severity = self.severity.max(rule.severity);
        self.inhibitor |= rule.inhibitor;
        self.actual.extend(rule.actual);
        for evidence in rule.evidence {
            if !self
                .evidence
                .iter()
                .any(|known| known.fact == evidence.fact)
            {
                self.evidence.push(evidence);
            }
        }
        self.remedy = self.remedy.take().or(rule.remedy);
        self.waivable &= rule.waivable || rule.status <= Status::Pass;
        self.links.extend(rule.links);
        self.rules.push(rule.id);
    }
}

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    /// The fact's path.
    pub fact: String,
    /// File, socket or call; with why, where it could not be read.
    pub source: String,
}

/// What can be done about a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Remedy {
    /// What, in one sentence.
    pub hint: String,
    /// The commands for this distribution and init system, one a line as it
    /// would be typed as root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// The files that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileChange>,
    /// Whether a program could do it without asking: nothing is stopped,
    /// nothing is lost, and it can be taken back.
    pub auto: bool,
    /// Whether it takes effect with the next boot only.
    pub reboot: bool,
    /// The commands that take it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
}

/// A file of a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FileChange {
    /// The file.
    pub path: String,
    /// What is to stand in it, or to be changed in it.
    pub change: String,
}

impl Remedy {
    /// A remedy in words alone.
    pub fn hint(hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..Self::default()
        }
    }

    /// With a command.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    /// With a file to change.
    #[must_use]
    pub fn file(mut self, path: impl Into<String>, change: impl Into<String>) -> Self {
        self.files.push(FileChange {
            path: path.into(),
            change: change.into(),
        });
        self
    }

    /// With a command that takes it back.
    #[must_use]
    pub fn undo(mut self, command: impl Into<String>) -> Self {
        self.undo.push(command.into());
        self
    }

    /// That a program could do without asking.
    #[must_use]
    pub fn automatic(mut self) -> Self {
        self.auto = true;
        self
    }

    /// That takes effect with the next boot.
    #[must_use]
    pub fn with_reboot(mut self) -> Self {
        self.reboot = true;
        self
    }
}
