//! A fleet over Flannel, set up over real ssh daemons by the real Ansible with the real
//! etcd, by TLS, and Docker: etcd on its three members at once, a fourth host that only
//! asks them, verified; a member that is gone for good, removed from etcd, and the
//! fourth in its place; taken back. flanneld is a stand-in
//! (tests/common/flanneld-stand-in), or the real one where GROUNDCREW_TEST_FLANNELD
//! names it.

use crate::common;

use common::flannel::{
    Before, FLANNELD, PKI, TLS, assert_clear, bridge, certificates, spec, with_docker, words,
};
use common::host::Host;
use common::proc::Out;
use common::ssh::{FLEET, RUN, SshLab, fleet_argv, script};

const HOSTS: [&str; 4] = ["app01", "app02", "app03", "app04"];

fn wishes(more: &str) -> String {
    format!(
        "version: 1\n\
         needs: {{vendor-kinds: [native], encryption: \"no\"}}\n\
         host: {{init: sysvinit}}\n\
         scheduler: native\n\
         interface: {{name: eth0}}\n\
         overlay:\n  kind: flannel\n  network: 10.5.0.0/16\n  \
         flannel: {{flanneld: {FLANNELD}, backend: vxlan{TLS}}}\n\
         replicated: {{install: false}}\n{more}"
    )
}

struct Site {
    lab: SshLab,
    inventory: String,
}

impl Site {
    #[track_caller]
    fn fleet(&self, code: i32, args: &[&str]) -> Out {
        let argv = fleet_argv(&self.inventory, args);
        let out = self.lab.control().run_within(RUN, &argv);
        if out.code != Some(code) {
            for name in HOSTS {
                for log in [
                    "/var/lib/etcd-groundcrew/etcd.log",
                    "/var/lib/flannel-groundcrew/flanneld.log",
                    "/run/docker.log",
                ] {
                    let text = self.host(name).run(&["tail", "-n", "15", log]).stdout;
                    eprintln!("{name}: {log}:\n{text}");
                }
            }
        }
        out.expect_code(code)
    }

    fn host(&self, name: &str) -> &Host {
        self.lab.lab.host(name)
    }

    /// etcd's members as it lists them.
    fn members(&self) -> String {
        let url = format!("https://{}:2379", self.host("app01").address());
        let etcdctl = ["etcdctl", "--endpoints", &url];
        let list = ["member", "list"];
        let argv = [&etcdctl[..], &PKI, &list].concat();
        self.host("app01").run(&argv).ok()
    }

    /// How flanneld runs on a host.
    fn flanneld(&self, name: &str) -> String {
        let pid = "$(cat /run/flanneld-groundcrew.pid)";
        script(
            self.host(name),
            &format!("echo {pid}; tr '\\0' ' ' </proc/{pid}/cmdline"),
        )
    }
}

#[test]
fn an_etcd_of_three_begins_loses_a_member_and_gets_another_with_a_stand_in_for_flanneld() {
    let mut lab = SshLab::start_of(HOSTS.map(spec));
    for name in HOSTS {
        lab.daemon(name, "ed25519", "");
        with_docker(lab.lab.host(name));
    }
    certificates(&HOSTS.map(|name| lab.lab.host(name)));
    let inventory = lab.inventory(&HOSTS.map(|name| (name, "")));
    let site = Site { lab, inventory };
    let before = HOSTS.map(|name| Before::of(site.host(name)));
    let old = HOSTS.map(|name| bridge(site.host(name)));
    let control = site.lab.control();
    control.write(&format!("{FLEET}/fleet.yaml"), 0o600, &wishes(""));
    site.fleet(0, &["inspect"]);
    let planned = words(&site.fleet(0, &["plan"]));
    assert!(
        planned.contains("etcd alone, on app[01-03] at once") && planned.contains("4. app04"),
        "{planned}"
    );

    // With one connection the first would wait for the others for ever.
    let told = words(&site.fleet(2, &["apply", "--yes", "--forks", "1"]));
    assert!(told.contains("--forks 2 or more"), "{told}");

    let out = site.fleet(0, &["apply", "--yes"]);
    let fine = "12 of 12 pairs reach each other with packets of the planned size";
    assert!(out.stdout.contains(fine), "{out}");
    let verified: serde_json::Value =
        serde_json::from_str(&control.read(&format!("{FLEET}/verify.json"))).unwrap();
    let pairs = verified["pairs"].as_array().unwrap();
    // 1500 of the network below, minus 50 of vxlan.
    assert!(pairs.iter().all(|pair| pair["mtu"] == 1450), "{verified}");
    let listed = site.members();
    assert_eq!(listed.matches("started").count(), 3, "{listed}");
    let cluster = |name: &str| {
        let text = site.host(name).read("/etc/groundcrew/etcd-cluster.conf");
        let line = text
            .lines()
            .find(|line| line.starts_with("ETCD_INITIAL_CLUSTER="));
        line.unwrap().to_owned()
    };
    assert_eq!(cluster("app01").matches("=https://").count(), 3);
    assert_eq!(cluster("app01"), cluster("app02"));
    assert_eq!(cluster("app01"), cluster("app03"));
    for name in HOSTS {
        assert!(bridge(site.host(name)).starts_with("10.5."), "{name}");
    }

    // A member whose etcd is gone is told, by whoever asks.
    let stop = ["service", "etcd-groundcrew", "stop"];
    site.host("app03").run(&stop).ok();
    let told = words(&site.fleet(7, &["verify", "--limit", "app01,app04", "--echoes", "1"]));
    assert!(
        told.contains("app01 does not reach") && told.contains("etcd of app03"),
        "{told}"
    );

    // It is gone for good: another host takes its place, and asks its own etcd then.
    let gone = "fleet: {exclude: [app03]}\n";
    control.write(&format!("{FLEET}/fleet.yaml"), 0o600, &wishes(gone));
    let planned = words(&site.fleet(0, &["plan"]));
    assert!(
        planned.contains("app01, app02, app03 -> app01, app02, app04")
            && planned.contains("app03 left, of the 3 members of etcd"),
        "{planned}"
    );
    let before_that = site.flanneld("app01");
    let asked = site.flanneld("app04");
    assert_eq!(asked.matches("https://").count(), 3, "{asked}");
    let told = words(&site.fleet(0, &["apply", "--yes"]));
    assert!(
        told.contains("app03 is no member of etcd any more")
            && told.contains("6 of 6 pairs reach each other"),
        "{told}"
    );
    let listed = site.members();
    assert_eq!(listed.matches("started").count(), 3, "{listed}");
    assert!(
        listed.contains("app04") && !listed.contains("app03") && !listed.contains(", true"),
        "{listed}"
    );
    let asked = site.flanneld("app04");
    let own = format!(
        "-etcd-endpoints=https://{}:2379 ",
        site.host("app04").address()
    );
    assert!(asked.contains(&own), "{asked}");
    // Nothing is new for the others'.
    assert_eq!(site.flanneld("app01"), before_that);

    // And back: who has left first, then against the order of the waves.
    let out = site.fleet(0, &["rollback", "--yes"]);
    assert!(out.stdout.contains("app01  undone\n"), "{out}");
    for ((name, before), old) in HOSTS.iter().zip(&before).zip(&old) {
        let host = site.host(name);
        assert_eq!(bridge(host), *old, "{name}");
        before.assert_is(&Before::of(host), "after the rollback");
        assert_clear(host);
    }
}
