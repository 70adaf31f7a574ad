//! The questions about scheduler and private network.

use super::{Applies, Check, Choice, Field, Kind, Page, Question, Shorthand};

const WITH_OVERLAY: Applies = Applies::When(
    "overlay.kind",
    &["auto", "wireguard", "flannel", "zerotier"],
);
const WITH_WIREGUARD: Applies = Applies::When("overlay.kind", &["auto", "wireguard"]);
const WITH_FLANNEL: Applies = Applies::When("overlay.kind", &["auto", "flannel"]);
const WITH_ZEROTIER: Applies = Applies::When("overlay.kind", &["auto", "zerotier"]);

pub(super) const SCHEDULER: &[Question] = &[Question {
    id: "scheduler",
    page: Page::Scheduler,
    kind: Kind::Choice(&[
        Choice {
            value: "auto",
            label: "the recommended one",
        },
        Choice {
            value: "native",
            label: "Replicated's native scheduler",
        },
        Choice {
            value: "swarm",
            label: "Docker Swarm",
        },
        Choice {
            value: "kubernetes",
            label: "Kubernetes",
        },
    ]),
    default: Some("auto"),
    example: "auto",
    prompt: "Which scheduler should run the application?",
    help: "Which scheduler runs the application.",
    why: "Not every host can run every scheduler; auto takes the recommendation.",
    applies: Applies::Always,
}];

