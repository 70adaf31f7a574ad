//! 2. What the host is.
//!
//! Facts are read once, before anything is decided. Each is known, absent or
//! unreadable, and says where it came from: a later stage cannot take a missing
//! value for a good one, since it has to look at all three. This stage only
//! reads; it holds no thresholds and passes no judgement.

pub mod anonymize;
pub mod boot;
pub mod capabilities;
pub mod cgroups;
pub mod deep;
pub mod distributions;
pub mod docker;
pub mod docker_info;
pub mod document;
pub mod filter;
pub mod firewall;
pub mod flat;
pub mod identity;
pub mod kernel;
pub mod listeners;
pub mod network;
pub mod online;
pub mod os;
pub mod overlays;
pub mod ports;
pub mod reader;
pub mod redact;
pub mod release;
pub mod repositories;
pub mod resolver;
pub mod resources;
pub mod routing;
pub mod security;
pub mod services;
pub mod software;
pub mod storage;
pub mod sysctl;
pub mod virt;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::host::{Host, Nothing, timestamp};
use reader::Reader;

/// Schema of the facts that this version writes.
pub const SCHEMA: &str = "facts/1";

/// One thing that is to be known of the host.
///
/// As JSON: `{"value": …, "source": …}`, `{"absent": why, "source": …}` or
/// `{"unreadable": why, "source": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Fact<T> {
    /// It was read.
    Known {
        /// What it is.
        value: T,
        /// The file, socket, call or table that says so.
        source: String,
    },
    /// The source was there to be asked and does not have it.
    Absent {
        /// Why it is taken to be absent.
        #[serde(rename = "absent")]
        why: String,
        /// What was asked.
        source: String,
    },
    /// The source could not be read: nothing is known.
    Unreadable {
        /// The error, with its name (`EACCES: …`).
        #[serde(rename = "unreadable")]
        why: String,
        /// What could not be read.
        source: String,
    },
}

impl<T> Fact<T> {
    /// A fact that was read.
    pub fn known(value: T, source: impl Into<String>) -> Self {
        Self::Known {
            value,
            source: source.into(),
        }
    }

    /// A fact that its source does not have.
    pub fn absent(why: impl Into<String>, source: impl Into<String>) -> Self {
        Self::Absent {
            why: why.into(),
            source: source.into(),
        }
    }

    /// A fact whose source could not be read.
    pub fn unreadable(why: impl Into<String>, source: impl Into<String>) -> Self {
        Self::Unreadable {
            why: why.into(),
            source: source.into(),
        }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Absent { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// Where it came from.
    pub fn source(&self) -> &str {
        match self {
            Self::Known { source, .. }
            | Self::Absent { source, .. }
            | Self::Unreadable { source, .. } => source,
        }
    }

    /// The same fact without its value: to say why another fact, which follows
    /// from this one, is not known. A value that is known gives `why`.
    pub(crate) fn unknown<U>(&self, why: &str) -> Fact<U> {
        match self {
            Self::Known { source, .. } => Fact::unreadable(why, source.as_str()),
            Self::Absent { why, source } => Fact::absent(why.as_str(), source.as_str()),
            Self::Unreadable { why, source } => Fact::unreadable(why.as_str(), source.as_str()),
        }
    }

    /// The same fact with its value read further; what cannot be read makes it
    /// unreadable.
    pub(crate) fn parse<U>(self, parse: impl FnOnce(T) -> Result<U, String>) -> Fact<U> {
        match self {
            Self::Known { value, source } => match parse(value) {
                Ok(value) => Fact::Known { value, source },
                Err(why) => Fact::Unreadable { why, source },
            },
            other => other.unknown(""),
        }
    }

    /// The same fact with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known { value, source } => Fact::Known {
                value: change(value),
                source,
            },
            Self::Absent { why, source } => Fact::Absent { why, source },
            Self::Unreadable { why, source } => Fact::Unreadable { why, source },
        }
    }
}

/// Everything that is known of a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// `facts/1`.
    pub schema: String,
    /// When they were read, as RFC 3339 in UTC.
    pub collected_at: String,
    /// Distribution and identity.
    pub os: os::Os,
    /// Kernel, architecture, virtualisation.
    pub kernel: kernel::Kernel,
    /// Docker.
    pub docker: docker::Docker,
    /// Interfaces, routes, listening ports.
    pub network: network::Network,
    /// Firewall.
    pub firewall: firewall::Firewall,
    /// CPUs, memory, disks.
    pub resources: resources::Resources,
    /// FIPS, Secure Boot, SELinux.
    pub security: security::Security,
    /// Init system, time synchronisation.
    pub services: services::Services,
    /// Who the host is, and as whom it is looked at.
    pub identity: identity::Identity,
    /// How the kernel was booted.
    pub boot: boot::Boot,
    /// Controllers of the control groups.
    pub cgroups: cgroups::Cgroups,
    /// Names and proxies.
    pub resolver: resolver::Resolver,
    /// Traces of the overlays.
    pub overlays: overlays::Overlays,
    /// Software that gets in the way.
    pub software: software::Software,
    /// Mounts and space.
    pub storage: storage::Storage,
    /// Kernel settings by name.
    pub sysctl: BTreeMap<String, sysctl::Setting>,
    /// What was reached outside; only where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<online::Online>,
    /// What was measured by writing; only where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deep: Option<deep::Deep>,
}

/// Looks at the host. Nothing is started, sent or changed; whatever cannot be
/// read is a fact that says so.
pub fn collect(host: &dyn Host) -> Facts {
    collect_telling(host, &mut |_| {})
}

/// The same, and tells what is read before it is: a daemon that hangs is waited
/// for until its time is over.
pub fn collect_telling(host: &dyn Host, tell: &mut dyn FnMut(&'static str)) -> Facts {
    let reader = Reader::new(host);
    tell("kernel");
    let kernel = kernel::collect(&reader);
    tell("Docker");
    let docker = docker::collect(&reader);
    let mut read = |what: &'static str| {
        tell(what);
        &reader
    };
    Facts {
        schema: SCHEMA.into(),
        collected_at: timestamp(reader.now()),
        os: os::collect(read("system"), &kernel, &docker),
        network: network::collect(read("network")),
        firewall: firewall::collect(read("firewall"), &kernel),
        resources: resources::collect(read("processors, memory, disks")),
        security: security::collect(read("security")),
        services: services::collect(read("services")),
        identity: identity::collect(read("identity")),
        boot: boot::collect(read("boot"), &kernel.release),
        cgroups: cgroups::collect(read("control groups")),
        resolver: resolver::collect(read("names")),
        overlays: overlays::collect(read("overlays")),
        software: software::collect(read("packages")),
        storage: storage::collect(read("storage"), docker.root_dir.value()),
        sysctl: sysctl::collect(read("kernel settings")),
        online: None,
        deep: None,
        kernel,
        docker,
    }
}

impl Facts {
    /// The facts of a host that nobody looked at: not one is known, for this
    /// reason.
    pub fn unread(why: &'static str) -> Self {
        collect(&Nothing(why))
    }
}
