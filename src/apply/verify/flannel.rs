//! Whether Flannel's data path works, as a container sees it.
//!
//! From the host everything may answer while containers reach nothing: their
//! packets are forwarded, the host's are not. So the echo requests are sent from
//! a network namespace that hangs on Docker's bridge with an address of the
//! lease, which is what a container is to the network. Each node tests its own
//! forwarding this way; two nodes that both pass have tested both.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::{Status, Verified, nobody_yet};
use crate::apply::flannel::{BRIDGE, Lease, has_way, lease, on_lease};
use crate::apply::{etcd, probe};
use crate::host::{Command, CommandError, Host};
use crate::plan::VerifyFlannel;
use crate::plan::verify::VerifyHost;

/// How long a peer has to answer: vxlan and udp learn a new peer within seconds.
const TRIES: u32 = 15;

/// The namespace that stands for a container, and its link.
const NAMESPACE: &str = "groundcrew-verify";
const OUTSIDE: &str = "gcverify0";
const INSIDE: &str = "gcverify1";

/// Verifies it.
pub(super) fn verify(host: &dyn Host, wanted: &VerifyFlannel) -> Vec<Verified> {
    let told = |id: &str, subject: &str, (status, message): (Status, String)| Verified {
        id: id.into(),
        subject: subject.into(),
        status,
        message,
    };
    let file = &wanted.subnet_file;
    let Some(lease) = lease(host, file) else {
        let text = format!("flanneld has no lease: {file} is not there");
        return vec![told("verify.interface", BRIDGE, (Status::Fail, text))];
    };
    let mut results = vec![told("verify.interface", BRIDGE, bridge(host, &lease))];
    if wanted.peers.is_empty() {
        results.push(nobody_yet());
        return results;
    }
    let leases = match wanted.etcd.parse() {
        Ok(etcd) => etcd::leases(host, etcd, wanted.api, &wanted.prefix).map_err(|e| e.to_string()),
        Err(_) => Err(format!("{} is no address", wanted.etcd)),
    };
    let leases = match leases {
        Ok(leases) => leases,
        Err(why) => {
            let all = wanted.peers.iter().map(|peer| {
                let text = format!("{}: the leases cannot be read: {why}", peer.name);
                told("verify.peer", &peer.name, (Status::Unknown, text))
            });
            results.extend(all);
            return results;
        }
    };
    let container = Container::make(host, &lease);
    for peer in &wanted.peers {
        let of = leases.iter().find(|lease| lease.node == peer.below);
        let found = match of {
            None => (
                Status::Fail,
                format!(
                    "{} ({}) has no lease: is Flannel set up there?",
                    peer.name, peer.below
                ),
            ),
            Some(of) => reach(host, wanted, &container, &lease, peer, of.subnet),
        };
        results.push(told("verify.peer", &peer.name, found));
    }
    if let Ok(container) = container {
        container.remove();
    }
    results
}

fn bridge(host: &dyn Host, lease: &Lease) -> (Status, String) {
    let subnet = lease.subnet;
    match probe::link(host, BRIDGE) {
        Err(error) => (Status::Unknown, error.to_string()),
        Ok(None) => (
            Status::Fail,
            format!("{BRIDGE} is not there, and the lease is {subnet}: does Docker run?"),
        ),
        Ok(Some(_)) if on_lease(host, lease) => {
            let text = format!("{BRIDGE} has {subnet} of the lease, MTU {}", lease.mtu);
            (Status::Pass, text)
        }
        Ok(Some(_)) => (
            Status::Fail,
            format!("{BRIDGE} has another address than {subnet} of the lease"),
        ),
    }
}

fn reach(
    host: &dyn Host,
    wanted: &VerifyFlannel,
    container: &Result<Container<'_>, String>,
    own: &Lease,
    peer: &VerifyHost,
    subnet: Ipv4Net,
) -> (Status, String) {
    // flanneld's bridge address is the first of the subnet.
    let to = Ipv4Addr::from(u32::from(subnet.network()).saturating_add(1));
    let name = format!("{} ({to})", peer.name);
    match has_way(host, subnet, wanted.network) {
        Ok(true) => {}
        Ok(false) => {
            let text = format!(
                "there is no route to {subnet} of {}: start flanneld anew",
                peer.name
            );
            return (Status::Fail, text);
        }
        Err(error) => return (Status::Unknown, error.to_string()),
    }
    let container = match container {
        Ok(container) => container,
        Err(why) => {
            let text = format!("{name}: no namespace as a container's can be made: {why}");
            return (Status::Unknown, text);
        }
    };
    let mut answer = Answer::Silence;
    for _ in 0..TRIES {
        answer = container.ping(to, 84);
        if answer != Answer::Silence {
            break;
        }
    }
    match answer {
        Answer::Reply => {}
        Answer::Silence => {
            let text = format!(
                "{name} did not answer within {TRIES} s, asked as a container: do both firewalls \
                 let Flannel's packets in, and forward {}?",
                wanted.network
            );
            return (Status::Fail, text);
        }
        Answer::TooBig => {
            return (
                Status::Fail,
                format!("{name}: packets of 84 bytes are too big"),
            );
        }
        Answer::Unknown(why) => return (Status::Unknown, format!("{name}: {why}")),
    }
    let mut full = container.ping(to, own.mtu);
    if full == Answer::Silence {
        full = container.ping(to, own.mtu);
    }
    match (full, container.ping(to, own.mtu.saturating_add(1))) {
        (Answer::Reply, Answer::TooBig) => {
            let mtu = own.mtu;
            let text = format!("{name} answers a container, MTU {mtu} end to end");
            (Status::Pass, text)
        }
        (Answer::Unknown(why), _) | (_, Answer::Unknown(why)) => {
            (Status::Unknown, format!("{name}: {why}"))
        }
        (Answer::Reply, _) => (
            Status::Fail,
            format!(
                "{name} answers, but {} byte packets go out too",
                own.mtu.saturating_add(1)
            ),
        ),
        (_, _) => (
            Status::Fail,
            format!(
                "{name} answers small packets but none of {} bytes: something on the way carries \
                 less",
                own.mtu
            ),
        ),
    }
}

