//! The decision and the ranking as the options of a question: what each is,
//! whether it can be had, and why. The same for the wizard and the prompts.

use crate::answers::questions::{self, Kind};
use crate::answers::{Answers, Value};
use crate::judge::decide::{Candidate, Decision, Entry, Status};
use crate::judge::interfaces;

use super::backend::Judged;

/// Where an option stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The best one.
    Recommended,
    /// It can be had as things are.
    Possible,
    /// It can be had after something was done.
    AfterFix,
    /// A fact is missing that decides it.
    Unconfirmed,
    /// It was not judged, since it is not needed.
    NotNeeded,
    /// It cannot be had.
    RuledOut,
}

impl Standing {
    /// The words that are shown.
    pub fn words(self) -> &'static str {
        match self {
            Self::Recommended => "RECOMMENDED",
            Self::Possible => "possible",
            Self::AfterFix => "after fixes",
            Self::Unconfirmed => "not confirmed",
            Self::NotNeeded => "not needed",
            Self::RuledOut => "ruled out",
        }
    }
}

/// A sentence and the rule that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The sentence.
    pub text: String,
    /// The rule, fix or check; nothing where it rests on none.
    pub id: String,
    /// The facts that it rests on.
    pub facts: Vec<String>,
    /// Where the knowledge is from.
    pub source: String,
}

impl Reason {
    /// The sentence with the rule behind it.
    pub fn tagged(&self) -> String {
        if self.id.is_empty() {
            self.text.clone()
        } else {
            format!("{} [{}]", self.text, self.id)
        }
    }
}

/// An option of a question with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The answer that it stands for.
    pub value: String,
    /// Its name.
    pub title: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why, the heaviest first.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// The first reason.
    pub fn brief(&self) -> Option<&Reason> {
        self.reasons.first()
    }
}

/// What is chosen, an answer of `auto` resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// `native`, `swarm`, `kubernetes`; none when nothing is possible.
    pub scheduler: Option<String>,
    /// `wireguard`, `flannel`, `zerotier`, `none`; `builtin` for a scheduler
    /// that has its own.
    pub overlay: Option<String>,
}

impl Choice {
    /// What this version does not set up, in words.
    pub fn not_provisioned(&self) -> Option<&'static str> {
        match (self.scheduler.as_deref(), self.overlay.as_deref()) {
            (Some("swarm"), _) => Some("Docker Swarm"),
            (_, Some("flannel")) => Some("Flannel"),
            _ => None,
        }
    }

    /// The sentence on that.
    pub fn limit(&self) -> Option<String> {
        self.not_provisioned().map(|what| {
            format!(
                "{what}: provisioning it is not in this version; groundcrew plans, explains and \
                 reports."
            )
        })
    }
}

fn word(answers: &Answers, id: &str) -> String {
    let value = answers.get(id);
    let text = value.as_ref().and_then(Value::text).unwrap_or("auto");
    text.to_owned()
}

/// What the answers and the decision come to.
pub fn choice(answers: &Answers, decision: &Decision) -> Choice {
    let recommendation = decision.recommendation.as_ref();
    let scheduler = match word(answers, "scheduler").as_str() {
        "auto" => recommendation.map(|r| r.scheduler.clone()),
        named => Some(named.to_owned()),
    };
    let overlay = match (scheduler.as_deref(), word(answers, "overlay.kind").as_str()) {
        (Some("native"), "auto") => best_overlay(decision),
        (Some("native"), named) => Some(named.to_owned()),
        (Some(_), "auto" | "none") => Some("builtin".to_owned()),
        (Some(_), named) => Some(named.to_owned()),
        (None, _) => None,
    };
    Choice { scheduler, overlay }
}

/// The best overlay for the native scheduler.
fn best_overlay(decision: &Decision) -> Option<String> {
    let mut ranked = decision.ranking.iter().map(|ranked| &ranked.option);
    let native = ranked.find(|option| option.scheduler == "native");
    native.map(|option| option.overlay.clone())
}

/// The name of an option such as `native+wireguard`.
pub fn option_title(id: &str) -> String {
    match id.split_once('+') {
        None => label("scheduler", id),
        Some((scheduler, overlay)) => {
            let (scheduler, overlay) = (
                label("scheduler", scheduler),
                label("overlay.kind", overlay),
            );
            format!("{scheduler} with {overlay}")
        }
    }
}

/// The label of a choice, up to its explanation.
fn label(question: &str, value: &str) -> String {
    let choices = match questions::question(question).map(|question| question.kind) {
        Some(Kind::Choice(choices)) => choices,
        _ => &[],
    };
    let choice = choices.iter().find(|choice| choice.value == value);
    let label = choice.map_or(value, |choice| choice.label);
    label.split(':').next().unwrap_or(label).to_owned()
}

fn reason(lead: &str, entry: &Entry) -> Reason {
    let mut text = format!("{lead}{}", entry.why);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    Reason {
        text,
        id: entry.id.clone(),
        facts: entry.facts.clone(),
        source: entry.source.clone(),
    }
}

