//! What packages bring beside the program, made from the declaration of the command
//! line: the man page, and what the shells complete by.
//!
//! One page for all commands: it is read on hosts where nobody knows yet which
//! command is the right one, and `/` searches all of it.

use clap::{Arg, ArgAction, Command};

use super::watch::LOG_DIR;
use crate::apply::runs::STATE_DIR;
use crate::error::EXIT_CODES;

/// Source lines are wrapped here: they are read in diffs, too.
const WIDTH: usize = 78;

/// What an operator types first, with what it does.
const EXAMPLES: [(&str, &str); 6] = [
    (
        "groundcrew preflight",
        "What speaks for and against each scheduler here.",
    ),
    ("groundcrew", "The wizard."),
    (
        "groundcrew answers new -o answers.yaml",
        "Every question with its default, to be filled in.",
    ),
    (
        "groundcrew plan --answers answers.yaml",
        "What would be done, file by file.",
    ),
    (
        "groundcrew run --answers answers.yaml --yes",
        "All of it, unattended.",
    ),
    ("groundcrew rollback", "Take it back."),
];

/// The command line without what is not for operators.
pub fn visible(whole: &Command) -> Command {
    let shown = whole.get_subcommands().filter(|sub| !sub.is_hide_set());
    Command::new("groundcrew")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(whole.get_arguments().cloned())
        .subcommands(shown.cloned())
}

/// The man page in roff. The third word of its title is empty: the date is that of
/// the packages, and `packaging/build` writes it there.
pub fn page(whole: &Command) -> String {
    let mut out = String::from(".\\\" Made by `groundcrew gen man`.\n");
    out.push_str(&format!(
        ".TH GROUNDCREW 1 \"\" \"groundcrew {}\" \"User Commands\"\n",
        env!("CARGO_PKG_VERSION")
    ));
    // No hyphens and no stretched lines: what stands here is typed.
    out.push_str(".nh\n.ad l\n");
    let about = whole
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    section(&mut out, "NAME");
    text(
        &mut out,
        &[plain(&format!("groundcrew - {}", lower_first(&about)))],
    );
    section(&mut out, "SYNOPSIS");
    text(
        &mut out,
        &[
            bold("groundcrew"),
            plain(" ["),
            italic("command"),
            plain("] ["),
            italic("options"),
            plain("]"),
        ],
    );
    section(&mut out, "DESCRIPTION");
    text(&mut out, &[plain(&format!("{about}."))]);
    paragraph(
        &mut out,
        "Without a command it is the wizard, or an unattended run where --answers FILE is given.",
    );
    section(&mut out, "COMMANDS");
    for sub in whole.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        command(&mut out, sub, "groundcrew");
    }
    section(&mut out, "OPTIONS");
    text(&mut out, &[plain("Every command takes these.")]);
    options(&mut out, whole);
    section(&mut out, "EXIT STATUS");
    for (exit, meaning) in EXIT_CODES {
        tagged(&mut out, &[bold(&(*exit as u8).to_string())], meaning);
    }
    section(&mut out, "ENVIRONMENT");
    text(
        &mut out,
        &[plain(
            "Every option under OPTIONS but --set and --waive can be set as GROUNDCREW_OPTION \
             (GROUNDCREW_NO_INPUT=1 is --no-input), and every answer by its key \
             (GROUNDCREW_OVERLAY_KIND=wireguard). What is given on the command line counts more. \
             NO_COLOR switches colours off.",
        )],
    );
    section(&mut out, "FILES");
    let state = format!("{STATE_DIR}/runs");
    tagged(
        &mut out,
        &[italic(&state)],
        "The journals of all runs: what `rollback` works from.",
    );
    tagged(&mut out, &[italic(LOG_DIR)], "A log for each run.");
    paragraph(
        &mut out,
        "Both are made by the first run and stay when the package is removed.",
    );
    section(&mut out, "EXAMPLES");
    for (line, what) in EXAMPLES {
        tagged(&mut out, &[bold(line)], what);
    }
    section(&mut out, "SEE ALSO");
    text(
        &mut out,
        &[
            bold("wg"),
            plain("(8), "),
            bold("wg-quick"),
            plain("(8), "),
            bold("docker"),
            plain("(1)"),
        ],
    );
    out
}

