//! Docker itself: installed, upgraded and set up before anything stands on it.

mod act;
mod settings;

use serde::Deserialize;

pub use act::Act;
use settings::Settings;

use crate::answers::config::{CgroupDriver, Config, DockerConfig, DockerInstall};
use crate::facts::distributions::within;
use crate::facts::{Fact, Facts};
use crate::judge::checks::remedy;
use crate::plan::choice::Choice;
use crate::plan::make::{Inputs, init};
use crate::plan::packages::{BundleFile, Packager, packager};
use crate::plan::programs::file_in;
use crate::plan::step::{Manager, Step};
use crate::plan::{Refusal, refusal};
use crate::version::Version;

const TEXT: &str = include_str!("../../../assets/docker.yaml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code)]
    version: u32,
    packages: Vec<Row>,
}

/// A package of Docker for some distributions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    from: From,
    ids: Vec<String>,
    versions: Vec<String>,
    packages: Vec<String>,
    #[serde(default)]
    version: Option<String>,
    #[allow(dead_code)]
    source: String,
}

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum From {
    #[serde(rename = "distribution")]
    Distribution,
    #[serde(rename = "docker.com")]
    DockerCom,
}

/// What is done to Docker.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planned {
    /// The steps, before those of the overlay.
    pub steps: Vec<Step>,
    /// What is left to the operator, as sentences.
    pub notes: Vec<String>,
    /// The version that will be there, where Docker is installed or upgraded.
    pub version: Option<String>,
    /// Whether there is none now.
    pub fresh: bool,
}

impl Planned {
    /// The facts as they will be once the steps are done, for what is planned on
    /// top of them.
    pub fn after(&self, facts: &Facts, config: &DockerConfig) -> Facts {
        let mut facts = facts.clone();
        let modern = self.version.as_deref().is_some_and(modern);
        let driver = match (config.cgroup_driver, facts.kernel.cgroup.value()) {
            (CgroupDriver::Auto, Some(cgroup)) if self.fresh && modern => {
                // dockerd(8), since 20.10: systemd where control groups are of version 2.
                let systemd = cgroup == "v2" && remedy::systemd(&facts);
                Some(if systemd { "systemd" } else { "cgroupfs" })
            }
            (CgroupDriver::Auto, _) => None,
            (driver, _) => Some(driver.word()),
        };
        if let Some(driver) = driver
            && (self.fresh || facts.docker.installed.value() == Some(&true))
        {
            const SOURCE: &str = "the plan, which tells Docker before";
            facts.docker.cgroup_driver = Fact::known(driver.into(), SOURCE);
        }
        if let Some(version) = &self.version {
            const SOURCE: &str = "the plan, which installs Docker before";
            let docker = &mut facts.docker;
            docker.installed = Fact::known(true, SOURCE);
            docker.running = Fact::known(true, SOURCE);
            docker.engine = Fact::known("docker".into(), SOURCE);
            docker.version = Fact::known(version.clone(), SOURCE);
            if self.fresh {
                docker.containers = Fact::known(0, SOURCE);
                docker.info.running = Fact::known(0, SOURCE);
            }
            if docker.swarm.value().is_none() {
                docker.swarm = Fact::known("inactive".into(), SOURCE);
            }
            if docker.info.live_restore.value().is_none() {
                docker.info.live_restore = Fact::known(false, SOURCE);
            }
        }
        facts
    }

    /// The fixes of the decision that the steps are.
    pub fn fixes(&self) -> &'static [&'static str] {
        if self.version.is_some() {
            &["docker_install", "docker_upgrade"]
        } else {
            &[]
        }
    }
}

/// The least version of Docker that a scheduler takes.
///
/// Source: replicated-installer helpers.py (native, 1.7.1) and swarm/init.sh
/// (1.13.1 for secrets).
fn least(scheduler: &str) -> &'static str {
    match scheduler {
        "swarm" => "1.13.1",
        _ => "1.7.1",
    }
}

fn version(text: &str) -> Option<Version> {
    text.parse().ok()
}

/// Whether Docker is to be installed or upgraded if it is not as it should be.
pub fn needed(config: &Config, choice: &Choice) -> bool {
    match config.docker.install {
        DockerInstall::Leave => false,
        DockerInstall::Distribution | DockerInstall::DockerCom => true,
        DockerInstall::Auto => {
            choice.scheduler == "swarm"
                || (choice.scheduler == "native" && config.replicated.install)
        }
    }
}

/// Plans Docker's own steps.
///
/// # Errors
/// All reasons why this host cannot have it as wanted.
pub fn plan(inputs: &Inputs<'_>) -> Result<Planned, Vec<Refusal>> {
    let config = &inputs.config.docker;
    let mut plan = Planner {
        inputs,
        config,
        planned: Planned::default(),
        refusals: Vec::new(),
    };
    let settings = plan.settings();
    if needed(inputs.config, inputs.choice) {
        plan.bring(&settings);
    }
    plan.set(&settings);
    if plan.refusals.is_empty() {
        Ok(plan.planned)
    } else {
        Err(plan.refusals)
    }
}

