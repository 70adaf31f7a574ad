//! Whether the files for etcd's TLS are what etcd and flanneld take.

use crate::plan::Refusal;
use crate::plan::survey::{PemFile, PemFound};

/// What is wrong with the files, all of it, and what could not be looked at.
pub(super) fn check(files: &[PemFile]) -> (Vec<Refusal>, Vec<String>) {
    let (mut refusals, mut notes) = (Vec::new(), Vec::new());
    for file in files {
        let path = &file.path;
        let mut refuse = |text: String, remedy: &str| {
            refusals.push(Refusal {
                id: format!("overlay.flannel.etcd-tls.{}", file.role),
                text,
                remedy: remedy.into(),
            });
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@%=".contains(c);
        if !path.starts_with('/') || !path.chars().all(plain) {
            refuse(
                format!("{path:?} is no absolute path of plain characters"),
                "it goes into files for services: give one like /etc/groundcrew/etcd/key.pem",
            );
            continue;
        }
        match &file.found {
            PemFound::Unreadable(why) => refuse(
                format!("{path} cannot be read: {why}"),
                "etcd needs it at every start: put it there first",
            ),
            PemFound::NotAllowed => notes.push(format!(
                "{path} was not looked into: this user may not read it; run groundcrew as root."
            )),
            PemFound::Pem {
                mode,
                uid,
                labels,
                damaged,
            } => {
                let key = file.role == "key";
                let others = mode & 0o077 != 0;
                if key && (others || *uid != 0) {
                    let text = format!(
                        "{path} is a key and others than root can read it (mode {:04o}, owner {uid})",
                        mode & 0o7777
                    );
                    refuse(text, &format!("chown root {path}; chmod 600 {path}"));
                }
                let wanted = |label: &String| match key {
                    // crypto/tls X509KeyPair takes these, and none with a password.
                    true => ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]
                        .contains(&label.as_str()),
                    false => label == "CERTIFICATE",
                };
                let what = if key {
                    "a private key"
                } else {
                    "a certificate"
                };
                if let Some(locked) = labels.iter().find(|l| key && l.starts_with("ENCRYPTED")) {
                    refuse(
                        format!("{path} holds a key with a password ({locked})"),
                        "etcd and flanneld cannot ask for one: give a key without",
                    );
                } else if !labels.iter().any(wanted) {
                    let found = match labels.as_slice() {
                        [] => "nothing in PEM".to_owned(),
                        some => some.join(", "),
                    };
                    refuse(
                        format!("{path} holds {found}, wanted {what} in PEM"),
                        "are two of the three files mixed up? DER is turned into PEM by openssl",
                    );
                } else if *damaged {
                    refuse(
                        format!("{path} is damaged: a PEM block in it has no end or is no base64"),
                        "copy it anew",
                    );
                }
            }
        }
    }
    (refusals, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(role: &'static str, path: &str, found: PemFound) -> PemFile {
        PemFile {
            role,
            path: path.into(),
            found,
        }
    }

    fn pem(mode: u32, uid: u32, labels: &[&str]) -> PemFound {
        PemFound::Pem {
            mode,
            uid,
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            damaged: false,
        }
    }

    fn told(files: &[PemFile]) -> Vec<String> {
        let (refusals, notes) = check(files);
        let refusals = refusals
            .into_iter()
            .map(|r| format!("{}: {}", r.id, r.text));
        refusals.chain(notes).collect()
    }

    #[test]
    fn good_files_are_taken_and_all_that_is_wrong_is_told_at_once() {
        for key in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
            let files = [
                file(
                    "ca",
                    "/e/ca.pem",
                    pem(0o644, 0, &["CERTIFICATE", "CERTIFICATE"]),
                ),
                file("cert", "/e/cert.pem", pem(0o644, 7, &["CERTIFICATE"])),
                // EC keys come with their parameters.
                file("key", "/e/key.pem", pem(0o400, 0, &["EC PARAMETERS", key])),
            ];
            assert_eq!(told(&files), Vec::<String>::new(), "{key}");
        }
        let files = [
            file("ca", "/e/ca.pem", PemFound::Unreadable("not found".into())),
            file("cert", "/e/key.pem", pem(0o644, 0, &["PRIVATE KEY"])),
            file("key", "/e/key.pem", pem(0o644, 0, &[])),
        ];
        assert_eq!(
            told(&files),
            [
                "overlay.flannel.etcd-tls.ca: /e/ca.pem cannot be read: not found",
                "overlay.flannel.etcd-tls.cert: /e/key.pem holds PRIVATE KEY, wanted a certificate \
                 in PEM",
                "overlay.flannel.etcd-tls.key: /e/key.pem is a key and others than root can read it \
                 (mode 0644, owner 0)",
                "overlay.flannel.etcd-tls.key: /e/key.pem holds nothing in PEM, wanted a private \
                 key in PEM",
            ]
        );
    }

    #[test]
    fn a_password_a_strange_path_and_what_may_not_be_read_are_told() {
        let files = [
            file("ca", "ca.pem", pem(0o644, 0, &["CERTIFICATE"])),
            file("cert", "/e/it's.pem", pem(0o644, 0, &["CERTIFICATE"])),
            file(
                "key",
                "/e/key.pem",
                pem(0o600, 0, &["ENCRYPTED PRIVATE KEY"]),
            ),
            file("key", "/e/hidden.pem", PemFound::NotAllowed),
        ];
        let told = told(&files);
        assert!(told[0].ends_with("\"ca.pem\" is no absolute path of plain characters"));
        assert!(told[1].contains("it's.pem"), "{told:?}");
        assert!(told[2].contains("with a password"), "{told:?}");
        assert!(told[3].contains("was not looked into"), "{told:?}");
        assert_eq!(told.len(), 4);
    }
}
