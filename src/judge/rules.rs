//! Loads the decision knowledge (`assets/rules.yaml`) and checks it: a rule
//! without a source, with a fact nobody measures or a fix that does not exist
//! is refused before anything is decided with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::condition::{Cond, show};
use super::measured;
use crate::facts::flat::FlatFacts;

/// The text of the knowledge that is built in.
pub const EMBEDDED: &str = include_str!("../../assets/rules.yaml");

/// The knowledge: rules, fixes, candidates and levers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    version: u32,
    /// What needs and supplies are when nobody said.
    pub defaults: FlatFacts,
    /// The known remedies, by id.
    pub fixes: BTreeMap<String, Fix>,
    /// The schedulers.
    #[serde(rename = "candidates")]
    pub schedulers: Vec<Scheduler>,
    /// The overlays for a scheduler without one of its own.
    pub overlays: Vec<Overlay>,
    /// What the what-if search may change.
    pub levers: Vec<Lever>,
}

/// A scheduler and its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduler {
    /// `swarm`, `kubernetes`, `native`.
    pub id: String,
    /// The name in sentences.
    pub title: String,
    /// Whether it brings an overlay along.
    pub overlay: OverlaySource,
    /// Class in the ranking where an overlay is needed; lower is better.
    pub tier: u32,
    /// Place in the seed's order.
    pub order: u32,
    /// Place when there is one node, where all tiers are equal.
    pub order_one_node: u32,
    /// What it needs.
    pub rules: Vec<Rule>,
}

/// Where a scheduler's overlay comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverlaySource {
    /// It has one of its own.
    Builtin,
    /// One of `overlays` is needed when there is more than one node.
    External,
}

/// An overlay and its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// `wireguard`, `flannel`, `zerotier`, `wireguard-userspace`.
    pub id: String,
    /// The name in sentences.
    pub title: String,
    /// Place in the seed's order.
    pub order: u32,
    /// Only a candidate when experiments are allowed; never recommended.
    #[serde(default)]
    pub experimental: bool,
    /// What it needs.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Rules of other overlays that hold for it, too.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// How much a rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Has to hold.
    Block,
    /// Shown, and lowers the rank a little.
    Warn,
    /// An unmet wish: lowers the rank more than a warning.
    Pref,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id, as in `SW5`.
    pub id: String,
    /// The rule applies only when this holds.
    #[serde(rename = "if")]
    pub applies: Option<Cond>,
    /// The rule is skipped when this holds.
    pub unless: Option<Cond>,
    /// What has to hold.
    pub require: Cond,
    /// How much it weighs.
    pub severity: Severity,
    /// The remedies, first choice first.
    #[serde(default, deserialize_with = "one_or_many")]
    pub fix: Vec<String>,
    /// Whether a reason given on site can waive it.
    #[serde(default = "yes")]
    pub waivable: bool,
    /// What is the case when it does not hold, with facts in braces.
    pub why: String,
    /// Where this is from.
    pub src: String,
}

/// A remedy: an effect on facts, and what it costs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// Cost class, 1 (configuration) to 6 (the vendor has to change).
    pub cost: u8,
    /// What is done, with facts in braces.
    pub text: String,
    /// Where this is from.
    pub src: String,
    /// Facts that hold afterwards.
    #[serde(default)]
    pub set: FlatFacts,
    /// Facts that afterwards have the value of another fact.
    #[serde(default)]
    pub set_from: BTreeMap<String, String>,
    /// When it can be done at all.
    pub needs: Option<Cond>,
}

/// Something about the host or the wishes that could be otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lever {
    /// Stable id.
    pub id: String,
    /// The end of a sentence that starts with "if".
    pub text: String,
    /// Facts that would hold.
    #[serde(default)]
    pub set: FlatFacts,
    /// Values that a list would hold in addition.
    #[serde(default)]
    pub set_add: FlatFacts,
    /// When the question makes sense.
    pub when: Cond,
}

fn yes() -> bool {
    true
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(from)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// What is wrong with a rules file; all of it at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Not YAML, or not of the known shape.
    #[error("rules: {0}")]
    Parse(String),
    /// Of the right shape, but it contradicts itself.
    #[error("rules: {} problem(s):\n  {}", .0.len(), .0.join("\n  "))]
    Check(Vec<String>),
}

