//! Looking up what a plan needs beyond the facts.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::answers::config::EtcdTls;
use crate::apply::zerotier::{Api, own_node, planet, world_endpoints};
use crate::apply::{flannel, packages, path, pem, wireguard};
use crate::facts::Facts;
use crate::host::{Command, FileKind, Host};
use crate::plan::overlay::flannel::SUBNET_FILE;
use crate::plan::packages::packager;
use crate::plan::survey::{
    DockerStart, DockerSurvey, FlannelSurvey, MARK, MemberSurvey, Owner, Program, Survey,
    ZerotierSurvey, version_in,
};
use crate::plan::zerotier::{HOME, SUFFIX};

/// Programs that some step may call.
const PROGRAMS: [&str; 17] = [
    "nft",
    "ip",
    "wg",
    "wg-quick",
    "wireguard-go",
    "modprobe",
    "iptables",
    "firewall-cmd",
    "ufw",
    "zerotier-one",
    "zerotier-cli",
    "zerotier-idtool",
    "kill",
    "curl",
    "etcdctl",
    "bash",
    "setsid",
];

/// Looks up what a WireGuard plan needs. `endpoints` are the peers' addresses in
/// the network below, whose path MTUs are measured side by side.
pub fn survey(host: &dyn Host, facts: &Facts, interface: &str, endpoints: &[Ipv4Addr]) -> Survey {
    let programs = PROGRAMS
        .iter()
        .filter_map(|name| Some(((*name).to_string(), host.program(name)?)));
    Survey {
        programs: programs.collect(),
        owner: owner(host, facts, interface),
        listen_port: facts
            .network
            .interface(interface)
            .and_then(|_| wireguard::listen_port(host, interface)),
        path_mtu: path::mtus(host, facts, endpoints),
        nft_chains: nft_chains(host, facts, "input"),
        nft_forward: nft_chains(host, facts, "forward"),
        nft_boot: nft_boot(host, facts),
        rc_d: host.meta("/etc/rc.d/init.d").is_ok(),
        ..Survey::default()
    }
}

/// Names that Docker's package has or had (docs.docker.com/engine/install,
/// "Uninstall old versions"; Debian's docker.io, EPEL's docker-io).
const DOCKER: [&str; 7] = [
    "docker-ce",
    "docker-ee",
    "docker-engine",
    "docker.io",
    "docker-io",
    "docker",
    "moby-engine",
];

/// Where apt, yum, dnf and zypper keep their lists of repositories.
const REPOSITORIES: [&str; 3] = [
    "/etc/apt/sources.list.d",
    "/etc/yum.repos.d",
    "/etc/zypp/repos.d",
];

/// Looks up which package Docker is, and whether docker.com's can be had.
pub fn docker(host: &dyn Host, facts: &Facts) -> DockerSurvey {
    let names: Vec<String> = DOCKER.iter().map(|name| (*name).to_owned()).collect();
    let packages = packager(facts)
        .filter(|_| facts.docker.installed.value() == Some(&true))
        .and_then(|packager| {
            let missing = packages::missing(host, packager, &names).ok()?;
            let mut there = names.clone();
            there.retain(|name| !missing.contains(name));
            Some(there)
        });
    let told = |path: &str| {
        host.read(path)
            .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("download.docker.com"))
    };
    let repository = REPOSITORIES.iter().any(|folder| {
        let names = host.list(folder).unwrap_or_default();
        names.iter().any(|name| told(&format!("{folder}/{name}")))
    });
    DockerSurvey {
        packages: packages.unwrap_or_default(),
        repository: repository || told("/etc/apt/sources.list"),
    }
}

