//! What no two hosts may have alike.

use groundcrew::facts::Fact;
use groundcrew::fleet::node::Node;
use groundcrew::judge::finding::Status;

use super::super::hosts::interface;
use super::{Case, PLAIN, found, of, unread};

/// The cases of these rules.
pub const CASES: &[Case] = &[
    (
        "fleet.hostname",
        Status::Fail,
        |n, f| {
            if n == 3 {
                f.os.hostname = Fact::known("APP001".into(), "test");
            }
        },
        "app001",
    ),
    (
        "fleet.machine-id",
        Status::Fail,
        |n, f| {
            if n < 2 {
                f.identity.machine_id = Fact::known("0123456789abcdef".into(), "test");
            }
        },
        "0123456789abcdef: app[000-001]",
    ),
    (
        "fleet.machine-id",
        Status::Unknown,
        |n, f| {
            if n == 2 {
                f.identity.machine_id = unread();
            }
        },
        "of 1 host is not known: app002",
    ),
    (
        "fleet.machine-id",
        Status::Pass,
        |n, f| {
            if n == 2 {
                f.identity.machine_id = Fact::absent("ENOENT", "test");
            }
        },
        "1 have none",
    ),
    (
        "fleet.product-uuid",
        Status::Fail,
        |_, f| {
            f.identity.product_uuid = Fact::known("4c4c4544-0042".into(), "test");
        },
        "4 hosts",
    ),
    // What the maker left empty is nobody's id.
    (
        "fleet.product-uuid",
        Status::Na,
        |_, f| {
            f.identity.product_uuid = Fact::known("00000000-0000".into(), "test");
        },
        "no host has",
    ),
    (
        "fleet.product-uuid",
        Status::Unknown,
        |_, f| f.identity.product_uuid = unread(),
        "4 hosts",
    ),
    (
        "fleet.mac",
        Status::Fail,
        |n, f| {
            if n > 1 {
                let mac = "52:54:00:aa:bb:cc";
                let address = format!("10.1.9.{}/16", n + 1);
                f.network.interfaces =
                    Fact::known(vec![interface("eth0", "ethernet", &address, mac)], "test");
            }
        },
        "52:54:00:aa:bb:cc: app[002-003]",
    ),
    (
        "fleet.mac",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.network.interfaces = unread();
            }
        },
        "app000",
    ),
    (
        "fleet.zerotier-identity",
        Status::Fail,
        |n, f| {
            if n != 1 {
                f.overlays.zerotier_address = Fact::known("28efc9e578".into(), "test");
            }
        },
        "28efc9e578",
    ),
    (
        "fleet.zerotier-identity",
        Status::Unknown,
        |n, f| {
            if n == 1 {
                f.overlays.zerotier_address = unread();
            }
        },
        "app001",
    ),
];

#[test]
fn keys_of_join_files_are_held_against_each_other() {
    let status = |keys: [Option<&str>; 4]| {
        let tell = |n: usize, node: &mut Node| node.wireguard_key = keys[n].map(str::to_owned);
        of(
            &found(|_, _| {}, tell, "native+wireguard", PLAIN),
            "fleet.wireguard-key",
        )
        .status
    };
    assert_eq!(status([None; 4]), Status::Na);
    assert_eq!(
        status([Some("a"), Some("b"), Some("c"), Some("d")]),
        Status::Pass
    );
    assert_eq!(
        status([Some("a"), Some("b"), Some("a"), None]),
        Status::Fail
    );
    assert_eq!(status([Some("a"), Some("b"), None, None]), Status::Unknown);
}
