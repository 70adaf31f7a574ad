//! How much the way to a peer carries, where that is asked for: groundcrew itself is at
//! both ends of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::measure::{Measured, Throughput};
use super::{Status, Verified};
use crate::apply::flannel::lease;
use crate::host::Host;
use crate::host::probe::throughput::{Ends, measure};
use crate::plan::Verify;
use crate::plan::verify::VerifyOther;

/// How much later than this end the other one may come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures the ways of these results, one after the other. That it could not be
/// measured is told, and is no fault of the way.
pub fn add(host: &dyn Host, wanted: &Verify, results: &mut [Verified], port: u16, time: Duration) {
    for result in results.iter_mut().filter(|one| one.id == "verify.peer") {
        let Some(way) = &mut result.path else {
            continue;
        };
        let carried = match result.status {
            Status::Pass => carried(host, wanted, way, port, time),
            _ => Err("the way itself does not work".to_owned()),
        };
        let found = match carried {
            Ok((there, back)) => Throughput {
                there: Some(there),
                back: Some(back),
                why: None,
            },
            Err(why) => Throughput {
                there: None,
                back: None,
                why: Some(why),
            },
        };
        result.message.push_str(&format!("; {}", found.words()));
        way.throughput = Some(found);
    }
}

fn carried(
    host: &dyn Host,
    wanted: &Verify,
    way: &Measured,
    port: u16,
    time: Duration,
) -> Result<(u64, u64), String> {
    let own = own(host, wanted).ok_or("this host's own address there is not known")?;
    let carried = measure(&Ends {
        own,
        peer: way.to,
        port,
        time,
        patience: PATIENCE,
    })?;
    Ok((carried.there, carried.back))
}

/// This host's end of the ways: what the others know as its address there.
fn own(host: &dyn Host, wanted: &Verify) -> Option<Ipv4Addr> {
    match wanted {
        Verify::Wireguard(wanted) => Some(wanted.address),
        Verify::Other(VerifyOther::Flannel(wanted)) => {
            lease(host, &wanted.subnet_file).map(|lease| lease.subnet.addr())
        }
        Verify::Other(VerifyOther::Zerotier(wanted)) => {
            let all = host.addresses().ok()?;
            all.into_iter().find_map(|found| match found.address {
                IpAddr::V4(v4) if wanted.range.contains(&v4) => Some(v4),
                _ => None,
            })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use crate::plan::VerifyWireguard;

    #[test]
    fn what_does_not_work_is_not_filled_and_its_verdict_stays() {
        let wanted = Verify::Wireguard(VerifyWireguard {
            interface: "wg0".into(),
            address: Ipv4Addr::LOCALHOST,
            mtu: 1420,
            peers: Vec::new(),
        });
        let way = Measured {
            to: Ipv4Addr::LOCALHOST,
            sent: 3,
            lost: 3,
            rtt: None,
            mtu: None,
            throughput: None,
        };
        let with = |id: &str, way| Verified {
            path: way,
            ..Verified::new(id, "beta", Status::Fail, "silence")
        };
        let mut results = [
            with("verify.peer", Some(way)),
            with("verify.peer", None),
            with("verify.interface", None),
        ];
        add(
            &Scripted::new(),
            &wanted,
            &mut results,
            1,
            Duration::from_secs(1),
        );
        assert_eq!(
            results[0].message,
            "silence; throughput unknown: the way itself does not work"
        );
        assert_eq!(results[0].status, Status::Fail);
        assert!(results[1..].iter().all(|one| one.message == "silence"));
    }
}
