//! Members that are gone: removed from etcd, as long as it bears that.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::{Member, healthy, members, remove};
use crate::apply::error::StepError;
use crate::apply::wait::until;
use crate::host::Host;
use crate::plan::overlay::flannel::client::{Client, Tls};
use crate::plan::overlay::flannel::{CLIENT_PORT, ETCD_CONF};

/// etcd changes its members only while they have been connected for five seconds
/// (etcdserver, HealthInterval), and says so with these words until then.
const UNSETTLED: &str = "unhealthy cluster";
/// For how long a removal is tried anew.
const PATIENCE: Duration = Duration::from_secs(20);
const ROUND: Duration = Duration::from_millis(500);

/// Asks etcd for a change of its members, again and again as long as it says that they
/// are not connected for long enough.
///
/// # Errors
/// The last ones of `ask`.
pub fn settled<T>(
    host: &dyn Host,
    limit: Duration,
    mut ask: impl FnMut() -> Result<T, StepError>,
) -> Result<T, StepError> {
    let mut last = ask();
    let unsettled = |last: &Result<T, StepError>| matches!(last, Err(error) if error.to_string().contains(UNSETTLED));
    if unsettled(&last) {
        until(host, limit, ROUND, || {
            last = ask();
            Ok::<_, StepError>(!unsettled(&last))
        })?;
    }
    last
}

/// The etcd that groundcrew has set up on this node, where the other nodes reach it.
fn own(host: &dyn Host) -> Result<Client, StepError> {
    let text = host
        .read(ETCD_CONF)
        .map_err(|error| StepError::file(ETCD_CONF, error))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let value = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_owned())
    };
    let address = value("ETCD_ADVERTISE_CLIENT_URLS")
        .and_then(|url| url.split_once("://")?.1.parse::<SocketAddrV4>().ok())
        .ok_or_else(|| StepError::Told(format!("{ETCD_CONF} does not say where etcd listens")))?;
    let file = |name: &str| value(&format!("ETCD_{name}_FILE"));
    let tls = match (file("TRUSTED_CA"), file("CERT"), file("KEY")) {
        (Some(ca), Some(cert), Some(key)) => Some(Tls { ca, cert, key }),
        _ => None,
    };
    Ok(Client::at(address, tls.as_ref()))
}

/// Where the other members reach one.
fn address(member: &Member) -> Option<Ipv4Addr> {
    let (_, rest) = member.peer_urls.first()?.split_once("://")?;
    rest.rsplit_once(':')?.0.parse().ok()
}

/// Removes those from the etcd of this node that are gone, and gives the names of those
/// that were members still. It is not done where that would cost the others the quorum.
///
/// # Errors
/// When etcd does not answer or refuses, or too few of those that stay are up.
pub fn expel(host: &dyn Host, gone: &BTreeMap<String, Ipv4Addr>) -> Result<Vec<String>, StepError> {
    let etcd = own(host)?;
    let listed = members(host, &etcd)?;
    let is_gone = |member: &Member| {
        let at = address(member);
        at.is_some_and(|at| gone.values().any(|one| *one == at))
    };
    let (out, stay): (Vec<Member>, Vec<Member>) = listed.into_iter().partition(is_gone);
    if out.is_empty() {
        return Ok(Vec::new());
    }
    let voters: Vec<&Member> = stay.iter().filter(|member| !member.learner).collect();
    let silent = voters.iter().filter(|member| {
        let client = address(member).map(|at| etcd.beside(at, CLIENT_PORT));
        !client.is_some_and(|client| healthy(host, &client))
    });
    let silent: Vec<&str> = silent.map(|member| member.name.as_str()).collect();
    let needed = voters.len() / 2 + 1;
    let names: Vec<String> = out.iter().map(|member| member.name.clone()).collect();
    if voters.len() - silent.len() < needed {
        return Err(StepError::Told(format!(
            "{} is not removed from etcd: of the {} members that stay {needed} have to be up, and \
             {} does not answer: bring it back first",
            names.join(", "),
            voters.len(),
            silent.join(", ")
        )));
    }
    for member in &out {
        settled(host, PATIENCE, || remove(host, &etcd, &member.id))?;
    }
    Ok(names)
}
