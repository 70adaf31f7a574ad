//! Flannel on hosts of the lab, with the real etcd and the real Docker: the first
//! node, the others, containers' traffic between them, and nothing left behind.
//! flanneld is a stand-in (tests/common/flanneld-stand-in), or the real one where
//! GROUNDCREW_TEST_FLANNELD names it.

use crate::common;

use common::flannel::{
    Before, FLANNELD, NOT_VERIFIED, OLD_FLANNELD, RUN, answers, assert_clear, bridge, carry,
    expect, groundcrew, set_up, site, site_of, spec,
};
use common::host::Host;
use common::lab::Lab;
use common::site::{HOME, UNATTENDED, journal, start};
use common::steps::{Place, assert_all_ran};
use common::tree::{EXCLUDED, changed_tree_without};
use common::wait_until;

fn members(host: &Host) -> String {
    host.run(&[
        "etcdctl",
        "--endpoints",
        "http://127.0.0.1:2379",
        "member",
        "list",
    ])
    .ok()
}

/// What is true of every node that is set up.
#[track_caller]
fn assert_set_up(lab: &Lab) {
    for host in &lab.hosts {
        let verified = expect(host, groundcrew(host, &["verify"]), 0);
        assert!(
            verified.stdout.contains("answers a container"),
            "{verified}"
        );
        assert!(bridge(host).starts_with("10.5."), "{}", bridge(host));
        let listed = members(host);
        assert_eq!(
            listed.matches("started").count(),
            lab.hosts.len(),
            "{listed}"
        );
        assert!(
            !listed.contains(", true"),
            "a member without a vote: {listed}"
        );
        // Nothing is left to do.
        let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
        expect(host, groundcrew(host, &detailed), 0);
        let shown = groundcrew(host, &["join", "show"]).ok();
        assert_eq!(shown, host.read(&format!("{HOME}/join-{}.yaml", host.name)));
    }
}

/// Takes the nodes back in this order, and looks for what is left.
#[track_caller]
fn take_back(lab: &Lab, before: &[Before], order: &[usize]) {
    for at in order {
        groundcrew(&lab.hosts[*at], &["rollback"]).expect_code(0);
    }
    for (host, before) in lab.hosts.iter().zip(before) {
        for other in lab.hosts.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &format!("{HOME}/join-{}.yaml", other.name)])
                .ok();
        }
        before.assert_is(&Before::of(host), "after the rollback");
        assert_clear(host);
    }
}

/// As on EL6, with the old kernel's system calls.
#[test]
fn three_nodes_with_routes_and_the_older_interface_of_etcd_are_set_up_verified_and_undone() {
    let (backend, order) = ("host-gw", [2, 0, 1]);
    let specs = ["alpha", "bravo", "charlie"].map(|name| spec(name).old_calls());
    let lab = site_of(&specs, OLD_FLANNELD, backend);
    for (at, host) in lab.hosts.iter().enumerate() {
        answers(host, at == order[0], OLD_FLANNELD, backend);
    }
    // A careful site, and what an old distribution ships: nothing is forwarded.
    lab.host("bravo").drop_input();
    let reject = ["iptables", "-A", "FORWARD", "-j", "REJECT"];
    lab.host("charlie").run(&reject).ok();
    let before: Vec<_> = lab.hosts.iter().map(Before::of).collect();
    let old: Vec<_> = lab.hosts.iter().map(bridge).collect();

    set_up(&lab, &order);
    assert_set_up(&lab);
    assert_all_ran(Place::Flannel, &lab.hosts.iter().collect::<Vec<_>>());

    // And back, the first one last.
    take_back(&lab, &before, &[1, 0, 2]);
    for (host, old) in lab.hosts.iter().zip(&old) {
        assert_eq!(bridge(host), *old, "{}", host.name);
    }
}

/// Answers that name no place of flanneld.
fn without_place(host: &Host, backend: &str) {
    answers(host, true, FLANNELD, backend);
    let path = format!("{HOME}/answers.yaml");
    let text = host.read(&path);
    let named = format!("flanneld: {FLANNELD}, ");
    host.write(&path, 0o644, &text.replace(&named, ""));
}

