//! Addresses are given once: stable, unique, never another's, whatever the order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use groundcrew::fleet::allocate::{Allocated, AllocationError, allocate};
use ipnet::Ipv4Net;
use proptest::prelude::*;

fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_removed_hosts_address_stays_its_own_and_comes_back_with_it() {
    let network = net("10.90.0.0/29");
    let none = BTreeMap::new();
    let first = allocate(
        network,
        &names(&["a", "b", "c"]),
        &Allocated::default(),
        &none,
    )
    .unwrap();
    let given: Vec<String> = first.members.values().map(ToString::to_string).collect();
    assert_eq!(given, ["10.90.0.1", "10.90.0.2", "10.90.0.3"]);
    let second = allocate(network, &names(&["a", "aa", "c"]), &first, &none).unwrap();
    assert_eq!(second.members["aa"].to_string(), "10.90.0.4");
    assert_eq!(second.removed["b"].to_string(), "10.90.0.2");
    let third = allocate(network, &names(&["a", "aa", "b", "c"]), &second, &none).unwrap();
    assert_eq!(third.members["b"].to_string(), "10.90.0.2");
    assert!(third.removed.is_empty());
    // Six addresses: two are left for four more.
    let full = names(&["a", "aa", "c", "d", "e", "f", "g"]);
    let error = allocate(network, &full, &second, &none).unwrap_err();
    assert_eq!(
        error[0].to_string(),
        "10.90.0.0/29 is full: it has 6 addresses for hosts, 5 are given and 1 stay reserved for \
         hosts that were removed; 2 more wanted (f, g)"
    );
}

#[test]
fn answered_addresses_come_first_and_nobody_is_moved() {
    let network = net("10.90.0.0/24");
    let pin = |host: &str, address: &str| {
        BTreeMap::from([(host.to_owned(), address.parse::<Ipv4Addr>().unwrap())])
    };
    let all = names(&["a", "b"]);
    let first = allocate(network, &all, &Allocated::default(), &pin("b", "10.90.0.1")).unwrap();
    assert_eq!(first.members["a"].to_string(), "10.90.0.2");
    let told = |pins: &BTreeMap<String, Ipv4Addr>, all: &BTreeSet<String>| {
        allocate(network, all, &first, pins).unwrap_err()
    };
    let moved = told(&pin("b", "10.90.0.9"), &all);
    assert!(
        matches!(moved[0], AllocationError::Moved { .. }),
        "{moved:?}"
    );
    let taken = told(&pin("c", "10.90.0.1"), &names(&["a", "b", "c"]));
    assert!(
        matches!(taken[0], AllocationError::Taken { .. }),
        "{taken:?}"
    );
    let outside = told(&pin("c", "10.90.0.255"), &names(&["a", "b", "c"]));
    assert!(
        matches!(outside[0], AllocationError::Outside { .. }),
        "{outside:?}"
    );
    // Another network would have to move everybody; a larger one need not.
    let none = BTreeMap::new();
    assert_eq!(
        allocate(net("10.91.0.0/24"), &all, &first, &none)
            .unwrap_err()
            .len(),
        2
    );
    assert!(allocate(net("10.90.0.0/16"), &all, &first, &none).is_ok());
}

proptest! {
    #[test]
    fn through_any_comings_and_goings_an_address_is_one_hosts_for_ever(
        steps in proptest::collection::vec(proptest::collection::btree_set(0u8..40, 0..30), 1..12),
    ) {
        let network = net("10.90.0.0/24");
        let mut state = Allocated::default();
        let mut ever: BTreeMap<Ipv4Addr, String> = BTreeMap::new();
        for step in steps {
            let members: BTreeSet<String> = step.iter().map(|n| format!("h{n}")).collect();
            let next = allocate(network, &members, &state, &BTreeMap::new()).unwrap();
            let keys: BTreeSet<String> = next.members.keys().cloned().collect();
            prop_assert_eq!(&keys, &members);
            for (host, address) in next.members.iter().chain(&next.removed) {
                prop_assert!(network.contains(address));
                prop_assert!(*address != network.network() && *address != network.broadcast());
                let owner = ever.entry(*address).or_insert_with(|| host.clone());
                prop_assert_eq!(owner, host);
            }
            for (host, address) in &state.members {
                let now = next.members.get(host).or(next.removed.get(host));
                prop_assert_eq!(now, Some(address));
            }
            // The same again changes nothing.
            let again = allocate(network, &members, &next, &BTreeMap::new()).unwrap();
            prop_assert_eq!(&again, &next);
            state = next;
        }
    }
}
