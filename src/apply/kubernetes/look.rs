//! How Kubernetes stands on a host, and what it would stand on.

use std::collections::BTreeSet;

use crate::host::{Command, FileKind, Host};
use crate::plan::scheduler::kubernetes::act::{
    ADMIN_CONF, Containerd, INIT_CONFIG, KubernetesSurvey, MEMBER,
};
use crate::plan::scheduler::kubernetes::config::ranges;
use crate::plan::survey::Program;

/// Sockets of container runtimes, each by one of its names (kubeadm
/// util/runtime; cri-dockerd packaging/systemd).
const SOCKETS: [&str; 4] = [
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/var/run/crio/crio.sock",
    "/var/run/cri-dockerd.sock",
];

/// What `kubeadm reset` takes away, and what kubeadm refuses to find.
const LEFTOVERS: [&str; 7] = [
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/pki/ca.crt",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/etcd/member",
];

/// What of a cluster is there.
pub fn leftovers(host: &dyn Host) -> Vec<String> {
    let there = LEFTOVERS.iter().filter(|path| host.meta(path).is_ok());
    there.map(|path| (*path).to_owned()).collect()
}

/// Whether a run of groundcrew's made this host a member.
pub fn member(host: &dyn Host) -> bool {
    host.meta(MEMBER).is_ok()
}

