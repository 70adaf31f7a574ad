//! What Docker says about Swarms, and what it means. The texts are those of
//! 20.10 and 26.1; a text is known by words of it that do not change.

/// A text of Docker's.
struct Said {
    /// Words that are in it.
    words: &'static str,
    /// What it means, and what to do.
    meaning: &'static str,
}

const fn said(words: &'static str, meaning: &'static str) -> Said {
    Said { words, meaning }
}

/// The first that fits counts: the special ones stand before the general ones.
const ALL: &[Said] = &[
    said(
        "multiple addresses on different interfaces",
        "this host has several networks and Docker was not told which: choose one with \
         interface.name",
    ),
    said(
        "multiple addresses on interface",
        "the interface has several addresses and Docker was not told which: choose one with \
         interface.match.address",
    ),
    said(
        "could not find the system's IP address",
        "Docker sees no address but its own bridge's: is the interface up?",
    ),
    said(
        "advertise address must be a non-zero IP address",
        "the address is not one of this host's interfaces: choose another one with interface.name",
    ),
    said(
        "must specify a listening address because the address to advertise is not recognized",
        "the address is not this host's: choose another interface with interface.name",
    ),
    said(
        "has more than one IPv4 address",
        "the interface has several addresses: choose one with interface.match.address",
    ),
    said(
        "has no usable IPv4 or IPv6 address",
        "the interface has no address: give it one, or choose another with interface.name",
    ),
    said(
        "data path address must be a non-zero IP address",
        "the address of the data path is not this host's: choose another interface with \
         interface.name",
    ),
    said(
        "Datapath port number is not in valid range",
        "give a port from 1024 to 49151 as swarm.data-path-port",
    ),
    said(
        "invalid string being converted to CIDR",
        "give ranges such as 10.20.0.0/16 as swarm.address-pools",
    ),
    said(
        "already part of a swarm",
        "somebody has put this node into a Swarm since the plan was made: make a plan anew",
    ),
    said(
        "This node is not part of a swarm",
        "it is in no Swarm any more",
    ),
    said(
        "Removing the last manager erases",
        "it is the last manager: leaving ends the Swarm for all nodes, which is done with --force \
         alone",
    ),
    said(
        "Worker nodes can't be used to view or modify cluster state",
        "this node is a worker: that is for a manager to do",
    ),
    said(
        "This node is not a swarm manager",
        "this node is in no Swarm, or not yet: that is for a manager to do",
    ),
    said(
        "failed to listen on remote API address",
        "TCP 2377 is taken: end what holds it (ss -lntp shows it)",
    ),
    said(
        "--live-restore daemon configuration is incompatible with swarm mode",
        "set \"live-restore\": false in /etc/docker/daemon.json and restart Docker",
    ),
    said(
        "invalid join token",
        "it is no join token: take the whole file that the first host wrote (swarm.token-out)",
    ),
    said(
        "at least 1 RemoteAddr is required to join",
        "say which manager to join as swarm.manager",
    ),
    said(
        "remote CA does not match fingerprint",
        "the token is another Swarm's, or somebody answers in the manager's place: is swarm.manager \
         right, and the token from there?",
    ),
    said(
        "A valid join token is necessary to join this cluster",
        "the token was replaced since, or is of another kind: carry the first host's file \
         (swarm.token-out) here anew, after a run of groundcrew there",
    ),
    said(
        "connection refused",
        "nobody listens there: is that host a manager, and the port right (swarm.manager)?",
    ),
    said(
        "no route to host",
        "that host is not reached: is it up, and does its firewall let TCP 2377 in?",
    ),
    said(
        "Timeout was reached before node joined",
        "nothing came back from the manager: does TCP 2377 get through to it, and is it up? Docker \
         would go on trying in the background; the next try of groundcrew ends that first",
    ),
    said(
        "Podman does not support service",
        "podman answers in Docker's place, and has no Swarm: install Docker's own engine",
    ),
    said(
        "failed to create memberlist",
        "TCP or UDP 7946 is taken, and the nodes do not hear of each other: end what holds it (ss \
         -lntup shows it) and restart Docker",
    ),
    said(
        "failed to set link up: address already in use",
        "the data path's UDP port is taken there (4789 unless said): end what holds it (ss -lnup \
         shows it) and restart Docker, which keeps half-made networks until then",
    ),
    said(
        "error creating vxlan interface: file exists",
        "half-made networks are left of an earlier Swarm there: restart Docker",
    ),
    said(
        "attaching to network failed",
        "Docker could not make the network there: is the data path's UDP port taken (4789 unless \
         said; ss -lnup shows it)? Restart Docker afterwards, which keeps half-made networks",
    ),
    said(
        "ipvs is not enabled in your kernel",
        "this kernel has no ip_vs: services are reached by their names (endpoint-mode dnsrr) alone",
    ),
    said(
        "No such image",
        "the image that verification starts is not there yet: run groundcrew there",
    ),
    said(
        "ingress network cannot be removed because service",
        "a service with published ports is there: take it down first",
    ),
    said(
        "does not have a leader",
        "more than half of the managers have to be up: start the others",
    ),
    said(
        "Swarm is encrypted and needs to be unlocked",
        "unlock it with the Swarm's key: docker swarm unlock",
    ),
];

