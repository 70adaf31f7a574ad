//! Which container runtime the kubelet is given, and who makes the control groups.

use crate::answers::config::CgroupDriver;
use crate::facts::Facts;
use crate::plan::scheduler::Site;
use crate::plan::scheduler::kubernetes::act::Runtime;
use crate::plan::{Refusal, refusal};

/// The container runtime and its socket.
pub(super) fn runtime(site: &Site<'_>, minor: u64) -> Result<(Runtime, String), Refusal> {
    const ID: &str = "kubernetes.cri-socket";
    const GONE: &str = "dockershim has gone in 1.24 (KEP-2221)";
    let (config, facts) = (&site.inputs.config.kubernetes, site.inputs.facts);
    let survey = &site.inputs.survey.kubernetes;
    let docker = facts.docker.running.value() == Some(&true);
    if let Some(answered) = &config.cri_socket {
        let path = answered.strip_prefix("unix://").unwrap_or(answered);
        let runtime = Runtime::at(path);
        return match runtime {
            Runtime::Docker if minor >= 24 => Err(refusal(
                ID,
                format!("{path} is Docker's: {GONE}, and this is kubeadm 1.{minor}"),
                "name containerd's socket, or cri-dockerd's",
            )),
            Runtime::Docker if !docker => Err(not_running(facts)),
            Runtime::Docker => Ok((runtime, "/var/run/dockershim.sock".into())),
            _ if !survey.sockets.contains(path) => Err(refusal(
                ID,
                format!("there is no socket {path}"),
                "start the container runtime, or name another socket",
            )),
            Runtime::Containerd if survey.containerd.cri_disabled => Err(disabled()),
            _ => Ok((runtime, path.to_owned())),
        };
    }
    // As kubeadm did: containerd beside Docker is Docker's own.
    if minor < 24 && facts.docker.installed.value() == Some(&true) {
        return if docker {
            Ok((Runtime::Docker, "/var/run/dockershim.sock".into()))
        } else {
            Err(not_running(facts))
        };
    }
    let mut usable: Vec<&String> = survey
        .sockets
        .iter()
        .filter(|path| Runtime::at(path) != Runtime::Containerd || !survey.containerd.cri_disabled)
        .collect();
    // One socket by two names (/var/run is /run).
    usable.dedup_by_key(|path| path.trim_start_matches("/var").to_owned());
    match usable.as_slice() {
        [one] => Ok((Runtime::at(one), (*one).clone())),
        [] if !survey.sockets.is_empty() => Err(disabled()),
        [] if docker => Err(refusal(
            ID,
            format!("Docker alone is here: {GONE}, and this is kubeadm 1.{minor}"),
            "switch containerd's interface for the kubelet on, or install cri-dockerd",
        )),
        [] => Err(refusal(
            ID,
            "no container runtime is here: no socket of containerd, CRI-O or cri-dockerd",
            "install and start one, or say where its socket is",
        )),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.as_str()).collect();
            Err(refusal(
                ID,
                format!("there are several container runtimes: {}", names.join(", ")),
                "say which with kubernetes.cri-socket",
            ))
        }
    }
}

fn not_running(facts: &Facts) -> Refusal {
    let text = match facts.docker.running.value() {
        Some(_) => "Docker does not run",
        None => "whether Docker runs is not known",
    };
    refusal(
        "kubernetes.cri-socket",
        format!("{text}, and the kubelet needs it"),
        "start it (systemctl enable --now docker), or name another runtime's socket",
    )
}

fn disabled() -> Refusal {
    refusal(
        "kubernetes.cri-socket",
        "containerd's interface for the kubelet is switched off (disabled_plugins in \
         /etc/containerd/config.toml names cri), as Docker's package of it does",
        "take cri out of disabled_plugins and restart containerd; Docker goes on with it",
    )
}

/// Who makes the control groups: the runtime and the kubelet have to agree.
pub(super) fn driver(
    site: &Site<'_>,
    runtime: Runtime,
    notes: &mut Vec<String>,
) -> Result<&'static str, Refusal> {
    let facts = site.inputs.facts;
    let of_docker = || match facts.docker.cgroup_driver.value().map(String::as_str) {
        Some("systemd") => Some("systemd"),
        Some("cgroupfs") => Some("cgroupfs"),
        _ => None,
    };
    let found = match runtime {
        Runtime::Docker | Runtime::CriDockerd => of_docker(),
        Runtime::Containerd if site.inputs.survey.kubernetes.containerd.systemd_cgroup => {
            Some("systemd")
        }
        // containerd's own default for runc.
        Runtime::Containerd => Some("cgroupfs"),
        // CRI-O's own default.
        Runtime::Crio => Some("systemd"),
        Runtime::Other => None,
    };
    let wanted = match site.inputs.config.kubernetes.cgroup_driver {
        CgroupDriver::Auto => None,
        CgroupDriver::Systemd => Some("systemd"),
        CgroupDriver::Cgroupfs => Some("cgroupfs"),
    };
    if let (Some(wanted), Some(found)) = (wanted, found)
        && wanted != found
        && runtime != Runtime::Crio
    {
        let how = match runtime {
            Runtime::Containerd => "SystemdCgroup in /etc/containerd/config.toml",
            _ => "native.cgroupdriver in exec-opts of /etc/docker/daemon.json",
        };
        return Err(refusal(
            "kubernetes.cgroup-driver",
            format!("{wanted} is answered, and {} has {found}", runtime.name()),
            format!("say auto, or change it there ({how}) and restart it"),
        ));
    }
    if let (None, None, Runtime::Docker | Runtime::CriDockerd) = (wanted, found, runtime) {
        return Err(refusal(
            "kubernetes.cgroup-driver",
            "Docker's driver of control groups is not known, and the kubelet's has to be the same"
                .to_owned(),
            "start Docker, or say which: kubernetes.cgroup-driver",
        ));
    }
    let driver = wanted.or(found).unwrap_or("systemd");
    if driver == "cgroupfs" {
        notes.push(format!(
            "{} makes the control groups itself (cgroupfs) beside systemd: under memory pressure \
             the two do not agree; systemd is what Kubernetes recommends.",
            runtime.name()
        ));
    }
    Ok(driver)
}
