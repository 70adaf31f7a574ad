//! What kubeadm says: the results of its own look at the host, and the end of
//! what it printed where it failed.

use super::explain::explain;

/// A result of kubeadm's own look at the host: `\t[ERROR Swap]: text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whether it stops kubeadm.
    pub fatal: bool,
    /// Name of the check, as kubeadm writes it.
    pub id: String,
    /// What it says, on one line.
    pub text: String,
}

/// Longest text of a result that is told, in characters: some hold the whole
/// output of `docker info`.
const LONGEST: usize = 300;

/// Text without the escape sequences of colours: kubeadm writes them also where
/// nobody sees them (1.20).
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The results in what kubeadm printed. A text may span lines.
pub fn results(output: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut open = false;
    for line in plain(output).lines() {
        if let Some((fatal, id, text)) = head(line) {
            open = true;
            found.push(Found {
                fatal,
                id: id.into(),
                text: text.into(),
            });
        } else if line.starts_with("[preflight]") || line.starts_with("error execution phase") {
            open = false;
        } else if let (true, Some(last)) = (open, found.last_mut()) {
            last.text.push(' ');
            last.text.push_str(line.trim());
        }
    }
    for one in &mut found {
        one.text = short(&one.text);
    }
    found
}

fn head(line: &str) -> Option<(bool, &str, &str)> {
    let rest = line.trim_start().strip_prefix('[')?;
    let (fatal, rest) = match rest.strip_prefix("ERROR ") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("WARNING ")?),
    };
    let (id, text) = rest.split_once("]: ")?;
    Some((fatal, id, text))
}

fn short(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Why kubeadm failed, with what it means where that is known.
pub fn failure(stderr: &str) -> String {
    let fatal: Vec<_> = results(stderr)
        .into_iter()
        .filter(|found| found.fatal)
        .collect();
    if !fatal.is_empty() {
        let lines = fatal.iter().map(|found| {
            let line = format!("[{}] {}", found.id, found.text);
            with_meaning(&line, explain(&line))
        });
        return lines.collect::<Vec<_>>().join("; ");
    }
    let text = plain(stderr);
    // klog's own lines begin with a letter and the day: W1125 21:06:25.713315
    let klog = |line: &&str| {
        let digits = |text: &str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        line.get(1..5).is_some_and(digits) && line.starts_with(['I', 'W', 'E', 'F'])
    };
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !klog(line))
        .filter(|line| !line.starts_with("To see the stack trace"))
        .collect();
    let begin = lines
        .iter()
        .position(|line| line.starts_with("error execution phase"))
        .unwrap_or_else(|| lines.len().saturating_sub(3));
    let told = short(&lines.get(begin..).unwrap_or_default().join(" "));
    with_meaning(&told, explain(&text))
}

fn with_meaning(text: &str, meaning: Option<&str>) -> String {
    match meaning {
        Some(meaning) => format!("{text} ({meaning})"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// `kubeadm init phase preflight` of 1.20.2, on a host without anything.
    const BARE: &str = "W1125 21:06:27.465327   10812 kubelet.go:200] cannot automatically set \
                        CgroupDriver when starting the Kubelet\n\
                        \t[WARNING FileExisting-socat]: socat not found in system path\n\
                        \t[WARNING Hostname]: hostname \"node1\" could not be reached\n\
                        error execution phase preflight: [preflight] Some fatal errors occurred:\n\
                        \t[ERROR CRI]: container runtime is not running: output: Client:\n Version:    \
                        28.2.2\n\nServer:\nCannot connect to the Docker daemon\n, error: exit status 1\n\
                        \t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: \
                        /proc/sys/net/ipv4/ip_forward contents are not set to 1\n\
                        \t[ERROR FileExisting-conntrack]: conntrack not found in system path\n\
                        [preflight] If you know what you are doing, you can make a check non-fatal with \
                        `--ignore-preflight-errors=...`\n\
                        To see the stack trace of this error execute with --v=5 or higher\n";

    #[test]
    fn results_are_read_with_texts_of_several_lines() {
        let found = results(BARE);
        let ids: Vec<_> = found.iter().map(|f| (f.fatal, f.id.as_str())).collect();
        assert_eq!(
            ids,
            [
                (false, "FileExisting-socat"),
                (false, "Hostname"),
                (true, "CRI"),
                (true, "FileContent--proc-sys-net-ipv4-ip_forward"),
                (true, "FileExisting-conntrack"),
            ]
        );
        assert!(
            found[2]
                .text
                .ends_with("Docker daemon , error: exit status 1")
        );
        assert_eq!(found[4].text, "conntrack not found in system path");
    }

    #[test]
    fn colours_are_taken_out() {
        let coloured = "\u{1b}[0;37mKERNEL_VERSION\u{1b}[0m: \u{1b}[0;32m6.1.0\u{1b}[0m";
        assert_eq!(plain(coloured), "KERNEL_VERSION: 6.1.0");
        assert_eq!(plain("none"), "none");
    }

    #[test]
    fn a_failed_look_is_told_check_by_check_with_its_meaning() {
        let text = failure(BARE);
        assert!(
            text.starts_with("[CRI] container runtime is not running"),
            "{text}"
        );
        assert!(text.contains("conntrack-tools"), "{text}");
        assert!(!text.contains("socat"), "{text}");
        assert!(!text.contains("stack trace"), "{text}");
    }

    #[test]
    fn another_failure_is_told_by_its_last_words() {
        let join = "W0101 00:00:00.000000       1 x.go:1] a warning\nerror execution phase preflight: \
                    couldn't validate the identity of the API Server: could not find a JWS signature \
                    in the cluster-info ConfigMap for token ID \"abcdef\"\nTo see the stack trace of \
                    this error execute with --v=5 or higher\n";
        let text = failure(join);
        assert!(
            text.starts_with("error execution phase preflight: couldn't"),
            "{text}"
        );
        assert!(
            text.ends_with(')') && text.contains("kubernetes.token"),
            "{text}"
        );
        let long = failure(&format!("error execution phase x: {}", "y".repeat(900)));
        assert!(long.chars().count() < 320, "{long}");
    }
}
