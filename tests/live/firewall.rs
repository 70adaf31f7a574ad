//! A port is let in, from everywhere and from named sources, by the real firewalld
//! on a system bus of its own and by the real ufw; it stays over their restart,
//! and nothing of it is left after the rollback.

use crate::common;

use common::diff::assert_same;
use common::host::Host;
use common::site::{HOME, RUN, groundcrew, write_answers};
use common::tools::{lab_with, script};
use common::wait_until;

/// Applies the host's plan, in which a port for named sources was put beside the
/// one that it opens by itself.
fn apply_with_sources(host: &Host, sources: &[&str]) {
    let plan = ["plan", "--answers", "answers.yaml", "-o", "plan.json"];
    groundcrew(host, &plan).expect_code(0);
    let path = format!("{HOME}/plan.json");
    let mut plan: serde_json::Value = serde_json::from_str(&host.read(&path)).unwrap();
    let steps = plan["steps"].as_array_mut().unwrap();
    let at = steps
        .iter()
        .position(|step| step["port"] == 51820 && step["firewall"].is_string())
        .unwrap_or_else(|| panic!("no port is opened: {steps:#?}"));
    let mut more = steps[at].clone();
    more["port"] = 2379.into();
    more["protocol"] = "tcp".into();
    more["sources"] = sources.into();
    steps.insert(at + 1, more);
    host.write(&path, 0o600, &plan.to_string());
    groundcrew(host, &["apply", "plan.json"]).expect_code(0);
}

#[test]
fn firewalld_lets_a_port_in_now_and_after_a_reload_and_closes_it_again() {
    let lab = lab_with("firewall");
    let host = &lab.hosts[0];
    // Without polkit, which asks for sessions that are not there, root may do all.
    script(
        host,
        "rm -f /usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service\n\
         mkdir -p /run/dbus\n\
         dbus-daemon --system --nopidfile --fork",
    );
    write_answers(host, "systemd", "");
    let daemon = host.spawn(&["firewalld", "--nofork"]);
    wait_until("firewalld", RUN, || {
        match host.run(&["firewall-cmd", "--state"]) {
            up if up.code == Some(0) => Ok(()),
            not => Err(format!("{not}\n{}", daemon.stderr())),
        }
    });
    let rules = || {
        script(
            host,
            "for where in '' --permanent; do firewall-cmd $where --list-ports; firewall-cmd $where \
             --list-rich-rules | sort; done",
        )
    };
    let before = rules();
    assert_eq!(before.trim(), "");
    // One source: firewall-cmd is a Python program, and asked for each rule.
    apply_with_sources(host, &["192.0.2.1/32"]);
    let each = "51820/udp\nrule family=\"ipv4\" source address=\"192.0.2.1/32\" port port=\"2379\" \
                protocol=\"tcp\" accept\n";
    host.run(&["firewall-cmd", "--reload"]).ok();
    assert_eq!(rules(), format!("{each}{each}"));
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(rules(), before);
}

#[test]
fn ufw_lets_a_port_in_now_and_after_a_reload_and_closes_it_again() {
    let lab = lab_with("firewall");
    let host = &lab.hosts[0];
    // What the package's own scripts do: the first rules.
    script(
        host,
        "cp /usr/share/ufw/iptables/*.rules /etc/ufw/\n\
         cp /usr/share/ufw/ufw.conf /usr/share/ufw/before.init /usr/share/ufw/after.init /etc/ufw/\n\
         chmod 640 /etc/ufw/*.rules\n\
         ufw --force enable\n\
         ufw allow 22/tcp\n\
         ufw reload",
    );
    write_answers(host, "systemd", "");
    let state = || script(host, "iptables -S; ip6tables -S; cat /etc/ufw/user*.rules");
    let before = state();
    apply_with_sources(host, &["192.0.2.1/32", "198.51.100.0/24"]);
    let status = || host.run(&["ufw", "status"]).ok();
    let open = status();
    for (to, from) in [
        ("51820/udp", "Anywhere"),
        ("2379/tcp", "192.0.2.1"),
        ("2379/tcp", "198.51.100.0/24"),
    ] {
        let words = [to, "ALLOW", from];
        let has = |line: &str| line.split_whitespace().eq(words);
        assert!(open.lines().any(has), "{to} from {from}\n{open}");
    }
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    groundcrew(host, &detailed).expect_code(0);
    host.run(&["ufw", "reload"]).ok();
    assert_eq!(status(), open);
    groundcrew(host, &["rollback"]).expect_code(0);
    assert_same("the rules after the rollback", &before, &state());
}
