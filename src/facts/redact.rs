//! Takes secrets out of text that leaves the host.
//!
//! What is read and sent away is chosen by a list of what is needed, not by this: it is
//! the second line, for the secret in a file that is needed for something else.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::Value;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Names whose values are secrets, in files of `KEY=value`, `key: value`,
/// `"key": "value"`, and options like `username=x,password=y`.
const NAMES: &str = "password|passwd|passphrase|secret|token|apikey|api[_-]key|auth|credentials?|\
                     private[_-]?key|preshared[_-]?key|identity|psk|wpa[_-]psk|key1|cookie";

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// The patterns, with the group that is kept before and after the secret.
static PATTERNS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    vec![
        // A block of PEM: everything between its lines.
        pattern(
            r"(?s)(?P<a>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?P<z>-----END [A-Z ]*PRIVATE KEY-----|\z)",
        ),
        // Docker's join tokens (SWMTKN-1-…-…), and kubeadm's (6 and 16 characters).
        pattern(r"(?P<a>)SWMTKN-[0-9A-Za-z-]+(?P<z>)"),
        pattern(r"(?P<a>\b|^)[a-z0-9]{6}\.[a-z0-9]{16}(?P<z>\b|$)"),
        // User and password of a URL; without one as well: it may be a token.
        pattern(r"(?P<a>[A-Za-z][A-Za-z0-9+.-]*://)[^/@\s]+(?P<z>@)"),
        // A secret of ZeroTier: identity.secret is ADDRESS:0:PUBLIC:SECRET.
        pattern(r"(?P<a>\b[0-9a-f]{10}:[01]:[0-9a-f]{128}:)[0-9a-f]{64,}(?P<z>)"),
        pattern(r"(?i)(?P<a>\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}(?P<z>)"),
        // WireGuard and others: a name, a sign, a value.
        pattern(&format!(
            r#"(?i)(?P<a>["']?[A-Za-z0-9_.-]*(?:{NAMES})["']?[ \t]*[=:][ \t]*)(?:"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[^\s,;"'{{}}\[\]][^\s,;"'}}\]]*)(?P<z>)"#
        )),
    ]
});

/// The text without secrets.
pub fn text(text: &str) -> String {
    let mut out = text.to_owned();
    for pattern in PATTERNS.iter() {
        let Some(pattern) = pattern else {
            // It cannot be tried: nothing leaves.
            return REDACTED.to_owned();
        };
        if pattern.is_match(&out) {
            let cut = |found: &Captures<'_>| {
                let kept = |name| found.name(name).map_or("", |kept| kept.as_str());
                format!("{}{REDACTED}{}", kept("a"), kept("z"))
            };
            out = pattern.replace_all(&out, cut).into_owned();
        }
    }
    out
}

/// What of a daemon's JSON answers is left out whole: nobody needs it for
/// support, and people write anything into labels.
const DROPPED: [&str; 8] = [
    "Labels",
    "JoinTokens",
    "IndexConfigs",
    "Plugins",
    "Name",
    "ClusterInfo",
    "Cluster",
    "Options",
];

/// A daemon's JSON answer without secrets. `keep_names` keeps the names of
/// things (networks), which hold no host's name.
pub fn answer(value: &mut Value, keep_names: bool) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !DROPPED.contains(&key.as_str()) || (keep_names && key == "Name"));
            for value in map.values_mut() {
                answer(value, keep_names);
            }
        }
        Value::Array(all) => {
            for value in all {
                answer(value, keep_names);
            }
        }
        Value::String(inner) => *inner = text(inner),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (before, after) in [
            (
                "PrivateKey = aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gMTI=\nListenPort = 51820\n",
                "PrivateKey = [redacted]\nListenPort = 51820\n",
            ),
            (
                "proxy=http://joe:canary@proxy:3128/\n",
                "proxy=http://[redacted]@proxy:3128/\n",
            ),
            (
                "proxy_password=canary\nproxy=x\n",
                "proxy_password=[redacted]\nproxy=x\n",
            ),
            (
                "//nas/x /mnt cifs user=joe,password=can%ary,uid=0 0 0\n",
                "//nas/x /mnt cifs user=joe,password=[redacted],uid=0 0 0\n",
            ),
            (
                r#"{"DaemonToken": "can\"ary", "other": 1}"#,
                r#"{"DaemonToken": [redacted], "other": 1}"#,
            ),
            ("join SWMTKN-1-abc-def now", "join [redacted] now"),
            ("token abcdef.0123456789abcdef", "token [redacted]"),
            (
                "Authorization: Bearer abcdefgh12345",
                "Authorization: Bearer [redacted]",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIcanary\n-----END RSA PRIVATE KEY-----\nx\n",
                "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nx\n",
            ),
            (
                "WPA_PSK='can ary'\nHWADDR=00:11\n",
                "WPA_PSK=[redacted]\nHWADDR=00:11\n",
            ),
        ] {
            assert_eq!(text(before), after);
        }
        let same = "processor\t: 0\nflags\t\t: fpu aes\nMemTotal: 1 kB\nid=host-1.example.com\n\
                    /dev/sda1 / ext4 rw,relatime 0 0\nnameserver 10.0.0.1\n";
        assert_eq!(text(same), same);
    }

    #[test]
    fn answers_keep_what_is_judged() {
        let mut info = json!({"Name": "db1", "Driver": "overlay2", "Labels": ["k=canary"],
            "HttpProxy": "http://u:canary@p:1", "Swarm": {"LocalNodeState": "active",
            "Cluster": {"JoinTokens": {"Worker": "SWMTKN-1-canary"}}}});
        answer(&mut info, false);
        assert_eq!(
            info,
            json!({"Driver": "overlay2", "HttpProxy": "http://[redacted]@p:1",
                "Swarm": {"LocalNodeState": "active"}})
        );
    }

    proptest! {
        #[test]
        fn a_planted_secret_is_gone(secret in "[A-Za-z0-9%+/]{12,40}", name in "(password|TOKEN|DaemonToken|private_key|psk|passwd)", sign in "(=|: | = |\": \")") {
            let found = text(&format!("a=b\n{name}{sign}{secret}\nc=d\n"));
            prop_assert!(!found.contains(&secret), "{found}");
            prop_assert!(found.contains("c=d"));
        }

        #[test]
        fn no_text_makes_it_panic(any in any::<String>()) {
            text(&any);
        }
    }
}
