//! Init system and time synchronisation.

use serde::{Deserialize, Serialize};

use super::Fact;

/// Init system and time synchronisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Init system that this host boots with: systemd, upstart, sysvinit,
    /// other.
    pub init: Fact<String>,
    /// Whether that init system is running and takes orders (in a container or
    /// a rescue shell it may not be).
    pub manager_running: Fact<bool>,
    /// Whether the kernel's clock is synchronised.
    pub time_synchronised: Fact<bool>,
    /// The daemon that keeps the time, where one runs (chronyd, ntpd,
    /// systemd-timesyncd …).
    pub time_daemon: Fact<String>,
}
