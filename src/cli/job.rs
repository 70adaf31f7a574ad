//! The job on one host: answers, facts, decision, interfaces, plan, in the
//! order of the stages. Every command and every front end goes through here.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::args::Global;
use super::output;
use crate::answers::config::{self, Config};
use crate::answers::join::{OwnIdentity, merge_peers};
use crate::answers::{
    Answers, AnswersFile, EndpointHost, FlagAnswer, Inputs, InterfaceWish, Peer, Problems,
    SecretRef,
};
use crate::apply::{dry, keys, survey};
use crate::error::{Exit, Failure};
use crate::facts::flat::{self, FlatFacts};
use crate::facts::network::Network;
use crate::facts::{self, Facts};
use crate::host::{Host, READ_LIMIT, timestamp};
use crate::judge::decide::{Decision, Options, decide};
use crate::judge::interfaces::{Candidates, rank};
use crate::judge::rules::Rules;
use crate::judge::wishes::{Bundle, Wishes};
use crate::plan::choice::{Choice, choose};
use crate::plan::make::{self, make};
use crate::plan::render::Preview;
use crate::plan::{Plan, Refusal};
use crate::report::findings::{Waivers, findings};
use crate::report::{Report, Status};

/// What the job is done with.
pub struct Job<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// The flags.
    pub global: &'a Global,
    /// The knowledge.
    pub rules: Rules,
}

/// A host as it was found: read, or given with `--facts`.
pub struct Seen {
    /// The facts; a flat file has none beyond its paths.
    pub facts: Option<Facts>,
    /// The facts as the rules see them.
    pub flat: FlatFacts,
}

/// What follows from the host and the answers.
pub struct Judged {
    /// The facts and the wishes, as the rules saw them.
    pub flat: FlatFacts,
    /// The decision.
    pub decision: Decision,
    /// What the answers and the decision come to; or why they come to nothing.
    pub choice: Result<Choice, Vec<Refusal>>,
    /// The interfaces, the planned one among them; none where they are not
    /// known.
    pub interfaces: Option<Candidates>,
    /// The interfaces without the overlay's.
    pub underlay: Option<Candidates>,
}

/// What the answers name beyond themselves.
#[derive(Default)]
pub struct Named {
    /// Peers of the answers and of the join files.
    pub peers: Vec<Peer>,
    /// Waivers that hold today.
    pub waivers: Waivers,
}

/// A host and the answers, judged.
pub struct Case {
    /// The answers.
    pub answers: Answers,
    /// The same as typed values.
    pub config: Config,
    /// The host.
    pub seen: Seen,
    /// What the answers name.
    pub named: Named,
    /// What follows.
    pub judged: Judged,
}

/// A plan with its dry run.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What each step would find.
    pub previews: Vec<Preview>,
}

impl<'a> Job<'a> {
    /// A job on this host.
    ///
    /// # Errors
    /// When the embedded knowledge is malformed, which a test rules out.
    pub fn new(host: &'a dyn Host, global: &'a Global) -> Result<Self, Failure> {
        let rules = Rules::embedded().map_err(Failure::unexpected)?;
        Ok(Self {
            host,
            global,
            rules,
        })
    }

