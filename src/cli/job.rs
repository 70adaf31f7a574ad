//! The job on one host: answers, facts, decision, interfaces, plan, in the
//! order of the stages. Every command and every front end goes through here.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::args::Global;
use crate::answers::config::{Config, Packages, Role};
use crate::answers::{Answers, EndpointHost, InterfaceWish, Others};
use crate::apply::kubernetes::look;
use crate::apply::runs::STATE_DIR;
use crate::apply::{dry, peers, replicated, stock, survey};
use crate::error::{Exit, Failure};
use crate::facts::flat::{self, FlatFacts};
use crate::facts::network::Network;
use crate::facts::{self, Facts, deep, online};
use crate::host::{Host, timestamp};
use crate::judge::checks::{PlannedNetwork, Scope, Target};
use crate::judge::decide::{Decision, Options, decide};
use crate::judge::findings::{Inputs, findings};
use crate::judge::interfaces::{Candidates, rank};
use crate::judge::rules::Rules;
use crate::judge::waiver::{self, Waiver, Waivers};
use crate::judge::wishes::{Bundle, Wishes};
use crate::plan::choice::{Choice, choose};
use crate::plan::coming;
use crate::plan::make::{self, make};
use crate::plan::overlay::wireguard;
use crate::plan::programs::{Brought, Sources};
use crate::plan::render::Preview;
use crate::plan::scheduler::docker;
use crate::plan::survey::{Owner, Program};
use crate::plan::{Plan, Refusal};
use crate::report::{Report, Status};

/// What the job is done with.
pub struct Job<'a> {
    /// The machine that this process runs on: files are read and written there.
    pub host: &'a dyn Host,
    /// The host that is looked at: the machine itself, or a captured one.
    pub looked_at: &'a dyn Host,
    /// The flags.
    pub global: &'a Global,
    /// The knowledge.
    pub rules: Rules,
    /// Only this node's join file is wanted: a join token may still be to come.
    pub join_only: bool,
}

/// A host as it was found: read, or given with `--facts`.
pub struct Seen {
    /// The facts; a flat file has none beyond its paths.
    pub facts: Option<Facts>,
    /// The facts as the rules see them.
    pub flat: FlatFacts,
}

/// What is measured beyond looking at the host: only where that is asked for,
/// since it sends, or writes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measure {
    /// Names and hosts outside.
    pub online: bool,
    /// How fast the disk keeps.
    pub deep: bool,
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
    /// The other hosts, of the answers and of the join files.
    pub others: Others,
    /// The waivers as they were given, those that are over too.
    pub given_waivers: Vec<Waiver>,
    /// Waivers that hold today.
    pub waivers: Waivers,
    /// The bundle of `--bundle`.
    pub bundle: Option<Brought>,
}

impl Named {
    /// What of the bundle the rules of the decision ask for.
    pub fn brought(&self) -> Bundle {
        let bundle = self.bundle.as_ref();
        bundle.map_or_else(Bundle::default, |brought| brought.bundle.wishes())
    }
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
    /// A job on this machine that looks at a host: itself, or a captured one.
    ///
    /// # Errors
    /// When the embedded knowledge is malformed, which a test rules out.
    pub fn new(
        host: &'a dyn Host,
        looked_at: &'a dyn Host,
        global: &'a Global,
    ) -> Result<Self, Failure> {
        let rules = Rules::embedded().map_err(Failure::unexpected)?;
        Ok(Self {
            host,
            looked_at,
            global,
            rules,
            join_only: false,
        })
    }

    /// Gathers the answers, looks at the host and judges it.
    ///
    /// # Errors
    /// All problems of the answers, or what else is wrong with what was given.
    pub fn case(&self) -> Result<Case, Failure> {
        self.case_of(self.answers()?)
    }

    /// Looks at the host and judges it by answers that were gathered already:
    /// standard input can be read only once.
    ///
    /// # Errors
    /// As [`Job::case`].
    pub fn case_of(&self, answers: Answers) -> Result<Case, Failure> {
        self.case_measured(answers, Measure::default())
    }

