//! The Ansible collection: the program carries all of it, and what it makes of the
//! words of ssh, sudo and login shells.

mod anything;
mod bounds;
mod given;

use crate::common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::proc::{LIMIT, Proc, run};
use groundcrew::cli::fleet::collection::FILES;

fn collection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/ansible")
}

fn below(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if entry.file_name() != "__pycache__" {
                below(&path, into);
            }
        } else {
            let path = path.strip_prefix(collection()).unwrap();
            into.insert(path.to_str().unwrap().to_owned());
        }
    }
}

/// A folder in which the collection is found by its name.
fn collections() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("ansible_collections/groundcrew");
    std::fs::create_dir_all(&place).unwrap();
    std::os::unix::fs::symlink(collection(), place.join("fleet")).unwrap();
    folder
}

/// Runs a script of Python that can import what the collection has without Ansible.
#[track_caller]
fn python(script: &str, input: &str) -> String {
    let collections = collections();
    let imports = "from ansible_collections.groundcrew.fleet.plugins.plugin_utils import given, remote, results, why\n";
    let mut process = Proc::spawn(
        Command::new("python3")
            .args(["-B", "-c", &format!("{imports}{script}")])
            .env("PYTHONPATH", collections.path()),
    );
    process.write(input);
    process.wait(LIMIT).ok()
}

#[test]
fn the_program_carries_every_file_of_the_collection() {
    let mut there = BTreeSet::new();
    below(&collection(), &mut there);
    // For people, who have the folder.
    there.remove("README.md");
    there.remove(".ansible-lint");
    let carried: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(carried, there);
}

#[test]
fn ansible_takes_every_playbook() {
    let folder = collections();
    for (path, _) in FILES
        .iter()
        .filter(|(path, _)| path.starts_with("playbooks/"))
    {
        run(Command::new("ansible-playbook")
            .args(["--syntax-check", "-i", "localhost,"])
            .arg(collection().join(path))
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ANSIBLE_COLLECTIONS_PATH", folder.path())
            .env("ANSIBLE_LOCAL_TEMP", folder.path().join("tmp"))
            .env("HOME", folder.path()))
        .ok();
    }
}

#[test]
fn the_target_script_is_one_that_every_shell_takes() {
    let script = collection().join("plugins/plugin_utils/receive.sh");
    let text = std::fs::read_to_string(&script).unwrap();
    let quoted = text
        .lines()
        .find(|line| !line.starts_with('#') && line.contains('\''));
    assert_eq!(quoted, None, "quotes grow on the way");
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "ash"]] {
        run(Command::new(shell[0])
            .args(&shell[1..])
            .arg("-n")
            .arg(&script))
        .ok();
    }
}

