//! The ways between the hosts as tables: a row for each host, a column for each. Every
//! cell has a word or a letter; colours say nothing that these do not.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Value, context};

use super::apply::Pair;
use super::containers::Inside;
use super::throughput::Flow;
use super::verified::Matrix;
use crate::apply::verify::Status;
use crate::apply::verify::measure::rate;

/// More hosts than these are no table that anybody reads: what does not work is told
/// alone.
const TABLE: usize = 100;
/// More hosts than these, and a cell has a letter, so that a row fits on a page.
const LETTERS: usize = 16;

/// A class of cells: its shade, its letter, and what it means.
type Class = (&'static str, &'static str, &'static str);

const QUICK: Class = ("h0", "A", "below 1 ms");
const MIDDLE: Class = ("h1", "B", "1 to 10 ms");
const SLOW: Class = ("h2", "C", "10 ms or more");
const LOSS: Class = ("h2", "L", "some echo requests were lost");
const YES: Class = ("h1", "Y", "it works, and was not timed");
const NO: Class = ("h3", "X", "it does not work as planned");

const GIGABIT: Class = ("h0", "A", "1 Gbit/s or more");
const HUNDRED: Class = ("h1", "B", "100 Mbit/s to 1 Gbit/s");
const LESS: Class = ("h2", "C", "below 100 Mbit/s");
const UNTOLD: Class = ("hu", "?", "not known");

const REACHED: Class = ("h1", "Y", "a container reaches the other host's");
const SILENT: Class = ("h3", "X", "it does not");

/// What a cell shows.
struct Cell {
    class: Class,
    word: String,
    title: String,
}

fn round_trip(pair: &Pair) -> Cell {
    let mean = pair.rtt.as_ref().map(|rtt| rtt.mean_us);
    let lost = pair.lost.unwrap_or_default() > 0;
    let (class, word) = match (pair.ok, mean) {
        (false, _) => (NO, "no".to_owned()),
        (true, None) => (YES, "yes".to_owned()),
        (true, Some(us)) => {
            let ms = format!("{}.{}", us / 1000, us % 1000 / 100);
            match (lost, us) {
                (true, _) => (LOSS, format!("{ms}, loss")),
                (false, 0..1_000) => (QUICK, ms),
                (false, 1_000..10_000) => (MIDDLE, ms),
                (false, _) => (SLOW, ms),
            }
        }
    };
    Cell {
        class,
        word,
        title: pair.message.clone(),
    }
}

fn carried(flow: &Flow) -> Cell {
    let class = match flow.bits_per_second {
        None => UNTOLD,
        Some(0..100_000_000) => LESS,
        Some(100_000_000..1_000_000_000) => HUNDRED,
        Some(_) => GIGABIT,
    };
    let word = match flow.bits_per_second {
        // The caption says the unit.
        Some(bits @ 0..100_000_000) => {
            format!("{}.{}", bits / 1_000_000, bits % 1_000_000 / 100_000)
        }
        Some(bits) => (bits / 1_000_000).to_string(),
        None => "?".to_owned(),
    };
    let title = match (&flow.why, flow.bits_per_second) {
        (Some(why), _) => why.clone(),
        (None, bits) => rate(bits.unwrap_or_default()),
    };
    Cell { class, word, title }
}

fn inside(way: &Inside) -> Cell {
    let (class, word) = match way.status {
        Status::Pass => (REACHED, "yes"),
        Status::Fail => (SILENT, "no"),
        _ => (UNTOLD, "?"),
    };
    Cell {
        class,
        word: word.to_owned(),
        title: way.message.clone(),
    }
}

/// A table of these ways.
fn table<'a>(
    caption: &str,
    hosts: &BTreeSet<&str>,
    ways: impl Iterator<Item = (&'a String, &'a String, Cell)>,
) -> Value {
    let letters = hosts.len() > LETTERS;
    let of: BTreeMap<(&str, &str), Cell> = ways
        .map(|(from, to, cell)| ((from.as_str(), to.as_str()), cell))
        .collect();
    let mut seen: BTreeMap<&str, Class> = BTreeMap::new();
    for cell in of.values() {
        seen.insert(cell.class.2, cell.class);
    }
    // Who tried nothing has no row.
    let rows = hosts
        .iter()
        .filter(|from| of.keys().any(|(one, _)| one == *from));
    let rows = rows.map(|from| {
        let cells = hosts.iter().map(|to| match of.get(&(*from, *to)) {
            Some(Cell { class, word, title }) if letters => context! {
                shade => class.0, word => class.1, title => format!("{from} to {to}: {word}; {title}"),
            },
            Some(Cell { class, word, title }) => context! {
                shade => class.0, word => word.clone(), title => title.clone(),
            },
            None if from == to => context! { shade => "", word => "–", title => "" },
            None => context! { shade => "", word => "", title => "" },
        });
        context! { name => (*from).to_owned(), cells => cells.collect::<Vec<_>>() }
    });
    let mut classes: Vec<Class> = seen.into_values().collect();
    classes.sort_by_key(|class| (class.0, class.1));
    let legend = classes.into_iter().map(|(shade, letter, text)| {
        let letter = if letters { letter } else { "" };
        context! { shade, letter, text }
    });
    let blank = of.len() < hosts.len() * hosts.len().saturating_sub(1);
    context! {
        caption, letters, blank,
        hosts => hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>(),
        rows => rows.collect::<Vec<_>>(),
        legend => legend.collect::<Vec<_>>(),
    }
}

/// What the page shows of a verification.
pub fn heat(matrix: &Matrix) -> Value {
    let hosts = matrix.hosts();
    let from = if matrix.from_containers {
        "Mean round trip in milliseconds from a container's network on each row's host to the \
         bridge of each column's"
    } else {
        "Mean round trip in milliseconds from each row to each column"
    };
    let mut tables = Vec::new();
    if hosts.len() <= TABLE {
        if !matrix.pairs.is_empty() {
            let ways = matrix
                .pairs
                .iter()
                .map(|pair| (&pair.from, &pair.to, round_trip(pair)));
            tables.push(table(from, &hosts, ways));
        }
        if let Some(throughput) = &matrix.throughput {
            let ways = throughput.flows.iter();
            let ways = ways.map(|flow| (&flow.from, &flow.to, carried(flow)));
            let caption = format!(
                "Throughput in Mbit/s from each row to each column: TCP over the private network, \
                 {} s each",
                throughput.seconds
            );
            tables.push(table(&caption, &hosts, ways));
        }
        if !matrix.containers.is_empty() {
            let ways = matrix
                .containers
                .iter()
                .map(|way| (&way.from, &way.to, inside(way)));
            let caption = "From a container on each row's host to one on each column's; managers \
                           alone can try";
            tables.push(table(caption, &hosts, ways));
        }
    }
    let all = hosts.len() * hosts.len().saturating_sub(1);
    let tried = match matrix.pairs.len() {
        0 => format!("containers on {} hosts", hosts.len()),
        some if some < all => format!("{some} of the {all} ways between {} hosts", hosts.len()),
        _ => format!("all {all} ways between {} hosts", hosts.len()),
    };
    context! {
        at => matrix.at.clone(), tried, tables, lines => matrix.text(),
        wide => hosts.len() > LETTERS && hosts.len() <= TABLE,
    }
}
