//! Looking up what the hand-off needs to know: the script, and the files that the
//! answers name. Nothing is written; what is fetched is forgotten again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{conf, docker, fetch, found};
use crate::answers::config::{Config, ReplicatedConfig, Role, ScriptSource, TlsType};
use crate::apply::content::digest;
use crate::apply::files::read_text;
use crate::facts::Facts;
use crate::host::{Command, FileKind, Host};
use crate::plan::scheduler::replicated::act::From;
use crate::plan::scheduler::replicated::script::Script;
use crate::plan::scheduler::replicated::{
    CONF, FIRST_SCRIPT, OPERATOR_SCRIPT, has_userinfo, is_secret, proxies,
};
use crate::plan::survey::{FoundScript, ReplicatedSurvey};

/// Looks it up.
pub fn survey(host: &dyn Host, config: &Config, facts: &Facts) -> ReplicatedSurvey {
    let wanted = &config.replicated;
    let joins = config.role == Role::Join;
    let from = match &wanted.script {
        // It would be refused: nothing is sent.
        ScriptSource::Url(_) if config.airgap => None,
        ScriptSource::Url(url) if has_userinfo(url) => None,
        ScriptSource::Url(url) => Some(From::Url {
            url: url.clone(),
            proxies: proxies(facts),
        }),
        ScriptSource::File(path) => Some(From::File(path.display().to_string())),
        ScriptSource::Airgap(dir) => {
            let name = if joins { OPERATOR_SCRIPT } else { FIRST_SCRIPT };
            Some(From::File(format!("{}/{name}", dir.display())))
        }
    };
    let airgap = match &wanted.script {
        ScriptSource::Airgap(dir) => host.list(&dir.display().to_string()).unwrap_or_default(),
        ScriptSource::Url(_) | ScriptSource::File(_) => Vec::new(),
    };
    let mut installed = BTreeMap::new();
    for service in ["replicated", "replicated-operator"] {
        if let Some(path) = found::settings(host, service)
            && let Some(address) = found::setting(host, &path, "PRIVATE_ADDRESS")
            && !address.is_empty()
        {
            installed.insert(path, address);
        }
    }
    let systemd = facts
        .services
        .init
        .value()
        .is_some_and(|init| init == "systemd")
        && facts.services.manager_running.value() == Some(&true);
    ReplicatedSurvey {
        script: from.map(|from| script(host, &from)),
        airgap,
        conf: settings(host),
        files: if joins {
            BTreeMap::new()
        } else {
            files(host, wanted)
        },
        installed,
        sysconfig: systemd
            && host
                .meta("/etc/sysconfig")
                .is_ok_and(|meta| meta.kind == FileKind::Directory),
        dockerd: docker::has_name(host),
        docker_upstart: host.meta("/etc/init/docker.conf").is_ok(),
    }
}

fn script(host: &dyn Host, from: &From) -> Result<FoundScript, String> {
    let bytes = fetch::fetch(host, from)?;
    let read = Script::parse(&bytes);
    let syntax = match &read {
        Err(_) => None,
        Ok(_) => {
            let command = Command::new(["bash", "-n"])
                .stdin(bytes.clone())
                .timeout(Duration::from_secs(20));
            match host.run(&command) {
                Err(error) if error.code().is_some() => Some(error.to_string()),
                // That bash is missing is told elsewhere.
                Ok(_) | Err(_) => None,
            }
        }
    };
    Ok(FoundScript {
        sha256: digest(&bytes),
        read,
        syntax,
    })
}

fn settings(host: &dyn Host) -> Option<Result<BTreeMap<String, String>, String>> {
    let text = match read_text(host, CONF) {
        Ok(None) => return None,
        Ok(Some((text, _))) => text,
        Err(error) => return Some(Err(error.to_string())),
    };
    let map = match conf::parse(&text) {
        Ok(map) => map,
        Err(error) => return Some(Err(error.to_string())),
    };
    let shown = |key: &str, value: &Value| match value {
        _ if is_secret(key) => String::new(),
        Value::String(text) => crate::facts::redact::text(text),
        other => other.to_string(),
    };
    Some(Ok(map
        .iter()
        .map(|(key, value)| (key.clone(), shown(key, value)))
        .collect()))
}

