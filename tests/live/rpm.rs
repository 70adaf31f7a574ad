//! Packages on hosts that pose as Red Hat's and SUSE's, installed and taken back
//! by the real dnf, zypper and rpm (Debian's builds of them), from a repository
//! that createrepo_c has made and out of a bundle. `yum` is dnf under that name,
//! as on RHEL 8: yum 3 itself is not to be had here.

use crate::common;

use common::diff::assert_same;
use common::host::Host;
use common::lab::Lab;
use common::proc::Out;
use common::site::{RUN, UNATTENDED, groundcrew, start, write_answers};
use common::tools::{lab_with, script};
use common::tree::{EXCLUDED, changed_tree_without};
use common::wait_until;

/// Where Red Hat's and SUSE's rpm keep their database, and a repository with the
/// programs of wireguard-tools and iproute2, packed again: they need `libwg` and
/// recommend `extra`. `slow` does not end until it is told to.
const PREPARE: &str = r#"
# Names are known or not at once: there is no name server to wait for.
echo '127.0.1.1 alpha' >>/etc/hosts
: >/etc/resolv.conf
mkdir -p /etc/rpm /var/lib/rpm /srv/build /srv/repo /etc/yum.repos.d /etc/zypp/repos.d /etc/dnf/vars
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
echo 8 >/etc/dnf/vars/releasever
ln -sf dnf-3 /usr/bin/yum
pack() { # NAME TAGS FILES SCRIPTS
  printf 'Name: %s\nVersion: 1\nRelease: 1\nSummary: for a test\nLicense: MIT\nAutoReqProv: no\nBuildArch: noarch\n%b\n%%description\nfor a test\n%%install\nmkdir -p %%{buildroot}\nfor path in %s; do mkdir -p "$(dirname "%%{buildroot}$path")"; cp -a "$path" "%%{buildroot}$path"; done\n%%files\n%s\n%b\n' \
    "$1" "$2" "${3//$'\n'/ }" "$3" "$4" >/srv/build/$1.spec
  rpmbuild -bb --quiet --define '_topdir /srv/build' --define '_rpmdir /srv/repo' --define '__os_install_post %{nil}' \
    --define '_buildhost alpha' --define '_binaries_in_noarch_packages_terminate_build 0' /srv/build/$1.spec
}
pack wireguard-tools 'Requires: libwg\nRecommends: extra' $'/usr/bin/wg\n/usr/bin/wg-quick' ''
pack iproute2 'Requires: libwg\nRecommends: extra' /usr/bin/ip ''
pack libwg '' '' ''
pack extra '' '' ''
pack theirs 'Requires: libwg' '' ''
pack slow '' '' '%pre\n: >/run/slow.begun; read -r x </run/slow; exit 0'
pack shell 'Provides: /bin/sh' '' ''
createrepo_c -q /srv/repo
rpm -i /srv/repo/noarch/shell-1-1.noarch.rpm
"#;

/// What packagers keep for themselves, and what the test makes.
const PACKAGERS_OWN: [&str; 8] = [
    "var/lib/rpm",
    "var/lib/dnf",
    "var/lib/zypp",
    "var/cache",
    "var/log",
    "srv",
    "etc/yum.repos.d",
    "etc/zypp/repos.d",
];

/// Writes where the repository is, in the form that dnf and zypper share.
fn repository(host: &Host, url: &str) {
    let text = format!("[site]\nname=site\nbaseurl={url}\nenabled=1\ngpgcheck=0\n");
    host.write("/etc/yum.repos.d/site.repo", 0o644, &text);
    host.write("/etc/zypp/repos.d/site.repo", 0o644, &text);
    script(host, "rm -rf /var/cache/dnf /var/cache/zypp");
}

fn pose_as(host: &Host, release: &str) {
    let (id, version) = release.split_once(' ').unwrap();
    let text = format!("ID=\"{id}\"\nVERSION_ID=\"{version}\"\nNAME=\"{id}\"\n");
    script(host, "rm -f /etc/os-release /etc/debian_version");
    host.write("/etc/os-release", 0o644, &text);
}

/// A host without the programs `gone`.
fn lab(release: &str, gone: &str) -> Lab {
    let lab = lab_with("rpm");
    let host = &lab.hosts[0];
    script(host, PREPARE);
    script(host, &format!("cd /usr/bin && rm {gone}"));
    pose_as(host, release);
    write_answers(host, "systemd", "");
    lab
}

fn tree(host: &Host) -> String {
    let without: Vec<&str> = EXCLUDED.iter().chain(&PACKAGERS_OWN).copied().collect();
    changed_tree_without(host, &without)
}

/// The names of all installed rpm packages.
fn packages(host: &Host) -> String {
    let all = host.run(&["rpm", "-qa", "--qf", "%{NAME}\\n"]).ok();
    let mut names: Vec<&str> = all.lines().collect();
    names.sort_unstable();
    names.join(" ")
}

const RED_HAT: &str = "libwg shell wireguard-tools";
const UNDER_ITS_OTHER_NAME: &str = "extra libwg shell wireguard-tools";
const SUSE: &str = "iproute2 libwg shell";
const BARE: &str = "shell";

