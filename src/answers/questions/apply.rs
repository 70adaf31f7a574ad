//! The questions about the interface, Replicated, the way of changing things,
//! and reports.

use super::{Applies, Check, Choice, Field, Kind, Page, Question, Shorthand};

const BY_MATCH: Applies = Applies::When("interface.name", &["auto"]);

const MATCH_WHY: &str = "A name may change over a reboot or differ between hosts.";

pub(super) const INTERFACE: &[Question] = &[
    Question {
        id: "interface.name",
        page: Page::Interface,
        kind: Kind::Text(Check::InterfaceNameOrAuto),
        default: Some("auto"),
        example: "auto",
        prompt: "Which interface should Replicated use for private addresses?",
        help: "auto: the private network's own, else the best ranked; or a name.",
        why: "Replicated gives out this interface's address to all other hosts.",
        applies: Applies::Always,
    },
    Question {
        id: "interface.match.address",
        page: Page::Interface,
        kind: Kind::Text(Check::Ipv4),
        default: None,
        example: "10.0.0.12",
        prompt: "The interface that has this address",
        help: "The interface that has this IPv4 address.",
        why: MATCH_WHY,
        applies: BY_MATCH,
    },
    Question {
        id: "interface.match.mac",
        page: Page::Interface,
        kind: Kind::Text(Check::Mac),
        default: None,
        example: "\"52:54:00:12:34:56\"",
        prompt: "The interface with this hardware address",
        help: "The interface with this hardware address, in quotes.",
        why: MATCH_WHY,
        applies: BY_MATCH,
    },
    Question {
        id: "interface.match.cidr",
        page: Page::Interface,
        kind: Kind::Text(Check::Cidr),
        default: None,
        example: "10.0.0.0/8",
        prompt: "The interface with an address in this range",
        help: "The interface with an address in this range.",
        why: MATCH_WHY,
        applies: BY_MATCH,
    },
    Question {
        id: "interface.match.driver",
        page: Page::Interface,
        kind: Kind::Text(Check::Driver),
        default: None,
        example: "ixgbe",
        prompt: "The interface with this driver",
        help: "The interface that this kernel driver runs.",
        why: MATCH_WHY,
        applies: BY_MATCH,
    },
    Question {
        id: "firewall",
        page: Page::Settings,
        kind: Kind::Choice(&[
            Choice {
                value: "open",
                label: "open what is needed",
            },
            Choice {
                value: "leave",
                label: "change nothing, say what to open",
            },
        ]),
        default: Some("open"),
        example: "open",
        prompt: "May the firewall be opened where that is needed?",
        help: "open: open what is needed; leave: say what to open, change nothing.",
        why: "Some sites keep their firewall's rules in other hands.",
        applies: Applies::Always,
    },
    Question {
        id: "packages",
        page: Page::Apply,
        kind: Kind::Choice(&[
            Choice {
                value: "install",
                label: "install what is missing",
            },
            Choice {
                value: "leave",
                label: "install nothing, say what is missing",
            },
        ]),
        default: Some("install"),
        example: "install",
        prompt: "May packages be installed where they are missing?",
        help: "install: from the distribution's repositories, or out of --bundle; leave: say what \
               is missing, install nothing.",
        why: "Some sites keep what is installed in other hands.",
        applies: Applies::Always,
    },
];

pub(super) const APPLY: &[Question] = &[
    Question {
        id: "apply.on-failure",
        page: Page::Apply,
        kind: Kind::Choice(&[
            Choice {
                value: "rollback",
                label: "undo what was done",
            },
            Choice {
                value: "keep",
                label: "keep what is done, go on later",
            },
            Choice {
                value: "ask",
                label: "ask (needs a terminal)",
            },
        ]),
        default: Some("rollback"),
        example: "rollback",
        prompt: "What happens when a step fails?",
        help: "What happens when a step fails; ask needs a terminal.",
        why: "A half changed host serves nobody, but a long step may be worth keeping.",
        applies: Applies::Always,
    },
    Question {
        id: "apply.confirm-within",
        page: Page::Apply,
        kind: Kind::Text(Check::Duration),
        default: Some("0s"),
        example: "0s",
        prompt: "Undo by itself unless confirmed within (0s: never)",
        help: "60s: undo by itself unless `groundcrew confirm` comes in time; 0s: never.",
        why: "A change of the network may cut off the one who makes it.",
        applies: Applies::Always,
    },
    Question {
        id: "apply.not-undoable",
        page: Page::Apply,
        kind: Kind::Choice(&[
            Choice {
                value: "allow",
                label: "carry them out",
            },
            Choice {
                value: "refuse",
                label: "refuse a plan that holds one",
            },
        ]),
        default: Some("allow"),
        example: "allow",
        prompt: "What about steps that cannot be undone?",
        help: "Steps that cannot be undone.",
        why: "After such a step the host cannot be put back as it was.",
        applies: Applies::Always,
    },
    Question {
        id: "report",
        page: Page::Report,
        kind: Kind::Records {
            fields: &[
                Field {
                    name: "path",
                    kind: Kind::Text(Check::Path),
                    required: true,
                    prompt: "File",
                    help: "Where it is written.",
                },
                Field {
                    name: "format",
                    kind: Kind::Choice(&[
                        Choice {
                            value: "human",
                            label: "text for people",
                        },
                        Choice {
                            value: "json",
                            label: "JSON",
                        },
                        Choice {
                            value: "yaml",
                            label: "YAML",
                        },
                        Choice {
                            value: "markdown",
                            label: "Markdown",
                        },
                        Choice {
                            value: "html",
                            label: "one HTML file",
                        },
                        Choice {
                            value: "junit",
                            label: "JUnit XML",
                        },
                        Choice {
                            value: "nagios",
                            label: "one line for monitoring",
                        },
                    ]),
                    required: false,
                    prompt: "Format",
                    help: "Left out: by the extension (txt, json, yaml, yml, md, html).",
                },
            ],
            shorthand: Shorthand::One("path"),
        },
        default: Some("[]"),
        example: "[/root/groundcrew/report.md, {path: /root/groundcrew/preflight.report, format: json}]",
        prompt: "Reports to write (the extension picks the format)",
        help: "Files to write; the extension picks the format, or {format: junit, path: FILE}.",
        why: "The report is what the site keeps of the run.",
        applies: Applies::Always,
    },
];
