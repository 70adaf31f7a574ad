//! Names of many hosts in few words: `app[001-120], db1`.

/// How many names or runs of names a sentence holds.
pub const SHOWN: usize = 6;

/// A name cut before its last number: `app`, `007`, `.example.com`.
fn parts(name: &str) -> Option<(&str, &str, &str)> {
    let short = name.split('.').next().unwrap_or(name);
    let end = short.rfind(|c: char| c.is_ascii_digit())? + 1;
    let digits = short.get(..end)?;
    let start = digits
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    // A longer number is no count of hosts, and no u64 either.
    (end - start <= 9).then_some(())?;
    Some((name.get(..start)?, name.get(start..end)?, name.get(end..)?))
}

/// Sorted names as runs: those that count on, with as many digits, become one.
pub fn runs<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    struct Run<'a> {
        name: &'a str,
        parts: Option<(&'a str, &'a str, &'a str)>,
        last: &'a str,
    }
    let mut runs: Vec<Run<'_>> = Vec::new();
    for name in names {
        let parts = parts(name);
        let next = |run: &Run<'_>| {
            let ((before, _, after), (a, digits, b)) = (run.parts?, parts?);
            let number = |text: &str| text.parse::<u64>().ok();
            let follows = (before, after) == (a, b)
                && run.last.len() == digits.len()
                && number(run.last)? + 1 == number(digits)?;
            follows.then_some(digits)
        };
        match runs.last_mut().and_then(|run| Some((next(run)?, run))) {
            Some((digits, run)) => run.last = digits,
            None => runs.push(Run {
                name,
                parts,
                last: parts.map_or("", |(_, digits, _)| digits),
            }),
        }
    }
    let text = |run: Run<'_>| match run.parts {
        Some((before, first, after)) if first != run.last => {
            format!("{before}[{first}-{}]{after}", run.last)
        }
        _ => run.name.to_owned(),
    };
    runs.into_iter().map(text).collect()
}

/// Sorted names for a sentence: the first few runs, and how many hosts are left.
pub fn some<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let runs = runs(names.iter().copied());
    if runs.len() <= SHOWN {
        return runs.join(", ");
    }
    // A run that is cut off counts with all its hosts.
    let mut left = names.len();
    let mut shown = Vec::new();
    for run in runs.into_iter().take(SHOWN) {
        left -= size(&run);
        shown.push(run);
    }
    format!("{} and {left} more", shown.join(", "))
}

fn size(run: &str) -> usize {
    let range = run.split_once('[').and_then(|(_, rest)| {
        let (range, _) = rest.split_once(']')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| text.parse::<usize>().ok();
        Some(number(last)? - number(first)? + 1)
    });
    range.unwrap_or(1)
}

/// A number of hosts.
pub fn hosts(count: usize) -> String {
    match count {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    }
}
