//! Whether containers on different hosts reach each other, where a scheduler's own
//! network carries them: what the hosts that can try it told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::apply::{Reply, verified};
use crate::apply::verify::Status;

/// Where nothing was tried, in the place of a host.
pub const ANY: &str = "containers";

/// The way from containers on a host to those on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// From which host.
    pub from: String,
    /// To which; as Docker calls it, where it is no host of the fleet.
    pub to: String,
    /// How it came out.
    pub status: Status,
    /// What was found.
    pub message: String,
}

/// What a host's verification tells of containers. A worker of a Swarm tells nothing:
/// only managers can try. `called`: the hosts of the fleet by the names that Docker has
/// for them.
pub fn told(from: &str, reply: &Reply, called: &BTreeMap<String, String>) -> Vec<Inside> {
    verified(reply, |_| true)
        .into_iter()
        .filter(|found| found.id == "verify.containers")
        .filter(|found| found.status != Status::NotApplicable)
        .map(|found| Inside {
            from: from.to_owned(),
            to: called.get(&found.subject).cloned().unwrap_or(found.subject),
            status: found.status,
            message: found.message,
        })
        .collect()
}

/// For people; nothing where none was tried.
pub fn lines(all: &[Inside]) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let good = all.iter().filter(|way| way.status == Status::Pass).count();
    let mut lines = vec![format!(
        "{good} of {} ways from container to container work",
        all.len()
    )];
    for way in all.iter().filter(|way| way.status != Status::Pass) {
        if way.to == ANY {
            lines.push(format!("containers on {}: {}", way.from, way.message));
            continue;
        }
        let what = match way.status {
            Status::Fail => "do not reach those on",
            _ => "were not tried against those on",
        };
        lines.push(format!(
            "containers on {} {what} {}: {}",
            way.from, way.to, way.message
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::apply::Ran;

    #[test]
    fn managers_tell_of_containers_and_workers_do_not() {
        let reply = |out: &str| Reply {
            ran: vec![Ran {
                argv: vec!["verify".into()],
                code: Some(7),
                out: out.into(),
            }],
            ..Reply::default()
        };
        let called = [("node2.example", "app02"), ("node3", "app03")]
            .map(|(docker, host)| (docker.to_owned(), host.to_owned()))
            .into();
        let out = r#"[
            {"id":"verify.peer","subject":"app02","status":"pass","message":"fine"},
            {"id":"verify.containers","subject":"node2.example","status":"pass","message":"1.2 ms"},
            {"id":"verify.containers","subject":"node3","status":"fail","message":"silence"},
            {"id":"verify.containers","subject":"other","status":"unknown","message":"drained"}]"#;
        let found = told("app01", &reply(out), &called);
        let short: Vec<_> = found
            .iter()
            .map(|way| (way.to.as_str(), way.status))
            .collect();
        assert_eq!(
            short,
            [
                ("app02", Status::Pass),
                ("app03", Status::Fail),
                ("other", Status::Unknown)
            ]
        );
        assert_eq!(
            lines(&found),
            [
                "1 of 3 ways from container to container work",
                "containers on app01 do not reach those on app03: silence",
                "containers on app01 were not tried against those on other: drained",
            ]
        );
        let worker = r#"[{"id":"verify.containers","subject":"containers",
            "status":"not-applicable","message":"a worker cannot try"}]"#;
        assert!(told("app02", &reply(worker), &called).is_empty());
        assert!(lines(&[]).is_empty());
    }
}
