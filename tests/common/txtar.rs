//! Trees of files written as one text: `-- PATH --` begins a file, `-- PATH ->
//! TARGET --` is a link, `-- PATH/ --` a directory. What stands before the first
//! of them says what the tree is. The form of Go's txtar, and links.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file with its text.
    File(String),
    /// A link with its target.
    Link(String),
    /// A directory.
    Directory,
}

/// A tree.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What it is.
    pub about: String,
    /// Paths without a leading slash, in the order of the text.
    pub entries: Vec<(String, Entry)>,
}

impl Tree {
    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let mut tree = Self {
            about: String::new(),
            entries: Vec::new(),
        };
        for line in text.split_inclusive('\n') {
            let head = line
                .trim_end()
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"));
            if let Some(head) = head {
                tree.entries.push(match head.split_once(" -> ") {
                    Some((path, target)) => (path.to_owned(), Entry::Link(target.to_owned())),
                    None => match head.strip_suffix('/') {
                        Some(path) => (path.to_owned(), Entry::Directory),
                        None => (head.to_owned(), Entry::File(String::new())),
                    },
                });
                continue;
            }
            match tree.entries.last_mut() {
                None => tree.about.push_str(line),
                Some((_, Entry::File(text))) => text.push_str(line),
                Some((path, _)) => assert!(line.trim().is_empty(), "text below {path}: {line}"),
            }
        }
        tree
    }

    /// The host of this name in tests/hosts.
    pub fn host(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/hosts")
            .join(format!("{name}.txtar"));
        Self::parse(&fs::read_to_string(path).unwrap())
    }

    /// The text of a file.
    pub fn text(&mut self, path: &str) -> &mut String {
        let found = self.entries.iter_mut().find(|(known, _)| known == path);
        match found {
            Some((_, Entry::File(text))) => text,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Writes it below a folder.
    pub fn unpack(&self, root: &Path) {
        for (path, entry) in &self.entries {
            let at = root.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            match entry {
                Entry::File(text) => fs::write(at, text).unwrap(),
                Entry::Link(target) => std::os::unix::fs::symlink(target, at).unwrap(),
                Entry::Directory => fs::create_dir_all(at).unwrap(),
            }
        }
    }
}
