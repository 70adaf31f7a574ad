//! `probe listen` and `probe dial`: whether two hosts reach each other on every
//! port that they need, both ways.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::args::{Data, ProbeCommand, ProbeDial, ProbeListen, ProbeTarget};
use super::job::{Case, Job};
use super::output::print;
use crate::apply::path;
use crate::error::{Exit, Failure};
use crate::facts::Facts;
use crate::host::digest::hex;
use crate::host::probe::{Control, From, Listener, reach, serve};
use crate::judge::checks::{ALL, Target};
use crate::judge::finding::Status;
use crate::judge::probe::{
    Answer, Ask, Clock, Hello, Identity, Line, Measured, Port, SCHEMA, Served, Told, judge,
    ports_of,
};
use crate::judge::text::paragraph;
use crate::report::{json, yaml};

/// How long a port may take to answer.
const PORT: Duration = Duration::from_secs(3);

/// No host needs more of another; a stranger might ask for all there are.
const MOST_PORTS: usize = 128;

/// How often the clocks are compared: the quickest round trip counts.
const TIMES: usize = 5;

/// `probe`.
pub fn probe(job: &Job<'_>, command: &ProbeCommand) -> Result<Exit, Failure> {
    match command {
        ProbeCommand::Listen(arguments) => listen(job, arguments),
        ProbeCommand::Dial(arguments) => dial(job, arguments),
    }
}

/// Facts of this host, and where to bind: what was named, or nothing.
fn here(job: &Job<'_>, bind: Option<Ipv4Addr>) -> Result<(Case, From), Failure> {
    let case = job.case()?;
    let named = job.global.network_interface.is_some();
    let picked = case.judged.underlay.as_ref();
    let picked = picked.filter(|_| named && bind.is_none());
    let from = match picked.map(|candidates| candidates.choose()) {
        None => From {
            address: bind,
            device: None,
        },
        Some(Ok(candidate)) => From {
            address: candidate.address,
            device: Some(candidate.name.clone()),
        },
        Some(Err(error)) => return Err(Failure::new(Exit::Failed, error)),
    };
    Ok((case, from))
}

fn facts(case: &Case) -> Result<&Facts, Failure> {
    case.seen.facts.as_ref().ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "a probe is about the machine that it runs on: without --facts",
        )
    })
}

fn hear<T: DeserializeOwned>(control: &mut Control) -> Result<T, String> {
    let line = control.hear().map_err(|error| error.to_string())?;
    serde_json::from_str(&line).map_err(|error| format!("not a word of {SCHEMA}: {error}"))
}

fn say(control: &mut Control, word: &impl Serialize) -> Result<(), String> {
    let line = serde_json::to_string(word).map_err(|error| error.to_string())?;
    control.say(&line).map_err(|error| error.to_string())
}

fn listen(job: &Job<'_>, arguments: &ProbeListen) -> Result<Exit, Failure> {
    let (case, from) = here(job, arguments.bind)?;
    let facts = facts(&case)?;
    let token = match &arguments.token {
        Some(token) => token.clone(),
        None => hex(&job.host.random(8).map_err(Failure::unexpected)?),
    };
    let port = arguments.control_port;
    let listener = Listener::open(&from, port).map_err(|error| {
        let address = from.address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        Failure::unexpected(format!(
            "{address}:{port}: {error}; --control-port takes another port"
        ))
    })?;
    let address = from.address.map_or("ADDRESS".to_owned(), |a| a.to_string());
    let dialled = if port == super::args::CONTROL_PORT {
        String::new()
    } else {
        format!(" --control-port {port}")
    };
    print(&format!(
        "Listening for {} s. On the other host, with an address of this one:\n  groundcrew probe \
         dial {address}{dialled} --token {token}\n",
        arguments.timeout
    ))?;
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let mut worst = None;
    loop {
        let next = listener.next(deadline, Duration::from_secs(60));
        let Some(mut control) = next.map_err(Failure::unexpected)? else {
            break;
        };
        let peer = control
            .peer()
            .map_or("?".to_owned(), |peer| peer.to_string());
        match answer(job, facts, &from, &token, &mut control) {
            Ok(lines) => {
                print(&format!("\n{peer} found:\n{}", text(&lines)))?;
                worst = worst.max(lines.iter().map(|line| line.status).max());
                if arguments.once {
                    break;
                }
            }
            // One who goes wrong does not end it for the others.
            Err(why) => super::output::say(&format!("groundcrew: {peer}: {why}")),
        }
    }
    match worst {
        Some(status) => Ok(exit(job, status)),
        None => Err(Failure::new(
            Exit::Failed,
            "nobody dialled: is this address reachable, and the control port let in?",
        )),
    }
}

