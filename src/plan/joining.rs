//! The part of a plan that a node has to carry out before others can know of it.
//!
//! Where somebody carries the join files of many nodes about, all of them make
//! theirs first, while nothing of their network changes yet.

use super::Plan;
use super::step::{Part, Step};

impl Plan {
    /// The steps without which this node's join file cannot be written, and the
    /// file: nothing where the plan writes none.
    ///
    /// A WireGuard key is made by itself; a ZeroTier identity is made by the
    /// daemon, so everything before the file stays.
    pub fn for_join_file(mut self) -> Option<Self> {
        let at = self.steps.iter().position(writes_join_file)?;
        self.steps.truncate(at + 1);
        let keys = match self.steps.last() {
            Some(Step::WriteFile { content, .. }) => keys(content),
            _ => None,
        };
        if let Some(keys) = keys {
            self.steps.retain(|step| match step {
                Step::PrivateKey { path, .. } => keys.contains(path),
                step => writes_join_file(step),
            });
        }
        self.notes = vec![
            "Only the join file is made: the private network comes with the next run, once the \
             other nodes' join files are here."
                .into(),
        ];
        self.verify = None;
        self.verify_scheduler = None;
        self.advice = None;
        // It is about the whole plan.
        self.basis = None;
        self.confirm_within = 0;
        Some(self)
    }
}

/// Whether a step writes a join file: the file says so in its first keys.
pub fn writes_join_file(step: &Step) -> bool {
    let Step::WriteFile { content, .. } = step else {
        return false;
    };
    let Some(Part::Text(head)) = content.first() else {
        return false;
    };
    head.lines()
        .skip_while(|line| line.starts_with('#'))
        .take(2)
        .map(|line| line.split(':').next().unwrap_or_default())
        .eq(["version", "kind"])
}

/// The key files that a join file is made from; nothing where it says what only a
/// daemon knows.
fn keys(content: &[Part]) -> Option<Vec<String>> {
    content
        .iter()
        .filter_map(|part| match part {
            Part::Text(_) => None,
            Part::PublicKeyOf(path) => Some(Some(path.clone())),
            Part::Secret(_)
            | Part::ZerotierNode
            | Part::ZerotierPlanet
            | Part::KubernetesCaHash => Some(None),
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plan::VERSION;

    const HEAD: &str = "# made by a test\nversion: 1\nkind: wireguard\n";

    fn file(path: &str, content: Vec<Part>) -> Step {
        Step::WriteFile {
            path: path.into(),
            mode: 0o644,
            content,
            purpose: String::new(),
        }
    }

    fn key(path: &str) -> Step {
        Step::PrivateKey {
            path: path.into(),
            from_env: None,
        }
    }

    fn plan(steps: Vec<Step>) -> Plan {
        Plan {
            v: VERSION,
            host: "alpha".into(),
            scheduler: "native".into(),
            overlay: None,
            steps,
            notes: vec!["restart Docker by hand".into()],
            verify: None,
            verify_scheduler: None,
            advice: None,
            basis: None,
            confirm_within: 60,
        }
    }

    #[test]
    fn a_key_is_made_without_what_stands_before_it() {
        let join = vec![Part::Text(HEAD.into()), Part::PublicKeyOf("/k/wg0".into())];
        let module = Step::LoadModule {
            name: "wireguard".into(),
        };
        let conf = file("/etc/wg0.conf", vec![Part::Text("[Interface]\n".into())]);
        let steps = vec![
            module,
            key("/k/other"),
            key("/k/wg0"),
            file("/root/join.yaml", join.clone()),
            conf,
        ];
        let part = plan(steps).for_join_file().unwrap();
        assert_eq!(part.steps, [key("/k/wg0"), file("/root/join.yaml", join)]);
        assert_eq!(part.confirm_within, 0);
        assert!(!part.notes.iter().any(|note| note.contains("Docker")));
    }

    #[test]
    fn what_a_daemon_makes_needs_the_daemon() {
        let join = vec![Part::Text(HEAD.into()), Part::ZerotierNode];
        let unit = file("/etc/unit", vec![Part::Text("[Unit]\n".into())]);
        let steps = vec![unit.clone(), file("/root/join.yaml", join.clone()), unit];
        let part = plan(steps.clone()).for_join_file().unwrap();
        assert_eq!(part.steps, steps[..2]);
    }

    #[test]
    fn a_plan_without_a_join_file_has_no_such_part() {
        let other = vec![Part::Text("version: 1\nscheduler: native\n".into())];
        assert_eq!(plan(vec![file("/x", other)]).for_join_file(), None);
    }
}
