//! The lease, flanneld's words, etcd without a quorum.

use super::start::cause;
use super::*;
use crate::host::Scripted;

#[test]
fn the_lease_is_what_flanneld_wrote() {
    let text = "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5.69.1/24\nFLANNEL_MTU=1472\n\
                FLANNEL_IPMASQ=false\n";
    let host = Scripted::new()
        .file("/run/flannel/subnet.env", text)
        .file("/run/flannel/empty", "");
    let found = lease(&host, "/run/flannel/subnet.env").unwrap();
    assert_eq!(
        (found.subnet.to_string().as_str(), found.mtu),
        ("10.5.69.1/24", 1472)
    );
    assert_eq!(lease(&host, "/run/flannel/empty"), None);
    assert_eq!(lease(&host, "/run/flannel/none"), None);
}

#[test]
fn the_reason_is_looked_for_in_the_log() {
    let log = |text: &str| {
        let host = Scripted::new().file("/log", text);
        cause(&host, "/log")
    };
    let silent = "I1122 20:33:20.086140   17791 main.go:227] Installing signal handlers\n";
    assert!(log(silent).contains("cannot reach etcd"), "{}", log(silent));
    let key = format!(
        "{silent}E1122 20:33:21.0 17791 main.go:1] Couldn't fetch network config: 100: Key not \
         found (/coreos.com) [3]\n"
    );
    assert!(
        log(&key)
            .contains("\"Couldn't fetch network config: 100: Key not found (/coreos.com) [3]\""),
        "{}",
        log(&key)
    );
}

#[test]
fn configurations_are_compared_by_what_they_mean() {
    let wanted = r#"{"Network":"10.5.0.0/16","SubnetLen":24,"Backend":{"Type":"udp"}}"#;
    let spaced = r#"{ "SubnetLen": 24, "Network": "10.5.0.0/16", "Backend": {"Type": "udp"} }"#;
    assert!(same(spaced, wanted));
    assert!(!same(&wanted.replace("udp", "vxlan"), wanted));
    assert!(!same("", ""));
}

const OWN: &str = "http://192.0.2.2:2380";

