//! The rules of the packet filter, as `iptables-save` prints them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The table `filter` of IPv4.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Policies of the built-in chains: `ACCEPT`, `DROP`.
    pub policies: BTreeMap<String, String>,
    /// Rules, in the order of their chains.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Chain.
    pub chain: String,
    /// The rest of the line, a word each.
    pub words: Vec<String>,
}

impl Rule {
    /// As `iptables -S` shows it.
    pub fn text(&self) -> String {
        format!("-A {} {}", self.chain, self.words.join(" "))
    }

    /// Whether it leads there for good (`-g`), not to come back.
    pub fn goes(&self) -> bool {
        self.words
            .iter()
            .find(|word| *word == "-j" || *word == "-g")
            .is_some_and(|word| word == "-g")
    }

    /// Where it leads: the word after `-j` or `-g`.
    pub fn target(&self) -> Option<&str> {
        let at = self
            .words
            .iter()
            .position(|word| word == "-j" || word == "-g")?;
        self.words.get(at + 1).map(String::as_str)
    }
}

/// Reads the table `filter` out of what `iptables-save` prints; other tables are
/// skipped.
pub fn parse(text: &str) -> Filter {
    let mut filter = Filter::default();
    let mut table = "filter";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
        } else if table != "filter" {
        } else if let Some(rest) = line.strip_prefix(':') {
            let mut words = rest.split_whitespace();
            if let (Some(chain), Some(policy)) = (words.next(), words.next())
                && policy != "-"
            {
                filter.policies.insert(chain.to_owned(), policy.to_owned());
            }
        } else {
            let mut words = words(line).into_iter();
            // A saved file may begin each line with counters in brackets.
            let first = words.next();
            let verb = match first {
                Some(word) if word.starts_with('[') => words.next(),
                other => other,
            };
            if verb.as_deref() == Some("-A")
                && let Some(chain) = words.next()
            {
                filter.rules.push(Rule {
                    chain,
                    words: words.collect(),
                });
            }
        }
    }
    filter
}

/// The words of a line; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            '\\' if quoted => word.extend(chars.next()),
            c if c.is_whitespace() && !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_with_counters_and_quotes() {
        let text = "# Generated\n*nat\n:INPUT DROP [0:0]\n-A INPUT -j DROP\nCOMMIT\n*filter\n:INPUT ACCEPT [1:2]\n:X - [0:0]\n[3:4] -A INPUT -m comment --comment \"a \\\"b\\\" c\" -j X\nCOMMIT\n";
        let filter = parse(text);
        assert_eq!(filter.policies.len(), 1);
        assert_eq!(filter.rules.len(), 1);
        assert_eq!(filter.rules[0].words[3], "a \"b\" c");
        assert_eq!(filter.rules[0].target(), Some("X"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
