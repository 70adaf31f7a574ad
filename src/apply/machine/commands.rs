//! What `ip`, `wg`, `wireguard-go`, `iptables` and `modprobe` do to a machine in memory.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Machine, Net, Tunnel, route};
use crate::host::Host;
use crate::host::netlink::{Address, Link, Route};

impl Machine {
    /// Does what the command does; `None` where the real one would fail.
    pub(super) fn obey(&self, words: &[&str]) -> Option<String> {
        let mut net = self.net();
        let index = |net: &Net, name: &str| {
            let found = net.links.iter().find(|link| link.name == name);
            found.map(|link| link.index)
        };
        match *words {
            [program @ "wireguard-go", name]
            | [
                program @ "ip",
                "link",
                "add",
                "dev",
                name,
                "type",
                "wireguard",
            ] => {
                if index(&net, name).is_some() {
                    return None;
                }
                let highest = net.links.iter().map(|link| link.index).max();
                net.links.push(Link {
                    index: highest.unwrap_or(0) + 1,
                    name: name.into(),
                    mtu: Some(1420),
                    kind: Some(if program == "ip" { "wireguard" } else { "tun" }.into()),
                    ..Link::default()
                });
                net.tunnels.insert(name.into(), Tunnel::default());
            }
            ["ip", "link", "delete", "dev", name] => {
                let gone = index(&net, name)?;
                net.links.retain(|link| link.index != gone);
                net.addresses.retain(|address| address.index != gone);
                net.routes.retain(|route| route.index != Some(gone));
                net.tunnels.remove(name);
            }
            ["ip", "link", "set", "dev", name, "mtu", mtu, ref rest @ ..] => {
                let link = net.links.iter_mut().find(|link| link.name == name)?;
                link.mtu = Some(mtu.parse().ok()?);
                link.flags |= u32::from(rest == ["up"]);
            }
            ["ip", "address", "add", address, "dev", name] => {
                let (address, prefix) = address.split_once('/')?;
                let found = Address {
                    index: index(&net, name)?,
                    address: address.parse().ok()?,
                    prefix: prefix.parse().ok()?,
                    scope: 0,
                    secondary: false,
                    dynamic: false,
                    tentative: false,
                };
                if net.addresses.contains(&found) {
                    return None;
                }
                net.addresses.push(found);
            }
            ["ip", "link", "set", "dev", name, "down"] => {
                let link = net.links.iter_mut().find(|link| link.name == name)?;
                link.flags &= !1;
            }
            ["ip", "address", "del", address, "dev", name] => {
                let index = index(&net, name)?;
                let (address, before) = (address.split_once('/')?.0, net.addresses.len());
                let address: IpAddr = address.parse().ok()?;
                net.addresses
                    .retain(|a| a.index != index || a.address != address);
                (net.addresses.len() < before).then_some(())?;
            }
            ["ip", "route", verb, destination, "dev", name] => {
                let index = Some(index(&net, name)?);
                let (address, prefix) = destination.split_once('/')?;
                let (destination, prefix) = (address.parse().ok()?, prefix.parse().ok()?);
                let same =
                    |route: &Route| (route.destination, route.prefix) == (destination, prefix);
                let before = net.routes.len();
                net.routes.retain(|route| !same(route));
                match verb {
                    "del" if net.routes.len() == before => return None,
                    "del" => {}
                    _ => net.routes.push(route(destination, prefix, index)),
                }
            }
            ["wg", "set", name, ref options @ ..] => {
                return set(self, net.tunnels.get_mut(name)?, options);
            }
            ["wg", "show", name, field] => return show(net.tunnels.get(name)?, field),
            [
                "iptables",
                verb,
                chain @ ("INPUT" | "FORWARD"),
                ref rest @ ..,
            ] => {
                let rules = match chain {
                    "INPUT" => &mut net.rules,
                    _ => &mut net.forward,
                };
                match (verb, rest) {
                    ("-S", []) => {
                        let lines = rules.iter().map(|rule| format!("-A {chain} {rule}\n"));
                        let head = format!("-P {chain} ACCEPT\n");
                        return Some(head + &lines.collect::<String>());
                    }
                    ("-I", ["1", rule @ ..]) => rules.insert(0, rule.join(" ")),
                    ("-D", rule) => {
                        let rule = rule.join(" ");
                        let at = rules.iter().position(|other| *other == rule)?;
                        rules.remove(at);
                    }
                    _ => return None,
                }
            }
            ["modprobe", "-r", name] => {
                net.modules.remove(name).then_some(())?;
                // As the kernel does: its interfaces go with it.
                net.links.retain(|link| link.kind.as_deref() != Some(name));
            }
            ["modprobe", name] => drop(net.modules.insert(name.into())),
            ["sysctl", "-q", "-w", pair] => {
                let (name, value) = pair.split_once('=')?;
                let path = format!("/proc/sys/{}", name.replace('.', "/"));
                let value = format!("{value}\n");
                self.files
                    .write_atomic(&path, value.as_bytes(), 0o644)
                    .ok()?;
            }
            ["systemctl", "--quiet", "enable", name] => drop(net.enabled.insert(name.into())),
            ["systemctl", "--quiet", "disable", name] => drop(net.enabled.remove(name)),
            ["systemctl", "is-enabled", name] => {
                net.enabled.contains(name).then_some(())?;
            }
            ["dpkg-query", "-W", _, name] => {
                net.packages.contains(name).then_some(())?;
                return Some("install ok installed".into());
            }
            ["apt-get", .., "--simulate", "install", name] => {
                return Some(format!("Inst lib{name} (1.0)\nInst {name} (1.0)\n"));
            }
            ["apt-get", .., "install", name] => {
                net.packages.insert(format!("lib{name}"));
                net.packages.insert(name.into());
            }
            ["dpkg", "--purge", ref names @ ..] => {
                for name in names {
                    net.packages.remove(*name).then_some(())?;
                }
            }
            ["systemctl", "daemon-reload"] => {}
            ["systemctl", "is-active", name] => {
                net.services.contains(name).then_some(())?;
            }
            ["systemctl", "start", name] => drop(net.services.insert(name.into())),
            ["systemctl", "stop", name] => drop(net.services.remove(name)),
            _ => return None,
        }
        Some(String::new())
    }
}