/// What a file has to hold.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Anything,
    Json,
    Certificate,
    Key,
}

/// The files that the answers name, and what is wrong with each.
fn files(host: &dyn Host, wanted: &ReplicatedConfig) -> BTreeMap<&'static str, String> {
    let tls = wanted
        .tls
        .as_ref()
        .filter(|tls| tls.kind != TlsType::SelfSigned);
    let all: [(&'static str, Option<&PathBuf>, Holds); 5] = [
        (
            "replicated.license-file",
            wanted.license_file.as_ref(),
            Holds::Anything,
        ),
        (
            "replicated.settings-file",
            wanted.settings_file.as_ref(),
            Holds::Json,
        ),
        (
            "replicated.airgap-package",
            wanted.airgap_package.as_ref(),
            Holds::Anything,
        ),
        (
            "replicated.tls.cert",
            tls.and_then(|tls| tls.cert.as_ref()),
            Holds::Certificate,
        ),
        (
            "replicated.tls.key",
            tls.and_then(|tls| tls.key.as_ref()),
            Holds::Key,
        ),
    ];
    all.into_iter()
        .filter_map(|(id, path, holds)| {
            let path = path?.display().to_string();
            Some((id, wrong(host, &path, holds)?))
        })
        .collect()
}

/// What is wrong with a file.
fn wrong(host: &dyn Host, path: &str, holds: Holds) -> Option<String> {
    if !path.starts_with('/') {
        return Some(format!(
            "{path}: an absolute path is wanted, since Replicated reads it from a container"
        ));
    }
    let meta = match host.meta(path) {
        Ok(meta) => meta,
        Err(error) => return Some(format!("{path}: {error}")),
    };
    if meta.kind == FileKind::Directory {
        return Some(format!("{path}: a folder, wanted a file"));
    }
    if meta.kind == FileKind::File && meta.size == 0 {
        return Some(format!("{path}: it is empty"));
    }
    if matches!(holds, Holds::Anything) {
        return None;
    }
    let bytes = match host.read(path) {
        Ok(bytes) => zeroize::Zeroizing::new(bytes),
        Err(error) => return Some(format!("{path}: {error}")),
    };
    match holds {
        Holds::Anything => None,
        Holds::Json => match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Object(_)) => None,
            Ok(_) => Some(format!("{path}: wanted a JSON object")),
            // Its message holds a place, and nothing of the content.
            Err(error) => Some(format!("{path}: no JSON: {error}")),
        },
        Holds::Certificate => (!pem(&bytes, "CERTIFICATE"))
            .then(|| format!("{path}: no certificate (PEM: -----BEGIN CERTIFICATE-----)")),
        Holds::Key => (!pem(&bytes, "PRIVATE KEY"))
            .then(|| format!("{path}: no private key (PEM: -----BEGIN PRIVATE KEY-----)")),
    }
}

/// Whether there is a whole block of PEM whose label ends like this.
fn pem(bytes: &[u8], label: &str) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let text = zeroize::Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let mut body: Option<zeroize::Zeroizing<String>> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----BEGIN ") && line.ends_with(&format!("{label}-----")) {
            body = Some(zeroize::Zeroizing::new(String::new()));
        } else if line.starts_with("-----END ") && line.ends_with(&format!("{label}-----")) {
            return body
                .is_some_and(|body| !body.is_empty() && STANDARD.decode(body.as_bytes()).is_ok());
        } else if let Some(body) = &mut body
            // Headers of an old encrypted key.
            && !line.contains(':')
        {
            body.push_str(line);
        }
    }
    false
}
