//! Templates and written-down addresses in the text of a vendor's file: it is
//! read as text, so that every place is known, in quoted values and blocks too.

use std::net::Ipv4Addr;

use super::{Broken, Literal};

/// A place in the file, all counted from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Characters.
    pub length: usize,
}

impl Spot {
    /// A place.
    pub fn new(line: usize, column: usize, length: usize) -> Self {
        Self {
            line,
            column,
            length,
        }
    }
}

/// A call of a template function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Name of the function.
    pub function: String,
    /// Where the name stands.
    pub spot: Spot,
    /// First argument, where it is a text, and where it stands, without quotes.
    pub argument: Option<(String, Spot)>,
}

/// What templates were found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub lookups: Vec<Lookup>,
    pub broken: Vec<Broken>,
}

/// How many characters of each line are content: a comment is none, but in a
/// block of text nothing is a comment.
pub(super) fn content(lines: &[String]) -> Vec<usize> {
    let mut block: Option<usize> = None;
    lines
        .iter()
        .map(|line| {
            let indent = line.chars().take_while(|c| *c == ' ').count();
            let blank = line.trim().is_empty();
            if let Some(outer) = block {
                if blank || indent > outer {
                    return line.chars().count();
                }
                block = None;
            }
            let end = before_comment(line);
            let own: String = line.chars().take(end).collect();
            if begins_block(own.trim_end()) {
                block = Some(indent);
            }
            end
        })
        .collect()
}

/// `key: |`, `- >-`, `key: |2+`.
fn begins_block(line: &str) -> bool {
    let sign = line.trim_end_matches(|c: char| c == '+' || c == '-' || c.is_ascii_digit());
    let Some(before) = sign.strip_suffix(['|', '>']) else {
        return false;
    };
    before.is_empty() || before.ends_with([' ', ':'])
}

/// Where a comment begins: a `#` outside quotes after a blank or at the start.
fn before_comment(line: &str) -> usize {
    let (mut quote, mut last, mut escaped) = (None, ' ', false);
    let mut count = 0;
    for (at, c) in line.chars().enumerate() {
        count = at + 1;
        match quote {
            Some('"') if c == '\\' && !escaped => {
                escaped = true;
                continue;
            }
            Some(open) if c == open && !escaped => quote = None,
            Some(_) => {}
            None if c == '#' && last.is_whitespace() => return at,
            // Quotes open a value only where one may begin.
            None if matches!(c, '"' | '\'')
                && matches!(last, ' ' | '[' | '{' | ',' | ':' | '-') =>
            {
                quote = Some(c);
            }
            None => {}
        }
        escaped = false;
        last = c;
    }
    count
}

/// A character of the file with its place.
#[derive(Clone, Copy)]
struct Placed {
    c: char,
    line: usize,
    column: usize,
}

fn placed(lines: &[String], content: &[usize]) -> Vec<Placed> {
    let mut all = Vec::new();
    for (at, (line, end)) in lines.iter().zip(content).enumerate() {
        let chars = line.chars().take(*end).enumerate();
        all.extend(chars.map(|(column, c)| Placed {
            c,
            line: at + 1,
            column: column + 1,
        }));
        all.push(Placed {
            c: '\n',
            line: at + 1,
            column: end + 1,
        });
    }
    all
}

fn starts(all: &[Placed], at: usize, text: &str) -> bool {
    let mut chars = text.chars();
    let mut rest = all.get(at..).unwrap_or_default().iter();
    chars.all(|wanted| rest.next().is_some_and(|found| found.c == wanted))
}