/// Looks up how ZeroTier stands on a host.
pub fn zerotier(host: &dyn Host) -> ZerotierSurvey {
    let text = |name: &str| {
        let bytes = host.read(&format!("{HOME}/{name}")).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let version = host
        .program("zerotier-one")
        .and_then(|_| host.run(&Command::new(["zerotier-one", "-v"])).ok())
        .map(|output| output.text().trim().to_owned());
    let api = Api::open(host).ok().filter(|api| api.status().is_ok());
    let joined = api.as_ref().and_then(|api| api.joined().ok());
    let there = |paths: &[&str]| paths.iter().any(|path| host.meta(path).is_ok());
    let node = own_node(host).ok();
    let own = node.as_ref().map(|node| format!("{node}{SUFFIX}"));
    ZerotierSurvey {
        version,
        members: match (&api, own) {
            (Some(api), Some(id)) => members(api, &id),
            _ => BTreeMap::new(),
        },
        node,
        running: api.is_some(),
        controller: api.as_ref().and_then(|api| api.is_controller().ok()),
        local_conf: text("local.conf"),
        devicemap: text("devicemap"),
        planet: planet(host).ok(),
        world: world_endpoints(host),
        joined: joined
            .into_iter()
            .flatten()
            .map(|network| (network.nwid, network.port_device_name))
            .collect(),
        unit: there(&[
            "/lib/systemd/system/zerotier-one.service",
            "/usr/lib/systemd/system/zerotier-one.service",
            "/etc/systemd/system/zerotier-one.service",
        ]),
        init_script: there(&["/etc/init.d/zerotier-one"]),
    }
}

/// Whether Debian's policy for the services of packages is there, and if so
/// whether it keeps etcd from starting (invoke-rc.d(8): 101 forbids).
pub fn policy(host: &dyn Host) -> Option<bool> {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    host.meta(POLICY).ok()?;
    let asked = host.run(&Command::new([POLICY, "etcd", "start"]));
    Some(asked.is_err_and(|error| error.code() == Some(101)))
}

/// Whom a network of this node's controller knows; nobody where there is none.
fn members(api: &Api<'_>, id: &str) -> BTreeMap<String, MemberSurvey> {
    let nodes = api.members(id).unwrap_or_default();
    let known = nodes.into_iter().filter_map(|node| {
        let state = api.member(id, &node).ok()??;
        let member = MemberSurvey {
            authorized: state.authorized,
            addresses: state.ip_assignments,
        };
        Some((node, member))
    });
    known.collect()
}

/// Looks up what a Flannel plan needs beside that. The two programs are looked
/// for where the answers say, else in the search path and below /opt.
pub fn flannel(
    host: &dyn Host,
    flanneld: Option<&str>,
    etcd: Option<&str>,
    tls: Option<&EtcdTls>,
) -> FlannelSurvey {
    let own = host.read("/etc/groundcrew/etcd.conf");
    FlannelSurvey {
        flanneld: program(host, "flanneld", flanneld),
        etcd: program(host, "etcd", etcd),
        etcd_ours: own.is_ok(),
        etcd_tls: own.is_ok_and(|text| {
            let text = String::from_utf8_lossy(&text);
            text.contains("\nETCD_CLIENT_CERT_AUTH=true\n")
        }),
        tls: tls.map(|tls| pem::look(host, tls)).unwrap_or_default(),
        docker: docker_start(host),
        running: flannel::running(host),
    }
}

fn program(host: &dyn Host, name: &str, answered: Option<&str>) -> Program {
    let path = match answered {
        Some(path) => Some(path.to_string()),
        None => host.program(name).or_else(|| below_opt(host, name)),
    };
    let Some(path) = path.filter(|path| host.meta(path).is_ok()) else {
        return Program::Missing;
    };
    let asked = host.run(&Command::new([path.as_str(), "--version"]));
    let output = match asked {
        Ok(output) => output,
        Err(error) => {
            let why = error.to_string();
            return Program::NoVersion { path, why };
        }
    };
    // flanneld tells it on its standard error.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    match version_in(&text) {
        Some(version) => Program::There { path, version },
        None => Program::NoVersion {
            path,
            why: format!("it says {:?}", text.lines().next().unwrap_or_default()),
        },
    }
}

