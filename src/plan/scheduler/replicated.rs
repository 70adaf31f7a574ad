//! Replicated's native scheduler, by the vendor's install script.
//!
//! The script is read before it is run: which one it is, what it takes. It is
//! called with exactly those arguments that keep it from asking, without a
//! terminal, and what it did is looked at afterwards: it ends with 0 also where
//! it has installed nothing.

pub mod act;
pub mod arguments;
pub mod boot;
mod conf;
mod notes;
pub mod script;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use self::act::{Act, From, Run};
use self::arguments::{Wanted, arguments, fits};
use self::script::Script;
use super::{Planned, Site};
use crate::answers::config::{InitWish, ReplicatedConfig, Role, ScriptSource};
use crate::facts::Facts;
use crate::plan::Refusal;
use crate::plan::step::{Manager, Step};
use crate::plan::survey::{FoundScript, ReplicatedSurvey};

/// Settings of Replicated's daemon, which reads them at its first start
/// (Replicated's page "Automating installation").
pub const CONF: &str = "/etc/replicated.conf";
/// Where the install script is kept.
pub const SCRIPT: &str = "/etc/groundcrew/replicated-install.sh";
/// Folders that the vendor's scripts keep their settings in.
pub const CONF_DIRS: [&str; 2] = ["/etc/default", "/etc/sysconfig"];
/// Replicated's own page.
const UI_PORT: u16 = 8800;
/// Ports that the daemon publishes on every interface: registry, API, internal
/// API, snapshots, and the one for the other hosts (systemd/replicated.service).
const PORTS: std::ops::RangeInclusive<u16> = 9874..=9879;
/// Images that a first host loads out of the airgap package (common/airgap.sh),
/// without those that are only in some releases.
const FIRST_IMAGES: [&str; 5] = [
    "replicated.tar",
    "replicated-ui.tar",
    "cmd.tar",
    "statsd-graphite.tar",
    "premkit.tar",
];
const OPERATOR_IMAGE: &str = "replicated-operator.tar";
/// The script for further hosts in the airgap package, which the other one runs
/// for the host that it is on.
pub const OPERATOR_SCRIPT: &str = "operator_install.sh";
/// The script for a first host there.
pub const FIRST_SCRIPT: &str = "install.sh";

/// What it has to show once it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verify {
    /// The address that it was told.
    pub address: Ipv4Addr,
    /// Its services: each is a unit and a container of this name.
    pub services: Vec<String>,
    /// TCP ports that have to be open on the address.
    pub ports: Vec<u16>,
}

impl Verify {
    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        let mut text = format!(
            "settings and units of {} with {}, running containers",
            self.services.join(", "),
            self.address
        );
        if let (Some(first), Some(last)) = (self.ports.first(), self.ports.last()) {
            text.push_str(&format!(", and what listens on ports {first} to {last}"));
        }
        text
    }
}

/// Plans it.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(site: &Site<'_>) -> Result<Planned, Vec<Refusal>> {
    let inputs = site.inputs;
    let mut planner = Planner {
        site,
        config: &inputs.config.replicated,
        facts: inputs.facts,
        survey: &inputs.survey.replicated,
        joins: inputs.config.role == Role::Join,
        refusals: Vec::new(),
        notes: Vec::new(),
    };
    planner.programs();
    planner.files();
    planner.installed();
    let script = planner.script();
    let keys = planner.conf();
    let join = planner.join();
    let docker = planner.docker(script.map(|(_, script)| script));
    let arguments = script.and_then(|(_, script)| planner.arguments(script));
    let (Some((found, script)), Some(arguments)) = (script, arguments) else {
        return Err(planner.refusals);
    };
    if !planner.refusals.is_empty() {
        return Err(planner.refusals);
    }
    planner.tell(script, &keys);
    let wanted = planner.wanted(&arguments);
    let mut steps = vec![Step::Replicated(Act::Script {
        from: planner.from(),
        sha256: found.sha256.clone(),
        path: SCRIPT.into(),
    })];
    if !keys.is_empty() {
        steps.push(Step::Replicated(Act::Conf { keys }));
    }
    steps.extend(docker);
    steps.extend(planner.boot(&wanted.services));
    steps.push(Step::Replicated(Act::Run(Run {
        script: SCRIPT.into(),
        sha256: found.sha256.clone(),
        arguments,
        dir: match &planner.config.script {
            ScriptSource::Airgap(dir) => dir.display().to_string(),
            ScriptSource::Url(_) | ScriptSource::File(_) => "/".into(),
        },
        within: planner.config.within.as_secs().max(1),
        join,
        wanted: wanted.clone(),
    })));
    Ok(Planned {
        steps,
        notes: planner.notes,
        verify: Some(super::VerifyScheduler::Replicated(wanted)),
    })
}

struct Planner<'a> {
    site: &'a Site<'a>,
    config: &'a ReplicatedConfig,
    facts: &'a Facts,
    survey: &'a ReplicatedSurvey,
    joins: bool,
    refusals: Vec<Refusal>,
    notes: Vec<String>,
}

