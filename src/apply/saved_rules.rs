//! Rules in the file that iptables' rules are loaded from at boot. Only a line of
//! its own comes and goes: saving the running rules instead would write down
//! Docker's, too, and whatever else has come since the boot.

use super::content::clear_unfinished;
use super::error::StepError;
use super::files::{put_back, read_text, replace};
use super::listed::plain;
use crate::host::{Host, Meta};
use crate::plan::firewall::Hole;

fn lines(hole: &Hole) -> Vec<String> {
    let rules = hole.rules();
    let line = |words: Vec<String>| format!("-A INPUT {}", words.join(" "));
    rules.iter().map(|rule| line(rule.iptables())).collect()
}

fn read(host: &dyn Host, path: &str) -> Result<(String, Meta), StepError> {
    let gone = || StepError::file(path, std::io::ErrorKind::NotFound.into());
    read_text(host, path)?.ok_or_else(gone)
}

/// The lines of a hole that the file does not have.
///
/// # Errors
/// When the file cannot be read.
pub fn missing(host: &dyn Host, path: &str, hole: &Hole) -> Result<Vec<String>, StepError> {
    let (text, _) = read(host, path)?;
    let wanted = lines(hole).into_iter();
    Ok(wanted
        .filter(|line| !text.lines().any(|there| plain(there) == *line))
        .collect())
}

/// Puts the lines that are missing before the first rule of INPUT, as they stand
/// in the running rules.
///
/// # Errors
/// When the file cannot be read or written, or has no table `filter`.
pub fn put(host: &dyn Host, path: &str, hole: &Hole) -> Result<(), StepError> {
    let new = missing(host, path, hole)?;
    if new.is_empty() {
        return Ok(());
    }
    let (text, meta) = read(host, path)?;
    let mut in_filter = false;
    let mut at = None;
    for (number, line) in text.lines().map(plain).enumerate() {
        if let Some(table) = line.strip_prefix('*') {
            in_filter = table == "filter";
        } else if in_filter && (line.starts_with("-A INPUT ") || line == "COMMIT") {
            at = Some(number);
            break;
        }
    }
    let Some(at) = at else {
        return Err(StepError::Told(format!(
            "{path} has no table filter: save the rules once with the distribution's own means"
        )));
    };
    let mut all: Vec<&str> = text.lines().collect();
    all.splice(at..at, new.iter().map(String::as_str));
    replace(host, path, (all.join("\n") + "\n").as_bytes(), &meta)
}

/// Takes lines out again that are still there.
///
/// # Errors
/// When the file cannot be read or written.
pub fn remove(host: &dyn Host, path: &str, lines: &[String]) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    let Some((text, meta)) = read_text(host, path)? else {
        return Ok(());
    };
    // Also as the distribution's own means have saved them meanwhile.
    let ours = |line: &&str| lines.contains(&plain(line));
    if !text.lines().any(|line| ours(&line)) {
        return Ok(());
    }
    let rest: String = text
        .split_inclusive('\n')
        .filter(|line| !ours(line))
        .collect();
    put_back(host, path, rest.as_bytes(), &meta)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use crate::plan::firewall::{FirewallTool, Protocol};

    const PATH: &str = "/etc/sysconfig/iptables";
    const SAVED: &str = "# Firewall configuration\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n\
         :INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n\
         -A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n";

    fn hole() -> Hole {
        Hole {
            firewall: FirewallTool::Iptables,
            protocol: Protocol::Udp,
            port: 9993,
            sources: vec![
                "192.0.2.1/32".parse().unwrap(),
                "192.0.2.2/32".parse().unwrap(),
            ],
            comment: "groundcrew-zerotier".into(),
            chains: Vec::new(),
        }
    }

    #[test]
    fn the_rules_stand_before_the_final_reject_and_leave_no_trace() {
        let host = Scripted::new().file(PATH, SAVED);
        let new = missing(&host, PATH, &hole()).unwrap();
        assert_eq!(new.len(), 2);
        put(&host, PATH, &hole()).unwrap();
        let text = host.text(PATH).unwrap();
        let ours = text.find("-s 192.0.2.2/32 -p udp").unwrap();
        assert!(ours > text.find("*filter").unwrap());
        assert!(ours < text.find("--state ESTABLISHED").unwrap());
        assert_eq!(missing(&host, PATH, &hole()).unwrap(), [] as [String; 0]);
        put(&host, PATH, &hole()).unwrap();
        assert_eq!(host.text(PATH).unwrap(), text);
        // Somebody saves a rule of his own meanwhile: it stays.
        let more = text.replace("COMMIT\n*filter", "COMMIT\n# mine\n*filter");
        host.write_atomic(PATH, more.as_bytes(), 0o600).unwrap();
        remove(&host, PATH, &new).unwrap();
        assert_eq!(
            host.text(PATH).unwrap(),
            SAVED.replace("COMMIT\n*filter", "COMMIT\n# mine\n*filter")
        );
        remove(&host, PATH, &new).unwrap();
    }

    /// `service iptables save` writes all rules anew, as EL6's 1.4.7 prints them.
    #[test]
    fn rules_that_the_distribution_has_saved_are_known_and_taken_out() {
        let host = Scripted::new().file(PATH, SAVED);
        let new = missing(&host, PATH, &hole()).unwrap();
        put(&host, PATH, &hole()).unwrap();
        for counters in ["", "[3:420] "] {
            let ours = text_of(&host).replace("groundcrew-zerotier", "\"groundcrew-zerotier\"");
            let saved = ours
                .replace("-j ACCEPT\n", "-j ACCEPT \n")
                .replace("-A INPUT", &format!("{counters}-A INPUT"));
            let host = Scripted::new().file(PATH, saved);
            assert_eq!(missing(&host, PATH, &hole()).unwrap(), [] as [String; 0]);
            remove(&host, PATH, &new).unwrap();
            let rest = text_of(&host);
            assert!(
                !rest.contains("groundcrew") && rest.contains("-j REJECT"),
                "{rest}"
            );
            // And before the final one again.
            put(&host, PATH, &hole()).unwrap();
            let again = text_of(&host);
            assert!(
                again.find("groundcrew") < again.find("-j REJECT"),
                "{again}"
            );
        }
    }

    fn text_of(host: &Scripted) -> String {
        host.text(PATH).unwrap()
    }

    #[test]
    fn an_empty_chain_and_a_file_without_the_table() {
        let host = Scripted::new().file(PATH, "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
        put(&host, PATH, &hole()).unwrap();
        let text = host.text(PATH).unwrap();
        assert!(text.ends_with("-j ACCEPT\nCOMMIT\n"), "{text}");
        let host = Scripted::new().file(PATH, "*nat\nCOMMIT\n");
        let error = put(&host, PATH, &hole()).unwrap_err();
        assert!(error.to_string().contains("no table filter"), "{error}");
    }
}
