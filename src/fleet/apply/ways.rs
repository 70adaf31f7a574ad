//! The ways between hosts, as they tried them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Ran, Reply};
use crate::apply::verify::measure::Rtt;
use crate::apply::verify::{Status, Verified};

/// What is told of a way of which its host told nothing.
const SILENT: &str = "nothing was told of it";
/// How it begins where the host could not be asked.
const NOT_ASKED: &str = "it was not asked: ";

/// The way from a host to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// From which.
    pub from: String,
    /// To which.
    pub to: String,
    /// Whether it works as planned.
    pub ok: bool,
    /// What was found.
    pub message: String,
    /// Echo requests that were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u16>,
    /// Those that were not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u16>,
    /// Round trip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt: Option<Rtt>,
    /// The largest packet that gets there unfragmented, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

impl Pair {
    /// A way whose host could not be asked, and why.
    pub fn not_asked(from: &str, to: &str, why: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            ok: false,
            message: format!("{NOT_ASKED}{why}"),
            sent: None,
            lost: None,
            rtt: None,
            mtu: None,
        }
    }

    /// Whether it was tried at all: else its host has said nothing of it.
    pub fn was_tried(&self) -> bool {
        self.message != SILENT && !self.message.starts_with(NOT_ASKED)
    }
}

/// What the last `verify` of a job told that passes `wanted`; nothing where it told
/// nothing that can be read.
pub fn verified(reply: &Reply, wanted: impl Fn(&Ran) -> bool) -> Vec<Verified> {
    let is_verify = |ran: &&Ran| ran.argv.first().is_some_and(|word| word == "verify");
    let mut ran = reply.ran.iter().rev().filter(is_verify);
    ran.find(|ran| wanted(ran))
        .and_then(|ran| serde_json::from_str(&ran.out).ok())
        .unwrap_or_default()
}

/// Whether it was about one half alone. A host may be called like a half.
fn is_only(ran: &Ran, half: &str) -> bool {
    ran.argv.windows(2).any(|two| two == ["--only", half])
}

/// What failed of a verification of one half of what is set up (`--only`): what kind
/// of thing, and what is wrong with it.
pub fn failed(reply: &Reply, only: &str) -> impl Iterator<Item = (String, String)> {
    let found = verified(reply, |ran| is_only(ran, only)).into_iter();
    found
        .filter(|found| found.status == Status::Fail)
        .map(|found| (found.id, found.message))
}

/// The ways that a host tried, from its answer; `names` gives a host's name for that
/// in its join file. What it was to try and did not tell of is a way that fails.
pub fn pairs(from: &str, reply: &Reply, wanted: &BTreeMap<String, String>) -> Vec<Pair> {
    let told = verified(reply, |ran| !is_only(ran, "scheduler"));
    // What is wrong with the interface itself is wrong with every way.
    let own = told
        .iter()
        .find(|found| found.id != "verify.peer" && found.status == Status::Fail);
    wanted
        .iter()
        .map(|(to, name)| {
            let found = told
                .iter()
                .find(|found| found.id == "verify.peer" && found.subject == *name);
            let path = found.and_then(|found| found.path.clone());
            let message = match (own, found) {
                (Some(own), _) => own.message.clone(),
                (None, Some(found)) => found.message.clone(),
                (None, None) => SILENT.to_owned(),
            };
            Pair {
                from: from.to_owned(),
                to: to.clone(),
                ok: own.is_none() && found.is_some_and(|found| found.status == Status::Pass),
                message,
                sent: path.as_ref().map(|path| path.sent),
                lost: path.as_ref().map(|path| path.lost),
                rtt: path.as_ref().and_then(|path| path.rtt),
                mtu: path.as_ref().and_then(|path| path.mtu),
            }
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reply(out: &str) -> Reply {
        Reply {
            ran: vec![Ran {
                argv: vec!["verify".into()],
                code: None,
                out: out.into(),
            }],
            ..Reply::default()
        }
    }

    fn wanted() -> BTreeMap<String, String> {
        [("app2", "db.two"), ("app3", "three")]
            .map(|(host, name)| (host.to_owned(), name.to_owned()))
            .into()
    }

    #[test]
    fn a_way_that_nobody_told_of_does_not_work() {
        let out = r#"[
            {"id": "verify.interface", "subject": "wg0", "status": "pass", "message": "up"},
            {"id": "verify.peer", "subject": "db.two", "status": "pass", "message": "fine",
             "path": {"to": "10.9.0.2", "sent": 3, "lost": 0, "mtu": 1420,
                      "rtt": {"min_us": 1, "mean_us": 2, "max_us": 3}}}]"#;
        let found = pairs("app1", &reply(out), &wanted());
        assert_eq!((found[0].to.as_str(), found[0].ok), ("app2", true));
        assert_eq!((found[0].mtu, found[0].lost), (Some(1420), Some(0)));
        assert!(!found[1].ok && found[1].message.contains("nothing"));
        assert!(
            pairs("app1", &reply("{"), &wanted())
                .iter()
                .all(|one| !one.ok)
        );
    }

    #[test]
    fn a_host_may_be_called_like_a_half() {
        let out =
            r#"[{"id": "verify.peer", "subject": "three", "status": "pass", "message": "ok"}]"#;
        let mut reply = reply(out);
        let words = ["verify", "--only", "overlay", "--peer", "scheduler"];
        reply.ran[0].argv = words.map(str::to_owned).into();
        let found = pairs("app1", &reply, &wanted());
        assert!(found.iter().any(|one| one.to == "app3" && one.ok));
        assert_eq!(failed(&reply, "scheduler").count(), 0);
    }

    #[test]
    fn an_interface_that_is_down_fails_every_way() {
        let out = r#"[
            {"id": "verify.interface", "subject": "wg0", "status": "fail", "message": "wg0 is down"},
            {"id": "verify.peer", "subject": "db.two", "status": "pass", "message": "fine"}]"#;
        let found = pairs("app1", &reply(out), &wanted());
        assert!(
            found
                .iter()
                .all(|one| !one.ok && one.message == "wg0 is down")
        );
    }
}
