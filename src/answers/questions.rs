//! The questions, declared once. The wizard's pages, line mode, the answers
//! file, `--set`, the environment, the commented template, the JSON Schema and
//! the reference in docs/answers.md all come from these declarations.

mod apply;
mod docker;
mod kubernetes;
mod needs;
mod overlay;
mod replicated;
mod swarm;

use super::check::Check;

/// Where in the wizard a question stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Page {
    /// About the answers file itself; never asked.
    File,
    /// The host and its checks.
    Host,
    /// What the site wants.
    Needs,
    /// Which scheduler.
    Scheduler,
    /// Which private network.
    Overlay,
    /// The private network's settings.
    Settings,
    /// Which interface Replicated uses.
    Interface,
    /// How changes are made.
    Apply,
    /// Which reports are written.
    Report,
}

/// One word of a choice and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The word in the file.
    pub value: &'static str,
    /// What it means, one line.
    pub label: &'static str,
}

/// What a question takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// true or false.
    Bool,
    /// One of some words.
    Choice(&'static [Choice]),
    /// One or more of some words.
    Choices(&'static [Choice]),
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A whole number, or the word `auto`.
    IntegerOrAuto {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A text.
    Text(Check),
    /// A list of texts.
    Strings(Check),
    /// A reference to a secret.
    Secret {
        /// `generate` makes it on this host.
        generate: bool,
    },
    /// A list of records.
    Records {
        /// The fields of each.
        fields: &'static [Field],
        /// What a plain text stands for.
        shorthand: Shorthand,
    },
}

/// What a plain text in a list of records stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shorthand {
    /// Nothing: it is an error.
    None,
    /// The record's only field that matters.
    One(&'static str),
    /// `FIRST=SECOND`.
    Pair(&'static str, &'static str),
}

/// One field of a record.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it takes; never records.
    pub kind: Kind,
    /// An error when missing.
    pub required: bool,
    /// One line for the form.
    pub prompt: &'static str,
    /// For the template, the schema and the reference.
    pub help: &'static str,
}

/// A field of a file that nobody is asked for: join files, manifests of bundles.
pub(super) const fn field(name: &'static str, kind: Kind, required: bool) -> Field {
    Field {
        name,
        kind,
        required,
        prompt: "",
        help: "",
    }
}

/// When a question matters, as data on other answers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Applies {
    /// Always.
    Always,
    /// When another answer, shown as in the file, is one of these.
    When(&'static str, &'static [&'static str]),
    /// When another answer is not given at all.
    Unset(&'static str),
    /// When all of these hold.
    All(&'static [Applies]),
}

/// One question.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Question {
    /// Its path in the answers file, and its name everywhere.
    pub id: &'static str,
    /// Where it is asked.
    pub page: Page,
    /// What it takes.
    pub kind: Kind,
    /// The default as YAML; none: left out means not known or not wanted.
    pub default: Option<&'static str>,
    /// A good answer as YAML, for the example.
    pub example: &'static str,
    /// One line that asks.
    pub prompt: &'static str,
    /// What it means; for the template, the schema, the reference.
    pub help: &'static str,
    /// Why it is asked.
    pub why: &'static str,
    /// When it matters.
    pub applies: Applies,
}

/// All questions in the order of the file, by page.
pub const QUESTIONS: &[&[Question]] = &[
    needs::FILE,
    needs::NEEDS,
    overlay::SCHEDULER,
    overlay::OVERLAY,
    apply::INTERFACE,
    docker::DOCKER,
    swarm::SWARM,
    kubernetes::KUBERNETES,
    replicated::REPLICATED,
    apply::APPLY,
];

/// All questions in the order of the file.
pub fn all() -> impl Iterator<Item = &'static Question> {
    QUESTIONS.iter().flat_map(|group| group.iter())
}

/// The question with this id.
pub fn question(id: &str) -> Option<&'static Question> {
    all().find(|question| question.id == id)
}

/// The questions of a page, in order.
pub fn on_page(page: Page) -> impl Iterator<Item = &'static Question> {
    all().filter(move |question| question.page == page)
}

/// The comment on a section of the file (`needs`, `overlay.wireguard`).
pub(super) fn section_help(path: &str) -> Option<&'static str> {
    Some(match path {
        "expect" => "Refuse to run on another host than the one meant.",
        "needs" => "What the site wants; each rules candidates in or out.",
        "host" => "About this host.",
        "preflight" => "The checks.",
        "overlay" => "The private network between the hosts.",
        "overlay.wireguard" => "Only read when kind is (or auto picks) wireguard.",
        "overlay.flannel" => "Only read when kind is (or auto picks) flannel.",
        "overlay.flannel.etcd-tls" => "TLS for etcd: all three files, or none for plain HTTP.",
        "overlay.zerotier" => "Only read when kind is (or auto picks) zerotier.",
        "interface" => "Which interface Replicated uses for private addresses.",
        "interface.match" => "Instead of a name, one of these.",
        "docker" => "Docker itself.",
        "swarm" => "Only read when scheduler is (or auto picks) swarm.",
        "kubernetes" => "Only read when scheduler is (or auto picks) kubernetes.",
        "replicated" => "Replicated itself.",
        "replicated.script" => "Where the install script comes from: url, file or airgap-dir.",
        "replicated.tls" => "The certificate of Replicated's own page.",
        "replicated.daemon-authentication" => "Who may see Replicated's own page.",
        "apply" => "How changes are made.",
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_no_id_is_a_section_of_another() {
        let mut seen = BTreeSet::new();
        for question in all() {
            assert!(seen.insert(question.id), "{} twice", question.id);
        }
        for id in &seen {
            let inside = format!("{id}.");
            assert!(!seen.iter().any(|other| other.starts_with(&inside)), "{id}");
        }
    }

    #[test]
    fn sections_are_written_in_one_piece() {
        let mut closed = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for question in all() {
            let parts: Vec<&str> = question.id.split('.').collect();
            let sections: Vec<String> = (1..parts.len()).map(|n| parts[..n].join(".")).collect();
            for left in open.iter().filter(|section| !sections.contains(section)) {
                closed.insert(left.clone());
            }
            for section in &sections {
                assert!(!closed.contains(section), "{section} is in two pieces");
            }
            open = sections;
        }
    }

    #[test]
    fn texts_fit_their_places() {
        for question in all() {
            let id = question.id;
            assert!(question.prompt.len() <= 72, "{id}: prompt");
            assert!(
                !question.help.is_empty() && !question.why.is_empty(),
                "{id}"
            );
            for text in [
                question.prompt,
                question.help,
                question.why,
                question.example,
            ] {
                assert!(text.is_ascii() && !text.contains('\n'), "{id}: {text}");
            }
            if let Kind::Choice(choices) | Kind::Choices(choices) = question.kind {
                for choice in choices {
                    assert!(choice.label.len() <= 60, "{id} {}", choice.value);
                }
            }
        }
    }

    #[test]
    fn conditions_name_questions_and_their_values() {
        fn look(id: &str, applies: &Applies) {
            match applies {
                Applies::Always => {}
                Applies::Unset(other) => assert!(question(other).is_some(), "{id}"),
                Applies::All(list) => list.iter().for_each(|one| look(id, one)),
                Applies::When(other, values) => {
                    let other = question(other).unwrap_or_else(|| panic!("{id}"));
                    if let Kind::Choice(choices) = other.kind {
                        for value in *values {
                            assert!(choices.iter().any(|c| c.value == *value), "{id} {value}");
                        }
                    }
                }
            }
        }
        all().for_each(|question| look(question.id, &question.applies));
    }
}
