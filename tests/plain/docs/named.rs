//! The tests that the documents, and the list of what is run elsewhere, name.

use super::commands::{self, words};
use super::elsewhere::ELSEWHERE;
use super::markdown::{documents, repository};

/// Whether a file of tests has a test of this name.
fn is_test(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(repository(file)).unwrap_or_default();
    text.contains(&format!("#[test]\nfn {name}("))
}

#[test]
fn what_is_run_elsewhere_is_run_there() {
    let mut wrong = Vec::new();
    for (line, reason, test) in ELSEWHERE {
        assert!(!reason.is_empty(), "{line}");
        let known = match test.split_once("::") {
            Some((file, name)) => is_test(file, name),
            None => test.is_empty(),
        };
        if !known {
            wrong.push(format!("{line}: there is no test {test}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The source files below a folder.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(repository(folder)) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(sources(&path));
        } else if path.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_file_of_a_test_program_is_left_out_of_it() {
    let mut left_out = Vec::new();
    for file in ["tests/live", "tests/plain"].into_iter().flat_map(sources) {
        let (folder, module) = file.strip_suffix(".rs").unwrap().rsplit_once('/').unwrap();
        if module == "main" {
            continue;
        }
        let parents = [format!("{folder}.rs"), format!("{folder}/main.rs")];
        let named = format!("mod {module};");
        let known = parents
            .iter()
            .filter_map(|parent| std::fs::read_to_string(repository(parent)).ok())
            .any(|text| text.lines().any(|line| line == named));
        if !known {
            left_out.push(file);
        }
    }
    assert!(left_out.is_empty(), "{}", left_out.join("\n"));
}

#[test]
fn the_tests_that_the_documents_name_are_there() {
    let mut named = 0;
    for doc in documents() {
        let blocks = doc.blocks();
        let lines = blocks.iter().flat_map(commands::lines);
        for line in lines.chain(doc.inline()) {
            let words = words(&line);
            let Some(at) = words.iter().position(|word| word == "--test") else {
                continue;
            };
            let folder = format!("tests/{}", words[at + 1]);
            let files = sources(&folder);
            assert!(!files.is_empty(), "{}: {line}: there is none", doc.path);
            named += 1;
            for name in words[at + 2..].iter().filter(|word| !word.starts_with('-')) {
                // `hosts::` is a file of the program, anything else a part of a name.
                let known = match name.strip_suffix("::") {
                    Some(module) => files.contains(&format!("{folder}/{module}.rs")),
                    None => files.iter().any(|file| {
                        let text = std::fs::read_to_string(repository(file)).unwrap();
                        text.lines()
                            .any(|l| l.starts_with("fn ") && l.contains(name.as_str()))
                    }),
                };
                assert!(known, "{}: {line}: no test {name}", doc.path);
            }
        }
    }
    assert!(named > 0);
}
