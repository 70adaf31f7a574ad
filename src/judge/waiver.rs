//! Waivers: findings that somebody on site answers for.
//!
//! One mechanism for everything that is judged: a rule, a check, or one of a
//! check's several findings, each by its id; or all findings as they stand, by
//! their checksum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks;
use super::finding::{Finding, Status};
use super::rules::{Rules, WaiveError};
use crate::host::digest::sha256;

/// The waivers that hold: the id of a finding, check or rule, and the reason
/// that was given, with its last day.
pub type Waivers = BTreeMap<String, String>;

/// A waiver as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The finding, check or rule.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, `2027-01-31`.
    pub expires: Option<String>,
}

/// A waiver in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Recorded {
    /// The finding, check or rule.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// What became of it.
    pub standing: Standing,
}

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A finding was waived by it.
    Used,
    /// There was nothing to waive.
    Unused,
    /// It goes for a finding that nothing waives: going on cannot work, or
    /// destroys data.
    Refused,
    /// Its last day is over: it counts no more.
    Expired,
}

impl Standing {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

impl Waiver {
    /// Reads `ID=REASON`, or `ID=REASON,until=2027-01-31`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = "wanted ID=REASON or ID=REASON,until=YYYY-MM-DD, with a reason";
        let (id, rest) = text
            .split_once('=')
            .ok_or_else(|| format!("{text}: {wanted}"))?;
        let (reason, expires) = match rest.rsplit_once(",until=") {
            Some((reason, day)) => (reason, Some(day.trim())),
            None => (rest, None),
        };
        if let Some(day) = expires
            && !is_day(day)
        {
            return Err(format!("{text}: {day} is no day; {wanted}"));
        }
        let (id, reason) = (id.trim(), reason.trim());
        if id.is_empty() || reason.is_empty() {
            return Err(format!("{text}: {wanted}"));
        }
        Ok(Self {
            id: id.to_owned(),
            reason: reason.to_owned(),
            expires: expires.map(str::to_owned),
        })
    }

    /// Whether it counts on a day (`2026-11-23`).
    pub fn holds(&self, today: &str) -> bool {
        self.expires.as_deref().is_none_or(|day| today <= day)
    }

