//! The configuration: the answers as typed values that fit each other.

mod build;
mod cross;
mod docker;
mod kubernetes;
mod replicated;
mod swarm;
mod wishes;
mod words;

pub use crate::judge::wishes::{Encryption, InterfaceWish};
pub use words::*;

pub use cross::flannel_network;
pub(super) use cross::{not_a_host_of, same_host};
pub use docker::DockerConfig;
pub use kubernetes::KubernetesConfig;
pub use replicated::{ReplicatedConfig, ScriptSource, TlsConfig};
pub use swarm::{SwarmAs, SwarmConfig};

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::merged::Answers;
use super::problem::{Problem, Problems};
use super::secret::SecretRef;
use super::types::{Endpoint, PublicKey};

/// The host that the answers are for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expect {
    /// Its name, in full or up to the first dot.
    pub hostname: Option<String>,
    /// Its distribution: a family (`el7`), or id and version (`ubuntu-22.04`).
    pub distro: Option<String>,
}

/// What the site wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs {
    /// Hosts in the installation.
    pub nodes: u32,
    /// Schedulers that the vendor ships YAML for; none: not known.
    pub vendor_kinds: Option<Vec<VendorKind>>,
    /// Encryption between the hosts.
    pub encryption: Encryption,
    /// Some hosts are behind NAT.
    pub behind_nat: bool,
    /// At least one host can be reached by all.
    pub public_peer: bool,
    /// Multicast or broadcast is needed.
    pub multicast: bool,
    /// Docker may be restarted.
    pub docker_restart: bool,
    /// An etcd cluster may be used.
    pub existing_etcd: bool,
    /// Ranges that are in use elsewhere in the organisation.
    pub corporate_ranges: Vec<Ipv4Net>,
    /// Who runs the ZeroTier controller.
    pub zerotier_controller: ZerotierController,
    /// Business or government use.
    pub business_use: bool,
}

/// A check that is waived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiver {
    /// The check or rule.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Last day on which it counts, `2027-01-31`.
    pub expires: Option<String>,
}

/// Another host of the private network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its name, for messages.
    pub name: String,
    /// Where it is reached; none: it calls first.
    pub endpoint: Option<Endpoint>,
    /// Its address in the private network.
    pub address: Ipv4Addr,
    /// Its public key.
    pub public_key: PublicKey,
    /// A secret that only the two hosts share.
    pub preshared_key: Option<SecretRef>,
    /// Seconds between keepalive packets; none or 0: no such packets.
    pub keepalive: Option<u16>,
    /// What is sent to it: its own address unless answered otherwise.
    pub allowed_ips: Vec<Ipv4Net>,
}

/// WireGuard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WireguardConfig {
    /// Name of the interface.
    pub interface: String,
    /// UDP port.
    pub listen_port: u16,
    /// Where the other hosts dial this one; none: an address of its own.
    pub endpoint: Option<Endpoint>,
    /// MTU in bytes; none: found out.
    pub mtu: Option<u32>,
    /// What may be done where the kernel has no WireGuard.
    pub module: Packages,
    /// Userspace WireGuard where the kernel has none.
    pub allow_experimental: bool,
    /// Where the private key comes from.
    pub private_key: SecretRef,
    /// The other hosts as answered; join files add to them.
    pub peers: Vec<Peer>,
}

/// Flannel and its etcd.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlannelConfig {
    /// How packets get from host to host.
    pub backend: FlannelBackend,
    /// Key in etcd below which all of it is.
    pub etcd_prefix: String,
    /// Prefix length of each host's subnet.
    pub subnet_len: u8,
    /// The program flanneld; none: looked for.
    pub flanneld: Option<PathBuf>,
    /// The program etcd; none: looked for.
    pub etcd: Option<PathBuf>,
    /// Client URLs of a cluster of the site's own; none: the hosts make one.
    pub etcd_endpoints: Vec<String>,
    /// What this host is to the etcd that the hosts make.
    pub etcd_role: EtcdRole,
    /// How many hosts begin that together.
    pub etcd_initial: Option<u8>,
    /// The files for etcd's TLS; none: plain HTTP.
    pub etcd_tls: Option<EtcdTls>,
}

/// The PEM files for etcd's TLS. The key's is a secret by reference: only its
/// path is known here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EtcdTls {
    /// Certificates of the authority.
    pub ca: PathBuf,
    /// This host's certificate.
    pub cert: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
}

/// ZeroTier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ZerotierConfig {
    /// The network's id, in lower case; none: the controller's.
    pub network_id: Option<String>,
    /// Token for the API of the hosted controller.
    pub api_token: Option<SecretRef>,
    /// UDP port, and TCP port of the local API.
    pub port: u16,
    /// Name of the interface.
    pub interface: String,
    /// MTU of the network on this host's own controller, in bytes; none: found
    /// out.
    pub mtu: Option<u32>,
    /// Node addresses that this host's own controller shuts out, in lower case.
    pub remove_members: Vec<String>,
    /// Whether a cloned identity may be replaced.
    pub replace_identity: bool,
}

