//! What the install script says where it fails, and what it means. It says most
//! of it as if all was well: it ends with 0 also where it has installed nothing.

/// A piece of what it prints, and what it means. The first that fits is told.
const KNOWN: &[(&str, &str)] = &[
    (
        "is not a valid ip address",
        "an address that it was given is none: see replicated.public-address and replicated.args",
    ),
    (
        "Enter desired number",
        "it asked which interface to use, for ever, since there is no terminal: it does not look at \
         private-address=, or that address is gone",
    ),
    (
        "Daemon Address:",
        "it asked where the first host's daemon is: say replicated.daemon-endpoint",
    ),
    (
        "Secret Token:",
        "it asked for the first host's token, which it did not take from its settings: this script \
         is too old to be handed one without an argument",
    ),
    (
        "Service IP address:",
        "it asked for the address that users reach: say replicated.public-address",
    ),
    (
        "unknown parameter",
        "it does not know an argument: its own list is read before, so this may be that of the \
         script for the operator, which it downloads",
    ),
    (
        "That is an unsupported distribution",
        "it knows only some distributions by name: see the ones that it lists, and ask the vendor",
    ),
    (
        "failed to detect init system",
        "it knows systemd, upstart, and SysV init where there is /etc/init.d/cron: start cron's \
         package, or the vendor's support",
    ),
    (
        "Docker is not installed",
        "it looks for a process named dockerd: Docker is stopped, or older than 1.12 (EL6), where a \
         script from before 2020-06-09 is wanted",
    ),
    (
        "docker is not installed",
        "it looks for a process named dockerd: Docker is stopped, or older than 1.12 (EL6), where a \
         script from before 2020-06-09 is wanted",
    ),
    (
        "may not be compatible with this installer",
        "Docker is newer than the one that the script was made for: it asked whether to go on, took \
         No for an answer, and ended as if all was well; with no-docker it does not look",
    ),
    (
        "will upgrade your current version of Docker",
        "it wanted to replace Docker, and asked first; with no-docker it does not look",
    ),
    (
        "devicemapper",
        "Docker's storage driver is devicemapper on a loopback file: it asked whether to go on, took \
         No for an answer, and ended as if all was well; set up another driver, or say \
         replicated.args: [bypass-storagedriver-warnings]",
    ),
    (
        "no longer supported",
        "this script installs nothing: the vendor serves the ones for Swarm and Kubernetes no more",
    ),
    (
        "Existing 1.2 install detected",
        "Replicated 1.2 is here: the vendor's migration comes first",
    ),
    (
        "is greater than the proposed version",
        "a newer Replicated is installed: give its script, or say replicated.args: \
         [force-replicated-downgrade]",
    ),
    (
        "Firewalld is active",
        "hard-fail-on-firewalld stops where firewalld runs",
    ),
    (
        "Continue with firewalld active",
        "it asked because firewalld runs; bypass-firewalld-warning keeps it from asking",
    ),
    (
        "Preflights have encountered",
        "its own checks stopped it (prompt-on-preflight-warnings)",
    ),
    (
        "couldn't discover any valid network interfaces",
        "it sees no interface with an IPv4 address beside lo",
    ),
    (
        "replicated.tar: No such file",
        "an airgap package's images are looked for in the folder where it runs: name the unpacked \
         package as replicated.script.airgap-dir",
    ),
    (
        "port is already allocated",
        "another container has a port of Replicated's (8800, 9874 to 9879)",
    ),
    (
        "address already in use",
        "another program listens on a port of Replicated's (8800, 9874 to 9879)",
    ),
    ("requires admin privileges", "it has to run as root"),
    (
        "TLS handshake timeout",
        "images could not be pulled: is there a way to the registry, and a proxy for Docker?",
    ),
    (
        "no such host",
        "images could not be pulled: a registry's name is not found",
    ),
    ("No space left on device", "the disk is full"),
    (
        "HTTP proxy address",
        "it asked for a proxy, since it was told neither no-proxy nor http-proxy",
    ),
];

/// What these lines mean, where one of them is known.
pub fn explain(lines: &[String]) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(piece, _)| lines.iter().any(|line| line.contains(piece)))
        .map(|(_, meaning)| *meaning)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_explained_by_its_own_row() {
        for (piece, meaning) in KNOWN {
            let lines = [
                "before".to_owned(),
                format!("x.sh: line 7: {piece} (0-3): "),
            ];
            assert_eq!(explain(&lines), Some(*meaning), "{piece}");
            assert!(!meaning.ends_with('.') && meaning.is_ascii(), "{piece}");
        }
        assert_eq!(
            explain(&["To continue the installation, visit".to_owned()]),
            None
        );
    }

    #[test]
    fn the_vendors_whole_sentences_are_known() {
        for (line, part) in [
            (
                "Docker is not installed. Please install Docker before proceeding.",
                "dockerd",
            ),
            ("Error: unknown parameter \"10.99.0.1\"", "operator"),
            (
                "The installed version of Docker (28.0.1) may not be compatible with this installer.",
                "took No for an answer",
            ),
            ("Swarm is no longer supported by Replicated.", "serves"),
            (
                "bash: replicated.tar: No such file or directory",
                "airgap-dir",
            ),
            (
                "Enter desired number (0-8): x: line 446: /dev/tty: No such device or address",
                "for ever",
            ),
        ] {
            let meaning = explain(&[line.to_owned()]).unwrap();
            assert!(meaning.contains(part), "{line}: {meaning}");
        }
    }
}