/// In the folders that releases are unpacked to.
fn below_opt(host: &dyn Host, name: &str) -> Option<String> {
    let folders = [
        "/opt/bin".to_string(),
        format!("/opt/{name}"),
        format!("/opt/{name}/bin"),
        "/opt/flannel".into(),
        "/opt/flannel/bin".into(),
    ];
    let paths = folders.iter().map(|folder| format!("{folder}/{name}"));
    let is_program = |path: &String| {
        host.meta(path)
            .is_ok_and(|meta| meta.kind == FileKind::File && meta.mode & 0o111 != 0)
    };
    paths.into_iter().find(is_program)
}

fn docker_start(host: &dyn Host) -> DockerStart {
    let read = |path: &str| {
        let bytes = host.read(path).ok()?;
        String::from_utf8(bytes).ok()
    };
    const DROP_INS: &str = "/etc/systemd/system/docker.service.d";
    let others = host.list(DROP_INS).unwrap_or_default();
    let other = others
        .iter()
        .filter(|name| name.ends_with(".conf") && *name != "groundcrew-flannel.conf")
        .map(|name| format!("{DROP_INS}/{name}"))
        .find(|path| read(path).is_some_and(|text| exec_start(&text).is_some()));
    // The administrator's unit stands above the package's.
    let unit = ["/etc", "/lib", "/usr/lib"]
        .iter()
        .find_map(|root| read(&format!("{root}/systemd/system/docker.service")));
    let lease = flannel::lease(host, SUBNET_FILE);
    DockerStart {
        exec_start: unit.and_then(|text| exec_start(&text)),
        other_exec: other,
        upstart: host.meta("/etc/init/docker.conf").is_ok(),
        sysconfig: host.meta("/etc/sysconfig").is_ok() && host.meta("/etc/redhat-release").is_ok(),
        on_lease: lease.is_some_and(|lease| flannel::on_lease(host, &lease)),
    }
}

/// The command of a unit, lines that go on put together.
fn exec_start(unit: &str) -> Option<String> {
    let whole = unit.replace("\\\n", " ");
    let commands = whole
        .lines()
        .filter_map(|line| line.trim().strip_prefix("ExecStart="));
    let last = commands
        .map(str::trim)
        .rfind(|command| !command.is_empty())?;
    Some(last.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The chains of nftables through which packets of IPv4 come in, or are forwarded,
/// where no manager keeps them.
fn nft_chains(host: &dyn Host, facts: &Facts, hook: &str) -> Vec<String> {
    if facts.firewall.kind.value().map(String::as_str) != Some("nftables") {
        return Vec::new();
    }
    let listed = host.run(&Command::new(["nft", "list", "chains"]));
    listed.map_or_else(|_| Vec::new(), |output| base_chains(&output.text(), hook))
}

/// Whether systemd runs here and loads nftables' rules at boot: Debian's unit is
/// wanted by sysinit.target, Red Hat's by multi-user.target.
fn nft_boot(host: &dyn Host, facts: &Facts) -> bool {
    let init = facts.services.init.value().map(String::as_str);
    init == Some("systemd")
        && ["sysinit", "multi-user"].iter().any(|target| {
            let link = format!("/etc/systemd/system/{target}.target.wants/nftables.service");
            host.meta(&link).is_ok()
        })
}

/// The base chains at a hook in what `nft list chains` prints. iptables' own for
/// what is forwarded are left to iptables: it does not list what it did not make.
fn base_chains(text: &str, wanted: &str) -> Vec<String> {
    let (mut table, mut chain) = (None, None);
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["table", family, name, "{"] => {
                table = matches!(*family, "ip" | "inet").then(|| format!("{family} {name}"));
            }
            ["chain", name, "{"] => chain = Some((*name).to_owned()),
            ["type", "filter", "hook", hook, ..] if *hook == wanted => {
                if let (Some(table), Some(chain)) = (&table, &chain)
                    && !(table == "ip filter" && chain == "FORWARD")
                {
                    found.push(format!("{table} {chain}"));
                }
            }
            _ => {}
        }
    }
    found
}