/// The release of etcd as it would be downloaded, and no etcd on the host.
const RELEASE: &str = "set -e\nmkdir -p /srv/etcd-v3-linux-amd64\n\
     mv /usr/bin/etcd /usr/bin/etcdctl /srv/etcd-v3-linux-amd64/\n\
     tar -C /srv -cf - etcd-v3-linux-amd64 | gzip -1 >/srv/etcd-v3-linux-amd64.tar.gz\n\
     rm -r /srv/etcd-v3-linux-amd64\n";

#[test]
fn a_bundle_brings_etcd_and_a_stand_in_and_a_configuration_of_others_is_named() {
    let lab = site(&["alpha"], FLANNELD, "host-gw");
    let host = &lab.hosts[0];
    host.run(&["bash", "-c", RELEASE]).ok();
    without_place(host, "host-gw");
    let archive = "/srv/etcd-v3-linux-amd64.tar.gz";
    let made = groundcrew(
        host,
        &[
            "bundle",
            "create",
            "/srv/bundle",
            "--overlay",
            "flannel",
            "--program",
            &format!("etcd={archive}"),
            "--program",
            &format!("etcdctl={archive}"),
            "--program",
            &format!("flanneld={FLANNELD}"),
        ],
    );
    assert!(made.stdout.contains("program etcd 3."), "{made}");
    made.expect_code(0);
    groundcrew(host, &["bundle", "verify", "/srv/bundle"]).expect_code(0);
    let before = Before::of(host);
    let bundle = ["--airgap", "--bundle", "/srv/bundle"];
    let run = [&UNATTENDED[..], &bundle].concat();
    let out = expect(host, groundcrew(host, &run), 0);
    assert!(out.stdout.contains("comes from the bundle"), "{out}");
    let running = host.run(&["pgrep", "-a", "-x", "etcd"]).ok();
    assert!(running.contains("/usr/local/bin/etcd"), "{running}");
    without_place(host, "vxlan");
    let out = groundcrew(host, &["run", "--answers", "answers.yaml", "--yes"]);
    assert_ne!(out.code, Some(0), "{out}");
    let told = out.stderr.clone() + &out.stdout;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains(r#"{"Type":"host-gw"}}, and"#)
            && told.contains(r#"{"Type":"vxlan"}} is wanted"#),
        "{out}"
    );
    without_place(host, "host-gw");
    expect(host, groundcrew(host, &["verify"]), 0);
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    expect(
        host,
        groundcrew(host, &[&detailed[..], &bundle].concat()),
        0,
    );
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Before::of(host), "after the rollback");
    assert_clear(host);
}

/// A repository with the installed etcd-server, packed again with the scripts that
/// start its service; and a host without it, on which nothing forbids them to.
const REPOSITORY: &str = r#"
set -e
root=/run/packed
mkdir -p $root/DEBIAN /srv/repo
dpkg-query -L etcd-server | grep -v /usr/share/ | while read -r path; do
  if [ ! -d "$path" ]; then mkdir -p "$root$(dirname "$path")"; cp -a "$path" "$root$path"; fi
done
for name in preinst postinst prerm postrm conffiles; do cp /var/lib/dpkg/info/etcd-server.$name $root/DEBIAN/$name; done
version=$(dpkg-query -W -f='${Version}' etcd-server)
arch=$(dpkg --print-architecture)
printf 'Package: etcd-server\nVersion: %s\nArchitecture: %s\nMaintainer: test <test@example.com>\nDescription: packed again for a test\n' "$version" "$arch" >$root/DEBIAN/control
name=etcd-server_$arch.deb
dpkg-deb --root-owner-group -Znone -b $root /srv/repo/$name >/dev/null
cd /srv/repo
{ dpkg-deb -f $name; echo "Filename: ./$name"; echo "Size: $(stat -c %s $name)"; echo "SHA256: $(sha256sum $name | cut -d' ' -f1)"; } >Packages
dpkg --purge --force-depends etcd-server
rm -rf /usr/sbin/policy-rc.d /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists
mkdir -p /etc/apt /var/lib/apt/lists/partial
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list
"#;

/// What packagers keep for themselves, and the copies of /etc/passwd and its like.
const PACKAGERS_OWN: [&str; 10] = [
    "var/lib/dpkg",
    "var/lib/apt",
    "var/lib/systemd",
    "var/cache",
    "var/log",
    "etc/ld.so.cache",
    "etc/passwd-",
    "etc/shadow-",
    "etc/group-",
    "etc/gshadow-",
];

