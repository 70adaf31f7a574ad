//! The words of the choices as types.

use crate::judge::wishes::Encryption;

/// Declares an enum of the words of a choice. A test holds the words against
/// the declaration of the question.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word in the answers file.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(super) use words;

words! {
    /// What this host is in the installation.
    Role {
        /// The first host.
        First = "first",
        /// One that joins it.
        Join = "join",
    }
}
impl Encryption {
    /// All of them.
    pub const ALL: &'static [Encryption] =
        &[Encryption::Required, Encryption::Preferred, Encryption::No];

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

words! {
    /// A scheduler that a vendor ships YAML for.
    VendorKind {
        /// Replicated's native scheduler.
        Native = "native",
        /// Docker Swarm.
        Swarm = "swarm",
        /// Kubernetes.
        Kubernetes = "kubernetes",
    }
}
words! {
    /// Who runs the ZeroTier controller.
    ZerotierController {
        /// ZeroTier, over the Internet.
        Hosted = "hosted",
        /// One of the installation's hosts.
        Own = "own",
    }
}
words! {
    /// For which init system the boot service is written.
    InitWish {
        /// The one that runs.
        Auto = "auto",
        /// systemd.
        Systemd = "systemd",
        /// upstart.
        Upstart = "upstart",
        /// System V init.
        Sysvinit = "sysvinit",
    }
}
words! {
    /// From which result on a check stops the run.
    FailOn {
        /// Failed checks.
        Fail = "fail",
        /// Warnings and unknowns too.
        Warn = "warn",
    }
}
words! {
    /// The scheduler that is wanted.
    SchedulerWish {
        /// The recommended one.
        Auto = "auto",
        /// Replicated's native scheduler.
        Native = "native",
        /// Docker Swarm.
        Swarm = "swarm",
        /// Kubernetes.
        Kubernetes = "kubernetes",
    }
}
words! {
    /// The private network that is wanted.
    OverlayWish {
        /// The recommended one.
        Auto = "auto",
        /// None.
        None = "none",
        /// WireGuard.
        Wireguard = "wireguard",
        /// Flannel.
        Flannel = "flannel",
        /// ZeroTier.
        Zerotier = "zerotier",
    }
}
words! {
    /// How Flannel's packets get from host to host.
    FlannelBackend {
        /// The one that fits the kernel.
        Auto = "auto",
        /// A program carries them.
        Udp = "udp",
        /// The kernel carries them.
        Vxlan = "vxlan",
        /// Plain routes.
        HostGw = "host-gw",
    }
}
words! {
    /// What a host is to the etcd that Flannel's hosts make.
    EtcdRole {
        /// The first host makes it, others join it.
        Auto = "auto",
        /// One of those that begin it together.
        Initial = "initial",
        /// It joins those that began it.
        Member = "member",
        /// It asks the members and runs none.
        Client = "client",
    }
}
words! {
    /// Who makes the control groups of containers, of Docker's or of the kubelet's.
    CgroupDriver {
        /// As it is, or as the container runtime has it.
        Auto = "auto",
        /// systemd.
        Systemd = "systemd",
        /// The runtime itself.
        Cgroupfs = "cgroupfs",
    }
}
words! {
    /// What becomes of swap on a Kubernetes node.
    SwapWish {
        /// It stays, and Kubernetes is refused.
        Refuse = "refuse",
        /// It is switched off.
        SwitchOff = "switch-off",
    }
}
words! {
    /// The network of the pods.
    NetworkAddOn {
        /// Flannel.
        Flannel = "flannel",
        /// None.
        None = "none",
    }
}
words! {
    /// What may be done to the firewall.
    Firewall {
        /// Open what is needed.
        Open = "open",
        /// Change nothing.
        Leave = "leave",
    }
}
words! {
    /// What may be done about packages that are missing.
    Packages {
        /// Install them.
        Install = "install",
        /// Say which are missing.
        Leave = "leave",
    }
}
words! {
    /// Whether Docker is installed or upgraded, and from where.
    DockerInstall {
        /// Where it is needed, from what is at hand.
        Auto = "auto",
        /// The distribution's own package.
        Distribution = "distribution",
        /// Docker's own package.
        DockerCom = "docker.com",
        /// Not at all.
        Leave = "leave",
    }
}
words! {
    /// Docker's storage driver.
    StorageDriver {
        /// As Docker chooses, or as it is.
        Auto = "auto",
        /// overlay2.
        Overlay2 = "overlay2",
        /// devicemapper.
        Devicemapper = "devicemapper",
        /// btrfs.
        Btrfs = "btrfs",
        /// vfs.
        Vfs = "vfs",
    }
}
words! {
    /// What happens when a step fails.
    OnFailure {
        /// Undo what was done.
        Rollback = "rollback",
        /// Keep what is done.
        Keep = "keep",
        /// Ask.
        Ask = "ask",
    }
}
words! {
    /// Steps that cannot be undone.
    NotUndoable {
        /// Are carried out.
        Allow = "allow",
        /// Are refused.
        Refuse = "refuse",
    }
}
words! {
    /// Form of a report.
    ReportFormat {
        /// Text for people.
        Human = "human",
        /// JSON.
        Json = "json",
        /// YAML.
        Yaml = "yaml",
        /// Markdown.
        Markdown = "markdown",
        /// HTML.
        Html = "html",
        /// JUnit XML.
        Junit = "junit",
        /// One line for monitoring.
        Nagios = "nagios",
    }
}

impl ReportFormat {
    /// The format that a file's extension stands for.
    pub fn from_path(path: &str) -> Option<ReportFormat> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "txt" => Some(ReportFormat::Human),
            "json" => Some(ReportFormat::Json),
            "yaml" | "yml" => Some(ReportFormat::Yaml),
            "md" => Some(ReportFormat::Markdown),
            "html" | "htm" => Some(ReportFormat::Html),
            "xml" => Some(ReportFormat::Junit),
            _ => None,
        }
    }
}

