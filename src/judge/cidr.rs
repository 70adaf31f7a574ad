//! Ranges of addresses: what overlaps, and what is still free.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

/// Whether two ranges share an address.
pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

/// The private ranges of RFC 1918, in the order in which a free block is
/// searched.
pub const PRIVATE: [(u8, u8, u8); 3] = [(10, 0, 8), (172, 16, 12), (192, 168, 16)];

/// The first block of this prefix length in the private ranges that shares no
/// address with any of `taken`. None where all are taken or the length is no
/// block of theirs.
pub fn next_free(prefix: u8, taken: &[IpNet]) -> Option<Ipv4Net> {
    let taken: Vec<Ipv4Net> = taken
        .iter()
        .filter_map(|net| match net {
            IpNet::V4(net) => Some(net.trunc()),
            IpNet::V6(_) => None,
        })
        .collect();
    PRIVATE.iter().find_map(|(first, second, length)| {
        let range = Ipv4Net::new(Ipv4Addr::new(*first, *second, 0, 0), *length).ok()?;
        (prefix >= *length && prefix <= 32).then_some(())?;
        first_free(range, prefix, &taken)
    })
}

/// The first free block of a range. After a conflict the search goes on behind
/// the taken block, not block by block.
fn first_free(range: Ipv4Net, prefix: u8, taken: &[Ipv4Net]) -> Option<Ipv4Net> {
    let size = 1u64 << (32 - prefix);
    let end = u64::from(u32::from(range.broadcast()));
    let mut at = u64::from(u32::from(range.network()));
    while at + size - 1 <= end {
        let start = u32::try_from(at).ok()?;
        let block = Ipv4Net::new(Ipv4Addr::from(start), prefix).ok()?;
        let hit = taken
            .iter()
            .find(|net| net.contains(&block) || block.contains(*net));
        match hit {
            None => return Some(block),
            Some(net) => {
                let behind = u64::from(u32::from(net.broadcast())) + 1;
                at = behind.max(at + size).div_ceil(size) * size;
            }
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_block_that_nobody_has() {
        let free =
            |prefix, taken: &[&str]| next_free(prefix, &nets(taken)).map(|net| net.to_string());
        assert_eq!(free(24, &[]).unwrap(), "10.0.0.0/24");
        assert_eq!(free(24, &["10.0.0.0/16"]).unwrap(), "10.1.0.0/24");
        assert_eq!(free(16, &["10.0.0.0/8"]).unwrap(), "172.16.0.0/16");
        assert_eq!(
            free(16, &["10.0.0.0/8", "172.16.0.0/12"]).unwrap(),
            "192.168.0.0/16"
        );
        assert_eq!(
            free(16, &["10.0.0.0/8", "172.16.0.0/12", "192.168.3.0/24"]),
            None
        );
        assert_eq!(free(20, &["10.0.3.7/32"]).unwrap(), "10.0.16.0/20");
        assert_eq!(free(4, &[]), None);
    }

    proptest! {
        #[test]
        fn what_is_proposed_is_free_and_private(
            taken in proptest::collection::vec((any::<u32>(), 4u8..=32), 0..20),
            prefix in 8u8..=30,
        ) {
            let taken: Vec<IpNet> = taken
                .into_iter()
                .map(|(address, length)| IpNet::V4(Ipv4Net::new(Ipv4Addr::from(address), length).unwrap()))
                .collect();
            if let Some(block) = next_free(prefix, &taken) {
                prop_assert_eq!(block.prefix_len(), prefix);
                prop_assert!(block.addr().is_private());
                prop_assert_eq!(block, block.trunc());
                prop_assert!(!taken.iter().any(|net| overlap(net, &IpNet::V4(block))));
            }
        }
    }
}
