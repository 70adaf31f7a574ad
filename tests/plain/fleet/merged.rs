//! A mixed fleet as a whole: what is decided, told and written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use groundcrew::apply::verify::Status;
use groundcrew::fleet::apply::{Pair, Rtt};
use groundcrew::fleet::containers::Inside;
use groundcrew::fleet::node::Node;
use groundcrew::fleet::report::{ClusterReport, Given, Missing, report, settled};
use groundcrew::fleet::throughput::{Flow, Throughput};
use groundcrew::fleet::verified::Matrix;
use groundcrew::fleet::{html, human, markdown, names, schema};
use groundcrew::judge::rules::Rules;
use groundcrew::report::json;

use super::hosts::{self, bytes, wishes};

/// Twelve hosts as a site has them: two old ones, one that is not reached.
const MIXED: [(&str, &str); 11] = [
    ("app01", "el7"),
    ("app02", "el7"),
    ("app03", "el8"),
    ("app04", "el8"),
    ("app05", "el9"),
    ("app06", "el9"),
    ("app07", "el9"),
    ("db-old-1", "el6"),
    ("db-old-2", "el6"),
    ("web1", "ubuntu2404"),
    ("web2", "debian12"),
];

fn judged(hosts: &[(&str, &str)], yaml: &str) -> ClusterReport {
    judged_of(hosts, yaml, None, |_| {})
}

fn judged_of(
    hosts: &[(&str, &str)],
    yaml: &str,
    planned: Option<&str>,
    change: impl Fn(&mut Node),
) -> ClusterReport {
    let (file, config) = wishes(yaml);
    let mut nodes: Vec<Node> = hosts
        .iter()
        .enumerate()
        .map(|(n, (name, tree))| {
            let report = bytes(&hosts::report(tree, name, n));
            Node::of(name, &report, &config).unwrap()
        })
        .collect();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    // The seventh is a clone of the sixth.
    if let Some(clone) = nodes.iter().position(|node| node.name == "app07") {
        nodes[clone].machine_id = nodes[clone - 1].machine_id.clone();
    }
    nodes.iter_mut().for_each(change);
    let missing = [Missing {
        host: "app08".into(),
        why: "ssh: connect to host app08 port 22: Connection refused".into(),
        hint: Some("start sshd there".into()),
    }];
    report(&Given {
        rules: &Rules::embedded().unwrap(),
        nodes: &nodes,
        missing: &missing,
        excluded: &["spare1".to_owned()],
        file: &file,
        config: &config,
        planned,
        waivers: &BTreeMap::new(),
        now: "2026-11-25T12:00:00Z",
        max_age_hours: 24,
        allow_missing: false,
    })
}

fn hold(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/plain/fleet/golden")
        .join(name);
    let own = format!("groundcrew {}", env!("CARGO_PKG_VERSION"));
    let text = &text.replace(&own, "groundcrew VERSION");
    if std::env::var_os("GROUNDCREW_REGEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == *text,
        "{} is not what was reviewed (GROUNDCREW_REGEN=1 writes it anew):\n{text}",
        path.display()
    );
}

#[test]
fn a_mixed_fleet_is_told_as_it_was_reviewed() {
    let report = judged(&MIXED, "version: 1\n");
    let text = human::text(&report);
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    hold("mixed.txt", &text);
    hold("mixed.md", &markdown::text(&report));
    let page = html::text(&report);
    assert!(!page.contains("<title>error"), "{page}");
    assert!(
        !page.contains("<script") && !page.contains("http:"),
        "{page}"
    );
    // The same again, byte for byte.
    assert_eq!(json(&report), json(&judged(&MIXED, "version: 1\n")));
    let again: ClusterReport = serde_json::from_str(&json(&report)).unwrap();
    assert_eq!(again, report);
}

#[test]
fn the_hosts_in_the_way_are_named_and_nobody_else() {
    let report = judged(&MIXED, "version: 1\n");
    let swarm = report
        .candidates
        .iter()
        .find(|one| one.id == "swarm")
        .unwrap();
    let hosts: Vec<&String> = swarm.blocked_by.iter().flat_map(|one| &one.hosts).collect();
    assert_eq!(hosts, ["db-old-1", "db-old-2"]);
    let without = &report.without;
    assert!(
        without
            .iter()
            .any(|one| one.hosts == ["db-old-1", "db-old-2"] && one.then == "swarm"),
        "{without:?}"
    );
    // And so it is.
    let rest: Vec<_> = MIXED
        .into_iter()
        .filter(|(name, _)| !name.starts_with("db"))
        .collect();
    let then = judged(&rest, "version: 1\n");
    assert_eq!(then.recommendation.unwrap().id, "swarm");
}

