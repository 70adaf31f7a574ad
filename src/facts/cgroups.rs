//! Control groups: which controllers there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// The controllers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cgroups {
    /// Controllers of the first version, and whether each is switched on.
    pub v1: Fact<BTreeMap<String, bool>>,
    /// Controllers of the unified hierarchy.
    pub v2: Fact<Vec<String>>,
}

/// Reads the controllers.
pub fn collect(reader: &Reader) -> Cgroups {
    Cgroups {
        v1: reader
            .text("/proc/cgroups")
            .map(|text| parse_cgroups(&text)),
        v2: reader
            .text("/sys/fs/cgroup/cgroup.controllers")
            .map(|text| text.split_whitespace().map(str::to_owned).collect()),
    }
}

/// Reads /proc/cgroups: name, hierarchy, number, enabled.
pub fn parse_cgroups(text: &str) -> BTreeMap<String, bool> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            Some((name.to_owned(), words.nth(2)? == "1"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_that_was_switched_off_at_boot() {
        let text =
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t1\t1\nmemory\t0\t1\t0\njunk\n";
        let controllers = parse_cgroups(text);
        assert_eq!(controllers.get("cpu"), Some(&true));
        assert_eq!(controllers.get("memory"), Some(&false));
        assert_eq!(controllers.len(), 2);
    }
}
