//! How a run ended, as lines: prompts say them, and the full screen leaves them in
//! the scrollback.

use super::backend::{End, Finished};
use crate::report::human::verify_word;

/// The lines, each with what its first row begins with; its further rows stand below
/// its text.
pub fn lines(finished: &Finished) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    put(&mut lines, "", &finished.sentence());
    match &finished.end {
        End::Kept { error, .. }
        | End::RolledBack {
            failed: Some((_, error)),
        }
        | End::NotRolledBack {
            failed: Some((_, error)),
            ..
        } => put(&mut lines, "  Error: ", error),
        _ => {}
    }
    if let End::NotRolledBack { left, .. } = &finished.end {
        for text in left {
            put(&mut lines, "  Left: ", text);
        }
    }
    for one in &finished.verified {
        let lead = format!("  {:<7} ", verify_word(one.status));
        put(&mut lines, &lead, &one.message);
    }
    if !finished.next.is_empty() {
        put(&mut lines, "", "Next:");
    }
    for (n, text) in finished.next.iter().enumerate() {
        put(&mut lines, &format!("  {}. ", n + 1), text);
    }
    if !finished.saved.is_empty() {
        put(&mut lines, "", "Saved:");
    }
    for (path, what) in &finished.saved {
        put(&mut lines, "  ", &format!("{path}: {what}"));
    }
    lines
}

/// Puts a text of one or more lines there; what they are indented by is kept.
fn put(lines: &mut Vec<(String, String)>, lead: &str, text: &str) {
    for (n, line) in text.lines().enumerate() {
        let bare = line.trim_start_matches(' ');
        let blanks = " ".repeat(line.len() - bare.len());
        let lead = match n {
            0 => lead.to_owned(),
            _ => " ".repeat(lead.len()),
        };
        lines.push((format!("{lead}{blanks}"), bare.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_the_step_and_what_is_left_are_in_it() {
        let mut finished = Finished::new(End::NotRolledBack {
            failed: Some((1, "`wg set wg0` ended with status 1:\n  no".into())),
            left: vec!["wg0 is still there".into()],
        });
        finished.bundled("x.tar.gz");
        finished.bundled("x.tar.gz");
        let told: Vec<String> = lines(&finished)
            .into_iter()
            .map(|(lead, text)| format!("{lead}{text}"))
            .collect();
        assert_eq!(
            told,
            [
                "Not everything could be undone. See: groundcrew status",
                "  Error: `wg set wg0` ended with status 1:",
                "           no",
                "  Left: wg0 is still there",
                "Saved:",
                "  x.tar.gz: for support",
            ]
        );
    }
}
