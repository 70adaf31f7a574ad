//! The rules that groundcrew asks the kernel for, against what iptables-save
//! prints of the same rules.

use crate::common;

use common::host::Host;
use common::lab::Lab;
use serde_json::Value;

/// Rules whose every word is decoded, as an operator types them.
const DECODED: &[&str] = &[
    "-N allowed",
    "-N empty",
    "-N dead-end",
    "-P FORWARD DROP",
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT ! -i eth+ -s 10.0.0.0/8 -j allowed",
    "-A INPUT -s 192.0.2.7 -d 198.51.100.0/24 -p tcp -j DROP",
    "-A INPUT ! -s 10.1.0.0/16 -j empty",
    "-A INPUT -s 10.2.128.0/17 -j ACCEPT",
    "-A INPUT -s 10.3.0.0/255.255.0.255 -j ACCEPT",
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -m conntrack ! --ctstate INVALID -j allowed",
    "-A INPUT -m state --state NEW -p tcp --dport 22 -j ACCEPT",
    "-A INPUT -p tcp -m tcp --dport 9870:9880 -j ACCEPT",
    "-A INPUT -p tcp -m tcp ! --dport 80 -j RETURN",
    "-A INPUT -p udp -m udp --sport 53 --dport 1024:65535 -j ACCEPT",
    "-A INPUT -p udp -m udp ! --dport 1:1023 -j ACCEPT",
    "-A INPUT -p tcp -m multiport --dports 80,443,9870:9880 -j ACCEPT",
    "-A INPUT -p udp -m multiport ! --sports 53,123 -j allowed",
    "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT",
    "-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT",
    "-A INPUT -p icmp -j ACCEPT",
    "-A INPUT ! -p udp -j empty",
    "-A INPUT -p esp -j ACCEPT",
    "-A INPUT -p 253 -j ACCEPT",
    "-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT",
    "-A INPUT -m iprange --src-range 10.9.0.1-10.9.0.9 -j ACCEPT",
    "-A INPUT -m limit --limit 3/min --limit-burst 10 -j ACCEPT",
    "-A INPUT -p tcp -m comment --comment ssh_only -m tcp --dport 23 -j DROP",
    "-A INPUT -p tcp",
    "-A INPUT -j LOG --log-level 7 --log-prefix refused:",
    "-A INPUT -g dead-end",
    "-A INPUT -j REJECT --reject-with icmp-host-prohibited",
    "-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
    "-A allowed -p udp -j RETURN",
    "-A allowed -j ACCEPT",
    "-A allowed -j RETURN",
    "-A dead-end -p tcp -j DROP",
    "-A FORWARD -i eth0 -o docker0 -j ACCEPT",
    "-A OUTPUT -o eth0 -j ACCEPT",
];

/// Rules that nobody can judge by these words: none may be a pass or be lost.
const UNDECODED: &[&str] = &[
    "-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT",
    "-A INPUT -m recent --name x --set -j DROP",
    "-A INPUT -m mark --mark 1 -j ACCEPT",
    "-A INPUT -m pkttype --pkt-type multicast -j ACCEPT",
    "-A INPUT -m conntrack --ctstate NEW --ctorigsrc 10.0.0.1 -j ACCEPT",
    "-A INPUT -m conntrack --ctstatus ASSURED -j ACCEPT",
    "-A INPUT -p tcp -m multiport --ports 5,6 -j ACCEPT",
    "-A INPUT -p tcp -m length --length 40 -j ACCEPT",
    "-A INPUT -p tcp --dport 81 -j NFQUEUE --queue-num 3",
];

fn rules(host: &Host) -> (Vec<String>, Value) {
    let facts: Value = serde_json::from_str(&host.groundcrew(&["facts"]).ok()).unwrap();
    let filter = &facts["firewall"]["filter"]["value"];
    assert!(filter.is_object(), "{}", facts["firewall"]);
    let all = filter["rules"].as_array().unwrap().iter().map(|rule| {
        let words = rule["words"].as_array().unwrap();
        let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap()).collect();
        format!("-A {} {}", rule["chain"].as_str().unwrap(), words.join(" "))
    });
    (all.collect(), facts["firewall"].clone())
}

/// What the program prints, without what stands for the same in other words.
fn saved(host: &Host, program: &str) -> Vec<String> {
    let text = host.run(&[program, "-t", "filter"]).ok();
    let rules = text.lines().filter(|line| line.starts_with("-A "));
    rules.map(|rule| plain(&rule.replace('"', ""))).collect()
}

/// A rule with its words in one order: the two programs and we agree on the
/// words, not on where a comment stands.
fn plain(rule: &str) -> String {
    let mut words: Vec<&str> = rule.split_whitespace().collect();
    if let Some(at) = words.iter().position(|word| *word == "--comment") {
        words.drain(at - 2..at + 2);
        words.push("(ssh_only)");
    }
    words.join(" ")
}

fn add(host: &Host, program: &str, rules: &[&str]) {
    for rule in rules {
        let argv: Vec<&str> = [program, "-w"].into_iter().chain(rule.split(' ')).collect();
        host.run(&argv).ok();
    }
}

