//! Peers that leave: taken out of an interface that runs on, cut off anywhere, and put
//! back.

use super::tests::{machine, peer, plan, undo_all};
use super::*;
use crate::apply::machine::Machine;
use crate::apply::machine::runs::{apply_all, assert_same, begin};
use crate::apply::peers;
use crate::apply::runs::{STATE_DIR, State};
use crate::plan::Plan;
use crate::plan::step::Peer;

const FAR: &str = "10.99.0.0/16";
/// Whom the administrator has let in by hand.
const THEIRS: &str = "theirsAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn gamma() -> Peer {
    let mut gamma = peer("gamma", 3);
    gamma.allowed_ips.push(FAR.parse().unwrap());
    gamma
}

fn with(peers: Vec<Peer>) -> Plan {
    plan(vec![
        Step::PrivateKey {
            path: "/etc/wireguard/wg0.key".into(),
            from_env: Some("WG_KEY".into()),
        },
        Step::WireguardUp {
            interface: "wg0".into(),
            userspace: false,
            address: "10.90.0.1/24".parse().unwrap(),
            listen_port: 51820,
            mtu: 1320,
            private_key: "/etc/wireguard/wg0.key".into(),
        },
        Step::WireguardPeers {
            interface: "wg0".into(),
            peers,
        },
        Step::AddRoute {
            destination: FAR.parse().unwrap(),
            interface: "wg0".into(),
        },
    ])
}

/// Without gamma, and what leads to it.
fn less() -> Plan {
    plan(vec![
        Step::WireguardRemove {
            interface: "wg0".into(),
            peers: vec![gamma()],
            routes: vec![FAR.parse().unwrap()],
        },
        Step::WireguardPeers {
            interface: "wg0".into(),
            peers: vec![peer("beta", 2)],
        },
    ])
}

/// A machine that has both, and the one of the administrator.
fn set_up() -> Machine {
    let machine = machine();
    apply_all(
        &machine,
        &mut begin(&machine, with(vec![peer("beta", 2), gamma()])),
    );
    let mut net = machine.net();
    let tunnel = net.tunnels.get_mut("wg0").unwrap();
    tunnel.peers.insert(THEIRS.into(), Default::default());
    // It has roamed since: that is where it is put back to.
    let gone = tunnel.peers.get_mut(&gamma().public_key).unwrap();
    gone.insert("endpoint".into(), "198.51.100.9:7".into());
    drop(net);
    machine
}

fn last(machine: &Machine) -> Run {
    let mut runs = State::new(machine, STATE_DIR).runs().unwrap();
    runs.pop().unwrap().unwrap()
}

fn keys(machine: &Machine) -> Vec<String> {
    machine.net().tunnels["wg0"].peers.keys().cloned().collect()
}

#[test]
fn a_peer_that_leaves_is_taken_out_and_put_back_wherever_the_power_goes() {
    let index = |machine: &Machine| {
        let net = machine.net();
        let link = net.links.iter().find(|link| link.name == "wg0").unwrap();
        link.index
    };
    let mut cuts = 0;
    for torn in [false, true] {
        for cut in 0.. {
            let new = || {
                let machine = set_up();
                let before = (machine.picture(), index(&machine));
                let mut run = begin(&machine, less());
                let whole =
                    machine.run_until_power_is_lost(cut, torn, || apply_all(&machine, &mut run));
                (machine, before, whole.is_some())
            };
            let when = format!("cut {cut}, torn {torn}");
            let (resumed, (before, link), whole) = new();
            apply_all(&resumed, &mut last(&resumed));
            assert_eq!(last(&resumed).state(), RunState::Applied, "{when}");
            assert_eq!(keys(&resumed), [&peer("beta", 2).public_key, THEIRS]);
            assert!(
                resumed.net().routes.iter().all(|route| route.prefix != 16),
                "{when}"
            );
            assert_eq!(index(&resumed), link, "the same interface, {when}");
            let left = undo_all(&resumed, &mut last(&resumed));
            assert_eq!(left, Vec::<String>::new(), "{when}");
            assert_same(&before, &resumed.picture(), &when);

            let (undone, (before, _), _) = new();
            let left = undo_all(&undone, &mut last(&undone));
            assert_eq!(left, Vec::<String>::new(), "{when}");
            assert_same(&before, &undone.picture(), &when);
            if whole {
                break;
            }
            cuts += 1;
        }
    }
    assert!(cuts > 8, "only {cuts} cuts were made");
}

#[test]
fn what_cannot_be_taken_out_is_put_back() {
    for command in ["peer gammaAAA", "ip route del"] {
        let machine = set_up();
        let before = machine.picture();
        machine.fail(command);
        let outcome = apply_all(&machine, &mut begin(&machine, less()));
        // Nothing was changed where the first command failed; the way back has to go
        // the same way.
        let undone = matches!(outcome, Outcome::RolledBack { step: 0, .. });
        assert!(
            undone || command.contains("gamma"),
            "{command}: {outcome:?}"
        );
        machine.repair();
        undo_all(&machine, &mut last(&machine));
        assert_same(&before, &machine.picture(), command);
    }
}

#[test]
fn whose_a_peer_is_stands_in_the_journals() {
    let machine = set_up();
    let ours = |machine: &Machine| -> Vec<String> {
        let found = peers::survey(machine, STATE_DIR, "wg0");
        assert_eq!(found.untold, None);
        assert!(found.live.contains_key(THEIRS) && !found.ours.contains_key(THEIRS));
        found.ours.into_values().map(|peer| peer.name).collect()
    };
    assert_eq!(ours(&machine), ["beta", "gamma"]);
    apply_all(&machine, &mut begin(&machine, less()));
    assert_eq!(ours(&machine), ["beta"]);
    // Taken back, the other run's peer is there again.
    undo_all(&machine, &mut last(&machine));
    assert_eq!(ours(&machine), ["beta", "gamma"]);
    // Of another interface nothing is known.
    let other = peers::survey(&machine, STATE_DIR, "wg9");
    assert!(other.live.is_empty() && other.ours.is_empty());
    // A journal that cannot be read is told.
    let journal = format!("{}/journal.jsonl", last(&machine).dir);
    Host::write_atomic(&machine, &journal, b"{}\n{}\n", 0o600).unwrap();
    let found = peers::survey(&machine, STATE_DIR, "wg0");
    assert!(found.untold.unwrap().contains("journal.jsonl"));
    assert_eq!(found.ours.len(), 2);
}