#[test]
fn the_package_of_etcd_is_installed_and_its_own_service_never_starts() {
    let lab = site(&["alpha"], FLANNELD, "host-gw");
    let host = &lab.hosts[0];
    host.run(&["bash", "-c", REPOSITORY]).ok();
    let refused = groundcrew(host, &UNATTENDED).expect_code(3);
    let told = refused.stderr.split_whitespace().collect::<Vec<_>>();
    assert!(
        told.join(" ").contains("has etcd-server or etcd"),
        "{refused}"
    );
    host.run(&["apt-get", "update"]).ok();
    let tree = || {
        let all: Vec<&str> = EXCLUDED.iter().chain(&PACKAGERS_OWN).copied().collect();
        changed_tree_without(host, &all)
    };
    let before = tree();
    let out = expect(host, groundcrew(host, &UNATTENDED), 0);
    let notes = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(notes.contains("package etcd-server of apt"), "{out}");
    // Ours alone runs, and starts at boot.
    let running = host.run(&["pgrep", "-x", "etcd"]).ok();
    assert_eq!(running.lines().count(), 1, "{running}");
    assert_ne!(host.run(&["ls", "/var/lib/etcd/default"]).code, Some(0));
    let links = host.run(&["bash", "-c", "ls /etc/rc3.d | grep etcd"]).ok();
    assert_eq!(links, "K01etcd\nS90etcd-groundcrew\n");
    // Nor with an upgrade.
    let again = [
        "apt-get",
        "-q",
        "-y",
        "--reinstall",
        "install",
        "etcd-server",
    ];
    host.run(&again).ok();
    assert_eq!(host.run(&["pgrep", "-x", "etcd"]).ok(), running);
    groundcrew(host, &["rollback"]).expect_code(0);
    common::diff::assert_same("the tree after the rollback", &before, &tree());
    assert_clear(host);
}

#[test]
fn by_vxlan_a_run_that_is_killed_goes_on_and_etcd_that_is_down_is_told() {
    let lab = site(&["alpha", "bravo"], FLANNELD, "vxlan");
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    let reject = ["iptables", "-A", "FORWARD", "-j", "REJECT"];
    alpha.run(&reject).ok();
    bravo.drop_input();
    let before: Vec<_> = lab.hosts.iter().map(Before::of).collect();
    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    expect(bravo, groundcrew(bravo, &UNATTENDED), 0);
    carry(alpha, bravo);
    carry(bravo, alpha);
    expect(alpha, groundcrew(alpha, &UNATTENDED), NOT_VERIFIED);

    // Nobody to join: the run takes itself back and says whom it asked.
    alpha.run(&["service", "etcd-groundcrew", "stop"]).ok();
    let out = groundcrew(bravo, &UNATTENDED);
    assert_ne!(out.code, Some(0), "{out}");
    let told = (out.stderr.clone() + &out.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(told.contains("etcd at 10.92.0.1:2379"), "{out}");
    alpha.run(&["service", "etcd-groundcrew", "start"]).ok();

    // Killed while etcd joins.
    let earlier = journal(bravo);
    let mut run = start(bravo, &UNATTENDED);
    wait_until("the run joins the cluster", RUN, || {
        let text = journal(bravo);
        match text != earlier && text.contains("leave") {
            true => Ok(()),
            false if run.has_ended() => panic!("{}", run.stderr()),
            false => Err(text),
        }
    });
    run.kill();
    expect(bravo, groundcrew(bravo, &["resume"]), 0);
    assert_set_up(&lab);

    // A route is lost, as newer ones do: the next run starts flanneld anew.
    let routes = alpha.run(&["ip", "route"]).ok();
    let route = routes.lines().find(|line| line.contains("dev flannel.1"));
    let subnet = route.unwrap().split(' ').next().unwrap();
    alpha.run(&["ip", "route", "del", subnet]).ok();
    let told = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(told.stdout.contains("no route to"), "{told}");
    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    // From the host all is well, and containers reach nothing.
    let drop = ["FORWARD", "-s", "10.5.0.0/16", "-j", "DROP"];
    alpha.run(&[&["iptables", "-I"], &drop[..]].concat()).ok();
    let gateway = bridge(bravo);
    let gateway = gateway.split('/').next().unwrap();
    alpha.ping(gateway, 84).ok();
    let told = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(told.stdout.contains("asked as a container"), "{told}");
    alpha.run(&[&["iptables", "-D"], &drop[..]].concat()).ok();

    take_back(&lab, &before, &[1, 0]);
}
