//! What a plan keeps: addresses, roles, scheduler and overlay.

use groundcrew::facts::Fact;
use groundcrew::fleet::node::Node;
use groundcrew::fleet::plan::{FleetPlan, PlanError};

use super::hosts::{bytes, facts, node, report as reported, wishes};
use super::plan::{nodes, plan_of, planned};

const WIREGUARD: &str = "version: 1\noverlay: {kind: wireguard, network: 10.90.0.0/16}\n";
const FLANNEL: &str = "\
version: 1
overlay: {kind: flannel, network: 10.90.0.0/16}
needs: {encryption: no}
";
const OPEN: &str = "version: 1\n";

fn addresses(plan: &FleetPlan) -> Vec<String> {
    let each = plan.members.iter().filter_map(|one| one.address);
    each.map(|address| address.to_string()).collect()
}

#[test]
fn hosts_meet_below_where_the_private_network_is_gone() {
    for (scheduler, id) in [
        ("swarm", "swarm.manager"),
        ("kubernetes", "kubernetes.api-server"),
    ] {
        let over = format!("version: 1\nscheduler: {scheduler}\noverlay: {{kind: wireguard}}\n");
        let first = planned(&[1, 2, 3], &[], &over, None);
        assert!(
            first.answers["app02"].contains("10.90.0.1:"),
            "{:?}",
            first.answers
        );
        let bare = format!("version: 1\nscheduler: {scheduler}\noverlay: {{kind: none}}\n");
        let then = planned(&[1, 2, 3], &[], &bare, Some(&first.plan));
        let answers = &then.answers["app02"];
        assert!(!answers.contains("10.90.0."), "{id}: {answers}");
        assert!(answers.contains("10.20.0.2:"), "{id}: {answers}");
        // Kept for the day on which it is wanted again.
        assert_eq!(addresses(&then.plan), addresses(&first.plan));
    }
}

#[test]
fn addresses_outlast_overlays_that_give_none() {
    let first = planned(&[1, 2, 3], &[], WIREGUARD, None).plan;
    for without in [
        FLANNEL,
        "version: 1\nscheduler: swarm\noverlay: {kind: none}\n",
    ] {
        // One goes, one comes.
        let planned_for = planned(&[1, 3, 4], &[], without, Some(&first));
        let without_any = planned_for.plan;
        assert_eq!(addresses(&without_any), ["10.90.0.1", "10.90.0.3"]);
        assert_eq!(without_any.removed[0].address, first.members[1].address);
        let answers = &planned_for.answers["app03"];
        assert!(!answers.contains("10.90.0.3"), "{answers}");
        // It comes back while there are no addresses.
        let back = planned(&[1, 2, 3, 4], &[], without, Some(&without_any)).plan;
        assert!(back.removed.is_empty(), "{:?}", back.removed);
        for before in [&without_any, &back] {
            let again = planned(&[1, 2, 3, 4], &[], WIREGUARD, Some(before)).plan;
            let wanted = ["10.90.0.1", "10.90.0.2", "10.90.0.3", "10.90.0.4"];
            assert_eq!(addresses(&again), wanted);
        }
    }
}

#[test]
fn who_takes_the_place_of_the_first_was_a_manager() {
    let yaml = "version: 1\nscheduler: swarm\n";
    let first = planned(&[5, 6, 7], &[], yaml, None).plan;
    let grown = planned(&[1, 5, 6, 7], &[], yaml, Some(&first)).plan;
    assert_eq!(grown.roles.managers, ["app05", "app06", "app07"]);
    let rest = planned(&[1, 6, 7], &[], yaml, Some(&grown)).plan;
    assert_eq!(rest.roles.first, "app06");
    let told = |plan: &FleetPlan, text: &str| plan.warnings.iter().any(|one| one.contains(text));
    let text = "app05, which began, is no member any more: app06 takes its place, which is manager \
                already";
    assert!(told(&rest, text), "{:?}", rest.warnings);
    // Nobody of them is left.
    let anew = planned(&[1], &[], yaml, Some(&grown)).plan;
    assert_eq!(anew.roles.first, "app01");
    assert!(
        told(&anew, "nobody is left who decided with it"),
        "{:?}",
        anew.warnings
    );
    // Who only comes and goes beside it changes nothing.
    let same = planned(&[5, 6, 7], &[], yaml, Some(&grown)).plan;
    assert!(!told(&same, "takes its place"), "{:?}", same.warnings);
}

#[test]
fn what_was_planned_stays_where_the_wishes_leave_it_open() {
    let old = |name: &str, n: usize| {
        let (_, config) = wishes(OPEN);
        Node::of(name, &bytes(&reported("el6", name, n)), &config).unwrap()
    };
    let swarm = planned(&[1, 2, 3], &[], OPEN, None).plan;
    assert_eq!(swarm.target(), "swarm");
    let mut all = nodes(&[1, 2, 3], OPEN);
    all.push(old("old1", 9));
    // Without a plan something else would do; the plan is not changed in silence.
    let other = plan_of(all.clone(), &[], OPEN, None).unwrap().plan;
    assert_ne!(other.target(), "swarm");
    let errors = plan_of(all, &[], OPEN, Some(&swarm)).unwrap_err();
    assert!(
        matches!(&errors[0], PlanError::Blocked { target, .. } if target == "swarm"),
        "{errors:?}"
    );
    // The other way about: what is recommended by now is something else.
    let wireguard = planned(&[1, 2, 3], &[], WIREGUARD, None).plan;
    let open = "version: 1\noverlay: {network: 10.90.0.0/16}\n";
    let native = "version: 1\nscheduler: native\noverlay: {network: 10.90.0.0/16}\n";
    for yaml in [open, native] {
        let kept = planned(&[1, 2, 3], &[], yaml, Some(&wireguard)).plan;
        assert_eq!(kept.target(), "native+wireguard");
    }
}

#[test]
fn an_overlay_beneath_a_scheduler_is_judged_as_well() {
    let yaml = "version: 1\nscheduler: swarm\noverlay: {kind: wireguard}\n";
    let (_, config) = wishes(yaml);
    let mut all = nodes(&[1, 2], yaml);
    let fips = bytes(&reported("el8", "fips1", 9));
    all.push(Node::of("fips1", &fips, &config).unwrap());
    let errors = plan_of(all, &[], yaml, None).unwrap_err();
    let told = errors[0].to_string();
    let wanted = "swarm+wireguard is not possible on every host: blocked by 1: fips1 [WG";
    assert!(told.contains(wanted), "{told}");
    let confirmed = |all: Vec<Node>| {
        let plan = plan_of(all, &[], yaml, None).unwrap().plan;
        !plan
            .warnings
            .iter()
            .any(|one| one.contains("is not confirmed"))
    };
    assert!(confirmed(nodes(&[1, 2], yaml)));
    // Next to nothing is known of this one.
    let mut all = nodes(&[1, 2], yaml);
    let mut unread = facts(3);
    unread.docker.version = Fact::unreadable("EACCES", "test");
    all.insert(0, node(unread, &config));
    assert!(!confirmed(all));
}
