//! From answers to typed values. A value that cannot be typed was a problem
//! already; building then gives nothing, and the problem is told.

use ipnet::Ipv4Net;

use super::*;
use crate::answers::check::{Check, parse_duration, parse_network};
use crate::answers::merged::default_value;
use crate::answers::questions;
use crate::answers::value::Value;

/// The answers, each as the type that is wanted of it.
pub(super) struct Reader<'a>(&'a Answers);

impl Reader<'_> {
    pub(super) fn text(&self, id: &str) -> Option<String> {
        self.0.get(id)?.text().map(str::to_owned)
    }

    pub(super) fn flag(&self, id: &str) -> Option<bool> {
        self.0.get(id)?.bool()
    }

    pub(super) fn int<T: TryFrom<i64>>(&self, id: &str) -> Option<T> {
        T::try_from(self.0.get(id)?.int()?).ok()
    }

    pub(super) fn texts(&self, id: &str) -> Vec<String> {
        let value = self.0.get(id);
        let items = value.as_ref().map_or(&[][..], Value::items);
        items
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect()
    }

    pub(super) fn word<T>(&self, id: &str, from: fn(&str) -> Option<T>) -> Option<T> {
        from(&self.text(id)?)
    }

    pub(super) fn secret(&self, id: &str) -> Option<SecretRef> {
        self.0.get(id)?.secret().cloned()
    }

    pub(super) fn records<T>(&self, id: &str, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        self.0.get(id)?.items().iter().map(one).collect()
    }
}

