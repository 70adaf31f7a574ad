//! The questions about Docker Swarm.

use super::{Applies, Check, Choice, Kind, Page, Question};

const JOINING: Applies = Applies::When("role", &["join"]);
const FIRST: Applies = Applies::When("role", &["first"]);

pub(super) const SWARM: &[Question] = &[
    Question {
        id: "swarm.as",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "worker",
                label: "it runs containers",
            },
            Choice {
                value: "manager",
                label: "it runs containers and takes part in deciding",
            },
        ]),
        default: Some("worker"),
        example: "worker",
        prompt: "Does this host join the Swarm as a worker or as a manager?",
        help: "What a joining host is in the Swarm; the first one is a manager.",
        why: "A Swarm with 3 or 5 managers survives the loss of 1 or 2 of them; with 2 it does not.",
        applies: JOINING,
    },
    Question {
        id: "swarm.manager",
        page: Page::Settings,
        kind: Kind::Text(Check::SwarmManager),
        default: None,
        example: "10.0.0.11:2377",
        prompt: "Address of a manager that this host joins",
        help: "ADDRESS or ADDRESS:PORT of a manager, as the Swarm has it; the port is 2377 unless said.",
        why: "A host joins a Swarm through one of its managers.",
        applies: JOINING,
    },
    Question {
        id: "swarm.token",
        page: Page::Settings,
        kind: Kind::Secret { generate: false },
        default: None,
        example: "{file: /root/swarm-join-tokens}",
        prompt: "Join token of the Swarm",
        help: "{file: PATH} or {env: NAME}: the file that the first host wrote (swarm.token-out), or \
               one with nothing but the token.",
        why: "A Swarm lets in whoever has its token.",
        applies: JOINING,
    },
    Question {
        id: "swarm.address-pools",
        page: Page::Settings,
        kind: Kind::Strings(Check::Network),
        default: Some("[]"),
        example: "[10.20.0.0/16]",
        prompt: "Ranges that the Swarm takes its networks from",
        help: "Ranges for the Swarm's networks, as [10.20.0.0/16]; none: the first free /16. Docker \
               18.09 and later.",
        why: "Docker's own choice, 10.0.0.0/8, lies over many sites' networks and nothing says so.",
        applies: Applies::Always,
    },
    Question {
        id: "swarm.subnet-len",
        page: Page::Settings,
        kind: Kind::Integer { min: 16, max: 29 },
        default: Some("24"),
        example: "24",
        prompt: "Prefix length of each of the Swarm's networks",
        help: "Prefix length of each network that is cut from the ranges.",
        why: "A network has to have room for all containers that are on it.",
        applies: FIRST,
    },
    Question {
        id: "swarm.data-path-port",
        page: Page::Settings,
        kind: Kind::IntegerOrAuto {
            min: 1024,
            max: 49151,
        },
        default: Some("auto"),
        example: "auto",
        prompt: "UDP port of the traffic between containers",
        help: "UDP port of the VXLAN; auto: 4789, or the next free one where it is taken. On a \
               joining host: the one that the Swarm has. Docker 19.03 and later.",
        why: "VMware NSX and others use 4789 too; then containers reach nobody.",
        applies: Applies::Always,
    },
    Question {
        id: "swarm.token-out",
        page: Page::Settings,
        kind: Kind::Text(Check::Path),
        default: Some("/root/swarm-join-tokens"),
        example: "/root/swarm-join-tokens",
        prompt: "File for the join tokens",
        help: "Where the first host leaves the join tokens (0600), to be carried to the others.",
        why: "Whoever has a token joins the Swarm: they are in this file and nowhere else.",
        applies: FIRST,
    },
    Question {
        id: "swarm.rotate-tokens",
        page: Page::Settings,
        kind: Kind::Bool,
        default: Some("true"),
        example: "true",
        prompt: "Replace the join tokens once all hosts are there?",
        help: "true: when needs.nodes hosts are Ready, the next run on the first host makes new \
               tokens and deletes the file.",
        why: "A token that was carried around lets in whoever has kept it.",
        applies: FIRST,
    },
];
