//! How Docker gets its bridge into the lease, by its version and its init
//! system. What it is told stands in a file that is written at each start of
//! flanneld, so that it follows the lease.

use super::act::Act;
use super::{DOCKER_FILE, Planner, SUBNET_FILE};
use crate::plan::step::{Manager, Step};

/// Settings that say the same as the lease. One that is given both as an option
/// and in daemon.json keeps dockerd from starting.
const SETTINGS: [&str; 4] = ["bip", "mtu", "ip-masq", "bridge"];

pub(super) fn steps(plan: &mut Planner<'_>) -> Result<(), String> {
    let docker = &plan.facts.docker;
    if docker.installed.value() == Some(&false) {
        plan.notes.push(
            "Docker is not on this host yet: run groundcrew again once it is, to move its bridge \
             into the lease."
                .into(),
        );
        return Ok(());
    }
    let manager = manager(plan);
    let running = docker.running.value() == Some(&true);
    if running {
        plan.act(Act::DockerBack {
            manager,
            subnet_file: SUBNET_FILE.into(),
        });
    }
    configuration(plan, manager);
    if running {
        plan.act(Act::DockerOnLease {
            manager,
            subnet_file: SUBNET_FILE.into(),
        });
    } else {
        plan.notes.push(
            "Docker does not run: its bridge moves into the lease when it is started.".into(),
        );
    }
    Ok(())
}

/// Docker has a SysV script on EL6, whose init is upstart.
fn manager(plan: &Planner<'_>) -> Manager {
    match plan.found.init {
        Manager::Upstart if !plan.survey.flannel.docker.upstart => Manager::Sysvinit,
        other => other,
    }
}

fn configuration(plan: &mut Planner<'_>, manager: Manager) {
    let source = format!("[ -f {DOCKER_FILE} ] && . {DOCKER_FILE}");
    let block = |path: &str, variable: &str| Step::FileBlock {
        path: path.into(),
        mode: 0o644,
        name: "flannel".into(),
        lines: vec![
            source.clone(),
            format!("{variable}=\"${variable} $DOCKER_NETWORK_OPTIONS\""),
        ],
        purpose: "Docker's bridge in the subnet of the lease".into(),
    };
    let step = match manager {
        Manager::Systemd => {
            let mut text = format!(
                "# Made by groundcrew: Docker's bridge in the subnet of Flannel's lease.\n\
                 [Unit]\nAfter=flanneld-groundcrew.service\nWants=flanneld-groundcrew.service\n\n\
                 [Service]\nEnvironmentFile=-{DOCKER_FILE}\n"
            );
            let exec = &plan.survey.flannel.docker.exec_start;
            // The unit of the CentOS package has the variable already.
            if let Some(exec) = exec
                .as_ref()
                .filter(|e| !e.contains("$DOCKER_NETWORK_OPTIONS"))
            {
                text.push_str(&format!(
                    "ExecStart=\nExecStart={exec} $DOCKER_NETWORK_OPTIONS\n"
                ));
            }
            Step::WriteFile {
                path: "/etc/systemd/system/docker.service.d/groundcrew-flannel.conf".into(),
                mode: 0o644,
                content: vec![crate::plan::step::Part::Text(text)],
                purpose: "Docker's bridge in the subnet of the lease".into(),
            }
        }
        // Red Hat's script passes other_args and nothing else (moby v1.7.1
        // contrib/init/sysvinit-redhat).
        Manager::Sysvinit if plan.survey.flannel.docker.sysconfig => {
            block("/etc/sysconfig/docker", "other_args")
        }
        Manager::Sysvinit | Manager::Upstart => block("/etc/default/docker", "DOCKER_OPTS"),
    };
    plan.steps.push(step);
}

/// Why Docker must not be touched.
pub(super) fn refusals(
    facts: &crate::facts::Facts,
    survey: &crate::plan::survey::Survey,
    may_restart: bool,
    systemd: bool,
) -> Vec<crate::plan::Refusal> {
    let mut out = Vec::new();
    let docker = &facts.docker;
    if docker.installed.value() == Some(&false) {
        return out;
    }
    let mut refuse = |id: &str, text: String, remedy: &str| {
        out.push(crate::plan::Refusal {
            id: id.into(),
            text,
            remedy: remedy.into(),
        });
    };
    let containers = docker.info.running.value().copied().unwrap_or(0);
    if containers > 0 && !may_restart && !survey.flannel.docker.on_lease {
        refuse(
            "needs.docker-restart",
            format!(
                "Docker has to be started anew to move its bridge, and {containers} containers run"
            ),
            "stop them, or say needs.docker-restart: true",
        );
    }
    let json = docker.info.daemon_json.value();
    for key in SETTINGS {
        if json.is_some_and(|json| json.contains_key(key)) {
            refuse(
                "overlay.kind",
                format!("/etc/docker/daemon.json has {key}, which comes from Flannel's lease"),
                "take it out there: Docker does not start when it is told twice",
            );
        }
    }
    if systemd {
        let unit = &survey.flannel.docker;
        if unit.exec_start.is_none() {
            refuse(
                "overlay.kind",
                "the unit of Docker has no ExecStart= that can be read".into(),
                "look at `systemctl cat docker`",
            );
        }
        if let Some(path) = &unit.other_exec {
            refuse(
                "overlay.kind",
                format!("{path} replaces the start of Docker already"),
                "add $DOCKER_NETWORK_OPTIONS and EnvironmentFile=-/run/flannel/docker there by \
                 hand, or take it away",
            );
        }
    }
    out
}
