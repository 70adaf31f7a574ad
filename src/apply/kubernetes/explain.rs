//! What kubeadm's texts mean, and what can be done about them.

/// A text of kubeadm's, or of what it calls, and what it means. The first row
/// whose words are all in a text counts. Recorded from 1.20.2 where nothing
/// else is said.
type Row = (&'static [&'static str], &'static str);

const ROWS: &[Row] = &[
    // Its own look at the host (preflight/checks.go).
    (
        &["unknown service runtime.v1"],
        "containerd's interface for the kubelet is switched off: take cri out of disabled_plugins in \
         /etc/containerd/config.toml, and restart containerd",
    ),
    (
        &["[Service-Docker]"],
        "start Docker: systemctl enable --now docker",
    ),
    (
        &["[IsDockerSystemdCheck]"],
        "Docker does not answer, or has another cgroup driver than systemd",
    ),
    (
        &["[CRI]"],
        "the container runtime does not answer at its socket: start it, or name another one as \
         kubernetes.cri-socket",
    ),
    (
        &["[Port-"],
        "another program has the port: `ss -lntp` names it; where it is an earlier cluster's, `kubeadm \
         reset` ends it",
    ),
    (
        &["[FileAvailable-"],
        "left over from an earlier cluster: `kubeadm reset`",
    ),
    (
        &["[DirAvailable-"],
        "left over from an earlier cluster: look at it, then `kubeadm reset`",
    ),
    (
        &["[FileContent--proc-sys-net-bridge"],
        "load br_netfilter (modprobe br_netfilter), then set it to 1",
    ),
    (
        &["[FileContent--proc-sys-net-ipv4-ip_forward]"],
        "something sets it back: look for it in /etc/sysctl.d",
    ),
    (
        &["[FileExisting-conntrack]"],
        "install conntrack (conntrack-tools on Red Hat and SUSE): kube-proxy needs it",
    ),
    (
        &["[FileExisting-crictl]"],
        "install cri-tools, from where kubeadm came",
    ),
    (
        &["[FileExisting-"],
        "install the package that brings this program",
    ),
    (
        &["[KubeletVersion]"],
        "install kubelet and kubeadm in one version",
    ),
    (
        &["[Swap]"],
        "switch swap off, or say kubernetes.swap: switch-off",
    ),
    (&["[NumCPU]"], "a control plane wants two CPUs"),
    (&["[Mem]"], "a control plane wants 1700 MB of memory"),
    (
        &["[ImagePull]"],
        "the image cannot be pulled: give the registry of the site as kubernetes.image-repository, or \
         bring the images along (kubernetes.images)",
    ),
    (
        &["[SystemVerification]"],
        "kubeadm does not take this kernel, these control groups or this Docker",
    ),
    // Joining.
    (
        &["could not find a JWS signature"],
        "the cluster does not know the token of kubernetes.token, or no more: make one on the first \
         host (kubeadm token create)",
    ),
    (
        &["failed to verify JWS signature"],
        "the second half of kubernetes.token is not right",
    ),
    (
        &["none of the public keys"],
        "kubernetes.ca-cert-hash is another cluster's, or somebody else answers at \
         kubernetes.api-server",
    ),
    (
        &["expected a 32 byte SHA-256 hash"],
        "kubernetes.ca-cert-hash is not whole: sha256: and 64 digits",
    ),
    (
        &["the bootstrap token is invalid"],
        "kubernetes.token is not of the form abcdef.0123456789abcdef",
    ),
    (
        // cmd/join.go of 1.20
        &["a Node with name", "already exists"],
        "the cluster has a node of this name: delete it there (kubectl delete node NAME), or give this \
         host another name",
    ),
    (
        // crypto/x509 of Go
        &["certificate has expired or is not yet valid"],
        "the clocks of the two hosts differ",
    ),
    (
        &["connect: connection refused"],
        "nobody listens there: does the first host's API server run, and is kubernetes.api-server right?",
    ),
    (
        &["connect: no route to host"],
        "there is no way there, or a firewall refuses: is TCP 6443 open on the first host?",
    ),
    (
        // net/http of Go
        &["Client.Timeout exceeded"],
        "nobody answers there: is TCP 6443 open on the first host, and is kubernetes.api-server right?",
    ),
    (
        &["dial tcp", "i/o timeout"],
        "nobody answers there: is TCP 6443 open on the first host, and is kubernetes.api-server right?",
    ),
    // Making the cluster.
    (
        &["couldn't initialize a Kubernetes cluster"],
        "the kubelet did not start the control plane in time: `journalctl -u kubelet` and the \
         runtime's list of containers tell why; often the kubelet and the container runtime have two \
         cgroup drivers, or an image is missing",
    ),
    (
        &["timed out waiting for the condition"],
        "the kubelet did not come up in time: `journalctl -u kubelet` tells why",
    ),
    (
        &["uses an old API spec"],
        "the configuration is of an older version than this kubeadm takes: run groundcrew again",
    ),
    (
        &["couldn't parse subnet"],
        "kubernetes.pod-network or kubernetes.service-network is no range",
    ),
    (
        &["must be ipv4 or ipv6 address"],
        "the address of the chosen interface is none",
    ),
];

