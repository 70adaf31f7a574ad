//! What the operator gives: answers of all layers, the files that they name, and
//! whether they fit this host.

use std::net::{IpAddr, Ipv4Addr};

use super::job::{Job, Named, Seen};
use crate::answers::config::Config;
use crate::answers::join::{OwnIdentity, others};
use crate::answers::{
    Answers, AnswersFile, FlagAnswer, Inputs, InterfaceWish, Others, Problems, SecretRef,
};
use crate::apply::keys;
use crate::error::{Exit, Failure};
use crate::facts;
use crate::host::{READ_LIMIT, timestamp};
use crate::judge::waiver::{self, Waiver, Waivers};
use crate::plan::programs::Brought;

impl Job<'_> {
    /// A file that was named on the command line.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_named(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let read = if path == "-" {
            super::read_stdin(READ_LIMIT)
        } else {
            self.host.read(path)
        };
        read.map_err(|error| Failure::new(Exit::Usage, format!("{path}: {error}")))
    }

    /// The answers of all layers.
    ///
    /// # Errors
    /// When the answers file cannot be read.
    pub fn answers(&self) -> Result<Answers, Failure> {
        let inline = self.global.allow_inline_secrets;
        let file = match &self.global.answers {
            None => None,
            Some(path) => Some(AnswersFile::parse(path, &self.read_named(path)?, inline)),
        };
        let mut flags = Vec::new();
        let mut flag = |flag, id, text: &str| {
            flags.push(FlagAnswer {
                flag,
                id,
                text: text.into(),
            });
        };
        if self.global.airgap {
            flag("--airgap", "airgap", "true");
        }
        if let Some(text) = &self.global.network_interface {
            let wish = InterfaceWish::parse(text)
                .map_err(|problem| Failure::new(Exit::Usage, Problems(vec![problem])))?;
            let (id, text) = wish.answer();
            flag("--network-interface", id, &text);
        }
        for path in &self.global.report {
            flag("--report", "report", path);
        }
        let answers = Answers::gather(Inputs {
            file,
            env: self.host.environment(),
            sets: self.global.set.clone(),
            flags,
            allow_inline_secrets: inline,
        });
        Ok(answers)
    }

    /// Variables that look like ours and are neither a flag's nor an answer's:
    /// a slip of the pen that would go unnoticed.
    fn stray_variables(answers: &Answers) -> Vec<String> {
        let flags = super::args::environment();
        let stray = answers
            .unknown_env()
            .iter()
            .filter(|name| !flags.contains(name.as_str()))
            // What tests/run is told: real peers, a kernel for the guest.
            .filter(|name| !name.starts_with("GROUNDCREW_TEST_"));
        stray
            .map(|name| format!("{name}: no flag and no answer has this variable"))
            .collect()
    }

    /// The answers as typed values.
    ///
    /// # Errors
    /// All problems at once.
    pub fn config(&self, answers: &Answers) -> Result<Config, Failure> {
        let stray = Self::stray_variables(answers);
        match Config::from_answers(answers) {
            Ok(config) if stray.is_empty() => Ok(config),
            Ok(_) => Err(Failure::new(Exit::Usage, stray.join("\n"))),
            Err(problems) => {
                let rest = stray.iter().map(|line| format!("error: {line}\n"));
                let text = problems.to_string() + &rest.collect::<String>();
                Err(Failure::new(Exit::Usage, text))
            }
        }
    }

    /// What the answers name beyond themselves: join files and waivers.
    ///
    /// # Errors
    /// What is wrong with them, all at once.
    pub fn named(&self, config: &Config, seen: &Seen) -> Result<Named, Failure> {
        let (given_waivers, waivers) = self.waivers(config)?;
        Ok(Named {
            others: self.others(config, seen)?,
            given_waivers,
            waivers,
            bundle: self.bundle(seen)?,
        })
    }

    /// The bundle of `--bundle`: its manifest, held against this host. Its files
    /// are verified when they are used.
    ///
    /// # Errors
    /// When it cannot be read, or is for other hosts than this one.
    fn bundle(&self, seen: &Seen) -> Result<Option<Brought>, Failure> {
        let Some(dir) = &self.global.bundle else {
            return Ok(None);
        };
        let bundle = super::bundle::read(self.host, dir)?;
        let facts = seen.facts.as_ref();
        let is = |fact: Option<&facts::Fact<String>>, wanted: &str| {
            fact.and_then(|fact| fact.value())
                .is_none_or(|found| found == wanted)
        };
        let family = facts.map(|facts| &facts.os.family);
        let arch = facts.map(|facts| &facts.kernel.arch);
        if !is(family, &bundle.family) || !is(arch, &bundle.arch) {
            let found = |fact: Option<&facts::Fact<String>>| {
                let found = fact.and_then(|fact| fact.value());
                found.cloned().unwrap_or_else(|| "unknown".into())
            };
            let text = format!(
                "--bundle {dir} is for {} ({}), and this host is {} ({}): make one on a machine \
                 like this",
                bundle.family,
                bundle.arch,
                found(family),
                found(arch)
            );
            return Err(Failure::new(Exit::Usage, text));
        }
        let cwd = self.host.cwd().map_err(Failure::unexpected)?;
        let dir = if dir.starts_with('/') {
            dir.clone()
        } else {
            format!("{}/{dir}", cwd.trim_end_matches('/'))
        };
        Ok(Some(Brought { dir, bundle }))
    }

    /// The waivers of the answers and of `--waive`, those that are over too.
    ///
    /// # Errors
    /// What is wrong with them, all at once.
    fn waivers(&self, config: &Config) -> Result<(Vec<Waiver>, Waivers), Failure> {
        let answered = config.waivers.iter().map(|waiver| Waiver {
            id: waiver.id.clone(),
            reason: waiver.reason.clone(),
            expires: waiver.expires.clone(),
        });
        let mut waivers: Vec<_> = answered.collect();
        let mut problems = Vec::new();
        for text in &self.global.waive {
            match Waiver::parse(text) {
                Ok(waiver) => waivers.push(waiver),
                Err(problem) => problems.push(format!("--waive {problem}")),
            }
        }
        let held = waiver::hold(&self.rules, &waivers, &self.today());
        match held {
            Ok(held) if problems.is_empty() => Ok((waivers, held)),
            held => {
                problems.extend(held.err().unwrap_or_default());
                Err(Failure::new(Exit::Usage, problems.join("\n")))
            }
        }
    }

    /// Today, `2026-11-23`, in UTC.
    pub fn today(&self) -> String {
        let now = timestamp(self.host.now());
        now.get(..10).unwrap_or_default().to_owned()
    }

    /// The other hosts: of the answers, and of the join files that they name.
    fn others(&self, config: &Config, seen: &Seen) -> Result<Others, Failure> {
        let mut files = Vec::new();
        let mut problems = Vec::new();
        for pattern in &config.join_files {
            match self.expand(pattern) {
                Ok(paths) => files.extend(paths),
                Err(problem) => problems.push(problem),
            }
        }
        files.sort();
        files.dedup();
        let mut texts = Vec::new();
        for path in files {
            match self.host.read(&path) {
                Ok(bytes) => texts.push((path, String::from_utf8_lossy(&bytes).into_owned())),
                Err(error) => problems.push(format!("{path}: {error}")),
            }
        }
        if !problems.is_empty() {
            return Err(Failure::new(Exit::Usage, problems.join("\n")));
        }
        let hostname = seen
            .facts
            .as_ref()
            .and_then(|facts| facts.os.hostname.value());
        let key = format!("/etc/wireguard/{}.key", config.wireguard.interface);
        let own = OwnIdentity {
            name: hostname.cloned().unwrap_or_default(),
            public_key: keys::public_of_file(self.host, &key)
                .ok()
                .and_then(|key| key.parse().ok()),
            address: config.address,
            below: own_addresses(seen),
            // An identity that may be replaced tells nothing of who this is.
            zerotier_node: seen
                .facts
                .as_ref()
                .filter(|_| !config.zerotier.replace_identity)
                .and_then(|facts| facts.overlays.zerotier_address.value().cloned()),
        };
        others(config, &texts, &own).map_err(|problems| Failure::new(Exit::Usage, problems))
    }

    /// The files that a pattern names: wildcards in the last part of the path.
    /// A pattern may match nothing, a plain path must be there.
    fn expand(&self, pattern: &str) -> Result<Vec<String>, String> {
        if !pattern.contains(['*', '?', '[']) {
            return Ok(vec![pattern.to_string()]);
        }
        let (dir, name) = match pattern.rsplit_once('/') {
            Some(("", name)) => ("/".to_string(), name),
            Some((dir, name)) => (dir.to_string(), name),
            None => (".".to_string(), pattern),
        };
        let glob = glob::Pattern::new(name).map_err(|error| format!("{pattern}: {error}"))?;
        let names = match self.host.list(&dir) {
            Ok(names) => names,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(format!("{dir}: {error}")),
        };
        let matching = names.iter().filter(|name| glob.matches(name));
        Ok(matching
            .map(|name| format!("{}/{name}", dir.trim_end_matches('/')))
            .collect())
    }

    /// Problems of the secrets that the answers refer to. They are read, so that
    /// a wrong file is told before the first change, and dropped again.
    ///
    /// # Errors
    /// All of them at once.
    pub fn secrets(&self, answers: &Answers, config: &Config) -> Result<(), Failure> {
        let wireguard = &config.wireguard;
        let own = (
            "overlay.wireguard.private-key".to_string(),
            &wireguard.private_key,
        );
        let shared = wireguard
            .peers
            .iter()
            .enumerate()
            .filter_map(|(index, peer)| {
                let path = format!("overlay.wireguard.peers[{index}].preshared-key");
                Some((path, peer.preshared_key.as_ref()?))
            });
        let mut problems = Vec::new();
        for (path, secret) in std::iter::once(own).chain(shared) {
            if !matches!(secret, SecretRef::File(_) | SecretRef::Env(_)) {
                continue;
            }
            let key = secret
                .resolve(self.host, &mut || None)
                .map_err(|error| error.to_string())
                .and_then(|key| {
                    keys::check(key.expose(), &secret.to_string()).map_err(|e| e.to_string())
                });
            if let Err(text) = key {
                problems.push(answers.problem(&path, text, None));
            }
        }
        for (path, token) in [
            ("overlay.zerotier.api-token", &config.zerotier.api_token),
            ("kubernetes.token", &config.kubernetes.token),
        ] {
            if let Some(token @ (SecretRef::File(_) | SecretRef::Env(_))) = token
                && let Err(error) = token.resolve(self.host, &mut || None)
            {
                problems.push(answers.problem(path, error.to_string(), None));
            }
        }
        let replicated = &config.replicated;
        for (path, secret) in [
            ("replicated.daemon-token", &replicated.daemon_token),
            (
                "replicated.daemon-authentication.password",
                &replicated.password,
            ),
        ] {
            // Another kind of reference is refused where it is planned with.
            if let Some(secret @ (SecretRef::File(_) | SecretRef::Env(_))) = secret
                && replicated.install
                && let Err(error) = secret.resolve(self.host, &mut || None)
            {
                problems.push(answers.problem(path, error.to_string(), None));
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Failure::new(Exit::Usage, Problems(problems)))
        }
    }

    /// Problems of the answers with this host: another host than the one that
    /// was meant, an interface that is not there.
    pub fn fits_host(
        &self,
        answers: &Answers,
        config: &Config,
        seen: &Seen,
    ) -> Result<(), Failure> {
        let Some(facts) = &seen.facts else {
            return Ok(());
        };
        let mut problems = Vec::new();
        let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        if let (Some(wanted), Some(found)) = (&config.expect.hostname, facts.os.hostname.value())
            && !wanted.eq_ignore_ascii_case(found)
            && !(short(wanted) == short(found) && (!wanted.contains('.') || !found.contains('.')))
        {
            let text = format!("{wanted} was meant, and this host is {found}");
            problems.push(answers.problem("expect.hostname", text, Some("nothing was changed")));
        }
        if let Some(wanted) = &config.expect.distro {
            let is = |fact: &facts::Fact<String>| fact.value().cloned().unwrap_or_default();
            let (family, id, version) = (
                is(&facts.os.family),
                is(&facts.os.id),
                is(&facts.os.version),
            );
            let names = [family.clone(), id.clone(), format!("{id}-{version}")];
            if !names.iter().any(|name| name.eq_ignore_ascii_case(wanted)) {
                let text =
                    format!("{wanted} was meant, and this host is {id}-{version} ({family})");
                problems.push(answers.problem("expect.distro", text, Some("nothing was changed")));
            }
        }
        let here = facts
            .network
            .interfaces
            .value()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let here: Vec<_> = here
            .iter()
            .map(|interface| interface.name.as_str())
            .collect();
        if let Err(problem) = config.check_interface(answers, &here) {
            problems.push(problem);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Failure::new(Exit::Usage, Problems(problems)))
        }
    }
}

/// This host's own addresses in the networks below the overlays. Container
/// bridges have the same ones on every host.
fn own_addresses(seen: &Seen) -> Vec<Ipv4Addr> {
    const MADE_BY_OTHERS: [&str; 6] = ["docker", "br-", "flannel", "zt", "wg", "cni"];
    let interfaces = seen
        .facts
        .as_ref()
        .and_then(|facts| facts.network.interfaces.value());
    let below = interfaces.into_iter().flatten().filter(|interface| {
        let kind = interface.kind.value().map_or("", String::as_str);
        !matches!(kind, "loopback" | "wireguard" | "tun" | "vxlan")
            && !MADE_BY_OTHERS
                .iter()
                .any(|start| interface.name.starts_with(start))
    });
    below
        .flat_map(|interface| &interface.addresses)
        .filter_map(|net| match net.addr() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
        .collect()
}
