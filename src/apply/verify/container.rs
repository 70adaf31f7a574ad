//! Who sends the echo requests: a network namespace that hangs on Docker's bridge
//! with an address of the lease, which is what a container is to the network.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::apply::flannel::{BRIDGE, Lease};
use crate::apply::{bridge, probe};
use crate::host::network::Network;
use crate::host::{Command, CommandError, Host, Output};

/// The link of the namespace: its end on the bridge, and the one inside.
const OUTSIDE: &str = "gcverify0";
const INSIDE: &str = "gcverify1";

/// What came of an echo request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Reply,
    TooBig,
    Silence,
    Unknown(String),
}

/// Who asks.
pub(super) enum Asker<'a> {
    /// A namespace as a container's.
    Container(Container<'a>),
    /// The host itself, from its bridge's address, where an old kernel gives no
    /// such namespace; why.
    Bridge {
        host: &'a dyn Host,
        from: Ipv4Addr,
        why: String,
    },
}

/// A network namespace on Docker's bridge. It goes with this value.
pub(super) struct Container<'a> {
    host: &'a dyn Host,
    inside: Box<dyn Network + 'a>,
}

impl<'a> Asker<'a> {
    /// A container where one can be made. On kernels before 3.0, which EL6 has, the
    /// host asks where not: that tells of the way between the nodes and says
    /// nothing of what is forwarded to containers, and is told so.
    pub(super) fn new(host: &'a dyn Host, lease: &Lease) -> Result<Self, String> {
        match Container::make(host, lease) {
            Ok(container) => Ok(Self::Container(container)),
            Err(why) if is_old(host) => Ok(Self::Bridge {
                host,
                from: lease.subnet.addr(),
                why,
            }),
            Err(why) => Err(why),
        }
    }

    /// Who it is, in words.
    pub(super) fn who(&self) -> &'static str {
        match self {
            Self::Container(_) => "a container",
            Self::Bridge { .. } => "the host's bridge",
        }
    }

    /// What a good answer does not tell.
    pub(super) fn unchecked(&self) -> String {
        match self {
            Self::Container(_) => String::new(),
            Self::Bridge { why, .. } => format!(
                "; host side only: whether containers reach it was not checked, since this kernel \
                 gives no namespace for it ({why}); try it with a container"
            ),
        }
    }

    /// Sends one echo request of `size` bytes, headers included.
    pub(super) fn ping(&self, to: Ipv4Addr, size: u32) -> Answer {
        // 20 bytes of IPv4 and 8 of ICMP.
        let (size, to) = (size.saturating_sub(28).to_string(), to.to_string());
        let mut argv = vec!["ping", "-n", "-c", "1", "-W", "1", "-M", "do", "-s", &size];
        let limit = Duration::from_secs(5);
        let answer = match self {
            Self::Container(container) => {
                argv.push(&to);
                container.inside.run(&Command::new(argv).timeout(limit))
            }
            Self::Bridge { host, from, .. } => {
                let from = from.to_string();
                argv.extend(["-I", &from, &to]);
                host.run(&Command::new(argv).timeout(limit))
            }
        };
        told(answer)
    }
}

/// iputils: "local error: message too long, mtu=1450", "Message too long" and, for
/// a router's, "Frag needed and DF set".
fn told(answer: Result<Output, CommandError>) -> Answer {
    let Err(error) = answer else {
        return Answer::Reply;
    };
    let said = error.to_string();
    let low = said.to_lowercase();
    if low.contains("too long") || low.contains("frag needed") {
        Answer::TooBig
    } else if error.code() == Some(1) {
        Answer::Silence
    } else {
        Answer::Unknown(said)
    }
}

/// Whether the kernel is older than 3.0.
fn is_old(host: &dyn Host) -> bool {
    let release = host.uname().map(|uname| uname.release).unwrap_or_default();
    let major = release.split('.').next().map(str::parse::<u32>);
    matches!(major, Some(Ok(major)) if major < 3)
}

impl<'a> Container<'a> {
    /// Makes it with the lease's last address, which Docker gives out last.
    fn make(host: &'a dyn Host, lease: &Lease) -> Result<Self, String> {
        // What a run left that was killed.
        remove(host);
        let inside = host.new_network().map_err(|error| error.to_string())?;
        let container = Self { host, inside };
        let made = container.set_up(lease);
        made.map_err(|error| error.to_string())?;
        Ok(container)
    }

    fn set_up(&self, lease: &Lease) -> Result<(), CommandError> {
        let last = u32::from(lease.subnet.broadcast()).saturating_sub(1);
        let address = format!("{}/{}", Ipv4Addr::from(last), lease.subnet.prefix_len());
        let (mtu, gateway) = (lease.mtu.to_string(), lease.subnet.addr().to_string());
        let id = self.inside.id().to_string();
        let outside = |argv: &[&str]| self.host.run(&Command::new(argv.iter().copied()));
        let inside = |argv: &[&str]| self.inside.run(&Command::new(argv.iter().copied()));
        outside(&[
            "ip", "link", "add", OUTSIDE, "type", "veth", "peer", "name", INSIDE,
        ])?;
        outside(&["ip", "link", "set", "dev", OUTSIDE, "mtu", &mtu, "up"])?;
        bridge::attach(self.host, BRIDGE, OUTSIDE)?;
        outside(&["ip", "link", "set", "dev", INSIDE, "netns", &id])?;
        inside(&["ip", "addr", "add", &address, "dev", INSIDE])?;
        inside(&["ip", "link", "set", "dev", INSIDE, "mtu", &mtu, "up"])?;
        inside(&["ip", "link", "set", "dev", "lo", "up"])?;
        inside(&["ip", "route", "add", "default", "via", &gateway])?;
        Ok(())
    }
}

/// The kernel would remove the link with the namespace, but at its leisure.
impl Drop for Container<'_> {
    fn drop(&mut self) {
        remove(self.host);
    }
}

/// Removes the link; one that is not there is nothing to complain of.
fn remove(host: &dyn Host) {
    if probe::link(host, OUTSIDE).is_ok_and(|link| link.is_some()) {
        let argv = ["ip", "link", "delete", "dev", OUTSIDE];
        let _ = host.run(&Command::new(argv));
    }
}