pub(super) const OVERLAY: &[Question] = &[
    Question {
        id: "overlay.kind",
        page: Page::Overlay,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "the recommended one, or none where none is needed",
            },
            Choice {
                value: "none",
                label: "one host only, or a trusted network",
            },
            Choice {
                value: "wireguard",
                label: "WireGuard: encrypted, in the kernel",
            },
            Choice {
                value: "flannel",
                label: "Flannel with etcd: not encrypted",
            },
            Choice {
                value: "zerotier",
                label: "ZeroTier: encrypted, in userspace",
            },
        ]),
        default: Some("auto"),
        example: "wireguard",
        prompt: "Which private network between the hosts?",
        help: "The kind of private network.",
        why: "The native scheduler has none of its own; the others can use one underneath theirs.",
        applies: Applies::Always,
    },
    Question {
        id: "overlay.network",
        page: Page::Settings,
        kind: Kind::Text(Check::Network),
        default: Some("10.90.0.0/24"),
        example: "10.90.0.0/24",
        prompt: "Range of the private network",
        help: "The private network's range, the same on all hosts, used nowhere else. Flannel cuts \
               it up into a subnet for each host and needs a larger one, as 10.90.0.0/16.",
        why: "A range that is routed elsewhere would cut that off.",
        applies: WITH_OVERLAY,
    },
    Question {
        id: "overlay.address",
        page: Page::Settings,
        kind: Kind::Text(Check::Ipv4),
        default: None,
        example: "10.90.0.2",
        prompt: "This host's address in the private network",
        help: "This host's address in the private network. Flannel gives each host a subnet and \
               needs none.",
        why: "Every host needs one of its own; it becomes Replicated's private address.",
        applies: Applies::When("overlay.kind", &["auto", "wireguard", "zerotier"]),
    },
    Question {
        id: "overlay.join-files",
        page: Page::Settings,
        kind: Kind::Strings(Check::Glob),
        default: Some("[]"),
        example: "[/root/join/*.yaml]",
        prompt: "Join files of the other hosts (paths, * allowed)",
        help: "Join files of the other hosts, as paths that may hold * and ?; each adds a host. \
               This host's own file among them is ignored.",
        why: "They carry the other hosts' addresses and public keys, no secret.",
        applies: WITH_OVERLAY,
    },
    Question {
        id: "overlay.join-out",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/root/join/join-app02.yaml",
        prompt: "Where this host's join file is written",
        help: "Where this host's own join file is written; left out: join-HOSTNAME.yaml in the \
               current folder.",
        why: "The other hosts need it to know this one.",
        applies: WITH_OVERLAY,
    },
    Question {
        id: "overlay.wireguard.interface",
        page: Page::Settings,
        kind: Kind::Text(Check::InterfaceName),
        default: Some("wg0"),
        example: "wg0",
        prompt: "Name of the WireGuard interface",
        help: "The interface's name: at most 15 characters.",
        why: "Replicated's configuration refers to it by this name.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.listen-port",
        page: Page::Settings,
        kind: Kind::Integer {
            min: 1,
            max: 65_535,
        },
        default: Some("51820"),
        example: "51820",
        prompt: "UDP port on which WireGuard listens",
        help: "UDP port on which WireGuard listens.",
        why: "It must be free, and open in every firewall between the hosts.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.endpoint",
        page: Page::Settings,
        kind: Kind::Text(Check::Endpoint),
        default: None,
        example: "203.0.113.7:51820",
        prompt: "Where the other hosts dial this one",
        help: "What the join file tells the others; left out: the address of the interface that \
               they share with this host, and the listen port.",
        why: "Behind address translation the others need the outer address.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.mtu",
        page: Page::Settings,
        // 576: what every IPv4 host takes (RFC 791); 65455: the largest IPv4
        // packet less the 80 bytes that WireGuard adds at most.
        kind: Kind::IntegerOrAuto {
            min: 576,
            max: 65_455,
        },
        default: Some("auto"),
        example: "auto",
        prompt: "MTU of the WireGuard interface",
        help: "auto: the smallest path MTU to the peers, less the 80 bytes WireGuard adds.",
        why: "One that is too large loses big packets without a word.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.module",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "install",
                label: "install it where a package brings it",
            },
            Choice {
                value: "leave",
                label: "leave the kernel as it is",
            },
        ]),
        default: Some("install"),
        example: "install",
        prompt: "May a missing kernel module be installed?",
        help: "Where the kernel has no WireGuard. install: its module, from a repository that this host has already, or out of --bundle; leave: \
               say how to get it, install nothing. Where allow-experimental is true, nothing is \
               installed either.",
        why: "It adds a module that the distribution did not sign to the kernel.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.allow-experimental",
        page: Page::Settings,
        kind: Kind::Bool,
        default: Some("false"),
        example: "false",
        prompt: "Use userspace WireGuard where the kernel has none?",
        help: "true: userspace WireGuard where the kernel (3.10 or newer) has none.",
        why: "It is slower and less proven than the kernel's own.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.private-key",
        page: Page::Settings,
        kind: Kind::Secret { generate: true },
        default: Some("generate"),
        example: "generate",
        prompt: "This host's private key",
        help: "generate: made on this host, never shown or sent; a key that is there already is \
               kept. Else {file: PATH}, {env: NAME} or {prompt: true}.",
        why: "Who holds the key can speak for this host.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.wireguard.peers",
        page: Page::Settings,
        kind: Kind::Records {
            fields: PEER,
            shorthand: Shorthand::None,
        },
        default: Some("[]"),
        example: "[{name: app01, endpoint: 10.0.0.11:51820, address: 10.90.0.1, public-key: \
                  xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=, preshared-key: {file: \
                  /root/secrets/app01.psk}}]",
        prompt: "The other hosts",
        help: "The other hosts. An entry here overrides the join file with the same name.",
        why: "WireGuard talks only to hosts whose public key it knows.",
        applies: WITH_WIREGUARD,
    },
    Question {
        id: "overlay.flannel.backend",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "udp on old kernels, vxlan on the others",
            },
            Choice {
                value: "udp",
                label: "in userspace: slow, for kernels without vxlan",
            },
            Choice {
                value: "vxlan",
                label: "in the kernel, 3.14 or later or EL7's",
            },
            Choice {
                value: "host-gw",
                label: "plain routes: all hosts on one wire",
            },
        ]),
        default: Some("auto"),
        example: "auto",
        prompt: "How do packets get from host to host?",
        help: "How packets get from host to host; the same on all hosts. auto: udp on EL6 and on \
               kernels before 3.14 (EL7's excepted), else vxlan.",
        why: "Old kernels have no vxlan, or one that carries nothing.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-prefix",
        page: Page::Settings,
        kind: Kind::Text(Check::EtcdPrefix),
        default: Some("/coreos.com/network"),
        example: "/coreos.com/network",
        prompt: "Key in etcd below which Flannel keeps its data",
        help: "Key in etcd below which Flannel keeps its configuration and leases, the same on \
               all hosts.",
        why: "A site that runs Flannel already may use another one.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.subnet-len",
        page: Page::Settings,
        kind: Kind::Integer { min: 10, max: 30 },
        default: Some("24"),
        example: "24",
        prompt: "Prefix length of each host's subnet",
        help: "Prefix length of the subnet that each host's containers get; at least two more \
               than that of overlay.network.",
        why: "It bounds the number of hosts and of containers on each.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.flanneld",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/opt/bin/flanneld",
        prompt: "Where the program flanneld is",
        help: "Path of the program flanneld; left out: looked for in the search path and below \
               /opt, else brought by --bundle.",
        why: "No distribution but a few has a package of it.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/opt/bin/etcd",
        prompt: "Where the program etcd is",
        help: "Path of the program etcd; left out: looked for in the search path and below /opt, \
               else brought by --bundle or as a package.",
        why: "Flannel keeps its leases there, and older systems have no package of it.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-endpoints",
        page: Page::Settings,
        kind: Kind::Strings(Check::EtcdEndpoint),
        default: Some("[]"),
        example: "[https://10.0.0.21:2379]",
        prompt: "Client URLs of an etcd cluster that is there already",
        help: "Client URLs of an etcd cluster of the site: no etcd is set up then, Flannel's \
               configuration is written there once and never overwritten, and rollback leaves \
               the cluster. Left out: the hosts make a cluster of their own.",
        why: "A site that runs etcd already needs no second one.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-role",
        page: Page::File,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "the first host makes it, up to 7 join it",
            },
            Choice {
                value: "initial",
                label: "one of those that begin it together",
            },
            Choice {
                value: "member",
                label: "it joins those that began it",
            },
            Choice {
                value: "client",
                label: "it asks the members and runs none",
            },
        ]),
        default: Some("auto"),
        example: "client",
        prompt: "What this host is to the hosts' own etcd",
        help: "What this host is to the etcd that the hosts make. Those with initial begin it \
               together, each with the join files of all others of them; a member joins them \
               later, one at a time; a client runs no etcd. `groundcrew fleet plan` says it.",
        why: "An odd number of members, 3 mostly, bears failures best; all others only ask them.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-initial",
        page: Page::File,
        kind: Kind::Integer { min: 1, max: 7 },
        default: None,
        example: "3",
        prompt: "How many hosts begin etcd together",
        help: "How many hosts have etcd-role: initial, this one included: as long as join files \
               of some of them are missing, an etcd is not begun.",
        why: "A new etcd has to be told all its members, and needs more than half of them at once.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-tls.ca",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/etc/groundcrew/etcd/ca.pem",
        prompt: "Certificate of the authority for etcd's TLS",
        help: "PEM file with the certificates of the authority that signed those of all hosts; \
               with cert and key etcd is served and asked with TLS alone. Left out: plain HTTP.",
        why: "Without TLS whoever reaches etcd's ports rules the private network.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-tls.cert",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/etc/groundcrew/etcd/host.pem",
        prompt: "This host's certificate for etcd",
        help: "PEM file with this host's certificate, for its address on the chosen interface, \
               good for servers and clients (serverAuth, clientAuth).",
        why: "etcd shows it to clients and members, and to other members as a client.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.flannel.etcd-tls.key",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/etc/groundcrew/etcd/host.key",
        prompt: "Where the key of that certificate is",
        help: "PEM file with the key of that certificate, without a password, readable by root \
               alone. It is used where it is, and never copied or shown.",
        why: "etcd and flanneld read it at every start.",
        applies: WITH_FLANNEL,
    },
    Question {
        id: "overlay.zerotier.network-id",
        page: Page::Settings,
        kind: Kind::Text(Check::ZerotierNetwork),
        default: None,
        example: "\"28efc9e578000001\"",
        prompt: "Id of the ZeroTier network",
        help: "The network's id, in quotes: sixteen hexadecimal digits, as its controller shows \
               them. Left out: that of the controller's join file, or a new one on the \
               controller.",
        why: "Hosts find each other by it.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.api-token",
        page: Page::Settings,
        kind: Kind::Secret { generate: false },
        default: None,
        example: "{file: /root/secrets/zerotier-token}",
        prompt: "Token of the hosted controller",
        help: "Token for the API of the hosted controller, to let this host in; left out: somebody \
               lets it in there.",
        why: "A private network lets in only hosts that were authorised.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.port",
        page: Page::Settings,
        kind: Kind::Integer {
            min: 1,
            max: 65_535,
        },
        default: Some("9993"),
        example: "9993",
        prompt: "UDP port on which ZeroTier listens",
        help: "UDP port on which ZeroTier listens; the TCP port of its own API on the loopback \
               is the same.",
        why: "It must be free, and open in every firewall between the hosts.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.interface",
        page: Page::Settings,
        kind: Kind::Text(Check::InterfaceName),
        default: Some("ztrepl0"),
        example: "ztrepl0",
        prompt: "Name of the ZeroTier interface",
        help: "The interface's name: at most 15 characters, the same on all hosts. Before 1.4, \
               ZeroTier names it itself.",
        why: "Replicated's configuration refers to it by this name.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.mtu",
        page: Page::Settings,
        // What the controller makes of smaller and larger ones (1.14.1).
        kind: Kind::IntegerOrAuto {
            min: 1280,
            max: 10_000,
        },
        default: Some("auto"),
        example: "auto",
        prompt: "MTU of the ZeroTier network",
        help: "MTU of the network that this host's own controller makes, for all hosts. auto: 2800, \
               and 1280 where the path to another host carries less than 1500 bytes. Before 1.4, \
               ZeroTier has no such setting.",
        why: "Packets of ZeroTier's that are split up on the way are lost in some networks.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.remove-members",
        page: Page::Settings,
        kind: Kind::Strings(Check::ZerotierNode),
        default: Some("[]"),
        example: "[\"481a5e3d20\"]",
        prompt: "Nodes that are shut out of the network",
        help: "Node addresses, in quotes, that this host's own controller shuts out. All others \
               that it has let in stay, also without a join file.",
        why: "Nobody loses the network because a file is missing.",
        applies: WITH_ZEROTIER,
    },
    Question {
        id: "overlay.zerotier.replace-identity",
        page: Page::Settings,
        kind: Kind::Bool,
        default: Some("false"),
        example: "false",
        prompt: "Replace an identity that another host has too?",
        help: "true: where this host was cloned and has another host's ZeroTier identity, it gets \
               a new one.",
        why: "Two hosts with one identity take each other's packets, and nothing says so.",
        applies: WITH_ZEROTIER,
    },
];