words! {
    /// How Replicated's own page is encrypted.
    TlsType {
        /// A certificate and a key that are on this host.
        ServerPath = "server-path",
        /// A certificate that Replicated makes.
        SelfSigned = "self-signed",
        /// A certificate and a key that are handed over.
        KeyCert = "key-cert",
    }
}

words! {
    /// Who may see Replicated's own page.
    Authentication {
        /// Everybody.
        Anonymous = "anonymous",
        /// Who knows the password.
        Password = "password",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::super::SwarmAs;
    use super::*;
    use crate::answers::questions::{Kind, question};

    #[test]
    fn the_words_of_the_types_are_those_of_the_questions() {
        fn words(id: &str) -> Vec<&'static str> {
            match question(id).unwrap().kind {
                Kind::Choice(choices) | Kind::Choices(choices) => {
                    choices.iter().map(|choice| choice.value).collect()
                }
                Kind::Records { fields, .. } => match fields[1].kind {
                    Kind::Choice(choices) => choices.iter().map(|choice| choice.value).collect(),
                    _ => panic!("{id}"),
                },
                _ => panic!("{id}"),
            }
        }
        macro_rules! same {
            ($($id:literal $name:ident),+ $(,)?) => {$(
                let own: Vec<&str> = $name::ALL.iter().map(|one| one.word()).collect();
                assert_eq!(own, words($id), "{}", $id);
                for word in own {
                    assert_eq!($name::from_word(word).unwrap().word(), word);
                }
            )+};
        }
        same!(
            "role" Role, "needs.encryption" Encryption, "needs.vendor-kinds" VendorKind,
            "needs.zerotier-controller" ZerotierController, "host.init" InitWish,
            "preflight.fail-on" FailOn, "scheduler" SchedulerWish, "overlay.kind" OverlayWish,
            "overlay.flannel.backend" FlannelBackend, "overlay.flannel.etcd-role" EtcdRole,
            "firewall" Firewall, "swarm.as" SwarmAs,
            "packages" Packages, "overlay.wireguard.module" Packages, "apply.on-failure" OnFailure,
            "apply.not-undoable" NotUndoable, "docker.install" DockerInstall,
            "docker.storage-driver" StorageDriver, "docker.cgroup-driver" CgroupDriver,
            "kubernetes.cgroup-driver" CgroupDriver, "kubernetes.swap" SwapWish,
            "kubernetes.network-add-on" NetworkAddOn, "report" ReportFormat,
            "replicated.tls.type" TlsType,
            "replicated.daemon-authentication.type" Authentication,
        );
    }
}