    fn text(&self) -> String {
        match &self.expires {
            Some(day) => format!("{} (until {day})", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// A day as `2027-01-31`; days that no month has are refused.
fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape && humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok()
}

/// The waivers that hold on a day, by the ids under which they are looked up.
///
/// # Errors
/// Everything that is wrong with them: an id that nothing has, a finding that
/// nothing waives.
pub fn hold(rules: &Rules, waivers: &[Waiver], today: &str) -> Result<Waivers, Vec<String>> {
    let (mut held, mut problems) = (Waivers::new(), Vec::new());
    for waiver in waivers {
        match ids(rules, &waiver.id) {
            Err(problem) => problems.push(format!("waiver {}: {problem}", waiver.id)),
            Ok(_) if !waiver.holds(today) => {}
            Ok(ids) => held.extend(ids.into_iter().map(|id| (id, waiver.text()))),
        }
    }
    if problems.is_empty() {
        Ok(held)
    } else {
        Err(problems)
    }
}

/// The ids that a waiver goes for: a check's waiver is one of its rules, too, for
/// the decision asks those.
fn ids(rules: &Rules, id: &str) -> Result<Vec<String>, String> {
    if let Some((_, rule)) = rules.rule(id) {
        rules.check_waiver(id).map_err(|error| error.to_string())?;
        return Ok(vec![rule.id.clone()]);
    }
    let Some(check) = checks::of_id(id) else {
        let unknown = rules.check_waiver(id).err();
        let near = checks::catalogue().find(|check| {
            check.id.starts_with(id) || check.id.contains(id) || id.starts_with(check.id)
        });
        return Err(match near {
            Some(check) => format!("no finding has this id; did you mean {}?", check.id),
            None => unknown
                .as_ref()
                .map_or_else(String::new, WaiveError::to_string),
        });
    };
    if !check.waivable {
        return Err(format!(
            "{} cannot be waived: going on cannot work, or destroys data",
            check.id
        ));
    }
    let mut ids = vec![id.to_owned()];
    if id == check.id {
        let own = check.rules.iter();
        ids.extend(
            own.filter(|rule| rules.check_waiver(rule).is_ok())
                .map(|rule| (*rule).to_owned()),
        );
    }
    Ok(ids)
}

/// What became of the waivers.
pub fn record(waivers: &[Waiver], findings: &[Finding], today: &str) -> Vec<Recorded> {
    let recorded = waivers.iter().map(|waiver| {
        let of = |finding: &Finding| {
            finding.id.eq_ignore_ascii_case(&waiver.id)
                || checks::of_id(&finding.id).is_some_and(|check| check.id == waiver.id)
                || finding.rules.contains(&waiver.id)
                || checks::of_id(&waiver.id)
                    .is_some_and(|check| check.rules.contains(&finding.id.as_str()))
        };
        let waived = |finding: &&Finding| finding.waived_by.is_some();
        let strict = |finding: &&Finding| finding.status > Status::Pass && !finding.waivable;
        let mut own = findings.iter().filter(|finding| of(finding));
        Recorded {
            id: waiver.id.clone(),
            reason: waiver.reason.clone(),
            expires: waiver.expires.clone(),
            standing: if !waiver.holds(today) {
                Standing::Expired
            } else if own.clone().any(|finding| strict(&finding)) {
                Standing::Refused
            } else if own.any(|finding| waived(&finding)) {
                Standing::Used
            } else {
                Standing::Unused
            },
        }
    });
    recorded.collect()
}

/// The checksum by which findings are accepted as a whole: SHA-256, in hex, over
/// what does not hold: ids and how they came out for each target. Figures that
/// change by the minute (free space, the clock) are not part of it.
pub fn checksum(findings: &[Finding]) -> String {
    let mut open: Vec<_> = findings
        .iter()
        .filter(|finding| finding.status > Status::Pass && finding.waived_by.is_none())
        .map(|finding| {
            (
                &finding.id,
                &finding.status_by_target,
                finding.status.word(),
            )
        })
        .collect();
    open.sort();
    let mut text = String::new();
    for (id, by_target, status) in open {
        text.push_str(&format!("{id} {status}\n"));
        for (target, status) in by_target {
            text.push_str(&format!("  {target} {}\n", status.word()));
        }
    }
    sha256(text.as_bytes())
}

/// The waivers that accept findings as they stand: for everything that does not
/// hold and that can be waived.
pub fn accept(findings: &[Finding], checksum: &str) -> Waivers {
    let short = checksum.get(..12).unwrap_or(checksum);
    let reason = format!("accepted with the findings' checksum {short}");
    findings
        .iter()
        .filter(|finding| finding.status > Status::Pass && finding.waivable)
        .flat_map(|finding| std::iter::once(&finding.id).chain(&finding.rules))
        .map(|id| (id.clone(), reason.clone()))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn waivers_of_the_command_line() {
        let waiver = Waiver::parse("K7=swap is = on purpose, here,until=2027-01-31").unwrap();
        assert_eq!(waiver.id, "K7");
        assert_eq!(waiver.reason, "swap is = on purpose, here");
        assert!(waiver.holds("2027-01-31"));
        assert!(!waiver.holds("2027-02-01"));
        assert!(Waiver::parse("K7=x").unwrap().holds("2999-01-01"));
        for bad in [
            "K7",
            "K7=",
            "=x",
            "K7=x,until=soon",
            "K7=x,until=2027-02-31",
        ] {
            assert!(Waiver::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_there_and_what_is_never_waived_is_refused_all_at_once() {
        let rules = Rules::embedded().unwrap();
        let waivers: Vec<_> = ["K7=x", "nothing=x", "SW1=x"]
            .iter()
            .map(|text| Waiver::parse(text).unwrap())
            .collect();
        let problems = hold(&rules, &waivers, "2026-11-23").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        let held = hold(&rules, &waivers[..1], "2026-11-23").unwrap();
        assert_eq!(held.get("K7").map(String::as_str), Some("x"));
    }
}
