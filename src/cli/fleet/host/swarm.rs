//! What a job does with Docker's Swarm on its host.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Outcome, path};
use crate::answers::{Answers, AnswersFile, Inputs};
use crate::apply::error::StepError;
use crate::apply::swarm::{Api, DockerError, Standing, guests, nodes};
use crate::apply::wait::wait;
use crate::error::Exit;
use crate::fleet::ANSWERS;
use crate::fleet::apply::parts::swarm::{Act, INSIDE, KEY, Node, STATE, State, sealed};
use crate::fleet::apply::{HOST_FOLDER, Reply};
use crate::fleet::plan::SWARM_TOKEN_FILE;
use crate::host::Host;
use crate::plan::scheduler::swarm::NodeAs;

/// That tokens have left this manager.
const MARK: &str = "swarm-handed-out";
/// Where the tokens are left for others.
const TOKEN_OUT: &str = "swarm.token-out";
/// How long nodes may take to be ready: 15 s are three missed heartbeats of 5 s.
const READY: Duration = Duration::from_secs(20);

/// How long a node may take to know that it is a manager, once the others have its vote.
const HEARS: Duration = Duration::from_secs(3);

fn failed(error: impl std::fmt::Display) -> (Exit, String) {
    (Exit::Failed, error.to_string())
}

/// Does it.
pub fn act(host: &dyn Host, act: &Act, reply: &mut Reply) -> Outcome<()> {
    let told = |error: StepError| failed(error);
    match act {
        Act::Begin { guest } => {
            for name in [KEY, SWARM_TOKEN_FILE] {
                let _ = host.remove_file(&path(name));
            }
            let standing = Api(host).standing().map_err(failed)?;
            if standing.state == "active" {
                let node_as = match standing.control {
                    true => NodeAs::Manager,
                    false => NodeAs::Worker,
                };
                let word = node_as.word().to_owned();
                reply.brought.insert(INSIDE.to_owned(), word);
            } else if *guest {
                let key = guests::make_key(host, &path(KEY)).map_err(told)?;
                reply.brought.insert(KEY.to_owned(), key);
            }
        }
        Act::Seal { to } => {
            let all = guests::seal(host, &path(MARK), to).map_err(told)?;
            let all = all.into_iter().map(|(name, text)| (sealed(&name), text));
            reply.brought.extend(all);
        }
        Act::Open {
            name,
            node_as,
            sealed,
        } => {
            let file = path(SWARM_TOKEN_FILE);
            guests::open(host, (name, *node_as), &path(KEY), sealed, &file).map_err(told)?;
        }
        Act::State { wait } => {
            let state = serde_json::to_string(&state(host, wait)).map_err(failed)?;
            reply.brought.insert(STATE.to_owned(), state);
        }
        Act::Rotate => {
            guests::rotate(host, &path(MARK), &token_out(host)).map_err(told)?;
        }
        Act::Settle(wanted) => {
            nodes::settle(host, wanted, &mut reply.said).map_err(told)?;
        }
        Act::Promote { hosts } => {
            nodes::promote(host, hosts, &mut reply.said).map_err(told)?;
        }
    }
    Ok(())
}

/// Where this host's answers leave the tokens.
fn token_out(host: &dyn Host) -> String {
    let file = host.read(&path(ANSWERS)).unwrap_or_default();
    let answers = Answers::gather(Inputs {
        file: Some(AnswersFile::parse(ANSWERS, &file, false)),
        ..Inputs::default()
    });
    let given = answers.get(TOKEN_OUT);
    let file = given
        .and_then(|value| value.text().map(str::to_owned))
        .unwrap_or_default();
    match file.starts_with('/') {
        true => file,
        false => format!("{HOST_FOLDER}/{file}"),
    }
}

fn state(host: &dyn Host, wanted: &[Ipv4Addr]) -> State {
    let api = Api(host);
    let mut standing = api.standing();
    // Who is waited for is asked of managers; one that was just made a manager hears of
    // that after the others.
    let hears = |standing: &Result<Standing, DockerError>| {
        let waits = |now: &Standing| now.state == "active" && !now.control;
        !standing.as_ref().is_ok_and(waits)
    };
    if !wanted.is_empty() && !hears(&standing) {
        wait(host, HEARS, || {
            standing = api.standing();
            hears(&standing)
        });
    }
    let standing = match standing {
        Ok(standing) => standing,
        Err(error) => {
            return State {
                down: Some(error.to_string()),
                ..State::default()
            };
        }
    };
    let mut nodes = Vec::new();
    if standing.control {
        wait(host, READY, || match all(&api) {
            Ok(found) => {
                nodes = found;
                wanted.iter().all(|address| settled(&nodes, *address))
            }
            Err(_) => false,
        });
    }
    State {
        down: None,
        state: standing.state,
        error: standing.error,
        node: standing.node,
        address: standing.address,
        manager: standing.control,
        nodes,
    }
}

/// Whether it is known how the node at an address stands: one is ready, or all that
/// were ever there are down.
fn settled(nodes: &[Node], address: Ipv4Addr) -> bool {
    let address = address.to_string();
    let mut here = nodes
        .iter()
        .filter(|node| node.address == address)
        .peekable();
    here.peek().is_some() && {
        let states: Vec<&str> = here.map(|node| node.state.as_str()).collect();
        states.contains(&"ready") || states.iter().all(|state| *state == "down")
    }
}

fn all(api: &Api<'_>) -> Result<Vec<Node>, DockerError> {
    let nodes = api.nodes()?.into_iter().map(|node| Node {
        id: node.id,
        state: node.state,
        address: node.address,
        reachability: node.reachability,
    });
    Ok(nodes.collect())
}
