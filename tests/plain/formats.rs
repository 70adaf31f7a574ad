//! Reports as other programs read them: each machine's format through a parser
//! that is not ours, and no finding lost on the way into any of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn groundcrew(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command.args(arguments).current_dir(dir).env_clear();
    command.output().unwrap()
}

/// Runs a parser that is not ours; it has to be content.
fn takes(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: tests/run installs it"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

const FILES: [&str; 6] = ["r.txt", "r.json", "r.yaml", "r.md", "r.html", "r.xml"];

/// The reports of this host, and of one whose names hold what the formats take
/// for their own signs, with findings of every status and one waived.
fn reports() -> Vec<(tempfile::TempDir, Value)> {
    let here = tempfile::tempdir().unwrap();
    let facts = groundcrew(here.path(), &["facts"]);
    assert!(facts.status.success(), "{facts:?}");
    let strange = tempfile::tempdir().unwrap();
    let mut facts: Value = serde_json::from_slice(&facts.stdout).unwrap();
    let known = |value: Value| serde_json::json!({"value": value, "source": "a | <b>"});
    facts["os"]["hostname"] = known("<i>a|b</i> & \"c\" `d` ]]>".into());
    facts["resources"]["memory_mb"] = known(7.into());
    facts["storage"]["mounts"] = serde_json::json!({
        "unreadable": "<script>alert(1)</script> \u{1b}[31m | ]]> &amp; '\"", "source": "/proc/<x>"});
    fs::write(strange.path().join("facts.json"), facts.to_string()).unwrap();
    let waive = "res.mem=<agreed> | \"with\" & 'without' ]]>";
    [
        (here, vec![]),
        (strange, vec!["--facts", "facts.json", "--waive", waive]),
    ]
    .into_iter()
    .map(|(dir, mut more)| {
        for file in FILES {
            more.extend(["--report", file]);
        }
        let arguments = [&["preflight"][..], &more].concat();
        let output = groundcrew(dir.path(), &arguments);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 3 | 4)), "{output:?}");
        let nagios = [&["preflight", "--format", "nagios"][..], &more].concat();
        let nagios = groundcrew(dir.path(), &nagios).stdout;
        fs::write(dir.path().join("r.nagios"), nagios).unwrap();
        let report = fs::read(dir.path().join("r.json")).unwrap();
        let report = serde_json::from_slice(&report).unwrap();
        (dir, report)
    })
    .collect()
}

fn findings(report: &Value) -> &Vec<Value> {
    report["findings"].as_array().unwrap()
}

#[test]
fn json_and_yaml_are_the_same_and_keep_to_the_schema() {
    for (dir, report) in reports() {
        let yaml = fs::read_to_string(dir.path().join("r.yaml")).unwrap();
        let mut yaml: Value = serde_yaml::from_str(&yaml).unwrap();
        // Written one after the other, from one look.
        yaml["generated_at"] = report["generated_at"].clone();
        assert_eq!(yaml, report);
        let file = dir.path().join("r.json");
        takes(
            "jsonschema",
            &[
                "--instance",
                file.to_str().unwrap(),
                repository("assets/report.schema.json").to_str().unwrap(),
            ],
        );
    }
}

#[test]
fn a_schema_that_takes_everything_would_be_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.json");
    fs::write(
        &bad,
        r#"{"schema": "preflight/1", "findings": [{"id": 7}]}"#,
    )
    .unwrap();
    let output = Command::new("jsonschema")
        .arg("--instance")
        .arg(&bad)
        .arg(repository("assets/report.schema.json"))
        .output()
        .unwrap();
    assert!(!output.status.success());
}

#[test]
fn junit_keeps_to_the_schema_of_ci_servers_and_counts_right() {
    for (dir, report) in reports() {
        let file = dir.path().join("r.xml");
        let schema = repository("tests/junit.xsd");
        takes(
            "xmllint",
            &[
                "--noout",
                "--nonet",
                "--schema",
                schema.to_str().unwrap(),
                file.to_str().unwrap(),
            ],
        );
        let count = |path: &str| {
            let output = Command::new("xmllint")
                .args(["--xpath", &format!("string({path})")])
                .arg(&file)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            text.trim().parse::<u64>().unwrap()
        };
        let summary = &report["summary"];
        let told = |name: &str| summary[name].as_u64().unwrap();
        assert_eq!(count("count(//testcase)"), findings(&report).len() as u64);
        assert_eq!(count("count(//failure)"), told("fail"));
        assert_eq!(count("/testsuites/@failures"), told("fail"));
        assert_eq!(count("count(//error)"), told("unknown"));
        assert_eq!(count("/testsuites/@errors"), told("unknown"));
        assert_eq!(count("count(//skipped)"), told("na") + told("waived"));
        assert_eq!(
            count("sum(//testsuite/@skipped)"),
            told("na") + told("waived")
        );
    }
}

