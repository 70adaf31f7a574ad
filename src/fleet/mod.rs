//! Many hosts, one decision: the reports of a fleet's hosts merged, judged
//! together, and planned for.
//!
//! Pure functions of values: facts, wishes, the previous plan. What is read and
//! written is the command line's; the hosts themselves are the other stages' one
//! by one. A host's report comes in as bytes, is read into the little that the
//! fleet needs of it ([`node::Node`]), and is dropped.

pub mod allocate;
pub mod apply;
pub mod containers;
pub mod decision;
pub mod differences;
pub mod etcd;
pub mod finding;
pub mod heat;
pub mod html;
pub mod human;
pub mod markdown;
pub mod names;
pub mod node;
pub mod plan;
pub mod report;
pub mod roles;
pub mod rules;
pub mod schema;
pub mod throughput;
pub mod verified;

/// The fleet's folder where none is named.
pub const FOLDER: &str = "groundcrew-fleet";
/// The hosts that were asked for: `{"hosts": [NAME...]}`, sorted.
pub const INVENTORY: &str = "inventory.json";
/// The wishes.
pub const WISHES: &str = "fleet.yaml";
/// The folder of the hosts' reports, `HOST.json`.
pub const REPORTS: &str = "reports";
/// What the file of a host that gave no report ends with: `{"host": NAME, "why":
/// TEXT, "try": TEXT or null}`.
pub const UNREACHABLE: &str = ".unreachable.json";
/// What the file with a host's clock reading ends with, where one was taken:
/// `{"host": NAME, "offset_ms": NUMBER, "error_ms": NUMBER}`.
pub const CLOCK: &str = ".clock.json";
/// The folder of the join files that hosts gave, `HOST.yaml`.
pub const JOINS: &str = "joins";
/// The report of the fleet, with the extension of its form.
pub const CLUSTER_REPORT: &str = "cluster-report";

/// The plan.
pub const PLAN: &str = "plan.json";
/// The folder with a folder for each host: its answers, and the join files of others
/// below `join`.
pub const HOSTS: &str = "hosts";
/// The answers of a host, in its folder.
pub const ANSWERS: &str = "answers.yaml";

/// Whether a text can be a host's name here: it becomes the name of files. The report
/// of `a.clock` would be taken for the clock reading of `a`.
pub fn is_host_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let others = [UNREACHABLE, CLOCK]
        .iter()
        .filter_map(|ending| ending.strip_suffix(".json"))
        .any(|ending| name.ends_with(ending));
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(['.', '-'])
        && name.chars().all(good)
        && !others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_not_called_as_the_files_beside_the_reports_are() {
        for good in ["a", "app01.example.com", "clock", "a.clock.b", "a_b-c"] {
            assert!(is_host_name(good), "{good}");
        }
        for bad in ["a.clock", "a.unreachable", ".a", "-a", "a b", "a/b", ""] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
