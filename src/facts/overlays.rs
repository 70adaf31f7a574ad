//! What is there of the overlays: rights of files, leases, identities. Keys are
//! never read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Traces of WireGuard, Flannel and ZeroTier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlays {
    /// Files under /etc/wireguard that hold keys.
    pub wireguard_files: Fact<Vec<KeyFile>>,
    /// Flannel's lease (/run/flannel/subnet.env).
    pub flannel_lease: Fact<BTreeMap<String, String>>,
    /// etcd's data, where it stands.
    pub etcd_data: Fact<bool>,
    /// ZeroTier's address of this node: the first word of identity.public.
    pub zerotier_address: Fact<String>,
    /// Interfaces that ZeroTier's local.conf keeps it from.
    pub zerotier_blacklist: Fact<Vec<String>>,
}

/// A file that holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Path.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
}

/// Looks at the overlays' files.
pub fn collect(reader: &Reader) -> Overlays {
    Overlays {
        wireguard_files: key_files(reader),
        flannel_lease: reader
            .text("/run/flannel/subnet.env")
            .map(|text| parse_lease(&text)),
        etcd_data: reader.there("/var/lib/etcd/member"),
        zerotier_address: reader
            .text("/var/lib/zerotier-one/identity.public")
            .parse(|text| {
                let address = text.split(':').next().unwrap_or_default().trim();
                let hex = address.len() == 10 && address.bytes().all(|b| b.is_ascii_hexdigit());
                hex.then(|| address.to_owned())
                    .ok_or_else(|| "it does not begin with an address".to_owned())
            }),
        zerotier_blacklist: reader
            .text("/var/lib/zerotier-one/local.conf")
            .parse(|text| blacklist(&text)),
    }
}

fn key_files(reader: &Reader) -> Fact<Vec<KeyFile>> {
    let folder = "/etc/wireguard";
    let names = match reader.list(folder) {
        Fact::Known { value, .. } => value,
        Fact::Absent { source, .. } => return Fact::known(Vec::new(), source),
        hindered => return hindered.unknown(""),
    };
    let mut files = Vec::new();
    for name in names
        .iter()
        .filter(|name| name.ends_with(".conf") || name.ends_with(".key"))
    {
        let path = format!("{folder}/{name}");
        match reader.meta(&path) {
            Fact::Known { value, .. } => files.push(KeyFile {
                path,
                mode: value.mode,
                uid: value.uid,
            }),
            Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    Fact::known(files, folder)
}

/// Reads flannel's subnet.env: `FLANNEL_SUBNET=10.244.1.1/24` and the like.
pub fn parse_lease(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.trim().split_once('='));
    lines
        .filter(|(key, _)| key.starts_with("FLANNEL_"))
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect()
}

/// `settings.interfacePrefixBlacklist` of ZeroTier's local.conf.
///
/// # Errors
/// Where it is no JSON.
pub fn blacklist(text: &str) -> Result<Vec<String>, String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let list = value.pointer("/settings/interfacePrefixBlacklist");
    let names = list
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten();
    Ok(names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn files_without_their_keys() {
        let host = Scripted::new()
            .file(
                "/etc/wireguard/wg0.conf",
                "[Interface]\nPrivateKey = CANARY\n",
            )
            .file(
                "/var/lib/zerotier-one/identity.public",
                "efcc1b0947:0:abc\n",
            )
            .file(
                "/run/flannel/subnet.env",
                "FLANNEL_SUBNET=10.1.2.1/24\nX=1\n",
            );
        let overlays = collect(&Reader::new(&host));
        assert_eq!(overlays.wireguard_files.value().unwrap().len(), 1);
        assert_eq!(overlays.zerotier_address.value().unwrap(), "efcc1b0947");
        assert_eq!(overlays.flannel_lease.value().unwrap().len(), 1);
        assert!(!serde_json::to_string(&overlays).unwrap().contains("CANARY"));
        let bare = collect(&Reader::new(&Scripted::new()));
        assert!(bare.wireguard_files.value().unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (parse_lease(&text), blacklist(&text));
        }
    }
}