impl InterfaceWish {
    /// What somebody typed: name, address, hardware address or range; empty and
    /// `auto` leave the choice.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<InterfaceWish, Problem> {
        build::interface_wish(text)
    }

    /// The question that holds such a wish, and its text.
    pub fn answer(&self) -> (&'static str, String) {
        match self {
            InterfaceWish::Auto => ("interface.name", "auto".to_owned()),
            InterfaceWish::Name(name) => ("interface.name", name.clone()),
            InterfaceWish::Address(address) => ("interface.match.address", address.to_string()),
            InterfaceWish::Mac(mac) => ("interface.match.mac", mac.clone()),
            InterfaceWish::Cidr(cidr) => ("interface.match.cidr", cidr.to_string()),
            InterfaceWish::Driver(driver) => ("interface.match.driver", driver.clone()),
        }
    }
}

/// A report that is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportTarget {
    /// The file.
    pub path: PathBuf,
    /// Its form.
    pub format: ReportFormat,
}

/// The answers as typed values that fit each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// What this host is.
    pub role: Role,
    /// No way to the Internet.
    pub airgap: bool,
    /// What the site wants.
    pub needs: Needs,
    /// The host that the answers are for.
    pub expect: Expect,
    /// What is asked although answered: keys, starts of keys, `*`.
    pub ask: Vec<String>,
    /// For which init system the boot service is written.
    pub init: InitWish,
    /// Checks that are waived.
    pub waivers: Vec<Waiver>,
    /// From which result on a check stops the run.
    pub fail_on: FailOn,
    /// The scheduler that is wanted.
    pub scheduler: SchedulerWish,
    /// The private network that is wanted.
    pub overlay: OverlayWish,
    /// Its range.
    pub network: Ipv4Net,
    /// This host's address in it.
    pub address: Option<Ipv4Addr>,
    /// WireGuard's settings.
    pub wireguard: WireguardConfig,
    /// Flannel's settings.
    pub flannel: FlannelConfig,
    /// ZeroTier's settings.
    pub zerotier: ZerotierConfig,
    /// Settings of single overlays that are answered with something else than
    /// their defaults, by their keys: those of another overlay than the one that
    /// it comes to are not used.
    pub overlay_settings: Vec<&'static str>,
    /// Join files of the other hosts, paths or patterns.
    pub join_files: Vec<String>,
    /// Where this host's join file goes; none: the default name.
    pub join_out: Option<PathBuf>,
    /// Which interface Replicated is to use.
    pub interface: InterfaceWish,
    /// What may be done to the firewall.
    pub firewall: Firewall,
    /// What may be done about packages that are missing.
    pub packages: Packages,
    /// Docker itself.
    pub docker: DockerConfig,
    /// Docker Swarm.
    pub swarm: SwarmConfig,
    /// Kubernetes.
    pub kubernetes: KubernetesConfig,
    /// Replicated itself.
    pub replicated: ReplicatedConfig,
    /// What happens when a step fails.
    pub on_failure: OnFailure,
    /// Undo by itself after this time without a confirmation; zero: never.
    pub confirm_within: Duration,
    /// Steps that cannot be undone.
    pub not_undoable: NotUndoable,
    /// Reports that are written.
    pub reports: Vec<ReportTarget>,
}

impl Config {
    /// The configuration of these answers.
    ///
    /// # Errors
    /// Every problem at once: those of single values that were found while the
    /// answers were gathered, and those between answers.
    pub fn from_answers(answers: &Answers) -> Result<Config, Problems> {
        let mut problems = answers.problems().to_vec();
        let config = build::config(answers, &mut problems);
        cross::check(answers, &mut problems);
        replicated::check(answers, &mut problems);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ if problems.is_empty() => {
                // Cannot happen while every question with a default has a good
                // one; told rather than trusted.
                let problem = answers.problem("version", "the answers are not complete", None);
                Err(Problems(vec![problem]))
            }
            _ => {
                problems.sort_by_key(Problem::at);
                Err(Problems(problems))
            }
        }
    }

    /// The answers that a WireGuard network needs and that nobody gave. To be
    /// asked for, or told all at once when nobody can be asked.
    pub fn missing_for_wireguard(answers: &Answers) -> Vec<Problem> {
        let mut out = Vec::new();
        if !answers.is_given("overlay.address") {
            out.push(answers.problem(
                "overlay.address",
                "missing: this host's address in the private network",
                Some("give it in the answers file, or as --set overlay.address=ADDRESS"),
            ));
        }
        out
    }

    /// Holds the named interface against those that the host has.
    ///
    /// # Errors
    /// The interface is neither there nor the one that will be made.
    pub fn check_interface(&self, answers: &Answers, here: &[&str]) -> Result<(), Problem> {
        let InterfaceWish::Name(name) = &self.interface else {
            return Ok(());
        };
        let overlay = match self.overlay {
            OverlayWish::Zerotier => &self.zerotier.interface,
            // It may come to either.
            OverlayWish::Auto if *name == self.zerotier.interface => name,
            _ => &self.wireguard.interface,
        };
        check_interface_name(answers, name, overlay, here)
    }
}

