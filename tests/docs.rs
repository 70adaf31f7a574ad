//! What is generated from the code and committed does not lag behind it.
//!
//! `GROUNDCREW_REGEN=1 cargo test --test docs` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;

use groundcrew::error::EXIT_CODES;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

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
        "{} lags behind the code: run GROUNDCREW_REGEN=1 cargo test --test docs",
        path.display()
    );
}

/// Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn with_section(text: &str, name: &str, body: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).expect(name);
    let (_, after) = rest.split_once(&close).expect(name);
    format!("{before}{open}{body}{close}{after}")
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

#[test]
fn the_readme_has_the_tables_of_the_code() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let mut codes = String::from("| code | meaning |\n|---|---|\n");
    for (exit, meaning) in EXIT_CODES {
        codes.push_str(&format!("| {} | {meaning} |\n", *exit as u8));
    }
    let readme = with_section(&readme, "exit codes", &codes);
    let readme = with_section(&readme, "answers", &groundcrew::answers::doc::reference());
    hold("README.md", &with_section(&readme, "screen", &screen()));
}

/// The screen that the README shows: the one that the wizard's own test draws.
fn screen() -> String {
    let snapshot = "src/ui/view/snapshots/groundcrew__ui__view__tests__interface.snap";
    let text = std::fs::read_to_string(repository(snapshot)).unwrap();
    let drawn = text.splitn(3, "---\n").nth(2).unwrap();
    format!("```text\n{}\n```\n", drawn.trim_end())
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