/// A command with its own options, and the commands below it.
fn command(out: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    let own = command.get_arguments().any(|arg| !arg.is_hide_set());
    if own || !command.has_subcommands() {
        let mut title = escape(&name);
        for arg in command.get_positionals() {
            title.push_str(&format!(" {}", escape(&positional(arg))));
        }
        out.push_str(&format!(".SS \"{title}\"\n"));
        if let Some(about) = command.get_about() {
            text(out, &[plain(&sentence(&about.to_string()))]);
        }
        for alias in command.get_visible_aliases() {
            text(
                out,
                &[
                    plain("Also: "),
                    bold(&format!("{parent} {alias}")),
                    plain("."),
                ],
            );
        }
        options(out, command);
    }
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        self::command(out, sub, &name);
    }
}

/// `FILE...`, in brackets where it can be left out.
fn positional(arg: &Arg) -> String {
    let mut text = value(arg);
    if matches!(arg.get_action(), ArgAction::Append) {
        text.push_str("...");
    }
    if arg.is_last_set() {
        format!("[-- {text}]")
    } else if arg.is_required_set() {
        text
    } else {
        format!("[{text}]")
    }
}

fn value(arg: &Arg) -> String {
    match arg.get_value_names() {
        Some(names) => names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        None => arg.get_id().as_str().to_uppercase(),
    }
}

fn options(out: &mut String, command: &Command) {
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let mut head = Vec::new();
        if let Some(short) = arg.get_short() {
            head.push(bold(&format!("-{short}")));
        }
        if let Some(long) = arg.get_long() {
            if !head.is_empty() {
                head.push(plain(", "));
            }
            head.push(bold(&format!("--{long}")));
        }
        if head.is_empty() {
            head.push(italic(&value(arg)));
        } else if arg.get_action().takes_values() {
            head.push(plain(" "));
            head.push(italic(&value(arg)));
        }
        tagged(out, &head, &what(arg));
    }
}

/// What an argument is for, its values and its default.
fn what(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    text = sentence(&text);
    let values: Vec<String> = match arg.get_action().takes_values() {
        false => Vec::new(),
        true => arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| match value.get_help() {
                // "json (JSON)" says nothing.
                Some(help) if !help.to_string().eq_ignore_ascii_case(value.get_name()) => {
                    let help = help.to_string();
                    format!(
                        "{} ({})",
                        value.get_name(),
                        lower_first(help.trim_end_matches('.'))
                    )
                }
                _ => value.get_name().to_owned(),
            })
            .collect(),
    };
    if !values.is_empty() {
        text.push_str(&format!(" One of: {}.", values.join("; ")));
    }
    let default: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !default.is_empty() && arg.get_action().takes_values() {
        text.push_str(&format!(" Default: {}.", default.join(", ")));
    }
    text
}

/// With a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with('.') {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Words with a capital of their own.
const NAMES: [&str; 4] = ["Docker", "Kubernetes", "Replicated", "Flannel"];

/// With a small letter at its beginning, unless its first word is a name.
fn lower_first(text: &str) -> String {
    let word = text.split([' ', '\'', ',']).next().unwrap_or_default();
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if (capitals > 1 && word.len() > 1) || NAMES.contains(&word) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}

fn section(out: &mut String, title: &str) {
    out.push_str(&format!(".SH {title}\n"));
}

fn paragraph(out: &mut String, what: &str) {
    out.push_str(".PP\n");
    text(out, &[plain(what)]);
}

fn tagged(out: &mut String, head: &[Span], body: &str) {
    out.push_str(".TP\n");
    let head: String = head.iter().map(|span| span.0.as_str()).collect();
    out.push_str(&format!("{}\n", guard(&head)));
    text(out, &[plain(body)]);
}

