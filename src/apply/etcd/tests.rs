//! etcd's answers as they were recorded.

use std::time::Duration;

use super::*;
use crate::host::{CommandError, Scripted};
use crate::plan::overlay::flannel::client::{Tls, Urls};

#[test]
fn a_lease_is_read_from_its_key_and_value() {
    let value = r#"{"PublicIP":"192.168.77.12","BackendType":"vxlan","BackendData":{}}"#;
    for key in [
        "/coreos.com/network/subnets/10.5.16.0-24",
        "/coreos.com/network/subnets/10.5.16.0-24&fd00::-64",
    ] {
        let found = lease(key, value).unwrap();
        assert_eq!(found.subnet.to_string(), "10.5.16.0/24");
        assert_eq!(found.node.to_string(), "192.168.77.12");
    }
    assert_eq!(lease("/coreos.com/network/subnets/x", value), None);
    assert_eq!(
        lease("/coreos.com/network/subnets/10.5.16.0-24", "{}"),
        None
    );
}

fn here() -> Client {
    Client::Plain("127.0.0.1:2379".parse().unwrap())
}

/// An etcd of a version that answers as told, by the first line of requests.
fn etcd(version: &'static str, told: &'static [(&'static str, u16, &'static str)]) -> Scripted {
    Scripted::new().on_tcp(move |_, to, request| {
        assert_eq!(Client::Plain(to), here());
        let request = String::from_utf8_lossy(request).into_owned();
        let line = request.lines().next().unwrap_or_default();
        let (status, body) = if line.starts_with("GET /version ") {
            (
                200,
                format!(r#"{{"etcdserver":"{version}","etcdcluster":"{version}"}}"#),
            )
        } else {
            let found = told.iter().find(|(start, ..)| line.starts_with(start));
            found.map_or((404, "404 page not found\n".into()), |(_, status, body)| {
                (*status, (*body).to_string())
            })
        };
        let length = body.len();
        Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
    })
}

#[test]
fn members_are_asked_for_in_the_words_of_each_version() {
    const LIST: &str = r#"{"members":[{"id":"8e9e05c52164694d","name":"a","peerURLs":["http://192.0.2.1:2380"],"clientURLs":[]}]}"#;
    let old = etcd(
        "3.3.27",
        &[
            ("GET /v2/members ", 200, LIST),
            ("POST /v2/members ", 201, "{}"),
        ],
    );
    let found = members(&old, &here()).unwrap();
    assert_eq!(
        (found[0].id.as_str(), found[0].learner),
        ("8e9e05c52164694d", false)
    );
    add(&old, &here(), "http://192.0.2.2:2380").unwrap();

    const NEW: &str = r#"{"header":{},"members":[{"ID":"10276657743932975437","name":"a","peerURLs":["http://192.0.2.1:2380"]},{"ID":"7","peerURLs":["http://192.0.2.2:2380"],"isLearner":true}]}"#;
    let new = etcd("3.4.23", &[("POST /v3/cluster/member/list ", 200, NEW)]);
    let found = members(&new, &here()).unwrap();
    assert_eq!((found[1].name.as_str(), found[1].learner), ("", true));
}

#[test]
fn what_etcd_complains_of_is_told() {
    let full = etcd(
        "3.4.23",
        &[(
            "POST /v3/cluster/member/add ",
            400,
            r#"{"error":"etcdserver: too many learner members in cluster","message":"etcdserver: too many learner members in cluster","code":9}"#,
        )],
    );
    let told = add(&full, &here(), "http://192.0.2.2:2380")
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "etcd at 127.0.0.1:2379: etcdserver: too many learner members in cluster (status 400)"
    );
    // Version 2 is off: not a missing key.
    let off = etcd("3.4.23", &[]);
    for told in [
        get(&off, &here(), 2, "/coreos.com/network/config").unwrap_err(),
        create(&off, &here(), 2, "/coreos.com/network/config", "{}").unwrap_err(),
        leases(&off, &here(), 2, "/coreos.com/network").unwrap_err(),
    ] {
        assert!(told.to_string().contains("--enable-v2"), "{told}");
    }
    let nobody = get(&Scripted::new(), &here(), 3, "/x")
        .unwrap_err()
        .to_string();
    assert!(nobody.starts_with("etcd at 127.0.0.1:2379: "), "{nobody}");
}

