//! The knowledge itself: every rule decides something on a host that is made
//! for it, every fix does what it is for, nothing in it is dead.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use groundcrew::facts::flat::FlatFacts;
use groundcrew::judge::condition::{Truth, show};
use groundcrew::judge::decide::{Candidate, Options, Status, decide};
use groundcrew::judge::explain::{candidate_sentences, decision_text, explain_rule, why_first};
use groundcrew::judge::rules::{EMBEDDED, Rules, RulesError, Severity};
use serde_json::{Value, json};

mod isolation;
use isolation::{ideal, isolate, rules, without_fixes};

fn judged(rules: &Rules, facts: &FlatFacts, id: &str) -> Candidate {
    let decision = decide(rules, facts, &Options::default());
    decision
        .candidates
        .into_iter()
        .find(|c| c.id == id)
        .unwrap()
}

fn mentions(candidate: &Candidate, id: &str) -> &'static str {
    let has = |list: &[groundcrew::judge::decide::Entry]| list.iter().any(|e| e.id == id);
    match () {
        () if has(&candidate.blocked_by) => "blocked_by",
        () if has(&candidate.warnings) => "warnings",
        () if has(&candidate.unmet) => "unmet",
        () if has(&candidate.unknown) => "unknown",
        () => "-",
    }
}

