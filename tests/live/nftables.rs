//! A host whose packet filter is nftables' own, with no manager: a port is let in
//! through every chain that packets come in by, and nothing is left of it.

use crate::common;

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

const DROP_IN: &str = "/etc/systemd/system/nftables.service.d/groundcrew.conf";

#[test]
fn a_port_is_let_in_through_every_chain_and_closed_again() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    host.write("/run/rules.nft", 0o600, RULES);
    host.run(&["nft", "-f", "/run/rules.nft"]).ok();
    let ruleset = || host.run(&["nft", "list", "ruleset"]).ok();
    let before = ruleset();
    write_answers(host, "systemd", "");
    // The site's own rules are loaded at boot, by systemd's unit.
    host.run(&["ln", "-sf", "/lib/systemd/systemd", "/sbin/init"])
        .ok();
    let wants = "/etc/systemd/system/sysinit.target.wants";
    host.run(&["mkdir", "-p", wants]).ok();
    let unit = "/lib/systemd/system/nftables.service";
    let link = format!("{wants}/nftables.service");
    host.run(&["ln", "-sf", unit, &link]).ok();

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

    // What the next boot does: the site's rules, and then what the drop-in says.
    host.run(&["nft", "flush", "ruleset"]).ok();
    host.run(&["nft", "-f", "/run/rules.nft"]).ok();
    let kept = host.read(DROP_IN);
    let starts = kept
        .lines()
        .filter_map(|line| line.strip_prefix("ExecStartPost=-"));
    for line in starts {
        // systemd takes quotation marks off, as the shell does.
        host.run(&["sh", "-c", line]).ok();
    }
    assert_eq!(ruleset(), open);

    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(ruleset(), before);
    assert_ne!(host.run(&["ls", "-d", DROP_IN]).code, Some(0));
}
