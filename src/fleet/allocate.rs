//! Addresses in the private network: one for each member, given once and kept for
//! ever.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Addresses by the names of hosts.
pub type Addresses = BTreeMap<String, Ipv4Addr>;

/// What came of giving addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocated {
    /// Of the members.
    pub members: Addresses,
    /// Of hosts that were members: nobody else gets them.
    pub removed: Addresses,
}

/// Why addresses cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// The network is full.
    #[error(
        "{network} is full: it has {size} addresses for hosts, {members} are given and {removed} stay \
         reserved for hosts that were removed; {} more wanted ({})",
        waiting.len(),
        super::names::some(waiting.iter().map(String::as_str))
    )]
    Full {
        /// The network.
        network: Ipv4Net,
        /// Addresses for hosts in it.
        size: u64,
        /// How many are given to members.
        members: usize,
        /// How many are reserved.
        removed: usize,
        /// The hosts that get none.
        waiting: Vec<String>,
    },
    /// An address that was given is none of the network's.
    #[error("{host} has {address}, which is no host's address in {network}")]
    Outside {
        /// The host.
        host: String,
        /// Its address.
        address: Ipv4Addr,
        /// The network.
        network: Ipv4Net,
    },
    /// An address that is answered for a host is another one's.
    #[error("{host}: {address} is {owner}'s, for ever")]
    Taken {
        /// The host.
        host: String,
        /// The address.
        address: Ipv4Addr,
        /// Whose it is.
        owner: String,
    },
    /// A host has an address already, and another one is answered for it.
    #[error("{host} has {had} already, and {address} is answered: addresses are kept for ever")]
    Moved {
        /// The host.
        host: String,
        /// The answered one.
        address: Ipv4Addr,
        /// The given one.
        had: Ipv4Addr,
    },
}

/// Whether an address is a host's in a network.
fn is_host(network: Ipv4Net, address: Ipv4Addr) -> bool {
    network.contains(&address) && address != network.network() && address != network.broadcast()
}

/// Gives each member an address: that which it had; else the answered one; else, by
/// the order of the names, the lowest that nobody has, had, or is answered.
///
/// # Errors
/// Everything that is in the way.
pub fn allocate(
    network: Ipv4Net,
    members: &BTreeSet<String>,
    before: &Allocated,
    pinned: &Addresses,
) -> Result<Allocated, Vec<AllocationError>> {
    let mut problems = Vec::new();
    // Whoever had an address has it for ever, a member or not.
    let mut had: Addresses = before.removed.clone();
    had.extend(before.members.clone());
    let mut owners: BTreeMap<Ipv4Addr, String> = BTreeMap::new();
    for (host, address) in &had {
        owners.insert(*address, host.clone());
        if !is_host(network, *address) {
            problems.push(AllocationError::Outside {
                host: host.clone(),
                address: *address,
                network,
            });
        }
    }
    for (host, address) in pinned.iter().filter(|(host, _)| members.contains(*host)) {
        let (host, address) = (host.clone(), *address);
        match (had.get(&host), owners.get(&address)) {
            (Some(had), _) if *had == address => {}
            (Some(had), _) => {
                let had = *had;
                problems.push(AllocationError::Moved { host, address, had });
            }
            (None, Some(owner)) => {
                let owner = owner.clone();
                problems.push(AllocationError::Taken {
                    host,
                    address,
                    owner,
                });
            }
            (None, None) if !is_host(network, address) => {
                problems.push(AllocationError::Outside {
                    host,
                    address,
                    network,
                });
            }
            (None, None) => {
                owners.insert(address, host.clone());
                had.insert(host, address);
            }
        }
    }
    let (first, last) = (u32::from(network.network()), u32::from(network.broadcast()));
    let mut free = (first.saturating_add(1)..last)
        .map(Ipv4Addr::from)
        .filter(|address| !owners.contains_key(address));
    let mut given = Allocated::default();
    let mut waiting = Vec::new();
    for host in members {
        match had.remove(host).or_else(|| free.next()) {
            Some(address) => drop(given.members.insert(host.clone(), address)),
            None => waiting.push(host.clone()),
        }
    }
    // What is left was somebody's.
    given.removed = had;
    if !waiting.is_empty() {
        problems.push(AllocationError::Full {
            network,
            size: u64::from(last.saturating_sub(first)).saturating_sub(1),
            members: given.members.len(),
            removed: given.removed.len(),
            waiting,
        });
    }
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(problems)
    }
}