/// What a text means and what to do about it, where it is known.
pub fn meaning(text: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|said| text.contains(said.words));
    found.map(|said| said.meaning)
}

/// A text without any join token that may be in it.
pub fn without_tokens(text: &str) -> String {
    const START: &str = "SWMTKN-";
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str("(join token)");
        let token = rest.get(at..).unwrap_or_default();
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        rest = end.and_then(|end| token.get(end..)).unwrap_or_default();
    }
    out + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Each row by a text that a real daemon has said (20.10.24), and by words of
    /// what it means.
    const REAL: &[(&str, &str)] = &[
        (
            "could not choose an IP address to advertise since this system has multiple addresses on different interfaces (10.77.0.1 on v0 and 10.78.0.1 on v1)",
            "interface.name",
        ),
        (
            "could not choose an IP address to advertise since this system has multiple addresses on interface v0 (10.77.0.1 and 10.77.0.2)",
            "interface.match.address",
        ),
        (
            "could not find the system's IP address",
            "is the interface up",
        ),
        (
            "advertise address must be a non-zero IP address or network interface (with optional port number)",
            "not one of this host's",
        ),
        (
            "must specify a listening address because the address to advertise is not recognized as a system address, and a system's IP address to use could not be uniquely identified",
            "not this host's",
        ),
        (
            "interface v1 has more than one IPv4 address (10.78.0.1 and 10.78.0.2)",
            "interface.match.address",
        ),
        (
            "interface v1 has no usable IPv4 or IPv6 address",
            "give it one",
        ),
        (
            "data path address must be a non-zero IP address or network interface (without a port number)",
            "data path is not this host's",
        ),
        (
            "Datapath port number is not in valid range (1024-49151) : 80",
            "swarm.data-path-port",
        ),
        (
            "invalid argument \"10.77.0.0\" for \"--default-addr-pool\" flag: invalid string being converted to CIDR: 10.77.0.0",
            "swarm.address-pools",
        ),
        (
            "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.",
            "plan anew",
        ),
        ("This node is not part of a swarm", "no Swarm any more"),
        (
            "You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ",
            "last manager",
        ),
        (
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
            "in no Swarm",
        ),
        (
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
            "is a worker",
        ),
        (
            "manager stopped: failed to listen on remote API address: listen tcp 0.0.0.0:2377: bind: address already in use",
            "TCP 2377 is taken",
        ),
        (
            "--live-restore daemon configuration is incompatible with swarm mode",
            "daemon.json",
        ),
        ("invalid join token", "no join token"),
        ("at least 1 RemoteAddr is required to join", "swarm.manager"),
        (
            "error while validating Root CA Certificate: remote CA does not match fingerprint. Expected: 133fff0e",
            "another Swarm's",
        ),
        (
            "rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster",
            "replaced since",
        ),
        (
            "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp 10.91.0.3:2377: connect: connection refused\"",
            "nobody listens there",
        ),
        (
            "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp 10.91.0.3:2377: connect: no route to host\"",
            "not reached",
        ),
        (
            "Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the \"docker info\" command to see the current swarm status of your node.",
            "TCP 2377 get through",
        ),
        (
            "Podman does not support service: /v1.41/swarm/init",
            "podman",
        ),
        (
            "error in agentInit: failed to create memberlist: Could not set up network transport: failed to obtain an address: Failed to start TCP listener on \"0.0.0.0\" port 7946: listen tcp 0.0.0.0:7946: bind: address already in use",
            "7946 is taken",
        ),
        (
            "vxlan interface creation failed for subnet \"10.0.0.0/24\": failed to set link up: address already in use",
            "UDP port is taken",
        ),
        (
            "error creating vxlan interface: file exists",
            "restart Docker",
        ),
        (
            "attaching to network failed, make sure your network options are correct and check manager logs: context deadline exceeded",
            "UDP port taken",
        ),
        (
            "Could not get ipvs family information from the kernel. It is possible that ipvs is not enabled in your kernel. Native loadbalancing will not work until this is fixed.",
            "dnsrr",
        ),
        ("No such image: sha256:9a1e", "run groundcrew there"),
        (
            "ingress network cannot be removed because service q5lo depends on it",
            "take it down",
        ),
        (
            "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.",
            "start the others",
        ),
        (
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it.",
            "docker swarm unlock",
        ),
    ];

    #[test]
    fn every_known_text_is_told_with_what_to_do() {
        for (text, words) in REAL {
            let told = meaning(text);
            assert!(
                told.is_some_and(|told| told.contains(words)),
                "{text}: {told:?}"
            );
        }
        for row in ALL {
            let by = REAL
                .iter()
                .filter(|(text, _)| meaning(text) == Some(row.meaning));
            assert_eq!(by.count(), 1, "{}", row.words);
            assert!(!row.meaning.ends_with('.') && !row.meaning.contains('\n'));
        }
        assert_eq!(meaning("anything else"), None);
    }

    #[test]
    fn no_token_comes_through() {
        let token = "SWMTKN-1-0h9suswg6pqa9dq9hjtpxx60-2gz7bamnttra8q9";
        for (text, without) in [
            (format!("join {token}"), "join (join token)"),
            (
                format!("{token}: {token}, x"),
                "(join token): (join token), x",
            ),
            ("nothing".to_owned(), "nothing"),
        ] {
            assert_eq!(without_tokens(&text), without);
        }
    }
}