#[test]
fn the_words_of_ssh_and_sudo_are_told_with_what_to_try() {
    let prefix = "Failed to connect to the host via ssh: ";
    let cases = [
        (
            "ssh: connect to host 10.0.0.1 port 22: Connection refused",
            "refused",
            "sshd running",
        ),
        (
            "ssh: connect to host 10.0.0.1 port 22: Connection timed out",
            "within the time",
            "firewall",
        ),
        (
            "ssh: connect to host 10.0.0.1 port 22: No route to host",
            "no way",
            "up",
        ),
        (
            "ssh: Could not resolve hostname web1: Name or service not known",
            "web1 is not found",
            "ansible_host",
        ),
        (
            "Host key verification failed.",
            "not known",
            "known_hosts (ssh-keyscan -H NAME prints it); a file of its own: for this host alone, on its \
             line of the inventory: ansible_ssh_extra_args='-o UserKnownHostsFile=PATH'",
        ),
        (
            "@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@\nHost key verification failed.",
            "another one",
            "ssh-keygen -R",
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss",
            "EL6",
            "ansible_ssh_extra_args='-o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa'",
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,x",
            "key exchange",
            "ansible_ssh_extra_args='-o KexAlgorithms=+diffie-hellman-group1-sha1'",
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: aes128-cbc",
            "cipher",
            "ansible_ssh_extra_args='-o Ciphers=+aes128-cbc'",
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching MAC found. Their offer: hmac-md5' --become '$(id)",
            "message authentication",
            "ansible_ssh_extra_args='-o MACs=+hmac-md5'",
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss",
            "ssh-dss",
            "ansible_ssh_extra_args='-o HostKeyAlgorithms=+ssh-dss'",
        ),
        (
            "root@10.0.0.1: Permission denied (publickey).",
            "(publickey)",
            "ansible_user",
        ),
        (
            "kex_exchange_identification: Connection closed by remote host",
            "MaxStartups",
            "--forks 8",
        ),
        // The jump host's words, and those of one that forwards nothing.
        (
            "ssh: connect to host 10.0.0.9 port 22: Connection refused\nkex_exchange_identification: \
             Connection closed by remote host\nConnection closed by UNKNOWN port 65535",
            "this is about the jump host: the connection was refused",
            "ssh_config",
        ),
        (
            "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n\
             Connection closed by UNKNOWN port 65535",
            "the connection was refused",
            "sshd running",
        ),
        (
            "channel 0: open failed: administratively prohibited: open failed\nstdio forwarding \
             failed\nConnection closed by UNKNOWN port 65535",
            "the jump host forwards no connections",
            "AllowTcpForwarding",
        ),
        (
            "Connection closed by 10.0.0.9 port 22\nkex_exchange_identification: Connection closed by \
             remote host\nConnection closed by UNKNOWN port 65535",
            "the host closed the connection before the login (sshd's or a jump host's MaxStartups",
            "--forks 8",
        ),
        (
            "Timeout, server 10.0.0.1 not responding.",
            "does not answer any more",
            "goes on",
        ),
        (
            "Read from remote host 10.0.0.1: Connection reset by peer",
            "does not answer any more",
            "goes on",
        ),
        (
            "client_loop: send disconnect: Connection reset by peer",
            "does not answer any more",
            "goes on",
        ),
        (
            "Incorrect sudo password",
            "not accepted",
            "--ask-become-pass",
        ),
        (
            "Missing sudo password",
            "needs a password",
            "--ask-become-pass",
        ),
        (
            "ops is not in the sudoers file.  This incident will be reported.",
            "may not become root",
            "sudo",
        ),
        ("/bin/sh: sudo: command not found", "has no sudo", "become"),
    ];
    let script =
        "import json, sys\nprint(json.dumps([why.explain(t) for t in json.load(sys.stdin)]))";
    let texts: Vec<_> = cases
        .iter()
        .map(|case| format!("{prefix}{}", case.0))
        .collect();
    let told: Vec<(String, String)> =
        serde_json::from_str(&python(script, &serde_json::to_string(&texts).unwrap())).unwrap();
    for ((text, why, hint), (is, tried)) in cases.iter().zip(&told) {
        assert!(
            is.contains(why) && tried.contains(hint),
            "{text}\n{is}\n{tried}"
        );
        let jump = is.contains("about the jump host");
        assert_eq!(jump, why.contains("about the jump host"), "{text}\n{is}");
    }
    // Those are tried again that were turned away without a word, and no others.
    let script =
        "import json, sys\nprint(json.dumps([why.turned_away(t) for t in json.load(sys.stdin)]))";
    let again: Vec<bool> =
        serde_json::from_str(&python(script, &serde_json::to_string(&texts).unwrap())).unwrap();
    for ((text, _, hint), again) in cases.iter().zip(again) {
        assert_eq!(again, hint.contains("--forks 8"), "{text}");
    }
}

#[test]
fn an_answer_is_found_between_whatever_a_login_shell_prints() {
    let script = "
import base64, gzip, io, json, sys
held = io.BytesIO()
with gzip.GzipFile(fileobj=held, mode='wb') as file:
    file.write(b'{\"a\": 1}\\n')
coded = base64.encodebytes(held.getvalue()).decode()
text = 'motd\\r\\nunfinished\\nN1 begin\\r\\nN1 arch x86_64\\r\\nN2 exit 9\\nN1 folder /tmp: noexec\\n' \\
    + 'N1 exit 4\\nN1 data out base64 gzip 9\\n' + coded.replace('\\n', '\\r\\n') + '\\nN1 end ran\\nlogout\\n'
whole = remote.Answer('N1', text)
cut = remote.Answer('N1', text.replace(coded[:8], 'AAAA'))
hexed = remote.Answer('N1', 'N1 data out hex plain 2\\n 6f 6b\\nN1 end ran')
print(json.dumps([whole.exit, whole.arch, whole.end, whole.folders, whole.bytes('out').decode(),
    cut.bytes('out'), hexed.bytes('out').decode()]))
for word in ('a b;c', '$(x)', 'x\\\"y', '`z`'):
    try:
        print(remote.script({'D': word}))
    except remote.Problem:
        pass
    else:
        sys.exit('not refused: ' + word)
";
    assert_eq!(
        python(script, "").trim(),
        r#"[4, "x86_64", "ran", ["/tmp: noexec"], "{\"a\": 1}\n", null, "ok"]"#
    );
}

#[test]
fn without_ansible_what_to_install_is_told() {
    let empty = tempfile::tempdir().unwrap();
    let out = run(Command::new(env!("CARGO_BIN_EXE_groundcrew"))
        .args(["fleet", "inspect", "-i", "hosts"])
        .env("PATH", empty.path()));
    let out = out.expect_code(2);
    assert!(out.stderr.contains("install ansible-core"), "{out}");
    // An old one is no better than none, nor is one that this was never run with.
    let old = empty.path().join("ansible-playbook");
    for version in ["2.9.27", "[core 2.13.13]"] {
        std::fs::write(
            &old,
            format!("#!/bin/sh\necho 'ansible-playbook {version}'\n"),
        )
        .unwrap();
        std::fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let out = run(Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(["fleet", "inspect", "-i", "hosts"])
            .env("PATH", empty.path()));
        let out = out.expect_code(2);
        let told = format!("too old (ansible-playbook {version}): ansible-core 2.14 or later");
        assert!(out.stderr.contains(&told), "{out}");
    }
}
