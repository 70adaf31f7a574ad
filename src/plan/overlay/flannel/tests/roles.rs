//! An etcd whose members a fleet's plan has chosen: who begins it, joins it, asks it.

use super::*;

fn of(number: u8, etcd: Etcd) -> Flannel {
    Flannel {
        etcd,
        ..other(number)
    }
}

fn as_role(role: EtcdRole, others: &[Flannel]) -> Wanted<'_> {
    Wanted {
        role,
        initial: (role == EtcdRole::Initial).then_some(3),
        first: false,
        ..wanted(others)
    }
}

fn joined(planned: &Planned) -> Option<Option<String>> {
    acts(planned).into_iter().find_map(|act| match act {
        Act::EtcdJoin { initial, .. } => Some(initial.clone()),
        _ => None,
    })
}

const CLUSTER: &str =
    "alpha=http://192.0.2.1:2380,node2=http://192.0.2.2:2380,node3=http://192.0.2.3:2380";

#[test]
fn those_that_begin_etcd_are_all_told_the_same_members() {
    let (facts, survey) = (facts("6.1.0", "debian"), survey(NEW.0, NEW.1));
    let others = [
        of(2, Etcd::Initial),
        of(3, Etcd::Initial),
        of(4, Etcd::Member),
        of(5, Etcd::Client),
    ];
    for first in [true, false] {
        let wanted = Wanted {
            first,
            ..as_role(EtcdRole::Initial, &others)
        };
        let planned = good(&wanted, &facts, &survey);
        assert_eq!(joined(&planned), Some(Some(CLUSTER.into())));
        assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: initial\n"));
        let verify = planned.verify.unwrap();
        let members: Vec<_> = verify.members.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(members, ["alpha", "node2", "node3", "node4"]);
    }
    // One that is not there yet is waited for, unless etcd runs here already.
    let wanted = as_role(EtcdRole::Initial, &others[..1]);
    let waiting = good(&wanted, &facts, &survey);
    assert_eq!((waiting.steps.len(), waiting.verify), (1, None));
    assert!(
        waiting.notes[0].contains("files of 1 of them"),
        "{:?}",
        waiting.notes
    );
    let mut runs = survey.clone();
    runs.flannel.etcd_ours = true;
    assert!(joined(&good(&wanted, &facts, &runs)).is_some());
}

#[test]
fn one_that_comes_later_joins_and_the_others_ask_every_member() {
    let (facts, mut survey) = (facts("6.1.0", "debian"), survey(NEW.0, NEW.1));
    let others = [2, 3, 4].map(|number| of(number, Etcd::Initial));
    let planned = good(&as_role(EtcdRole::Member, &others), &facts, &survey);
    assert_eq!(joined(&planned), Some(None));
    assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: member\n"));

    survey.flannel.etcd = Program::Missing;
    let planned = good(&as_role(EtcdRole::Client, &others), &facts, &survey);
    assert_eq!(joined(&planned), None);
    assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: client\n"));
    // As long as one of them is up.
    let all = "http://192.0.2.2:2379, http://192.0.2.3:2379, http://192.0.2.4:2379";
    assert_eq!(planned.verify.unwrap().etcd.to_string(), all);
    let waiting = good(&as_role(EtcdRole::Client, &[]), &facts, &survey);
    assert_eq!(waiting.steps.len(), 1);
}

#[test]
fn etcd_alone_is_a_part_that_nothing_else_goes_with() {
    let (facts, survey) = (facts("6.1.0", "debian"), survey(NEW.0, NEW.1));
    let others = [
        of(2, Etcd::Initial),
        of(3, Etcd::Initial),
        of(4, Etcd::Client),
    ];
    let whole = |wanted: &Wanted<'_>| {
        let planned = good(wanted, &facts, &survey);
        let verify = planned
            .verify
            .map(crate::plan::verify::VerifyOther::Flannel);
        crate::plan::Plan {
            v: crate::plan::VERSION,
            host: "alpha".into(),
            scheduler: "native".into(),
            overlay: Some("flannel".into()),
            steps: planned.steps,
            notes: planned.notes,
            verify: verify.map(crate::plan::Verify::Other),
            verify_scheduler: None,
            advice: None,
            basis: None,
            confirm_within: 60,
        }
    };
    let part = whole(&as_role(EtcdRole::Initial, &others))
        .for_etcd()
        .unwrap();
    assert!(crate::plan::joining::writes_join_file(&part.steps[0]));
    assert!(matches!(
        part.steps.last(),
        Some(Step::Flannel(Act::EtcdReady { together: true, .. }))
    ));
    // Nobody is cut off by it, and Docker goes on.
    let cut = |step: &Step| matches!(step, Step::Flannel(act) if act.can_cut_off());
    assert!(!part.steps.iter().any(cut));
    assert_eq!(part.confirm_within, 0);
    assert_eq!(part.verify.unwrap().peers(), ["node2", "node3"]);
    assert_eq!(whole(&as_role(EtcdRole::Client, &others)).for_etcd(), None);
}

#[test]
fn a_flanneld_that_runs_with_other_members_is_started_anew() {
    let (facts, mut survey) = (facts("6.1.0", "debian"), survey(NEW.0, NEW.1));
    let anew = |planned: &Planned| -> Vec<(bool, Vec<String>)> {
        let acts = acts(planned).into_iter();
        acts.filter_map(|act| match act {
            Act::Anew { back, command, .. } => Some((*back, command.clone())),
            _ => None,
        })
        .collect()
    };
    let one = [of(2, Etcd::Initial)];
    let before = good(&as_role(EtcdRole::Client, &one), &facts, &survey);
    assert_eq!(anew(&before), []);

    // A member has come: the list in the files of its service is another one.
    let two = [of(2, Etcd::Initial), of(3, Etcd::Member)];
    let urls = "-etcd-endpoints=http://192.0.2.2:2379";
    let running = ["/usr/bin/python3", "/opt/bin/flanneld", urls].map(str::to_owned);
    survey.flannel.running = running.into();
    let planned = good(&as_role(EtcdRole::Client, &two), &facts, &survey);
    let found = anew(&planned);
    let backs: Vec<bool> = found.iter().map(|(back, _)| *back).collect();
    assert_eq!(backs, [true, false]);
    let command = &found[0].1;
    assert_eq!(command[1], format!("{urls},http://192.0.2.3:2379"));
    assert!(
        planned
            .notes
            .iter()
            .any(|note| note.contains("is started anew")
                && note.contains("the kernel carries the packets on")),
        "{:?}",
        planned.notes
    );
    // Taken back, it is started once its old files are there again.
    let place = |wanted: &dyn Fn(&Step) -> bool| planned.steps.iter().position(wanted).unwrap();
    let of_boot = |step: &Step| matches!(step, Step::WriteFile { path, .. } if path.ends_with("/flanneld-groundcrew.service"));
    let is = |step: &Step, wanted: bool| matches!(step, Step::Flannel(Act::Anew { back, .. }) if *back == wanted);
    assert!(place(&|step| is(step, true)) < place(&of_boot));
    assert!(place(&of_boot) < place(&|step| is(step, false)));

    survey.flannel.running = [&["/usr/bin/python3".to_owned()], &command[..]].concat();
    let again = good(&as_role(EtcdRole::Client, &two), &facts, &survey);
    assert_eq!(anew(&again), []);
}
