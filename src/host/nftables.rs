//! Which nftables chains the kernel holds, over nfnetlink.
//!
//! The numbers are those of the kernel's
//! `include/uapi/linux/netfilter/{nfnetlink,nf_tables}.h`.

use std::io;

use netlink_sys::protocols::NETLINK_NETFILTER;

use super::netlink::{attributes, dump_from, text};

/// `NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN`
const NFT_GETCHAIN: u16 = 10 << 8 | 4;

/// A chain, as `nft list chains` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NftChain {
    /// `NFPROTO_*`: 1 inet, 2 ip, 10 ip6.
    pub family: u8,
    /// Table.
    pub table: String,
    /// Name.
    pub name: String,
    /// Whether packets enter the rule set here (a base chain).
    pub hooked: bool,
    /// What happens to a packet at the end of a base chain: 0 drop, 1 accept.
    pub policy: Option<u32>,
    /// Rules in it and jumps to it.
    pub uses: u32,
}

/// All chains of all families.
pub(super) fn chains() -> io::Result<Vec<NftChain>> {
    // struct nfgenmsg, family unspecified
    let bodies = dump_from(NETLINK_NETFILTER, NFT_GETCHAIN, &[0; 4])?;
    Ok(bodies.iter().filter_map(|body| chain(body)).collect())
}

fn chain(body: &[u8]) -> Option<NftChain> {
    let mut chain = NftChain {
        family: *body.first()?,
        table: String::new(),
        name: String::new(),
        hooked: false,
        policy: None,
        uses: 0,
    };
    for (kind, value) in attributes(body.get(4..)?) {
        match kind {
            1 => chain.table = text(value),
            3 => chain.name = text(value),
            4 => chain.hooked = true,
            5 => chain.policy = be32(value),
            6 => chain.uses = be32(value)?,
            _ => {}
        }
    }
    (!chain.table.is_empty()).then_some(chain)
}

fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn a_base_chain_is_read() {
        let mut body = vec![2, 0, 0, 0];
        body.extend(attribute(1, b"filter\0"));
        body.extend(attribute(3, b"INPUT\0"));
        body.extend(attribute(4 | 0x8000, &attribute(1, &[0, 0, 0, 1])));
        body.extend(attribute(5, &[0, 0, 0, 1]));
        body.extend(attribute(6, &[0, 0, 0, 3]));
        let chain = chain(&body).unwrap();
        assert_eq!((chain.family, chain.uses), (2, 3));
        assert_eq!(
            (chain.table.as_str(), chain.name.as_str()),
            ("filter", "INPUT")
        );
        assert_eq!((chain.hooked, chain.policy), (true, Some(1)));
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = chain(&bytes);
        }
    }
}