/// Answers one who dials, to the end of the talk.
fn answer(
    job: &Job<'_>,
    facts: &Facts,
    from: &From,
    token: &str,
    control: &mut Control,
) -> Result<Vec<Line>, String> {
    let hello: Hello = hear(control)?;
    let no = |control: &mut Control, why: &str| {
        let _ = say(control, &Answer::No(why.to_owned()));
        Err(format!("was turned away: {why}"))
    };
    if hello.schema != SCHEMA {
        return no(
            control,
            &format!("this side speaks {SCHEMA}: take the same groundcrew on both"),
        );
    }
    if !same(&hello.token, token) {
        return no(
            control,
            "the token is not the one that the listening side printed",
        );
    }
    if hello.ports.len() > MOST_PORTS {
        return no(control, &format!("more than {MOST_PORTS} ports"));
    }
    let nonce = hex(&job.host.random(8).map_err(|error| error.to_string())?);
    let own = From {
        address: control.own().ok(),
        device: from.device.clone(),
    };
    let (served, _serving) = serve(&own, &hello.ports, &nonce);
    let ready = Answer::Ready {
        nonce: nonce.clone(),
        identity: Identity::of(facts),
        served,
    };
    say(control, &ready)?;
    let peer = control.peer().map_err(|error| error.to_string())?;
    loop {
        match hear(control)? {
            Ask::Time => say(control, &Told::Time(now(job)))?,
            Ask::Back(_) => {
                let (reached, mtu) = both(job, facts, &own, peer, &hello.ports, &nonce);
                say(control, &Told::Back { reached, mtu })?;
            }
            Ask::Done(lines) => return Ok(lines),
        }
    }
}

/// Tries the other side's ports and the path to it, side by side.
fn both(
    job: &Job<'_>,
    facts: &Facts,
    own: &From,
    peer: Ipv4Addr,
    ports: &[Port],
    nonce: &str,
) -> (Vec<crate::host::probe::Reached>, Result<u32, String>) {
    let host = job.host;
    std::thread::scope(|scope| {
        let path = scope.spawn(|| path::mtu(host, facts, peer));
        let reached = reach(own, peer, ports, nonce, PORT);
        let mtu = match path.join() {
            Ok(fact) => match fact.value() {
                Some(mtu) => Ok(*mtu),
                None => Err(match &fact {
                    crate::facts::Fact::Unreadable { why, .. } => why.clone(),
                    _ => "not measured".to_owned(),
                }),
            },
            Err(_) => Err("it was not measured to its end".to_owned()),
        };
        (reached, mtu)
    })
}

fn dial(job: &Job<'_>, arguments: &ProbeDial) -> Result<Exit, Failure> {
    let mut ports = Vec::new();
    let mut problems = Vec::new();
    for text in &arguments.ports {
        match Port::parse(text) {
            Ok(port) => ports.push(port),
            Err(problem) => problems.push(format!("--ports {problem}")),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::new(Exit::Usage, problems.join("\n")));
    }
    let (case, from) = here(job, arguments.bind)?;
    let facts = facts(&case)?;
    if ports.is_empty() {
        let named: Vec<Target> = arguments.target.iter().map(|one| one.target()).collect();
        let chosen = case.judged.choice.as_ref();
        let chosen = chosen.map_or(Vec::new(), |choice| Target::of_candidate(&choice.target));
        let targets = match (named.is_empty(), chosen.is_empty()) {
            (false, _) => named,
            (true, false) => chosen,
            (true, true) => ALL.to_vec(),
        };
        ports = ports_of(&targets, case.config.wireguard.listen_port);
    }
    let peer = arguments.address;
    let failed = |what: &str, error: &str| {
        Failure::new(
            Exit::Failed,
            format!("{peer}:{}: {what}: {error}", arguments.control_port),
        )
    };
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let to = SocketAddrV4::new(peer, arguments.control_port);
    let mut control = Control::dial(&from, to, deadline).map_err(|error| {
        failed(
            "no control connection (does `groundcrew probe listen` run there, and does the \
             firewall let this port in?)",
            &error.to_string(),
        )
    })?;
    let lines = talk(job, facts, &from, arguments, ports, &mut control)
        .map_err(|error| failed("the probe came to no end", &error))?;
    let worst = lines.iter().map(|line| line.status).max();
    print(&match arguments.format {
        Data::Human => text(&lines),
        Data::Json => json(&Outcome::of(peer, &lines)),
        Data::Yaml => yaml(&Outcome::of(peer, &lines)),
    })?;
    Ok(exit(job, worst.unwrap_or_default()))
}

