//! The interfaces with their verdicts.

use crate::ui::text::{fit, pad, width};
use crate::ui::theme::Look;
use crate::ui::verdicts::InterfaceRow;
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, ROOMY, Row, radio, standing_look};

/// Reasons that are shown on a small terminal; `e` shows all.
const REASONS: usize = 4;

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize, height: usize) -> Body {
    let mut body = Body::default();
    let native = !matches!(
        wizard.choice().scheduler.as_deref(),
        Some("swarm" | "kubernetes")
    );
    body.title(if native {
        "Which interface should Replicated use for private addresses?"
    } else {
        "Through which interface should the hosts reach each other?"
    });
    body.gap();
    let Some(judged) = &wizard.judged else {
        body.line("   Deciding...");
        return body;
    };
    let rows = wizard.interfaces();
    let widths = Widths::new(&rows, columns);
    let many = REASONS.max(height.saturating_sub(rows.len() + 10));
    body.push(Row::new(format!("       {}", widths.head()), Look::Faint));
    for (at, row) in rows.iter().enumerate() {
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let focus = if focused { Look::Focus } else { Look::Plain };
        let chosen = judged.interfaces.pick.as_ref() == Some(&row.name);
        let look = standing_look(row.standing);
        let line = Row::item(focused)
            .and(radio(chosen), Look::Plain)
            .and(widths.line(row), focus);
        body.push_with(line, &row.words(), look, columns, height >= ROOMY);
    }
    if rows.is_empty() {
        body.line("   There is none, or none fits the filter.");
    }
    if let Some(row) = rows.get(wizard.cursor()) {
        body.gap();
        body.title(&format!("Why {}", row.name));
        for reason in row.reasons.iter().take(many) {
            body.paragraph(&reason.tagged(), 3, 2, columns, Look::Plain);
        }
        if row.reasons.len() > many {
            body.line(format!("   {} more: press e.", row.reasons.len() - many));
        }
    }
    let pick = judged.interfaces.pick.as_ref();
    let picked = judged
        .interfaces
        .candidates
        .iter()
        .find(|c| Some(&c.name) == pick);
    if let Some((name, address)) = picked.and_then(|c| Some((&c.name, c.address?))) {
        body.gap();
        let text = if native {
            format!(
                "With {name} the install script gets private-address={address}, and replicated.yml \
                 has to look up private IPs on {name}."
            )
        } else {
            format!("With {name} the other nodes know this one by {address}.")
        };
        body.paragraph(&text, 3, 0, columns, Look::Plain);
    }
    body
}

/// The widths of the columns; 0 where one is left out.
struct Widths {
    name: usize,
    state: usize,
    address: usize,
    kind: usize,
    speed: usize,
}

impl Widths {
    /// As wide as what stands in them; a name is never cut (IFNAMSIZ is 16).
    fn new(rows: &[InterfaceRow], columns: usize) -> Self {
        let wide = |cell: fn(&InterfaceRow) -> &str, least: usize, most: usize| {
            let widest = rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
            widest.clamp(least, most) + 1
        };
        let (roomy, all) = (columns >= 110, columns >= 76);
        Self {
            name: wide(|row| &row.name, 8, 15),
            state: wide(|row| &row.state, 5, 10),
            address: wide(|row| &row.address, 12, if roomy { 43 } else { 18 }),
            kind: if all { wide(|row| &row.kind, 4, 10) } else { 0 },
            // Where no speed is known the verdict needs the columns more.
            speed: if all && rows.iter().any(|row| row.speed != "-") {
                wide(|row| &row.speed, 5, 7)
            } else {
                0
            },
        }
    }

    fn cells(&self, cells: [&str; 5]) -> String {
        let widths = [self.name, self.state, self.address, self.kind, self.speed];
        let padded = cells.iter().zip(widths).filter(|(_, wide)| *wide > 0);
        // A blank stands between columns even where a value is cut.
        padded
            .map(|(cell, wide)| pad(&fit(cell, wide - 1), wide))
            .collect()
    }

    fn head(&self) -> String {
        self.cells(["NAME", "STATE", "ADDRESS", "KIND", "SPEED"]) + "VERDICT"
    }

    fn line(&self, row: &InterfaceRow) -> String {
        self.cells([&row.name, &row.state, &row.address, &row.kind, &row.speed])
    }
}
