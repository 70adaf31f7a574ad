//! Flannel's etcd in the plan of a fleet: its members, who of them begin it, the waves
//! and the answers, as hosts come and go.

use groundcrew::fleet::node::{Known, Node};
use groundcrew::fleet::plan::{FleetPlan, Planned, diff};
use groundcrew::report::json;

use super::plan::{nodes, plan_of, planned};

const FLANNEL: &str = "version: 1\noverlay: {kind: flannel, network: 10.90.0.0/16}\n\
                       needs: {encryption: no}\n";

fn wished(more: &str) -> String {
    format!("{FLANNEL}fleet: {{{more}}}\n")
}

fn roles(planned: &Planned) -> String {
    let mut all = Vec::new();
    for (name, text) in &planned.answers {
        let role = ["initial", "member", "client"]
            .into_iter()
            .find(|role| text.contains(&format!("etcd-role: {role}")));
        all.push(format!("{name} {}", role.unwrap_or("none")));
    }
    all.join(", ")
}

#[test]
fn three_begin_etcd_however_many_hosts_there_are_and_stay_its_members() {
    let twelve: Vec<usize> = (1..=12).collect();
    let large = planned(&twelve, &[], FLANNEL, None);
    assert_eq!(large.plan.roles.etcd_members, ["app01", "app02", "app03"]);
    assert_eq!(large.plan.roles.etcd_initial, large.plan.roles.etcd_members);
    for (hosts, members) in [(1, 1), (2, 1), (3, 3), (4, 3)] {
        let hosts: Vec<usize> = (1..=hosts).collect();
        let plan = planned(&hosts, &[], FLANNEL, None).plan;
        assert_eq!(plan.roles.etcd_members.len(), members);
    }
    // As for managers, where nothing is said of etcd.
    let five = planned(&twelve, &[], &wished("managers: 5"), None).plan;
    assert_eq!(five.roles.etcd_members.len(), 5);
    let both = wished("managers: 5, etcd-members: 1");
    assert_eq!(
        planned(&twelve, &[], &both, None).plan.roles.etcd_members,
        ["app01"]
    );

    let small = planned(&[2, 3, 4, 5], &[], FLANNEL, None);
    assert_eq!(
        roles(&small),
        "app02 initial, app03 initial, app04 initial, app05 client"
    );
    assert!(small.answers["app02"].contains("etcd-initial: 3"));
    assert!(
        small
            .plan
            .etcd_wave()
            .unwrap()
            .contains("app[02-04] at once")
    );
    let again = planned(&[2, 3, 4, 5], &[], FLANNEL, Some(&small.plan));
    assert_eq!(json(&again.plan), json(&small.plan));
    assert_eq!(again.answers, small.answers);
    assert_eq!(
        FleetPlan::parse(json(&small.plan).as_bytes()).unwrap(),
        small.plan
    );
}

#[test]
fn who_comes_later_joins_one_at_a_time_and_who_goes_is_replaced() {
    let before = planned(&[2, 3, 4, 5], &[], FLANNEL, None).plan;
    let grown = planned(
        &[1, 2, 3, 4, 5, 6],
        &[],
        &wished("etcd-members: 5"),
        Some(&before),
    );
    assert_eq!(
        roles(&grown),
        "app01 member, app02 initial, app03 initial, app04 initial, app05 member, app06 client"
    );
    // Every host has Docker, which is started anew on one at a time.
    let waves: Vec<String> = grown.plan.waves.iter().map(|wave| wave.join("+")).collect();
    assert_eq!(
        waves,
        ["app02", "app03", "app04", "app01", "app05", "app06"]
    );
    let told = diff(Some(&before), &grown.plan).0;
    let line = "~ etcd members: app02, app03, app04 -> app01, app02, app03, app04, app05";
    assert!(told.contains(&line.to_owned()), "{told:?}");

    // A member goes, the one that began among them: who began with it stays so.
    let less = planned(&[3, 4, 5], &[], FLANNEL, Some(&before));
    assert_eq!(roles(&less), "app03 initial, app04 initial, app05 member");
    assert_eq!(less.plan.roles.first, "app03");
    assert!(less.answers["app03"].contains("etcd-initial: 2"));
    let told = less.plan.warnings.join("\n");
    assert!(
        told.contains("app02 left, of the 3 members of etcd"),
        "{told}"
    );
    // One that does not answer today is a member still.
    let silent = planned(&[2, 4, 5], &["app03"], FLANNEL, Some(&before)).plan;
    assert_eq!(silent.roles, before.roles);
    assert_eq!(silent.waves, before.waves);
}

#[test]
fn etcd_has_tls_on_every_host_or_on_none() {
    let tls = "{overlay: {flannel: {etcd-tls: {ca: /e/ca.pem, cert: /e/h.pem, key: /e/h.key}}}}";
    let some = wished(&format!("hosts: {{app01: {tls}, app03: {tls}}}"));
    let errors = plan_of(nodes(&[1, 2, 3], &some), &[], &some, None).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "overlay.flannel.etcd-tls is answered for app01, app03 and not for app02: wanted on every \
         host, or on none"
    );
    let all = wished(&format!(
        "hosts: {{app01: {tls}, app02: {tls}, app03: {tls}}}"
    ));
    let planned = planned(&[1, 2, 3], &[], &all, None);
    assert!(planned.answers["app02"].contains("/e/h.key"));
}

#[test]
fn hosts_without_docker_go_in_growing_waves_and_the_sites_own_etcd_has_no_roles() {
    let hosts: Vec<usize> = (1..=8).collect();
    let mut all: Vec<Node> = nodes(&hosts, FLANNEL);
    for node in all.iter_mut().skip(4) {
        node.docker = Known::None;
    }
    let plan = plan_of(all, &[], FLANNEL, None).unwrap().plan;
    let waves: Vec<String> = plan.waves.iter().map(|wave| wave.join("+")).collect();
    assert_eq!(
        waves,
        [
            "app01",
            "app02",
            "app03",
            "app04",
            "app05",
            "app06+app07+app08"
        ]
    );
    let site = "version: 1\nneeds: {encryption: no}\noverlay:\n  kind: flannel\n  \
                network: 10.90.0.0/16\n  flannel: {etcd-endpoints: ['http://10.0.0.9:2379']}\n";
    let planned = planned(&[1, 2, 3], &[], site, None);
    assert_eq!(roles(&planned), "app01 none, app02 none, app03 none");
    assert_eq!(planned.plan.etcd_wave(), None);
}
