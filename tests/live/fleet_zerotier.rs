//! A fleet over ZeroTier with a controller of its own, set up over real ssh daemons by
//! the real Ansible: the controller lets in exactly the members of the plan. ZeroTier is
//! a stand-in (tests/stand-ins/zerotier-one-stand-in), or the real program where
//! GROUNDCREW_TEST_ZEROTIER names it.

use crate::common;

use common::host::Host;
use common::proc::Out;
use common::site::{Picture, leaks};
use common::ssh::{FLEET, RUN, SshLab, fleet_argv};
use common::zerotier::{call, install, node, secrets, spec};

const HOSTS: [&str; 3] = ["app01", "app02", "app03"];

const WISHES: &str = "\
version: 1
needs: {vendor-kinds: [native], encryption: required, zerotier-controller: own}
host: {init: sysvinit}
scheduler: native
overlay: {kind: zerotier, network: 10.90.0.0/24}
replicated: {install: false}
";

struct Site {
    lab: SshLab,
    inventory: String,
}

impl Site {
    #[track_caller]
    fn fleet(&self, code: i32, args: &[&str]) -> Out {
        let argv = fleet_argv(&self.inventory, args);
        self.lab.control().run_within(RUN, &argv).expect_code(code)
    }

    fn host(&self, name: &str) -> &Host {
        self.lab.lab.host(name)
    }
}

#[test]
fn three_hosts_with_a_stand_in_for_zerotier_are_let_in_and_taken_back() {
    let mut lab = SshLab::start_of(HOSTS.map(spec));
    for name in HOSTS {
        lab.daemon(name, "ed25519", "");
        install(lab.lab.host(name));
    }
    let inventory = lab.inventory(&HOSTS.map(|name| (name, "")));
    let site = Site { lab, inventory };
    let before = HOSTS.map(|name| Picture::of(site.host(name)));
    let control = site.lab.control();
    control.write(&format!("{FLEET}/fleet.yaml"), 0o600, WISHES);
    site.fleet(0, &["inspect"]);
    site.fleet(0, &["plan"]);
    let out = site.fleet(0, &["apply", "--yes"]);
    let fine = "6 of 6 pairs reach each other with packets of the planned size";
    assert!(out.stdout.contains(fine), "{out}");

    // Exactly the members of the plan are let in.
    let controller = site.host("app01");
    let network = node(controller) + "676301";
    let listed = call(
        controller,
        "GET",
        &format!("/controller/network/{network}/member"),
        "",
    );
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let mut nodes: Vec<String> = listed.as_object().unwrap().keys().cloned().collect();
    nodes.sort();
    let mut wanted = HOSTS.map(|name| node(site.host(name)));
    wanted.sort();
    assert_eq!(nodes, wanted);

    let keys: Vec<String> = HOSTS
        .iter()
        .flat_map(|name| secrets(site.host(name)))
        .collect();
    assert_eq!(
        leaks(control, &keys, &[]),
        Vec::<String>::new(),
        "the controller of the fleet"
    );
    let text = format!("{out}");
    assert!(keys.iter().all(|key| !text.contains(key)), "a key is told");

    site.fleet(0, &["rollback", "--yes"]);
    for (name, before) in HOSTS.iter().zip(&before) {
        before.assert_is(&Picture::of(site.host(name)), "after the rollback");
    }
}