#[test]
fn what_hosts_say_of_themselves_reaches_no_terminal_raw_nor_runs_over_its_edge() {
    let report = judged_of(&MIXED[..3], "version: 1\n", None, |node| {
        for value in node.shown.values_mut() {
            *value = format!("\u{1b}[31m{value} {}", "word ".repeat(30));
        }
    });
    let text = human::text(&report);
    assert!(text.contains("?[31m"), "{text}");
    let plain = |c: char| c == '\n' || c == ' ' || c.is_ascii_graphic();
    assert!(text.chars().all(plain), "{text:?}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
}

#[test]
fn nothing_is_confirmed_for_hosts_that_did_not_report() {
    let report = judged(&MIXED[4..7], "version: 1\n");
    let best = report.recommendation.as_ref().unwrap();
    assert!(!best.confirmed);
    let headline = human::headline(None, &report);
    assert!(
        headline.ends_with(" (not confirmed: 1 host did not report)"),
        "{headline}"
    );
}

#[test]
fn what_is_wished_for_is_what_it_is_judged_for() {
    let report = judged(&MIXED[..2], "version: 1\noverlay: {kind: wireguard}\n");
    assert_eq!(report.target.as_deref(), Some("native+wireguard"));
    let report = judged(
        &MIXED[..2],
        "version: 1\nscheduler: swarm\noverlay: {kind: wireguard}\n",
    );
    assert_eq!(report.target.as_deref(), Some("swarm+wireguard"));
    let report = judged(&MIXED[..2], "version: 1\nscheduler: native\n");
    assert!(report.target.unwrap().starts_with("native+"));
}

#[test]
fn what_was_planned_is_what_it_is_judged_for_where_the_wishes_leave_it_open() {
    let target = |planned: &str, yaml: &str| {
        let (_, config) = wishes(yaml);
        settled(&config, Some(planned)).unwrap_or_else(|| "open".to_owned())
    };
    let none = "version: 1\noverlay: {kind: none}\n";
    for (planned, yaml, wanted) in [
        ("swarm+wireguard", "version: 1\n", "swarm+wireguard"),
        (
            "native+wireguard",
            "version: 1\nscheduler: native\n",
            "native+wireguard",
        ),
        ("swarm", "version: 1\nscheduler: native\n", "open"),
        ("swarm", "version: 1\nscheduler: kubernetes\n", "kubernetes"),
        (
            "swarm",
            "version: 1\noverlay: {kind: zerotier}\n",
            "native+zerotier",
        ),
        ("swarm+wireguard", none, "swarm"),
    ] {
        assert_eq!(target(planned, yaml), wanted, "{planned}: {yaml}");
    }
    let report = judged_of(&MIXED, "version: 1\n", Some("swarm+wireguard"), |_| {});
    assert_eq!(report.recommendation.as_ref().unwrap().id, "native+flannel");
    assert_eq!(report.target.as_deref(), Some("swarm+wireguard"));
    let option = report.judged_for().unwrap();
    let rules = option.blocked_by.iter().flat_map(|group| &group.rules);
    let rules: Vec<&String> = rules.collect();
    for part in ["SW1", "WG2"] {
        assert!(rules.iter().any(|rule| *rule == part), "{part}: {rules:?}");
    }
    let text = human::text(&report);
    assert!(
        text.contains("  wished for or planned, and judged for: swarm+wireguard\n"),
        "{text}"
    );
}

#[test]
fn many_names_are_told_in_few_words() {
    let many: Vec<String> = (1..=120).map(|n| format!("app{n:03}")).collect();
    let all = || many.iter().map(String::as_str);
    assert_eq!(names::some(all()), "app[001-120]");
    let holes = all()
        .filter(|name| *name != "app007")
        .chain(["db", "db9", "db10"]);
    assert_eq!(
        names::some(holes),
        "app[001-006], app[008-120], db, db9, db10"
    );
    let odd = all().step_by(2).take(9);
    let told = names::some(odd);
    assert_eq!(
        told,
        "app001, app003, app005, app007, app009, app011 and 3 more"
    );
    let with_domain = ["a1.x.org", "a2.x.org", "a3.y.org", "20261126999999999"];
    assert_eq!(
        names::runs(with_domain),
        ["a[1-2].x.org", "a3.y.org", "20261126999999999"]
    );
}

#[test]
fn the_schema_of_the_report_is_the_committed_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/cluster-report.schema.json");
    if std::env::var_os("GROUNDCREW_REGEN").is_some() {
        std::fs::write(&path, schema::text()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        schema::text()
    );
}

/// A verification of so many hosts, with a bit of everything.
fn verified(hosts: usize) -> Matrix {
    let names: Vec<String> = (1..=hosts).map(|n| format!("app{n:03}")).collect();
    let mut pairs = Vec::new();
    let mut flows = Vec::new();
    for (i, from) in names.iter().enumerate() {
        for (j, to) in names.iter().enumerate().filter(|(j, _)| *j != i) {
            let us = 200
                + 37 * ((7 * i + 3 * j) % 61) as u64 * u64::from((i + j) % 17 == 0) * 10
                + 11 * ((i * j) % 90) as u64;
            let ok = !(i == 3 && j % 3 == 0);
            pairs.push(Pair {
                from: from.clone(),
                to: to.clone(),
                ok,
                message: if ok { "answers" } else { "nothing <came>" }.into(),
                sent: Some(10),
                lost: Some(u16::from((i + 2 * j) % 13 == 0)),
                rtt: ok.then_some(Rtt {
                    min_us: us,
                    mean_us: us,
                    max_us: us,
                }),
                mtu: Some(1420),
            });
            let known = (i * j) % 23 != 1;
            flows.push(Flow {
                from: from.clone(),
                to: to.clone(),
                bits_per_second: known
                    .then_some(40_000_000 + 31_000_000 * ((i + 5 * j) % 40) as u64),
                why: (!known).then(|| "the firewall".into()),
            });
        }
    }
    let mut matrix = Matrix::new("2026-11-25T12:00:00Z", 10, pairs);
    matrix.throughput = Some(Throughput { seconds: 3, flows });
    let status = [Status::Pass, Status::Pass, Status::Fail, Status::Unknown];
    matrix.containers = (1..hosts.min(9))
        .map(|n| Inside {
            from: names[0].clone(),
            to: names[n].clone(),
            status: status[n % 4],
            message: "1.2 ms".into(),
        })
        .collect();
    matrix
}

/// The whole of it is in the page: with letters once a row of numbers would not fit.
#[test]
fn ways_are_a_table_that_says_in_words_what_its_colours_say() {
    let report = judged(&MIXED, "version: 1\n");
    let pages = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (hosts, word) in [(10, ">no</td>"), (100, ">X</td>")] {
        let matrix = verified(hosts);
        let page = html::with(&report, Some(&matrix));
        std::fs::write(pages.join(format!("heat-{hosts}.html")), &page).unwrap();
        let ways = page.split("id=\"ways\"").nth(1).unwrap();
        assert_eq!(ways.matches("<table").count(), 3);
        assert_eq!(ways.matches("<caption>").count(), 3);
        for wanted in [
            word,
            "Tried at 2026-11-25T12:00:00Z: all",
            "</b>below 1 ms</li>",
            "</b>10 ms or more</li>",
            "</b>some echo requests were lost</li>",
            "</b>it does not work as planned</li>",
            "</b>below 100 Mbit",
            "</b>not known</li>",
            "</b>not tried</li>",
            "Throughput in Mbit",
            "From a container on each row",
            "nothing &lt;came&gt;",
        ] {
            assert!(ways.contains(wanted), "{hosts}: {wanted}");
        }
        // No cell with a colour and nothing in it.
        for cell in ways.split("<td class=").skip(1) {
            let text = cell.split_once('>').unwrap().1;
            assert!(!text.starts_with('<'), "{hosts}: {cell}");
        }
        let text = matrix.text();
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert!(text.contains("from container to container work"), "{text}");
        // And back from the file, whole.
        let kept: Matrix = serde_json::from_str(&json(&matrix)).unwrap();
        assert_eq!(kept, matrix);
    }
    let page = html::with(&report, Some(&verified(101)));
    assert!(page.contains("ways between 101 hosts") && !page.contains("class=\"letters\""));
}
