//! A host whose userland looks like CentOS 6's (tests/stand-ins/el6: not CentOS's own
//! tools, but as strict), with the binary on the old kernel's system-call table. The
//! real EL6 was not run.
#![cfg(target_arch = "x86_64")]

use crate::common;

use std::collections::BTreeMap;

use common::el6::{become_el6, docker, lab, newer_kernel, spec};
use common::host::Host;
use common::lab::{HostSpec, Lab};
use common::oldkern::RELEASE;
use common::proc::Out;
use common::site::{HOME, Picture, UNATTENDED, groundcrew, write_answers};
use common::steps::{Place, assert_all_ran};
use common::{wait_until, zerotier};
use groundcrew::plan::scheduler::replicated::act::{Act as Handoff, From, Setting};
use groundcrew::plan::step::{
    Act, BundleFile, FirewallTool, Hole, Manager, Part, Peer, Protocol, Step,
};
use groundcrew::plan::{Plan, VERSION};
use sha2::{Digest, Sha256};

const NOT_VERIFIED: i32 = 7;
const SAVED: &str = "/etc/sysconfig/iptables";

/// What was printed, its lines joined.
fn unwrapped(out: &Out) -> String {
    let text = format!("{} {}", out.stdout, out.stderr);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn carry(from: &Host, to: &Host) {
    let path = format!("{HOME}/join-{}.yaml", from.name);
    to.write(&path, 0o644, &from.read(&path));
}

fn answers(host: &Host) {
    write_answers(host, "upstart", "");
    let path = format!("{HOME}/answers.yaml");
    // The init system is to be found.
    let text = host.read(&path).replace("host: {init: upstart}\n", "");
    host.write(&path, 0o644, &text);
}

#[test]
fn wireguard_on_el6_survives_a_boot_and_is_undone_to_the_byte() {
    // The rules let WireGuard run on kernel 3.10 and later alone.
    let lab = Lab::start(&[newer_kernel("alpha"), HostSpec::new("bravo")]);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    become_el6(alpha);
    let _docker = docker(alpha);
    answers(alpha);
    write_answers(bravo, "systemd", "");
    let before = Picture::of(alpha);

    let facts: serde_json::Value =
        serde_json::from_str(&groundcrew(alpha, &["facts"]).ok()).unwrap();
    let of = |part: &str, name: &str| facts[part][name]["value"].clone();
    assert_eq!(of("os", "family"), "el6");
    assert_eq!(of("services", "init"), "upstart");
    assert_eq!(of("services", "manager_running"), true);
    assert_eq!(of("firewall", "kind"), "iptables");
    assert_eq!(of("docker", "version"), "1.7.1");
    for looking in [
        &["preflight", "--format", "json"][..],
        &["recommend"],
        &["interfaces"],
        &["plan", "--answers", "answers.yaml", "--format", "sh"],
    ] {
        let out = groundcrew(alpha, looking);
        assert!([Some(0), Some(3), Some(4)].contains(&out.code), "{out}");
        assert!(!format!("{out}").contains("panicked"), "{out}");
    }
    let told = groundcrew(alpha, &["recommend", "--format", "json"]).stdout;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(format!("{told}").contains("native"), "{told:#}");
    before.assert_is(&Picture::of(alpha), "after looking");

    for host in &lab.hosts {
        groundcrew(host, &UNATTENDED).expect_code(0);
    }
    carry(alpha, bravo);
    carry(bravo, alpha);
    for host in &lab.hosts {
        let out = groundcrew(host, &UNATTENDED);
        assert!([Some(0), Some(NOT_VERIFIED)].contains(&out.code), "{out}");
    }
    for host in &lab.hosts {
        groundcrew(host, &["verify"]).expect_code(0);
    }
    let rules = alpha.run(&["iptables", "-S", "INPUT"]).ok();
    let ours = rules.lines().filter(|line| line.contains("groundcrew-wg0"));
    assert_eq!(ours.count(), 1, "{rules}");
    let job = alpha.run(&["initctl", "status", "wg-quick-wg0"]).ok();
    assert_eq!(job, "wg-quick-wg0 start/running\n");
    let again = groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert!(
        unwrapped(&again).contains("Nothing had to be changed"),
        "{again}"
    );

    // A boot: nothing is left but the files. What CentOS starts comes up.
    let off = "ip link delete dev wg0 && rm -rf /run/el6/jobs && service iptables stop";
    alpha.run(&["sh", "-c", off]).ok();
    wait_until("wireguard-go has gone", common::proc::LIMIT, || match alpha
        .run(&["pgrep", "wireguard-go"])
    {
        none if none.code != Some(0) => Ok(()),
        some => Err(some.stdout),
    });
    let on = "service iptables start && initctl start wg-quick-wg0";
    alpha.run(&["sh", "-c", on]).ok();
    groundcrew(alpha, &["verify"]).expect_code(0);
    let rules = alpha.run(&["iptables", "-S", "INPUT"]).ok();
    assert!(rules.contains("groundcrew-wg0"), "{rules}");
    groundcrew(alpha, &UNATTENDED).expect_code(0);

    // Somebody saves the rules as they are: they are known and taken out all the same.
    let saved = alpha.read(SAVED);
    alpha.run(&["service", "iptables", "save"]).ok();
    assert!(
        alpha
            .read(SAVED)
            .contains("\"groundcrew-wg0\" -j ACCEPT \n")
    );
    let again = groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert!(
        unwrapped(&again).contains("Nothing had to be changed"),
        "{again}"
    );
    alpha.write("/run/saved", 0o600, &saved);

    groundcrew(alpha, &["rollback"]).expect_code(0);
    let rest = alpha.read(SAVED);
    assert!(
        rest.contains("-j REJECT") && !rest.contains("groundcrew"),
        "{rest}"
    );
    // What was saved is somebody else's doing.
    alpha
        .run(&[
            "sh",
            "-c",
            &format!("grep -v groundcrew /run/saved >{SAVED}"),
        ])
        .ok();
    alpha.run(&["rm", &format!("{HOME}/join-bravo.yaml")]).ok();
    before.assert_is(&Picture::of(alpha), "after the rollback");
}

const PID: &str = "/var/lib/zerotier-one/zerotier-one.pid";
/// What the vendor's package for EL6 brings: a script for SysV init.
const ZEROTIER_SCRIPT: &str = "#!/bin/sh
# chkconfig: 2345 11 89
# description: A stand-in for the script of ZeroTier's package.
pids=/var/lib/zerotier-one/zerotier-one.pid
is_up() { [ -s $pids ] && kill -0 \"$(cat $pids)\" 2>/dev/null; }
case \"$1\" in
start) is_up || zerotier-one -d ;;
stop) is_up && kill \"$(cat $pids)\" && while is_up; do sleep 0.1; done; rm -f $pids ;;
restart) \"$0\" stop && exec \"$0\" start ;;
status) is_up && echo zerotier-one is running || { echo zerotier-one is stopped; exit 3; } ;;
*) exit 2 ;;
esac
";