/// Who made an interface: the first line of its configuration says so.
fn owner(host: &dyn Host, facts: &Facts, interface: &str) -> Owner {
    let path = format!("/etc/wireguard/{interface}.conf");
    let there = facts.network.interface(interface).is_some();
    match host.read(&path) {
        Ok(text) if text.starts_with(MARK.as_bytes()) => Owner::Us,
        Ok(_) => Owner::Others(format!("{path} was not made by groundcrew")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if there {
                Owner::Others(format!("the interface is there, and {path} is not"))
            } else {
                Owner::Nobody
            }
        }
        Err(error) if there => Owner::Others(format!("{path} cannot be read: {error}")),
        // Without the right to read it nothing will be applied either.
        Err(_) => Owner::Nobody,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::apply::machine::Machine;
    use crate::facts;
    use crate::host::Scripted;
    use crate::host::netlink::Link;

    #[test]
    fn an_interface_is_ours_by_the_first_line_of_its_configuration() {
        const CONF: &str = "/etc/wireguard/wg0.conf";
        let owner_of = |files: Scripted, there: bool| {
            let machine = Machine::new(files);
            if there {
                machine.net().links.push(Link {
                    index: 3,
                    name: "wg0".into(),
                    ..Link::default()
                });
            }
            owner(&machine, &facts::collect(&machine), "wg0")
        };
        let ours = || Scripted::new().file(CONF, format!("{MARK}, which …\n[Interface]\n"));
        let theirs = || Scripted::new().file(CONF, "[Interface]\n");
        assert_eq!(owner_of(Scripted::new(), false), Owner::Nobody);
        assert_eq!(owner_of(ours(), false), Owner::Us);
        assert_eq!(owner_of(ours(), true), Owner::Us);
        let told = |owner: Owner| match owner {
            Owner::Others(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            told(owner_of(theirs(), false)),
            "/etc/wireguard/wg0.conf was not made by groundcrew"
        );
        let only_live = told(owner_of(Scripted::new(), true));
        assert!(only_live.contains("the interface is there"), "{only_live}");
        let hidden = told(owner_of(Scripted::new().deny(CONF), true));
        assert!(hidden.contains("cannot be read"), "{hidden}");
    }

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(version_in("v0.9.1\n"), Some((0, 9, 1)));
        assert_eq!(version_in("0.5.5"), Some((0, 5, 5)));
        let etcd = "etcd Version: 3.4.23\nGit SHA: 0fb1d9b3a\nGo Version: go1.19.8\n";
        assert_eq!(version_in(etcd), Some((3, 4, 23)));
        assert_eq!(version_in("dev"), None);
    }

    #[test]
    fn the_command_of_a_unit_is_one_line() {
        let unit =
            "[Service]\nExecStart=/usr/bin/dockerd -H fd:// \\\n    --debug\nRestart=always\n";
        assert_eq!(
            exec_start(unit).as_deref(),
            Some("/usr/bin/dockerd -H fd:// --debug")
        );
        assert_eq!(exec_start("[Service]\nExecStart=\n"), None);
    }

    #[test]
    fn chains_that_packets_come_in_through_are_found() {
        // nft 1.0.6
        let text = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; \
                    policy drop;\n\t}\n\tchain other {\n\t}\n\tchain forward {\n\t\ttype filter hook forward \
                    priority filter; policy accept;\n\t}\n}\ntable ip6 six {\n\tchain in {\n\t\ttype filter hook \
                    input priority filter; policy drop;\n\t}\n}\ntable ip guard {\n\tchain in {\n\t\ttype filter \
                    hook input priority -10; policy accept;\n\t}\n}\n";
        assert_eq!(
            base_chains(text, "input"),
            ["inet filter input", "ip guard in"]
        );
    }

    #[test]
    fn programs_are_looked_for_by_name() {
        let files = Scripted::new()
            .executable("/usr/bin/wg")
            .executable("/sbin/ip")
            .dir("/etc/rc.d/init.d");
        let machine = Machine::new(files);
        let found = survey(&machine, &facts::collect(&machine), "wg0", &[]);
        let names: Vec<_> = found
            .programs
            .iter()
            .map(|(n, p)| (n.as_str(), p.as_str()))
            .collect();
        assert_eq!(names, [("ip", "/sbin/ip"), ("wg", "/usr/bin/wg")]);
        assert!(found.rc_d);
    }
}