fn set(host: &Machine, tunnel: &mut Tunnel, options: &[&str]) -> Option<String> {
    match *options {
        ["peer", key, "remove"] => drop(tunnel.peers.remove(key)),
        ["peer", key, ref pairs @ ..] => {
            let peer = tunnel.peers.entry(key.into()).or_default();
            for pair in pairs.chunks(2) {
                let [name, value] = *pair else { return None };
                if name == "preshared-key" {
                    host.files.read(value).ok()?;
                }
                peer.insert(name.into(), value.into());
            }
        }
        ["listen-port", port] => tunnel.port = port.parse().ok()?,
        ["listen-port", port, "private-key", path] => {
            tunnel.port = port.parse().ok()?;
            tunnel.public_key = crate::apply::keys::public_of_file(host, path).ok()?;
        }
        _ => return None,
    }
    Some(String::new())
}

fn show(tunnel: &Tunnel, field: &str) -> Option<String> {
    let each = |name: &str, none: &str| {
        let line = |(key, options): (&String, &BTreeMap<String, String>)| {
            let value = options.get(name).map_or(none, String::as_str);
            format!("{key}\t{}\n", value.replace(',', " "))
        };
        tunnel.peers.iter().map(line).collect::<String>()
    };
    Some(match field {
        "listen-port" => format!("{}\n", tunnel.port),
        "public-key" => format!("{}\n", tunnel.public_key),
        "allowed-ips" => each("allowed-ips", "(none)"),
        "endpoints" => each("endpoint", "(none)"),
        "persistent-keepalive" => each("persistent-keepalive", "off").replace("\t0\n", "\toff\n"),
        "latest-handshakes" => each("", "0"),
        "transfer" => each("", "0\t0"),
        _ => return None,
    })
}
