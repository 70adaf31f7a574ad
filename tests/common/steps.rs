//! Every kind of step there is, and where it is done with the binary on the old
//! kernel's table. A new one does not compile until it stands here.

use std::collections::BTreeSet;

use groundcrew::plan::Plan;
use groundcrew::plan::overlay::flannel::act::Act as Flannel;
use groundcrew::plan::scheduler::docker::Act as Docker;
use groundcrew::plan::scheduler::kubernetes::act::Act as Kubernetes;
use groundcrew::plan::scheduler::replicated::act::Act as Replicated;
use groundcrew::plan::scheduler::swarm::Act as Swarm;
use groundcrew::plan::step::Step;
use groundcrew::plan::zerotier::Act as Zerotier;

use super::host::Host;

/// Where a kind of step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// tests/live/el6.rs: one plan with a step of each kind.
    Own,
    /// tests/live/packages.rs.
    Packages,
    /// tests/live/flannel.rs.
    Flannel,
    /// tests/live/zerotier.rs.
    Zerotier,
    /// tests/live/docker.rs.
    Docker,
    /// tests/live/swarm.rs, three nodes.
    Swarm,
    /// tests/live/handoff.rs.
    Handoff,
    /// Nowhere: only in memory, by unit tests.
    Memory,
    /// Nowhere: Kubernetes asks for kernel 3.10 and later.
    NoOldKernel,
}

macro_rules! kinds {
    ($($pattern:pat => $kind:literal, $place:ident;)+) => {
        /// The kind of a step.
        pub fn kind(step: &Step) -> &'static str {
            match step {
                $($pattern => $kind,)+
            }
        }
        /// All kinds.
        pub const KINDS: &[(&str, Place)] = &[$(($kind, Place::$place),)+];
    };
}

