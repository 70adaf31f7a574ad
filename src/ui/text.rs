//! Text in columns: wrapping, cutting, padding. Widths are those of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text without control characters: what comes from a host or a file must
/// not reach the terminal as it is.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The text in lines of at most `columns`, broken between words; longer words
/// are cut. At least one line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in clean(text).split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if width(&line) + wide > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text, cut to `columns` with `...` where it is longer.
pub fn fit(text: &str, columns: usize) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let dots = if columns > 6 { "..." } else { "" };
    let room = columns - dots.len();
    let mut out = String::new();
    for c in text.chars() {
        if width(&out) + c.width().unwrap_or(0) > room {
            break;
        }
        out.push(c);
    }
    out + dots
}

/// The text in exactly `columns`: cut, or filled up with blanks.
pub fn pad(text: &str, columns: usize) -> String {
    let mut text = fit(text, columns);
    text.push_str(&" ".repeat(columns.saturating_sub(width(&text))));
    text
}

/// `count` things: "1 warning", "2 warnings".
pub fn count(count: usize, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("a\u{1b}[2Jb", 80), ["a [2Jb"]);
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(fit("abcdefghij", 8), "abcde...");
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(count(1, "step"), "1 step");
        assert_eq!(count(0, "step"), "0 steps");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in any::<String>(), columns in 2usize..90) {
            prop_assert!(wrap(&text, columns).iter().all(|line| width(line) <= columns));
            prop_assert_eq!(width(&pad(&text, columns)), columns);
        }
    }
}
