//! The questions about Replicated itself.

use super::{Applies, Check, Kind, Page, Question};

const INSTALLING: Applies = Applies::When("replicated.install", &["true"]);

pub(super) const REPLICATED: &[Question] = &[
    Question {
        id: "replicated.install",
        page: Page::Apply,
        kind: Kind::Bool,
        default: Some("false"),
        example: "false",
        prompt: "Install Replicated too?",
        help: "true: run Replicated's install script at the end.",
        why: "It cannot be undone by this program.",
        applies: Applies::Always,
    },
    Question {
        id: "replicated.script.url",
        page: Page::Apply,
        kind: Kind::Text(Check::Url),
        default: Some("https://get.replicated.com/docker"),
        example: "https://get.replicated.com/docker",
        prompt: "Address of the install script",
        help: "Address of the install script.",
        why: "The vendor may pin a version by its address.",
        applies: Applies::All(&[INSTALLING, Applies::Unset("replicated.script.file")]),
    },
    Question {
        id: "replicated.script.file",
        page: Page::Apply,
        kind: Kind::Text(Check::Path),
        default: None,
        example: "/media/replicated/install.sh",
        prompt: "Install script on this host, instead of the address",
        help: "A script on this host, instead of url.",
        why: "A site without Internet brings the script along.",
        applies: INSTALLING,
    },
    Question {
        id: "replicated.args",
        page: Page::Apply,
        kind: Kind::Strings(Check::Line),
        default: Some("[]"),
        example: "[no-proxy]",
        prompt: "Further arguments of the install script",
        help: "Further arguments of the install script; private-address is added by itself.",
        why: "The script asks about what it is not told.",
        applies: INSTALLING,
    },
    Question {
        id: "replicated.daemon-token",
        page: Page::Apply,
        kind: Kind::Secret { generate: false },
        default: None,
        example: "{env: REPLICATED_DAEMON_TOKEN}",
        prompt: "Token with which this host joins the first one",
        help: "The daemon token: {file: PATH}, {env: NAME} or {prompt: true}.",
        why: "Whoever holds it can join the installation.",
        applies: Applies::All(&[INSTALLING, Applies::When("role", &["join"])]),
    },
];
