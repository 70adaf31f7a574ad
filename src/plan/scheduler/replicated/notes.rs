//! Docker as the script wants it, and what the operator has to know beyond the
//! steps.

use std::collections::BTreeMap;

use super::act::{Act, Setting};
use super::script::Script;
use super::{CONF, Planner, REMOVAL, is_secret};
use crate::plan::step::{Manager, Step};
use crate::version::Version;

impl Planner<'_> {
    /// Whether Docker is as the script wants it.
    pub(super) fn docker(&mut self, script: Option<&Script>) -> Option<Step> {
        let docker = &self.facts.docker;
        if docker.installed.value() != Some(&true) {
            if self.airgap() {
                self.refuse(
                    "replicated.script.airgap-dir",
                    "Docker is not on this host, and an airgap package does not bring it",
                    "install Docker first",
                );
            }
            return None;
        }
        if docker.running.value() == Some(&false) {
            self.refuse(
                "replicated.install",
                "Docker is on this host and does not run: the script would say that it is not \
                 installed",
                "start Docker",
            );
            return None;
        }
        if !script?.wants_dockerd || self.survey.dockerd {
            return None;
        }
        let version = docker.version.value().map_or("", String::as_str);
        // The daemon has its own name since 1.12 (moby v1.12.0), also that which the
        // plan brings.
        let named = version.parse::<Version>().ok().zip("1.12".parse().ok());
        if named.is_some_and(|(found, first)| found >= first) {
            return None;
        }
        let found = format!(
            "Docker {version} runs without a process named dockerd, which scripts since 2020-06-09 \
             look for: this one would say that Docker is not installed"
        );
        if self.facts.os.family.value().map(String::as_str) != Some("el6") {
            self.refuse(
                self.config.script.id(),
                found,
                "give a script from before that day (Replicated before 2.46), or a newer Docker",
            );
            return None;
        }
        // Docker before 1.10 does not tell how many run, only how many there are.
        let running = docker.info.running.value().or(docker.containers.value());
        if running != Some(&0) && !self.site.inputs.config.needs.docker_restart {
            let some = running.map_or_else(|| "some".to_owned(), u64::to_string);
            self.refuse(
                "needs.docker-restart",
                format!(
                    "{found}. A label helps, for which Docker has to be started anew, and {some} \
                     containers may run"
                ),
                "say needs.docker-restart: true; or give a script from before that day (Replicated \
                 before 2.46)",
            );
            return None;
        }
        self.notes.push(
            "Docker gets the label compat=dockerd: it does nothing but let the install script find \
             the word that it looks for. Replicated itself has not supported this distribution \
             since 2020-11-30."
                .into(),
        );
        Some(Step::Replicated(Act::DockerLabel {
            manager: if self.survey.docker_upstart {
                Manager::Upstart
            } else {
                Manager::Sysvinit
            },
            path: "/etc/sysconfig/docker".into(),
        }))
    }

    /// What the operator has to know beyond the steps.
    pub(super) fn tell(&mut self, script: &Script, keys: &BTreeMap<String, Setting>) {
        let mut notes = Vec::new();
        if let Some(version) = &script.version {
            notes.push(format!("The script installs Replicated {version}."));
        }
        if self.facts.docker.installed.value() == Some(&false) {
            let which = script.docker.as_deref().unwrap_or("its own choice of");
            notes.push(format!(
                "Docker is not on this host: the script installs {which} Docker by its own means, \
                 which is not undone."
            ));
        }
        if let (Some(made_for), Some(here)) = (&script.docker, self.facts.docker.version.value())
            && let (Ok(made_for), Ok(found)) =
                (made_for.parse::<Version>(), here.parse::<Version>())
            && found > made_for
        {
            notes.push(format!(
                "Docker {here} is newer than {}, which the script was made for: it does not look \
                 (no-docker), and Replicated may not know it.",
                script.docker.as_deref().unwrap_or_default()
            ));
        }
        if let Some(id) = self.facts.os.id.value()
            && !script.distributions.is_empty()
            && !script.distributions.contains(id)
        {
            notes.push(format!(
                "The script knows {} and not {id}: it may stop with \"That is an unsupported \
                 distribution\", before it installs anything.",
                script.distributions.join(", ")
            ));
        }
        if !keys.is_empty() {
            notes.push(format!(
                "{CONF} is made readable for everybody on this host by the script, since Replicated \
                 runs as a user of its own{}.",
                if keys.keys().any(|key| is_secret(key)) {
                    "; so is the password in it"
                } else {
                    ""
                }
            ));
        }
        if self.joins {
            notes.push(
                "The token is handed over in the script's own file of settings (0600), not as an \
                 argument."
                    .into(),
            );
        } else {
            notes.push(
                "While the script runs, it hands Replicated's daemon token to its second script as \
                 an argument, where users of this host can see it, and its settings (replicated and \
                 replicated-operator in /etc/default or /etc/sysconfig) keep it readable for \
                 everybody: both are the vendor's doing."
                    .into(),
            );
        }
        notes.push(format!(
            "The choice is final: Replicated keeps {} as its private address, in the names of its \
             images too, and cannot be moved to another scheduler. It is removed by the vendor's \
             steps: {}",
            self.site.address,
            REMOVAL.join("; ")
        ));
        self.notes.extend(notes);
    }
}