struct Planner<'a> {
    inputs: &'a Inputs<'a>,
    config: &'a DockerConfig,
    planned: Planned,
    refusals: Vec<Refusal>,
}

impl Planner<'_> {
    fn refuse(&mut self, id: &str, text: String, remedy: &str) {
        self.refusals.push(refusal(id, text, remedy));
    }

    /// Docker's service manager: it has a SysV script where upstart has no job of
    /// it, as on EL6.
    fn manager(&self) -> Option<Manager> {
        let facts = self.inputs.facts;
        let family = facts.os.family.value().map_or("", String::as_str);
        match init(self.inputs.config, facts)? {
            Manager::Upstart if matches!(family, "el6" | "amzn1") => Some(Manager::Sysvinit),
            other => Some(other),
        }
    }

    fn bring(&mut self, settings: &Settings) {
        let docker = &self.inputs.facts.docker;
        let least = least(&self.inputs.choice.scheduler);
        if docker
            .engine
            .value()
            .is_some_and(|engine| engine == "podman")
        {
            return self.refuse(
                "docker.install",
                "podman answers in Docker's place here".into(),
                "remove podman-docker first: both want the same socket and programs",
            );
        }
        match docker.installed.value() {
            Some(true) => {}
            Some(false) => return self.install(settings, least),
            None => {
                return self.refuse(
                    "docker.install",
                    "whether Docker is installed could not be told".into(),
                    "run groundcrew as root; or say docker.install: leave",
                );
            }
        }
        // One that does not run tells neither its version nor what it holds: the
        // scheduler's plan says that it has to be started first.
        let Some(found) = docker.version.value() else {
            return;
        };
        let old = version(found).is_some_and(|v| version(least).is_some_and(|l| v < l));
        if old {
            self.upgrade(found, least);
        }
    }

    fn ready(&mut self, least: &str) {
        self.planned.steps.push(Step::Docker(Act::Ready {
            least: least.into(),
        }));
    }

    fn install(&mut self, settings: &Settings, least: &str) {
        let Some((packager, row, files, wanted)) = self.source(least) else {
            return;
        };
        let Some(manager) = self.manager() else {
            return self.refuse(
                "docker.install",
                "which init system runs here is not known: Docker could not be started".into(),
                "install Docker by hand, then run groundcrew again",
            );
        };
        // The packages of Debian start it at once: it finds its settings then.
        if modern(&wanted) {
            self.write(settings, manager);
        }
        let packages = self.names(packager, &row, &files);
        self.planned.steps.push(Step::InstallPackages {
            packager,
            packages,
            files,
            purpose: format!("Docker {wanted}"),
        });
        if !modern(&wanted) {
            self.write(settings, manager);
        }
        let service = || "docker".to_owned();
        // A job of upstart says itself when it starts.
        if manager != Manager::Upstart {
            self.planned.steps.push(Step::EnableService {
                manager,
                service: service(),
            });
        }
        self.planned.steps.push(Step::StartService {
            manager,
            service: service(),
        });
        self.ready(least);
        self.planned.notes.push(
            "Taken back, Docker's packages go again; images and volumes in /var/lib/docker stay."
                .into(),
        );
        self.planned.version = Some(wanted);
        self.planned.fresh = true;
    }

    fn upgrade(&mut self, found: &str, least: &str) {
        let Some((packager, row, files, wanted)) = self.source(least) else {
            return;
        };
        let here = &self.inputs.survey.docker.packages;
        let main = row.packages.first().cloned().unwrap_or_default();
        if !here.contains(&main) {
            let from = match here.as_slice() {
                [] => "of no package".to_owned(),
                some => format!("the package {}", some.join(" and ")),
            };
            return self.refuse(
                "docker.install",
                format!("Docker {found} is {from}, and {main} does not come over it"),
                "remove the old one by hand (its images and volumes stay in /var/lib/docker), then \
                 run groundcrew again",
            );
        }
        if !self.may_restart("upgraded") {
            return;
        }
        let packages = self.names(packager, &row, &files);
        self.planned.steps.push(Step::Docker(Act::Upgrade {
            packager,
            packages,
            files,
            from: found.into(),
            least: least.into(),
        }));
        self.ready(least);
        self.planned.version = Some(wanted);
    }

    /// Whether Docker may be started anew, a refusal where not.
    fn may_restart(&mut self, what: &str) -> bool {
        let containers = self.inputs.facts.docker.info.running.value();
        match containers {
            Some(0) => true,
            _ if self.inputs.config.needs.docker_restart => {
                let many = containers.map_or_else(
                    || "those that run".to_owned(),
                    |count| format!("{count} that run"),
                );
                self.planned.notes.push(format!(
                    "Containers stop while Docker is {what}, {many} now (needs.docker-restart)."
                ));
                true
            }
            _ => {
                let many = containers.map_or_else(
                    || "how many containers run is not known".to_owned(),
                    |count| format!("{count} containers run"),
                );
                self.refuse(
                    "needs.docker-restart",
                    format!("Docker has to be started anew to be {what}, and {many}"),
                    "stop them, or say needs.docker-restart: true",
                );
                false
            }
        }
    }

    /// The packages as the packager is asked for them: of docker.com's, the
    /// version too.
    fn names(&self, packager: Packager, row: &Row, files: &[BundleFile]) -> Vec<String> {
        let wanted = self.wanted(row);
        let pinned = row.from == From::DockerCom && files.is_empty();
        row.packages
            .iter()
            .map(|name| match (&wanted, packager) {
                // containerd.io has versions of its own.
                (Some(version), Packager::Apt) if pinned && name.starts_with("docker-") => {
                    format!("{name}=5:{version}*")
                }
                (Some(version), _) if pinned && name.starts_with("docker-") => {
                    format!("{name}-{version}")
                }
                _ => name.clone(),
            })
            .collect()
    }

    fn wanted(&self, row: &Row) -> Option<String> {
        row.version.clone().or_else(|| {
            let most = self.inputs.facts.os.docker_max.value();
            self.config.version.clone().or(most.cloned())
        })
    }

    /// The packager, the package, its files where a bundle has them, and the
    /// version that it is; a refusal where there is none.
    fn source(&mut self, least: &str) -> Option<(Packager, Row, Vec<BundleFile>, String)> {
        let facts = self.inputs.facts;
        let sources = self.inputs.sources;
        let Some(packager) = packager(facts) else {
            self.refuse(
                "docker.install",
                "how this distribution installs packages is not known".into(),
                "install Docker by hand, then run groundcrew again",
            );
            return None;
        };
        let rows = rows(facts);
        let fits = |from| {
            !matches!(
                (self.config.install, from),
                (DockerInstall::Distribution, From::DockerCom)
                    | (DockerInstall::DockerCom, From::Distribution)
            )
        };
        let good = |row: &&Row| {
            let wanted = self.wanted(row);
            let enough = wanted.as_deref().and_then(version);
            let enough = enough.zip(version(least)).is_some_and(|(v, l)| v >= l);
            fits(row.from) && enough
        };
        let brought = |row: &Row| {
            let brought = sources.brought.as_ref()?;
            let mut files: Vec<BundleFile> = Vec::new();
            for package in &row.packages {
                for file in brought.bundle.packages(package)? {
                    let file = file_in(brought, file);
                    if !files.contains(&file) {
                        files.push(file);
                    }
                }
            }
            Some(files)
        };
        for row in rows.iter().filter(good) {
            if let Some(files) = brought(row) {
                let wanted = self.wanted(row)?;
                return Some((packager, row.clone(), files, wanted));
            }
        }
        let reachable =
            |row: &&Row| row.from == From::Distribution || self.inputs.survey.docker.repository;
        if sources.repositories
            && let Some(row) = rows.iter().filter(good).find(reachable)
        {
            let wanted = self.wanted(row)?;
            return Some((packager, row.clone(), Vec::new(), wanted));
        }
        let known: Vec<String> = rows
            .iter()
            .map(|row| match (&row.version, row.from) {
                (Some(version), _) => format!("{} {version}", row.packages.join(", ")),
                (None, _) => format!("{} of docker.com", row.packages.join(", ")),
            })
            .collect();
        let known = if known.is_empty() {
            "no package of Docker is known for this distribution".to_owned()
        } else {
            format!("known for this distribution: {}", known.join("; "))
        };
        let because = match (sources.repositories, rows.is_empty()) {
            (false, _) => format!(
                "nothing is installed from repositories: {}",
                sources.because
            ),
            (true, false) => "none of them is new enough and in a repository of this host".into(),
            (true, true) => "install it by the vendor's way".into(),
        };
        self.refuse(
            "docker.install",
            format!(
                "Docker {least} or newer is wanted for {}; {known}; {because}",
                self.inputs.choice.scheduler
            ),
            "add docker.com's repository (docs.docker.com/engine/install), bring the packages with \
             --bundle DIR, or install Docker by hand",
        );
        None
    }
}

/// Whether this Docker reads daemon.json: since 1.12 with all keys that are
/// written here (moby v1.12.0 docs/reference/commandline/dockerd.md).
fn modern(text: &str) -> bool {
    match (version(text), version("1.12.0")) {
        (Some(found), Some(first)) => found >= first,
        _ => true,
    }
}

/// The packages for this host's distribution, its own before docker.com's.
fn rows(facts: &Facts) -> Vec<Row> {
    let (Some(id), Some(release)) = (facts.os.id.value(), facts.os.version.value()) else {
        return Vec::new();
    };
    let Ok(table) = serde_yaml::from_str::<Table>(TEXT) else {
        return Vec::new();
    };
    let of = |version: &String| within(release, version);
    table
        .packages
        .into_iter()
        .filter(|row| row.ids.contains(id) && row.versions.iter().any(of))
        .collect()
}

#[cfg(test)]
mod tests;