    /// The same, with what is measured beyond looking at the host.
    ///
    /// # Errors
    /// As [`Job::case`].
    pub fn case_measured(&self, answers: Answers, measure: Measure) -> Result<Case, Failure> {
        let config = self.config(&answers)?;
        let mut seen = self.look()?;
        self.fits_host(&answers, &config, &seen)?;
        let mut named = self.named(&config, &seen)?;
        let mut judged = self.judge(&answers, &config, &seen, &named);
        // What is needed outside follows from the decision, which asks nothing
        // of what is measured here.
        if let Some(facts) = &mut seen.facts {
            let airgap = config.wishes(&named.others.below(), named.brought()).airgap;
            if measure.online && !airgap {
                let targets = self.targets(&judged);
                let online = online::collect(self.host, facts, &targets, online::DEADLINE);
                facts.online = Some(online);
            }
            if measure.deep {
                facts.deep = Some(deep::collect(self.host, facts));
            }
        }
        if self.accepts(&config, &seen, &judged, &mut named)? {
            judged = self.judge(&answers, &config, &seen, &named);
        }
        Ok(Case {
            answers,
            config,
            seen,
            named,
            judged,
        })
    }

    /// Whether `--accept-findings` accepts what was found: then the waivers hold
    /// it. A checksum that does not fit any more is said, and accepts nothing.
    ///
    /// # Errors
    /// When it is no checksum.
    fn accepts(
        &self,
        config: &Config,
        seen: &Seen,
        judged: &Judged,
        named: &mut Named,
    ) -> Result<bool, Failure> {
        let Some(given) = &self.global.accept_findings else {
            return Ok(false);
        };
        let wanted = given
            .trim()
            .trim_start_matches("sha256:")
            .to_ascii_lowercase();
        if wanted.len() != 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let text = format!(
                "--accept-findings {given}: wanted the 64 hexadecimal digits that `groundcrew \
                 preflight` prints as the findings' checksum"
            );
            return Err(Failure::new(Exit::Usage, text));
        }
        let report = self.report(config, seen, judged, named);
        if report.findings_sha256 != wanted {
            super::output::say(&format!(
                "groundcrew: the findings are others than those that --accept-findings accepts \
                 (their checksum is {}): nothing is accepted",
                report.findings_sha256
            ));
            return Ok(false);
        }
        named
            .waivers
            .extend(waiver::accept(&report.findings, &wanted));
        Ok(true)
    }

    /// Looks at the host, or at the file given with `--facts`.
    ///
    /// # Errors
    /// When that file cannot be read or is malformed: all problems at once.
    pub fn look(&self) -> Result<Seen, Failure> {
        self.look_telling(&mut |_| {})
    }

    /// The same, and tells what is read before it is.
    ///
    /// # Errors
    /// As [`Job::look`].
    pub fn look_telling(&self, tell: &mut dyn FnMut(&'static str)) -> Result<Seen, Failure> {
        let Some(path) = &self.global.facts else {
            let facts = facts::collect_telling(self.looked_at, tell);
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

    /// Judges a host by the answers.
    pub fn judge(&self, answers: &Answers, config: &Config, seen: &Seen, named: &Named) -> Judged {
        let wishes = config.wishes(&named.others.below(), named.brought());
        let mut flat = seen.flat.clone();
        // What nobody answered must not stand above what the facts file says.
        flat.extend(
            wishes
                .flat()
                .into_iter()
                .filter(|(path, _)| given(answers, path) || !seen.flat.contains_key(path)),
        );
        // An overlay that is asked for by name is for more than one node, also
        // where nobody said how many there are.
        let nodes = flat.get("needs.nodes").and_then(serde_json::Value::as_u64);
        if wishes.overlay.is_some() && nodes.is_none_or(|nodes| nodes < 2) {
            flat.insert("needs.nodes".into(), 2.into());
        }
        let options = Options {
            allow_experimental: config.wireguard.allow_experimental,
            waived: named.waivers.keys().cloned().collect(),
        };
        let decision = decide(&self.rules, &flat, &options);
        let choice = choose(config, &decision);
        let planned = choice
            .as_ref()
            .ok()
            .and_then(|choice| config.planned_interface(choice.overlay.as_deref()?));
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

    /// The report of a host, without a run.
    pub fn report(&self, config: &Config, seen: &Seen, judged: &Judged, named: &Named) -> Report {
        let targets = self.targets(judged);
        let unflattened;
        let facts = match &seen.facts {
            Some(facts) => facts,
            None => {
                unflattened = flat::unflatten(&seen.flat);
                &unflattened
            }
        };
        let scope = self.scope(config, judged, named, targets.clone());
        let found = findings(&Inputs {
            facts,
            flat: &judged.flat,
            rules: &self.rules,
            decision: &judged.decision,
            scope: &scope,
            waivers: &named.waivers,
        });
        let mut report = Report::new(
            seen.facts.as_ref(),
            &self.rules.with_defaults(&judged.flat),
            (&judged.decision, judged.interfaces.clone()),
            targets,
            found,
            timestamp(self.host.now()),
        );
        report.waivers = waiver::record(&named.given_waivers, &report.findings, &self.today());
        report
    }

    /// What the host is judged for.
    fn scope(
        &self,
        config: &Config,
        judged: &Judged,
        named: &Named,
        targets: Vec<String>,
    ) -> Scope {
        let picked = |candidates: &Option<Candidates>| candidates.as_ref()?.pick.clone();
        let wishes = config.wishes(&named.others.below(), named.brought());
        let overlay = judged.choice.as_ref().ok();
        let overlay = overlay.and_then(|choice| choice.overlay.as_deref());
        let parts: Vec<_> = targets
            .iter()
            .flat_map(|id| Target::of_candidate(id))
            .collect();
        let mut networks = Vec::new();
        for target in [Target::Wireguard, Target::Flannel, Target::Zerotier] {
            if parts.contains(&target) {
                networks.push(PlannedNetwork {
                    what: format!("the network of {}", target.title()),
                    range: config.network.into(),
                    targets: vec![target],
                    setting: "the answer overlay.network".into(),
                });
            }
        }
        Scope {
            targets,
            nodes: wishes.nodes,
            joins: config.role == Role::Join,
            airgap: wishes.airgap,
            encryption: wishes.encryption,
            docker_restart_ok: wishes.docker_restart_ok,
            install: config.replicated.install,
            interface: picked(&judged.underlay),
            overlay_interface: match overlay {
                Some("wireguard") => Some(config.wireguard.interface.clone()),
                Some("zerotier") => Some(config.zerotier.interface.clone()),
                _ => None,
            },
            wireguard_port: config.wireguard.listen_port,
            endpoint: config
                .wireguard
                .endpoint
                .as_ref()
                .map(|endpoint| match &endpoint.host {
                    EndpointHost::Address(address) => address.to_string(),
                    EndpointHost::Name(name) => name.to_string(),
                }),
            keepalive: named
                .others
                .peers
                .iter()
                .all(|peer| peer.keepalive.map_or(wishes.behind_nat, |every| every > 0)),
            networks,
            reserved: config.needs.corporate_ranges.clone(),
            peers: named.others.below(),
            today: self.today(),
        }
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
        let endpoints: BTreeSet<Ipv4Addr> = named.others.below().into_iter().collect();
        let endpoints: Vec<_> = endpoints.into_iter().collect();
        let mut survey = survey::survey(
            self.looked_at,
            facts,
            &config.wireguard.interface,
            &endpoints,
        );
        if choice.overlay.as_deref() == Some("wireguard") && survey.owner == Owner::Us {
            let state = self.global.state_dir.as_deref().unwrap_or(STATE_DIR);
            survey.peers = peers::survey(self.looked_at, state, &config.wireguard.interface);
        }
        let sources = sources(config, named);
        let may = sources.repositories && config.wireguard.module == Packages::Install;
        if choice.overlay.as_deref() == Some("wireguard")
            && let Some((packager, names)) = wireguard::module::packages(facts).filter(|_| may)
        {
            survey.packages = stock::look_up(self.looked_at, packager, &names);
        }
        if choice.overlay.as_deref() == Some("flannel") {
            let path = |path: &Option<std::path::PathBuf>| {
                path.as_ref().map(|path| path.display().to_string())
            };
            survey.flannel = survey::flannel(
                self.looked_at,
                path(&config.flannel.flanneld).as_deref(),
                path(&config.flannel.etcd).as_deref(),
                config.flannel.etcd_tls.as_ref(),
            );
        }
        if choice.overlay.as_deref() == Some("zerotier") {
            survey.zerotier = survey::zerotier(self.looked_at);
        }
        let missing: &[&str] = match choice.overlay.as_deref() {
            Some("flannel") => {
                survey.policy = survey::policy(self.looked_at);
                match (&survey.flannel.etcd, &config.flannel.etcd) {
                    (Program::Missing, None) => &["etcd"],
                    _ => &[],
                }
            }
            Some("zerotier") if !survey.programs.contains_key("zerotier-one") => &["zerotier-one"],
            _ => &[],
        };
        let asked = coming::asked(missing, facts, &sources);
        survey.candidates = stock::candidates(self.looked_at, facts, &asked);
        if docker::needed(config, choice) || config.docker.has_settings() {
            survey.docker = survey::docker(self.looked_at, facts);
        }
        if choice.scheduler == "swarm" {
            survey.swarm = crate::apply::swarm::survey(self.looked_at, &config.swarm);
            if self.join_only {
                survey.swarm.token_problem = None;
            }
        }
        if choice.scheduler == "kubernetes" {
            let socket = config.kubernetes.cri_socket.as_deref();
            survey.kubernetes = look::survey(self.looked_at, socket);
        }
        if config.replicated.install && choice.scheduler == "native" {
            survey.replicated = replicated::survey(self.looked_at, config, facts);
        }
        let cwd = self.host.cwd().unwrap_or_else(|_| "/root".into());
        let plan = make(&make::Inputs {
            config,
            others: &named.others,
            facts,
            survey: &survey,
            choice,
            decision: &judged.decision,
            interfaces,
            underlay,
            sources: &sources,
            cwd: &cwd,
        })?;
        let previews = dry::preview(self.looked_at, &plan);
        Ok(Planned { plan, previews })
    }
}

/// From where missing programs may come.
fn sources(config: &Config, named: &Named) -> Sources {
    let because = match (config.airgap, config.packages) {
        (true, _) => "airgap: true",
        (false, Packages::Leave) => "packages: leave",
        (false, Packages::Install) => "",
    };
    Sources {
        brought: named.bundle.clone(),
        repositories: because.is_empty(),
        because: because.into(),
    }
}

/// The network without the overlay's own interface, which an earlier run may
/// have made: a tunnel's end cannot be dialled through the tunnel.
fn below(network: &Network, config: &Config) -> Network {
    let own = [&config.wireguard.interface, &config.zerotier.interface];
    let mut below = network.clone();
    below.interfaces = below.interfaces.map(|mut interfaces| {
        interfaces.retain(|interface| !own.contains(&&interface.name));
        interfaces
    });
    below.routes = below.routes.map(|mut routes| {
        routes.retain(|route| {
            route
                .interface
                .as_ref()
                .is_none_or(|name| !own.contains(&name))
        });
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
        "needs.wg_module" => "overlay.wireguard.module".to_string(),
        "needs.business" => "needs.business-use".to_string(),
        other => other.replace('_', "-"),
    };
    answers.is_given(&id)
}