#[test]
fn zerotier_by_a_stand_in_on_el6_is_set_up_verified_and_undone() {
    let specs = ["alpha", "bravo"].map(|name| zerotier::seeing(spec(name)));
    let lab = Lab::start(&specs);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    let (mut before, mut dockers) = (Vec::new(), Vec::new());
    let mut pid = String::new();
    for (host, role) in [(alpha, "first"), (bravo, "join")] {
        become_el6(host);
        dockers.push(docker(host));
        zerotier::install(host);
        host.write("/etc/rc.d/init.d/zerotier-one", 0o755, ZEROTIER_SCRIPT);
        zerotier::write_answers(host, role, "", "");
        if role == "join" {
            // Somebody had it running, for networks of his own.
            host.run(&["service", "zerotier-one", "start"]).ok();
            zerotier::wait_for_service(host);
            pid = host.read(PID);
        }
        before.push(Picture::of(host));
    }
    let facts: serde_json::Value =
        serde_json::from_str(&groundcrew(alpha, &["facts"]).ok()).unwrap();
    assert_eq!(facts["kernel"]["release"]["value"], RELEASE);
    let firewall = &facts["firewall"];
    assert_eq!(firewall["kind"]["value"], "iptables", "{firewall:#}");
    // A kernel that has little entropy, which only its own words tell.
    let starve = "echo 17 >/run/entropy && \
                  mount -n --bind /run/entropy /proc/sys/kernel/random/entropy_avail";
    alpha.run(&["sh", "-c", starve]).ok();
    let look = ["preflight", "--answers", "answers.yaml", "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&groundcrew(alpha, &look).stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let entropy = findings
        .iter()
        .find(|one| one["id"] == "sys.entropy")
        .unwrap();
    assert_eq!(entropy["status"], "warn", "{entropy:#}");

    groundcrew(bravo, &UNATTENDED).expect_code(0);
    carry(bravo, alpha);
    groundcrew(alpha, &UNATTENDED).expect_code(NOT_VERIFIED);
    carry(alpha, bravo);
    groundcrew(bravo, &UNATTENDED).expect_code(0);
    groundcrew(alpha, &["verify"]).expect_code(0);
    let saved = alpha.read(SAVED);
    assert!(saved.contains("-s 10.92.0.2/32 -p udp"), "{saved}");
    for host in [alpha, bravo] {
        let again = groundcrew(host, &UNATTENDED).expect_code(0);
        assert!(
            unwrapped(&again).contains("Nothing had to be changed"),
            "{again}"
        );
    }
    assert_all_ran(Place::Zerotier, &[alpha, bravo]);
    for host in [bravo, alpha] {
        groundcrew(host, &["rollback"]).expect_code(0);
    }
    // What ran before runs again, as another process.
    bravo.run(&["service", "zerotier-one", "status"]).ok();
    bravo.write(PID, 0o644, &pid);
    for (host, before) in lab.hosts.iter().zip(&before) {
        for other in lab.hosts.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &format!("{HOME}/join-{}.yaml", other.name)])
                .ok();
        }
        before.assert_is(&Picture::of(host), "after the rollback");
    }
}

