//! What is generated from the code and committed does not lag behind it, and what
//! the documents tell a reader to do works.
//!
//! `GROUNDCREW_REGEN=1 cargo test --test plain docs::` writes what is generated anew;
//! `.ci/regenerate` does so for everything.

mod commands;
mod elsewhere;
mod markdown;
mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::txtar::Tree;
use clap::Parser;
use clap::error::ErrorKind;
use groundcrew::cli::args::Cli;
use groundcrew::error::EXIT_CODES;

use commands::{Spec, is_complete, is_elsewhere, words};
use elsewhere::{ELSEWHERE, IN_TEXT};
use markdown::{documents, repository};

fn groundcrew(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn hold(path: &str, generated: &str) {
    let path = repository(path);
    if std::env::var_os("GROUNDCREW_REGEN").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{} lags behind the code: run GROUNDCREW_REGEN=1 cargo test --test plain docs::",
        path.display()
    );
}

#[test]
fn the_schema_of_reports_is_that_of_the_program() {
    hold(
        "assets/report.schema.json",
        &groundcrew(&["report", "schema"]),
    );
}

#[test]
fn the_schema_of_progress_is_that_of_the_program() {
    hold(
        "assets/progress.schema.json",
        &groundcrew(&["gen", "progress-schema"]),
    );
}

#[test]
fn the_man_page_is_that_of_the_program() {
    hold("packaging/groundcrew.1", &groundcrew(&["gen", "man"]));
}

/// Replaces what stands between `<!-- NAME -->` and the next `<!-- /NAME -->`.
fn with_section(text: &str, name: &str, close: &str, body: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{close} -->"));
    let (before, rest) = text.split_once(&open).expect(name);
    let (_, after) = rest.split_once(&close).expect(name);
    format!("{before}{open}{body}{close}{after}")
}

fn exit_codes() -> String {
    let mut codes = String::from("| code | meaning |\n|---|---|\n");
    for (exit, meaning) in EXIT_CODES {
        codes.push_str(&format!("| {} | {meaning} |\n", *exit as u8));
    }
    codes
}

/// The screen that the README shows: the one that the wizard's own test draws.
fn screen() -> String {
    let snapshot = "src/ui/view/snapshots/groundcrew__ui__view__tests__interface.snap";
    let text = std::fs::read_to_string(repository(snapshot)).unwrap();
    let drawn = text.splitn(3, "---\n").nth(2).unwrap();
    format!("```text\n{}\n```\n", drawn.trim_end())
}

/// The catalogue: what `checks list` prints.
fn checks() -> String {
    format!(
        "```text\n{}\n```\n",
        groundcrew(&["checks", "list"]).trim_end()
    )
}

/// What the comments `output HOST: COMMAND` ask for.
fn outputs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let comments = text
        .lines()
        .filter_map(|line| line.strip_prefix("<!-- output "));
    comments.map(|comment| {
        let comment = comment.strip_suffix(" -->").expect(comment);
        comment.split_once(": ").expect(comment)
    })
}

/// What a command prints, as a block.
fn printed(hosts: &mut Hosts, doc: &str, spec: &str, line: &str) -> String {
    let spec = Spec::parse(spec);
    let output = hosts.run(doc, &spec.host, line);
    let code = output.status.code().unwrap();
    assert!(spec.codes(0).contains(&code), "{doc}: {line}: {output:?}");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    format!("```text\n$ {line}\n{}\n```\n", text.trim_end())
}

#[test]
fn the_documents_have_the_tables_and_the_output_of_the_program() {
    let sections = [
        ("exit codes", exit_codes()),
        ("answers", groundcrew::answers::doc::reference()),
        ("checks", checks()),
        ("screen", screen()),
    ];
    let mut hosts = Hosts::default();
    let mut found = BTreeSet::new();
    for doc in documents() {
        let mut text = doc.text.clone();
        for (name, body) in &sections {
            if text.contains(&format!("<!-- {name} -->\n")) {
                assert!(
                    found.insert(*name),
                    "{}: {name} is in two documents",
                    doc.path
                );
                text = with_section(&text, name, name, body);
            }
        }
        for (spec, line) in outputs(&doc.text) {
            let body = printed(&mut hosts, &doc.path, spec, line);
            text = with_section(&text, &format!("output {spec}: {line}"), "output", &body);
        }
        hold(&doc.path, &text);
    }
    assert_eq!(found.len(), sections.len(), "{found:?}");
}

/// Folders in which commands are run, one for each document and host.
#[derive(Default)]
struct Hosts(BTreeMap<(String, String), tempfile::TempDir>);

