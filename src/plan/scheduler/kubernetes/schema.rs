//! kubeadm's own configuration as tables of fields, to hold the files against
//! that groundcrew writes: kubeadm takes an unknown field for a warning (1.20).
//!
//! The tables follow kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4,
//! types.go, and staging/src/k8s.io/kubelet/config/v1beta1/types.go.

use serde::Deserialize;
use serde_yaml::Value;

/// What a field takes.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Number,
    Flag,
    /// A record.
    One(&'static str),
    /// A list of records.
    Many(&'static str),
    /// A list of texts.
    Texts,
    /// Arguments of a program: a map, or since v1beta4 a list.
    Arguments,
}
use Type::{Arguments, Flag, Many, Number, One, Text, Texts};

/// Name of a field, the versions that know it (1 to 4), and what it takes.
type Field = (&'static str, std::ops::RangeInclusive<u8>, Type);

fn fields(kind: &str) -> Vec<Field> {
    match kind {
        "InitConfiguration" => vec![
            ("apiVersion", 1..=4, Text),
            ("kind", 1..=4, Text),
            ("bootstrapTokens", 1..=4, Many("BootstrapToken")),
            ("nodeRegistration", 1..=4, One("NodeRegistration")),
            ("localAPIEndpoint", 1..=4, One("APIEndpoint")),
            ("certificateKey", 2..=4, Text),
            ("skipPhases", 3..=4, Texts),
            ("dryRun", 4..=4, Flag),
        ],
        "ClusterConfiguration" => vec![
            ("apiVersion", 1..=4, Text),
            ("kind", 1..=4, Text),
            ("networking", 1..=4, One("Networking")),
            ("kubernetesVersion", 1..=4, Text),
            ("controlPlaneEndpoint", 1..=4, Text),
            ("certificatesDir", 1..=4, Text),
            ("imageRepository", 1..=4, Text),
            ("clusterName", 1..=4, Text),
            ("useHyperKubeImage", 1..=2, Flag),
            ("encryptionAlgorithm", 4..=4, Text),
        ],
        "JoinConfiguration" => vec![
            ("apiVersion", 1..=4, Text),
            ("kind", 1..=4, Text),
            ("nodeRegistration", 1..=4, One("NodeRegistration")),
            ("caCertPath", 1..=4, Text),
            ("discovery", 1..=4, One("Discovery")),
            ("skipPhases", 3..=4, Texts),
            ("dryRun", 4..=4, Flag),
        ],
        "KubeletConfiguration" => vec![
            ("apiVersion", 1..=1, Text),
            ("kind", 1..=1, Text),
            ("cgroupDriver", 1..=1, Text),
            ("failCgroupV1", 1..=1, Flag),
            ("failSwapOn", 1..=1, Flag),
        ],
        "NodeRegistration" => vec![
            ("name", 1..=4, Text),
            ("criSocket", 1..=4, Text),
            ("taints", 1..=4, Many("Taint")),
            ("kubeletExtraArgs", 1..=4, Arguments),
            ("ignorePreflightErrors", 2..=4, Texts),
            ("imagePullPolicy", 3..=4, Text),
            ("imagePullSerial", 4..=4, Flag),
        ],
        "Taint" => vec![
            ("key", 1..=4, Text),
            ("value", 1..=4, Text),
            ("effect", 1..=4, Text),
        ],
        "APIEndpoint" => vec![
            ("advertiseAddress", 1..=4, Text),
            ("bindPort", 1..=4, Number),
        ],
        "Networking" => vec![
            ("serviceSubnet", 1..=4, Text),
            ("podSubnet", 1..=4, Text),
            ("dnsDomain", 1..=4, Text),
        ],
        "BootstrapToken" => vec![
            ("token", 1..=4, Text),
            ("description", 1..=4, Text),
            ("ttl", 1..=4, Text),
            ("expires", 1..=4, Text),
            ("usages", 1..=4, Texts),
            ("groups", 1..=4, Texts),
        ],
        "Discovery" => vec![
            ("bootstrapToken", 1..=4, One("BootstrapTokenDiscovery")),
            ("file", 1..=4, One("FileDiscovery")),
            ("tlsBootstrapToken", 1..=4, Text),
            ("timeout", 1..=3, Text),
        ],
        "BootstrapTokenDiscovery" => vec![
            ("token", 1..=4, Text),
            ("apiServerEndpoint", 1..=4, Text),
            ("caCertHashes", 1..=4, Texts),
            ("unsafeSkipCAVerification", 1..=4, Flag),
        ],
        "FileDiscovery" => vec![("kubeConfigPath", 1..=4, Text)],
        _ => Vec::new(),
    }
}

/// Holds all documents of a text against the tables.
///
/// # Errors
/// The first field that is unknown, or that has another type.
pub fn check(text: &str) -> Result<(), String> {
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).map_err(|error| error.to_string())?;
        let of = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let (kind, api) = (of("kind"), of("apiVersion"));
        let version = match (kind, api) {
            ("KubeletConfiguration", "kubelet.config.k8s.io/v1beta1") => 1,
            ("InitConfiguration" | "ClusterConfiguration" | "JoinConfiguration", api) => {
                let number = api.strip_prefix("kubeadm.k8s.io/v1beta");
                match number.and_then(|number| number.parse().ok()) {
                    Some(version @ 1..=4) => version,
                    _ => return Err(format!("{kind} of {api}")),
                }
            }
            _ => return Err(format!("{kind} of {api}")),
        };
        record(kind, version, &value)?;
    }
    Ok(())
}

/// The same in tests of others.
#[track_caller]
pub fn hold(text: &str) {
    assert_eq!(check(text), Ok(()), "{text}");
}

fn record(kind: &str, version: u8, value: &Value) -> Result<(), String> {
    let Some(map) = value.as_mapping() else {
        return Err(format!("{kind} is no record"));
    };
    let known = fields(kind);
    for (key, value) in map {
        let key = key.as_str().unwrap_or_default();
        let Some((_, _, wanted)) = known
            .iter()
            .find(|(name, versions, _)| *name == key && versions.contains(&version))
        else {
            return Err(format!("{kind} has no {key} in version {version}"));
        };
        let texts = |value: &Value| {
            value
                .as_sequence()
                .is_some_and(|list| list.iter().all(Value::is_string))
        };
        let good = match wanted {
            Text => value.is_string(),
            Number => value.is_u64(),
            Flag => value.is_bool(),
            Texts => texts(value),
            One(inner) => {
                record(inner, version, value)?;
                true
            }
            Many(inner) => match value.as_sequence() {
                None => false,
                Some(list) => {
                    for one in list {
                        record(inner, version, one)?;
                    }
                    true
                }
            },
            Arguments if version >= 4 => value.as_sequence().is_some_and(|list| {
                list.iter().all(|one| {
                    let keys = ["name", "value"];
                    one.as_mapping().is_some_and(|map| map.len() == keys.len())
                        && keys
                            .iter()
                            .all(|key| one.get(*key).is_some_and(Value::is_string))
                })
            }),
            Arguments => value
                .as_mapping()
                .is_some_and(|map| map.iter().all(|(k, v)| k.is_string() && v.is_string())),
        };
        if !good {
            return Err(format!("{kind}.{key} is of another type"));
        }
    }
    Ok(())
}
