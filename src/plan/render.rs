//! Plans as text and as shell.

use super::scheduler::kubernetes::act::CA;
use super::step::{BundleFile, Manager, Part, Peer, Step};
use super::zerotier::HOME;
use super::{Advice, Plan};
use crate::host::command::shell_words;
use crate::judge::text::paragraph;

/// What a step would find, from a dry run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Preview {
    /// Whether there is something to do.
    pub probe: Probe,
    /// What a file would lose and gain: lines that begin with `-`, `+` or a
    /// blank.
    pub diff: Vec<String>,
}

/// Whether a step has something to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// It has.
    Todo,
    /// There is nothing to do.
    Done,
    /// That could not be told, and why.
    Unknown(String),
}

/// The plan for people, 80 columns wide, diffs included.
pub fn text(plan: &Plan, previews: &[Preview]) -> String {
    let mut out = heading(plan, previews) + "\n\n";
    const INDENT: &str = "            ";
    for (index, step) in plan.steps.iter().enumerate() {
        let preview = previews.get(index);
        let word = match preview.map(|preview| &preview.probe) {
            Some(Probe::Done) => "done",
            Some(Probe::Todo) => "to do",
            Some(Probe::Unknown(_)) => "?",
            None => "",
        };
        let number = format!("{:>3}  {word:<6} ", index + 1);
        let line = match step.stays() {
            None => format!("{} [undo: {}]", step.title(), step.undo_title()),
            Some(why) => format!("{} [NOT UNDOABLE: {why}]", step.title()),
        };
        paragraph(&mut out, &number, INDENT, &line);
        if let Some(Probe::Unknown(why)) = preview.map(|preview| &preview.probe) {
            paragraph(&mut out, INDENT, INDENT, why);
        }
        let todo = preview.filter(|preview| preview.probe != Probe::Done);
        for line in todo.map(|preview| &preview.diff).into_iter().flatten() {
            out.push_str(format!("{INDENT}{line}").trim_end());
            out.push('\n');
        }
    }
    for (index, text) in plan.verifications().iter().enumerate() {
        if index == 0 {
            out.push('\n');
        }
        paragraph(&mut out, "Then verified: ", "  ", text);
    }
    for note in &plan.notes {
        paragraph(&mut out, "Note: ", "  ", note);
    }
    if let Some(advice) = &plan.advice {
        out.push('\n');
        out.push_str(&advice_text(advice));
    }
    out
}

/// What the operator needs for the installation, as lines.
pub fn advice_text(advice: &Advice) -> String {
    let mut out = String::new();
    paragraph(&mut out, "Install script: ", "  ", &advice.install_argument);
    for line in &advice.replicated_yml {
        paragraph(&mut out, "replicated.yml: ", "  ", line);
    }
    out
}

/// One line: what the plan sets up, and how much there is to do.
pub fn heading(plan: &Plan, previews: &[Preview]) -> String {
    let what = plan.overlay.as_ref().map_or_else(
        || format!("{} scheduler", plan.scheduler),
        |overlay| format!("{} scheduler over {overlay}", plan.scheduler),
    );
    let todo = previews.iter().filter(|p| p.probe != Probe::Done).count();
    let steps = plan.steps.len();
    let count = match (steps, todo) {
        (0, _) => "no steps".to_string(),
        _ if previews.is_empty() => format!("{steps} steps"),
        (_, 0) => "nothing to do".to_string(),
        _ => format!("{steps} steps, {todo} to do"),
    };
    format!("Plan for {}: {what} ({count})", plan.host)
}