impl Hosts {
    /// The folder, with `bin/groundcrew`, and with the host in `host` where it is
    /// one of tests/hosts.
    fn folder(&mut self, doc: &str, host: &str) -> &Path {
        let made = self.0.entry((doc.to_owned(), host.to_owned()));
        let dir = made.or_insert_with(|| {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir(dir.path().join("bin")).unwrap();
            std::os::unix::fs::symlink(
                env!("CARGO_BIN_EXE_groundcrew"),
                dir.path().join("bin/groundcrew"),
            )
            .unwrap();
            std::fs::create_dir(dir.path().join("work")).unwrap();
            match host {
                "folder" => {}
                "source" => {
                    let assets = dir.path().join("work/assets");
                    std::fs::create_dir(&assets).unwrap();
                    let rules = "rules.yaml";
                    std::fs::copy(repository("assets").join(rules), assets.join(rules)).unwrap();
                }
                host => Tree::host(host).unpack(&dir.path().join("host")),
            }
            std::fs::write(dir.path().join("work/replicated.yml"), VENDOR).unwrap();
            dir
        });
        dir.path()
    }

    fn run(&mut self, doc: &str, host: &str, line: &str) -> Output {
        let folder = self.folder(doc, host);
        let path = format!(
            "{}:/usr/sbin:/usr/bin:/sbin:/bin",
            folder.join("bin").display()
        );
        // The program under test is the one that `cargo run` would build.
        let line = line.replace("cargo run -- ", "groundcrew ");
        let mut command = Command::new("bash");
        command
            .args(["-ec", &line])
            .current_dir(folder.join("work"))
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder)
            .env("LANG", "C.UTF-8")
            .env("GROUNDCREW_STATE_DIR", folder.join("state"));
        if folder.join("host").exists() {
            command.env("GROUNDCREW_ROOT", folder.join("host"));
        }
        command.output().unwrap()
    }
}

/// A vendor's file, for the commands that read one.
const VENDOR: &str = "---
replicated_api_version: 2.9.2
name: \"App\"
components:
- name: Web
  containers:
  - source: public
    image_name: nginx
    version: latest
    cmd: '[\"--advertise\", \"{{repl ThisHostInterfaceAddress \"docker0\" }}\"]'
";

