//! A text field of one line: what is in it and where the cursor stands.

use unicode_width::UnicodeWidthChar;
use zeroize::Zeroize;

/// The longest text that a field takes, in characters.
const LONGEST: usize = 4096;

/// A text field.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Editor {
    text: String,
    /// In characters.
    cursor: usize,
    hidden: bool,
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.hidden { "(secret)" } else { &self.text };
        write!(f, "Editor({text:?} at {})", self.cursor)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if self.hidden {
            self.text.zeroize();
        }
    }
}

impl Editor {
    /// A field with this text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut editor = Self::default();
        editor.paste(text);
        editor
    }

    /// An empty field whose text is never shown.
    pub fn hidden() -> Self {
        Self {
            hidden: true,
            // So that the text is not left behind in memory when it grows. A
            // character has at most four bytes.
            text: String::with_capacity(4 * LONGEST),
            ..Self::default()
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without blanks at its ends.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    fn count(&self) -> usize {
        self.text.chars().count()
    }

    /// Byte offset of a character.
    fn at(&self, index: usize) -> usize {
        let mut offsets = self.text.char_indices().map(|(at, _)| at);
        offsets.nth(index).unwrap_or(self.text.len())
    }

    /// Types a character; control characters are dropped.
    pub fn insert(&mut self, c: char) {
        if c.is_control() || self.count() >= LONGEST {
            return;
        }
        let at = self.at(self.cursor);
        self.text.insert(at, c);
        self.cursor += 1;
    }

    /// Types a text that was pasted, its line breaks left out. What has no room
    /// is dropped.
    pub fn paste(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.count());
        let typed = || text.chars().filter(|c| !c.is_control()).take(room);
        let at = self.at(self.cursor);
        // Held by this field alone, and wiped with it.
        let rest = self.text.split_off(at);
        let mut rest = Editor {
            hidden: self.hidden,
            text: rest,
            cursor: 0,
        };
        self.text.extend(typed());
        self.text.push_str(&rest.text);
        self.cursor += typed().count();
        rest.clear();
    }

    /// Removes the character before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.delete();
        }
    }

    /// Removes the character under the cursor.
    pub fn delete(&mut self) {
        let at = self.at(self.cursor);
        if at < self.text.len() {
            self.text.remove(at);
        }
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        if self.hidden {
            self.text.zeroize();
        }
        self.text.clear();
        self.cursor = 0;
    }

    /// Moves the cursor to the left.
    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    /// Moves the cursor to the right.
    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.count());
    }

    /// Moves the cursor to the start.
    pub fn home(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor to the end.
    pub fn end(&mut self) {
        self.cursor = self.count();
    }

    /// What is shown in a field of `columns`, and the column of the cursor in
    /// it. The part around the cursor is shown where the text is longer.
    pub fn window(&self, columns: usize) -> (String, usize) {
        let columns = columns.max(1);
        let shown = |c: char| if self.hidden { '*' } else { c };
        let wide = |c: char| shown(c).width().unwrap_or(0);
        let mut start = 0;
        // The cursor needs a column of its own.
        let mut before: usize = self.text.chars().take(self.cursor).map(wide).sum();
        let column = loop {
            if before < columns {
                break before;
            }
            before -= self.text.chars().nth(start).map_or(before, wide);
            start += 1;
        };
        let mut out = String::new();
        let mut used = 0;
        for c in self.text.chars().skip(start) {
            used += wide(c);
            if used > columns {
                break;
            }
            out.push(shown(c));
        }
        (out, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn editing_in_the_middle() {
        let mut editor = Editor::new("10.0.0.256");
        editor.backspace();
        editor.left();
        editor.insert('1');
        assert_eq!(editor.text(), "10.0.0.215");
        editor.home();
        editor.delete();
        assert_eq!(editor.text(), "0.0.0.215");
        editor.clear();
        editor.paste("a\r\nb\t");
        assert_eq!(editor.text(), "ab");
    }

    #[test]
    fn however_much_is_pasted_the_field_takes_what_it_has_room_for() {
        let mut editor = Editor::new("ab");
        editor.left();
        // More than a minute's work, were each character inserted by itself.
        editor.paste(&"x\n".repeat(8 * 1024 * 1024));
        assert_eq!(editor.count(), LONGEST);
        assert!(editor.text().starts_with("axx") && editor.text().ends_with("xb"));
        editor.paste("more");
        editor.insert('m');
        assert_eq!(editor.count(), LONGEST);
        editor.backspace();
        assert!(editor.text().ends_with("xb"));
    }

    #[test]
    fn a_secret_is_neither_shown_nor_printed() {
        let mut editor = Editor::hidden();
        editor.paste("passw0rd-canary");
        assert_eq!(editor.window(20).0, "*".repeat(15));
        assert!(!format!("{editor:?}").contains("passw0rd"));
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_in_the_window(text in "\\PC{0,30}", moves in 0usize..40, columns in 3usize..20) {
            let mut editor = Editor::new(&text);
            (0..moves).for_each(|_| editor.left());
            let (shown, column) = editor.window(columns);
            prop_assert!(column < columns);
            prop_assert!(super::super::text::width(&shown) <= columns);
        }
    }
}
