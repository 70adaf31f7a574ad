//! Text for terminals of 80 columns: ASCII, wrapped between words.

/// The width that nothing may pass.
const WIDTH: usize = 80;

/// The text with everything that is not printable ASCII as `?`: values come from
/// the host, and a control character must not reach a terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == ' ' || c.is_ascii_graphic() {
                c
            } else {
                '?'
            }
        })
        .collect()
}

/// Appends `text` to `out` as a paragraph: the first line starts with `first`,
/// the others with `rest`; words that are longer than a line are cut.
pub fn paragraph(out: &mut String, first: &str, rest: &str, text: &str) {
    let text = plain(text);
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!empty);
        if !empty && line.len() + gap + word.len() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line = rest.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        for c in word.chars() {
            if line.len() >= WIDTH {
                out.push_str(&line);
                out.push('\n');
                line = rest.to_owned();
            }
            line.push(c);
        }
        empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_word_is_lost() {
        let words = "alpha beta gamma delta epsilon ".repeat(12);
        let mut out = String::new();
        paragraph(&mut out, "- ", "  ", &words);
        assert!(out.lines().all(|line| line.len() <= WIDTH), "{out}");
        assert!(out.lines().count() > 3, "{out}");
        let kept: Vec<&str> = out.split_whitespace().skip(1).collect();
        assert_eq!(kept, words.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_long_word_is_cut_and_control_characters_do_not_pass() {
        let mut out = String::new();
        paragraph(
            &mut out,
            "",
            "  ",
            &format!("x {}\u{1b}[31m\u{e9}", "y".repeat(200)),
        );
        assert!(out.lines().all(|line| line.len() <= WIDTH), "{out}");
        assert!(
            out.chars()
                .all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic())
        );
        assert!(out.contains("?[31m?"), "{out}");
    }
}
