//! Remarks on a vendor's file, as a compiler tells them: place, what is wrong,
//! the line, and the line as it should be.

use serde::Serialize;

use super::{json, yaml};
use crate::answers::vendor::Vendor;
use crate::judge::text::paragraph;
use crate::plan::vendor::{Chosen, Level, Remark};

/// Version of the form for programs.
pub const SCHEMA: &str = "lint/1";

/// Everything that is told of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Linted<'a> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The file, as it was named.
    pub file: &'a str,
    /// What it was held against.
    pub scheduler: Option<&'a str>,
    /// The overlay, if any.
    pub overlay: Option<&'a str>,
    /// Interface of the private address.
    pub interface: Option<&'a str>,
    /// The remarks, in the order of the lines.
    pub remarks: &'a [Remark],
}

/// The remarks of a file.
pub fn linted<'a>(file: &'a str, chosen: &'a Chosen, remarks: &'a [Remark]) -> Linted<'a> {
    Linted {
        schema: SCHEMA,
        file,
        scheduler: chosen.scheduler.as_deref(),
        overlay: chosen.overlay.as_deref(),
        interface: chosen.interface.as_deref(),
        remarks,
    }
}

impl Linted<'_> {
    /// As JSON.
    pub fn json(&self) -> String {
        json(self)
    }

    /// As YAML.
    pub fn yaml(&self) -> String {
        yaml(self)
    }

    /// For people, 80 columns where the file's own lines allow it. Notes only
    /// with `notes`.
    pub fn human(&self, vendor: &Vendor, notes: bool) -> String {
        let mut out = format!("{}, judged for {}\n\n", self.file, self.aim());
        let shown = self
            .remarks
            .iter()
            .filter(|r| notes || r.level > Level::Note);
        for remark in shown {
            let place = format!("{}:{}:{}: ", self.file, remark.line, remark.column);
            let head = format!("{place}{}: ", remark.level.word());
            paragraph(&mut out, &head, "    ", &seen(&remark.text));
            let line = vendor.line(remark.line);
            if !line.trim().is_empty() {
                let number = remark.line.to_string();
                let margin = " ".repeat(number.len());
                out.push_str(&format!("  {number} | {}\n", seen(line)));
                let blanks = " ".repeat(remark.column.saturating_sub(1));
                let room = line.chars().count().saturating_sub(remark.column - 1);
                let marks = "^".repeat(remark.length.min(room.max(1)));
                out.push_str(&format!("  {margin} | {blanks}{marks}\n"));
            }
            if let Some(corrected) = &remark.corrected {
                out.push_str(&format!("  correct: {}\n", seen(corrected.trim())));
            }
            out.push_str(&format!("  [{}]\n\n", remark.id));
        }
        out.push_str(&self.sum());
        out.push('\n');
        out
    }

    fn aim(&self) -> String {
        let scheduler = self.scheduler.unwrap_or("no scheduler (none is possible)");
        let overlay = self.overlay.map_or(String::new(), |o| format!(" with {o}"));
        let interface = match self.interface {
            Some(interface) => format!("private addresses on {interface}"),
            None => "no interface chosen".to_owned(),
        };
        format!("{scheduler}{overlay}, {interface}")
    }

    /// How many remarks of which level there are.
    pub fn sum(&self) -> String {
        let count = |level: Level| self.remarks.iter().filter(|r| r.level == level).count();
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        format!(
            "{}, {}, {} not known, {}",
            plural(count(Level::Error), "error"),
            plural(count(Level::Warning), "warning"),
            count(Level::Unknown),
            plural(count(Level::Note), "note")
        )
    }

    /// The worst level.
    pub fn worst(&self) -> Level {
        let levels = self.remarks.iter().map(|remark| remark.level);
        levels.max().unwrap_or(Level::Note)
    }
}

/// Text of a file without control characters: a terminal would obey them.
fn seen(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}