    /// Gathers the answers, looks at the host and judges it.
    ///
    /// # Errors
    /// All problems of the answers, or what else is wrong with what was given.
    pub fn case(&self) -> Result<Case, Failure> {
        let answers = self.answers()?;
        let config = self.config(&answers)?;
        output::check_reports(&config.reports)?;
        let seen = self.look()?;
        self.fits_host(&answers, &config, &seen)?;
        let named = self.named(&config, &seen)?;
        let judged = self.judge(&answers, &config, &seen, &named);
        Ok(Case {
            answers,
            config,
            seen,
            named,
            judged,
        })
    }

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
            .filter(|name| !flags.contains(name.as_str()));
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
            Ok(_) => Err(Failure::new(
                Exit::Usage,
                stray.join(
                    "
",
                ),
            )),
            Err(problems) => {
                let rest = stray.iter().map(|line| {
                    format!(
                        "error: {line}
"
                    )
                });
                let text = problems.to_string() + &rest.collect::<String>();
                Err(Failure::new(Exit::Usage, text))
            }
        }
    }

    /// Looks at the host, or at the file given with `--facts`.
    ///
    /// # Errors
    /// When that file cannot be read or is malformed: all problems at once.
    pub fn look(&self) -> Result<Seen, Failure> {
        let Some(path) = &self.global.facts else {
            let facts = facts::collect(self.host);
            return Ok(Seen {
                flat: flat::flatten(&facts),
                facts: Some(facts),
            });
        };
        let bytes = self.read_named(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(Exit::Usage, format!("{path}: not a text file (UTF-8)")))?;
        let source = flat::load(&text).map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(|p| format!("{path}: {p}")).collect();
            Failure::new(Exit::Usage, lines.join("\n"))
        })?;
        Ok(match source {
            flat::Source::Full(facts) => Seen {
                flat: flat::flatten(&facts),
                facts: Some(*facts),
            },
            flat::Source::Flat(flat) => Seen { facts: None, flat },
        })
    }

    /// What the answers name beyond themselves: join files and waivers.
    ///
    /// # Errors
    /// What is wrong with them, all at once.
    pub fn named(&self, config: &Config, seen: &Seen) -> Result<Named, Failure> {
        Ok(Named {
            peers: self.peers(config, seen)?,
            waivers: self.waivers(config)?,
        })
    }

    /// Judges a host by the answers.
    pub fn judge(&self, answers: &Answers, config: &Config, seen: &Seen, named: &Named) -> Judged {
        let wishes = config.wishes(&named.peers, Bundle::default());
        let mut flat = seen.flat.clone();
        // What nobody answered must not stand above what the facts file says.
        flat.extend(
            wishes
                .flat()
                .into_iter()
                .filter(|(path, _)| given(answers, path) || !seen.flat.contains_key(path)),
        );
        let options = Options {
            allow_experimental: config.wireguard.allow_experimental,
            waived: named.waivers.keys().cloned().collect(),
        };
        let decision = decide(&self.rules, &flat, &options);
        let choice = choose(config, &decision);
        let planned = choice
            .as_ref()
            .ok()
            .filter(|choice| choice.overlay.as_deref() == Some("wireguard"))
            .and_then(|_| config.planned_interface());
        let network = seen.facts.as_ref().map(|facts| &facts.network);
        let without = Wishes {
            interface: InterfaceWish::Auto,
            planned: None,
            overlay: None,
            overlay_network: None,
            ..wishes.clone()
        };
        Judged {
            flat,
            interfaces: network.map(|network| rank(network, &wishes, planned)),
            underlay: network.map(|network| rank(&below(network, config), &without, None)),
            decision,
            choice,
        }
    }

    /// The waivers of the answers and of `--waive` that hold today.
    ///
    /// # Errors
    /// A waiver of something that is not known, or that nothing waives.
    fn waivers(&self, config: &Config) -> Result<Waivers, Failure> {
        let today = timestamp(self.host.now());
        let holds = |waiver: &&config::Waiver| {
            let expires = waiver.expires.as_deref();
            expires.is_none_or(|day| today.get(..10).unwrap_or_default() <= day)
        };
        let mut waivers = Waivers::new();
        for waiver in config.waivers.iter().filter(holds) {
            waivers.insert(waiver.id.clone(), waiver.reason.clone());
        }
        let mut problems = Vec::new();
        for text in &self.global.waive {
            match text.split_once('=') {
                Some((id, reason)) if !reason.trim().is_empty() => {
                    waivers.insert(id.trim().into(), reason.trim().into());
                }
                _ => problems.push(format!("--waive {text}: wanted ID=REASON, with a reason")),
            }
        }
        for id in waivers.keys() {
            if let Err(error) = self.rules.check_waiver(id) {
                problems.push(format!("waiver {id}: {error}"));
            }
        }
        // Whatever its spelling, a waiver is kept under the rule's own id.
        let named = |(id, reason): (String, String)| match self.rules.rule(&id) {
            Some((_, rule)) => (rule.id.clone(), reason),
            None => (id, reason),
        };
        if problems.is_empty() {
            Ok(waivers.into_iter().map(named).collect())
        } else {
            Err(Failure::new(Exit::Usage, problems.join("\n")))
        }
    }

    /// Peers of the answers, and of the join files that they name.
    fn peers(&self, config: &Config, seen: &Seen) -> Result<Vec<Peer>, Failure> {
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
        };
        merge_peers(config, &texts, &own).map_err(|problems| Failure::new(Exit::Usage, problems))
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

    /// The report of a host, without a run.
    pub fn report(&self, seen: &Seen, judged: &Judged, named: &Named) -> Report {
        let targets = self.targets(judged);
        let found = findings(
            seen.facts.as_ref(),
            &judged.flat,
            &self.rules,
            &judged.decision,
            &targets,
            &named.waivers,
        );
        Report::new(
            seen.facts.as_ref(),
            &self.rules.with_defaults(&judged.flat),
            (&judged.decision, judged.interfaces.clone()),
            targets,
            found,
            timestamp(self.host.now()),
        )
    }

    /// The candidates that the findings are for.
    fn targets(&self, judged: &Judged) -> Vec<String> {
        match &judged.choice {
            Ok(choice) => vec![choice.target.clone()],
            Err(_) => judged
                .decision
                .recommendation
                .iter()
                .map(|r| r.id.clone())
                .collect(),
        }
    }

    /// Makes the plan for this host and runs it dry.
    ///
    /// # Errors
    /// All reasons why the host cannot be set up as wanted.
    pub fn plan(
        &self,
        config: &Config,
        seen: &Seen,
        judged: &Judged,
        named: &Named,
    ) -> Result<Planned, Vec<Refusal>> {
        let choice = judged.choice.as_ref().map_err(Clone::clone)?;
        let (Some(facts), Some(interfaces), Some(underlay)) =
            (&seen.facts, &judged.interfaces, &judged.underlay)
        else {
            return Err(vec![Refusal {
                id: "--facts".into(),
                text: "the file has no interfaces and routes to plan with".into(),
                remedy: "give the whole document that `groundcrew facts` writes".into(),
            }]);
        };
        let endpoints: BTreeSet<Ipv4Addr> =
            named.peers.iter().filter_map(endpoint_address).collect();
        let endpoints: Vec<_> = endpoints.into_iter().collect();
        let survey = survey::survey(self.host, facts, &config.wireguard.interface, &endpoints);
        let cwd = self.host.cwd().unwrap_or_else(|_| "/root".into());
        let plan = make(&make::Inputs {
            config,
            peers: &named.peers,
            facts,
            survey: &survey,
            choice,
            decision: &judged.decision,
            interfaces,
            underlay,
            cwd: &cwd,
        })?;
        let previews = dry::preview(self.host, &plan);
        Ok(Planned { plan, previews })
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

/// The network without the overlay's own interface, which an earlier run may
/// have made: a tunnel's end cannot be dialled through the tunnel.
fn below(network: &Network, config: &Config) -> Network {
    let own = &config.wireguard.interface;
    let mut below = network.clone();
    below.interfaces = below.interfaces.map(|mut interfaces| {
        interfaces.retain(|interface| interface.name != *own);
        interfaces
    });
    below.routes = below.routes.map(|mut routes| {
        routes.retain(|route| route.interface.as_ref() != Some(own));
        routes
    });
    below
}

/// The exit code of a report: the worst of its findings.
pub fn exit_of(report: &Report, global: &Global) -> Exit {
    if report.recommendation.is_none() && report.targets.is_empty() {
        return Exit::Failed;
    }
    match report.summary.verdict {
        Status::Fail => Exit::Failed,
        Status::Warn | Status::Unknown if global.strict => Exit::Failed,
        Status::Warn | Status::Unknown if !global.warn_ok => Exit::Warned,
        Status::Warn | Status::Unknown | Status::Pass | Status::Na => Exit::Done,
    }
}

/// Whether somebody answered what stands at a path of the rules.
fn given(answers: &Answers, path: &str) -> bool {
    let id = match path {
        "app.schedulers" => "needs.vendor-kinds".to_string(),
        "needs.airgap" => "airgap".to_string(),
        "needs.docker_restart_ok" => "needs.docker-restart".to_string(),
        "needs.zt_private" => "needs.zerotier-controller".to_string(),
        "needs.business" => "needs.business-use".to_string(),
        other => other.replace('_', "-"),
    };
    answers.is_given(&id)
}

/// A peer's address in the network below, where it is not a name.
fn endpoint_address(peer: &Peer) -> Option<Ipv4Addr> {
    match peer.endpoint.as_ref()?.host {
        EndpointHost::Address(address) => Some(address),
        EndpointHost::Name(_) => None,
    }
}
