//! The documents of the project as the tests read them: blocks of code, code in
//! the text, headings and links.

use std::fs;
use std::path::PathBuf;

/// A document.
pub struct Doc {
    /// Its path in the repository.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A fenced block of code.
pub struct Block {
    /// The line on which its text begins, counted from 1.
    pub line: usize,
    /// The language after the fence.
    pub language: String,
    /// What is inside, without the fence's indentation.
    pub text: String,
    /// The comment on the line before it, without its marks.
    pub comment: Option<String>,
}

/// A path of the repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every document: the README, docs/, what contributors read, the changelog.
pub fn documents() -> Vec<Doc> {
    let mut paths = vec![
        "README.md".to_owned(),
        ".github/CONTRIBUTING.md".to_owned(),
        "CHANGELOG.md".to_owned(),
    ];
    let mut more: Vec<String> = fs::read_dir(repository("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    more.sort();
    paths.extend(more);
    let read = |path: String| Doc {
        text: fs::read_to_string(repository(&path)).unwrap(),
        path,
    };
    paths.into_iter().map(read).collect()
}

/// What an HTML comment that fills its line says.
fn comment(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inside.trim())
}

impl Doc {
    /// Its blocks of code, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut inside: Option<usize> = None;
        let mut before = None;
        for (number, line) in (1..).zip(self.text.lines()) {
            let indent = line.len() - line.trim_start().len();
            match (inside, line.trim_start().strip_prefix("```")) {
                (Some(_), Some("")) => inside = None,
                (None, Some(language)) => {
                    inside = Some(indent);
                    blocks.push(Block {
                        line: number + 1,
                        language: language.trim().to_owned(),
                        text: String::new(),
                        comment: before.take(),
                    });
                }
                (Some(indent), _) => {
                    let text = line.get(indent..).unwrap_or_else(|| line.trim_start());
                    blocks.last_mut().unwrap().text.push_str(text);
                    blocks.last_mut().unwrap().text.push('\n');
                }
                (None, None) => {}
            }
            if inside.is_none() {
                before = comment(line).map(str::to_owned);
            }
        }
        assert!(inside.is_none(), "{}: a block has no end", self.path);
        blocks
    }

    /// The text outside of blocks and comments, a line a line.
    pub fn prose(&self) -> String {
        let mut out = String::new();
        let mut fenced = false;
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            if !fenced && !fence && comment(line).is_none() {
                out.push_str(line);
            }
            out.push('\n');
        }
        out
    }

    /// Code in the text: what stands between backticks, blanks and line ends as one
    /// blank.
    pub fn inline(&self) -> Vec<String> {
        let mut found = Vec::new();
        for paragraph in self.prose().split("\n\n") {
            // Between an odd and an even mark; the project uses single marks alone.
            for (n, piece) in paragraph.split('`').enumerate() {
                if n % 2 == 1 {
                    found.push(piece.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
        }
        found
    }

    /// The anchors of its headings, as GitHub makes them.
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        for line in self.prose().lines() {
            let title = line.trim_start_matches('#');
            if title.len() == line.len() || !title.starts_with(' ') {
                continue;
            }
            let kept = title
                .trim()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            let anchor: String = kept
                .flat_map(char::to_lowercase)
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let same = anchors.iter().filter(|known| **known == anchor).count();
            assert_eq!(same, 0, "{}: two headings are #{anchor}", self.path);
            anchors.push(anchor);
        }
        anchors
    }

    /// The targets of its links and pictures.
    pub fn links(&self) -> Vec<String> {
        let text = self.prose();
        let mut links: Vec<String> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .map(str::to_owned)
            .collect();
        for attribute in ["src=\"", "href=\""] {
            let found = text.split(attribute).skip(1);
            links.extend(
                found
                    .filter_map(|rest| rest.split('"').next())
                    .map(str::to_owned),
            );
        }
        links
    }
}
