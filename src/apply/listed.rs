//! Rules as iptables lists and saves them, whatever its age.

use super::error::StepError;
use crate::host::{Command, Host};

/// A line of `iptables -S` or `iptables-save` as iptables since 1.4.11 prints it.
/// 1.4.7, which EL6 has, leaves a blank at the end of each rule and puts every
/// comment into quotation marks (`print_rule` and `xtables_save_string` of its
/// sources); saved with counters, a rule has them in front.
pub fn plain(line: &str) -> String {
    let line = line.trim();
    let rule = match line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((_, rule)) => rule,
        None => line,
    };
    let mut text = String::new();
    for (nth, piece) in rule.split('"').enumerate() {
        let quoted = nth % 2 == 1;
        let needed = quoted && (piece.is_empty() || piece.contains(char::is_whitespace));
        if needed {
            text.push_str(&format!("\"{piece}\""));
        } else {
            text.push_str(piece);
        }
    }
    text
}

/// The rules of a chain in force, or of all, as [`plain`] lines.
///
/// # Errors
/// When iptables fails.
pub fn running(host: &dyn Host, chain: Option<&str>) -> Result<String, StepError> {
    // `-S` is older than `-C` (1.4.11), which EL6's 1.4.7 does not have.
    let argv = ["iptables", "-S"].into_iter().chain(chain);
    let text = host.run(&Command::new(argv))?.text();
    Ok(text.lines().map(|line| plain(line) + "\n").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_1_4_7_read_like_todays() {
        for (old, new) in [
            (
                r#"-A INPUT -p udp -m udp --dport 51820 -m comment --comment "groundcrew-wg0" -j ACCEPT "#,
                "-A INPUT -p udp -m udp --dport 51820 -m comment --comment groundcrew-wg0 -j ACCEPT",
            ),
            (
                "[12:3456] -A FORWARD -s 10.5.0.0/16 -j ACCEPT ",
                "-A FORWARD -s 10.5.0.0/16 -j ACCEPT",
            ),
            (
                r#"-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD "#,
                r#"-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD"#,
            ),
            (":INPUT DROP [0:0]", ":INPUT DROP [0:0]"),
            ("-P INPUT ACCEPT", "-P INPUT ACCEPT"),
        ] {
            assert_eq!(plain(old), new);
            assert_eq!(plain(new), new);
        }
    }
}
