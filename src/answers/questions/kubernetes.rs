//! The questions about Kubernetes.

use super::{Applies, Check, Choice, Kind, Page, Question};

const WITH: Applies = Applies::When("scheduler", &["auto", "kubernetes"]);
const FIRST: Applies = Applies::All(&[WITH, Applies::When("role", &["first"])]);
const JOINING: Applies = Applies::All(&[WITH, Applies::When("role", &["join"])]);
const WITH_FLANNEL: Applies = Applies::All(&[
    FIRST,
    Applies::When("kubernetes.network-add-on", &["flannel"]),
    Applies::Unset("kubernetes.add-on-manifest"),
]);

/// Flannel and the plugin of its time, as its own manifest names them (flannel
/// v0.27).
const FLANNEL: &str = "ghcr.io/flannel-io/flannel:v0.27.4";
const FLANNEL_CNI: &str = "ghcr.io/flannel-io/flannel-cni-plugin:v1.7.1-flannel1";

const fn text(
    id: &'static str,
    check: Check,
    default: Option<&'static str>,
    example: &'static str,
    applies: Applies,
) -> Question {
    Question {
        id,
        page: Page::Settings,
        kind: Kind::Text(check),
        default,
        example,
        prompt: "",
        help: "",
        why: "",
        applies,
    }
}

