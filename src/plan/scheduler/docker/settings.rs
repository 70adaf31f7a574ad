//! What Docker is told: in daemon.json, among the options of its service, and in a
//! drop-in.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::{Act, Planner, least, modern};
use crate::answers::config::{CgroupDriver, StorageDriver};
use crate::judge::cidr::overlap;
use crate::plan::step::{Manager, Part, Step};

/// What Docker is to be told.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Keys of daemon.json.
    pub(super) keys: BTreeMap<String, Value>,
    /// The same as options, for Docker before 1.12.
    pub(super) options: Vec<String>,
    /// Proxy, and what is reached without it.
    pub(super) proxy: Option<(String, String)>,
    /// Whether docker0 has another address now.
    pub(super) bridge: bool,
    /// Whether the running Docker has them already.
    pub(super) live: bool,
}

impl Settings {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.proxy.is_none()
    }
}

impl Planner<'_> {
    /// What the answers say that is to be told to Docker.
    pub(super) fn settings(&mut self) -> Settings {
        let docker = &self.inputs.facts.docker;
        let mut out = Settings {
            live: true,
            ..Settings::default()
        };
        let mut differs = false;
        if self.config.storage_driver != StorageDriver::Auto {
            let word = self.config.storage_driver.word();
            let now = docker.storage_driver.value();
            let is = now.is_some_and(|now| now == word);
            let images = docker.containers.value().is_some_and(|count| *count > 0);
            if !is && now.is_some() && images {
                self.refuse(
                    "docker.storage-driver",
                    format!(
                        "Docker has containers in its storage driver {}: with {word} it would not \
                         see them any more",
                        now.map_or("", String::as_str)
                    ),
                    "remove them first, or leave the driver as it is",
                );
            }
            differs |= !is;
            out.keys.insert("storage-driver".into(), json!(word));
            out.options.push(format!("--storage-driver={word}"));
        }
        if self.config.cgroup_driver != CgroupDriver::Auto {
            let word = self.config.cgroup_driver.word();
            differs |= docker.cgroup_driver.value().is_none_or(|now| now != word);
            let option = format!("native.cgroupdriver={word}");
            let mut all: Vec<Value> = match docker.info.key("exec-opts") {
                Some(Value::Array(all)) => all.clone(),
                _ => Vec::new(),
            };
            all.retain(|one| {
                one.as_str()
                    .is_none_or(|one| !one.starts_with("native.cgroupdriver="))
            });
            all.push(json!(option));
            out.keys.insert("exec-opts".into(), Value::Array(all));
            out.options.push(format!("--exec-opt={option}"));
        }
        if let Some(bip) = self.config.bip.clone() {
            self.bip(&bip, &mut out, &mut differs);
        }
        if let Some(proxy) = self.config.http_proxy.clone() {
            self.proxy(proxy, &mut out, &mut differs);
        }
        out.live = !differs;
        out
    }

    fn bip(&mut self, bip: &str, out: &mut Settings, differs: &mut bool) {
        let Ok(net) = bip.parse::<Ipv4Net>() else {
            return;
        };
        let facts = self.inputs.facts;
        if net.addr() == net.network() || net.addr() == net.broadcast() {
            self.refuse(
                "docker.bip",
                format!("{bip} is no address of a host in {}", net.trunc()),
                "give an address of the range, such as its first",
            );
        }
        if self.inputs.choice.overlay.as_deref() == Some("flannel") {
            self.refuse(
                "docker.bip",
                "Flannel's lease gives docker0 its address".into(),
                "leave it out",
            );
        }
        let overlaps = facts
            .network
            .routes
            .value()
            .into_iter()
            .flatten()
            .filter(|route| route.table == 254 && route.interface.as_deref() != Some("docker0"))
            .filter_map(|route| match route.destination {
                ipnet::IpNet::V4(to) if to.prefix_len() > 0 => Some(to),
                _ => None,
            })
            .find(|to| overlap(&(*to).into(), &net.trunc().into()));
        // Docker takes such a range without a word.
        if let Some(other) = overlaps {
            self.refuse(
                "docker.bip",
                format!(
                    "{} overlaps {other}, which this host has a route to",
                    net.trunc()
                ),
                "take a range that is used nowhere else",
            );
        }
        let bridge = facts.network.interface("docker0");
        let has = bridge.is_some_and(|bridge| bridge.addresses.contains(&ipnet::IpNet::V4(net)));
        out.bridge = !has;
        *differs |= !has;
        out.keys.insert("bip".into(), json!(bip));
        out.options.push(format!("--bip={bip}"));
    }

    fn proxy(&mut self, proxy: String, out: &mut Settings, differs: &mut bool) {
        let after = proxy
            .split_once("://")
            .map_or(proxy.as_str(), |(_, rest)| rest);
        let host = after.split('/').next().unwrap_or(after);
        if host.contains('@') {
            return self.refuse(
                "docker.http-proxy",
                "the proxy's address holds a user or password, which would stand in the plan"
                    .into(),
                "leave it out here, and set Docker's proxy by hand",
            );
        }
        let mut without = self.config.no_proxy.clone();
        let own = self.inputs.interfaces.choose().ok();
        if let Some(address) = own.and_then(|candidate| candidate.address) {
            let address = address.to_string();
            if !without.contains(&address) {
                without.push(address);
            }
        }
        let without = without.join(",");
        let info = &self.inputs.facts.docker.info;
        let trimmed = |text: &str| text.trim_end_matches('/').to_owned();
        *differs |= info
            .proxy
            .value()
            .is_none_or(|now| trimmed(now) != trimmed(&proxy));
        *differs |= info.no_proxy.value().is_none_or(|now| *now != without);
        out.proxy = Some((proxy, without));
    }

    /// Settings of a Docker that is there.
    pub(super) fn set(&mut self, settings: &Settings) {
        let docker = &self.inputs.facts.docker;
        let installed = docker.installed.value() == Some(&true);
        if settings.is_empty() || !installed {
            if !settings.is_empty() && self.planned.version.is_none() {
                self.planned.notes.push(
                    "Docker is not here: its settings (docker.*) are for a later run.".into(),
                );
            }
            return;
        }
        let Some(manager) = self.manager() else {
            return self.refuse(
                "docker.install",
                "which init system runs here is not known: Docker could not be started anew".into(),
                "leave Docker's settings out, and make them by hand",
            );
        };
        // dockerd does not start when it is told twice.
        let twice: Vec<String> = settings
            .keys
            .keys()
            .filter(|key| {
                modern(docker.version.value().map_or("", String::as_str)) && {
                    let flag = if *key == "exec-opts" { "exec-opt" } else { key };
                    docker.info.option(&format!("--{flag}")).is_some()
                }
            })
            .cloned()
            .collect();
        if !twice.is_empty() {
            self.refuse(
                "docker.install",
                format!(
                    "{} stand among the options of Docker's service already, and it does not start \
                     when daemon.json says them too",
                    twice.join(", ")
                ),
                "change them there (/etc/sysconfig/docker or /etc/default/docker), and leave them \
                 out here",
            );
            return;
        }
        // The unit of EL7's own package, and /etc/sysconfig/docker-storage, have these.
        let el7 = self
            .inputs
            .survey
            .docker
            .packages
            .iter()
            .any(|one| one == "docker")
            && self
                .inputs
                .facts
                .os
                .family
                .value()
                .is_some_and(|family| family == "el7");
        if el7
            && ["exec-opts", "storage-driver"]
                .iter()
                .any(|key| settings.keys.contains_key(*key))
        {
            return self.refuse(
                "docker.install",
                "the drivers of EL7's own Docker are options of its service, and it does not start \
                 when daemon.json says them too"
                    .into(),
                "change them there (systemctl cat docker, /etc/sysconfig/docker-storage), and leave \
                 docker.storage-driver and docker.cgroup-driver out",
            );
        }
        let restart = !settings.live && docker.running.value() == Some(&true);
        if restart && !self.may_restart("told its settings") {
            return;
        }
        if restart {
            let bridge = settings.bridge;
            let back = Act::Back { manager, bridge };
            self.planned.steps.push(Step::Docker(back));
        }
        self.write(settings, manager);
        if restart {
            let bridge = settings.bridge;
            let anew = Act::Restart { manager, bridge };
            self.planned.steps.push(Step::Docker(anew));
            self.ready(least(&self.inputs.choice.scheduler));
        }
    }

    /// The files that tell Docker its settings.
    pub(super) fn write(&mut self, settings: &Settings, manager: Manager) {
        let docker = &self.inputs.facts.docker;
        let planned = self.planned.version.clone();
        let version = planned.or_else(|| docker.version.value().cloned());
        let old = version.as_deref().is_some_and(|version| !modern(version))
            || (version.is_none() && manager == Manager::Sysvinit);
        let mut lines = Vec::new();
        if old && !settings.options.is_empty() {
            // Red Hat's script passes other_args, upstart's job DOCKER_OPTS.
            let variable = if manager == Manager::Sysvinit {
                "other_args"
            } else {
                "DOCKER_OPTS"
            };
            lines.push(format!(
                "{variable}=\"${variable} {}\"",
                settings.options.join(" ")
            ));
        } else if !settings.keys.is_empty() {
            self.planned.steps.push(Step::JsonKeys {
                path: "/etc/docker/daemon.json".into(),
                keys: settings.keys.clone(),
                purpose: "as answered".into(),
            });
        }
        if let Some((proxy, without)) = &settings.proxy {
            if manager == Manager::Systemd {
                let text = format!(
                    "# Made by groundcrew: the proxy through which Docker loads images\n\
                     [Service]\nEnvironment=\"HTTP_PROXY={proxy}\" \"HTTPS_PROXY={proxy}\" \
                     \"NO_PROXY={without}\"\n"
                );
                self.planned.steps.push(Step::WriteFile {
                    path: "/etc/systemd/system/docker.service.d/groundcrew-proxy.conf".into(),
                    mode: 0o644,
                    content: vec![Part::Text(text)],
                    purpose: "Docker's proxy".into(),
                });
            } else {
                lines.extend([
                    format!("export HTTP_PROXY=\"{proxy}\""),
                    format!("export HTTPS_PROXY=\"{proxy}\""),
                    format!("export NO_PROXY=\"{without}\""),
                ]);
            }
        }
        if !lines.is_empty() {
            let path = if manager == Manager::Sysvinit && self.inputs.survey.rc_d {
                "/etc/sysconfig/docker"
            } else {
                "/etc/default/docker"
            };
            self.planned.steps.push(Step::FileBlock {
                path: path.into(),
                mode: 0o644,
                name: "docker".into(),
                lines,
                purpose: "Docker's settings".into(),
            });
        }
    }
}
