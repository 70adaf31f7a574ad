//! How many hosts decide together, and which; who goes first, in which order, and who
//! is tried against whom.

use std::collections::{BTreeMap, BTreeSet};

/// Most hosts that are changed at once.
pub const WAVE_CAP: usize = 32;
/// By what each wave is larger than the one before.
const GROWTH: usize = 3;
/// Up to so many hosts, every one is tried against every other.
pub const ALL_PAIRS: usize = 100;
/// Above that, each is tried against so many.
pub const SAMPLED: usize = 8;

/// How many managers, or members of etcd, for this many hosts: what is wished as
/// far as there are hosts; else 1, or 3 from three hosts and 5 from ten hosts on
/// (docs.docker.com swarm admin guide: three bear the loss of one, five of two).
/// Always odd.
pub fn count(wished: Option<u32>, hosts: usize) -> usize {
    let wanted = match wished {
        Some(wished) => usize::try_from(wished).unwrap_or(usize::MAX),
        None if hosts < 3 => 1,
        None if hosts < 10 => 3,
        None => 5,
    };
    let count = wanted.min(hosts).max(1);
    if count.is_multiple_of(2) {
        count - 1
    } else {
        count
    }
}

/// How many members of etcd: what is wished as far as there are hosts; else 1, or 3 from
/// three hosts on, however many there are (etcd FAQ, "What is failure tolerance?": more
/// members make writes slower). Always odd.
pub fn etcd_count(wished: Option<u32>, hosts: usize) -> usize {
    count(wished.or(Some(3)), hosts)
}

/// The hosts with a role: `first`, those that had it and are still there, then
/// others by name, those that reported before those that did not. Without a wish
/// nobody loses the role.
pub fn keep(
    first: &str,
    before: &[String],
    members: &BTreeSet<String>,
    reported: &BTreeSet<String>,
    wished: Option<u32>,
    count: impl Fn(Option<u32>, usize) -> usize,
) -> Vec<String> {
    let stayed: Vec<&String> = before
        .iter()
        .filter(|name| members.contains(*name))
        .collect();
    let mut wanted = count(wished, members.len());
    if wished.is_none() {
        // What was decided for more hosts, or by a wish that is gone, stays.
        let had = before.len().min(members.len());
        let odd = if had.is_multiple_of(2) {
            had.saturating_sub(1)
        } else {
            had
        };
        wanted = wanted.max(odd);
    }
    let mut order: Vec<&str> = vec![first];
    order.extend(stayed.iter().map(|name| name.as_str()));
    for did in [true, false] {
        let rest = members
            .iter()
            .filter(|name| reported.contains(*name) == did);
        order.extend(rest.map(String::as_str));
    }
    let mut seen = BTreeSet::new();
    let mut chosen: Vec<String> = order
        .into_iter()
        .filter(|name| members.contains(*name) && seen.insert(*name))
        .take(wanted)
        .map(str::to_owned)
        .collect();
    chosen.sort();
    chosen
}

/// The host that begins: the one that began, as long as it is a member. When it is
/// gone, one of those that decided with it (`heirs`, the best first): another one would
/// begin beside what they keep. Of them the wished one, else one that reported, else any.
/// Without them the wished one, else the first by name of those that reported, else the
/// first by name.
pub fn first(
    wished: Option<&str>,
    before: Option<&str>,
    heirs: &[&str],
    members: &BTreeSet<String>,
    reported: &BTreeSet<String>,
) -> Option<String> {
    let there = |name: &&str| members.contains(*name);
    let heirs: Vec<&str> = heirs.iter().copied().filter(there).collect();
    let heir = || {
        let wished = wished.filter(|name| heirs.contains(name));
        let did = || heirs.iter().copied().find(|name| reported.contains(*name));
        wished.or_else(did).or(heirs.first().copied())
    };
    let others = || {
        let did = members.iter().find(|name| reported.contains(*name));
        did.or(members.first()).map(String::as_str)
    };
    before
        .filter(there)
        .or_else(heir)
        .or(wished.filter(there))
        .or_else(others)
        .map(str::to_owned)
}

/// In which order the hosts are changed: `one_by_one` alone each, in this order;
/// then the others by name, 1, 3, 9, 27 and at most 32 at once.
pub fn waves(one_by_one: &[String], members: &BTreeSet<String>) -> Vec<Vec<String>> {
    let mut waves: Vec<Vec<String>> = Vec::new();
    let mut seen: BTreeSet<&String> = BTreeSet::new();
    for name in one_by_one.iter().filter(|name| members.contains(*name)) {
        if seen.insert(name) {
            waves.push(vec![name.clone()]);
        }
    }
    let rest: Vec<&String> = members.iter().filter(|name| !seen.contains(name)).collect();
    let (mut at, mut size) = (0, 1);
    while let Some(wave) = rest
        .get(at..rest.len().min(at + size))
        .filter(|wave| !wave.is_empty())
    {
        waves.push(wave.iter().map(|name| (*name).clone()).collect());
        at += size;
        size = (size * GROWTH).min(WAVE_CAP);
    }
    waves
}

/// Who is tried against whom: every ordered pair; above [`ALL_PAIRS`] hosts each one
/// against [`SAMPLED`] others, at distances spread over the ring of the names. So
/// each is tried by as many, the ring is closed (distance 1 is among them), and the
/// same hosts give the same pairs.
pub fn matrix(members: &BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let names: Vec<&String> = members.iter().collect();
    let total = names.len();
    let mut matrix = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let mut to: Vec<String> = if total <= ALL_PAIRS {
            let others = names.iter().enumerate().filter(|(other, _)| *other != at);
            others.map(|(_, other)| (*other).clone()).collect()
        } else {
            let far = (0..SAMPLED).map(|nth| 1 + nth * (total - 1) / SAMPLED);
            far.filter_map(|far| names.get((at + far) % total))
                .map(|other| (*other).clone())
                .collect()
        };
        to.sort();
        matrix.insert((*name).clone(), to);
    }
    matrix
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The wished one, the one that began, its heirs, who reported; who it is then.
    type Case<'a> = (
        Option<&'a str>,
        Option<&'a str>,
        &'a [&'a str],
        &'a BTreeSet<String>,
        &'a str,
    );

    #[test]
    fn who_takes_the_place_of_the_first_decided_with_it_before() {
        let names = |list: &[&str]| -> BTreeSet<String> {
            list.iter().map(|name| (*name).to_owned()).collect()
        };
        let all = names(&["a", "b", "c", "d"]);
        let but_c = names(&["a", "b", "d"]);
        let cases: &[Case<'_>] = &[
            (Some("b"), Some("d"), &["c"], &all, "d"),
            (None, Some("gone"), &["gone", "c", "d"], &all, "c"),
            (None, Some("gone"), &["c", "d"], &but_c, "d"),
            (None, Some("gone"), &["c"], &but_c, "c"),
            (Some("b"), Some("gone"), &["c", "d"], &all, "c"),
            (Some("d"), Some("gone"), &["c", "d"], &all, "d"),
            (Some("b"), Some("gone"), &["gone"], &all, "b"),
            (None, None, &[], &all, "a"),
            (None, None, &[], &names(&["b"]), "b"),
            (None, None, &[], &names(&[]), "a"),
        ];
        for (wished, before, heirs, reported, wanted) in cases {
            let found = first(*wished, *before, heirs, &all, reported).unwrap();
            assert_eq!(found, *wanted, "{wished:?} {before:?} {heirs:?}");
        }
        assert_eq!(first(None, None, &[], &names(&[]), &all), None);
    }
}