/// What a text means, where it is a known one.
pub fn explain(text: &str) -> Option<&'static str> {
    let row = ROWS
        .iter()
        .find(|(words, _)| words.iter().all(|word| text.contains(word)));
    row.map(|(_, meaning)| *meaning)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A recorded text for each row, in the order of the rows.
    const TEXTS: &[&str] = &[
        "[CRI] container runtime is not running: output: E rpc error: code = Unimplemented desc = \
         unknown service runtime.v1alpha2.RuntimeService",
        "[Service-Docker] docker service is not active, please run 'systemctl start docker.service'",
        "[IsDockerSystemdCheck] cannot execute 'docker info -f {{.CgroupDriver}}': exit status 1",
        "[CRI] container runtime is not running: output: Client:",
        "[Port-6443] Port 6443 is in use",
        "[FileAvailable--etc-kubernetes-manifests-etcd.yaml] /etc/kubernetes/manifests/etcd.yaml \
         already exists",
        "[DirAvailable--var-lib-etcd] /var/lib/etcd is not empty",
        "[FileContent--proc-sys-net-bridge-bridge-nf-call-iptables] \
         /proc/sys/net/bridge/bridge-nf-call-iptables does not exist",
        "[FileContent--proc-sys-net-ipv4-ip_forward] /proc/sys/net/ipv4/ip_forward contents are not \
         set to 1",
        "[FileExisting-conntrack] conntrack not found in system path",
        "[FileExisting-crictl] crictl not found in system path",
        "[FileExisting-ip] ip not found in system path",
        "[KubeletVersion] couldn't get kubelet version: cannot execute 'kubelet --version': executable \
         file not found in $PATH",
        "[Swap] running with swap on is not supported. Please disable swap",
        "[NumCPU] the number of available CPUs 1 is less than the required 2",
        "[Mem] the system RAM (953 MB) is less than the minimum 1700 MB",
        "[ImagePull] failed to pull image k8s.gcr.io/kube-apiserver:v1.20.2: output: Error response \
         from daemon",
        "[SystemVerification] failed executing \"docker info --format '{{json .}}'\"",
        "error execution phase preflight: couldn't validate the identity of the API Server: could not \
         find a JWS signature in the cluster-info ConfigMap for token ID \"abcdef\"",
        "error execution phase preflight: couldn't validate the identity of the API Server: failed to \
         verify JWS signature of received cluster info object, can't trust this API Server",
        "error execution phase preflight: couldn't validate the identity of the API Server: cluster CA \
         found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:00\" are pinned",
        "error execution phase preflight: couldn't validate the identity of the API Server: invalid \
         discovery token CA certificate hash: expected a 32 byte SHA-256 hash, found 1 bytes",
        "[discovery.bootstrapToken.token: Invalid value: \"bad\": the bootstrap token is invalid, \
         discovery.tlsBootstrapToken: Invalid value: \"bad\": the bootstrap token is invalid]",
        "error execution phase kubelet-start: a Node with name \"node2\" and status \"Ready\" already \
         exists in the cluster. You must delete the existing Node or change the name of this new \
         joining Node",
        "x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before \
         2026-11-25T21:06:29Z",
        "Get \"https://10.94.0.1:6444/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s\": \
         dial tcp 10.94.0.1:6444: connect: connection refused",
        "dial tcp 10.94.0.9:6443: connect: no route to host",
        "net/http: request canceled while waiting for connection (Client.Timeout exceeded while \
         awaiting headers)",
        "dial tcp 10.94.0.1:6443: i/o timeout",
        "timed out waiting for the condition\nerror execution phase wait-control-plane: couldn't \
         initialize a Kubernetes cluster",
        "error execution phase kubelet-start: timed out waiting for the condition",
        "your configuration file uses an old API spec: \"kubeadm.k8s.io/v1alpha1\". Please use kubeadm \
         v1.11 instead and run 'kubeadm config migrate'",
        "podSubnet: Invalid value: \"10.244.0.0/40\": couldn't parse subnet",
        "couldn't use \"0.0.0.0.1\" as \"apiserver-advertise-address\", must be ipv4 or ipv6 address",
    ];

    #[test]
    fn every_row_has_a_text_and_that_text_finds_it() {
        assert_eq!(TEXTS.len(), ROWS.len());
        for (text, (_, meaning)) in TEXTS.iter().zip(ROWS) {
            assert_eq!(explain(text), Some(*meaning), "{text}");
        }
    }

    #[test]
    fn a_success_means_nothing() {
        for text in [
            "Your Kubernetes control-plane has initialized successfully!",
            "This node has joined the cluster:",
        ] {
            assert_eq!(explain(text), None);
        }
    }
}
