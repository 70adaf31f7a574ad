//! Commands of the documents that are not run as they stand: each with the reason,
//! and the test that runs it instead.

const BUILDS: &str = "it compiles the project, or runs its tests: .ci/run does";
const WORK: &str = "it is about the reader's own working copy";
const LOADS: &str = "it loads packages, or wants programs that a site brings along";
const TWO: &str = "it takes two hosts";
const CLUSTER: &str = "it takes a cluster";
const FLEET: &str = "it takes hosts with ssh daemons";
const PART: &str = "it is a part of a longer story, which another test tells";

/// The command, the reason, and `FILE::TEST`; without a test where none can be.
pub const ELSEWHERE: &[(&str, &str, &str)] = &[
    // README: installing and building.
    (
        "packaging/build",
        BUILDS,
        "tests/live/packaging.rs::packages_are_the_same_for_everybody_and_keep_what_the_runs_have_written",
    ),
    ("cargo build --release", BUILDS, ""),
    ("tests/run", BUILDS, ""),
    // CONTRIBUTING; that the tests are there is held by another test.
    ("cargo build", BUILDS, ""),
    ("cargo test --test plain decision_rules::", BUILDS, ""),
    ("cargo test --test plain decision::", BUILDS, ""),
    ("cargo test --test plain hosts::", BUILDS, ""),
    ("cargo test --test plain a_rule_can_be_waived", BUILDS, ""),
    ("cargo test --lib judge::cidr", BUILDS, ""),
    (
        "GROUNDCREW_REGEN=1 cargo test --test plain docs::",
        BUILDS,
        "",
    ),
    (
        "GROUNDCREW_REGEN=1 cargo test --test plain answers::",
        BUILDS,
        "",
    ),
    (
        "GROUNDCREW_REGEN=1 cargo test --test plain hosts::",
        BUILDS,
        "",
    ),
    ("GROUNDCREW_REGEN=1 cargo test --lib pictures", BUILDS, ""),
    (
        "GROUNDCREW_REGEN=1 cargo test --test plain packaging::",
        BUILDS,
        "",
    ),
    (
        "GROUNDCREW_REGEN=1 cargo test --test plain fleet::",
        BUILDS,
        "",
    ),
    ("cargo fmt", BUILDS, ""),
    ("cargo clippy --all-targets -- -D warnings", BUILDS, ""),
    (".ci/regenerate", WORK, ""),
    ("git diff", WORK, ""),
    ("git checkout -- .", WORK, ""),
    // Bundles.
    (
        "groundcrew bundle create bundle/ --package wireguard-tools --add ./wireguard-go",
        LOADS,
        "tests/live/packages.rs::a_bundle_brings_what_is_missing_and_nothing_that_was_changed_on_the_way",
    ),
    (
        "groundcrew bundle create bundle/ --overlay flannel \
         --program etcd=etcd-v3.5.21-linux-amd64.tar.gz --program flanneld=./flanneld",
        LOADS,
        "tests/live/flannel.rs::a_bundle_brings_etcd_and_a_stand_in_and_a_configuration_of_others_is_named",
    ),
    (
        "groundcrew bundle create bundle/ --overlay zerotier --program zerotier-one=./zerotier-one",
        LOADS,
        "tests/live/zerotier.rs::a_bundle_brings_a_stand_in_with_its_names_and_a_service_and_rollback_takes_it_away",
    ),
    (
        "groundcrew bundle create bundle/ --package docker.io",
        LOADS,
        "tests/live/packages.rs::a_bundle_brings_what_is_missing_and_nothing_that_was_changed_on_the_way",
    ),
    (
        "groundcrew bundle verify bundle/",
        LOADS,
        "tests/live/packages.rs::a_bundle_brings_what_is_missing_and_nothing_that_was_changed_on_the_way",
    ),
    (
        "groundcrew --answers answers.yaml --airgap --bundle bundle/",
        LOADS,
        "tests/live/packages.rs::a_bundle_brings_what_is_missing_and_nothing_that_was_changed_on_the_way",
    ),
    // Two hosts, and the world outside.
    (
        "groundcrew probe listen --network-interface eth1",
        TWO,
        "tests/live/probe.rs::open_dropped_and_rejected_ports_are_told_apart_by_direction",
    ),
    (
        "groundcrew probe dial 10.0.0.12 --token WORD --target swarm",
        TWO,
        "tests/live/probe.rs::open_dropped_and_rejected_ports_are_told_apart_by_direction",
    ),
    (
        "groundcrew preflight --online",
        "it asks the name servers of the host",
        "tests/live/online.rs::all_is_reached_and_what_is_in_the_way_is_named",
    ),
    (
        "groundcrew preflight --deep",
        "it writes to the disk for two seconds",
        "tests/live/online.rs::the_disk_is_measured_and_left_as_it_was",
    ),
    (
        "groundcrew --answers /root/kubernetes-token.yaml --set interface.name=eth1",
        CLUSTER,
        "",
    ),
    (
        "groundcrew preflight --root sosreport-app02/",
        "it takes a sosreport",
        "tests/plain/capture.rs::an_unpacked_capture_is_read_as_the_host_it_was_taken_from",
    ),
    // Many hosts.
    (
        "groundcrew fleet inspect --inventory inventory",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew fleet report",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew fleet plan",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew fleet apply --inventory inventory --yes",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew fleet verify --inventory inventory",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew fleet rollback --inventory inventory --yes",
        FLEET,
        "tests/live/fleet_apply.rs::ten_hosts_are_set_up_in_waves_and_taken_back",
    ),
    (
        "groundcrew preflight --format json > app01.json",
        FLEET,
        "tests/plain/fleet/cli.rs::reports_are_taken_in_judged_and_told",
    ),
    (
        "groundcrew fleet import app01.json",
        FLEET,
        "tests/plain/fleet/cli.rs::reports_are_taken_in_judged_and_told",
    ),
    (
        "groundcrew fleet export -o out --tar",
        FLEET,
        "tests/plain/fleet/export.rs::plans_are_carried_out_and_what_hosts_tell_comes_back",
    ),
    // Runs that stop.
    (
        "groundcrew resume",
        PART,
        "tests/live/interrupted.rs::a_run_that_is_killed_anywhere_is_resumed",
    ),
    (
        "groundcrew confirm",
        PART,
        "tests/live/confirm.rs::a_run_that_is_confirmed_stays",
    ),
    (
        "groundcrew rollback --force",
        PART,
        "tests/live/interrupted.rs::what_somebody_has_changed_since_is_left_and_told",
    ),
];

/// Code in the text that is a whole command and is in no block: the command, where
/// it is run, and how it ends.
pub const IN_TEXT: &[(&str, &str, i32)] = &[];