/// Why a rule cannot be waived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiveError {
    /// No rule has this id.
    #[error("no rule {id} to waive; {hint}")]
    Unknown {
        /// The id as given.
        id: String,
        /// The nearest ids, or how to list them.
        hint: String,
    },
    /// The rule is one of those that nothing can waive.
    #[error("{id} cannot be waived: {src}")]
    Never {
        /// The rule.
        id: String,
        /// Where the rule is from.
        src: String,
    },
}

impl Rules {
    /// The knowledge that is built in.
    ///
    /// # Errors
    /// When it is broken, which a test makes sure it is not.
    pub fn embedded() -> Result<Self, RulesError> {
        Self::load(EMBEDDED)
    }

    /// Reads and checks knowledge in the form of `assets/rules.yaml`.
    ///
    /// # Errors
    /// `Parse` with line and column, or `Check` with everything that is wrong.
    pub fn load(text: &str) -> Result<Self, RulesError> {
        let rules: Rules =
            serde_yaml::from_str(text).map_err(|error| RulesError::Parse(error.to_string()))?;
        let problems = rules.problems();
        if problems.is_empty() {
            Ok(rules)
        } else {
            Err(RulesError::Check(problems))
        }
    }

    /// Every rule, with the title of what it belongs to.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Rule)> {
        let schedulers = self
            .schedulers
            .iter()
            .flat_map(|s| s.rules.iter().map(|rule| (s.title.as_str(), rule)));
        let overlays = self
            .overlays
            .iter()
            .flat_map(|o| o.rules.iter().map(|rule| (o.title.as_str(), rule)));
        schedulers.chain(overlays)
    }

    /// The rule with this id, in any case of letters.
    pub fn rule(&self, id: &str) -> Option<(&str, &Rule)> {
        self.all()
            .find(|(_, rule)| rule.id.eq_ignore_ascii_case(id))
    }

    /// The rules that an overlay is judged by: its own and those it uses.
    pub fn of_overlay<'a>(&'a self, overlay: &'a Overlay) -> Vec<&'a Rule> {
        let used = overlay.uses.iter().filter_map(|id| self.rule(id));
        overlay
            .rules
            .iter()
            .chain(used.map(|(_, rule)| rule))
            .collect()
    }

    /// The facts with the defaults of needs and supplies filled in.
    pub fn with_defaults(&self, facts: &FlatFacts) -> FlatFacts {
        let mut full = self.defaults.clone();
        for (path, value) in facts {
            if !value.is_null() {
                full.insert(path.clone(), value.clone());
            }
        }
        full
    }

    /// Whether a rule may be waived.
    ///
    /// # Errors
    /// When there is no such rule, or it is one that nothing waives.
    pub fn check_waiver(&self, id: &str) -> Result<(), WaiveError> {
        match self.rule(id) {
            Some((_, rule)) if rule.waivable => Ok(()),
            Some((_, rule)) => Err(WaiveError::Never {
                id: rule.id.clone(),
                src: rule.src.clone(),
            }),
            None => Err(WaiveError::Unknown {
                id: id.to_owned(),
                hint: super::explain::nearest(self, id),
            }),
        }
    }

    fn problems(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.version != 1 {
            out.push(format!("version: {}; wanted 1", self.version));
        }
        let mut seen = BTreeSet::new();
        for (_, rule) in self.all() {
            if !seen.insert(rule.id.as_str()) {
                out.push(format!("rule {}: the id is used twice", rule.id));
            }
            self.check_rule(rule, &mut out);
        }
        let used: BTreeSet<&str> = self
            .all()
            .flat_map(|(_, rule)| rule.fix.iter().map(String::as_str))
            .collect();
        for (id, fix) in &self.fixes {
            let name = format!("fix {id}");
            if !used.contains(id.as_str()) {
                out.push(format!("{name}: no rule names it"));
            }
            if !(1..=6).contains(&fix.cost) {
                out.push(format!("{name}: cost {}; wanted 1 to 6", fix.cost));
            }
            if fix.set.is_empty() && fix.set_from.is_empty() {
                out.push(format!("{name}: it changes no fact"));
            }
            check_text(&name, &fix.text, &fix.src, &mut out);
            let changed = fix.set.keys().chain(fix.set_from.keys());
            let read = fix.set_from.values();
            check_paths(&name, changed.chain(read).map(String::as_str), &mut out);
            check_paths(&name, fix.needs.iter().flat_map(Cond::facts), &mut out);
        }
        for overlay in &self.overlays {
            for id in overlay.uses.iter().filter(|id| !seen.contains(id.as_str())) {
                out.push(format!(
                    "overlay {}: uses {id}, which is no rule",
                    overlay.id
                ));
            }
            if overlay.rules.is_empty() && overlay.uses.is_empty() {
                out.push(format!("overlay {}: it has no rules", overlay.id));
            }
        }
        for lever in &self.levers {
            let name = format!("lever {}", lever.id);
            if lever.set.is_empty() && lever.set_add.is_empty() {
                out.push(format!("{name}: it changes no fact"));
            }
            let changed = lever.set.keys().chain(lever.set_add.keys());
            check_paths(&name, changed.map(String::as_str), &mut out);
            check_paths(&name, lever.when.facts().into_iter(), &mut out);
        }
        check_paths(
            "defaults",
            self.defaults.keys().map(String::as_str),
            &mut out,
        );
        out
    }

    fn check_rule(&self, rule: &Rule, out: &mut Vec<String>) {
        let name = format!("rule {}", rule.id);
        check_text(&name, &rule.why, &rule.src, out);
        check_paths(&name, rule.facts().into_iter(), out);
        for fix in rule.fix.iter().filter(|fix| !self.fixes.contains_key(*fix)) {
            out.push(format!("{name}: fix {fix} does not exist"));
        }
        if !rule.fix.is_empty() && rule.severity != Severity::Block {
            out.push(format!("{name}: only a block rule has a fix"));
        }
    }
}