/// A service of each kind that EL6 has.
const SCRIPT: &str = "#!/bin/sh
# chkconfig: - 60 40
# description: a service of a test
case \"$1\" in
start) touch /run/demo ;;
stop) rm -f /run/demo ;;
status) test -e /run/demo || exit 3 ;;
esac
";
const JOB: &str = "description \"a job of a test\"\nexec sleep 1000\n";
const KEY: &str = "/etc/wireguard/wg0.key";

fn hole(port: u16) -> Hole {
    Hole {
        firewall: FirewallTool::Iptables,
        protocol: Protocol::Udp,
        port,
        sources: vec!["192.0.2.0/24".parse().unwrap()],
        comment: "groundcrew-test".into(),
        chains: Vec::new(),
    }
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A step of each kind that this machine's own tools do.
fn steps() -> Vec<Step> {
    let test = || "a test".to_owned();
    vec![
        Step::PrivateKey {
            path: KEY.into(),
            from_env: None,
        },
        Step::WriteFile {
            path: "/srv/new/deep/public".into(),
            mode: 0o640,
            content: vec![
                Part::Text("public-key: ".into()),
                Part::PublicKeyOf(KEY.into()),
                Part::Text("\nsecret: ".into()),
                Part::Secret("/root/secret".into()),
                Part::Text("\n".into()),
            ],
            purpose: test(),
        },
        Step::FileBlock {
            path: "/etc/sysconfig/network".into(),
            mode: 0o644,
            name: "test".into(),
            lines: vec!["NOZEROCONF=yes".into()],
            purpose: test(),
        },
        Step::JsonKeys {
            path: "/etc/docker/daemon.json".into(),
            keys: [("mtu".to_owned(), 1472.into())].into(),
            purpose: test(),
        },
        Step::DataDir {
            path: "/var/lib/new/data".into(),
            mode: 0o700,
            purpose: test(),
        },
        Step::SetSysctl {
            name: "net.ipv4.ip_forward".into(),
            value: "1".into(),
        },
        Step::InstallProgram {
            path: "/usr/local/bin/tool".into(),
            file: BundleFile {
                path: "/root/tool".into(),
                sha256: hash("#!/bin/sh\n"),
            },
            purpose: test(),
        },
        Step::LoadModule {
            name: "demo_of_tests".into(),
        },
        Step::OpenPort(hole(51820)),
        Step::KeepPort {
            path: SAVED.into(),
            hole: hole(51820),
        },
        Step::WireguardUp {
            interface: "wg0".into(),
            userspace: true,
            address: "10.90.0.1/24".parse().unwrap(),
            listen_port: 51820,
            mtu: 1420,
            private_key: KEY.into(),
        },
        Step::WireguardPeers {
            interface: "wg0".into(),
            peers: vec![Peer {
                name: "bravo".into(),
                public_key: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=".into(),
                preshared_key: None,
                endpoint: Some("10.92.0.2:51820".into()),
                allowed_ips: vec!["10.90.0.2/32".parse().unwrap()],
                keepalive: 25,
            }],
        },
        Step::AddRoute {
            destination: "10.99.0.0/16".parse().unwrap(),
            interface: "wg0".into(),
        },
        Step::Symlink {
            path: "/etc/rc.d/rc3.d/S61demo".into(),
            target: "../init.d/demo".into(),
            purpose: test(),
        },
        Step::EnableService {
            manager: Manager::Sysvinit,
            service: "enabled".into(),
        },
        Step::StartService {
            manager: Manager::Sysvinit,
            service: "demo".into(),
        },
        Step::StartService {
            manager: Manager::Upstart,
            service: "demo-job".into(),
        },
        Step::Flannel(Act::AcceptForward {
            network: "10.5.0.0/16".parse().unwrap(),
            chains: Vec::new(),
        }),
        Step::Replicated(Handoff::Script {
            from: From::File("/root/tool".into()),
            sha256: hash("#!/bin/sh\n"),
            path: "/etc/handoff/install.sh".into(),
        }),
        Step::Replicated(Handoff::Conf {
            keys: BTreeMap::from([("LocalAddress".to_owned(), Setting::Text("10.90.0.1".into()))]),
        }),
    ]
}

#[test]
fn a_step_of_each_kind_is_done_and_undone_on_el6() {
    let lab = lab();
    let host = &lab.hosts[0];
    host.write("/root/tool", 0o755, "#!/bin/sh\n");
    host.write("/root/secret", 0o600, "canary\n");
    host.write("/run/el6/modules", 0o644, "demo_of_tests\n");
    host.write("/etc/docker/daemon.json", 0o644, "{ \"debug\": true }\n");
    for name in ["demo", "enabled"] {
        host.write(&format!("/etc/rc.d/init.d/{name}"), 0o755, SCRIPT);
    }
    // Off, as chkconfig leaves what its header does not name a level for.
    host.run(&["chkconfig", "--add", "enabled"]).ok();
    host.write("/etc/init/demo-job.conf", 0o644, JOB);
    let plan = Plan {
        v: VERSION,
        host: "alpha".into(),
        scheduler: "native".into(),
        overlay: Some("wireguard".into()),
        steps: steps(),
        notes: Vec::new(),
        verify: None,
        verify_scheduler: None,
        advice: None,
        basis: None,
        confirm_within: 0,
    };
    host.write(
        "/run/plan.json",
        0o600,
        &serde_json::to_string(&plan).unwrap(),
    );
    host.run(&["mkdir", "-p", HOME]).ok();
    let before = Picture::of(host);
    let apply = ["apply", "/run/plan.json"];
    groundcrew(host, &apply).expect_code(0);
    let set_up = Picture::with_state(host);
    let forward = host.run(&["iptables", "-S", "FORWARD"]).ok();
    assert!(
        forward.contains("-A FORWARD -d 10.5.0.0/16 -j ACCEPT \n"),
        "{forward}"
    );
    let states = "chkconfig enabled && test -e /run/demo && initctl status demo-job";
    let states = host.run(&["sh", "-c", states]).ok();
    assert!(
        states.starts_with("demo-job start/running, process "),
        "{states}"
    );
    // Once more: each is seen to be done.
    let again = groundcrew(host, &apply).expect_code(0);
    set_up.assert_is(&Picture::with_state(host), &format!("after\n{again}"));
    assert_all_ran(Place::Own, &[host]);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
    assert_ne!(host.run(&["pgrep", "wireguard-go"]).code, Some(0));
}
