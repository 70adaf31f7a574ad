//! The questions about Docker itself.

use super::{Applies, Check, Choice, Kind, Page, Question};

pub(super) const DOCKER: &[Question] = &[
    Question {
        id: "docker.install",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "where the scheduler is set up here and needs it",
            },
            Choice {
                value: "distribution",
                label: "the distribution's own package",
            },
            Choice {
                value: "docker.com",
                label: "Docker's own package, its repository being there",
            },
            Choice {
                value: "leave",
                label: "neither install nor upgrade it",
            },
        ]),
        default: Some("auto"),
        example: "auto",
        prompt: "May Docker be installed or upgraded, and from where?",
        help: "auto: a bundle's Docker, or else the distribution's, or else docker.com's, where \
               Swarm or Replicated is set up and Docker is missing or too old; leave: say so only. \
               No repository is added.",
        why: "Containers stop while Docker is upgraded, and each source has versions of its own.",
        applies: Applies::Always,
    },
    Question {
        id: "docker.version",
        page: Page::Settings,
        kind: Kind::Text(Check::Line),
        default: None,
        example: "24.0.2",
        prompt: "Version of Docker that is installed",
        help: "Version that is asked for where docker.com's package is installed; left out: the \
               newest that is known to be good for the distribution.",
        why: "The vendor may have tested one.",
        applies: Applies::When("docker.install", &["auto", "docker.com"]),
    },
    Question {
        id: "docker.storage-driver",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "as Docker chooses, or as it is",
            },
            Choice {
                value: "overlay2",
                label: "overlay2: wants d_type, on xfs ftype=1",
            },
            Choice {
                value: "devicemapper",
                label: "devicemapper: for kernels without overlay",
            },
            Choice {
                value: "btrfs",
                label: "btrfs, on that file system",
            },
            Choice {
                value: "vfs",
                label: "vfs: slow, works everywhere",
            },
        ]),
        default: Some("auto"),
        example: "auto",
        prompt: "Docker's storage driver",
        help: "Docker's storage driver. Another one than before hides the images that are there.",
        why: "Not every file system carries every driver.",
        applies: Applies::Always,
    },
    Question {
        id: "docker.cgroup-driver",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "auto",
                label: "as Docker chooses, or as it is",
            },
            Choice {
                value: "systemd",
                label: "systemd, as Kubernetes wants it",
            },
            Choice {
                value: "cgroupfs",
                label: "cgroupfs",
            },
        ]),
        default: Some("auto"),
        example: "auto",
        prompt: "Docker's driver of control groups",
        help: "Docker's driver of control groups.",
        why: "With Kubernetes it has to be that of the kubelet.",
        applies: Applies::Always,
    },
    Question {
        id: "docker.bip",
        page: Page::Settings,
        kind: Kind::Text(Check::Cidr),
        default: None,
        example: "172.31.255.1/24",
        prompt: "Address and range of docker0 (bip)",
        help: "Address of docker0 with its prefix length; left out: as Docker chooses, or as it \
               is. Flannel gives it and wants none here.",
        why: "Docker takes 172.17.0.0/16, also where the site uses that.",
        applies: Applies::Always,
    },
    Question {
        id: "docker.http-proxy",
        page: Page::Settings,
        kind: Kind::Text(Check::Url),
        default: None,
        example: "http://proxy.example.com:3128",
        prompt: "Proxy through which Docker loads images",
        help: "Proxy through which Docker loads images, for http and https. A proxy that wants a \
               password is set by hand: no secret is written into a plan.",
        why: "The daemon does not see the proxy of the shell.",
        applies: Applies::Always,
    },
    Question {
        id: "docker.no-proxy",
        page: Page::Settings,
        kind: Kind::Strings(Check::Line),
        default: Some("[]"),
        example: "[localhost, 10.0.0.5]",
        prompt: "Names and addresses that Docker reaches without the proxy",
        help: "Names and addresses that Docker reaches without the proxy. This host's private \
               address is added by itself.",
        why: "The other hosts' registry must not be asked through the proxy.",
        applies: Applies::Always,
    },
];