#[test]
fn every_command_of_the_documents_works() {
    let mut hosts = Hosts::default();
    let mut wrong = Vec::new();
    for doc in documents() {
        let (runs, orphans) = commands::runs(&doc);
        wrong.extend(orphans.into_iter().map(|place| {
            format!("{place}\n  neither a comment says where it is run nor a row of ELSEWHERE")
        }));
        for run in runs.iter().filter(|run| run.host != "lab") {
            if let Some(answers) = &run.answers {
                let path = hosts.folder(&doc.path, &run.host).join("work/answers.yaml");
                std::fs::write(path, answers).unwrap();
            }
            let output = hosts.run(&doc.path, &run.host, &run.line);
            if !output
                .status
                .code()
                .is_some_and(|code| run.codes.contains(&code))
            {
                wrong.push(format!(
                    "{}\n  {:?} was expected: {output:?}",
                    run.place, run.codes
                ));
            }
        }
    }
    for (line, host, code) in IN_TEXT.iter().filter(|(_, host, _)| *host != "lab") {
        let output = hosts.run("in the text", host, line);
        if output.status.code() != Some(*code) {
            wrong.push(format!("{line}\n  {code} was expected: {output:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_in_the_text_are_known_and_run() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let documents = documents();
    let of_blocks = |doc: &markdown::Doc| -> Vec<String> {
        let blocks = doc.blocks();
        let blocks = blocks.iter().filter(|block| block.language == "sh");
        let mut lines: Vec<String> = blocks.flat_map(commands::lines).collect();
        lines.extend(outputs(&doc.text).map(|(_, line)| line.to_owned()));
        lines
    };
    let in_blocks: BTreeSet<String> = documents.iter().flat_map(of_blocks).collect();
    for doc in &documents {
        let in_text = doc.inline();
        for line in of_blocks(doc).iter().chain(&in_text) {
            if line.starts_with("groundcrew ")
                && let Err(error) = Cli::try_parse_from(words(line))
                && error.use_stderr()
                && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            {
                wrong.push(format!("{}: {line}: {error}", doc.path));
            }
        }
        for line in in_text
            .iter()
            .filter(|line| line.starts_with("groundcrew "))
        {
            // The name of a command alone is run with more words, too.
            let longer = format!("{line} ");
            let run = in_blocks
                .iter()
                .any(|known| known == line || known.starts_with(&longer))
                || IN_TEXT.iter().any(|(known, ..)| known == line)
                || is_elsewhere(line);
            if is_complete(line) && !run {
                wrong.push(format!("{}: {line}: it is run nowhere", doc.path));
            }
        }
        seen.extend(in_text);
    }
    seen.extend(in_blocks);
    let listed = ELSEWHERE
        .iter()
        .map(|row| row.0)
        .chain(IN_TEXT.iter().map(|row| row.0));
    for line in listed.filter(|line| !seen.contains(*line)) {
        wrong.push(format!("{line}: in no document any more"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let anchors: BTreeMap<&str, Vec<String>> = documents
        .iter()
        .map(|doc| (doc.path.as_str(), doc.anchors()))
        .collect();
    let mut wrong = Vec::new();
    for doc in &documents {
        for link in doc.links() {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&doc.path).parent().unwrap();
            let target = match file {
                "" => doc.path.clone(),
                file => without_dots(&folder.join(file)),
            };
            if !repository(&target).exists() {
                wrong.push(format!("{}: {link}: there is no {target}", doc.path));
            } else if !anchor.is_empty() {
                let known = anchors
                    .get(target.as_str())
                    .is_some_and(|all| all.iter().any(|a| a == anchor));
                if !known {
                    wrong.push(format!("{}: {link}: no such heading", doc.path));
                }
            }
        }
    }
    // Nothing below docs/ that no document leads to.
    let linked: BTreeSet<String> = documents
        .iter()
        .flat_map(|doc| {
            let folder = Path::new(&doc.path).parent().unwrap().to_owned();
            doc.links().into_iter().map(move |link| {
                without_dots(&folder.join(link.split('#').next().unwrap_or_default()))
            })
        })
        .collect();
    for doc in &documents {
        if doc.path != "README.md" && !linked.contains(&doc.path) {
            wrong.push(format!("{}: no document links to it", doc.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A relative path with each `..` taken away.
fn without_dots(path: &Path) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split('/') {
        match part {
            "" | "." => {}
            ".." => drop(out.pop()),
            part => out.push(part),
        }
    }
    out.join("/")
}

#[test]
fn every_answers_example_of_the_documents_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for doc in documents() {
        for block in doc.blocks().iter().filter(|block| block.language == "yaml") {
            // A piece of a file is a file once it has its version.
            let head = if block.text.starts_with("version:") {
                ""
            } else {
                "version: 1\n"
            };
            let path = dir.path().join("answers.yaml");
            std::fs::write(&path, format!("{head}{}", block.text)).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
                .args(["answers", "check", "answers.yaml"])
                .current_dir(dir.path())
                .env_clear()
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}, line {}: {output:?}",
                doc.path,
                block.line
            );
            checked += 1;
        }
    }
    assert!(checked >= 8, "{checked}");
}

/// The texts of the program, with the line ends and marks of its source taken out.
fn texts_of_the_program() -> String {
    fn read(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                out.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut out = String::new();
    read(&repository("src"), &mut out);
    let words = out.split(|c: char| c.is_whitespace() || c == '\\');
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn messages_that_the_documents_quote_are_the_programs_own() {
    let texts = texts_of_the_program();
    let (mut quoted, mut wrong) = (0, Vec::new());
    for doc in documents() {
        let mut inside = false;
        for line in doc.text.lines() {
            inside = line.starts_with('|') && (inside || line.starts_with("| what you see |"));
            let first = line
                .split('|')
                .nth(1)
                .filter(|_| inside)
                .unwrap_or_default();
            for message in first.split('"').skip(1).step_by(2) {
                quoted += 1;
                if !texts.contains(message.trim()) {
                    wrong.push(format!("{}: {message:?} is nowhere in src", doc.path));
                }
            }
        }
    }
    assert!(quoted >= 20, "{quoted}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_stays_one_that_is_read() {
    let text = std::fs::read_to_string(repository("README.md")).unwrap();
    let lines = text.lines().count();
    assert!(
        lines <= 380,
        "{lines} lines: what is long belongs into docs/"
    );
}

#[test]
fn help_is_at_most_80_columns_wide_for_every_command() {
    fn walk(command: &clap::Command, path: &[String], wide: &mut Vec<String>) {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = groundcrew(&arguments);
        let too_wide = help.lines().filter(|line| line.chars().count() > 80);
        wide.extend(too_wide.map(|line| format!("{}: {line}", path.join(" "))));
        for sub in command.get_subcommands() {
            let mut path = path.to_vec();
            path.push(sub.get_name().to_string());
            walk(sub, &path, wide);
        }
    }
    use clap::CommandFactory;
    let mut wide = Vec::new();
    walk(&groundcrew::cli::args::Cli::command(), &[], &mut wide);
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_flag_but_the_pairs_has_its_variable() {
    use clap::CommandFactory;
    // Those that take ID=REASON or KEY=VALUE: the answers' own variables serve.
    let without = ["set", "waive", "help", "version"];
    for argument in groundcrew::cli::args::Cli::command().get_arguments() {
        let Some(flag) = argument.get_long() else {
            continue;
        };
        let wanted = format!("GROUNDCREW_{}", flag.to_uppercase().replace('-', "_"));
        let found = argument
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        if !without.contains(&flag) {
            assert_eq!(found, Some(wanted));
        }
    }
}
