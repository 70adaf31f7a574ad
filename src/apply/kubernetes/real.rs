//! The files that groundcrew writes, held against a real kubeadm where there is
//! one: in the search path, or named by GROUNDCREW_TEST_KUBEADM. It changes
//! nothing on the host. Elsewhere the tables of fields stand in for it.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::preflight::results;
use crate::host::{Command, CommandError, Host, Live};
use crate::plan::scheduler::kubernetes::config::{Api, Cluster, Node};
use crate::plan::survey::Version;

/// Where kubeadm is, and which; none is told.
fn kubeadm(host: &dyn Host) -> Option<(String, Version)> {
    let named = std::env::var("GROUNDCREW_TEST_KUBEADM").ok();
    let Some(path) = named.or_else(|| host.program("kubeadm")) else {
        eprintln!("skipped: there is no kubeadm (GROUNDCREW_TEST_KUBEADM names one)");
        return None;
    };
    let asked = host.run(&Command::new([path.as_str(), "version", "-o", "short"]));
    let version = crate::plan::survey::version_in(&asked.unwrap().text()).unwrap();
    Some((path, version))
}

fn node(version: Version) -> Node {
    let socket = "/run/containerd/containerd.sock";
    Node {
        api: Api::of(version).unwrap(),
        name: "node1".into(),
        address: Ipv4Addr::new(10, 0, 0, 11),
        socket: if version >= (1, 24, 0) {
            format!("unix://{socket}")
        } else {
            socket.into()
        },
        skip_system_check: false,
    }
}

/// With everything that can be answered. Nobody has the registry.
fn cluster(version: Version) -> Cluster {
    Cluster {
        version,
        endpoint: Some("k8s.example.com:6443".into()),
        images: Some("127.0.0.1:1/kubernetes".into()),
        pods: "10.244.0.0/16".parse().unwrap(),
        services: "10.96.0.0/12".parse().unwrap(),
        driver: "systemd",
        cgroup_v1: version >= (1, 31, 0),
        schedule_here: true,
    }
}

/// Runs kubeadm with a configuration as its input: what it printed, and whether
/// it was content.
fn ask(host: &dyn Host, path: &str, arguments: &[&str], config: &str) -> (bool, String) {
    let argv = std::iter::once(path).chain(arguments.iter().copied());
    let command = Command::new(argv)
        .stdin(config)
        .timeout(Duration::from_secs(120))
        .keep_stderr(256 * 1024);
    match host.run(&command) {
        Ok(output) => (
            true,
            output.text() + &String::from_utf8_lossy(&output.stderr),
        ),
        Err(CommandError::Status { stderr, .. }) => (false, stderr),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn understood(said: &str) {
    for words in [
        "unknown field",
        "unmarshaling",
        "Invalid value",
        "unknown flag",
    ] {
        assert!(!said.contains(words), "{said}");
    }
}

#[test]
fn a_real_kubeadm_takes_the_file_of_init() {
    let host = Live;
    let Some((path, version)) = kubeadm(&host) else {
        return;
    };
    let config = node(version).init(&cluster(version));
    let stdin = ["--config", "/dev/stdin"];
    let list = ["config", "images", "list", stdin[0], stdin[1]];
    let (content, said) = ask(&host, &path, &list, &config);
    assert!(content, "{said}");
    understood(&said);
    let (major, minor, patch) = version;
    let image = format!("127.0.0.1:1/kubernetes/kube-apiserver:v{major}.{minor}.{patch}");
    assert!(said.contains(&image), "{said}");
    if version >= (1, 26, 0) {
        let validate = ["config", "validate", stdin[0], stdin[1]];
        let (content, said) = ask(&host, &path, &validate, &config);
        assert!(content, "{said}");
        understood(&said);
    }
    // What is wrong it finds.
    let wrong = config.replace("podSubnet", "podSubnett");
    let (_, said) = ask(&host, &path, &list, &wrong);
    assert!(said.contains("unknown field"), "{said}");
}

#[test]
fn a_real_kubeadm_takes_the_configuration_of_join() {
    let host = Live;
    let Some((path, version)) = kubeadm(&host) else {
        return;
    };
    // Nobody listens there.
    let hash = format!("sha256:{}", "ab".repeat(32));
    let (head, tail) = node(version).join("127.0.0.1:1", &hash);
    let config = format!("{head}abcdef.0123456789abcdef{tail}");
    let arguments: &[&str] = if version >= (1, 26, 0) {
        &["config", "validate", "--config", "/dev/stdin"]
    } else {
        &["join", "phase", "preflight", "--config", "/dev/stdin"]
    };
    let (content, said) = ask(&host, &path, arguments, &config);
    understood(&said);
    assert!(
        content || said.contains("[ERROR ") || said.contains("connection refused"),
        "{said}"
    );
}

#[test]
fn a_real_kubeadms_own_look_at_a_host_is_read() {
    let host = Live;
    let Some((path, version)) = kubeadm(&host) else {
        return;
    };
    let config = node(version).init(&cluster(version));
    let arguments = ["init", "phase", "preflight", "--config", "/dev/stdin"];
    let (content, said) = ask(&host, &path, &arguments, &config);
    let found = results(&said);
    // The registry is nobody's, if nothing else is missing.
    assert!(!content, "{said}");
    assert!(found.iter().any(|one| one.fatal), "{said}");
    for one in found {
        assert!(!one.text.is_empty() && !one.id.contains(' '), "{one:?}");
    }
}

#[test]
fn the_hash_of_a_real_kubeadms_authority_is_openssls() {
    let host = Live;
    let Some((path, version)) = kubeadm(&host) else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("groundcrew-kubeadm-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let config = node(version).init(&cluster(version)).replace(
        "networking:\n",
        &format!("certificatesDir: \"{folder}\"\nnetworking:\n"),
    );
    let arguments = ["init", "phase", "certs", "ca", "--config", "/dev/stdin"];
    let (content, said) = ask(&host, &path, &arguments, &config);
    let pem = std::fs::read_to_string(format!("{folder}/ca.crt"));
    let file = format!("{folder}/ca.crt");
    let public = Command::new(["openssl", "x509", "-pubkey", "-noout", "-in", &file]);
    let public = host.run(&public).map(|output| output.stdout);
    std::fs::remove_dir_all(folder).unwrap();
    assert!(content, "{said}");
    let der = Command::new(["openssl", "pkey", "-pubin", "-outform", "der"]);
    let der = host.run(&der.stdin(public.unwrap())).unwrap().stdout;
    let wanted = format!("sha256:{}", crate::host::digest::sha256(&der));
    assert_eq!(super::ca::of_pem(&pem.unwrap()), Some(wanted));
}
