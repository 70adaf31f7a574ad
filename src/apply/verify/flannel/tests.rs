//! The echo requests on hosts in memory: who asks, and what is said of it.

use super::*;
use crate::apply::machine::route;
use crate::host::{Command, Scripted};
use crate::plan::overlay::flannel::client::Client;

fn wanted() -> VerifyFlannel {
    VerifyFlannel {
        network: "10.5.0.0/16".parse().unwrap(),
        subnet_file: "/run/flannel/subnet.env".into(),
        etcd: Client::Plain("127.0.0.1:2379".parse().unwrap()),
        api: 2,
        prefix: "/coreos.com/network".into(),
        members: Vec::new(),
        etcd_alone: false,
        peers: Vec::new(),
    }
}

fn own() -> Lease {
    Lease {
        subnet: "10.5.69.1/24".parse().unwrap(),
        mtu: 1472,
    }
}

/// A host whose `ping` carries the lease's MTU, and whose `ip` knows no bridges.
fn el6(brctl: bool) -> Scripted {
    let mut host = Scripted::new()
        .release("2.6.32-754.el6.x86_64")
        .on_run(move |host, command| {
            let line = command.argv.join(" ");
            let fails = |code: i32, why: &'static str| {
                let argv: Vec<&str> = command.argv.iter().map(String::as_str).collect();
                let failing = Scripted::new().failing(&argv, code, why);
                Some(failing.run(&Command::new(command.argv.clone())))
            };
            assert!(
                !line.contains("netns exec") && !line.contains("netns add"),
                "{line}"
            );
            if line.contains(" master ") {
                return fails(
                    255,
                    "Error: either \"dev\" is duplicate, or \"master\" is a garbage.",
                );
            }
            if line.starts_with("brctl") && !brctl {
                return None;
            }
            // 1473 bytes less 28.
            if line.contains(" -s 1445 ") {
                return fails(2, "ping: sendmsg: Message too long");
            }
            let _ = host;
            Some(Ok(crate::host::Output::default()))
        });
    host.routes = vec![route("10.5.0.0".parse().unwrap(), 16, Some(7))];
    host
}

fn told(host: &Scripted) -> (Status, String) {
    let peer = VerifyHost {
        name: "bravo".into(),
        below: "192.0.2.2".parse().unwrap(),
    };
    let asker = Asker::new(host, &own());
    reach(
        host,
        &wanted(),
        &asker,
        &own(),
        &peer,
        "10.5.3.0/24".parse().unwrap(),
    )
}

#[test]
fn a_container_is_imitated_without_what_el6s_ip_does_not_have() {
    let mut host = el6(true);
    host.networks = true;
    assert_eq!(
        told(&host),
        (
            Status::Pass,
            "bravo (10.5.3.1) answers a container, MTU 1472 end to end".into()
        )
    );
    let ran: Vec<String> = host
        .changes()
        .into_iter()
        .filter_map(|change| match change {
            crate::host::scripted::Change::Ran(argv) => Some(argv.join(" ")),
            _ => None,
        })
        .collect();
    assert!(
        ran.contains(&"brctl addif docker0 gcverify0".to_owned()),
        "{ran:?}"
    );
    assert!(
        ran.contains(&"ip link set dev gcverify1 netns 4711".to_owned()),
        "{ran:?}"
    );
}

#[test]
fn where_an_old_kernel_gives_no_namespace_the_host_asks_and_it_is_said() {
    let mut host = el6(false);
    host.networks = true;
    let (status, text) = told(&host);
    assert_eq!(status, Status::Pass, "{text}");
    assert!(
        text.starts_with(
            "bravo (10.5.3.1) answers the host's bridge, MTU 1472 end to end; host side"
        ) && text.contains("whether containers reach it was not checked"),
        "{text}"
    );
    let last = host
        .changes()
        .into_iter()
        .rev()
        .find_map(|change| match change {
            crate::host::scripted::Change::Ran(argv) => Some(argv),
            _ => None,
        });
    assert!(last.unwrap().contains(&"10.5.69.1".to_owned()));

    // On a kernel that should give one it is not known.
    let mut host = el6(false).release("3.10.0-1160.el7.x86_64");
    host.networks = true;
    let (status, text) = told(&host);
    assert_eq!(status, Status::Unknown, "{text}");
}