pub(super) fn config(answers: &Answers, problems: &mut Vec<Problem>) -> Option<Config> {
    let read = Reader(answers);
    let interface = interface(answers, problems);
    let script = super::replicated::script(answers, problems);
    let reports = reports(answers, problems);
    let vendor_kinds = match answers.get("needs.vendor-kinds") {
        None => None,
        Some(value) => Some(
            value
                .items()
                .iter()
                .map(|item| VendorKind::from_word(item.text()?))
                .collect::<Option<Vec<_>>>()?,
        ),
    };
    Some(Config {
        role: read.word("role", Role::from_word)?,
        airgap: read.flag("airgap")?,
        needs: Needs {
            nodes: read.int("needs.nodes")?,
            vendor_kinds,
            encryption: read.word("needs.encryption", Encryption::from_word)?,
            behind_nat: read.flag("needs.behind-nat")?,
            public_peer: read.flag("needs.public-peer")?,
            multicast: read.flag("needs.multicast")?,
            docker_restart: read.flag("needs.docker-restart")?,
            existing_etcd: read.flag("needs.existing-etcd")?,
            corporate_ranges: read
                .texts("needs.corporate-ranges")
                .iter()
                .map(|range| Some(range.parse::<Ipv4Net>().ok()?.trunc()))
                .collect::<Option<Vec<_>>>()?,
            zerotier_controller: read
                .word("needs.zerotier-controller", ZerotierController::from_word)?,
            business_use: read.flag("needs.business-use")?,
        },
        expect: Expect {
            hostname: read.text("expect.hostname"),
            distro: read.text("expect.distro"),
        },
        ask: read.texts("ask"),
        init: read.word("host.init", InitWish::from_word)?,
        waivers: read.records("preflight.waive", |item| {
            Some(Waiver {
                id: item.field("id")?.text()?.to_owned(),
                reason: item.field("reason")?.text()?.to_owned(),
                expires: field_text(item, "expires"),
            })
        })?,
        fail_on: read.word("preflight.fail-on", FailOn::from_word)?,
        scheduler: read.word("scheduler", SchedulerWish::from_word)?,
        overlay: read.word("overlay.kind", OverlayWish::from_word)?,
        network: parse_network(&read.text("overlay.network")?).ok()?,
        address: match read.text("overlay.address") {
            None => None,
            Some(text) => Some(text.parse().ok()?),
        },
        wireguard: WireguardConfig {
            interface: read.text("overlay.wireguard.interface")?,
            listen_port: read.int("overlay.wireguard.listen-port")?,
            endpoint: match read.text("overlay.wireguard.endpoint") {
                None => None,
                Some(text) => Some(text.parse().ok()?),
            },
            mtu: read.int("overlay.wireguard.mtu"),
            module: read.word("overlay.wireguard.module", Packages::from_word)?,
            allow_experimental: read.flag("overlay.wireguard.allow-experimental")?,
            private_key: read.secret("overlay.wireguard.private-key")?,
            peers: read.records("overlay.wireguard.peers", peer)?,
        },
        flannel: FlannelConfig {
            backend: read.word("overlay.flannel.backend", FlannelBackend::from_word)?,
            etcd_prefix: read.text("overlay.flannel.etcd-prefix")?,
            subnet_len: read.int("overlay.flannel.subnet-len")?,
            flanneld: read.text("overlay.flannel.flanneld").map(PathBuf::from),
            etcd: read.text("overlay.flannel.etcd").map(PathBuf::from),
            etcd_endpoints: read.texts("overlay.flannel.etcd-endpoints"),
            etcd_role: read.word("overlay.flannel.etcd-role", EtcdRole::from_word)?,
            etcd_initial: read.int("overlay.flannel.etcd-initial"),
            etcd_tls: match cross::ETCD_TLS.map(|id| read.text(id).map(PathBuf::from)) {
                [Some(ca), Some(cert), Some(key)] => Some(EtcdTls { ca, cert, key }),
                _ => None,
            },
        },
        zerotier: ZerotierConfig {
            network_id: read
                .text("overlay.zerotier.network-id")
                .map(|id| id.to_ascii_lowercase()),
            api_token: read.secret("overlay.zerotier.api-token"),
            port: read.int("overlay.zerotier.port")?,
            interface: read.text("overlay.zerotier.interface")?,
            mtu: read.int("overlay.zerotier.mtu"),
            remove_members: read
                .texts("overlay.zerotier.remove-members")
                .iter()
                .map(|node| node.to_ascii_lowercase())
                .collect(),
            replace_identity: read.flag("overlay.zerotier.replace-identity")?,
        },
        overlay_settings: overlay_settings(answers),
        join_files: read.texts("overlay.join-files"),
        join_out: read.text("overlay.join-out").map(PathBuf::from),
        interface: interface?,
        firewall: read.word("firewall", Firewall::from_word)?,
        packages: read.word("packages", Packages::from_word)?,
        docker: DockerConfig::read(&read)?,
        swarm: SwarmConfig::read(&read)?,
        kubernetes: KubernetesConfig::read(&read)?,
        replicated: ReplicatedConfig::read(&read, script?)?,
        on_failure: read.word("apply.on-failure", OnFailure::from_word)?,
        confirm_within: parse_duration(&read.text("apply.confirm-within")?).ok()?,
        not_undoable: read.word("apply.not-undoable", NotUndoable::from_word)?,
        reports: reports?,
    })
}

/// Settings of single overlays that differ from their defaults. A template has
/// all of them; what stands there as it came is nobody's wish.
fn overlay_settings(answers: &Answers) -> Vec<&'static str> {
    let of_one = |id: &str| id.starts_with("overlay.") && id.matches('.').count() == 2;
    questions::all()
        .filter(|question| of_one(question.id) && answers.is_given(question.id))
        .filter(|question| answers.get(question.id) != default_value(question))
        .map(|question| question.id)
        .collect()
}

fn field_text(item: &Value, name: &str) -> Option<String> {
    item.field(name)?.text().map(str::to_owned)
}

pub(super) fn peer(item: &Value) -> Option<Peer> {
    let address: Ipv4Addr = item.field("address")?.text()?.parse().ok()?;
    let allowed_ips = match item.field("allowed-ips") {
        None => vec![Ipv4Net::from(address)],
        Some(list) => list
            .items()
            .iter()
            .map(|net| net.text()?.parse::<Ipv4Net>().ok().map(|net| net.trunc()))
            .collect::<Option<Vec<_>>>()?,
    };
    Some(Peer {
        name: field_text(item, "name")?,
        endpoint: match item.field("endpoint") {
            None => None,
            Some(endpoint) => Some(endpoint.text()?.parse().ok()?),
        },
        address,
        public_key: item.field("public-key")?.text()?.parse().ok()?,
        preshared_key: item.field("preshared-key").and_then(Value::secret).cloned(),
        keepalive: item
            .field("keepalive")
            .and_then(Value::int)
            .and_then(|seconds| u16::try_from(seconds).ok()),
        allowed_ips,
    })
}

