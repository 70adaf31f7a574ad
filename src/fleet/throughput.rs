//! How much the ways between hosts carry: who is measured against whom, in rounds in
//! which each host is in one pair at most, and what the hosts told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::apply::{Pair, Reply, Task, verified};
use super::roles::{ALL_PAIRS, SAMPLED};
use crate::apply::verify::measure::rate;

/// Most pairs that are measured at once.
pub const AT_ONCE: usize = 16;
/// Up to so many hosts, every way that was tried is measured; above that, each host's
/// to some others.
pub const ALL: usize = 16;

/// Two hosts, the one with the lower name first.
pub type Two = (String, String);

/// What a way carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// From which host.
    pub from: String,
    /// To which.
    pub to: String,
    /// Bits of payload per second; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_second: Option<u64>,
    /// Why it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What all ways carried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    /// For how many seconds each direction was filled.
    pub seconds: u16,
    /// The ways, by their ends.
    pub flows: Vec<Flow>,
}

impl Throughput {
    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let known: Vec<(&Flow, u64)> = self
            .flows
            .iter()
            .filter_map(|flow| Some((flow, flow.bits_per_second?)))
            .collect();
        let mut lines = vec![format!(
            "throughput was measured on {} of {} ways, {} s each",
            known.len(),
            self.flows.len(),
            self.seconds
        )];
        let mut rates: Vec<u64> = known.iter().map(|(_, bits)| *bits).collect();
        rates.sort_unstable();
        let median = rates.get(rates.len() / 2).copied();
        if let (Some((flow, bits)), Some(median)) =
            (known.iter().min_by_key(|(_, bits)| *bits), median)
        {
            lines.push(format!(
                "least throughput: {} to {}, {}; median {}",
                flow.from,
                flow.to,
                rate(*bits),
                rate(median)
            ));
        }
        let missed = self
            .flows
            .iter()
            .find_map(|flow| Some((flow, flow.why.as_ref()?)));
        if let Some((flow, why)) = missed {
            lines.push(format!(
                "throughput that is not known: the first {} to {}: {why}",
                flow.from, flow.to
            ));
        }
        lines
    }
}

/// The pairs whose ways work, of those that were tried; of many hosts a sample.
/// `asked`: who can be asked.
pub fn pairs(tried: &[Pair], asked: &BTreeSet<String>) -> BTreeSet<Two> {
    let broken: BTreeSet<Two> = tried.iter().filter(|pair| !pair.ok).map(two).collect();
    let working: BTreeSet<Two> = tried
        .iter()
        .map(two)
        .filter(|pair| !broken.contains(pair))
        .filter(|(one, other)| asked.contains(one) && asked.contains(other))
        .collect();
    // Where the ways are a sample already, it is that one.
    if asked.len() <= ALL || asked.len() > ALL_PAIRS {
        return working;
    }
    // At these distances in the ring of their names: each host is in as many pairs.
    let at: BTreeMap<&String, usize> = asked.iter().zip(0..).collect();
    let near = |(one, other): &Two| {
        let (Some(one), Some(other)) = (at.get(one), at.get(other)) else {
            return false;
        };
        let apart = one.abs_diff(*other);
        let apart = apart.min(asked.len() - apart);
        apart.is_power_of_two() && apart < 1 << (SAMPLED / 2)
    };
    working.into_iter().filter(near).collect()
}

fn two(pair: &Pair) -> Two {
    let (from, to) = (pair.from.clone(), pair.to.clone());
    if from < to { (from, to) } else { (to, from) }
}

