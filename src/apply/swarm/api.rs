//! Docker's API for Swarms, over its socket. Only the unversioned paths are used,
//! which every version answers with its newest.

use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::said;
use crate::apply::error::StepError;
use crate::facts::docker::SOCKET;
use crate::host::Host;
use crate::host::http::{Request, Response, parse_response, printable};

/// The label of a node whose containers groundcrew has taken off it.
const DRAINED: &str = "groundcrew.drained";
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// The same where Docker itself waits for others: 20 s (moby
/// daemon/cluster/cluster.go swarmConnectTimeout), and what it does then.
const LONG: Duration = Duration::from_secs(60);

/// Why Docker does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// Nobody answers.
    #[error("Docker does not answer on {SOCKET} ({why}): is it running?")]
    Down {
        /// Why not.
        why: String,
    },
    /// It says no.
    #[error("{what}: Docker says: {text}{}", hint(.text))]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// HTTP status.
        status: u16,
        /// What it says, without tokens.
        text: String,
    },
    /// Its answer is not understood.
    #[error("{what}: Docker's answer is not understood: {why}")]
    NotUnderstood {
        /// What was asked for.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
}

fn hint(text: &str) -> String {
    said::meaning(text).map_or(String::new(), |meaning| format!("; {meaning}"))
}

impl From<DockerError> for StepError {
    fn from(error: DockerError) -> Self {
        Self::Told(error.to_string())
    }
}

impl DockerError {
    /// Whether it is that something is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// A node's place in its Swarm, as `/info` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// inactive, pending, active, error, locked.
    pub state: String,
    /// Whether it is a manager.
    pub control: bool,
    /// Its id.
    pub node: String,
    /// Its address.
    pub address: String,
    /// What is wrong with it; empty where nothing is.
    pub error: String,
    /// The managers, `address:port`.
    pub managers: Vec<String>,
    /// The Swarm, where it is a manager.
    pub cluster: Value,
}

/// A node, as a manager knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Id.
    pub id: String,
    /// Host name.
    pub name: String,
    /// ready, down, unknown, disconnected.
    pub state: String,
    /// active, pause, drain.
    pub availability: String,
    /// Whether it was groundcrew that took its containers off it.
    pub drained: bool,
    /// Whether it is a manager.
    pub manager: bool,
    /// Address.
    pub address: String,
    /// How the other managers reach it, where it is one: reachable, unreachable.
    pub reachability: String,
}

/// A task of a service: a container on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Id of the node.
    pub node: String,
    /// new, assigned, preparing, running, failed, rejected …
    pub state: String,
    /// What went wrong; empty where nothing did.
    pub error: String,
    /// The container's first process, as the node's own namespace counts.
    pub pid: Option<u32>,
    /// Address in the service's network.
    pub address: Option<std::net::Ipv4Addr>,
}

/// Both join tokens.
pub struct Tokens {
    /// For workers.
    pub worker: Zeroizing<String>,
    /// For managers.
    pub manager: Zeroizing<String>,
}

/// Docker.
pub struct Api<'a>(pub &'a dyn Host);