/// The keys of /etc/replicated.conf that are secret.
pub fn is_secret(key: &str) -> bool {
    ["Password", "Token", "Secret"]
        .iter()
        .any(|part| key.contains(part))
}

impl<'a> Planner<'a> {
    fn refuse(&mut self, id: &str, text: impl Into<String>, remedy: impl Into<String>) {
        self.refusals.push(Refusal {
            id: id.into(),
            text: text.into(),
            remedy: remedy.into(),
        });
    }

    fn programs(&mut self) {
        for (name, package) in [("bash", "bash"), ("setsid", "util-linux")] {
            if !self.site.inputs.survey.programs.contains_key(name) {
                self.refuse(
                    "replicated.install",
                    format!("{name} is not here, which the install script is run with"),
                    format!("install {package}"),
                );
            }
        }
    }

    fn files(&mut self) {
        for (id, wrong) in &self.survey.files {
            self.refuse(id, wrong.clone(), "name another file, or mend this one");
        }
        if !matches!(self.config.script, ScriptSource::Airgap(_)) {
            return;
        }
        let mut wanted = vec![OPERATOR_IMAGE, OPERATOR_SCRIPT];
        let read = match &self.survey.script {
            Some(Ok(FoundScript {
                read: Ok(script), ..
            })) => Some(script),
            _ => None,
        };
        // The script itself says what it loads; the list is for one that hides it.
        match read.map(|script| &script.images) {
            _ if self.joins => {}
            Some(images) if !images.is_empty() => wanted.extend(images.iter().map(String::as_str)),
            _ => wanted.extend(FIRST_IMAGES),
        }
        wanted.sort_unstable();
        wanted.dedup();
        let missing: Vec<_> = wanted
            .into_iter()
            .filter(|name| !self.survey.airgap.iter().any(|found| found == name))
            .collect();
        if !missing.is_empty() && !matches!(self.survey.script, Some(Err(_)) | None) {
            self.refuse(
                "replicated.script.airgap-dir",
                format!(
                    "it lacks {}: the script would stop half-way",
                    missing.join(", ")
                ),
                "unpack the vendor's whole airgap package there",
            );
        }
    }

    /// Images carry the address in their names: it is never changed afterwards.
    fn installed(&mut self) {
        let address = self.site.address.to_string();
        for (path, found) in &self.survey.installed {
            if *found != address {
                self.refuse(
                    "interface.name",
                    format!(
                        "Replicated is installed here with {found} ({path}), and the chosen \
                         interface {} has {address}: its images carry that address in their names",
                        self.site.interface
                    ),
                    format!(
                        "choose the interface that has {found}; or remove Replicated by the \
                         vendor's steps first"
                    ),
                );
            }
        }
    }

    fn script(&mut self) -> Option<(&'a FoundScript, &'a Script)> {
        let id = self.config.script.id();
        if let ScriptSource::Url(url) = &self.config.script {
            if self.site.inputs.config.airgap {
                self.refuse(
                    id,
                    "airgap: true, and the script would be downloaded",
                    "name the folder of the vendor's airgap package as replicated.script.airgap-dir",
                );
                return None;
            }
            if has_userinfo(url) {
                self.refuse(
                    id,
                    "it holds a user or a password, which plan, log and list of processes would \
                     show",
                    "fetch the script yourself, and name it as replicated.script.file",
                );
                return None;
            }
            if url.starts_with("http://") && self.config.sha256.is_none() {
                self.refuse(
                    id,
                    format!("{url} is not encrypted, and what comes from there runs as root"),
                    "take https, or say which script is meant with replicated.script.sha256",
                );
            }
        }
        let found = match &self.survey.script {
            Some(Ok(found)) => found,
            Some(Err(why)) => {
                self.refuse(
                    id,
                    why.clone(),
                    "bring the script along and name it as replicated.script.file, or the unpacked \
                     airgap package as replicated.script.airgap-dir",
                );
                return None;
            }
            None => {
                self.refuse(id, "the script was not read", "report this");
                return None;
            }
        };
        if let Some(pinned) = self.config.sha256.as_ref().filter(|p| **p != found.sha256) {
            self.refuse(
                "replicated.script.sha256",
                format!("{pinned} is wanted, and the script has {}", found.sha256),
                "read the script, and say its SHA-256 if it is good",
            );
        }
        let script = match &found.read {
            Ok(script) => script,
            Err(why) => {
                self.refuse(
                    id,
                    format!("{}: {why}", self.from().text()),
                    "give another script; Replicated has not served those for Swarm and Kubernetes \
                     since 2023",
                );
                return None;
            }
        };
        if let Some(wrong) = &found.syntax {
            self.refuse(
                id,
                format!("bash cannot read the script: {wrong}"),
                "fetch it anew: it may be cut off",
            );
        }
        if let Err(text) = fits(script.kind, self.joins) {
            self.refuse(id, text, "give that one, or say another role");
            return None;
        }
        Some((found, script))
    }