/// Finds templates, `{{repl … }}`.
pub(super) fn scan(lines: &[String], content: &[usize]) -> Found {
    let all = placed(lines, content);
    let mut found = Found::default();
    let mut at = 0;
    while at < all.len() {
        if !starts(&all, at, "{{") {
            at += 1;
            continue;
        }
        let Some(open) = all.get(at).copied() else {
            break;
        };
        let mut inside = at + 2;
        let blanks = all.get(inside..).unwrap_or_default().iter();
        let blanks = blanks.take_while(|p| p.c == ' ').count();
        if blanks > 0 && starts(&all, inside + blanks, "repl ") {
            found.broken.push(Broken {
                spot: Spot::new(open.line, open.column, 2 + blanks + 4),
                text: "`{{ repl` is no template: wanted `{{repl`, without a blank".into(),
            });
        }
        if !starts(&all, inside, "repl") {
            at = inside;
            continue;
        }
        inside += 4;
        let mut end = inside;
        while end < all.len() && !starts(&all, end, "}}") && !starts(&all, end, "{{") {
            end += 1;
        }
        if !starts(&all, end, "}}") {
            found.broken.push(Broken {
                spot: Spot::new(open.line, open.column, 6),
                text: "a template that is never closed: wanted `}}` after it".into(),
            });
            at = inside;
            continue;
        }
        calls(all.get(inside..end).unwrap_or_default(), &mut found.lookups);
        at = end + 2;
    }
    found
}

/// The calls in a template: names, each with the text that follows it.
fn calls(inside: &[Placed], lookups: &mut Vec<Lookup>) {
    let mut at = 0;
    while let Some(first) = inside.get(at) {
        // A text in quotes; in a quoted value of YAML they are escaped.
        if matches!(first.c, '"' | '`') {
            at = closing(inside, at).map_or(inside.len(), |end| end + 1);
            continue;
        }
        if !first.c.is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let rest = inside.get(at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|p| p.c.is_ascii_alphanumeric() || p.c == '_')
            .count();
        let function: String = rest.iter().take(length).map(|p| p.c).collect();
        let spot = Spot::new(first.line, first.column, length);
        at += length;
        let mut next = at;
        while inside
            .get(next)
            .is_some_and(|p| matches!(p.c, ' ' | '\n' | '\\'))
        {
            next += 1;
        }
        let argument = inside
            .get(next)
            .filter(|p| matches!(p.c, '"' | '`'))
            .and_then(|_| {
                let end = closing(inside, next)?;
                let own = inside.get(next + 1..end)?;
                let text: String = own.iter().map(|p| p.c).collect();
                let text = text.trim_end_matches('\\').to_owned();
                let begin = inside.get(next + 1)?;
                let spot = Spot::new(begin.line, begin.column, text.chars().count().max(1));
                Some((text, spot))
            });
        lookups.push(Lookup {
            function,
            spot,
            argument,
        });
    }
}

fn closing(inside: &[Placed], open: usize) -> Option<usize> {
    let sign = inside.get(open)?.c;
    let rest = inside.get(open + 1..)?;
    Some(open + 1 + rest.iter().position(|p| p.c == sign)?)
}

/// Keys whose values look like addresses and are none.
const VERSIONS: [&str; 4] = ["version", "tag", "image", "api_version"];