fn talk(
    job: &Job<'_>,
    facts: &Facts,
    from: &From,
    arguments: &ProbeDial,
    ports: Vec<Port>,
    control: &mut Control,
) -> Result<Vec<Line>, String> {
    let identity = Identity::of(facts);
    let hello = Hello {
        schema: SCHEMA.into(),
        token: arguments.token.clone(),
        ports: ports.clone(),
        identity: identity.clone(),
    };
    say(control, &hello)?;
    let (nonce, other, there) = match hear(control)? {
        Answer::No(why) => return Err(seen(&why)),
        Answer::Ready {
            nonce,
            identity,
            served,
        } => (nonce, identity, served),
    };
    let clock = clock(job, control)?;
    let own = From {
        address: control.own().ok(),
        device: from.device.clone(),
    };
    let (reached_there, mtu_there) = both(job, facts, &own, arguments.address, &ports, &nonce);
    let (here, _serving) = serve(&own, &ports, &nonce);
    say(control, &Ask::Back(here.clone()))?;
    let Told::Back {
        reached: reached_back,
        mtu: mtu_back,
    } = hear(control)?
    else {
        return Err("the other side answered another question".into());
    };
    if there.len() != ports.len() || reached_back.len() != ports.len() {
        return Err("the other side answered for other ports".into());
    }
    let pairs = |served: Vec<Served>, reached| served.into_iter().zip(reached).collect::<Vec<_>>();
    let mut lines = judge(&Measured {
        peer: arguments.address.into(),
        there: pairs(there, reached_there),
        back: pairs(here, reached_back),
        ports,
        mtu_there,
        mtu_back,
        own_mtu: facts.network.mtu_to(arguments.address),
        clock,
        here: identity,
        other,
    });
    for line in &mut lines {
        line.text = seen(&line.text);
        line.hint = line.hint.as_deref().map(seen);
    }
    say(control, &Ask::Done(lines.clone()))?;
    Ok(lines)
}

/// Compares the clocks over the control connection.
fn clock(job: &Job<'_>, control: &mut Control) -> Result<Option<Clock>, String> {
    let mut best: Option<Clock> = None;
    for _ in 0..TIMES {
        let (sent, began) = (now(job), Instant::now());
        say(control, &Ask::Time)?;
        let Told::Time(theirs) = hear(control)? else {
            return Err("the other side answered another question".into());
        };
        let round_trip = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let middle = sent.saturating_add(round_trip / 2);
        let (theirs, middle) = (i128::from(theirs), i128::from(middle));
        let ahead = i64::try_from(theirs - middle).unwrap_or(i64::MAX);
        if best.is_none_or(|best| round_trip < best.round_trip) {
            best = Some(Clock { ahead, round_trip });
        }
    }
    Ok(best)
}

fn now(job: &Job<'_>) -> u64 {
    let since = job
        .host
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Compares without telling by the time how much was right.
fn same(one: &str, other: &str) -> bool {
    let differ = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differ == 0
}

/// The other side's words without control characters.
fn seen(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}

/// What a program reads.
#[derive(Serialize)]
struct Outcome<'a> {
    schema: &'static str,
    peer: Ipv4Addr,
    verdict: Status,
    lines: &'a [Line],
}

impl<'a> Outcome<'a> {
    fn of(peer: Ipv4Addr, lines: &'a [Line]) -> Self {
        Self {
            schema: SCHEMA,
            peer,
            verdict: lines
                .iter()
                .map(|line| line.status)
                .max()
                .unwrap_or_default(),
            lines,
        }
    }
}

/// The lines for people, what is wrong first.
fn text(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by_key(|line| std::cmp::Reverse(line.status));
    for line in sorted {
        let head = format!("{:<8} ", line.status.word());
        paragraph(&mut out, &head, "         ", &seen(&line.text));
        if let Some(hint) = &line.hint {
            paragraph(&mut out, "         ", "         ", &seen(hint));
        }
    }
    let count = |status: Status| lines.iter().filter(|line| line.status == status).count();
    out.push_str(&format!(
        "\n{} pass, {} warn, {} fail, {} unknown\n",
        count(Status::Pass),
        count(Status::Warn),
        count(Status::Fail),
        count(Status::Unknown)
    ));
    out
}

fn exit(job: &Job<'_>, worst: Status) -> Exit {
    match worst {
        Status::Fail => Exit::Failed,
        Status::Warn | Status::Unknown if job.global.strict => Exit::Failed,
        Status::Warn | Status::Unknown if !job.global.warn_ok => Exit::Warned,
        Status::Warn | Status::Unknown | Status::Pass | Status::Na => Exit::Done,
    }
}

impl ProbeTarget {
    fn target(self) -> Target {
        match self {
            Self::Swarm => Target::Swarm,
            Self::Kubernetes => Target::Kubernetes,
            Self::Native => Target::Native,
            Self::Wireguard => Target::Wireguard,
            Self::Flannel => Target::Flannel,
            Self::Zerotier => Target::Zerotier,
        }
    }
}
