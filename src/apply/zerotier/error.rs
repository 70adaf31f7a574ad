//! What goes wrong with ZeroTier, and what it means.

use crate::plan::zerotier::HOME;

/// Why ZeroTier does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum ZerotierError {
    /// Nobody answers.
    #[error("zerotier-one does not answer on 127.0.0.1:{port} ({why})")]
    Down {
        /// TCP port of the API.
        port: u16,
        /// Why not.
        why: String,
    },
    /// It was started and did not come up.
    #[error(
        "zerotier-one was started and did not answer within {seconds} s{}: {hint}",
        reason(.why)
    )]
    NotUp {
        /// How long it was waited for.
        seconds: u64,
        /// What was heard of it.
        why: String,
        /// What to look at.
        hint: &'static str,
    },
    /// It does not end.
    #[error("zerotier-one (pid {pid}) did not end within {seconds} s")]
    NotDown {
        /// Its process.
        pid: u32,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It has never been started: its files are not there.
    #[error("{path}: {why}: zerotier-one makes it when it is started")]
    NoFile {
        /// The file.
        path: String,
        /// Why it cannot be read.
        why: String,
    },
    /// The token is not taken.
    #[error(
        "zerotier-one refuses the token of {HOME}/authtoken.secret (401): it was replaced while the \
         service ran; restart zerotier-one"
    )]
    Token,
    /// The call is answered with something else than success.
    #[error("ZeroTier's API: {call} was answered with {status}{}", reason(.text))]
    Answer {
        /// Method and path.
        call: String,
        /// HTTP status.
        status: u16,
        /// What it says about it.
        text: String,
    },
    /// The answer is not understood.
    #[error("ZeroTier's API: {call}: {why}")]
    NotUnderstood {
        /// Method and path.
        call: String,
        /// What is wrong.
        why: String,
    },
    /// A file of ZeroTier's holds something else.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The controller took a setting for another one, which it does not say.
    #[error(
        "the controller has made {found} of {key} = {wanted} of the network {network}, without a \
         word: it is not used like this"
    )]
    Coerced {
        /// The network.
        network: String,
        /// The setting.
        key: String,
        /// What was told.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The network lets everybody in.
    #[error(
        "the network {network} is open to everybody (the controller says private: {found}): it is \
         not used"
    )]
    Open {
        /// The network.
        network: String,
        /// What the controller says.
        found: String,
    },
    /// A network with our id that somebody else has made.
    #[error(
        "the controller has a network {network} already, by the name of {name:?}, which groundcrew \
         has not made: delete or move it first"
    )]
    SomebodyElses {
        /// The network.
        network: String,
        /// Its name.
        name: String,
    },
    /// A network that was joined and is not there.
    #[error(
        "zerotier-one has not taken the network {network}{}: it needs /dev/net/tun (`modprobe tun`; \
         in a container the host has to give it)",
        reason(.why)
    )]
    NoPort {
        /// The network.
        network: String,
        /// What it says.
        why: String,
    },
}

fn reason(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" ({text})")
    }
}

/// What a text of the service, or of zerotier-cli, means, where it is a known
/// one (recorded from 1.2.4 and 1.14.1).
pub fn explain(text: &str) -> Option<&'static str> {
    let known = [
        ("must be run as root", "it was not started by root"),
        (
            "cannot bind to local control interface port",
            "another program has the port: see `ss -lntup`, or give another one as \
             overlay.zerotier.port",
        ),
        (
            "unable to parse local.conf",
            "local.conf is no JSON: mend it, the service does not start with it",
        ),
        (
            "could not open TUN/TAP device",
            "/dev/net/tun is missing: `modprobe tun`",
        ),
        (
            "missing port and zerotier-one.port not found",
            "the service has never been started with this folder",
        ),
        (
            "authtoken.secret not found or readable",
            "root alone may ask it",
        ),
        ("connection failed", "the service does not run"),
        (
            // 1.2.4, of the same
            "invalid JSON response",
            "the service does not run",
        ),
        ("invalid network id", "a network has 16 hexadecimal digits"),
        ("unknown network ID", "this node has not joined it"),
    ];
    let found = known.iter().find(|(words, _)| text.contains(words));
    if let Some((_, meaning)) = found {
        return Some(meaning);
    }
    // `401 info {}`
    text.trim_start()
        .starts_with("401 ")
        .then_some("the token is not the service's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_known() {
        // From runs of 1.14.1 and 1.2.4.
        for text in [
            "zerotier-cli: missing port and zerotier-one.port not found in /nonexistent",
            "Error connecting to the ZeroTier service: connection failed\n\nPlease check that the \
             service is running and that TCP port 9993 can be contacted via 127.0.0.1.",
            "0 info invalid JSON response (parse error - unexpected 'c')",
            "401 info {}",
            "invalid network id",
            "unknown network ID, check that you are a member of the network",
            "x: authtoken.secret not found or readable in /srv/test (try again as root)",
            "ERROR: unable to parse local.conf (invalid JSON)",
            "zerotier-one: fatal error: cannot bind to local control interface port 9993",
            "zerotier-one: must be run as root (uid 0)",
            "ERROR: unable to configure virtual network port: could not open TUN/TAP device: No \
             such file or directory",
        ] {
            assert!(explain(text).is_some(), "{text}");
        }
        assert_eq!(explain("200 info 28efc9e578 1.14.1 ONLINE"), None);
    }
}
