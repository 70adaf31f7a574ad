//! A host whose packet filter is nftables' own, with no manager: a port is let in
//! through every chain that packets come in by, and nothing is left of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod common;

use common::lab::Lab;
use common::site::{UNATTENDED, groundcrew, write_answers};

const RULES: &str = r#"
table inet guard {
  chain in {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ct state established,related accept
    icmp type echo-request accept
  }
}
table ip second {
  chain in {
    type filter hook input priority 10; policy accept;
    tcp dport 23 drop
  }
}
"#;

#[test]
fn a_port_is_let_in_through_every_chain_and_closed_again() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    host.write("/run/rules.nft", 0o600, RULES);
    host.run(&["nft", "-f", "/run/rules.nft"]).ok();
    let ruleset = || host.run(&["nft", "list", "ruleset"]).ok();
    let before = ruleset();
    write_answers(host, "systemd", "");

    let plan = groundcrew(host, &["plan", "--answers", "answers.yaml"]).ok();
    assert!(plan.contains("Open UDP 51820 in nftables"), "{plan}");
    groundcrew(host, &UNATTENDED).expect_code(0);
    let open = ruleset();
    let rule = "udp dport 51820 accept comment \"groundcrew-wg0\"";
    assert_eq!(open.matches(rule).count(), 2, "{open}");
    let at = |text: &str| open.find(text).unwrap();
    assert!(at(rule) < at("ct state"), "before the others: {open}");

    // A second run has nothing to do.
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    groundcrew(host, &detailed).expect_code(0);

    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(ruleset(), before);
}
