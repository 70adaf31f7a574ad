//! An etcd as its members tell of it, held against the plan.

use std::net::SocketAddrV4;

use super::*;
use crate::host::Scripted;
use crate::plan::overlay::flannel::client::Client;

const ALL: &str = r#"{"members":[{"ID":"1","name":"a","peerURLs":["http://192.0.2.1:2380"]},{"ID":"2","name":"b","peerURLs":["http://192.0.2.2:2380"]},{"ID":"43981","name":"c","peerURLs":["http://192.0.2.3:2380"]}]}"#;

/// An etcd with these members, of which `down` do not answer.
fn site(members: &'static str, down: &'static [&'static str], health: &'static str) -> Scripted {
    Scripted::new().on_tcp(move |_, to: SocketAddrV4, request| {
        if down.contains(&to.ip().to_string().as_str()) {
            return None;
        }
        let request = String::from_utf8_lossy(request).into_owned();
        let body = match request.split(' ').nth(1) {
            Some("/version") => r#"{"etcdserver":"3.4.23"}"#,
            Some("/health") => health,
            _ => members,
        };
        let length = body.len();
        Some(format!("HTTP/1.1 200 X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
    })
}

fn host(name: &str, number: u8) -> VerifyHost {
    VerifyHost {
        name: name.into(),
        below: Ipv4Addr::new(192, 0, 2, number),
    }
}

/// As host a asks, which is a member with b, c and those of `more`.
fn wanted(more: &[VerifyHost]) -> VerifyFlannel {
    let mut peers = vec![host("b", 2), host("c", 3), host("app", 9)];
    peers.extend_from_slice(more);
    let mut members = vec![host("a", 1), host("b", 2), host("c", 3)];
    members.extend_from_slice(more);
    VerifyFlannel {
        network: "10.5.0.0/16".parse().unwrap(),
        subnet_file: "/run/flannel/subnet.env".into(),
        etcd: Client::Plain("127.0.0.1:2379".parse().unwrap()),
        api: 3,
        prefix: "/coreos.com/network".into(),
        members,
        etcd_alone: true,
        peers,
    }
}

const GOOD: &str = r#"{"health":"true"}"#;

fn found(host: &Scripted, wanted: &VerifyFlannel, peers: Option<&[&str]>) -> (Verified, String) {
    let measure = Measure {
        peers: peers.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        ..Measure::default()
    };
    let (own, ways) = verify(host, wanted, &measure);
    let ways = ways
        .iter()
        .map(|way| format!("{} {:?}", way.subject, way.status));
    (own.unwrap(), ways.collect::<Vec<_>>().join(", "))
}

#[test]
fn members_that_are_gone_silent_or_not_of_the_plan_are_told() {
    let (own, ways) = found(&site(ALL, &[], GOOD), &wanted(&[]), None);
    assert_eq!(own.status, Status::Pass, "{own:?}");
    assert!(own.message.ends_with("its members are a, b, c"), "{own:?}");
    assert_eq!(ways, "b Pass, c Pass");

    let (own, ways) = found(&site(ALL, &["192.0.2.3"], GOOD), &wanted(&[]), None);
    assert_eq!(
        (own.status, ways.as_str()),
        (Status::Fail, "b Pass, c Fail")
    );
    assert!(
        own.message
            .contains("etcd of c (192.0.2.3) does not answer: of 3 members more than 1 have to"),
        "{own:?}"
    );
    // Who is not up yet is not asked.
    let (own, _) = found(&site(ALL, &["192.0.2.3"], GOOD), &wanted(&[]), Some(&["b"]));
    assert_eq!(own.status, Status::Pass, "{own:?}");

    let later = wanted(&[host("d", 4)]);
    let (own, _) = found(&site(ALL, &[], GOOD), &later, None);
    assert!(
        own.message.contains("d (192.0.2.4) is no member"),
        "{own:?}"
    );

    let mut fewer = wanted(&[]);
    fewer.members.pop();
    let (own, _) = found(&site(ALL, &[], GOOD), &fewer, None);
    assert_eq!(own.status, Status::Fail);
    assert!(
        own.message
            .contains("c (http://192.0.2.3:2380) is a member of etcd and not of the plan")
            && own
                .message
                .ends_with("etcdctl --endpoints http://127.0.0.1:2379 member remove abcd"),
        "{own:?}"
    );
}

#[test]
fn an_etcd_without_a_quorum_or_an_answer_fails_and_the_sites_own_is_not_looked_at() {
    let without = site(ALL, &[], r#"{"health":"false"}"#);
    let (own, ways) = found(&without, &wanted(&[]), None);
    assert!(own.message.contains("has no quorum"), "{own:?}");
    assert_eq!((own.status, ways.as_str()), (Status::Fail, ""));
    let (own, _) = found(&site(ALL, &["127.0.0.1"], GOOD), &wanted(&[]), None);
    assert_eq!(own.status, Status::Fail, "{own:?}");
    let mut of_site = wanted(&[]);
    of_site.members.clear();
    let none = verify(&Scripted::new(), &of_site, &Measure::default());
    assert_eq!(none, (None, Vec::new()));
}
