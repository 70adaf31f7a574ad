//! What lets the containers' packets through nftables' own chains.

use ipnet::Ipv4Net;

/// The rules that accept what is forwarded from and to a network, as nft takes
/// and lists them.
pub fn nft_rules(network: Ipv4Net) -> [String; 2] {
    let network = network.trunc();
    ["saddr", "daddr"]
        .map(|side| format!("ip {side} {network} accept comment \"groundcrew-flannel\""))
}