/// An etcd of version 3.4 that answers requests by their first line.
fn etcd_says(answers: &'static [(&'static str, u16, &'static str)]) -> Scripted {
    Scripted::new().on_tcp(move |_, to, request| {
        // The other node is gone.
        if to != "127.0.0.1:2379".parse().unwrap() {
            return None;
        }
        let request = String::from_utf8_lossy(request).into_owned();
        let version = [("GET /version ", 200, r#"{"etcdserver":"3.4.23"}"#)];
        let mut all = version.iter().chain(answers);
        let found = all.find(|(start, ..)| request.starts_with(start));
        let (_, status, body) = found.unwrap_or(&("", 404, "404 page not found\n"));
        let length = body.len();
        Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
    })
}

fn clients(addresses: &[&str]) -> Vec<Client> {
    let all = addresses.iter();
    all.map(|one| Client::Plain(one.parse().unwrap())).collect()
}

fn leave_by(host: &Scripted, via: &[&str], file: Option<&str>) -> Option<String> {
    let back = Back::Leave {
        via: clients(via),
        peer_url: OWN.into(),
        file: file.map(str::to_owned),
    };
    run(host, &back).unwrap()
}

const TWO: &str = r#"{"members":[{"ID":"10276657743932975437","name":"a","peerURLs":["http://192.0.2.1:2380"]},{"ID":"255","name":"b","peerURLs":["http://192.0.2.2:2380"]}]}"#;
const VIA: [&str; 2] = ["127.0.0.1:2379", "192.0.2.1:2379"];

#[test]
fn a_member_that_is_left_in_a_cluster_without_a_quorum_is_told_with_the_way_out() {
    let stuck = etcd_says(&[
        ("POST /v3/cluster/member/list ", 200, TWO),
        (
            "POST /v3/cluster/member/remove ",
            503,
            r#"{"error":"etcdserver: request timed out","message":"etcdserver: request timed out"}"#,
        ),
        ("GET /health ", 503, r#"{"health":"false"}"#),
    ]);
    let told = leave_by(&stuck, &VIA, None).unwrap();
    assert!(
        told.contains("this node (http://192.0.2.2:2380) is still a member")
            && told.contains(
                "ETCDCTL_API=3 etcdctl --endpoints http://192.0.2.1:2379 member remove ff."
            )
            && told.contains("--force-new-cluster"),
        "{told}"
    );

    let healthy = etcd_says(&[
        ("POST /v3/cluster/member/list ", 200, TWO),
        ("POST /v3/cluster/member/remove ", 200, "{}"),
    ]);
    assert_eq!(leave_by(&healthy, &VIA, None), None);
    // The first node, whose etcd never came up, was alone.
    assert_eq!(leave_by(&Scripted::new(), &VIA[..1], None), None);
    let told = leave_by(&Scripted::new(), &VIA, None).unwrap();
    assert!(told.contains("could not be told"), "{told}");
    // Joining is taken back after the wait for the vote, which has said it.
    assert_eq!(
        leave_by(&Scripted::new(), &VIA[1..], Some("/etc/cluster.conf")),
        None
    );
}

#[test]
fn the_sites_own_etcd_keeps_its_configuration_as_long_as_a_lease_hangs_on_it() {
    let back = Back::Unconfigure {
        etcd: clients(&VIA)[0].clone(),
        api: 2,
        prefix: "/coreos.com/network".into(),
        of_site: true,
    };
    const LEASES: &str = "GET /v2/keys/coreos.com/network/subnets?recursive=true ";
    let used = etcd_says(&[(
        LEASES,
        200,
        r#"{"node":{"nodes":[{"key":"/coreos.com/network/subnets/10.5.3.0-24","value":"{\"PublicIP\":\"192.0.2.1\"}"}]}}"#,
    )]);
    let told = run(&used, &back).unwrap().unwrap();
    assert!(
        told.contains("1 leases of other nodes")
            && told.ends_with(
                "ETCDCTL_API=2 etcdctl --endpoints http://127.0.0.1:2379 rm \
                 /coreos.com/network/config"
            ),
        "{told}"
    );
    let gone = run(&Scripted::new(), &back).unwrap().unwrap();
    assert!(gone.contains("so it stays"), "{gone}");
    // No key is there below subnets: nobody lives by it.
    let free = etcd_says(&[
        (
            LEASES,
            404,
            r#"{"errorCode":100,"message":"Key not found","cause":"/x"}"#,
        ),
        ("DELETE /v2/keys/coreos.com/network/config ", 200, "{}"),
    ]);
    assert_eq!(run(&free, &back).unwrap(), None);
}

#[test]
fn what_is_forwarded_is_accepted_in_nftables_own_chains_too_and_undone() {
    let network: Ipv4Net = "10.5.0.0/16".parse().unwrap();
    let chains = vec!["inet guard forward".to_owned()];
    let host = |listed: &'static str| {
        Scripted::new().on_run(move |_, command| {
            let line = command.argv.join(" ");
            let stdout = match line.as_str() {
                "iptables -S FORWARD" => {
                    "-P FORWARD ACCEPT\n-A FORWARD -s 10.5.0.0/16 -j ACCEPT\n-A FORWARD -d \
                     10.5.0.0/16 -j ACCEPT\n"
                }
                "nft -n -a list chain inet guard forward" => listed,
                _ => "",
            };
            Some(Ok(crate::host::Output {
                stdout: stdout.into(),
                stderr: Vec::new(),
            }))
        })
    };
    let ran = |host: &Scripted| -> Vec<String> {
        let all = host.changes().into_iter();
        all.filter_map(|change| match change {
            crate::host::scripted::Change::Ran(argv) => Some(argv.join(" ")),
            _ => None,
        })
        .filter(|line| line.starts_with("nft") && !line.contains(" list "))
        .collect()
    };
    let act = Act::AcceptForward {
        network,
        chains: chains.clone(),
    };
    let half = host(
        "table inet guard {\n\tchain forward { # handle 1\n\t\ttype filter hook forward priority \
         0; policy drop;\n\t\tip saddr 10.5.0.0/16 accept comment \"groundcrew-flannel\" # handle \
         7\n\t}\n}\n",
    );
    assert!(!is_done(&half, &act).unwrap());
    apply(&half, &act).unwrap();
    assert_eq!(
        ran(&half),
        [
            "nft insert rule inet guard forward ip daddr 10.5.0.0/16 accept comment \
             \"groundcrew-flannel\""
        ]
    );
    let back = Back::Unforward { network, chains };
    let half = host("\t\tip saddr 10.5.0.0/16 accept comment \"groundcrew-flannel\" # handle 7\n");
    run(&half, &back).unwrap();
    assert_eq!(ran(&half), ["nft delete rule inet guard forward handle 7"]);
}

/// A cluster that somebody else has begun, with this node in it and without.
const OTHERS: &str = r#"{"members":[{"ID":"1","name":"a","peerURLs":["http://192.0.2.1:2380"]}]}"#;
const INITIAL: &str = "a=http://192.0.2.1:2380,b=http://192.0.2.2:2380";

fn begin(host: &Scripted) -> String {
    let act = Act::EtcdJoin {
        via: clients(&["127.0.0.1:2379"]),
        name: "b".into(),
        peer_url: OWN.into(),
        file: "/etc/cluster.conf".into(),
        initial: Some(INITIAL.into()),
    };
    apply(host, &act).unwrap();
    String::from_utf8(host.read("/etc/cluster.conf").unwrap()).unwrap()
}

#[test]
fn an_etcd_is_begun_where_nobody_has_one_and_joined_where_somebody_has() {
    let text = begin(&Scripted::new().file("/etc/hostname", "b"));
    assert!(
        text.contains(&format!(
            "\nETCD_INITIAL_CLUSTER={INITIAL}\nETCD_INITIAL_CLUSTER_STATE=new\n"
        )),
        "{text}"
    );
    // The others have begun without this one, or after it had left.
    let there = etcd_says(&[
        ("POST /v3/cluster/member/list ", 200, OTHERS),
        ("POST /v3/cluster/member/add ", 200, "{}"),
    ])
    .file("/etc/hostname", "b");
    let text = begin(&there);
    assert!(
        text.contains("\nETCD_INITIAL_CLUSTER=a=http://192.0.2.1:2380\n")
            && text.contains("\nETCD_INITIAL_CLUSTER_STATE=existing\n"),
        "{text}"
    );
}

#[test]
fn flanneld_is_started_anew_where_it_runs_with_other_arguments_and_taken_back_alike() {
    let command: Vec<String> = ["/opt/flanneld", "-etcd-endpoints=http://192.0.2.1:2379"]
        .map(str::to_owned)
        .into();
    let act = |back| Act::Anew {
        manager: Manager::Systemd,
        service: "flanneld-groundcrew.service".into(),
        command: command.clone(),
        subnet_file: "/run/flannel/subnet.env".into(),
        back,
    };
    const OWN: &str = "-subnet-file=/run/flannel/subnet.env";
    let host = |line: &str| {
        Scripted::new()
            .file("/proc/7/cmdline", "/opt/flanneld\0-subnet-file=/other\0")
            .file("/proc/8/cmdline", line.replace(' ', "\0"))
            .file(
                "/run/flannel/subnet.env",
                "FLANNEL_SUBNET=10.5.69.1/24\nFLANNEL_MTU=1450\n",
            )
            .command(&["systemctl", "daemon-reload"], "")
            .command(
                &["systemctl", "is-active", "flanneld-groundcrew.service"],
                "",
            )
            .command(&["systemctl", "restart", "flanneld-groundcrew.service"], "")
    };
    let restarts = |host: &Scripted| {
        let ran = host.ran();
        ran.iter().filter(|argv| argv[1] == "restart").count()
    };
    let with = |urls: &str| format!("/opt/flanneld -etcd-endpoints={urls} {OWN}");
    let other = host(&with("http://192.0.2.1:2379,http://192.0.2.2:2379"));
    for back in [true, false] {
        assert!(!is_done(&other, &act(back)).unwrap());
    }
    apply(&other, &act(true)).unwrap();
    assert_eq!(restarts(&other), 0);
    apply(&other, &act(false)).unwrap();
    assert_eq!(restarts(&other), 1);
    run(&other, &prepare(&other, &act(true)).unwrap()).unwrap();
    assert_eq!(restarts(&other), 2);
    // That one is taken back by what stands before the files.
    assert_eq!(prepare(&other, &act(false)).unwrap(), Back::Nothing);

    // Nobody runs: it is started with its new files.
    assert!(is_done(&Scripted::new(), &act(false)).unwrap());
    let command: Vec<String> = with("http://192.0.2.1:2379")
        .split(' ')
        .map(str::to_owned)
        .collect();
    let same = host(&with("http://192.0.2.1:2379"));
    assert_eq!(running(&same), command);
    let act = Act::Anew {
        manager: Manager::Systemd,
        service: "flanneld-groundcrew.service".into(),
        command,
        subnet_file: "/run/flannel/subnet.env".into(),
        back: false,
    };
    assert!(is_done(&same, &act).unwrap());
}

#[test]
fn etcd_is_asked_again_to_let_a_member_in_until_it_takes_its_members_for_healthy() {
    const UNHEALTHY: &str =
        r#"{"error":"etcdserver: unhealthy cluster","message":"etcdserver: unhealthy cluster"}"#;
    let tries = std::cell::Cell::new(0);
    let host = Scripted::new();
    let joined = etcd::settled(&host, ETCD, || {
        tries.set(tries.get() + 1);
        match tries.get() {
            1..=9 => Err(StepError::Told(format!("etcd at b: {UNHEALTHY}"))),
            _ => Ok(tries.get()),
        }
    });
    assert_eq!(joined.unwrap(), 10);
    // Anything else is told at once.
    let tries = std::cell::Cell::new(0);
    let refused = etcd::settled(&host, ETCD, || {
        tries.set(tries.get() + 1);
        Err::<(), _>(StepError::Told(
            "etcdserver: too many learner members".into(),
        ))
    });
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("too many learner")
    );
    assert_eq!(tries.get(), 1);
}

#[test]
fn a_member_that_etcd_needs_is_told_who_is_down() {
    let needed = etcd_says(&[
        ("POST /v3/cluster/member/list ", 200, TWO),
        (
            "POST /v3/cluster/member/remove ",
            503,
            r#"{"error":"etcdserver: unhealthy cluster","message":"etcdserver: unhealthy cluster"}"#,
        ),
        ("GET /health ", 200, r#"{"health":"true"}"#),
    ]);
    let back = Back::Leave {
        via: clients(&VIA),
        peer_url: OWN.into(),
        file: None,
    };
    let told = run(&needed, &back).unwrap_err().to_string();
    assert!(
        told.contains("unhealthy cluster")
            && told.contains("a does not answer: bring it back")
            && told.ends_with("member remove 8e9e05c52164694d"),
        "{told}"
    );
}