/// The pairs in rounds of at most `at_once`, each host in one pair of a round at most.
pub fn rounds(pairs: &BTreeSet<Two>, at_once: usize) -> Vec<Vec<Two>> {
    let names: BTreeSet<&String> = pairs.iter().flat_map(|(one, other)| [one, other]).collect();
    let at: BTreeMap<&String, usize> = names.iter().copied().zip(0..).collect();
    // The rounds of a tournament: with all pairs, each host has one in every round.
    let players = names.len().next_multiple_of(2).max(2);
    let round = |one: usize, other: usize| {
        let (low, high) = (one.min(other), one.max(other));
        let sum = if high == players - 1 {
            2 * low
        } else {
            low + high
        };
        sum % (players - 1)
    };
    let mut ordered: Vec<&Two> = pairs.iter().collect();
    ordered.sort_by_key(|(one, other)| match (at.get(one), at.get(other)) {
        (Some(one), Some(other)) => round(*one, *other),
        _ => 0,
    });
    let mut rounds: Vec<(BTreeSet<&String>, Vec<Two>)> = Vec::new();
    for pair in ordered {
        let (one, other) = pair;
        let free = rounds.iter_mut().find(|(busy, pairs)| {
            pairs.len() < at_once.max(1) && !busy.contains(one) && !busy.contains(other)
        });
        match free {
            Some((busy, pairs)) => {
                busy.extend([one, other]);
                pairs.push(pair.clone());
            }
            None => rounds.push(([one, other].into(), vec![pair.clone()])),
        }
    }
    rounds.into_iter().map(|(_, pairs)| pairs).collect()
}

/// What a host is told to do with a peer, by the name in its join file.
pub fn task(peer: &str, seconds: u16) -> Task {
    let seconds = seconds.to_string();
    let argv = [
        "verify",
        "--format",
        "json",
        // The other half is the scheduler's own traffic, and may take longer than the
        // other end waits.
        "--only",
        "overlay",
        "--peer",
        peer,
        "--throughput",
        &seconds,
    ];
    Task::new(&argv, Some(7))
}

/// What a host told of the way to a peer, in bits per second: there, and back.
///
/// # Errors
/// Why it told nothing.
pub fn told(reply: &Reply, peer: &str) -> Result<(u64, u64), String> {
    let rates = verified(reply, |_| true)
        .into_iter()
        .find(|found| found.id == "verify.peer" && found.subject == peer)
        .and_then(|found| found.path?.throughput)
        .ok_or("nothing was told of it")?;
    match (rates.there, rates.back, rates.why) {
        (Some(there), Some(back), _) => Ok((there, back)),
        (_, _, Some(why)) => Err(why),
        _ => Err("nothing was told of it".to_owned()),
    }
}

