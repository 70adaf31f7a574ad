//! Schedulers and overlays: options with their verdicts and reasons.

use crate::ui::text::{fit, width};
use crate::ui::theme::Look;
use crate::ui::verdicts::{self, Standing, Verdict};
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, Row, radio, standing_look};

/// Reasons that are shown of the option that the cursor is on; `e` shows all.
const REASONS: usize = 4;

/// The body of the scheduler's page.
pub fn schedulers(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    body.title("Which scheduler should run the application?");
    body.gap();
    let Some(judged) = &wizard.judged else {
        body.line("   Deciding...");
        return body;
    };
    let options = wizard.schedulers();
    let chosen = wizard.choice().scheduler;
    let names = options
        .iter()
        .map(|one| width(&one.title))
        .max()
        .unwrap_or(0)
        + 3;
    for (at, option) in options.iter().enumerate() {
        let row = option_row(wizard, at, option, chosen.as_deref(), names);
        body.push(row);
    }
    if judged.decision.recommendation.is_none() {
        body.gap();
        body.paragraph(
            "Nothing is possible on this host as it is.",
            1,
            0,
            columns,
            Look::Bad,
        );
    }
    limit(&mut body, wizard, columns);
    body.gap();
    body.title("Why");
    for (at, option) in options.iter().enumerate() {
        // All at a glance; more of the one under the cursor.
        let many = if at == wizard.cursor() { REASONS } else { 1 };
        reasons(&mut body, option, many, columns);
    }
    what_if(&mut body, wizard, columns);
    body
}

/// The body of the overlay's page.
pub fn overlays(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    let Some(judged) = &wizard.judged else {
        body.title("Private network between the hosts");
        body.gap();
        body.line("   Deciding...");
        return body;
    };
    let options = wizard.overlays();
    let choice = wizard.choice();
    if options.is_empty() {
        body.title("Private network between the hosts");
        body.gap();
        let text = match choice.has_own_network() {
            Some(what) => {
                format!("{what} has a private network of its own: nothing is to be chosen here.")
            }
            None => {
                "No scheduler is possible on this host, so no private network is either.".into()
            }
        };
        body.paragraph(&text, 3, 0, columns, Look::Plain);
        limit(&mut body, wizard, columns);
        return body;
    }
    body.title("Private network between the hosts (the native scheduler has none)");
    body.gap();
    let names = options
        .iter()
        .map(|one| width(&one.title))
        .max()
        .unwrap_or(0)
        .min(22)
        + 3;
    let words = options
        .iter()
        .map(|one| width(one.standing.words()))
        .max()
        .unwrap_or(0);
    for (at, option) in options.iter().enumerate() {
        let mut row = option_row(wizard, at, option, choice.overlay.as_deref(), names);
        if let Some(brief) = option.brief() {
            let used = 3 + 4 + names + words + 2;
            let fill = " ".repeat(words.saturating_sub(width(option.standing.words())) + 2);
            let tag = if brief.id.is_empty() {
                String::new()
            } else {
                format!(" [{}]", brief.id)
            };
            let room = columns.saturating_sub(used + width(&tag) + 1);
            row = row.and(
                format!("{fill}{}{tag}", fit(&brief.text, room)),
                Look::Plain,
            );
        }
        body.push(row);
    }
    limit(&mut body, wizard, columns);
    body.gap();
    body.title("Notes");
    if let Some(option) = options.get(wizard.cursor()) {
        reasons(&mut body, option, REASONS, columns);
    }
    if let Some(option) = verdicts::userspace_wireguard(&judged.decision) {
        let text = format!(
            "WireGuard in user space, as allowed: {}.",
            option.standing.words()
        );
        body.paragraph(&text, 3, 2, columns, Look::Plain);
    }
    let native = wizard
        .schedulers()
        .into_iter()
        .find(|one| one.value == "native");
    if let Some(native) =
        native.filter(|one| !matches!(one.standing, Standing::Recommended | Standing::Possible))
    {
        let text = format!(
            "This is about the network alone; the native scheduler itself is: {}.",
            native.standing.words()
        );
        body.paragraph(&text, 3, 2, columns, Look::Warn);
    }
    what_if(&mut body, wizard, columns);
    body
}

/// Says what this version does not set up.
fn limit(body: &mut Body, wizard: &Wizard, columns: usize) {
    if let Some(limit) = wizard.choice().limit() {
        body.gap();
        body.paragraph(&limit, 1, 0, columns, Look::Warn);
    }
}

fn option_row(
    wizard: &Wizard,
    at: usize,
    option: &Verdict,
    chosen: Option<&str>,
    names: usize,
) -> Row {
    let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
    let look = if focused { Look::Focus } else { Look::Plain };
    let title = fit(&option.title, names.saturating_sub(1));
    let fill = " ".repeat(names.saturating_sub(width(&title)));
    Row::item(focused)
        .and(radio(chosen == Some(&option.value)), Look::Plain)
        .and(title, look)
        .and(fill, Look::Plain)
        .and(option.standing.words(), standing_look(option.standing))
}

fn reasons(body: &mut Body, option: &Verdict, many: usize, columns: usize) {
    if option.reasons.is_empty() {
        let text = match option.standing {
            Standing::NotNeeded => format!("{}: one host needs no private network.", option.title),
            _ => format!("{}: nothing speaks against it.", option.title),
        };
        body.paragraph(&text, 3, 2, columns, Look::Plain);
    }
    for (n, reason) in option.reasons.iter().take(many).enumerate() {
        let (text, indent) = match n {
            0 => (format!("{}: {}", option.title, reason.tagged()), 3),
            _ => (reason.tagged(), 5),
        };
        body.paragraph(&text, indent, 5 - indent, columns, Look::Plain);
    }
    if option.reasons.len() > many && many > 1 {
        let more = option.reasons.len() - many;
        body.line(format!("     {more} more: press e."));
    }
}

fn what_if(body: &mut Body, wizard: &Wizard, columns: usize) {
    let Some(judged) = &wizard.judged else { return };
    let changes = verdicts::what_if(&judged.decision);
    if changes.is_empty() {
        return;
    }
    body.gap();
    body.title("What would change this");
    for change in changes {
        body.paragraph(&change, 3, 2, columns, Look::Plain);
    }
}
