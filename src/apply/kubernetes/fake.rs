//! A kubeadm and a kubectl in memory for the tests of this stage: stand-ins. What
//! they know is in the files that the real ones leave, so that `reset` takes it
//! away as the real one does, and no further.

use crate::host::scripted::{CommandResult, ended_with};
use crate::host::{Command, Host, Output, Scripted};
use crate::plan::scheduler::kubernetes::act::{ADMIN_CONF, CA, KUBELET_CONF};

/// The token that every `kubeadm token create` makes.
pub const TOKEN: &str = "k8stok.canary0815canary";
/// Where the cluster keeps what it knows.
const ETCD: &str = "/var/lib/etcd/member";

/// The host with kubeadm, kubectl and a swap file.
pub fn with_kubeadm(host: Scripted) -> Scripted {
    host.dir("/proc")
        .dir("/root")
        .dir("/run")
        .dir("/opt")
        .file("/proc/swaps", SWAPS)
        .executable("/usr/bin/kubeadm")
        .executable("/usr/bin/kubectl")
        .on_run(obey)
}

/// A swap file that is on.
const SWAPS: &str =
    "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n/swap.img file\t\t1048572\t0\t-2\n";

fn put(host: &Scripted, path: &str, text: &str, mode: u32) {
    let mut dir = String::new();
    let (folder, _) = path.rsplit_once('/').unwrap();
    for part in folder.split('/').skip(1) {
        dir = format!("{dir}/{part}");
        let _ = host.make_dir(&dir, 0o755);
    }
    host.write_atomic(path, text.as_bytes(), mode).unwrap();
}

fn said(text: &str) -> Option<CommandResult> {
    Some(Ok(Output {
        stdout: text.as_bytes().to_vec(),
        stderr: Vec::new(),
    }))
}

fn obey(host: &Scripted, command: &Command) -> Option<CommandResult> {
    let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
    let fail = |code: i32, text: &str| Some(Err(ended_with(command, code, text)));
    let up = || host.meta(ADMIN_CONF).is_ok();
    let applied = format!("{ETCD}/applied");
    match words.as_slice() {
        ["swapoff", "/swap.img"] => {
            let head = SWAPS.lines().next().unwrap();
            put(host, "/proc/swaps", &format!("{head}\n"), 0o644);
            said("")
        }
        ["swapon", "/swap.img"] => {
            put(host, "/proc/swaps", SWAPS, 0o644);
            said("")
        }
        ["kubeadm", "init", "phase", "preflight", "--config", _] if up() => fail(
            1,
            "error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR \
             Port-6443]: Port 6443 is in use\n",
        ),
        ["kubeadm", "init", "phase", "preflight", "--config", config] => match host.meta(config) {
            Ok(_) => said("[preflight] Running pre-flight checks\n"),
            Err(_) => fail(1, "no such file"),
        },
        ["kubeadm", "init", "--config", _, "--skip-token-print"] if up() => {
            fail(1, "\t[ERROR Port-6443]: Port 6443 is in use\n")
        }
        ["kubeadm", "init", "--config", _, "--skip-token-print"] => {
            put(host, CA, super::ca::tests::PEM, 0o644);
            for path in [
                ADMIN_CONF,
                KUBELET_CONF,
                "/etc/kubernetes/manifests/kube-apiserver.yaml",
                "/var/lib/kubelet/config.yaml",
            ] {
                put(host, path, "made by kubeadm\n", 0o600);
            }
            put(host, &format!("{ETCD}/wal"), "", 0o600);
            said("Your Kubernetes control-plane has initialized successfully!\n")
        }
        ["kubeadm", "join", "--config", "/dev/stdin"] => {
            let config = String::from_utf8_lossy(&command.stdin).into_owned();
            if !config.contains(TOKEN) {
                return fail(
                    1,
                    "error execution phase preflight: couldn't validate the identity of the API \
                     Server: could not find a JWS signature in the cluster-info ConfigMap for token \
                     ID \"abcdef\"\n",
                );
            }
            put(host, CA, super::ca::tests::PEM, 0o644);
            put(host, KUBELET_CONF, "made by kubeadm\n", 0o600);
            put(host, "/var/lib/kubelet/config.yaml", "", 0o600);
            said("This node has joined the cluster:\n")
        }
        ["kubeadm", "reset", "--force", "--cri-socket", _] => {
            // What is in these folders goes, and they stay.
            let tree: Vec<String> = host.tree().keys().rev().cloned().collect();
            for folder in [
                "/etc/kubernetes/manifests/",
                "/etc/kubernetes/pki/",
                "/var/lib/kubelet/",
                "/var/lib/etcd/",
            ] {
                for path in tree.iter().filter(|path| path.starts_with(folder)) {
                    if host.remove_file(path).is_err() {
                        host.remove_dir(path).unwrap();
                    }
                }
            }
            for path in [ADMIN_CONF, KUBELET_CONF] {
                let _ = host.remove_file(path);
            }
            said("[reset] The reset process does not clean CNI configuration.\n")
        }
        [
            "kubeadm",
            "token",
            "create",
            "--kubeconfig",
            ADMIN_CONF,
            "--ttl",
            _,
        ] if up() => {
            put(host, &format!("{ETCD}/token-k8stok"), "", 0o600);
            said(&format!("{TOKEN}\n"))
        }
        ["kubeadm", "token", "delete", id, "--kubeconfig", ADMIN_CONF] if up() => {
            let _ = host.remove_file(&format!("{ETCD}/token-{id}"));
            said("")
        }
        ["kubectl", "--kubeconfig", ADMIN_CONF, _, rest @ ..] if up() => match rest {
            ["diff", "-f", manifest] => {
                if host.text(&applied) == host.text(manifest) {
                    said("")
                } else {
                    fail(1, "")
                }
            }
            ["apply", "-f", manifest] => {
                put(host, &applied, &host.text(manifest)?, 0o600);
                put(host, "/etc/cni/net.d/10-flannel.conflist", "{}", 0o644);
                said("")
            }
            ["delete", .., "-f", _] => {
                let _ = host.remove_file(&applied);
                said("")
            }
            ["-n", "kube-system", "get", "secret", name, "-o", "name"] => {
                let id = name.strip_prefix("bootstrap-token-")?;
                match host.meta(&format!("{ETCD}/token-{id}")) {
                    Ok(_) => said(name),
                    Err(_) => fail(1, "Error from server (NotFound)"),
                }
            }
            _ => fail(1, "the stand-in does not know this"),
        },
        ["kubectl", ..] => fail(1, "The connection to the server was refused"),
        _ => None,
    }
}
