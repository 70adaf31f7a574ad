//! What is answered about Replicated itself.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use super::build::Reader;
use super::{Answers, Authentication, Problem, Role, TlsType};
use crate::answers::check::parse_duration;
use crate::answers::secret::SecretRef;
use crate::answers::types::Endpoint;
use crate::answers::value::Value;

/// Where the install script for a further host comes from (the vendor's other
/// script), where nobody says.
const OPERATOR: &str = "https://get.replicated.com/operator";

/// Where the install script comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScriptSource {
    /// An address.
    Url(String),
    /// A file on this host.
    File(PathBuf),
    /// The vendor's unpacked airgap package: a folder with the scripts and the
    /// images.
    Airgap(PathBuf),
}

impl ScriptSource {
    /// The answer that says so.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Url(_) => "replicated.script.url",
            Self::File(_) => "replicated.script.file",
            Self::Airgap(_) => "replicated.script.airgap-dir",
        }
    }
}

/// The certificate of Replicated's own page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsConfig {
    /// How it comes about.
    pub kind: TlsType,
    /// Name that the page is reached by.
    pub hostname: Option<String>,
    /// File of the certificate.
    pub cert: Option<PathBuf>,
    /// File of its key.
    pub key: Option<PathBuf>,
}

/// Replicated itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplicatedConfig {
    /// Install it.
    pub install: bool,
    /// The script.
    pub script: ScriptSource,
    /// SHA-256 that the script has to have.
    pub sha256: Option<String>,
    /// Further arguments.
    pub args: Vec<String>,
    /// Address by which users reach this host; none: the script is told that
    /// there is none.
    pub public_address: Option<Ipv4Addr>,
    /// How long the script may run.
    pub within: Duration,
    /// Where the first host's daemon is; for a host that joins.
    pub daemon_endpoint: Option<Endpoint>,
    /// Token to join the first host.
    pub daemon_token: Option<SecretRef>,
    /// The vendor's licence.
    pub license_file: Option<PathBuf>,
    /// The application's settings.
    pub settings_file: Option<PathBuf>,
    /// The application's airgap package.
    pub airgap_package: Option<PathBuf>,
    /// Release of the application; none: the newest.
    pub release_sequence: Option<u32>,
    /// Certificate of Replicated's own page.
    pub tls: Option<TlsConfig>,
    /// Who may see that page.
    pub authentication: Option<Authentication>,
    /// Its password.
    pub password: Option<SecretRef>,
}

impl ReplicatedConfig {
    pub(super) fn read(read: &Reader<'_>, script: ScriptSource) -> Option<Self> {
        let path = |id: &str| read.text(id).map(PathBuf::from);
        Some(Self {
            install: read.flag("replicated.install")?,
            script,
            sha256: read
                .text("replicated.script.sha256")
                .map(|digest| digest.to_ascii_lowercase()),
            args: read.texts("replicated.args"),
            public_address: match read.text("replicated.public-address") {
                None => None,
                Some(text) => Some(text.parse().ok()?),
            },
            within: parse_duration(&read.text("replicated.within")?).ok()?,
            daemon_endpoint: match read.text("replicated.daemon-endpoint") {
                None => None,
                Some(text) => Some(text.parse().ok()?),
            },
            daemon_token: read.secret("replicated.daemon-token"),
            license_file: path("replicated.license-file"),
            settings_file: path("replicated.settings-file"),
            airgap_package: path("replicated.airgap-package"),
            release_sequence: read.int("replicated.release-sequence"),
            tls: read
                .word("replicated.tls.type", TlsType::from_word)
                .map(|kind| TlsConfig {
                    kind,
                    hostname: read.text("replicated.tls.hostname"),
                    cert: path("replicated.tls.cert"),
                    key: path("replicated.tls.key"),
                }),
            authentication: read.word(
                "replicated.daemon-authentication.type",
                Authentication::from_word,
            ),
            password: read.secret("replicated.daemon-authentication.password"),
        })
    }
}

/// Where the script comes from: of the three answers, the one of the strongest
/// layer.
pub(super) fn script(answers: &Answers, problems: &mut Vec<Problem>) -> Option<ScriptSource> {
    let text = |id: &str| answers.get(id)?.text().map(str::to_owned);
    let all = [
        "replicated.script.url",
        "replicated.script.file",
        "replicated.script.airgap-dir",
    ];
    let given: Vec<_> = all
        .into_iter()
        .map(|id| (id, answers.origin(id).rank()))
        .filter(|(_, rank)| *rank > 0)
        .collect();
    let Some(strongest) = given.iter().map(|(_, rank)| *rank).max() else {
        let joins = text("role").as_deref() == Some(Role::Join.word());
        return Some(ScriptSource::Url(if joins {
            OPERATOR.to_owned()
        } else {
            text("replicated.script.url")?
        }));
    };
    let mut of_layer = given.iter().filter(|(_, rank)| *rank == strongest);
    let (id, _) = of_layer.next()?;
    for (other, _) in of_layer {
        let first = id.rsplit('.').next().unwrap_or(id);
        problems.push(answers.problem(
            other,
            format!("{first} says where the script comes from already"),
            Some("keep one of them"),
        ));
    }
    let value = text(id)?;
    Some(match *id {
        "replicated.script.url" => ScriptSource::Url(value),
        "replicated.script.file" => ScriptSource::File(value.into()),
        _ => ScriptSource::Airgap(value.into()),
    })
}

/// Problems between these answers.
pub(super) fn check(answers: &Answers, problems: &mut Vec<Problem>) {
    let text = |id: &str| {
        let value = answers.get(id);
        value.as_ref().and_then(Value::text).map(str::to_owned)
    };
    let mut missing = |id: &str, because: &str| {
        problems.push(answers.problem(id, format!("missing: {because}"), None));
    };
    let given = |id: &str| answers.get(id).is_some();
    let tls = text("replicated.tls.type");
    for id in ["replicated.tls.cert", "replicated.tls.key"] {
        match tls.as_deref() {
            Some("server-path" | "key-cert") if !given(id) => {
                missing(id, "replicated.tls.type needs the certificate and its key");
            }
            _ => {}
        }
    }
    let by_password = text("replicated.daemon-authentication.type").as_deref() == Some("password");
    if by_password && !given("replicated.daemon-authentication.password") {
        missing(
            "replicated.daemon-authentication.password",
            "replicated.daemon-authentication.type is password",
        );
    }
    let mut useless = |id: &str, because: &str, hint: &str| {
        if given(id) {
            problems.push(answers.problem(id, because, Some(hint)));
        }
    };
    if !by_password {
        useless(
            "replicated.daemon-authentication.password",
            "is used for replicated.daemon-authentication.type: password alone",
            "say that type, or leave the password out",
        );
    }
    match tls.as_deref() {
        Some("self-signed") => {
            for id in ["replicated.tls.cert", "replicated.tls.key"] {
                useless(
                    id,
                    "replicated.tls.type self-signed uses none: Replicated makes its own",
                    "say server-path, or leave it out",
                );
            }
        }
        Some(_) => {}
        None => {
            for id in [
                "replicated.tls.hostname",
                "replicated.tls.cert",
                "replicated.tls.key",
            ] {
                useless(
                    id,
                    "is not used without replicated.tls.type",
                    "say server-path, self-signed or key-cert",
                );
            }
        }
    }
}
