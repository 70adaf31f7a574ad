//! What many hosts cost: counted, not timed. `tests/bench-fleet-thousand` measures.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::Command;

use groundcrew::fleet::node::Node;
use groundcrew::fleet::plan::{Input, make};
use groundcrew::fleet::report::{Given, report};
use groundcrew::judge::rules::Rules;
use groundcrew::report::json;

use super::hosts::{MIX, bytes, facts, node, report as reported, wishes};

/// Counts what this thread allocates.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

// SAFETY: all is handed on to the system's allocator; the counters are plain cells.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        let _ = LIVE.try_with(|live| live.set(live.get() + layout.size() as i64));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let _ = LIVE.try_with(|live| live.set(live.get() - layout.size() as i64));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of judging and planning for so many hosts, their reading left out.
fn allocations(count: usize) -> u64 {
    let yaml = "version: 1\noverlay: {kind: wireguard, network: 10.90.0.0/16}\n";
    let (file, config) = wishes(yaml);
    let nodes: Vec<Node> = (0..count).map(|n| node(facts(n), &config)).collect();
    let rules = Rules::embedded().unwrap();
    let before = COUNT.get();
    let judged = report(&Given {
        rules: &rules,
        nodes: &nodes,
        missing: &[],
        excluded: &[],
        file: &file,
        config: &config,
        planned: None,
        waivers: &BTreeMap::new(),
        now: "2026-11-25T12:00:00Z",
        max_age_hours: 24,
        allow_missing: false,
    });
    let planned = make(&Input {
        nodes: &nodes,
        missing: &[],
        file: &file,
        config: &config,
        wishes_sha256: "0",
        report: &judged,
        before: None,
    });
    assert_eq!(planned.unwrap().plan.members.len(), count);
    assert!(!json(&judged).is_empty());
    COUNT.get() - before
}

#[test]
fn twice_the_hosts_cost_twice_as_much() {
    // Above the number up to which every pair is verified.
    let (some, twice) = (allocations(150), allocations(300));
    let ratio = twice as f64 / some as f64;
    println!("{some} allocations for 150 hosts, {twice} for 300: {ratio:.2}");
    assert!(ratio < 2.1, "{some} for 150 hosts, {twice} for 300");
}

#[test]
fn of_a_report_only_what_the_fleet_needs_is_kept() {
    let (_, config) = wishes("version: 1\n");
    let report = bytes(&reported("el9", "app001", 1));
    let before = LIVE.get();
    let node = Node::of("app001", &report, &config).unwrap();
    let kept = LIVE.get() - before;
    println!("{} bytes of report, {kept} kept", report.len());
    assert!(kept < 32 * 1024, "{kept} of {}", report.len());
    drop(node);
}

/// Many reports, merged and planned for by the program itself. tests/bench-fleet-thousand
/// asks for a thousand (HOSTS), of the program as it is carried to a site (BINARY).
#[test]
fn many_hosts_are_merged_and_planned_for_within_200_mib() {
    let count = std::env::var("HOSTS").map_or(40, |count| count.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let fleet = dir.path().join("groundcrew-fleet");
    std::fs::create_dir_all(fleet.join("reports")).unwrap();
    let (mut size, mut names) = (0, Vec::new());
    for n in 0..count {
        let name = format!("app{n:04}");
        let report = bytes(&reported(MIX[n % MIX.len()], &name, n));
        size += report.len();
        std::fs::write(fleet.join(format!("reports/{name}.json")), report).unwrap();
        names.push(name);
    }
    let inventory = serde_json::json!({ "hosts": names });
    std::fs::write(fleet.join("inventory.json"), inventory.to_string()).unwrap();
    std::fs::write(
        fleet.join("fleet.yaml"),
        "version: 1\nscheduler: swarm\noverlay: {network: 10.90.0.0/16}\n",
    )
    .unwrap();
    println!("{count} reports, {} MiB", size >> 20);
    let binary = std::env::var_os("BINARY").unwrap_or(env!("CARGO_BIN_EXE_groundcrew").into());
    let mut plans = Vec::new();
    // The second time the answers are there already, and are not written.
    for arguments in [
        &["report", "--max-age", "99999999"][..],
        &["plan", "--format", "json"],
        &["plan", "--format", "json"],
    ] {
        let before = usage();
        let began = std::time::Instant::now();
        let output = Command::new(&binary)
            .arg("fleet")
            .args(arguments)
            .current_dir(dir.path())
            .env_clear()
            .output()
            .unwrap();
        let wall = began.elapsed();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 3 | 4)), "{output:?}");
        let after = usage();
        assert!(after.1 >> 10 < 200, "{} MiB", after.1 >> 10);
        if arguments[0] == "plan" {
            plans.push(output.stdout);
        }
        println!(
            "fleet {}: {:.2} s, {:.2} s of CPU, at most {} MiB of any so far, code {code:?}",
            arguments[0],
            wall.as_secs_f64(),
            after.0 - before.0,
            after.1 >> 10,
        );
    }
    assert!(plans[0] == plans[1], "the plan is not stable");
}

/// CPU time of the children so far in seconds, and the largest that one was in KiB.
fn usage() -> (f64, i64) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let millis = usage.user_time().num_milliseconds() + usage.system_time().num_milliseconds();
    (millis as f64 / 1000.0, usage.max_rss())
}
