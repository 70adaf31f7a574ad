//! What a site writes down for the hosts of a lab, and the real binary at work
//! there.

use std::path::Path;
use std::time::Duration;

use super::diff::assert_same;
use super::host::{BINARY, Host};
use super::netstate::net_state;
use super::proc::{Out, Proc};
use super::tree::{EXCLUDED, changed_tree, changed_tree_without};

/// A run measures paths and waits for handshakes, on a machine that does more.
pub const RUN: Duration = Duration::from_secs(180);

/// Where the operator stands.
pub const HOME: &str = "/root/site";

/// An unattended run with what [`write_answers`] has written.
pub const UNATTENDED: [&str; 3] = ["run", "--answers", "answers.yaml"];

/// Writes the host's answers, with further lines in the first level.
pub fn write_answers(host: &Host, init: &str, more: &str) {
    let text = format!(
        "version: 1\n\
         expect: {{hostname: {name}}}\n\
         needs: {{nodes: 3, vendor-kinds: [native], encryption: required}}\n\
         host: {{init: {init}}}\n\
         scheduler: native\n\
         overlay:\n\
         \x20 kind: wireguard\n\
         \x20 network: 10.90.0.0/24\n\
         \x20 address: 10.90.0.{number}\n\
         \x20 join-files: [\"{HOME}/join-*.yaml\"]\n\
         \x20 wireguard:\n\
         \x20   interface: wg0\n\
         \x20   allow-experimental: true\n\
         replicated: {{install: false}}\n\
         {more}",
        name = host.name,
        number = host.number,
    );
    host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
}

/// Runs the binary where the answers are.
#[track_caller]
pub fn groundcrew(host: &Host, args: &[&str]) -> Out {
    start(host, args).wait(RUN)
}

/// Starts the binary where the answers are.
pub fn start(host: &Host, args: &[&str]) -> Proc {
    under(host, &[], args)
}

/// Starts the binary where the answers are, as the last words of `wrapper`.
pub fn under(host: &Host, wrapper: &[&str], args: &[&str]) -> Proc {
    let script = format!("cd {HOME} && exec \"$@\"");
    let head = ["bash", "-c", &script, "bash"];
    host.spawn(&[&head[..], wrapper, &[BINARY], args].concat())
}

/// A host as it stands: its files and its network.
pub struct Picture {
    name: String,
    tree: String,
    net: String,
}

impl Picture {
    /// The host now, state and log folders left out.
    pub fn of(host: &Host) -> Self {
        Self {
            name: host.name.clone(),
            tree: changed_tree(host),
            net: net_state(host),
        }
    }

    /// The files alone: for hosts whose own tools are broken.
    pub fn of_tree(host: &Host) -> Self {
        Self {
            name: host.name.clone(),
            tree: changed_tree(host),
            net: String::new(),
        }
    }

    /// A host with a running Docker: timers of its bridge go on, it has chains in
    /// nftables that the section of iptables shows, too, and it puts its jump to
    /// DOCKER-USER in twice when two of its networks change at once (it looks for the
    /// rule, takes it out and puts it back, unlocked; seen with 20.10).
    pub fn beside_docker(host: &Host) -> Self {
        let mut picture = Self::of(host);
        let mut section = String::new();
        let mut net = String::new();
        for line in picture.net.lines() {
            if line.starts_with("# ") {
                section = line.to_owned();
            }
            let again = line == "-A FORWARD -j DOCKER-USER" && net.ends_with(&format!("{line}\n"));
            if !line.starts_with("docker0: ") && !section.starts_with("# nft") && !again {
                net.push_str(&format!("{line}\n"));
            }
        }
        picture.net = net;
        picture
    }

    /// The host now, its state folder too; the lock tells the last process.
    pub fn with_state(host: &Host) -> Self {
        let mut picture = Self::of(host);
        let without: Vec<&str> = EXCLUDED
            .iter()
            .map(|path| match *path {
                "var/lib/groundcrew" => "var/lib/groundcrew/lock",
                other => other,
            })
            .collect();
        picture.tree = changed_tree_without(host, &without);
        picture
    }

    /// Fails with the differences when the host is not what it was.
    #[track_caller]
    pub fn assert_is(&self, now: &Self, when: &str) {
        let name = &self.name;
        assert_same(&format!("{name}: the tree {when}"), &self.tree, &now.tree);
        assert_same(&format!("{name}: the network {when}"), &self.net, &now.net);
    }
}

/// The text of the journal of the host's newest run; empty where there is none.
/// Read from outside, so that it can be watched while the run goes on.
pub fn journal(host: &Host) -> String {
    let runs = host.path("/var/lib/groundcrew/runs");
    let mut names: Vec<_> = std::fs::read_dir(&runs)
        .map(|all| all.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    names.sort();
    let newest = names.last().map(|dir| dir.join("journal.jsonl"));
    newest
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default()
}

/// Every place in what the host has written that holds one of `secrets`, but for
/// the files named in `homes`.
pub fn leaks(host: &Host, secrets: &[String], homes: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    search(&host.upper(), Path::new(""), secrets, homes, &mut found);
    found
}

fn search(upper: &Path, at: &Path, secrets: &[String], homes: &[&str], found: &mut Vec<String>) {
    // What goes while it is looked for is gone.
    let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    let entries = match std::fs::read_dir(upper.join(at)) {
        Err(error) if gone(&error) && !at.as_os_str().is_empty() => return,
        entries => entries.unwrap(),
    };
    for entry in entries.flatten() {
        let path = at.join(entry.file_name());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            search(upper, &path, secrets, homes, found);
        } else if kind.is_file() && !homes.iter().any(|home| path == Path::new(home)) {
            let bytes = match std::fs::read(entry.path()) {
                Err(error) if gone(&error) => continue,
                bytes => bytes.unwrap(),
            };
            let holds = |secret: &String| {
                bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            };
            if secrets.iter().any(holds) {
                found.push(path.display().to_string());
            }
        }
    }
}