impl Rule {
    /// The facts that the rule reads, each once: first what it requires.
    pub fn facts(&self) -> Vec<&str> {
        let mut out = self.require.facts();
        for fact in [&self.applies, &self.unless]
            .into_iter()
            .flatten()
            .flat_map(Cond::facts)
        {
            if !out.contains(&fact) {
                out.push(fact);
            }
        }
        out
    }
}

fn check_text(name: &str, text: &str, src: &str, out: &mut Vec<String>) {
    if src.trim().len() < 4 || src.trim().eq_ignore_ascii_case("practice") {
        out.push(format!("{name}: src '{src}'; wanted where this is from"));
    }
    let placeholders = placeholders(text);
    if placeholders.is_empty() {
        out.push(format!("{name}: the text names no fact in braces"));
    }
    check_paths(name, placeholders.into_iter(), out);
    if !text.is_ascii() || !src.is_ascii() {
        out.push(format!("{name}: text and src have to be ASCII"));
    }
}

fn check_paths<'a>(name: &str, paths: impl Iterator<Item = &'a str>, out: &mut Vec<String>) {
    for path in paths {
        if measured::how(path).is_none() {
            out.push(format!("{name}: nobody measures the fact {path}"));
        }
    }
}

/// The fact paths that a text has in braces.
pub fn placeholders(text: &str) -> Vec<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .flat_map(|(paths, _)| paths.split('|'))
        .collect()
}

/// Fills the facts in braces into a text; of `{a|b}` the first that is known,
/// `unknown` when none is.
pub fn fill(text: &str, facts: &FlatFacts) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((paths, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let known = paths
            .split('|')
            .find_map(|path| facts.get(path).filter(|value| !value.is_null()));
        out.push_str(&known.map_or_else(|| "unknown".to_owned(), show));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A fact as `path=value`, the form in which reasons carry it.
pub fn fact_text(path: &str, facts: &FlatFacts) -> String {
    let value = match facts.get(path) {
        None | Some(Value::Null) => "unknown".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(value) => show(value),
    };
    format!("{path}={value}")
}
