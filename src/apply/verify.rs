//! Whether the data path works: not whether things are configured.
//!
//! A peer counts as reached when it answers an echo request of exactly the
//! interface's MTU, and when one byte more does not go out.

mod container;
mod flannel;
mod kubernetes;
pub mod measure;
mod replicated;
mod swarm;
pub mod throughput;
mod wireguard;
mod zerotier;

use std::net::Ipv4Addr;
use std::time::Duration;

use measure::{Measure, Measured};
use serde::{Deserialize, Serialize};

use crate::host::{Host, Ping};
use crate::plan::scheduler::VerifyScheduler;
use crate::plan::verify::VerifyOther;
use crate::plan::{Plan, Verify};

/// How long one echo request is waited for.
const ECHO: Duration = Duration::from_secs(1);

/// How a verification came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It works.
    Pass,
    /// It does not.
    Fail,
    /// It could not be told.
    Unknown,
    /// There is nothing to verify.
    NotApplicable,
}

/// One thing that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Verified {
    /// What kind of thing: `verify.interface`, `verify.peer`, `verify.replicated` …
    pub id: String,
    /// What was looked at: the interface, or the peer's name.
    pub subject: String,
    /// How it came out.
    pub status: Status,
    /// One sentence with the measured values.
    pub message: String,
    /// The way to a peer, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Measured>,
}

impl Verified {
    /// A result without a measured way.
    pub fn new(id: &str, subject: &str, status: Status, message: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            subject: subject.into(),
            status,
            message: message.into(),
            path: None,
        }
    }

    /// With the way that was measured, if it was.
    fn over(mut self, way: Option<Measured>) -> Self {
        if let Some(way) = &way {
            self.message.push_str(&format!("; {}", way.words()));
        }
        self.path = way;
        self
    }
}

/// Verifies what a plan set up: its overlay, then its scheduler. None where
/// there is nothing to verify.
pub fn plan(host: &dyn Host, plan: &Plan, measure: &Measure) -> Option<Vec<Verified>> {
    let overlay = plan
        .verify
        .as_ref()
        .map(|wanted| verify(host, wanted, measure));
    let scheduler = plan
        .verify_scheduler
        .as_ref()
        .map(|wanted| scheduler(host, wanted));
    match (overlay, scheduler) {
        (None, None) => None,
        (overlay, scheduler) => Some(overlay.into_iter().chain(scheduler).flatten().collect()),
    }
}

fn scheduler(host: &dyn Host, wanted: &VerifyScheduler) -> Vec<Verified> {
    match wanted {
        VerifyScheduler::Swarm(wanted) => swarm::verify(host, wanted),
        VerifyScheduler::Kubernetes(wanted) => kubernetes::verify(host, wanted),
        VerifyScheduler::Replicated(wanted) => replicated::verify(host, wanted),
    }
}

/// Verifies an overlay. Peers are tried side by side.
pub fn verify(host: &dyn Host, wanted: &Verify, measure: &Measure) -> Vec<Verified> {
    match wanted {
        Verify::Wireguard(wanted) => wireguard::verify(host, wanted, measure),
        Verify::Other(VerifyOther::Flannel(wanted)) => flannel::verify(host, wanted, measure),
        Verify::Other(VerifyOther::Zerotier(wanted)) => zerotier::verify(host, wanted, measure),
    }
}

/// Whether all that was looked at works.
pub fn passed(results: &[Verified]) -> bool {
    let good = |status| matches!(status, Status::Pass | Status::NotApplicable);
    results.iter().all(|result| good(result.status))
}

/// What is said where there is no other host yet.
fn nobody_yet() -> Verified {
    Verified::new(
        "verify.peer",
        "peers",
        Status::NotApplicable,
        "no peer is known yet: waiting for join files",
    )
}

/// Whether a peer that answers small packets after `time` takes those of exactly
/// the MTU that an interface has, and whether that is the interface's.
fn full_size(
    host: &dyn Host,
    peer: &str,
    to: Ipv4Addr,
    (mtu, interface): (u32, &str),
    time: Duration,
    remedy: &str,
) -> (Status, String) {
    let Ok(mtu) = u16::try_from(mtu) else {
        return (Status::Unknown, format!("{peer}: the MTU is over 65535"));
    };
    let mut full = host.ping(to, mtu, ECHO);
    if matches!(full, Ok(Ping::NoReply)) {
        full = host.ping(to, mtu, ECHO);
    }
    let ms = time.as_secs_f64() * 1000.0;
    let over = mtu.saturating_add(1);
    match (full, host.ping(to, over, ECHO)) {
        (Ok(Ping::Reply(_)), Ok(Ping::TooBig(_))) => {
            let text = format!("{peer} answers in {ms:.1} ms, MTU {mtu} end to end");
            (Status::Pass, text)
        }
        (Ok(Ping::Reply(_)), Ok(_)) => (
            Status::Fail,
            format!(
                "{peer} answers, but {over} byte packets go out too: MTU {mtu} is not that of \
                 {interface}"
            ),
        ),
        (Ok(_), _) => (
            Status::Fail,
            format!(
                "{peer} answers small packets but none of {mtu} bytes: something on the way \
                 carries less; {remedy}"
            ),
        ),
        (Err(error), _) => (Status::Unknown, format!("{peer}: {error}")),
    }
}