pub(super) fn interface_wish(text: &str) -> Result<InterfaceWish, Problem> {
    let text = text.trim();
    if text.is_empty() || text == "auto" {
        return Ok(InterfaceWish::Auto);
    }
    if let Ok(address) = text.parse() {
        return Ok(InterfaceWish::Address(address));
    }
    if let Ok(net) = text.parse::<Ipv4Net>() {
        return Ok(InterfaceWish::Cidr(net.trunc()));
    }
    if Check::Mac.check(text).is_ok() {
        return Ok(InterfaceWish::Mac(plain_mac(text)));
    }
    match Check::InterfaceName.check(text) {
        Ok(()) => Ok(InterfaceWish::Name(text.to_owned())),
        Err(fault) => Err(Problem::other("interface.name", "answer", fault)),
    }
}

fn plain_mac(text: &str) -> String {
    text.to_ascii_lowercase().replace('-', ":")
}

/// The wish of the strongest layer that has one: a flag's name overrides the
/// file's `match`.
fn interface(answers: &Answers, problems: &mut Vec<Problem>) -> Option<InterfaceWish> {
    let wishes: Vec<(&'static str, String, u8)> = questions::all()
        .filter(|question| question.id.starts_with("interface."))
        .filter(|question| answers.is_given(question.id))
        .filter_map(|question| {
            let text = answers.get(question.id)?.text()?.to_owned();
            Some((question.id, text, answers.origin(question.id).rank()))
        })
        .collect();
    let Some(strongest) = wishes.iter().map(|(_, _, rank)| *rank).max() else {
        return Some(InterfaceWish::Auto);
    };
    let named = |id: &str, text: &str| id == "interface.name" && text == "auto";
    let of_layer: Vec<_> = wishes
        .iter()
        .filter(|(id, text, rank)| *rank == strongest && !named(id, text))
        .collect();
    let Some((id, text, _)) = of_layer.first().copied() else {
        return Some(
            match wishes.iter().find(|(id, ..)| *id == "interface.name") {
                // `auto` of a stronger layer takes the file's match back.
                Some((_, _, rank)) if *rank == strongest => InterfaceWish::Auto,
                _ => return None,
            },
        );
    };
    for (other, ..) in of_layer.iter().skip(1) {
        problems.push(answers.problem(
            other,
            format!("{id} says which interface already"),
            Some("keep one of the two"),
        ));
    }
    Some(match *id {
        "interface.name" => InterfaceWish::Name(text.clone()),
        "interface.match.address" => InterfaceWish::Address(text.parse().ok()?),
        "interface.match.mac" => InterfaceWish::Mac(plain_mac(text)),
        "interface.match.cidr" => InterfaceWish::Cidr(text.parse::<Ipv4Net>().ok()?.trunc()),
        _ => InterfaceWish::Driver(text.clone()),
    })
}

fn reports(answers: &Answers, problems: &mut Vec<Problem>) -> Option<Vec<ReportTarget>> {
    let value = answers.get("report")?;
    let mut out = Vec::new();
    for (nth, item) in value.items().iter().enumerate() {
        // Without a path it was a problem already.
        let path = field_text(item, "path")?;
        let format = match field_text(item, "format") {
            Some(word) => ReportFormat::from_word(&word),
            None => ReportFormat::from_path(&path),
        };
        // A wrong format was told already.
        let told = format!("report[{nth}].format");
        if answers
            .problems()
            .iter()
            .any(|problem| problem.path == told)
        {
            continue;
        }
        match format {
            Some(format) => out.push(ReportTarget {
                path: path.into(),
                format,
            }),
            None => problems.push(answers.problem(
                &format!("report[{nth}]"),
                "the extension does not tell the format",
                Some("write {path: FILE, format: FORMAT}, or end it in .txt, .json, .yaml, .md, .html or .xml"),
            )),
        }
    }
    Some(out)
}