kinds! {
    Step::PrivateKey { .. } => "private-key", Own;
    Step::WriteFile { .. } => "write-file", Own;
    Step::FileBlock { .. } => "file-block", Own;
    Step::JsonKeys { .. } => "json-keys", Own;
    Step::DataDir { .. } => "data-dir", Own;
    Step::SetSysctl { .. } => "set-sysctl", Own;
    Step::InstallPackages { .. } => "install-packages", Packages;
    Step::InstallProgram { .. } => "install-program", Own;
    Step::LoadModule { .. } => "load-module", Own;
    Step::OpenPort(_) => "open-port", Own;
    Step::KeepPort { .. } => "keep-port", Own;
    Step::WireguardUp { .. } => "wireguard-up", Own;
    Step::WireguardPeers { .. } => "wireguard-peers", Own;
    Step::WireguardRemove { .. } => "wireguard-remove", Memory;
    Step::AddRoute { .. } => "add-route", Own;
    Step::Symlink { .. } => "symlink", Own;
    Step::EnableService { .. } => "enable-service", Own;
    Step::StartService { .. } => "start-service", Own;
    Step::Flannel(Flannel::EtcdJoin { .. }) => "flannel etcd-join", Flannel;
    Step::Flannel(Flannel::EtcdReady { .. }) => "flannel etcd-ready", Flannel;
    Step::Flannel(Flannel::Configure { .. }) => "flannel configure", Flannel;
    Step::Flannel(Flannel::AcceptForward { .. }) => "flannel accept-forward", Own;
    Step::Flannel(Flannel::Start { .. }) => "flannel start", Flannel;
    Step::Flannel(Flannel::Anew { .. }) => "flannel anew", Memory;
    Step::Flannel(Flannel::PeerRoutes { .. }) => "flannel peer-routes", Flannel;
    Step::Flannel(Flannel::DockerBack { .. }) => "flannel docker-back", Flannel;
    Step::Flannel(Flannel::DockerOnLease { .. }) => "flannel docker-on-lease", Flannel;
    Step::Docker(Docker::Upgrade { .. }) => "docker upgrade", Memory;
    Step::Docker(Docker::Back { .. }) => "docker back", Docker;
    Step::Docker(Docker::Restart { .. }) => "docker restart", Docker;
    Step::Docker(Docker::Ready { .. }) => "docker ready", Memory;
    Step::Zerotier(Zerotier::Home) => "zerotier home", Zerotier;
    Step::Zerotier(Zerotier::Stop { .. }) => "zerotier stop", Zerotier;
    Step::Zerotier(Zerotier::Identity { .. }) => "zerotier identity", Zerotier;
    Step::Zerotier(Zerotier::World { .. }) => "zerotier world", Zerotier;
    Step::Zerotier(Zerotier::Planet { .. }) => "zerotier planet", Zerotier;
    Step::Zerotier(Zerotier::Device { .. }) => "zerotier device", Zerotier;
    Step::Zerotier(Zerotier::Start { .. }) => "zerotier start", Zerotier;
    Step::Zerotier(Zerotier::Controller { .. }) => "zerotier controller", Zerotier;
    Step::Zerotier(Zerotier::Members { .. }) => "zerotier members", Zerotier;
    Step::Zerotier(Zerotier::Join { .. }) => "zerotier join", Zerotier;
    Step::Zerotier(Zerotier::Hosted { .. }) => "zerotier hosted", Memory;
    Step::Zerotier(Zerotier::Arp { .. }) => "zerotier arp", Zerotier;
    Step::Swarm(Swarm::Init { .. }) => "swarm init", Swarm;
    Step::Swarm(Swarm::Join { .. }) => "swarm join", Swarm;
    Step::Swarm(Swarm::IngressMtu { .. }) => "swarm ingress-mtu", Swarm;
    Step::Swarm(Swarm::Tokens { .. }) => "swarm tokens", Swarm;
    Step::Swarm(Swarm::Rotate { .. }) => "swarm rotate", Swarm;
    Step::Swarm(Swarm::ProbeImage) => "swarm probe-image", Swarm;
    Step::Kubernetes(Kubernetes::SwapOff { .. }) => "kubernetes swap-off", NoOldKernel;
    Step::Kubernetes(Kubernetes::LoadImages { .. }) => "kubernetes load-images", NoOldKernel;
    Step::Kubernetes(Kubernetes::Preflight { .. }) => "kubernetes preflight", NoOldKernel;
    Step::Kubernetes(Kubernetes::Init { .. }) => "kubernetes init", NoOldKernel;
    Step::Kubernetes(Kubernetes::AddOn { .. }) => "kubernetes add-on", NoOldKernel;
    Step::Kubernetes(Kubernetes::Token { .. }) => "kubernetes token", NoOldKernel;
    Step::Kubernetes(Kubernetes::Join { .. }) => "kubernetes join", NoOldKernel;
    Step::Replicated(Replicated::Script { .. }) => "replicated script", Own;
    Step::Replicated(Replicated::Conf { .. }) => "replicated conf", Own;
    Step::Replicated(Replicated::DockerLabel { .. }) => "replicated docker-label", Memory;
    Step::Replicated(Replicated::Run(_)) => "replicated run", Handoff;
}

/// The kinds of the steps in all runs of these hosts.
pub fn ran(hosts: &[&Host]) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    for host in hosts {
        for run in std::fs::read_dir(host.path("/var/lib/groundcrew/runs")).unwrap() {
            let text = std::fs::read_to_string(run.unwrap().path().join("plan.json")).unwrap();
            let plan: Plan = serde_json::from_str(&text).unwrap();
            kinds.extend(plan.steps.iter().map(kind));
        }
    }
    kinds
}

/// Fails where a kind of step that belongs to `place` was in no run of these hosts,
/// on which the binary has the old kernel's table.
#[track_caller]
pub fn assert_all_ran(place: Place, hosts: &[&Host]) {
    let ran = ran(hosts);
    let missing: Vec<_> = KINDS
        .iter()
        .filter(|(kind, of)| *of == place && !ran.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?} are in no run: {ran:?}");
}
