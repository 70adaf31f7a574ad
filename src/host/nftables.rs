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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// The chains of what `nft list ruleset` prints.
pub(super) fn of_ruleset(text: &str) -> Vec<NftChain> {
    let (mut chains, mut table): (Vec<NftChain>, Option<(u8, String)>) = (Vec::new(), None);
    // Which braces are open: what stands in a chain is a rule, in a set it is not.
    let mut open: Vec<bool> = Vec::new();
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let in_chain = open.last() == Some(&true);
        match words.as_slice() {
            ["table", family, name, "{"] => {
                // NFPROTO_* of include/uapi/linux/netfilter.h.
                let family = match *family {
                    "inet" => 1,
                    "ip" => 2,
                    "arp" => 3,
                    "netdev" => 5,
                    "bridge" => 7,
                    "ip6" => 10,
                    _ => 0,
                };
                table = Some((family, (*name).to_owned()));
            }
            ["chain", name, "{"] => {
                if let Some((family, table)) = &table {
                    chains.push(NftChain {
                        family: *family,
                        table: table.clone(),
                        name: (*name).to_owned(),
                        hooked: false,
                        policy: None,
                        uses: 0,
                    });
                }
            }
            ["type", _, "hook", ..] if in_chain => {
                if let Some(chain) = chains.last_mut() {
                    chain.hooked = true;
                    let drops = line.contains("policy drop");
                    chain.policy = Some(u32::from(!drops));
                }
            }
            [] | ["}"] => {}
            // A rule may hold braces of its own: `tcp dport { 22, 80 } accept`.
            _ if in_chain => {
                if let Some(chain) = chains.last_mut() {
                    chain.uses = chain.uses.saturating_add(1);
                }
            }
            _ => {}
        }
        for sign in line.chars() {
            match sign {
                '{' => open.push(words.first() == Some(&"chain")),
                '}' => {
                    open.pop();
                }
                _ => {}
            }
        }
    }
    chains
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

    #[test]
    fn a_rule_set_as_text() {
        let text = "table inet filter {\n\tset ports {\n\t\ttype inet_service\n\t\telements = { 22, 80 }\n\t}\n\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tct state established accept\n\t\ttcp dport { 22, 80 } accept\n\t}\n\n\tchain other {\n\t}\n}\ntable ip nat {\n\tchain post {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n";
        let found = of_ruleset(text);
        let told: Vec<_> = found
            .iter()
            .map(|c| (c.family, c.name.as_str(), c.hooked, c.policy, c.uses))
            .collect();
        assert_eq!(
            told,
            [
                (1, "input", true, Some(0), 2),
                (1, "other", false, None, 0),
                (2, "post", true, Some(1), 0)
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(table ip x \\{|chain c \\{|\\}|\n|type filter hook input|[ -~]){0,30}") {
            of_ruleset(&text);
        }

        #[test]
        fn no_answer_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = chain(&bytes);
        }
    }
}
