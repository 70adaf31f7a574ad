//! Flannel's etcd with TLS, without a quorum, and one of the site's own: with the
//! real etcd and Docker, certificates of openssl, and flanneld as in flannel.rs.

use crate::common;

use common::flannel::{
    Before, FLANNELD, OLD_FLANNELD, PKI, RUN, TLS, answers, answers_with, assert_clear, bridge,
    carry, certificates, expect, groundcrew, set_up, site, words,
};
use common::site::{HOME, UNATTENDED};
use common::wait_until;

#[test]
fn etcd_by_tls_alone_and_a_cluster_that_has_lost_its_quorum() {
    let lab = site(&["alpha", "bravo"], FLANNELD, "host-gw");
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    certificates(&lab.hosts.iter().collect::<Vec<_>>());
    answers_with(alpha, true, FLANNELD, "host-gw", TLS);
    let before: Vec<_> = lab.hosts.iter().map(Before::of).collect();

    // All that is wrong with the files is told at once, before anything is done.
    alpha.run(&["chmod", "644", "/root/pki/host.key"]).ok();
    alpha
        .run(&["mv", "/root/pki/ca.pem", "/root/pki/ca.away"])
        .ok();
    // A fleet asks for the join file first, and begins nowhere then.
    let join = ["join", "make", "--answers", "answers.yaml", "--no-input"];
    let told = groundcrew(alpha, &join);
    assert_eq!(told.code, Some(3), "{told}");
    let text = words(&told);
    assert!(
        text.contains("/root/pki/ca.pem cannot be read: it is not there")
            && text.contains("/root/pki/host.key is a key and others than root can read it"),
        "{told}"
    );
    alpha.run(&["chmod", "600", "/root/pki/host.key"]).ok();
    alpha
        .run(&["mv", "/root/pki/ca.away", "/root/pki/ca.pem"])
        .ok();

    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    let (url, plain) = (
        "https://10.92.0.1:2379/health",
        "http://10.92.0.1:2379/health",
    );
    let ask = ["curl", "-s", "-m", "5", "-f"];
    assert_ne!(alpha.run(&[&ask[..], &[plain]].concat()).code, Some(0));
    let nobody = [&ask[..], &PKI[..2], &[url]].concat();
    assert_ne!(
        alpha.run(&nobody).code,
        Some(0),
        "a client without a certificate"
    );
    alpha.run(&[&ask[..], &PKI[..], &[url]].concat()).ok();

    // A node without the files is told so, once.
    carry(alpha, bravo);
    let told = groundcrew(bravo, &UNATTENDED);
    assert_ne!(told.code, Some(0), "{told}");
    let text = words(&told);
    assert!(
        text.contains("etcd is asked with TLS there, and this host has no files for it"),
        "{told}"
    );
    answers_with(bravo, false, FLANNELD, "host-gw", TLS);
    bravo.run(&["rm", &format!("{HOME}/join-alpha.yaml")]).ok();
    set_up(&lab, &[0, 1]);
    for host in &lab.hosts {
        expect(host, groundcrew(host, &["verify"]), 0);
        let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
        expect(host, groundcrew(host, &detailed), 0);
    }
    let etcdctl = ["etcdctl", "--endpoints", "https://10.92.0.2:2379"];
    let listed = bravo
        .run(&[&etcdctl[..], &PKI, &["member", "list"]].concat())
        .ok();
    assert_eq!(listed.matches("started, ").count(), 2, "{listed}");
    assert!(!listed.contains("http://"), "{listed}");

    // Its partner is down: this node cannot leave, and says what is left to do.
    alpha.run(&["service", "etcd-groundcrew", "stop"]).ok();
    let id = listed.lines().find(|line| line.contains("bravo")).unwrap();
    let id = id.split(',').next().unwrap();
    let told = groundcrew(bravo, &["rollback"]).expect_code(0);
    let text = words(&told);
    assert!(
        text.contains("still a member of the etcd cluster of https://10.92.0.1:2379")
            && text.contains(&format!("member remove {id}.")),
        "{told}"
    );
    for host in [bravo, alpha] {
        groundcrew(host, &["rollback"]).expect_code(0);
    }
    answers(bravo, false, FLANNELD, "host-gw");
    for ((host, before), other) in lab.hosts.iter().zip(&before).zip(["bravo", "alpha"]) {
        host.run(&["rm", &format!("{HOME}/join-{other}.yaml")]).ok();
        before.assert_is(&Before::of(host), "after the rollback");
        assert_clear(host);
    }
}

#[test]
fn an_etcd_of_the_site_is_written_to_once_and_left() {
    let lab = site(&["alpha", "bravo"], OLD_FLANNELD, "host-gw");
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    // The site's cluster; of its endpoints the first is down.
    let urls = "http://10.92.0.2:2379";
    let mut etcd = bravo.spawn(&[
        "etcd",
        "--enable-v2",
        "--data-dir",
        "/root/etcd",
        "--listen-client-urls",
        urls,
        "--advertise-client-urls",
        urls,
        "--listen-peer-urls",
        "http://127.0.0.1:2380",
    ]);
    let key = format!("{urls}/v2/keys/coreos.com/network/config");
    wait_until("the site's etcd answers", RUN, || {
        match bravo
            .run(&["curl", "-s", "-f", &format!("{urls}/health")])
            .code
        {
            Some(0) => Ok(()),
            _ if etcd.has_ended() => panic!("{}", etcd.stderr()),
            code => Err(format!("{code:?}")),
        }
    });
    let put = |value: &str| {
        let value = format!("value={value}");
        bravo
            .run(&["curl", "-s", "-f", "-X", "PUT", "-d", &value, &key])
            .ok();
    };
    let config = || bravo.run(&["curl", "-s", &key]).ok();
    let more = ", etcd-endpoints: [\"http://10.92.0.2:1\", \"http://10.92.0.2:2379\"]";
    answers_with(alpha, false, OLD_FLANNELD, "host-gw", more);
    let before = Before::of(alpha);

    // Somebody else's configuration is not overwritten.
    put(r#"{"Network":"10.6.0.0/16"}"#);
    let told = groundcrew(alpha, &UNATTENDED);
    assert_ne!(told.code, Some(0), "{told}");
    assert!(words(&told).contains("it is not overwritten"), "{told}");
    assert!(config().contains("10.6.0.0/16"), "{}", config());
    bravo.run(&["curl", "-s", "-f", "-X", "DELETE", &key]).ok();

    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    assert!(config().contains("host-gw"), "{}", config());
    assert!(bridge(alpha).starts_with("10.5."), "{}", bridge(alpha));
    assert_ne!(
        alpha.run(&["pgrep", "-x", "etcd"]).code,
        Some(0),
        "no etcd of its own"
    );
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    expect(alpha, groundcrew(alpha, &detailed), 0);

    groundcrew(alpha, &["rollback"]).expect_code(0);
    assert!(config().contains("Key not found"), "{}", config());
    before.assert_is(&Before::of(alpha), "after the rollback");
    assert_clear(alpha);
}