    fn from(&self) -> From {
        match &self.config.script {
            ScriptSource::Url(url) => From::Url {
                url: url.clone(),
                proxies: proxies(self.facts),
            },
            ScriptSource::File(path) => From::File(path.display().to_string()),
            ScriptSource::Airgap(dir) => From::File(format!(
                "{}/{}",
                dir.display(),
                if self.joins {
                    OPERATOR_SCRIPT
                } else {
                    FIRST_SCRIPT
                }
            )),
        }
    }

    fn airgap(&self) -> bool {
        matches!(self.config.script, ScriptSource::Airgap(_))
    }

    fn arguments(&mut self, script: &Script) -> Option<Vec<String>> {
        let proxies = proxies(self.facts);
        let proxy = ["https_proxy", "http_proxy", "all_proxy"]
            .iter()
            .find_map(|name| proxies.get(*name));
        let conf = self
            .survey
            .conf
            .as_ref()
            .and_then(|conf| conf.as_ref().ok());
        let wanted = Wanted {
            address: self.site.address,
            public: self.config.public_address,
            proxy: proxy.map(String::as_str),
            no_proxy: proxies.get("no_proxy").map(String::as_str),
            conf_proxy: script.reads_conf
                && conf.is_some_and(|conf| conf.contains_key("HttpProxy")),
            docker: self.facts.docker.installed.value() == Some(&true),
            airgap: self.airgap(),
            daemon: self.config.daemon_endpoint.as_ref().filter(|_| self.joins),
            more: &self.config.args,
        };
        match arguments(script, &wanted) {
            Ok(all) if has(&all, "install-docker-only") => {
                self.refuse(
                    "replicated.args",
                    "install-docker-only installs Docker and nothing else",
                    "leave it out",
                );
                None
            }
            Ok(all) => Some(all),
            Err(wrong) => {
                for text in wrong {
                    self.refuse("replicated.args", text, "see replicated.args");
                }
                None
            }
        }
    }

    fn boot(&mut self, services: &[String]) -> Vec<Step> {
        let inputs = self.site.inputs;
        let overlay = inputs.choice.overlay.as_deref();
        let interface = &inputs.config.wireguard.interface;
        let Some(unit) = overlay.and_then(|overlay| boot::unit(overlay, interface)) else {
            return Vec::new();
        };
        let init = match inputs.config.init {
            InitWish::Systemd => Some(Manager::Systemd),
            InitWish::Auto
                if self
                    .facts
                    .services
                    .init
                    .value()
                    .is_some_and(|i| i == "systemd") =>
            {
                Some(Manager::Systemd)
            }
            InitWish::Auto | InitWish::Upstart | InitWish::Sysvinit => None,
        };
        if init.is_none() && overlay == Some("zerotier") {
            self.notes.push(
                "Look that zerotier-one starts before Docker at boot (a smaller number in the \
                 run-level folders): Replicated starts with Docker, and its address is \
                 ZeroTier's."
                    .into(),
            );
        }
        boot::steps(init, &unit, services)
    }

    fn wanted(&self, arguments: &[String]) -> Verify {
        let mut services = Vec::new();
        let mut ports = Vec::new();
        if !self.joins {
            services.push("replicated".to_owned());
            if !has(arguments, "disable-replicated-ui") {
                services.push("replicated-ui".to_owned());
                let port = arguments.iter().find_map(|argument| {
                    let (name, value) = argument.split_once('=')?;
                    (name.replace('_', "-") == "ui-bind-port").then(|| value.parse().ok())?
                });
                ports.push(port.unwrap_or(UI_PORT));
            }
            if !has(arguments, "disable-replicated-host-networking") {
                ports.extend(PORTS);
            }
        }
        if self.joins || !(has(arguments, "no-operator") || has(arguments, "is-migration")) {
            services.push("replicated-operator".to_owned());
        }
        Verify {
            address: self.site.address,
            services,
            ports,
        }
    }
}

/// The vendor's steps for removing it, for reading (Replicated's page on
/// uninstalling, as its customers quote it).
pub const REMOVAL: [&str; 4] = [
    "stop replicated, replicated-ui and replicated-operator (`systemctl stop` or `service NAME \
     stop`)",
    "docker rm -f replicated replicated-ui replicated-operator replicated-premkit \
     replicated-statsd",
    "rm -rf /var/lib/replicated* /etc/replicated* /etc/init/replicated* /etc/init.d/replicated* \
     /etc/default/replicated* /etc/sysconfig/replicated* /etc/systemd/system/replicated*",
    "rm -f /usr/local/bin/replicated /usr/local/bin/replicatedctl",
];

/// The proxies that lead outside; those that a file or the environment names.
pub fn proxies(facts: &Facts) -> BTreeMap<String, String> {
    facts.resolver.proxies.value().cloned().unwrap_or_default()
}

/// Whether an address has `user:password@` before the host.
pub fn has_userinfo(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .contains('@')
}

/// Whether an argument is among these, in either spelling.
fn has(arguments: &[String], name: &str) -> bool {
    arguments.iter().any(|argument| {
        argument
            .split('=')
            .next()
            .unwrap_or_default()
            .replace('_', "-")
            == name
    })
}
