//! Which firewall this host has.

use serde::{Deserialize, Serialize};

use super::Fact;

/// The firewall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    /// What manages the packet filter: `firewalld`, `ufw`, `iptables` (rules
    /// with no manager), `nftables`, `none` (no rules at all).
    pub kind: Fact<String>,
    /// What to save the rules with so that they outlive a reboot, where there
    /// is such a thing: `iptables-service` (/etc/sysconfig/iptables),
    /// `netfilter-persistent`, `SuSEfirewall2`, `nftables.conf`.
    pub persistence: Fact<String>,
}