/// One line for each value at which a rule turns: where it fails, where it
/// passes. The file pins every rule and threshold: none can go or move unnoticed.
#[test]
fn every_rule_fails_alone_on_a_host_made_for_it_and_passes_on_its_twin() {
    let rules = without_fixes();
    let mut table = String::new();
    for case in isolate(&rules) {
        let id = &case.rule.id;
        let on_host = judged(&rules, &case.host, &case.candidate);
        let on_twin = judged(&rules, &case.twin, &case.candidate);
        let place = mentions(&on_host, id);
        match case.rule.severity {
            Severity::Block => assert_eq!(
                (on_host.status, place),
                (Status::Impossible, "blocked_by"),
                "{id}"
            ),
            Severity::Warn => assert_eq!(place, "warnings", "{id}"),
            Severity::Pref => assert_eq!(place, "unmet", "{id}"),
        }
        assert_ne!(
            on_host, on_twin,
            "{id}: the decision does not see the difference"
        );
        assert_eq!(mentions(&on_twin, id), "-", "{id} on its twin");
        let fact = &case.fact;
        let names = |word: &str, ids: &BTreeSet<String>| match ids.len() {
            0 => String::new(),
            _ => format!(
                " {word} {}",
                ids.iter().cloned().collect::<Vec<_>>().join(" ")
            ),
        };
        writeln!(
            table,
            "{id:<5} {fact} {} | {} -> {:?}{}{}",
            show(&case.host[fact]),
            show(&case.twin[fact]),
            on_host.status,
            names("beside", &case.others),
            names("changing", &case.changes),
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_block_rule_whose_fact_is_missing_is_unknown_and_never_decided() {
    let rules = without_fixes();
    for case in isolate(&rules) {
        // What the rule requires is missing; whether it applies is as on the host.
        let required = case.rule.require.facts();
        let mut host = case.host.clone();
        let mut defaulted = false;
        for fact in &required {
            host.remove(*fact);
            defaulted |= rules.defaults.contains_key(*fact);
        }
        if defaulted
            || case
                .rule
                .applies
                .as_ref()
                .is_some_and(|c| c.eval(&host) == Truth::False)
        {
            continue;
        }
        let candidate = judged(&rules, &host, &case.candidate);
        let expected = match case.rule.severity {
            Severity::Block => "unknown",
            Severity::Warn | Severity::Pref => "-",
        };
        assert_eq!(
            mentions(&candidate, &case.rule.id),
            expected,
            "{}",
            case.rule.id
        );
        if case.rule.severity == Severity::Block {
            let entry = candidate
                .unknown
                .iter()
                .find(|e| e.id == case.rule.id)
                .unwrap();
            assert!(entry.why.contains("not known; needed: "), "{}", entry.why);
        }
    }
}

#[test]
fn no_rule_can_be_left_out_without_a_difference() {
    let rules = without_fixes();
    for case in isolate(&rules) {
        let mut without = rules.clone();
        for scheduler in &mut without.schedulers {
            scheduler.rules.retain(|rule| rule.id != case.rule.id);
        }
        for overlay in &mut without.overlays {
            overlay.rules.retain(|rule| rule.id != case.rule.id);
        }
        assert_ne!(
            judged(&rules, &case.host, &case.candidate),
            judged(&without, &case.host, &case.candidate),
            "{}",
            case.rule.id
        );
    }
}

#[test]
fn every_fix_heals_a_rule_that_names_it() {
    let rules = rules();
    let mut healed: BTreeSet<String> = BTreeSet::new();
    let mut hosts: Vec<(String, FlatFacts)> = isolate(&rules)
        .into_iter()
        .map(|case| (case.candidate, case.host))
        .collect();
    // Those that need more of the host than the rule itself reads.
    let special = [
        (
            "native",
            json!({"os.family": "el6", "kernel.version": "2.6.32", "kernel.rhel_build": 358,
            "os.kernel_next": null}),
        ),
        (
            "swarm",
            json!({"os.family": "el8", "docker.version": "20.10.24", "cap.xt_u32": false,
            "needs.encryption": "required"}),
        ),
        (
            "swarm",
            json!({"kernel.version": "3.2.0", "os.kernel_next": "3.16"}),
        ),
    ];
    for (candidate, changes) in special {
        let mut host = rules.with_defaults(&ideal());
        let changes: FlatFacts = serde_json::from_value(changes).unwrap();
        host.extend(changes);
        hosts.push((candidate.to_owned(), host));
    }
    for (candidate, host) in &hosts {
        let candidate = judged(&rules, host, candidate);
        if candidate.status == Status::AfterFix {
            assert_eq!(
                candidate.cost,
                candidate.fixes.iter().filter_map(|f| f.cost).max()
            );
            healed.extend(candidate.fixes.iter().map(|fix| fix.id.clone()));
        }
    }
    let all: BTreeSet<String> = rules.fixes.keys().cloned().collect();
    assert_eq!(healed, all);
}

#[test]
fn every_candidate_is_recommended_somewhere() {
    let rules = rules();
    let mut seen = BTreeSet::new();
    for changes in [
        json!({}),
        json!({"app.schedulers": ["kubernetes"]}),
        json!({"app.schedulers": ["native"]}),
        json!({"app.schedulers": ["native"], "security.fips": true}),
        json!({"app.schedulers": ["native"], "needs.multicast": true}),
        json!({"needs.nodes": 1}),
        json!({"arch.bits": 32}),
    ] {
        let mut host = ideal();
        let changes: FlatFacts = serde_json::from_value(changes).unwrap();
        host.extend(changes);
        let decision = decide(&rules, &host, &Options::default());
        seen.insert(decision.recommendation.map_or("none".to_owned(), |r| r.id));
    }
    let all = [
        "kubernetes",
        "native",
        "native+flannel",
        "native+wireguard",
        "native+zerotier",
        "none",
        "swarm",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn every_lever_is_pulled_somewhere() {
    let rules = rules();
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/decision_hosts/hosts.yaml"
    ))
    .unwrap();
    for lever in &rules.levers {
        assert!(
            text.contains(&lever.text),
            "no host in hosts.yaml is changed by {}",
            lever.id
        );
    }
}

#[test]
fn broken_knowledge_is_refused_with_all_that_is_wrong() {
    let broken = EMBEDDED
        .replacen("src: \"moby#39280\"", "src: \"-\"", 1)
        .replacen("fix: swapoff", "fix: swapof", 1)
        .replacen("{fact: mem.mb, op: ge", "{fact: mem.gb, op: ge", 1)
        .replacen("no Docker inside {virt}", "no Docker inside that", 1)
        .replacen("{id: ZT9,", "{id: ZT8,", 1);
    let Err(RulesError::Check(problems)) = Rules::load(&broken) else {
        panic!("accepted");
    };
    let text = problems.join("\n");
    for part in [
        "SW10: src",
        "K7: fix swapof",
        "K6: nobody measures the fact mem.gb",
        "N3: the text names no fact",
        "ZT8: the id is used twice",
        "fix swapoff: no rule names it",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let typo = EMBEDDED.replacen("severity: block", "severty: block", 1);
    let error = Rules::load(&typo).unwrap_err().to_string();
    assert!(
        error.contains("severty") && error.contains("line"),
        "{error}"
    );
}

#[test]
fn a_rule_can_be_waived_but_never_the_founding_ones() {
    let rules = rules();
    let mut host = ideal();
    host.insert("needs.behind_nat".to_owned(), json!(true));
    let options = |ids: &[&str]| Options {
        waived: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..Options::default()
    };
    let decision = decide(&rules, &host, &options(&["SW10"]));
    let swarm = decision
        .candidates
        .iter()
        .find(|c| c.id == "swarm")
        .unwrap();
    assert_eq!(swarm.status, Status::Ready);
    assert!(
        swarm
            .warnings
            .iter()
            .any(|w| w.id == "SW10" && w.why.ends_with("(waived)"))
    );
    host = ideal();
    host.insert("kernel.version".to_owned(), json!("2.6.32"));
    host.remove("os.kernel_next");
    let decision = decide(&rules, &host, &options(&["SW1", "WG1"]));
    for (id, rule) in [("swarm", "SW1"), ("native+wireguard", "WG1")] {
        let candidate = decision.candidates.iter().find(|c| c.id == id).unwrap();
        assert_eq!(mentions(candidate, rule), "blocked_by");
        assert!(
            rules
                .check_waiver(rule)
                .unwrap_err()
                .to_string()
                .contains("founding page")
        );
    }
    assert!(rules.check_waiver("SW10").is_ok());
    assert!(
        rules
            .check_waiver("SW100")
            .unwrap_err()
            .to_string()
            .contains("SW10")
    );
}

#[test]
fn a_fix_that_reveals_the_next_problem_does_not_make_it_possible() {
    // Docker can be installed here, but only one that is too old.
    let rules = rules();
    let mut host = ideal();
    host.insert("docker.installed".to_owned(), json!(false));
    host.remove("docker.version");
    host.insert("os.docker_max".to_owned(), json!("1.12.6"));
    let swarm = judged(&rules, &host, "swarm");
    assert_eq!(swarm.status, Status::Impossible);
    let ids: Vec<&str> = swarm.blocked_by.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["SW4", "SW6"]);
    assert_eq!((swarm.fixes.len(), swarm.cost), (0, None));
    let native = judged(&rules, &host, "native");
    assert_eq!((native.status, native.cost), (Status::AfterFix, Some(2)));
}

#[test]
fn no_reboot_is_proposed_where_containers_may_not_stop() {
    let rules = rules();
    let mut host = ideal();
    host.insert("kernel.version".to_owned(), json!("3.2.0"));
    host.insert("os.kernel_next".to_owned(), json!("3.16"));
    assert_eq!(judged(&rules, &host, "swarm").cost, Some(4));
    host.insert("needs.docker_restart_ok".to_owned(), json!(false));
    assert_eq!(judged(&rules, &host, "swarm").status, Status::Impossible);
    host.insert("docker.installed".to_owned(), json!(false));
    assert_eq!(judged(&rules, &host, "swarm").cost, Some(4));
}

#[test]
fn the_module_is_a_remedy_only_where_the_plan_can_bring_it() {
    let rules = rules();
    let status = |changes: &[(&str, Value)]| {
        let mut host = ideal();
        host.insert("kernel.version".to_owned(), json!("3.10.0"));
        host.insert("cap.wireguard".to_owned(), json!("installable"));
        host.extend(
            changes
                .iter()
                .map(|(path, v)| ((*path).to_owned(), v.clone())),
        );
        let wireguard = judged(&rules, &host, "native+wireguard");
        let blocked = wireguard.blocked_by.iter().any(|entry| entry.id == "WG2");
        (wireguard.status, blocked, wireguard.fixes)
    };
    let (found, _, fixes) = status(&[]);
    assert_eq!(found, Status::AfterFix);
    assert!(fixes[0].why.contains("wireguard-dkms"), "{fixes:?}");
    // Where it is not known what carries the system, the plan tries.
    assert!(!status(&[("virt", Value::Null)]).1);
    for changes in [
        [("needs.wg_module", json!(false))],
        [("wg.method", Value::Null)],
        [("virt", json!("wsl2"))],
        [("virt", json!("lxc"))],
        [("needs.airgap", json!(true))],
    ] {
        assert!(status(&changes).1, "{changes:?}");
    }
    let brought = [
        ("needs.airgap", json!(true)),
        ("bundle.wireguard", json!(true)),
    ];
    assert!(!status(&brought).1);
}

#[test]
fn userspace_wireguard_is_shown_only_when_allowed_and_never_recommended() {
    let rules = rules();
    let mut host = ideal();
    for (path, value) in [
        ("app.schedulers", json!(["native"])),
        ("cap.wireguard", json!("absent")),
        ("kernel.version", json!("3.10.0")),
        ("wg.method", Value::Null),
        ("needs.docker_restart_ok", json!(false)),
        ("needs.airgap", json!(true)),
        ("cap.tun", json!(false)),
    ] {
        host.insert(path.to_owned(), value);
    }
    let id = "native+wireguard-userspace";
    let hidden = decide(&rules, &host, &Options::default());
    assert!(hidden.candidates.iter().all(|c| c.id != id));
    let options = Options {
        allow_experimental: true,
        ..Options::default()
    };
    let decision = decide(&rules, &host, &options);
    let userspace = decision.candidates.iter().find(|c| c.id == id).unwrap();
    assert_eq!(userspace.status, Status::AfterFix);
    let fixes: Vec<&str> = userspace.fixes.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(fixes, ["modprobe_tun"]);
    assert_eq!(
        judged(&rules, &host, "native+wireguard").status,
        Status::Impossible
    );
    assert!(decision.ranking.iter().all(|ranked| ranked.option.id != id));
    assert_eq!(decision.recommendation, hidden.recommendation);
    // The kernel's minimum stays.
    host.insert("kernel.version".to_owned(), json!("2.6.32"));
    let decision = decide(&rules, &host, &options);
    let userspace = decision.candidates.iter().find(|c| c.id == id).unwrap();
    assert_eq!(mentions(userspace, "WG1"), "blocked_by");
}

#[test]
fn nothing_known_confirms_nothing_and_rules_nothing_out() {
    let rules = rules();
    let mut host = FlatFacts::new();
    host.insert("needs.nodes".to_owned(), json!(3));
    let decision = decide(&rules, &host, &Options::default());
    assert!(!decision.recommendation.as_ref().unwrap().confirmed);
    for candidate in &decision.candidates {
        assert_eq!(candidate.status, Status::Unknown, "{}", candidate.id);
        assert!(
            candidate
                .warnings
                .iter()
                .all(|w| ["FL7", "ZT7"].contains(&w.id.as_str()))
        );
    }
}

#[test]
fn the_json_is_the_agreed_one() {
    let decision = decide(&rules(), &ideal(), &Options::default());
    let value = serde_json::to_value(&decision).unwrap();
    assert_eq!(
        value["recommendation"],
        json!({"id": "swarm", "scheduler": "swarm", "overlay": "builtin", "confirmed": true})
    );
    let text = serde_json::to_string(&decision.candidates[0]).unwrap();
    let mut at = 0;
    for key in [
        "id",
        "status",
        "cost",
        "blocked_by",
        "fixes",
        "warnings",
        "unmet",
        "unknown",
    ] {
        let found = text[at..].find(&format!("\"{key}\":"));
        at += found.unwrap_or_else(|| panic!("{key} is missing or out of order in {text}"));
    }
    let mut host = ideal();
    host.insert("arch.bits".to_owned(), json!(32));
    let value = serde_json::to_value(decide(&rules(), &host, &Options::default())).unwrap();
    assert_eq!(value["recommendation"], Value::Null);
    assert_eq!(value["what_if"][0]["if"], "it were a 64-bit installation");
    assert_eq!(value["what_if"][0]["then"], "swarm");
    let entry = &value["candidates"][0]["blocked_by"][0];
    assert_eq!(entry["id"], "SW2");
    assert!(
        entry["facts"]
            .as_array()
            .unwrap()
            .contains(&json!("arch.bits=32"))
    );
    assert!(entry["why"].is_string() && entry["source"].is_string());
}

#[test]
fn reasons_are_sentences_with_value_and_threshold_in_80_ascii_columns() {
    let rules = rules();
    let mut host = ideal();
    host.insert("kernel.version".to_owned(), json!("2.6.32"));
    host.insert(
        "kernel.release".to_owned(),
        json!("2.6.32-754.35.1.el6.x86_64"),
    );
    host.remove("os.kernel_next");
    host.insert("os.family".to_owned(), json!("el6"));
    let decision = decide(&rules, &host, &Options::default());
    let sentences = candidate_sentences(&rules, &decision.candidates[0]);
    let first = &sentences[0];
    assert!(
        first.starts_with("Swarm: no - kernel 2.6.32-754.35.1.el6.x86_64 < 3.10"),
        "{first}"
    );
    assert!(first.contains("[SW1]"), "{first}");
    assert!(why_first(&rules, &decision).is_some());
    let mut texts = vec![decision_text(&rules, &decision)];
    for case in isolate(&rules) {
        texts.push(decision_text(
            &rules,
            &decide(&rules, &case.host, &Options::default()),
        ));
        texts.push(
            explain_rule(&rules, &case.rule.id, &case.host)
                .unwrap()
                .to_string(),
        );
        texts.push(
            explain_rule(&rules, &case.rule.id, &FlatFacts::new())
                .unwrap()
                .to_string(),
        );
    }
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(line.len() <= 80 && line.is_ascii(), "{line}");
        assert!(!line.contains('{') && !line.contains("const."), "{line}");
    }
}

#[test]
fn a_rule_is_explained_with_its_facts_and_an_unknown_one_with_its_neighbours() {
    let rules = rules();
    let mut host = ideal();
    host.insert("docker.version".to_owned(), json!("1.7.1"));
    let explained = explain_rule(&rules, "sw5", &host).unwrap();
    assert_eq!(
        (explained.id.as_str(), explained.here.as_str()),
        ("SW5", "fails")
    );
    let text = explained.to_string();
    for part in [
        "docker.version >= 1.12.0",
        "docker.version = 1.7.1",
        "GET /version",
        "cost 3",
        "moby v1.12.0",
        "--waive SW5=REASON",
        "when docker.installed is yes",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let seed = explain_rule(&rules, "WG1", &host).unwrap().to_string();
    assert!(seed.contains("cannot be waived"), "{seed}");
    let error = explain_rule(&rules, "SW55", &host).unwrap_err().to_string();
    assert!(
        error.contains("no rule SW55") && error.contains("SW5"),
        "{error}"
    );
    let error = explain_rule(&rules, "something else", &host)
        .unwrap_err()
        .to_string();
    assert!(error.contains("checks list"), "{error}");
}