/// As [`Config::check_interface`], for answers that are no configuration yet.
///
/// # Errors
/// The interface is neither there nor the one that will be made.
pub fn check_interface_name(
    answers: &Answers,
    name: &str,
    overlay: &str,
    here: &[&str],
) -> Result<(), Problem> {
    if name == "auto" || name == overlay || here.contains(&name) {
        return Ok(());
    }
    Err(answers.problem(
        "interface.name",
        format!("{name} does not exist here; there are {}", here.join(", ")),
        None,
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    /// Whichever overlay `auto` comes to has its settings; a template's defaults
    /// are nobody's wish.
    #[test]
    fn settings_of_an_overlay_are_kept_before_it_is_chosen() {
        let mut answers = Answers::default();
        for (id, text) in [
            ("overlay.zerotier.port", "9994"),
            ("overlay.zerotier.mtu", "1400"),
            ("overlay.zerotier.remove-members", "481A5E3D20"),
            ("overlay.zerotier.interface", "ztrepl0"),
            ("overlay.flannel.subnet-len", "26"),
            ("overlay.wireguard.mtu", "auto"),
        ] {
            let asked = crate::answers::questions::question(id).unwrap();
            assert!(answers.applies(asked), "{id}");
            answers.set_text(id, text).unwrap();
        }
        let config = Config::from_answers(&answers).unwrap();
        assert_eq!(config.overlay, OverlayWish::Auto);
        assert_eq!(config.zerotier.port, 9994);
        assert_eq!(config.zerotier.mtu, Some(1400));
        assert_eq!(config.zerotier.remove_members, ["481a5e3d20"]);
        assert_eq!(config.flannel.subnet_len, 26);
        assert_eq!(
            config.overlay_settings,
            [
                "overlay.flannel.subnet-len",
                "overlay.zerotier.port",
                "overlay.zerotier.mtu",
                "overlay.zerotier.remove-members",
            ]
        );
        answers
            .set_text("overlay.zerotier.mtu", "1279")
            .unwrap_err();
    }

    #[test]
    fn nothing_answered_is_a_good_configuration() {
        let config = Config::from_answers(&Answers::default()).unwrap();
        assert_eq!(config.needs.nodes, 1);
        assert_eq!(config.needs.vendor_kinds, None);
        assert!(!config.replicated.install);
        assert_eq!(config.wireguard.private_key, SecretRef::Generate);
        assert_eq!(config.confirm_within, Duration::ZERO);
    }

    #[test]
    fn flannel_is_no_network_beneath_a_scheduler_of_its_own_network() {
        for (scheduler, overlay, good) in [
            ("swarm", "flannel", false),
            ("kubernetes", "flannel", false),
            ("swarm", "wireguard", true),
            ("native", "flannel", true),
        ] {
            let mut answers = Answers::default();
            answers.set_text("overlay.network", "10.90.0.0/16").unwrap();
            answers.set_text("scheduler", scheduler).unwrap();
            answers.set_text("overlay.kind", overlay).unwrap();
            let config = Config::from_answers(&answers);
            assert_eq!(config.is_ok(), good, "{scheduler} {overlay}: {config:?}");
            if let Err(Problems(problems)) = config {
                assert_eq!(problems[0].path, "overlay.kind", "{problems:?}");
            }
        }
    }

    #[test]
    fn a_typed_interface_is_told_apart() {
        let wish = |text| InterfaceWish::parse(text).unwrap();
        assert_eq!(wish("eth1"), InterfaceWish::Name("eth1".to_owned()));
        assert_eq!(wish(" auto "), InterfaceWish::Auto);
        assert_eq!(wish(""), InterfaceWish::Auto);
        assert_eq!(
            wish("10.0.0.12"),
            InterfaceWish::Address("10.0.0.12".parse().unwrap())
        );
        assert_eq!(
            wish("10.0.0.0/8"),
            InterfaceWish::Cidr("10.0.0.0/8".parse().unwrap())
        );
        assert_eq!(
            wish("52-54-00-AB-cd-56"),
            InterfaceWish::Mac("52:54:00:ab:cd:56".to_owned())
        );
        assert!(InterfaceWish::parse("a/b").is_err());
        let mut answers = Answers::default();
        for text in ["eth1", "10.0.0.12", "10.0.0.0/8", "52:54:00:ab:cd:56"] {
            let (id, text) = wish(text).answer();
            answers.set_text(id, &text).unwrap();
        }
    }
}