#[test]
fn a_missing_key_is_none() {
    let v2 = etcd(
        "3.3.27",
        &[(
            "GET /v2/keys/coreos.com/network/config ",
            404,
            r#"{"errorCode":100,"message":"Key not found","cause":"/coreos.com","index":3}"#,
        )],
    );
    assert_eq!(
        get(&v2, &here(), 2, "/coreos.com/network/config").unwrap(),
        None
    );
    let v3 = etcd(
        "3.3.27",
        &[("POST /v3beta/kv/range ", 200, r#"{"header":{}}"#)],
    );
    assert_eq!(
        get(&v3, &here(), 3, "/coreos.com/network/config").unwrap(),
        None
    );
}

#[test]
fn a_value_goes_into_a_form_as_it_is() {
    assert_eq!(percent("{\"a\": 1}"), "%7B%22a%22%3A%201%7D");
}

#[test]
fn with_tls_curl_asks_and_only_the_path_of_the_key_is_told() {
    let tls = Tls {
        ca: "/e/ca.pem".into(),
        cert: "/e/host.pem".into(),
        key: "/e/host.key".into(),
    };
    let etcd = Client::at("192.0.2.1:2379".parse().unwrap(), Some(&tls));
    let host = Scripted::new().on_run(|_, command| {
        let line = command.argv.join(" ");
        assert!(line.starts_with(
            "curl -q --silent --show-error --noproxy * --cacert /e/ca.pem --cert /e/host.pem --key \
             /e/host.key "
        ));
        // What is written stands on standard input alone.
        assert!(!line.contains("10.5.0.0"), "{line}");
        let stdout = match command.argv.last().unwrap().as_str() {
            "https://192.0.2.1:2379/version" => {
                r#"{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}"#.to_owned() + "\n200"
            }
            "https://192.0.2.1:2379/v3/kv/txn" => {
                assert!(line.contains("--request POST"), "{line}");
                assert!(!command.stdin.is_empty());
                "{\"header\":{},\n\"succeeded\":true}\n200".to_owned()
            }
            _ => "404 page not found\n\n404".to_owned(),
        };
        Some(Ok(crate::host::Output {
            stdout: stdout.into_bytes(),
            stderr: Vec::new(),
        }))
    });
    create(&host, &etcd, 3, "/coreos.com/network/config", "10.5.0.0/16").unwrap();
    let told = get(&host, &etcd, 2, "/coreos.com/network/config").unwrap_err();
    assert!(told.to_string().contains("--enable-v2"), "{told}");

    let refused = Scripted::new().on_run(|_, command| {
        let why = "curl: (60) SSL certificate problem: unable to get local issuer certificate\nMore \
                   details here: https://curl.se/docs/sslcerts.html\n";
        Some(Err(CommandError::Status {
            command: command.to_string(),
            status: "exit status 60".into(),
            code: Some(60),
            stderr: why.into(),
        }))
    });
    let told = members(&refused, &etcd).unwrap_err().to_string();
    assert_eq!(
        told,
        "etcd at https://192.0.2.1:2379: curl: (60) SSL certificate problem: unable to get local \
         issuer certificate"
    );
}

#[test]
fn the_next_endpoint_is_asked_where_one_is_down() {
    let both = Client::Urls(Urls {
        urls: vec![
            "http://192.0.2.9:2379".into(),
            "http://127.0.0.1:2379".into(),
        ],
        tls: None,
    });
    let up = etcd("3.4.23", &[("POST /v3/kv/range ", 200, r#"{"header":{}}"#)]);
    // The scripted etcd is at the second one alone.
    let host = Scripted::new().on_tcp(move |_, to, request| {
        let here = "127.0.0.1:2379".parse().unwrap();
        (to == here).then(|| up.tcp_exchange(to, request, Duration::ZERO).unwrap())
    });
    assert_eq!(get(&host, &both, 3, "/x").unwrap(), None);
}

const CONF: &str = "# Made by groundcrew for etcd-groundcrew.\nETCD_NAME=a\n\
                    ETCD_ADVERTISE_CLIENT_URLS=http://192.0.2.1:2379\n";
const THREE: &str = r#"{"members":[
    {"ID":"1","name":"a","peerURLs":["http://192.0.2.1:2380"]},
    {"ID":"2","name":"b","peerURLs":["http://192.0.2.2:2380"]},
    {"ID":"3","name":"c","peerURLs":["http://192.0.2.3:2380"]}]}"#;

/// The node a of a cluster of three, of which these answer.
fn of_three(up: &'static [u8]) -> (Scripted, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let removed = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&removed);
    let host = Scripted::new()
        .file("/etc/groundcrew/etcd.conf", CONF)
        .on_tcp(move |_, to, request| {
            if !up.contains(&to.ip().octets()[3]) {
                return None;
            }
            let request = String::from_utf8_lossy(request).into_owned();
            let body = match request.split(' ').nth(1).unwrap() {
                "/version" => r#"{"etcdserver":"3.4.23"}"#,
                "/health" => r#"{"health":"true"}"#,
                "/v3/cluster/member/list" => THREE,
                _ => {
                    let body = request.split("\r\n\r\n").nth(1).unwrap();
                    seen.lock().unwrap().push(body.to_owned());
                    "{}"
                }
            };
            let length = body.len();
            Some(format!("HTTP/1.1 200 X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
        });
    (host, removed)
}

#[test]
fn who_has_left_is_removed_as_long_as_those_that_stay_have_a_quorum() {
    let gone = |last: u8| [("x".to_owned(), std::net::Ipv4Addr::new(192, 0, 2, last))].into();
    let (host, removed) = of_three(&[1, 2]);
    assert_eq!(expel(&host, &gone(3)).unwrap(), ["c"]);
    assert_eq!(*removed.lock().unwrap(), [r#"{"ID":"3"}"#]);
    // It was no member any more.
    assert_eq!(expel(&host, &gone(4)).unwrap(), Vec::<String>::new());

    // One that runs must stay as long as another one is down.
    let (host, removed) = of_three(&[1, 3]);
    let told = expel(&host, &gone(3)).unwrap_err().to_string();
    assert_eq!(
        told,
        "c is not removed from etcd: of the 2 members that stay 2 have to be up, and b does not \
         answer: bring it back first"
    );
    assert!(removed.lock().unwrap().is_empty());
}
