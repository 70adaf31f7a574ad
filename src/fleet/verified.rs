//! What a verification of all hosts found: every way that was tried.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::apply::Pair;
use super::containers::{self, Inside};
use super::names;
use super::throughput::Throughput;
use crate::apply::verify::Status;
use crate::judge::text::paragraph;

/// The file with it.
pub const VERIFIED: &str = "verify.json";

/// The ways that were tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// `fleet-verify/1`.
    pub schema: String,
    /// When.
    pub at: String,
    /// With how many echo requests each.
    pub echoes: u16,
    /// The ways, by their ends.
    pub pairs: Vec<Pair>,
    /// Whether the echo requests were a container's, as with Flannel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_containers: bool,
    /// What the ways carry, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// The ways from container to container, where the scheduler has a network of its
    /// own for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<Inside>,
}

impl Matrix {
    /// The ways that were tried now.
    pub fn new(at: &str, echoes: u16, mut pairs: Vec<Pair>) -> Self {
        pairs.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        Self {
            schema: "fleet-verify/1".to_owned(),
            at: at.to_owned(),
            echoes,
            pairs,
            from_containers: false,
            throughput: None,
            containers: Vec::new(),
        }
    }

    /// The hosts that it is about.
    pub fn hosts(&self) -> BTreeSet<&str> {
        let pairs = self.pairs.iter();
        let pairs = pairs.flat_map(|pair| [pair.from.as_str(), pair.to.as_str()]);
        let inside = self.containers.iter();
        let inside = inside.flat_map(|way| [way.from.as_str(), way.to.as_str()]);
        pairs
            .chain(inside)
            .filter(|host| *host != containers::ANY)
            .collect()
    }

    /// Whether nothing of it fails: no way, and none between containers. What a way
    /// carries is measured, not judged.
    pub fn is_good(&self) -> bool {
        self.pairs.iter().all(|pair| pair.ok)
            && self.containers.iter().all(|way| way.status != Status::Fail)
    }

    /// Whether it tells this of a host already, as that of its containers.
    pub fn tells(&self, host: &str, message: &str) -> bool {
        let mut failed = self.containers.iter();
        failed
            .any(|way| way.status == Status::Fail && (&*way.from, &*way.message) == (host, message))
    }

    /// For people: who does not reach whom, and how good the ways are.
    pub fn text(&self) -> String {
        self.text_beside(&BTreeSet::new())
    }

    /// The same where of these hosts it is told already why they told nothing.
    pub fn text_beside(&self, told: &BTreeSet<&str>) -> String {
        let mut text = String::new();
        let good = self.pairs.iter().filter(|pair| pair.ok);
        let line = format!(
            "{} of {} pairs reach each other with packets of the planned size",
            good.clone().count(),
            self.pairs.len()
        );
        let mut lines = Vec::new();
        if !self.pairs.is_empty() {
            lines.push(line);
        }
        let said = |pair: &&Pair| pair.was_tried() || !told.contains(&*pair.from);
        lines.extend(broken(self.pairs.iter().filter(said)));
        let mean = |pair: &Pair| pair.rtt.as_ref().map(|rtt| rtt.mean_us);
        if let Some(slowest) = good
            .clone()
            .filter(|pair| pair.rtt.is_some())
            .max_by_key(|pair| mean(pair))
        {
            let ms = mean(slowest).unwrap_or_default();
            lines.push(format!(
                "slowest: {} to {}, {}.{:03} ms",
                slowest.from,
                slowest.to,
                ms / 1000,
                ms % 1000
            ));
        }
        let lossy: Vec<&Pair> = good
            .filter(|pair| pair.lost.is_some_and(|lost| lost > 0))
            .collect();
        if let Some(first) = lossy.first() {
            lines.push(format!(
                "{} pairs lost packets, the first {} to {}",
                lossy.len(),
                first.from,
                first.to
            ));
        }
        lines.extend(self.throughput.iter().flat_map(Throughput::lines));
        lines.extend(containers::lines(&self.containers));
        for line in &lines {
            paragraph(&mut text, "", "  ", line);
        }
        text
    }

    /// The ways that do not work, by the host that they begin at.
    pub fn broken(&self) -> Vec<String> {
        broken(&self.pairs)
    }
}

/// The ways that do not work, by the host that they begin at, as sentences.
pub fn broken<'a>(pairs: impl IntoIterator<Item = &'a Pair>) -> Vec<String> {
    let mut by: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs.into_iter().filter(|pair| !pair.ok) {
        by.entry(&pair.from).or_default().push(pair);
    }
    by.into_iter()
        .map(|(from, pairs)| {
            let to = names::some(pairs.iter().map(|pair| pair.to.as_str()));
            let why = pairs.first().map_or("", |pair| pair.message.as_str());
            format!("{from} does not reach {to}: {why}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::apply::Rtt;

    fn pair(from: &str, to: &str, ok: bool, mean_us: u64) -> Pair {
        Pair {
            from: from.into(),
            to: to.into(),
            ok,
            message: "silence".into(),
            sent: Some(3),
            lost: Some(u16::from(!ok) * 3),
            rtt: ok.then_some(Rtt {
                min_us: mean_us,
                mean_us,
                max_us: mean_us,
            }),
            mtu: Some(1420),
        }
    }

    #[test]
    fn who_does_not_reach_whom_is_told_by_source() {
        let pairs = vec![
            pair("c", "a", false, 0),
            pair("a", "b", true, 1500),
            pair("c", "b", false, 0),
        ];
        let text = Matrix::new("now", 3, pairs).text();
        let wanted = "1 of 3 pairs reach each other with packets of the planned size\n\
                      c does not reach a, b: silence\nslowest: a to b, 1.500 ms\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn what_is_wrong_with_a_host_is_told_once() {
        let pairs = vec![
            Pair::not_asked("c", "a", "refused"),
            Pair::not_asked("c", "b", "refused"),
            pair("a", "c", false, 0),
        ];
        let mut matrix = Matrix::new("now", 3, pairs);
        let whole = matrix.text();
        assert!(
            whole.contains("c does not reach a, b: it was not asked: refused\n"),
            "{whole}"
        );
        // Beside a line that says why `c` told nothing; what others say of it stays.
        let beside = matrix.text_beside(&["c", "a"].into());
        assert_eq!(
            beside,
            "0 of 3 pairs reach each other with packets of the planned size\n\
             a does not reach c: silence\n"
        );
        matrix.containers = [(Status::Fail, "no answer"), (Status::Unknown, "drained")]
            .map(|(status, message)| Inside {
                from: "a".into(),
                to: "b".into(),
                status,
                message: message.into(),
            })
            .into();
        assert_eq!(matrix.text().matches("no answer").count(), 1);
        assert!(matrix.tells("a", "no answer"));
        for (host, message) in [("a", "drained"), ("b", "no answer"), ("a", "it is down")] {
            assert!(!matrix.tells(host, message), "{host}: {message}");
        }
    }
}