/// The plan as a shell script that does the same, to be read or carried by
/// hand. It has no undo and no verification.
pub fn shell(plan: &Plan) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_string(),
        format!("# {}", heading(plan, &[])),
        "# For reading: `groundcrew apply` does the same with a journal, undo and verification."
            .into(),
        "set -eu".into(),
    ];
    for (index, step) in plan.steps.iter().enumerate() {
        lines.push(String::new());
        lines.push(format!("# {}. {}", index + 1, step.title()));
        lines.extend(commands(step));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What would be typed to do a step by hand; lines that begin with `#` say what no
/// command does.
pub fn commands(step: &Step) -> Vec<String> {
    let words = |argv: &[&str]| shell_words(argv);
    match step {
        Step::PrivateKey { path, from_env } => {
            let make = from_env.as_ref().map_or_else(
                || "wg genkey".to_string(),
                |name| format!("printenv {}", shell_words(&[name])),
            );
            let path = shell_words(&[path]);
            vec![
                parent(&path, 0o600),
                format!("test -e {path} || (umask 077; {make} >{path})"),
            ]
        }
        Step::WriteFile {
            path,
            mode,
            content,
            ..
        } => {
            let path = shell_words(&[path]);
            let pieces: Vec<_> = content.iter().map(piece).collect();
            vec![
                parent(&path, *mode),
                format!("(umask 077; {{ {} }} >{path})", pieces.join(" ")),
                format!("chmod {mode:04o} {path}"),
            ]
        }
        Step::InstallPackages {
            packager,
            packages,
            files,
            ..
        } => {
            let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
            let install = if files.is_empty() {
                packager.install(packages)
            } else {
                packager.install_files(&paths)
            };
            let mut lines: Vec<_> = files.iter().map(verified).collect();
            lines.push(shell_words(&install));
            lines
        }
        Step::InstallProgram { path, file, .. } => vec![
            verified(file),
            words(&["install", "-m", "0755", &file.path, path]),
        ],
        Step::LoadModule { name } => vec![words(&["modprobe", name])],
        Step::FileBlock {
            path,
            mode,
            name,
            lines,
            ..
        } => {
            let path = shell_words(&[path]);
            let mut block = vec![format!("# BEGIN groundcrew {name}")];
            block.extend(lines.iter().cloned());
            block.push(format!("# END groundcrew {name}"));
            vec![
                parent(&path, *mode),
                format!("printf '%s\\n' {} >>{path}", shell_words(&block)),
            ]
        }
        Step::JsonKeys { path, keys, .. } => {
            let keys = serde_json::to_string(keys).unwrap_or_default();
            vec![format!("# by hand: put {keys} into {path}")]
        }
        Step::DataDir { path, mode, .. } => {
            vec![words(&["mkdir", "-p", "-m", &format!("{mode:04o}"), path])]
        }
        Step::SetSysctl { name, value } => {
            vec![words(&["sysctl", "-w", &format!("{name}={value}")])]
        }
        Step::OpenPort(hole) => {
            let rules = hole.rules();
            let commands = rules
                .iter()
                .flat_map(|rule| rule.commands(true, true, true));
            commands.map(|argv| shell_words(&argv)).collect()
        }
        Step::KeepPort { path, hole } => {
            let rules = hole.rules();
            let line = |words: Vec<String>| {
                format!("# by hand, into {path}: -A INPUT {}", words.join(" "))
            };
            rules.iter().map(|rule| line(rule.iptables())).collect()
        }
        Step::WireguardUp {
            interface,
            userspace,
            address,
            listen_port,
            mtu,
            private_key,
        } => vec![
            if *userspace {
                words(&["wireguard-go", interface])
            } else {
                words(&["ip", "link", "add", "dev", interface, "type", "wireguard"])
            },
            words(&[
                "wg",
                "set",
                interface,
                "listen-port",
                &listen_port.to_string(),
                "private-key",
                private_key,
            ]),
            words(&[
                "ip",
                "address",
                "add",
                &address.to_string(),
                "dev",
                interface,
            ]),
            words(&[
                "ip",
                "link",
                "set",
                "dev",
                interface,
                "mtu",
                &mtu.to_string(),
                "up",
            ]),
        ],
        Step::WireguardPeers { interface, peers } => peers
            .iter()
            .map(|peer| shell_words(&peer_argv(interface, peer)))
            .collect(),
        Step::WireguardRemove {
            interface,
            peers,
            routes,
        } => {
            routes
                .iter()
                .map(|net| {
                    let net = net.to_string();
                    words(&["ip", "route", "del", &net, "dev", interface])
                })
                .chain(peers.iter().map(|peer| {
                    words(&["wg", "set", interface, "peer", &peer.public_key, "remove"])
                }))
                .collect()
        }
        Step::AddRoute {
            destination,
            interface,
        } => vec![words(&[
            "ip",
            "route",
            "replace",
            &destination.to_string(),
            "dev",
            interface,
        ])],
        Step::Symlink { path, target, .. } => {
            vec![
                parent(&shell_words(&[path]), 0o644),
                words(&["ln", "-sfn", target, path]),
            ]
        }
        Step::EnableService { manager, service } => match manager {
            Manager::Systemd => vec![words(&["systemctl", "enable", service])],
            Manager::Upstart => Vec::new(),
            Manager::Sysvinit => vec![words(&["chkconfig", service, "on"])],
        },
        Step::StartService { manager, service } => match manager {
            Manager::Systemd => vec![
                "systemctl daemon-reload".into(),
                words(&["systemctl", "start", service]),
            ],
            Manager::Upstart => vec![words(&["initctl", "start", service])],
            Manager::Sysvinit => vec![words(&["service", service, "start"])],
        },
        Step::Flannel(act) => super::overlay::flannel::shell::commands(act),
        Step::Docker(act) => act.commands(),
        Step::Zerotier(act) => act.commands(),
        Step::Swarm(act) => act.commands(),
        Step::Kubernetes(act) => act.commands(),
        Step::Replicated(act) => act.commands(),
    }
}

/// The command that gives an interface a peer.
pub fn peer_argv(interface: &str, peer: &Peer) -> Vec<String> {
    let mut argv = vec!["wg", "set", interface, "peer", &peer.public_key];
    if let Some(file) = &peer.preshared_key {
        argv.extend(["preshared-key", file]);
    }
    if let Some(endpoint) = &peer.endpoint {
        argv.extend(["endpoint", endpoint]);
    }
    let keepalive = peer.keepalive.to_string();
    let allowed: Vec<_> = peer.allowed_ips.iter().map(ToString::to_string).collect();
    let allowed = allowed.join(",");
    argv.extend(["persistent-keepalive", &keepalive, "allowed-ips", &allowed]);
    argv.into_iter().map(str::to_string).collect()
}

/// The command that fails where a file of a bundle is not what its manifest says.
fn verified(file: &BundleFile) -> String {
    let line = shell_words(&[format!("{}  {}", file.sha256, file.path)]);
    format!("echo {line} | sha256sum -c -")
}

fn parent(quoted_path: &str, mode: u32) -> String {
    let dir_mode = if mode & 0o077 == 0 { "0700" } else { "0755" };
    format!(
        "test -d \"$(dirname {quoted_path})\" || mkdir -p -m {dir_mode} \"$(dirname {quoted_path})\""
    )
}

fn piece(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("printf %s {};", shell_words(&[text])),
        Part::Secret(path) => format!("tr -d '\\n' <{};", shell_words(&[path])),
        Part::PublicKeyOf(path) => {
            format!("wg pubkey <{} | tr -d '\\n';", shell_words(&[path]))
        }
        Part::ZerotierNode => format!("cut -c1-10 {HOME}/identity.public | tr -d '\\n';"),
        Part::ZerotierPlanet => format!("base64 -w0 {HOME}/planet;"),
        Part::KubernetesCaHash => format!(
            "printf sha256:%s \"$(openssl x509 -pubkey -noout -in {CA} | openssl pkey -pubin -outform der | sha256sum | cut -c1-64)\";"
        ),
    }
}