/// Looks Kubernetes up. `socket` is the one that was answered.
pub fn survey(host: &dyn Host, socket: Option<&str>) -> KubernetesSurvey {
    let text = |path: &str| {
        let bytes = host.read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let answered = socket.map(|path| path.strip_prefix("unix://").unwrap_or(path));
    let sockets: BTreeSet<String> = SOCKETS
        .into_iter()
        .chain(answered)
        .filter(|path| {
            host.meta(path)
                .is_ok_and(|meta| meta.kind == FileKind::Socket)
        })
        .map(str::to_owned)
        .collect();
    let root_config = match host.meta("/root/.kube/config") {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(_) => host
            .read_link("/root/.kube/config")
            .is_ok_and(|target| target == ADMIN_CONF),
    };
    let unit = ["/lib", "/usr/lib", "/etc"].iter().any(|root| {
        host.meta(&format!("{root}/systemd/system/kubelet.service"))
            .is_ok()
    });
    KubernetesSurvey {
        kubeadm: program(host, "kubeadm", &["version", "-o", "short"]),
        kubelet: program(host, "kubelet", &["--version"]),
        kubectl: program(host, "kubectl", &["version", "--client", "-o", "json"]),
        leftovers: leftovers(host),
        member: member(host),
        ranges: text(INIT_CONFIG).and_then(|text| ranges(&text)),
        sockets,
        containerd: text("/etc/containerd/config.toml")
            .map(|text| containerd(&text))
            .unwrap_or_default(),
        unit,
        root_config,
    }
}

/// A program, and the version that it tells.
fn program(host: &dyn Host, name: &str, arguments: &[&str]) -> Program {
    let Some(path) = host.program(name) else {
        return Program::Missing;
    };
    let argv = std::iter::once(name).chain(arguments.iter().copied());
    // kubectl keeps what it has learned below its home.
    let asked = host.run(&Command::new(argv).env("HOME", super::HOME));
    let text = match asked {
        Ok(output) => output.text(),
        Err(error) => {
            let why = error.to_string();
            return Program::NoVersion { path, why };
        }
    };
    match crate::plan::survey::version_in(&text) {
        Some(version) => Program::There { path, version },
        None => Program::NoVersion {
            path,
            why: format!("it says {:?}", text.lines().next().unwrap_or_default()),
        },
    }
}

/// What of containerd's configuration matters, which is TOML: whether the
/// interface for the kubelet is switched off, and who makes the control groups.
fn containerd(text: &str) -> Containerd {
    let mut found = Containerd::default();
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(line).trim());
    let mut disabled = false;
    for line in lines {
        let (key, value) = line.split_once('=').unwrap_or(("", line));
        match key.trim() {
            "disabled_plugins" => disabled = true,
            "SystemdCgroup" => found.systemd_cgroup = value.trim() == "true",
            "" => {}
            _ => disabled = false,
        }
        // cri, or io.containerd.grpc.v1.cri
        let names = value.split(['"', '\'']).map(|word| word.rsplit('.').next());
        if disabled && names.into_iter().any(|name| name == Some("cri")) {
            found.cri_disabled = true;
        }
        disabled &= !value.contains(']');
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn with_programs(host: Scripted) -> Scripted {
        ["kubeadm", "kubelet", "kubectl"]
            .iter()
            .fold(host, |host, name| {
                host.executable(&format!("/usr/bin/{name}"))
            })
            .command(&["kubeadm", "version", "-o", "short"], "v1.20.2\n")
            .command(&["kubelet", "--version"], "Kubernetes v1.20.2\n")
            .command(
                &["kubectl", "version", "--client", "-o", "json"],
                "{\"clientVersion\":{\"major\":\"1\",\"minor\":\"20\",\"gitVersion\":\"v1.20.2\"}}",
            )
    }

    #[test]
    fn a_host_with_nothing_has_nothing() {
        let found = survey(&Scripted::new(), None);
        assert_eq!(
            found,
            KubernetesSurvey {
                root_config: true,
                ..KubernetesSurvey::default()
            }
        );
    }

    #[test]
    fn versions_sockets_and_what_is_there_are_found() {
        let host = with_programs(Scripted::new())
            .socket("/run/containerd/containerd.sock")
            .socket("/run/own.sock")
            .file("/run/crio/crio.sock", "no socket")
            .file("/etc/kubernetes/admin.conf", "")
            .dir("/var/lib/etcd/member")
            .file("/lib/systemd/system/kubelet.service", "")
            .file("/root/.kube/config", "somebody's")
            .file("/etc/containerd/config.toml", "SystemdCgroup = true\n");
        let found = survey(&host, Some("unix:///run/own.sock"));
        for program in [&found.kubeadm, &found.kubelet, &found.kubectl] {
            assert!(
                matches!(
                    program,
                    Program::There {
                        version: (1, 20, 2),
                        ..
                    }
                ),
                "{program:?}"
            );
        }
        let sockets: Vec<_> = found.sockets.iter().map(String::as_str).collect();
        assert_eq!(
            sockets,
            ["/run/containerd/containerd.sock", "/run/own.sock"]
        );
        assert_eq!(
            found.leftovers,
            ["/etc/kubernetes/admin.conf", "/var/lib/etcd/member"]
        );
        assert!(found.unit && !found.root_config && !found.member);
        assert!(found.containerd.systemd_cgroup);
        let linked = Scripted::new().link("/root/.kube/config", ADMIN_CONF);
        assert!(survey(&linked, None).root_config);
        let broken = Scripted::new().executable("/usr/bin/kubeadm").failing(
            &["kubeadm", "version", "-o", "short"],
            1,
            "oh",
        );
        assert!(matches!(
            survey(&broken, None).kubeadm,
            Program::NoVersion { .. }
        ));
    }

    #[test]
    fn containerd_says_whether_its_interface_for_the_kubelet_is_off() {
        let cri = |text: &str| containerd(text).cri_disabled;
        assert!(cri("disabled_plugins = [\"cri\"]\n"));
        assert!(cri(
            "disabled_plugins = [\n  \"io.containerd.grpc.v1.cri\",\n]\n"
        ));
        assert!(!cri("#disabled_plugins = [\"cri\"]\n"));
        assert!(!cri("disabled_plugins = []\nenabled = [\"cri\"]\n"));
        assert!(!cri(
            "disabled_plugins = [\"io.containerd.internal.v1.tracing\"]\n"
        ));
        assert!(!containerd("  SystemdCgroup = false\n").systemd_cgroup);
        assert!(containerd("            SystemdCgroup = true # as systemd\n").systemd_cgroup);
    }
}