/// A piece of text in one font, escaped.
struct Span(String);

fn plain(text: &str) -> Span {
    Span(escape(text))
}

fn bold(text: &str) -> Span {
    Span(format!("\\fB{}\\fR", escape(text)))
}

fn italic(text: &str) -> Span {
    Span(format!("\\fI{}\\fR", escape(text)))
}

/// The text as roff takes it literally. A hyphen would be set as one that cannot be
/// pasted into a shell, and the accents and the tilde as those of letters.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '"' => out.push_str("\\(dq"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            _ => out.push(c),
        }
    }
    out
}

/// No dot at the beginning of a line: it would be a request.
fn guard(line: &str) -> String {
    if line.starts_with('.') {
        format!("\\&{line}")
    } else {
        line.to_owned()
    }
}

/// A paragraph's text: wrapped, and a new line after each sentence, as roff wants it
/// for the space between them.
fn text(out: &mut String, spans: &[Span]) {
    let all: String = spans.iter().map(|span| span.0.as_str()).collect();
    let mut line = String::new();
    for word in all.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && (line.len() + 1 + word.len() > WIDTH || line.ends_with(". ")) {
            out.push_str(&format!("{}\n", guard(line.trim_end())));
            line.clear();
        }
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(word);
        if word.ends_with('.') {
            line.push(' ');
        }
    }
    if !line.is_empty() {
        out.push_str(&format!("{}\n", guard(line.trim_end())));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn text_is_set_as_it_stands() {
        let mut out = String::new();
        tagged(&mut out, &[bold("--a'b")], ".x `y` \"z\" \\n ~ ^. End");
        let wanted =
            ".TP\n\\fB\\-\\-a\\(aqb\\fR\n\\&.x \\(gay\\(ga \\(dqz\\(dq \\en \\(ti \\(ha.\nEnd\n";
        assert_eq!(out, wanted);
    }

    #[test]
    fn a_sentence_goes_on_with_a_small_letter_unless_it_is_a_name() {
        for (text, wanted) in [
            ("For people", "for people"),
            ("A plugin's line", "a plugin's line"),
            ("WireGuard", "WireGuard"),
            ("JSON, which", "JSON, which"),
            ("Kubernetes", "Kubernetes"),
            ("Replicated's own", "Replicated's own"),
            ("", ""),
        ] {
            assert_eq!(lower_first(text), wanted);
        }
        assert_eq!(sentence("Once (3 s)"), "Once (3 s).");
        assert_eq!(sentence("Once."), "Once.");
    }

    #[test]
    fn the_page_has_every_command_and_option_and_none_that_is_hidden() {
        fn walk(command: &Command, path: &str, page: &str) {
            for arg in command.get_arguments() {
                if let Some(long) = arg.get_long() {
                    let flag = escape(&format!("--{long}"));
                    let there = page.contains(&format!("\\fB{flag}\\fR"));
                    assert_eq!(there, !arg.is_hide_set(), "{path} {long}");
                }
            }
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                if sub.is_hide_set() {
                    assert!(!page.contains(&format!("\"{path}")), "{path}");
                    continue;
                }
                assert!(
                    page.contains(&format!("\n.SS \"{}", escape(&path))),
                    "{path}"
                );
                walk(sub, &path, page);
            }
        }
        let page = page(&Cli::command());
        // A command that only groups others has no heading of its own, and need not.
        walk(&visible(&Cli::command()), "groundcrew", &page);
        assert!(!page.contains("groundcrew guard") && !page.contains("groundcrew gen man\n"));
        assert!(page.is_ascii());
    }

    #[test]
    fn completions_know_no_hidden_command() {
        let names: Vec<String> = visible(&Cli::command())
            .get_subcommands()
            .map(|sub| sub.get_name().to_owned())
            .collect();
        assert!(names.contains(&"run".to_owned()) && names.contains(&"rollback".to_owned()));
        assert!(!names.contains(&"guard".to_owned()) && !names.contains(&"gen".to_owned()));
    }
}
