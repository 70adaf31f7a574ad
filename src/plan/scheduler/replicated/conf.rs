//! What goes into /etc/replicated.conf, and the token that a further host joins
//! with.

use std::collections::BTreeMap;

use super::act::{Join, Setting};
use super::{CONF, CONF_DIRS, Planner};
use crate::answers::SecretRef;
use crate::answers::config::Authentication;
use crate::plan::zerotier::Token;

impl Planner<'_> {
    /// What is to be in /etc/replicated.conf.
    pub(super) fn conf(&mut self) -> BTreeMap<String, Setting> {
        let config = self.config;
        let mut keys = BTreeMap::new();
        let text = |path: &std::path::PathBuf| Setting::Text(path.display().to_string());
        if !self.joins {
            let mut set = |key: &str, value: Option<Setting>| {
                if let Some(value) = value {
                    keys.insert(key.to_owned(), value);
                }
            };
            set(
                "LicenseFileLocation",
                config.license_file.as_ref().map(text),
            );
            set(
                "ImportSettingsFrom",
                config.settings_file.as_ref().map(text),
            );
            set(
                "LicenseBootstrapAirgapPackagePath",
                config.airgap_package.as_ref().map(text),
            );
            set(
                "ReleaseSequence",
                config.release_sequence.map(Setting::Number),
            );
            if let Some(tls) = &config.tls {
                set(
                    "TlsBootstrapType",
                    Some(Setting::Text(tls.kind.word().into())),
                );
                set(
                    "TlsBootstrapHostname",
                    tls.hostname.clone().map(Setting::Text),
                );
                set("TlsBootstrapCert", tls.cert.as_ref().map(text));
                set("TlsBootstrapKey", tls.key.as_ref().map(text));
            }
            set(
                "DaemonAuthenticationType",
                config
                    .authentication
                    .map(|kind| Setting::Text(kind.word().into())),
            );
        }
        if !self.joins
            && config.authentication == Some(Authentication::Password)
            && let Some(secret) = &config.password
            && let Some(token) = self.token("replicated.daemon-authentication.password", secret)
        {
            keys.insert(
                "DaemonAuthenticationPassword".into(),
                Setting::Secret(token),
            );
        }
        let address = self.site.address.to_string();
        let old = match &self.survey.conf {
            None => None,
            Some(Ok(old)) => Some(old),
            Some(Err(why)) => {
                self.refuse(
                    "replicated.install",
                    format!("{CONF}: {why}"),
                    "mend it: Replicated reads nothing of it as it is",
                );
                None
            }
        };
        // A stale one is what the script asks about for ever, when it is run
        // again by hand without private-address.
        let stale = old
            .and_then(|old| old.get("LocalAddress"))
            .is_some_and(|found| *found != address);
        if stale || !keys.is_empty() {
            keys.insert("LocalAddress".into(), Setting::Text(address));
        }
        if let Some(old) = old {
            let changed: Vec<_> = keys
                .iter()
                .filter_map(|(key, value)| {
                    let was = old.get(key)?;
                    match value {
                        Setting::Text(text) if text == was => None,
                        Setting::Number(number) if number.to_string() == *was => None,
                        Setting::Text(text) => Some(format!("{key} from {was} to {text}")),
                        Setting::Number(number) => Some(format!("{key} from {was} to {number}")),
                        Setting::Secret(_) => Some(format!("{key} (secret)")),
                    }
                })
                .collect();
            if !changed.is_empty() {
                self.notes.push(format!(
                    "{CONF} is there, and these of its keys are changed: {}; the others stay.",
                    changed.join("; ")
                ));
            }
        }
        keys
    }

    fn token(&mut self, id: &str, secret: &SecretRef) -> Option<Token> {
        match secret {
            SecretRef::File(path) => Some(Token::File(path.display().to_string())),
            SecretRef::Env(name) => Some(Token::Env(name.clone())),
            SecretRef::Prompt | SecretRef::Generate | SecretRef::Inline(_) => {
                self.refuse(
                    id,
                    "a secret that is typed in is not taken: it would have to be kept",
                    "say {file: PATH} or {env: NAME}",
                );
                None
            }
        }
    }

    pub(super) fn join(&mut self) -> Option<Join> {
        if !self.joins {
            return None;
        }
        if self.config.daemon_endpoint.is_none() {
            self.refuse(
                "replicated.daemon-endpoint",
                "where the first host's daemon is, is not said: the script would ask for ever",
                "say its private address with port 9879",
            );
        }
        let Some(secret) = &self.config.daemon_token else {
            self.refuse(
                "replicated.daemon-token",
                "the first host's token is not said: the script would ask for ever",
                "it is on the page Cluster of the first host; say {file: PATH} or {env: NAME}",
            );
            return None;
        };
        let token = self.token("replicated.daemon-token", secret)?;
        // As the scripts choose (common/system.sh, detectInitSystemConfDir).
        let mut there = self.survey.installed.keys();
        let dir = match there.next().and_then(|path| path.rsplit_once('/')) {
            Some((dir, _)) => dir,
            None if self.survey.sysconfig => CONF_DIRS[1],
            None => CONF_DIRS[0],
        };
        Some(Join {
            path: format!("{dir}/replicated-operator"),
            token,
        })
    }
}
