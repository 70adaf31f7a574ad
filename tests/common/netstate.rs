//! A host's network as one text: links, addresses, routes, rules, firewall,
//! tunnels. Two of them are equal byte for byte when nothing has changed.

use super::host::Host;

/// Makes the output of one command comparable.
type Normal = fn(&str) -> String;

/// Everything about the host's network that a run could change, without what
/// changes by itself (counters, ages) and without secrets.
pub fn net_state(host: &Host) -> String {
    let sections: [(&[&str], Normal); 9] = [
        (&["ip", "-d", "-o", "link"], link),
        (&["ip", "-o", "addr"], address),
        (&["ip", "-4", "route", "show", "table", "all"], sorted),
        (&["ip", "-6", "route", "show", "table", "all"], sorted),
        (&["ip", "-4", "rule"], keep),
        (&["ip", "-6", "rule"], keep),
        (&["iptables-save"], iptables),
        (&["nft", "list", "ruleset"], nft),
        (&["wg", "show", "all", "dump"], wg),
    ];
    let mut text = String::new();
    for (argv, normal) in sections {
        // EL6 has none.
        if argv[0] == "nft" && !host.path("/usr/sbin/nft").exists() {
            continue;
        }
        text.push_str(&format!("# {}\n", argv.join(" ")));
        text.push_str(&normal(&host.run(argv).ok()));
    }
    let forward = host.read("/proc/sys/net/ipv4/ip_forward");
    text.push_str(&format!("# net.ipv4.ip_forward\n{forward}"));
    text
}

fn keep(text: &str) -> String {
    each_line(text, |words| words.join(" "))
}

/// The words of each line, put together again: alignment is no difference.
fn each_line(text: &str, line: impl Fn(Vec<&str>) -> String) -> String {
    text.lines()
        .map(|l| line(l.split_whitespace().filter(|w| *w != "\\").collect()) + "\n")
        .collect()
}

/// Leaves out each of `names` with the word that follows it.
fn without<'a>(words: Vec<&'a str>, names: &[&str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if names.contains(&word) {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept
}

/// The number in front of a link is left out: one that is made again gets another.
fn link(text: &str) -> String {
    each_line(text, |words| words[1..].join(" "))
}

fn address(text: &str) -> String {
    each_line(text, |words| {
        let mut words = without(words[1..].to_vec(), &["valid_lft", "preferred_lft"]);
        words.retain(|w| *w != "tentative");
        words.join(" ")
    })
}

/// The order of routes tells when they were made, and nothing else.
fn sorted(text: &str) -> String {
    let text = each_line(text, |words| without(words, &["expires"]).join(" "));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.iter().map(|l| format!("{l}\n")).collect()
}

/// Counters and comments are left out, and tables that do nothing: built-in
/// chains that accept, without a rule, come from merely looking at them.
fn iptables(text: &str) -> String {
    let mut out = String::new();
    let mut table: Vec<String> = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let line = match (line.strip_prefix(':'), line.split_once(" [")) {
            (Some(_), Some((chain, _))) => chain.to_owned(),
            _ => line.to_owned(),
        };
        let last = line == "COMMIT";
        table.push(line);
        if last {
            let idle = |l: &String| {
                l.starts_with('*')
                    || l == "COMMIT"
                    || (l.starts_with(':') && l.ends_with(" ACCEPT"))
            };
            if !table.iter().all(idle) {
                out.push_str(&(table.join("\n") + "\n"));
            }
            table.clear();
        }
    }
    out
}

/// As [`iptables`]: no counters, and no tables whose chains are all base chains
/// that accept without a rule.
fn nft(text: &str) -> String {
    let mut out = String::new();
    let mut table: Vec<String> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = without(line.split_whitespace().collect(), &["packets", "bytes"]);
        let line = words.join(" ");
        table.push(line);
        if table_ended(&table) {
            if !nft_idle(&table) {
                out.push_str(&(table.join("\n") + "\n"));
            }
            table.clear();
        }
    }
    out
}

fn table_ended(table: &[String]) -> bool {
    let opened = table.iter().filter(|l| l.ends_with('{')).count();
    let closed = table.iter().filter(|l| *l == "}").count();
    opened > 0 && opened == closed
}

fn nft_idle(table: &[String]) -> bool {
    table.iter().all(|l| {
        l.is_empty()
            || l == "}"
            || l.starts_with("table ")
            || l.starts_with("chain ")
            || (l.starts_with("type ") && l.ends_with("policy accept;"))
    })
}

/// Keys that are secret are left out, and what moves while a tunnel is up.
fn wg(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let f: Vec<&str> = line.split('\t').collect();
            match f[..] {
                // interface, private key, public key, port, mark
                [name, _, public, port, mark] => format!("{name} {public} {port} {mark}"),
                // interface, public key, preshared key, endpoint, allowed addresses,
                // handshake, received, sent, keepalive
                [name, public, shared, endpoint, allowed, _, _, _, alive] => {
                    let shared = if shared == "(none)" {
                        shared
                    } else {
                        "(hidden)"
                    };
                    format!("{name} {public} {shared} {endpoint} {allowed} {alive}")
                }
                _ => panic!("wg show all dump: {} columns", f.len()),
            }
        })
        .collect();
    lines.sort();
    lines.iter().map(|l| format!("{l}\n")).collect()
}