/// What stands between `before` and the next `after`, each time.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts
        .map(|part| part.split(after).next().unwrap())
        .collect()
}

#[test]
fn html_is_one_whole_page_that_loads_nothing() {
    for (dir, _) in reports() {
        let file = dir.path().join("r.html");
        // The template keeps to XML's rules, so an XML parser can tell.
        takes("xmllint", &["--noout", "--nonet", file.to_str().unwrap()]);
        let page = fs::read_to_string(&file).unwrap();
        for foreign in [
            "<script", "<link", "<img", "<iframe", "src=", "url(", "@import",
        ] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        let ids = between(&page, " id=\"", '"');
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "an id stands twice");
        for target in between(&page, "href=\"#", '"') {
            assert!(unique.contains(&target), "#{target} leads nowhere");
        }
        for label in between(&page, "aria-labelledby=\"", '"') {
            assert!(unique.contains(&label), "{label}");
        }
        // A screen reader says which column a cell is in, and what a table is.
        for head in between(&page, "<th", '>') {
            assert!(head == "ead" || head.contains("scope="), "<th{head}>");
        }
        let count = |what: &str| page.matches(what).count();
        assert_eq!(count("<table"), count("<caption"));
        assert!(page.contains("<html lang=\"en\">"));
    }
}

/// Relative luminance and contrast as WCAG 2.1 defines them (1.4.3: 4.5 to 1).
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let hex = colour.trim_start_matches('#');
        let wide: String = match hex.len() {
            3 => hex.chars().flat_map(|c| [c, c]).collect(),
            _ => hex.to_owned(),
        };
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn html_can_be_read_in_every_colour_scheme() {
    let template = fs::read_to_string(repository("assets/templates/style.css")).unwrap();
    let schemes = between(&template, ":root{", '}');
    assert_eq!(schemes.len(), 3, "light, dark, print");
    for scheme in schemes {
        let colour = |name: &str| {
            let mut all = scheme.split(';').filter_map(|pair| pair.split_once(':'));
            all.find(|(known, _)| known.trim_start_matches("--") == name)
                .unwrap_or_else(|| panic!("{name} in {scheme}"))
                .1
        };
        for name in [
            "text", "soft", "fail", "warn", "unknown", "pass", "na", "link",
        ] {
            for ground in ["bg", "box"] {
                let value = contrast(colour(name), colour(ground));
                assert!(value >= 4.5, "{name} on {ground}: {value:.1} in {scheme}");
            }
        }
        // The cells of a fleet's tables.
        for ground in ["h0", "h1", "h2", "h3", "hu"] {
            let value = contrast(colour("text"), colour(ground));
            assert!(value >= 4.5, "text on {ground}: {value:.1} in {scheme}");
        }
    }
}

/// Text without XML's escapes.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
}

/// Letters and digits alone: formats break lines and escape signs.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[test]
fn no_finding_loses_its_verdict_in_any_format() {
    for (dir, report) in reports() {
        let mut seen = BTreeSet::new();
        // JSON is the report itself, and another test compares YAML with it.
        for file in &["r.txt", "r.md", "r.html", "r.xml", "r.nagios"] {
            let text = fs::read_to_string(dir.path().join(file)).unwrap();
            let escapes = file.ends_with("html") || file.ends_with("xml");
            let text = plain(&if escapes { unescaped(&text) } else { text });
            for finding in findings(&report) {
                let status = finding["status"].as_str().unwrap();
                let waived = finding.get("waived_by").is_some();
                seen.insert((status.to_owned(), waived));
                if matches!(status, "pass" | "na") || (waived && *file == "r.nagios") {
                    continue;
                }
                let id = finding["id"].as_str().unwrap();
                assert!(
                    text.contains(&plain(id)),
                    "{id} ({status}) is not in {file}"
                );
                // Unknowns of one cause are told together.
                if status == "unknown" && *file == "r.txt" {
                    continue;
                }
                let message = plain(finding["message"].as_str().unwrap());
                assert!(text.contains(&message), "{id} in {file}: {finding:#}");
            }
        }
        let (all, waived) = (
            seen.len(),
            seen.iter().filter(|(_, waived)| *waived).count(),
        );
        assert!(all >= 4 + waived, "{seen:?}");
    }
}

#[test]
fn nothing_of_the_host_is_taken_for_a_control_sign() {
    for (dir, _) in reports() {
        for file in FILES.iter().chain(&["r.nagios"]) {
            let text = fs::read_to_string(dir.path().join(file)).unwrap();
            let control = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(control, None, "{file}");
        }
    }
}
