//! Schedulers and overlays: options with their verdicts and reasons.

use crate::ui::text::{fit, width};
use crate::ui::theme::Look;
use crate::ui::verdicts::{self, Standing, Verdict};
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, ROOMY, Row, radio, standing_look};

/// Reasons that are shown of the option that the cursor is on, and of the others,
/// on a small terminal; `e` shows all.
const REASONS: usize = 4;

/// The body of the scheduler's page.
pub fn schedulers(wizard: &Wizard, columns: usize, height: usize) -> Body {
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
    if let Some(option) = options.get(wizard.cursor())
        && let Some(means) = verdicts::means(&option.value)
    {
        body.gap();
        let text = format!("Vendor's YAML: {means}");
        body.paragraph(&text, 3, 2, columns, Look::Plain);
    }
    body.gap();
    body.title("Why");
    for (at, option) in options.iter().enumerate() {
        // All at a glance; more of the one under the cursor.
        let many = if at == wizard.cursor() { REASONS } else { 1 };
        let many = if height >= ROOMY { usize::MAX } else { many };
        reasons(&mut body, option, many, columns);
    }
    what_if(&mut body, wizard, columns);
    body
}

/// The body of the overlay's page.
pub fn overlays(wizard: &Wizard, columns: usize, height: usize) -> Body {
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
        let text = "No scheduler is possible on this host, so no private network is either.";
        body.paragraph(text, 3, 0, columns, Look::Plain);
        return body;
    }
    let native_chosen = choice.scheduler.as_deref() == Some("native");
    body.title(if native_chosen {
        "Private network between the hosts (the native scheduler has none)"
    } else {
        "Private network between the hosts, beneath the scheduler's own"
    });
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
        let row = option_row(wizard, at, option, choice.overlay.as_deref(), names);
        let Some(brief) = option.brief() else {
            body.push(row);
            continue;
        };
        let fill = " ".repeat(words.saturating_sub(width(option.standing.words())) + 2);
        let row = row.and(fill, Look::Plain);
        if height >= ROOMY {
            body.push_with(row, &brief.tagged(), Look::Plain, columns, true);
            continue;
        }
        // The rule is named where the sentence is cut, too.
        let used = 3 + 4 + names + words + 2;
        let tag = match brief.id.is_empty() {
            true => String::new(),
            false => format!(" [{}]", brief.id),
        };
        let room = columns.saturating_sub(used + width(&tag) + 1);
        body.push(row.and(format!("{}{tag}", fit(&brief.text, room)), Look::Plain));
    }
    body.gap();
    body.title("Notes");
    if let Some(option) = options.get(wizard.cursor()) {
        let many = if height >= ROOMY { usize::MAX } else { REASONS };
        reasons(&mut body, option, many, columns);
    }
    if native_chosen && let Some(option) = verdicts::userspace_wireguard(&judged.decision) {
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
    if native_chosen
        && let Some(native) =
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
