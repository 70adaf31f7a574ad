//! The interfaces with their verdicts.

use crate::ui::text::{fit, pad};
use crate::ui::theme::Look;
use crate::ui::verdicts::InterfaceRow;
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, Row, radio, standing_look};

/// Reasons that are shown; `e` shows all.
const REASONS: usize = 4;

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize) -> Body {
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
    let widths = Widths::new(columns);
    body.push(Row::new(format!("       {}", widths.head()), Look::Faint));
    for (at, row) in rows.iter().enumerate() {
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let look = if focused { Look::Focus } else { Look::Plain };
        let chosen = judged.interfaces.pick.as_ref() == Some(&row.name);
        let verdict = fit(&row.words(), columns.saturating_sub(7 + widths.used() + 1));
        body.push(
            Row::item(focused)
                .and(radio(chosen), Look::Plain)
                .and(widths.line(row), look)
                .and(verdict, standing_look(row.standing)),
        );
    }
    if rows.is_empty() {
        body.line("   There is none, or none fits the filter.");
    }
    if let Some(row) = rows.get(wizard.cursor()) {
        body.gap();
        body.title(&format!("Why {}", row.name));
        for reason in row.reasons.iter().take(REASONS) {
            body.paragraph(&reason.tagged(), 3, 2, columns, Look::Plain);
        }
        if row.reasons.len() > REASONS {
            body.line(format!("   {} more: press e.", row.reasons.len() - REASONS));
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
    fn new(columns: usize) -> Self {
        let wide = columns >= 76;
        Self {
            name: 10,
            state: 6,
            address: 19,
            kind: if wide { 10 } else { 0 },
            speed: if wide { 6 } else { 0 },
        }
    }

    fn used(&self) -> usize {
        self.name + self.state + self.address + self.kind + self.speed
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