/// The fields of one peer.
pub(crate) const PEER: &[Field] = &[
    Field {
        name: "name",
        kind: Kind::Text(Check::PeerName),
        required: true,
        prompt: "Name",
        help: "The host's name, for messages.",
    },
    Field {
        name: "endpoint",
        kind: Kind::Text(Check::Endpoint),
        required: false,
        prompt: "Endpoint",
        help: "Where it is reached: ADDRESS:PORT or NAME:PORT. Left out: it calls first.",
    },
    Field {
        name: "address",
        kind: Kind::Text(Check::Ipv4),
        required: true,
        prompt: "Address",
        help: "Its address in the private network.",
    },
    Field {
        name: "public-key",
        kind: Kind::Text(Check::PublicKey),
        required: true,
        prompt: "Public key",
        help: "Its WireGuard public key.",
    },
    Field {
        name: "preshared-key",
        kind: Kind::Secret { generate: false },
        required: false,
        prompt: "Preshared key",
        help: "A secret that only the two hosts share.",
    },
    Field {
        name: "keepalive",
        kind: Kind::Integer {
            min: 0,
            max: 65_535,
        },
        required: false,
        prompt: "Keepalive",
        help: "Seconds between packets that keep a translated connection open; 25 behind NAT.",
    },
    Field {
        name: "allowed-ips",
        kind: Kind::Strings(Check::Cidr),
        required: false,
        prompt: "Allowed ranges",
        help: "Ranges that are behind it. Left out: its own address.",
    },
];