/// What came of an echo request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Reply,
    TooBig,
    Silence,
    Unknown(String),
}

/// A network namespace on Docker's bridge.
struct Container<'a> {
    host: &'a dyn Host,
    /// Whether there were no named namespaces before: `ip` mounts their folder.
    first: bool,
}

/// Where `ip` keeps named namespaces.
const NAMESPACES: &str = "/var/run/netns";

impl<'a> Container<'a> {
    /// Makes it with the lease's last address, which Docker gives out last.
    fn make(host: &'a dyn Host, lease: &Lease) -> Result<Self, String> {
        let container = Self {
            host,
            first: host.meta(NAMESPACES).is_err(),
        };
        // What a run left that was killed.
        container.remove();
        let made = container.set_up(lease);
        made.map_err(|error| {
            container.remove();
            error.to_string()
        })?;
        Ok(container)
    }

    fn set_up(&self, lease: &Lease) -> Result<(), CommandError> {
        let last = u32::from(lease.subnet.broadcast()).saturating_sub(1);
        let address = format!("{}/{}", Ipv4Addr::from(last), lease.subnet.prefix_len());
        let (mtu, gateway) = (lease.mtu.to_string(), lease.subnet.addr().to_string());
        let inside = ["ip", "netns", "exec", NAMESPACE, "ip"];
        let commands: [&[&str]; 9] = [
            &["ip", "netns", "add", NAMESPACE],
            &[
                "ip", "link", "add", OUTSIDE, "type", "veth", "peer", "name", INSIDE,
            ],
            &["ip", "link", "set", "dev", OUTSIDE, "mtu", &mtu, "up"],
            &["ip", "link", "set", "dev", OUTSIDE, "master", BRIDGE],
            &["ip", "link", "set", "dev", INSIDE, "netns", NAMESPACE],
            &["addr", "add", &address, "dev", INSIDE],
            &["link", "set", "dev", INSIDE, "mtu", &mtu, "up"],
            &["link", "set", "dev", "lo", "up"],
            &["route", "add", "default", "via", &gateway],
        ];
        for argv in commands {
            let argv = match argv.first() {
                Some(&"ip") => argv.to_vec(),
                _ => [&inside[..], argv].concat(),
            };
            self.host.run(&Command::new(argv))?;
        }
        Ok(())
    }

    fn ping(&self, to: Ipv4Addr, size: u32) -> Answer {
        // 20 bytes of IPv4 and 8 of ICMP.
        let (size, to) = (size.saturating_sub(28).to_string(), to.to_string());
        let argv = [
            "ip", "netns", "exec", NAMESPACE, "ping", "-n", "-c", "1", "-W", "1", "-M", "do", "-s",
            &size, &to,
        ];
        let command = Command::new(argv).timeout(Duration::from_secs(5));
        match self.host.run(&command) {
            Ok(_) => Answer::Reply,
            Err(error) => {
                let said = error.to_string();
                // iputils: "local error: message too long, mtu=1450", "Message too
                // long" and, for a router's, "Frag needed and DF set".
                let said_low = said.to_lowercase();
                if said_low.contains("too long") || said_low.contains("frag needed") {
                    Answer::TooBig
                } else if error.code() == Some(1) {
                    Answer::Silence
                } else {
                    Answer::Unknown(said)
                }
            }
        }
    }

    /// Removes it; what is not there is nothing to complain of.
    fn remove(&self) {
        if probe::link(self.host, OUTSIDE).is_ok_and(|link| link.is_some()) {
            let argv = ["ip", "link", "delete", "dev", OUTSIDE];
            let _ = self.host.run(&Command::new(argv));
        }
        let run = |argv: &[&str]| drop(self.host.run(&Command::new(argv.iter().copied())));
        let path = format!("{NAMESPACES}/{NAMESPACE}");
        if self.host.meta(&path).is_ok() {
            run(&["ip", "netns", "delete", NAMESPACE]);
        }
        if self.first && self.host.meta(NAMESPACES).is_ok() {
            run(&["umount", NAMESPACES]);
            // Somebody else may have come to use it.
            let _ = self.host.remove_dir(NAMESPACES);
        }
    }
}