pub(super) const KUBERNETES: &[Question] = &[
    Question {
        prompt: "Address under which all nodes reach the control plane",
        help: "Address or name, with the port, that stands for the control plane as a whole; left \
               out: this host's address on the chosen interface.",
        why: "A name that can be moved to another host lets the control plane move, too.",
        ..text(
            "kubernetes.control-plane-endpoint",
            Check::Endpoint,
            None,
            "k8s.example.com:6443",
            FIRST,
        )
    },
    Question {
        prompt: "Where the API server is that this host joins",
        help: "The first host's API server, ADDRESS:6443.",
        why: "The host that joins asks there for the cluster's certificate and settings.",
        ..text(
            "kubernetes.api-server",
            Check::Endpoint,
            None,
            "10.0.0.11:6443",
            JOINING,
        )
    },
    Question {
        kind: Kind::Secret { generate: false },
        prompt: "Bootstrap token with which this host joins",
        help: "The token that the first host wrote (kubernetes.token-out): {file: PATH} or {env: \
               NAME}.",
        why: "Whoever holds it can add a host to the cluster.",
        ..text(
            "kubernetes.token",
            Check::Line,
            None,
            "{file: /root/kubernetes-token}",
            JOINING,
        )
    },
    Question {
        prompt: "Hash of the cluster's certificate authority",
        help: "sha256: and 64 hexadecimal digits, as the first host wrote beside the token; no \
               secret.",
        why: "The host that joins trusts no other API server.",
        ..text(
            "kubernetes.ca-cert-hash",
            Check::CaCertHash,
            None,
            "sha256:2b1c3ddf6bb01a4f3d1c5a3fd2b9a2e5be9a2f6c6fd0d8a4a1b4f7f0b6f0f3a1",
            JOINING,
        )
    },
    Question {
        prompt: "Range for the pods",
        help: "Range for the pods' addresses; left out: 10.244.0.0/16, or the next one that \
               overlaps nothing.",
        why: "A range that is routed elsewhere would cut that off from the pods.",
        ..text(
            "kubernetes.pod-network",
            Check::Network,
            None,
            "10.244.0.0/16",
            WITH,
        )
    },
    Question {
        prompt: "Range for the services",
        help: "Range for the services' addresses; left out: 10.96.0.0/12, or the next one that \
               overlaps nothing.",
        why: "What is in it elsewhere cannot be reached from the cluster.",
        ..text(
            "kubernetes.service-network",
            Check::Network,
            None,
            "10.96.0.0/12",
            WITH,
        )
    },
    Question {
        prompt: "Socket of the container runtime (auto finds it)",
        help: "Path of the container runtime's socket; auto: the one that is there, Docker first \
               below Kubernetes 1.24.",
        why: "Where there are several, kubeadm does not choose.",
        ..text(
            "kubernetes.cri-socket",
            Check::CriSocket,
            Some("auto"),
            "/run/containerd/containerd.sock",
            WITH,
        )
    },
    Question {
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "as the container runtime",
            },
            Choice {
                value: "systemd",
                label: "systemd makes the control groups",
            },
            Choice {
                value: "cgroupfs",
                label: "the runtime makes them itself",
            },
        ]),
        prompt: "Who makes the control groups?",
        help: "The kubelet's cgroup driver, which has to be the container runtime's.",
        why: "With two drivers pods are killed at random.",
        ..text(
            "kubernetes.cgroup-driver",
            Check::Line,
            Some("auto"),
            "systemd",
            WITH,
        )
    },
    Question {
        kind: Kind::Bool,
        prompt: "Run on control groups of version 1 although 1.35 does not?",
        help: "true: the kubelet is told to start on control groups of version 1 (failCgroupV1: \
               false), which it refuses by itself from 1.35 on.",
        why: "It is out of support, and will be gone.",
        ..text(
            "kubernetes.allow-cgroup-v1",
            Check::Line,
            Some("false"),
            "false",
            FIRST,
        )
    },
    Question {
        kind: Kind::Choice(&[
            Choice {
                value: "refuse",
                label: "leave it on, and refuse to set Kubernetes up",
            },
            Choice {
                value: "switch-off",
                label: "switch it off, now and at boot",
            },
        ]),
        prompt: "What about swap, where it is on?",
        help: "Swap has to be off; switch-off does that now and at boot (swap.target is masked), and \
               undoing switches it on again.",
        why: "The kubelet does not start with swap, and other programs here may need it.",
        ..text(
            "kubernetes.swap",
            Check::Line,
            Some("refuse"),
            "refuse",
            WITH,
        )
    },
    Question {
        prompt: "Where the join token is written (left out: none is made)",
        help: "File for a token that other hosts join with, for root alone; beside it FILE.yaml says \
               what else they need, no secret. Left out: no token is made.",
        why: "Whoever holds the token can add a host.",
        ..text(
            "kubernetes.token-out",
            Check::Path,
            None,
            "/root/kubernetes-token",
            FIRST,
        )
    },
    Question {
        prompt: "How long the join token counts",
        help: "How long the token counts, as 30m or 2h: long enough to set the other hosts up.",
        why: "A token that leaks late is worth nothing.",
        ..text(
            "kubernetes.token-ttl",
            Check::Duration,
            Some("2h"),
            "2h",
            FIRST,
        )
    },
    Question {
        kind: Kind::Choice(&[
            Choice {
                value: "flannel",
                label: "Flannel over VXLAN, bound to the chosen interface",
            },
            Choice {
                value: "none",
                label: "none: somebody applies one afterwards",
            },
        ]),
        prompt: "Which network for the pods?",
        help: "The network add-on. Without one no node becomes ready.",
        why: "kubeadm brings none.",
        ..text(
            "kubernetes.network-add-on",
            Check::Line,
            Some("flannel"),
            "flannel",
            FIRST,
        )
    },
    Question {
        prompt: "Flannel's image",
        help: "Image of flanneld; from a site's own registry where there is no Internet.",
        why: "The hosts have to be able to pull it, or to have it.",
        ..text(
            "kubernetes.flannel-image",
            Check::ImageName,
            Some(FLANNEL),
            "registry.example.com/flannel:v0.27.4",
            WITH_FLANNEL,
        )
    },
    Question {
        prompt: "Image of Flannel's CNI plugin",
        help: "Image of the CNI plugin that hands the pods to Flannel.",
        why: "The hosts have to be able to pull it, or to have it.",
        ..text(
            "kubernetes.flannel-cni-image",
            Check::ImageName,
            Some(FLANNEL_CNI),
            "registry.example.com/flannel-cni-plugin:v1.7.1-flannel1",
            WITH_FLANNEL,
        )
    },
    Question {
        prompt: "Manifest of a network add-on of the site's own",
        help: "A manifest on this host that is applied in place of groundcrew's own for Flannel. It \
               has to use kubernetes.pod-network.",
        why: "Some sites have an add-on of their own.",
        ..text(
            "kubernetes.add-on-manifest",
            Check::Path,
            None,
            "/media/kubernetes/network.yaml",
            FIRST,
        )
    },
    Question {
        kind: Kind::Strings(Check::Path),
        prompt: "Archives of images on this host",
        help: "Archives (docker save) that are loaded into the container runtime before anything is \
               pulled.",
        why: "A site without Internet brings the images along.",
        ..text(
            "kubernetes.images",
            Check::Path,
            Some("[]"),
            "[/media/kubernetes/images.tar]",
            WITH,
        )
    },
    Question {
        prompt: "Registry of Kubernetes' images, where it is the site's own",
        help: "Where the control plane's images are pulled from; left out: kubeadm's default.",
        why: "A site without Internet may have a mirror.",
        ..text(
            "kubernetes.image-repository",
            Check::ImageName,
            None,
            "registry.example.com/kubernetes",
            FIRST,
        )
    },
    Question {
        kind: Kind::Bool,
        prompt: "Run applications on the control plane's host, too?",
        help: "true: applications run on the first host, too; one host alone needs it.",
        why: "kubeadm keeps applications off the control plane otherwise.",
        ..text(
            "kubernetes.schedule-on-control-plane",
            Check::Line,
            Some("false"),
            "true",
            FIRST,
        )
    },
];