impl Api<'_> {
    fn send(
        &self,
        what: &'static str,
        (method, path): (&str, &str),
        (kind, body): (&str, &[u8]),
        within: Duration,
    ) -> Result<Response, DockerError> {
        let request = Request {
            method,
            host: "docker",
            path,
            headers: &[("Content-Type", kind)],
            body,
        };
        // It may hold a token.
        let bytes = Zeroizing::new(request.bytes());
        let down = |why: String| DockerError::Down { why };
        let answer = self.0.unix_exchange(SOCKET, &bytes, within);
        let answer = answer.map_err(|error| down(error.to_string()))?;
        let response = parse_response(&answer).map_err(down)?;
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        let said = serde_json::from_slice::<Value>(&response.body).ok();
        let said = said.and_then(|body| Some(body.get("message")?.as_str()?.to_owned()));
        let text = said.unwrap_or_else(|| printable(&String::from_utf8_lossy(&response.body)));
        Err(DockerError::Refused {
            what,
            status: response.status,
            text: said::without_tokens(text.trim()),
        })
    }

    fn get(&self, what: &'static str, path: &str) -> Result<Value, DockerError> {
        let response = self.send(what, ("GET", path), ("application/json", b""), ANSWER)?;
        serde_json::from_slice(&response.body).map_err(|error| DockerError::NotUnderstood {
            what,
            why: error.to_string(),
        })
    }

    fn post(
        &self,
        what: &'static str,
        path: &str,
        body: &Value,
        within: Duration,
    ) -> Result<Value, DockerError> {
        let body = Zeroizing::new(body.to_string());
        let kind = ("application/json", body.as_bytes());
        let response = self.send(what, ("POST", path), kind, within)?;
        Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }

    fn delete(&self, what: &'static str, path: &str) -> Result<(), DockerError> {
        self.send(what, ("DELETE", path), ("application/json", b""), ANSWER)?;
        Ok(())
    }

    /// This node's place in its Swarm.
    ///
    /// # Errors
    /// When Docker does not answer.
    pub fn standing(&self) -> Result<Standing, DockerError> {
        let info = self.get("the state of the Swarm", "/info")?;
        let swarm = info.get("Swarm").unwrap_or(&Value::Null);
        let managers = swarm.get("RemoteManagers").and_then(Value::as_array);
        let state = text(swarm, "/LocalNodeState");
        Ok(Standing {
            state: if state.is_empty() {
                "inactive".into()
            } else {
                state
            },
            control: swarm.pointer("/ControlAvailable") == Some(&Value::Bool(true)),
            node: text(swarm, "/NodeID"),
            address: text(swarm, "/NodeAddr"),
            error: said::without_tokens(&text(swarm, "/Error")),
            managers: managers
                .into_iter()
                .flatten()
                .map(|manager| text(manager, "/Addr"))
                .collect(),
            cluster: swarm.get("Cluster").cloned().unwrap_or(Value::Null),
        })
    }

    /// Makes a Swarm.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn init(&self, settings: &Value) -> Result<(), DockerError> {
        self.post("making the Swarm", "/swarm/init", settings, LONG)?;
        Ok(())
    }

    /// Joins a Swarm.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn join(&self, settings: &Value) -> Result<(), DockerError> {
        self.post("joining the Swarm", "/swarm/join", settings, LONG)?;
        Ok(())
    }

    /// Leaves the Swarm; with `force` also as its last manager, which ends it.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn leave(&self, force: bool) -> Result<(), DockerError> {
        let path = format!("/swarm/leave?force={}", u8::from(force));
        self.post("leaving the Swarm", &path, &json!({}), LONG)?;
        Ok(())
    }

    /// The join tokens, from a manager.
    ///
    /// # Errors
    /// When this is no manager.
    pub fn tokens(&self) -> Result<Tokens, DockerError> {
        const WHAT: &str = "reading the join tokens";
        let swarm = self.get(WHAT, "/swarm")?;
        let token = |pointer: &str| match text(&swarm, pointer) {
            token if super::token::is_one(&token) => Ok(Zeroizing::new(token)),
            _ => Err(DockerError::NotUnderstood {
                what: WHAT,
                why: format!("no token in {pointer}"),
            }),
        };
        Ok(Tokens {
            worker: token("/JoinTokens/Worker")?,
            manager: token("/JoinTokens/Manager")?,
        })
    }

    /// Replaces both join tokens.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn rotate(&self) -> Result<(), DockerError> {
        const WHAT: &str = "replacing the join tokens";
        let swarm = self.get(WHAT, "/swarm")?;
        let version = index(&swarm);
        let spec = swarm.get("Spec").cloned().unwrap_or(json!({}));
        let path = format!(
            "/swarm/update?version={version}&rotateWorkerToken=true&rotateManagerToken=true"
        );
        self.post(WHAT, &path, &spec, ANSWER)?;
        Ok(())
    }

    /// The nodes, from a manager.
    ///
    /// # Errors
    /// When this is no manager.
    pub fn nodes(&self) -> Result<Vec<Node>, DockerError> {
        let all = self.get("listing the nodes", "/nodes")?;
        let one = |node: &Value| Node {
            id: text(node, "/ID"),
            name: text(node, "/Description/Hostname"),
            state: text(node, "/Status/State"),
            availability: text(node, "/Spec/Availability"),
            drained: node.pointer(&format!("/Spec/Labels/{DRAINED}")).is_some(),
            manager: text(node, "/Spec/Role") == "manager",
            // The leader has 0.0.0.0 there with some versions (moby#35437).
            address: match text(node, "/Status/Addr").as_str() {
                "0.0.0.0" => {
                    let own = text(node, "/ManagerStatus/Addr");
                    own.split(':').next().unwrap_or_default().to_owned()
                }
                address => address.to_owned(),
            },
            reachability: text(node, "/ManagerStatus/Reachability"),
        };
        Ok(all.as_array().into_iter().flatten().map(one).collect())
    }

    /// Makes a worker of a manager.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn demote(&self, node: &str) -> Result<(), DockerError> {
        self.change("making a worker of a manager", node, &|spec| {
            spec.insert("Role".into(), "worker".into());
        })
    }

    /// Makes a manager of a worker.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn promote(&self, node: &str) -> Result<(), DockerError> {
        self.change("making a manager of a worker", node, &|spec| {
            spec.insert("Role".into(), "manager".into());
        })
    }

    /// Has a node take no containers any more; those on it go elsewhere. A label of the
    /// node keeps in mind that it was not its operator who wanted that.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn drain(&self, node: &str) -> Result<(), DockerError> {
        self.change("taking the containers off a node", node, &|spec| {
            spec.insert("Availability".into(), "drain".into());
            let labels = spec.entry("Labels").or_insert_with(|| json!({}));
            if !labels.is_object() {
                *labels = json!({});
            }
            if let Some(labels) = labels.as_object_mut() {
                labels.insert(DRAINED.into(), "true".into());
            }
        })
    }

    /// Has a node take containers again that was drained by [`Self::drain`].
    ///
    /// # Errors
    /// When Docker does not.
    pub fn undrain(&self, node: &str) -> Result<(), DockerError> {
        self.change("letting a node take containers again", node, &|spec| {
            spec.insert("Availability".into(), "active".into());
            let labels = spec.get_mut("Labels").and_then(Value::as_object_mut);
            if let Some(labels) = labels {
                labels.remove(DRAINED);
            }
        })
    }

    fn change(
        &self,
        what: &'static str,
        node: &str,
        edit: &dyn Fn(&mut serde_json::Map<String, Value>),
    ) -> Result<(), DockerError> {
        /// The node itself changes something of it meanwhile.
        const TRIES: usize = 3;
        let mut tries = 1;
        loop {
            let found = self.get(what, &format!("/nodes/{node}"))?;
            let mut spec = found.get("Spec").cloned().unwrap_or(json!({}));
            if let Some(spec) = spec.as_object_mut() {
                edit(spec);
            }
            let path = format!("/nodes/{node}/update?version={}", index(&found));
            match self.post(what, &path, &spec, ANSWER) {
                Ok(_) => return Ok(()),
                Err(DockerError::Refused { text, .. })
                    if tries < TRIES && text.contains("out of sequence") =>
                {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a node that is down out of the list.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn remove_node(&self, node: &str) -> Result<(), DockerError> {
        gone(self.delete("taking a node out of the list", &format!("/nodes/{node}")))
    }

    /// A network, by its name; none where it is not there.
    ///
    /// # Errors
    /// When Docker does not answer.
    pub fn network(&self, name: &str) -> Result<Option<Value>, DockerError> {
        found(self.get("looking at a network", &format!("/networks/{name}")))
    }

    /// Makes a network.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn make_network(&self, settings: &Value) -> Result<(), DockerError> {
        self.post("making a network", "/networks/create", settings, ANSWER)?;
        Ok(())
    }

    /// Removes a network; one that is not there is none to complain of.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn remove_network(&self, name: &str) -> Result<(), DockerError> {
        gone(self.delete("removing a network", &format!("/networks/{name}")))
    }

    /// The id of an image, by its name; none where it is not there.
    ///
    /// # Errors
    /// When Docker does not answer.
    pub fn image(&self, name: &str) -> Result<Option<String>, DockerError> {
        let image = found(self.get("looking at an image", &format!("/images/{name}/json")))?;
        Ok(image.map(|image| text(&image, "/Id")))
    }

    /// Loads an image that `docker save` would have written.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn load_image(&self, image: &[u8]) -> Result<(), DockerError> {
        let (what, path) = ("loading an image", "/images/load?quiet=1");
        self.send(what, ("POST", path), ("application/x-tar", image), LONG)?;
        Ok(())
    }

    /// Removes an image; one that is not there is none to complain of.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn remove_image(&self, name: &str) -> Result<(), DockerError> {
        gone(self.delete("removing an image", &format!("/images/{name}?force=1")))
    }

    /// Makes a service.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn make_service(&self, settings: &Value) -> Result<(), DockerError> {
        self.post("making a service", "/services/create", settings, ANSWER)?;
        Ok(())
    }

    /// Removes a service; one that is not there is none to complain of.
    ///
    /// # Errors
    /// When Docker does not.
    pub fn remove_service(&self, name: &str) -> Result<(), DockerError> {
        gone(self.delete("removing a service", &format!("/services/{name}")))
    }

    /// The tasks of a service.
    ///
    /// # Errors
    /// When Docker does not answer.
    pub fn tasks(&self, service: &str) -> Result<Vec<Task>, DockerError> {
        // {"service":["NAME"]}
        let path = format!("/tasks?filters=%7B%22service%22%3A%5B%22{service}%22%5D%7D");
        let all = self.get("listing the tasks", &path)?;
        let one = |task: &Value| Task {
            node: text(task, "/NodeID"),
            state: text(task, "/Status/State"),
            error: said::without_tokens(&text(task, "/Status/Err")),
            pid: task
                .pointer("/Status/ContainerStatus/PID")
                .and_then(Value::as_u64)
                .and_then(|pid| u32::try_from(pid).ok())
                .filter(|pid| *pid != 0),
            address: text(task, "/NetworksAttachments/0/Addresses/0")
                .split('/')
                .next()
                .and_then(|address| address.parse().ok()),
        };
        Ok(all.as_array().into_iter().flatten().map(one).collect())
    }
}

/// A text in an answer; empty where it is not there.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn index(value: &Value) -> u64 {
    let found = value.pointer("/Version/Index").and_then(Value::as_u64);
    found.unwrap_or_default()
}

fn found<T>(result: Result<T, DockerError>) -> Result<Option<T>, DockerError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

fn gone(result: Result<(), DockerError>) -> Result<(), DockerError> {
    found(result).map(|_| ())
}