fn verdict(question: &str, value: &str, candidate: &Candidate, recommended: bool) -> Verdict {
    let standing = match candidate.status {
        _ if recommended => Standing::Recommended,
        Status::Ready => Standing::Possible,
        Status::AfterFix => Standing::AfterFix,
        Status::Unknown => Standing::Unconfirmed,
        Status::Impossible => Standing::RuledOut,
    };
    let parts: [(&str, &[Entry]); 5] = [
        ("", &candidate.blocked_by),
        ("Not known: ", &candidate.unknown),
        ("To be done first: ", &candidate.fixes),
        ("Wish not met: ", &candidate.unmet),
        ("Note: ", &candidate.warnings),
    ];
    let reasons = parts
        .iter()
        .flat_map(|(lead, entries)| entries.iter().map(|entry| reason(lead, entry)));
    Verdict {
        value: value.to_owned(),
        title: label(question, value),
        standing,
        reasons: reasons.collect(),
    }
}

/// The schedulers, in the order of the page.
pub fn schedulers(decision: &Decision) -> Vec<Verdict> {
    let best = decision
        .recommendation
        .as_ref()
        .map(|r| r.scheduler.as_str());
    ["swarm", "kubernetes", "native"]
        .iter()
        .filter_map(|value| {
            let candidate = decision.candidates.iter().find(|c| c.id == *value)?;
            Some(verdict("scheduler", value, candidate, best == Some(value)))
        })
        .collect()
}

/// The overlays for the native scheduler, `none` last.
pub fn overlays(decision: &Decision) -> Vec<Verdict> {
    let best = best_overlay(decision);
    let best = best.as_deref();
    let mut out: Vec<Verdict> = ["wireguard", "flannel", "zerotier"]
        .iter()
        .map(|value| {
            let id = format!("native+{value}");
            let candidate = decision.candidates.iter().find(|c| c.id == id);
            candidate.map_or_else(
                || Verdict {
                    value: (*value).to_owned(),
                    title: label("overlay.kind", value),
                    standing: Standing::NotNeeded,
                    reasons: Vec::new(),
                },
                |candidate| verdict("overlay.kind", value, candidate, best == Some(value)),
            )
        })
        .collect();
    out.push(Verdict {
        value: "none".into(),
        title: "None".into(),
        standing: if best == Some("none") {
            Standing::Recommended
        } else {
            Standing::Possible
        },
        reasons: vec![Reason {
            text: "For one host only, or a trusted network.".into(),
            id: String::new(),
            facts: Vec::new(),
            source: String::new(),
        }],
    });
    out
}

/// Userspace WireGuard, where experiments are allowed: it is chosen by that
/// answer, not as an overlay of its own.
pub fn userspace_wireguard(decision: &Decision) -> Option<Verdict> {
    let id = "native+wireguard-userspace";
    let candidate = decision.candidates.iter().find(|c| c.id == id)?;
    Some(verdict("overlay.kind", "wireguard", candidate, false))
}

/// An interface with its verdict, as columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceRow {
    /// Name.
    pub name: String,
    /// `up`, `down`, `plan`.
    pub state: String,
    /// The address that would be used, or the first.
    pub address: String,
    /// Kind.
    pub kind: String,
    /// Speed in Mbit/s.
    pub speed: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl InterfaceRow {
    /// The verdict in words, with the first reason.
    pub fn words(&self) -> String {
        let why = self.reasons.first().map(|reason| reason.text.as_str());
        match (self.standing, why) {
            (Standing::Recommended, _) | (_, None) => self.standing.words().to_owned(),
            (standing, Some(why)) => format!("{}: {why}", standing.words()),
        }
    }
}

/// The interfaces, the best first.
pub fn interface_rows(judged: &Judged) -> Vec<InterfaceRow> {
    let unknown = || "-".to_owned();
    let rows = judged.interfaces.candidates.iter();
    rows.map(|candidate| {
        let own = candidate.address;
        let used = |net: &&ipnet::IpNet| own.is_some_and(|own| net.addr() == own);
        let addresses = &candidate.addresses;
        let address = addresses.iter().find(used).or(addresses.first());
        InterfaceRow {
            name: candidate.name.clone(),
            state: candidate.state.clone().unwrap_or_else(unknown),
            address: address.map_or_else(unknown, ToString::to_string),
            kind: candidate.kind.clone().unwrap_or_else(unknown),
            speed: candidate
                .speed
                .map_or_else(unknown, |speed| speed.to_string()),
            standing: match candidate.verdict {
                interfaces::Verdict::Recommended => Standing::Recommended,
                interfaces::Verdict::Possible => Standing::Possible,
                interfaces::Verdict::RuledOut => Standing::RuledOut,
            },
            reasons: candidate
                .reasons
                .iter()
                .map(|reason| Reason {
                    text: reason.why.clone(),
                    id: reason.id.clone(),
                    facts: Vec::new(),
                    source: String::new(),
                })
                .collect(),
        }
    })
    .collect()
}

/// The sentence on what would change the recommendation, if anything would.
pub fn what_if(decision: &Decision) -> Vec<String> {
    decision
        .what_if
        .iter()
        .map(|one| {
            format!(
                "if {}: {}",
                one.condition,
                option_title(&one.recommendation)
            )
        })
        .collect()
}