/// The two ways of a pair, from what both told. Who heard nothing says less than who
/// was not let in.
pub fn flows(
    (one, other): &Two,
    of_one: Result<(u64, u64), String>,
    of_other: Result<(u64, u64), String>,
) -> [Flow; 2] {
    let why = match (&of_one, &of_other) {
        (Err(one), Err(other)) if one.contains("did not come") => Some(other.clone()),
        (Err(why), _) | (_, Err(why)) => Some(why.clone()),
        _ => None,
    };
    let turned = of_other.ok().map(|(there, back)| (back, there));
    let (there, back) = of_one.ok().or(turned).unzip();
    let flow = |from: &String, to: &String, bits: Option<u64>| Flow {
        from: from.clone(),
        to: to.clone(),
        bits_per_second: bits,
        why: if bits.is_none() { why.clone() } else { None },
    };
    [flow(one, other, there), flow(other, one, back)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fleet::apply::Ran;

    fn names(count: usize) -> BTreeSet<String> {
        (0..count).map(|n| format!("h{n:03}")).collect()
    }

    fn tried(names: &BTreeSet<String>) -> Vec<Pair> {
        let each = names.iter().flat_map(|from| {
            names
                .iter()
                .filter(move |to| *to != from)
                .map(move |to| Pair {
                    from: from.clone(),
                    to: to.clone(),
                    ok: true,
                    message: String::new(),
                    sent: None,
                    lost: None,
                    rtt: None,
                    mtu: None,
                })
        });
        each.collect()
    }

    #[test]
    fn nobody_is_in_two_pairs_of_a_round_and_no_pair_is_left_out() {
        for count in 0..40 {
            let hosts = names(count);
            let pairs = pairs(&tried(&hosts), &hosts);
            for at_once in [1, 3, AT_ONCE] {
                let rounds = rounds(&pairs, at_once);
                for round in &rounds {
                    assert!(round.len() <= at_once && !round.is_empty());
                    let busy: BTreeSet<_> = round.iter().flat_map(|(a, b)| [a, b]).collect();
                    assert_eq!(busy.len(), 2 * round.len(), "{round:?}");
                }
                let all: BTreeSet<Two> = rounds.concat().into_iter().collect();
                assert_eq!(all, pairs);
                assert_eq!(rounds.concat().len(), pairs.len());
            }
        }
        // Ten hosts: nine rounds of five; a hundred: a sample that ends.
        assert_eq!(
            rounds(&pairs(&tried(&names(10)), &names(10)), AT_ONCE).len(),
            9
        );
        let hundred = pairs(&tried(&names(100)), &names(100));
        assert_eq!(hundred.len(), 100 * SAMPLED / 2);
        assert!(rounds(&hundred, AT_ONCE).len() < 32);
    }

    #[test]
    fn ways_that_do_not_work_and_hosts_that_are_not_asked_are_left_out() {
        let hosts = names(4);
        let mut ways = tried(&hosts);
        ways.iter_mut()
            .find(|way| way.from == "h002" && way.to == "h001")
            .unwrap()
            .ok = false;
        let asked: BTreeSet<String> = hosts.iter().filter(|h| *h != "h003").cloned().collect();
        let left = pairs(&ways, &asked);
        let named: Vec<_> = left.iter().map(|(a, b)| format!("{a} {b}")).collect();
        assert_eq!(named, ["h000 h001", "h000 h002"]);
    }

    #[test]
    fn one_end_is_enough_and_both_tell_more_than_one() {
        let reply = |out: &str| Reply {
            ran: vec![Ran {
                argv: vec!["verify".into()],
                code: None,
                out: out.into(),
            }],
            ..Reply::default()
        };
        let out = r#"[{"id":"verify.peer","subject":"b","status":"pass","message":"",
            "path":{"to":"10.9.0.2","sent":3,"lost":0,"throughput":{"there":900,"back":800}}}]"#;
        assert_eq!(told(&reply(out), "b"), Ok((900, 800)));
        for nothing in ["", "[]", "{"] {
            assert!(told(&reply(nothing), "b").is_err(), "{nothing}");
        }
        let pair = ("a".to_owned(), "b".to_owned());
        let lost = || Err("a did not come to TCP 1".to_owned());
        let [there, back] = flows(&pair, lost(), Ok((800, 900)));
        assert_eq!(
            (there.bits_per_second, back.bits_per_second),
            (Some(900), Some(800))
        );
        assert_eq!(there.why, None);
        let [there, back] = flows(&pair, lost(), Err("nothing comes back".into()));
        assert_eq!(there.why.as_deref(), Some("nothing comes back"));
        assert_eq!((back.why, back.from.as_str()), (there.why, "b"));
    }

    #[test]
    fn what_is_slow_and_what_is_not_known_is_told() {
        let flow = |to: &str, bits| Flow {
            from: "a".into(),
            to: to.into(),
            bits_per_second: bits,
            why: bits.is_none().then(|| "filtered".to_owned()),
        };
        let all = Throughput {
            seconds: 3,
            flows: vec![
                flow("b", Some(941_000_000)),
                flow("c", Some(88_100_000)),
                flow("d", None),
            ],
        };
        assert_eq!(
            all.lines(),
            [
                "throughput was measured on 2 of 3 ways, 3 s each",
                "least throughput: a to c, 88.1 Mbit/s; median 941 Mbit/s",
                "throughput that is not known: the first a to d: filtered",
            ]
        );
    }
}
