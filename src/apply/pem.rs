//! Looking into files in PEM: what kind of thing they hold, never what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::answers::config::EtcdTls;
use crate::host::{FileKind, Host};
use crate::plan::survey::{PemFile, PemFound};

/// How many symbolic links are followed.
const LINKS: usize = 8;

/// Looks at the files for etcd's TLS.
pub fn look(host: &dyn Host, tls: &EtcdTls) -> Vec<PemFile> {
    let files = [("ca", &tls.ca), ("cert", &tls.cert), ("key", &tls.key)];
    files
        .into_iter()
        .map(|(role, path)| {
            let path = path.display().to_string();
            PemFile {
                role,
                found: found(host, &path),
                path,
            }
        })
        .collect()
}

fn found(host: &dyn Host, path: &str) -> PemFound {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied if host.euid() != 0 => PemFound::NotAllowed,
        std::io::ErrorKind::NotFound => PemFound::Unreadable("it is not there".into()),
        _ => PemFound::Unreadable(error.to_string()),
    };
    let mut at = path.to_owned();
    for _ in 0..LINKS {
        let meta = match host.meta(&at) {
            Ok(meta) => meta,
            Err(error) => return unreadable(error),
        };
        match meta.kind {
            // Renewed certificates are often links to the latest.
            FileKind::Symlink => match host.read_link(&at) {
                Ok(target) if target.starts_with('/') => at = target,
                Ok(target) => {
                    let dir = at.rsplit_once('/').map_or("", |(dir, _)| dir);
                    at = format!("{dir}/{target}");
                }
                Err(error) => return unreadable(error),
            },
            FileKind::File => {
                let bytes = match host.read(&at) {
                    Ok(bytes) => Zeroizing::new(bytes),
                    Err(error) => return unreadable(error),
                };
                let (labels, damaged) = blocks(&String::from_utf8_lossy(&bytes));
                return PemFound::Pem {
                    mode: meta.mode,
                    uid: meta.uid,
                    labels,
                    damaged,
                };
            }
            _ => return PemFound::Unreadable("it is no file".into()),
        }
    }
    PemFound::Unreadable("too many symbolic links".into())
}

/// The labels of the blocks (RFC 7468), and whether one of them is damaged.
fn blocks(text: &str) -> (Vec<String>, bool) {
    let (mut labels, mut damaged) = (Vec::new(), false);
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let label = line.strip_prefix("-----BEGIN ");
        let Some(label) = label.and_then(|rest| rest.strip_suffix("-----")) else {
            continue;
        };
        let (mut body, mut locked, mut ended) = (Zeroizing::new(String::new()), false, false);
        for line in lines.by_ref() {
            if line == format!("-----END {label}-----") {
                ended = true;
                break;
            }
            match line.split_once(": ") {
                // RFC 1421: "Proc-Type: 4,ENCRYPTED".
                Some((_, value)) => locked |= value.ends_with("ENCRYPTED"),
                None => body.push_str(line),
            }
        }
        let der = STANDARD.decode(body.as_str()).map(Zeroizing::new);
        damaged |= !ended || !der.is_ok_and(|der| !der.is_empty());
        let before = if locked { "ENCRYPTED " } else { "" };
        labels.push(format!("{before}{label}"));
    }
    (labels, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const CERT: &str = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn the_kind_of_each_block_is_told_and_damage() {
        let one = |text: &str| blocks(text);
        let certificate = (vec!["CERTIFICATE".to_owned()], false);
        assert_eq!(one(CERT), certificate);
        assert_eq!(
            one(&format!("subject=CN\n{}", CERT.replace('\n', "\r\n"))),
            certificate
        );
        assert_eq!(one(&CERT[..50]), (vec!["CERTIFICATE".to_owned()], true));
        assert!(one(&CERT.replace("AAAA", "A:AA")).1);
        assert_eq!(one("no PEM"), (Vec::new(), false));
        let locked = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: \
                      AES-256-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(
            one(locked),
            (vec!["ENCRYPTED RSA PRIVATE KEY".to_owned()], false)
        );
    }

    #[test]
    fn links_are_followed_and_what_is_hidden_from_a_user_is_not_missing() {
        let tls = EtcdTls {
            ca: "/etc/ca.pem".into(),
            cert: "/etc/live/cert.pem".into(),
            key: "/etc/key.pem".into(),
        };
        let mut host = Scripted::new()
            .file("/etc/archive/cert1.pem", CERT)
            .link("/etc/live/cert.pem", "../archive/cert1.pem")
            .deny("/etc/key.pem");
        host.euid = 1000;
        let files = look(&host, &tls);
        assert_eq!(
            files[0].found,
            PemFound::Unreadable("it is not there".into())
        );
        assert!(matches!(&files[1].found, PemFound::Pem { labels, .. } if labels.len() == 1));
        assert_eq!(files[2].found, PemFound::NotAllowed);
    }
}
