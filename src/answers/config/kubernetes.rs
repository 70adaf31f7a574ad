//! What is answered about Kubernetes.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::build::Reader;
use super::{CgroupDriver, NetworkAddOn, SwapWish};
use crate::answers::check::{parse_duration, parse_network};
use crate::answers::secret::SecretRef;
use crate::answers::types::Endpoint;

/// Kubernetes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KubernetesConfig {
    /// What stands for the control plane as a whole; none: this host.
    pub control_plane_endpoint: Option<Endpoint>,
    /// The API server that is joined.
    pub api_server: Option<Endpoint>,
    /// The token to join with.
    pub token: Option<SecretRef>,
    /// `sha256:` and the hash of the certificate authority's public key.
    pub ca_cert_hash: Option<String>,
    /// Range of the pods; none: one that overlaps nothing.
    pub pod_network: Option<Ipv4Net>,
    /// Range of the services; none: one that overlaps nothing.
    pub service_network: Option<Ipv4Net>,
    /// Path of the container runtime's socket; none: found out.
    pub cri_socket: Option<String>,
    /// Who makes the control groups.
    pub cgroup_driver: CgroupDriver,
    /// Whether the kubelet may run on control groups of version 1.
    pub allow_cgroup_v1: bool,
    /// What becomes of swap.
    pub swap: SwapWish,
    /// File for the token of other hosts; none: no token is made.
    pub token_out: Option<PathBuf>,
    /// How long that token counts.
    pub token_ttl: Duration,
    /// The network of the pods.
    pub network_add_on: NetworkAddOn,
    /// Image of flanneld.
    pub flannel_image: String,
    /// Image of Flannel's CNI plugin.
    pub flannel_cni_image: String,
    /// A manifest in place of groundcrew's own.
    pub add_on_manifest: Option<PathBuf>,
    /// Archives of images.
    pub images: Vec<PathBuf>,
    /// Registry of the control plane's images; none: kubeadm's default.
    pub image_repository: Option<String>,
    /// Whether applications run on the control plane's host, too.
    pub schedule_on_control_plane: bool,
}

impl KubernetesConfig {
    pub(super) fn read(read: &Reader<'_>) -> Option<Self> {
        let endpoint = |id: &str| match read.text(id) {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        };
        let network = |id: &str| match read.text(id) {
            None => Some(None),
            Some(text) => parse_network(&text).ok().map(Some),
        };
        let path = |id: &str| read.text(id).map(PathBuf::from);
        Some(Self {
            control_plane_endpoint: endpoint("kubernetes.control-plane-endpoint")?,
            api_server: endpoint("kubernetes.api-server")?,
            token: read.secret("kubernetes.token"),
            ca_cert_hash: read
                .text("kubernetes.ca-cert-hash")
                .map(|hash| hash.to_ascii_lowercase()),
            pod_network: network("kubernetes.pod-network")?,
            service_network: network("kubernetes.service-network")?,
            cri_socket: read
                .text("kubernetes.cri-socket")
                .filter(|socket| socket != "auto"),
            cgroup_driver: read.word("kubernetes.cgroup-driver", CgroupDriver::from_word)?,
            allow_cgroup_v1: read.flag("kubernetes.allow-cgroup-v1")?,
            swap: read.word("kubernetes.swap", SwapWish::from_word)?,
            token_out: path("kubernetes.token-out"),
            token_ttl: parse_duration(&read.text("kubernetes.token-ttl")?).ok()?,
            network_add_on: read.word("kubernetes.network-add-on", NetworkAddOn::from_word)?,
            flannel_image: read.text("kubernetes.flannel-image")?,
            flannel_cni_image: read.text("kubernetes.flannel-cni-image")?,
            add_on_manifest: path("kubernetes.add-on-manifest"),
            images: read
                .texts("kubernetes.images")
                .into_iter()
                .map(PathBuf::from)
                .collect(),
            image_repository: read.text("kubernetes.image-repository"),
            schedule_on_control_plane: read.flag("kubernetes.schedule-on-control-plane")?,
        })
    }
}