/// Finds IPv4 addresses that are written down. What every host has (0.0.0.0,
/// 127.0.0.0/8), masks and versions are none.
pub(super) fn literals(lines: &[String], content: &[usize]) -> Vec<Literal> {
    let mut found = Vec::new();
    for (at, (line, end)) in lines.iter().zip(content).enumerate() {
        let chars: Vec<char> = line.chars().take(*end).collect();
        let key: String = chars.iter().take_while(|c| **c != ':').collect();
        let key = key.trim_start_matches([' ', '-']).to_ascii_lowercase();
        if VERSIONS.iter().any(|word| key.ends_with(word)) {
            continue;
        }
        let mut column = 0;
        while column < chars.len() {
            let is_part = |c: &char| c.is_ascii_digit() || *c == '.';
            let length = chars.iter().skip(column).take_while(|c| is_part(c)).count();
            if length == 0 {
                column += 1;
                continue;
            }
            let before = column.checked_sub(1).and_then(|at| chars.get(at)).copied();
            let after = chars.get(column + length).copied();
            let text: String = chars.iter().skip(column).take(length).collect();
            let text = text.trim_end_matches('.');
            // `v1.2.3.4`, `redis-1.2.3.4`, `1.2.3.4-rc1` are versions.
            let word =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-_+".contains(c));
            let address = text.parse::<Ipv4Addr>().ok();
            if let Some(address) = address.filter(|_| !word(before) && !word(after)) {
                let common = address.is_unspecified()
                    || address.is_loopback()
                    || address.is_broadcast()
                    || address.octets().first() == Some(&255);
                if !common {
                    let spot = Spot::new(at + 1, column + 1, text.chars().count());
                    found.push(Literal { address, spot });
                }
            }
            column += length;
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn scanned(text: &str) -> Found {
        let lines = lines(text);
        scan(&lines, &content(&lines))
    }

    #[test]
    fn calls_are_found_with_their_places() {
        let found = scanned(
            "a: '{{repl ThisHostInterfaceAddress \"eth0\" }}' # {{repl NotMe }}\n\
             b: \"x{{repl ThisHostInterfaceAddress \\\"eth1\\\" }}y\"\n\
             c: |\n  # {{repl index (NodePrivateIPAddressAll \"DB\" \"redis\") 0 }}\n\
             d: '{{repl if ConfigOptionEquals \"a b\" \"1\" }}{{repl ThisNodePrivateIPAddress\n    }}{{repl end}}'\n",
        );
        assert_eq!(found.broken, []);
        let calls: Vec<_> = found
            .lookups
            .iter()
            .map(|l| {
                let argument = l.argument.as_ref();
                let argument = argument.map(|(text, spot)| (text.as_str(), spot.column));
                (l.function.as_str(), l.spot.line, l.spot.column, argument)
            })
            .collect();
        assert_eq!(
            calls,
            [
                ("ThisHostInterfaceAddress", 1, 12, Some(("eth0", 38))),
                ("ThisHostInterfaceAddress", 2, 13, Some(("eth1", 40))),
                ("index", 4, 12, None),
                ("NodePrivateIPAddressAll", 4, 19, Some(("DB", 44))),
                ("if", 5, 12, None),
                ("ConfigOptionEquals", 5, 15, Some(("a b", 35))),
                ("ThisNodePrivateIPAddress", 5, 53, None),
                ("end", 6, 14, None),
            ]
        );
    }

    #[test]
    fn templates_that_are_none() {
        let found = scanned("a: '{{ repl X }}'\nb: '{{repl Y'\nc: '{{repl Z }}'\nd: {{other}}\n");
        let broken: Vec<_> = found
            .broken
            .iter()
            .map(|b| (b.spot.line, b.spot.column))
            .collect();
        assert_eq!(broken, [(1, 5), (2, 5)]);
        assert_eq!(found.lookups.len(), 1);
        assert_eq!(found.lookups[0].function, "Z");
    }

    #[test]
    fn addresses_and_what_only_looks_like_one() {
        let text = "a: 10.1.2.3\nb: http://192.168.1.5:80/ and 8.8.8.8.\nc: 0.0.0.0:80 127.0.0.1 255.255.255.0\n\
                    version: 1.2.3.4\nd: v1.2.3.4 redis-1.2.3.4 1.2.3.4-rc1 1.2.3 1.2.3.4.5 300.1.1.1\n# 10.9.9.9\ne: x # 10.9.9.8\n\
                    image_version: 4.3.2.1\n";
        let lines = lines(text);
        let found = literals(&lines, &content(&lines));
        let told: Vec<_> = found
            .iter()
            .map(|l| {
                (
                    l.address.to_string(),
                    l.spot.line,
                    l.spot.column,
                    l.spot.length,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("10.1.2.3".to_owned(), 1, 4, 8),
                ("192.168.1.5".to_owned(), 2, 11, 11),
                ("8.8.8.8".to_owned(), 2, 31, 7),
            ]
        );
    }
}