/// Both kinds of rules are read by the same words.
fn agrees(program: &str, save: &str) {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    add(host, program, DECODED);
    let (found, firewall) = rules(host);
    let found: Vec<String> = found.iter().map(|rule| plain(rule)).collect();
    assert_eq!(sorted(found), sorted(saved(host, save)), "{firewall:#}");
    let policies = &firewall["filter"]["value"]["policies"];
    let wanted = serde_json::json!({"INPUT": "ACCEPT", "FORWARD": "DROP", "OUTPUT": "ACCEPT"});
    assert_eq!(*policies, wanted);
    for rule in UNDECODED {
        add(host, program, &["-F INPUT", rule]);
        let input: Vec<_> = rules(host).0;
        let input: Vec<_> = input
            .iter()
            .filter(|rule| rule.starts_with("-A INPUT"))
            .collect();
        assert_eq!(input.len(), 1, "{rule}: {input:?}");
        let target = rule
            .split(" -j ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert!(
            input[0].contains(&format!("-j {target}")),
            "{rule}: {}",
            input[0]
        );
        let known = ["tcp", "udp", "state", "conntrack", "comment", "multiport"];
        let told = rule.split("-m ").skip(1).any(|name| {
            let name = name.split(' ').next().unwrap();
            !known.contains(&name) && input[0].contains(&format!("-m {name}"))
        });
        let told = told || input[0].contains("--undecoded") || input[0].contains("--ports");
        assert!(told, "{rule}: {}", input[0]);
    }
}

/// Rules in the order of their chains; which chain comes first is not said.
fn sorted(rules: Vec<String>) -> Vec<String> {
    let mut rules = rules;
    let chain = |rule: &String| rule.split(' ').nth(1).unwrap().to_owned();
    rules.sort_by_key(chain);
    rules
}

#[test]
fn iptables_own_tables_are_read_as_iptables_save_prints_them() {
    if !kernel_has_legacy_tables() {
        println!("not run: this kernel has no iptables tables of its own");
        return;
    }
    agrees("iptables-legacy", "iptables-legacy-save");
}

#[test]
fn iptables_rules_in_nf_tables_are_read_as_iptables_save_prints_them() {
    agrees("iptables-nft", "iptables-nft-save");
}

fn kernel_has_legacy_tables() -> bool {
    let lab = Lab::plain(1);
    lab.hosts[0].run(&["iptables-legacy", "-S"]).code == Some(0)
}

/// What nft itself can write into iptables' table and beside it.
#[test]
fn rules_of_nft_are_put_into_words_or_said_not_to_be() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    add(host, "iptables-nft", &["-A INPUT -i lo -j ACCEPT"]);
    for rule in [
        "ct state established,related accept",
        "iifname eth0 tcp dport 22 accept",
        "ip saddr 10.0.0.0/8 udp dport 100-200 drop",
        "tcp dport { 22, 80 } accept",
        "tcp dport vmap { 22 : accept, 23 : drop }",
        "ct state new log prefix \"x\" drop",
        "reject with icmp type admin-prohibited",
        "meta skuid 0 accept",
    ] {
        let argv: Vec<&str> = "nft add rule ip filter INPUT"
            .split(' ')
            .chain([rule])
            .collect();
        host.run(&argv).ok();
    }
    let (found, _) = rules(host);
    let wanted = [
        "-A INPUT -i lo -j ACCEPT",
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT",
        "-A INPUT -s 10.0.0.0/8 -p udp -m udp --dport 100:200 -j DROP",
        "-A INPUT -p tcp -m set -j ACCEPT",
        "-A INPUT -p tcp -m nft --undecoded -j lookup --undecoded",
        "-A INPUT -m conntrack --ctstate NEW -j DROP",
        "-A INPUT -j REJECT",
        "-A INPUT -m nft --undecoded -j ACCEPT",
    ];
    assert_eq!(found, wanted);
}

/// A packet has to come through both kinds of tables and nftables' own chains.
#[test]
fn rules_that_stand_behind_others_are_not_forgotten() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    add(
        host,
        "iptables-nft",
        &["-A INPUT -p tcp --dport 22 -j ACCEPT"],
    );
    if kernel_has_legacy_tables() {
        add(
            host,
            "iptables-legacy",
            &["-A INPUT -p tcp --dport 22 -j DROP", "-P FORWARD DROP"],
        );
        let (found, firewall) = rules(host);
        assert_eq!(found[0], "-A INPUT -m legacy-tables --undecoded -j DROP");
        assert_eq!(found[1], "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT");
        assert_eq!(firewall["filter"]["value"]["policies"]["FORWARD"], "DROP");
    } else {
        println!("not run: this kernel has no iptables tables of its own");
    }
    // ufw manages the rules, and a chain of nftables drops what it lets in.
    host.write("/etc/ufw/ufw.conf", 0o644, "ENABLED=yes\n");
    let chain = "add table inet own; add chain inet own in { type filter hook input priority 5; policy drop; }";
    host.run(&["nft", chain]).ok();
    let (found, _) = rules(host);
    let wanted = "-A INPUT -m nft-chain --chain inet/own/in -j DROP".to_owned();
    assert!(found.contains(&wanted), "{found:?}");
}