#[track_caller]
fn told(out: &Out, text: &str) {
    let all = format!("{}{}", out.stdout, out.stderr);
    assert!(all.contains(text), "{text}\n{out}");
}

/// From a repository: what is asked for and what it needs, and nothing more; and
/// all of it is gone again.
#[track_caller]
fn installs_and_takes_back(host: &Host, before: &str, with: &str) {
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert_eq!(packages(host), with);
    // Where `ip` is cannot be known before it is there: the unit names it then.
    if with != SUSE {
        groundcrew(host, &detailed).expect_code(0);
    }
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(packages(host), BARE);
    assert_same("the tree after the rollback", before, &tree(host));
}

/// Another packager is in the middle of its work: it is waited for. What somebody
/// else needs by the time of the rollback stays.
fn waits_and_leaves_what_others_need(host: &Host, install: &[&str]) {
    script(host, "mkfifo /run/slow");
    let slow = host.spawn(&[install, &["slow"]].concat());
    wait_until("the other packager", RUN, || {
        match host.path("/run/slow.begun").exists() {
            true => Ok(()),
            false => Err(slow.stderr()),
        }
    });
    let run = start(host, &UNATTENDED);
    let log = || script(host, "cat /var/log/groundcrew/* 2>/dev/null || true");
    wait_until("the wait", RUN, || {
        match log().contains("another packager is at work") {
            true => Ok(()),
            false => Err(log()),
        }
    });
    script(host, "echo >/run/slow");
    slow.wait(RUN).expect_code(0);
    run.wait(RUN).expect_code(0);
    host.run(&[install, &["theirs"]].concat()).ok();
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(packages(host), "libwg shell slow theirs");
    host.run(&["rpm", "-e", "slow", "theirs", "libwg"]).ok();
}

/// Out of a bundle, where a package that the bundle has, too, is there already.
fn bundles(host: &Host, before: &str) {
    repository(host, "file:///srv/none");
    let add = [
        "bundle",
        "create",
        "/srv/bundle",
        "--add",
        "/srv/repo/noarch/wireguard-tools-1-1.noarch.rpm",
        "--add",
        "/srv/repo/noarch/libwg-1-1.noarch.rpm",
    ];
    groundcrew(host, &add).expect_code(0);
    // What `bundle create --package` finds out by itself.
    script(
        host,
        r"sed -i 's/^\( *\)name: wireguard-tools$/&\n\1needs: [libwg]/' /srv/bundle/bundle.yaml",
    );
    let run = [&UNATTENDED[..], &["--airgap", "--bundle", "/srv/bundle"]].concat();
    groundcrew(host, &run).expect_code(0);
    assert_eq!(packages(host), RED_HAT);
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(packages(host), BARE);
    assert_same("the tree after the rollback", before, &tree(host));
    host.run(&["rpm", "-i", "/srv/repo/noarch/libwg-1-1.noarch.rpm"])
        .ok();
    groundcrew(host, &run).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(packages(host), "libwg shell");
}

#[test]
fn dnf_and_yum_install_what_is_missing_and_it_is_taken_back_whole() {
    let lab = lab("rhel 8.9", "wg wg-quick");
    let host = &lab.hosts[0];
    // Debian's dnf.conf says skip_if_unavailable, as many a site does: dnf then
    // fails for want of the package, and it is told why all the same.
    repository(host, "http://repository.invalid/8");
    let failed = groundcrew(host, &UNATTENDED).expect_code(5);
    told(&failed, "the repositories cannot be reached");
    host.run(&["rm", "/etc/yum.repos.d/site.repo"]).ok();
    let failed = groundcrew(host, &UNATTENDED).expect_code(5);
    told(&failed, "no repository of this host has it");
    repository(host, "file:///srv/repo");
    let before = tree(host);
    installs_and_takes_back(host, &before, RED_HAT);
    waits_and_leaves_what_others_need(host, &["dnf", "-y", "install"]);
    pose_as(host, "centos 7");
    let before = tree(host);
    // What is recommended comes with it: yum knows no such thing.
    installs_and_takes_back(host, &before, UNDER_ITS_OTHER_NAME);
    bundles(host, &before);
}

#[test]
fn zypper_installs_what_is_missing_and_it_is_taken_back_whole() {
    let lab = lab("sles 15.5", "ip");
    let host = &lab.hosts[0];
    repository(host, "http://repository.invalid/15");
    let failed = groundcrew(host, &UNATTENDED).expect_code(5);
    told(&failed, "the repositories cannot be reached");
    host.run(&["rm", "/etc/zypp/repos.d/site.repo"]).ok();
    let failed = groundcrew(host, &UNATTENDED).expect_code(5);
    told(&failed, "no repository of this host has it");
    repository(host, "file:///srv/repo");
    let before = tree(host);
    installs_and_takes_back(host, &before, SUSE);
    let install = ["zypper", "--non-interactive", "install", "--no-recommends"];
    waits_and_leaves_what_others_need(host, &install);
}
