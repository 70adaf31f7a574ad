//! Where etcd is asked, in plain HTTP or with TLS.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use serde::{Deserialize, Serialize};

use crate::answers::config::EtcdTls;

/// Where etcd is asked. In the plan and the journal a plain address stays a
/// text, as `127.0.0.1:2379`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Client {
    /// In plain HTTP, at an address.
    Plain(SocketAddrV4),
    /// At any of some URLs.
    Urls(Urls),
}

/// URLs of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Urls {
    /// The URLs: the first that answers is asked.
    pub urls: Vec<String>,
    /// The files for https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// The PEM files of TLS. They are the operator's and are used where they are;
/// the key's content is never read into a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tls {
    /// Certificates of the authority that all nodes trust.
    pub ca: String,
    /// This node's certificate.
    pub cert: String,
    /// This node's key.
    pub key: String,
}

impl From<&EtcdTls> for Tls {
    fn from(answered: &EtcdTls) -> Self {
        Self {
            ca: answered.ca.display().to_string(),
            cert: answered.cert.display().to_string(),
            key: answered.key.display().to_string(),
        }
    }
}

impl Client {
    /// etcd at an address, with TLS where there are files for it.
    pub fn at(address: SocketAddrV4, tls: Option<&Tls>) -> Self {
        match tls {
            None => Self::Plain(address),
            Some(tls) => Self::Urls(Urls {
                urls: vec![format!("https://{address}")],
                tls: Some(tls.clone()),
            }),
        }
    }

    /// The etcd of another node of the same cluster.
    pub fn beside(&self, address: Ipv4Addr, port: u16) -> Self {
        Self::at(SocketAddrV4::new(address, port), self.tls())
    }

    /// The files for https.
    pub fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Plain(_) => None,
            Self::Urls(urls) => urls.tls.as_ref(),
        }
    }

    /// The URLs, as flanneld and etcdctl take them.
    pub fn urls(&self) -> Vec<String> {
        match self {
            Self::Plain(address) => vec![format!("http://{address}")],
            Self::Urls(urls) => urls.urls.clone(),
        }
    }

    /// Whether curl is needed to ask it: groundcrew speaks plain HTTP to
    /// addresses alone.
    pub fn needs_curl(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Urls(urls) => urls.urls.iter().any(|url| plain(url).is_none()),
        }
    }

    /// What etcdctl is told to ask it, for etcd's interface of version 2 or 3.
    pub fn etcdctl(&self, api: u8) -> Vec<String> {
        let mut words = vec!["--endpoints".to_owned(), self.urls().join(",")];
        if let Some(tls) = self.tls() {
            let options = match api {
                2 => ["--ca-file", "--cert-file", "--key-file"],
                _ => ["--cacert", "--cert", "--key"],
            };
            for (option, path) in options.into_iter().zip([&tls.ca, &tls.cert, &tls.key]) {
                words.extend([option.to_owned(), path.clone()]);
            }
        }
        words
    }
}

/// The address of a URL of plain HTTP that names one.
pub fn plain(url: &str) -> Option<SocketAddrV4> {
    url.strip_prefix("http://")?.parse().ok()
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(address) => address.fmt(f),
            Self::Urls(urls) => f.write_str(&urls.urls.join(", ")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_address_is_written_as_it_always_was() {
        let old = "\"127.0.0.1:2379\"";
        let read: Client = serde_json::from_str(old).unwrap();
        assert_eq!(read, Client::at("127.0.0.1:2379".parse().unwrap(), None));
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
        assert!(!read.needs_curl());

        let tls = Tls {
            ca: "/ca".into(),
            cert: "/cert".into(),
            key: "/key".into(),
        };
        let secure = Client::at("192.0.2.1:2379".parse().unwrap(), Some(&tls));
        let json = serde_json::to_string(&secure).unwrap();
        assert_eq!(
            json,
            r#"{"urls":["https://192.0.2.1:2379"],"tls":{"ca":"/ca","cert":"/cert","key":"/key"}}"#
        );
        assert_eq!(serde_json::from_str::<Client>(&json).unwrap(), secure);
        assert!(secure.needs_curl());
        assert_eq!(
            secure.beside(Ipv4Addr::new(192, 0, 2, 2), 2379).urls(),
            ["https://192.0.2.2:2379"]
        );
        assert_eq!(
            secure.etcdctl(2).join(" "),
            "--endpoints https://192.0.2.1:2379 --ca-file /ca --cert-file /cert --key-file /key"
        );
    }
}
