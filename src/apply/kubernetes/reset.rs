//! Taking a cluster's node apart: `kubeadm reset`, and what it is known to leave
//! (kubernetes.io kubeadm-reset: the CNI's configuration and interfaces, and the
//! rules of the packet filter).

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{kubeadm, look};
use crate::apply::error::StepError;
use crate::apply::probe;
use crate::apply::undo::remove_tree;
use crate::facts::storage::parse_mountinfo;
use crate::host::{Command, Host};
use crate::plan::scheduler::kubernetes::act::{LEFT, MEMBER};

/// How long `kubeadm reset` may take: it stops every container.
const LIMIT: Duration = Duration::from_secs(300);

/// Interfaces that the pods' network makes.
const INTERFACES: [&str; 2] = ["cni0", "flannel.1"];

/// What was there before a node was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Before {
    /// Socket of the container runtime, as kubeadm takes it.
    pub socket: String,
    /// What of [`LEFT`] was not there.
    pub made: Vec<String>,
    /// What the folder of the CNI's configuration held.
    pub cni: Vec<String>,
}

const CNI: &str = "/etc/cni/net.d";

/// Reads what is there.
pub fn before(host: &dyn Host, socket: &str) -> Before {
    Before {
        socket: socket.into(),
        made: LEFT
            .iter()
            .filter(|path| host.meta(path).is_err())
            .map(|path| (*path).to_owned())
            .collect(),
        cni: host.list(CNI).unwrap_or_default(),
    }
}

/// Runs `kubeadm reset`, where there is something to take away.
///
/// # Errors
/// When it fails, or leaves the node standing.
pub fn reset(host: &dyn Host, socket: &str) -> Result<(), StepError> {
    if look::leftovers(host).is_empty() {
        return Ok(());
    }
    let argv = ["reset", "--force", "--cri-socket", socket];
    kubeadm(host, &argv, Vec::new(), LIMIT)?;
    // It takes what fails for a warning.
    match look::leftovers(host).as_slice() {
        [] => Ok(()),
        left => Err(StepError::Told(format!(
            "kubeadm reset has left {}: see what it says (`kubeadm reset`)",
            left.join(", ")
        ))),
    }
}

impl Before {
    /// Takes the node apart, to what was there before it.
    ///
    /// # Errors
    /// When something cannot be taken away.
    pub fn restore(&self, host: &dyn Host) -> Result<(), StepError> {
        reset(host, &self.socket)?;
        for name in INTERFACES {
            if probe::link(host, name)?.is_some() {
                host.run(&Command::new(["ip", "link", "delete", "dev", name]))?;
            }
        }
        clear_rules(host)?;
        mounted(host, &self.made)?;
        for path in &self.made {
            remove_tree(host, path)?;
        }
        for name in host.list(CNI).unwrap_or_default() {
            if !self.cni.contains(&name) {
                remove_tree(host, &format!("{CNI}/{name}"))?;
            }
        }
        match host.remove_file(MEMBER) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StepError::file(MEMBER, error))
            }
            _ => Ok(()),
        }
    }
}

/// Whether something is mounted below a folder that is to be removed: what is in
/// it may be kept on another machine.
fn mounted(host: &dyn Host, folders: &[String]) -> Result<(), StepError> {
    let bytes = host.read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = parse_mountinfo(&String::from_utf8_lossy(&bytes));
    let below = mounts.iter().find(|mount| {
        folders.iter().any(|folder| {
            let rest = mount.path.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    });
    match below {
        None => Ok(()),
        Some(mount) => Err(StepError::Told(format!(
            "{} is still mounted ({}): nothing is removed below it; unmount it and try again",
            mount.path, mount.device
        ))),
    }
}

/// Removes the chains of kube-proxy, Flannel and the CNI's plugins, and the rules
/// that lead to them. Whatever else is in the filter stays.
fn clear_rules(host: &dyn Host) -> Result<(), StepError> {
    let programs = [
        ("iptables-save", "iptables-restore"),
        ("ip6tables-save", "ip6tables-restore"),
    ];
    for (save, restore) in programs {
        if host.program(save).is_none() || host.program(restore).is_none() {
            continue;
        }
        let saved = host.run(&Command::new([save]))?.text();
        let script = without(&saved);
        if !script.is_empty() {
            host.run(&Command::new([restore, "--noflush"]).stdin(script))?;
        }
    }
    Ok(())
}

/// How the names of the chains begin.
const CHAINS: [&str; 3] = ["KUBE-", "FLANNEL-", "CNI-"];

/// From what `iptables-save` prints, what `iptables-restore --noflush` needs to
/// take those chains out; empty where there are none.
fn without(saved: &str) -> String {
    let mut script = String::new();
    let (mut table, mut chains, mut rules) = ("", BTreeSet::new(), Vec::new());
    let ours = |chain: &str| CHAINS.iter().any(|begin| chain.starts_with(begin));
    for line in saved.lines() {
        if let Some(name) = line.strip_prefix('*') {
            (table, chains, rules) = (name, BTreeSet::new(), Vec::new());
        } else if let Some(rest) = line.strip_prefix(':') {
            let name = rest.split_whitespace().next().unwrap_or_default();
            if ours(name) {
                chains.insert(name);
            }
        } else if let Some(rule) = line.strip_prefix("-A ") {
            let chain = rule.split_whitespace().next().unwrap_or_default();
            // Flannel's rules before it had chains of its own carry a comment.
            if !ours(chain) && (leads(rule) || rule.contains("\"flanneld ")) {
                rules.push(rule);
            }
        } else if line == "COMMIT" && !(chains.is_empty() && rules.is_empty()) {
            script.push_str(&format!("*{table}\n"));
            for rule in &rules {
                script.push_str(&format!("-D {rule}\n"));
            }
            for chain in &chains {
                script.push_str(&format!("-F {chain}\n"));
            }
            for chain in &chains {
                script.push_str(&format!("-X {chain}\n"));
            }
            script.push_str("COMMIT\n");
        }
    }
    script
}

/// Whether a rule leads to one of the chains.
fn leads(rule: &str) -> bool {
    let mut words = rule.split_whitespace();
    while let Some(word) = words.next() {
        if word == "-j" || word == "-g" {
            let target = words.next().unwrap_or_default();
            return CHAINS.iter().any(|begin| target.starts_with(begin));
        }
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    /// As kube-proxy and Flannel leave them, with rules of somebody else's.
    const SAVED: &str = "# Generated by iptables-save v1.8.9
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment \"flanneld masq\" -j RETURN
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -j KUBE-MARK-MASQ
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
";

    #[test]
    fn only_the_clusters_chains_and_what_leads_to_them_go() {
        assert_eq!(
            without(SAVED),
            "*nat
-D PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES
-D POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment \"flanneld masq\" -j RETURN
-F KUBE-MARK-MASQ
-F KUBE-SERVICES
-X KUBE-MARK-MASQ
-X KUBE-SERVICES
COMMIT
"
        );
        assert_eq!(without("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"), "");
    }

    #[test]
    fn nothing_is_removed_below_what_is_mounted() {
        let mounts =
            "36 25 0:41 / /var/lib/kubelet/pods/1/volumes/nfs rw - nfs4 10.0.0.5:/data rw\n";
        let host = Scripted::new().file("/proc/self/mountinfo", mounts);
        let folders = ["/var/lib/kubelet".to_owned()];
        let error = mounted(&host, &folders).unwrap_err().to_string();
        assert!(error.contains("10.0.0.5:/data"), "{error}");
        assert!(mounted(&host, &["/var/lib/kube".to_owned()]).is_ok());
    }
}
