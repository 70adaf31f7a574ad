//! Traffic from container to container, tried with containers: an overlay
//! network and a service with one container on each node come and go. The
//! kernel of each node answers echo requests for its container; they are sent
//! from the container here, so that they take the way that an application's
//! packets take.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;

use super::{Result, Status, explained, one};
use crate::apply::swarm::{Api, DockerError, IMAGE, Node, Standing, Task};
use crate::apply::verify::Verified;
use crate::apply::wait::wait;
use crate::host::{Host, Ping};
use crate::plan::scheduler::swarm::{DATA_PATH, LABEL, MTU_OPTION, Verify};

/// How long a container may take to come up: 2 s were measured, and 20 s pass
/// before Docker gives up a network that it cannot make.
const UP: Duration = Duration::from_secs(45);
/// How long one echo request is waited for.
const ECHO: Duration = Duration::from_secs(1);
/// How many are sent before silence counts: a node hears of a new container
/// within a second or two.
const TRIES: usize = 10;
/// How long the network may be in use after its service is gone.
const GONE: Duration = Duration::from_secs(20);
/// What VXLAN takes of each packet, in bytes (RFC 7348, section 5: 20 of IPv4, 8
/// of UDP, 8 of VXLAN and 14 of Ethernet).
const VXLAN: u32 = 50;

/// Tries it from this manager to each other node.
pub(super) fn prove(
    host: &dyn Host,
    wanted: &Verify,
    standing: &Standing,
    nodes: &[Node],
) -> Vec<Verified> {
    const ID: &str = "verify.containers";
    let told = |result: Result| vec![one(ID, "containers", result)];
    let others: Vec<_> = nodes
        .iter()
        .filter(|node| node.state == "ready" && node.id != standing.node)
        .collect();
    if others.is_empty() {
        let text = "no other node is there yet that a container here could reach";
        return told((Status::NotApplicable, text.into()));
    }
    let here = nodes.iter().find(|node| node.id == standing.node);
    if here.is_some_and(|node| node.availability != "active") {
        let text = "this node takes no containers (docker node update --availability active), so \
                    that none here can try to reach others";
        return told((Status::Unknown, text.into()));
    }
    let api = Api(host);
    let image = match api.image(IMAGE) {
        Ok(Some(image)) => image,
        Ok(None) => {
            let text = format!(
                "the image {IMAGE} is not here, which the trial starts: run groundcrew again"
            );
            return told((Status::Unknown, text));
        }
        Err(error) => return told((Status::Unknown, error.to_string())),
    };
    let probe = Probe::new(host, &standing.node);
    let tasks = match probe.run(wanted, &image, nodes) {
        Ok(tasks) => tasks,
        Err(error) => {
            let left = probe.remove();
            let text = format!("no container can be tried: {error}{}", also(left));
            return told((Status::Fail, text));
        }
    };
    let trial = Trial {
        host,
        standing,
        wanted,
        tasks: &tasks,
    };
    let mut results: Vec<Verified> = std::thread::scope(|scope| {
        let trial = &trial;
        let tries: Vec<_> = others
            .iter()
            .map(|node| scope.spawn(move || one(ID, &node.name, trial.reach(node))))
            .collect();
        let ended = tries.into_iter().filter_map(|thread| thread.join().ok());
        ended.collect()
    });
    if let Some(left) = probe.remove() {
        results.push(one(ID, "containers", (Status::Unknown, left)));
    }
    results
}

fn also(left: Option<String>) -> String {
    left.map_or(String::new(), |left| format!("; {left}"))
}

/// The network and the service, by the one name that both have: that of this
/// manager, so that two of them do not take each other's away.
struct Probe<'a> {
    host: &'a dyn Host,
    name: String,
}

impl<'a> Probe<'a> {
    fn new(host: &'a dyn Host, node: &str) -> Self {
        let node: String = node.chars().take(12).collect();
        Self {
            host,
            name: format!("groundcrew-probe-{node}"),
        }
    }

    /// Makes both, after what an earlier one left that was cut off, and waits for
    /// the containers.
    fn run(
        &self,
        wanted: &Verify,
        image: &str,
        nodes: &[Node],
    ) -> std::result::Result<Vec<Task>, DockerError> {
        let api = Api(self.host);
        self.remove();
        let mut options = serde_json::Map::new();
        if let Some(mtu) = wanted.mtu {
            options.insert(MTU_OPTION.into(), json!(mtu.to_string()));
        }
        if wanted.encrypted {
            options.insert("encrypted".into(), json!(""));
        }
        let labels = json!({ LABEL.0: "probe" });
        api.make_network(&json!({
            "Name": self.name,
            "CheckDuplicate": true,
            "Driver": "overlay",
            // Nothing leads out of it.
            "Internal": true,
            "Options": options,
            "Labels": labels,
        }))?;
        api.make_service(&json!({
            "Name": self.name,
            "Labels": labels,
            "TaskTemplate": {
                "ContainerSpec": {"Image": image, "StopGracePeriod": 0},
                "RestartPolicy": {"Condition": "none"},
                "Networks": [{"Target": self.name}],
            },
            "Mode": {"Global": {}},
            // Virtual addresses need ip_vs in the kernel.
            "EndpointSpec": {"Mode": "dnsrr"},
        }))?;
        let wanted = nodes
            .iter()
            .filter(|node| node.state == "ready" && node.availability == "active");
        let wanted: Vec<_> = wanted.map(|node| node.id.as_str()).collect();
        let mut tasks = Vec::new();
        let mut last = Ok(());
        wait(self.host, UP, || match api.tasks(&self.name) {
            Ok(found) => {
                let settled = |node: &&str| {
                    let of = found.iter().find(|task| task.node == **node);
                    of.is_some_and(|task| is_up(task) || has_ended(task))
                };
                let all = wanted.iter().all(settled);
                tasks = found;
                all
            }
            Err(error) => {
                last = Err(error);
                true
            }
        });
        last.map(|()| tasks)
    }

    /// Removes both; what is left of them, as a sentence.
    fn remove(&self) -> Option<String> {
        let api = Api(self.host);
        let mut last = None;
        wait(self.host, GONE, || {
            let service = api.remove_service(&self.name);
            let network = service.and_then(|()| {
                // Said to be done, it is still there for a second or two.
                let removed = api.remove_network(&self.name);
                match api.network(&self.name)? {
                    None => Ok(()),
                    Some(_) => removed.and(Err(DockerError::Refused {
                        what: "removing a network",
                        status: 0,
                        text: "it is still there".into(),
                    })),
                }
            });
            last = network.err().map(|error| error.to_string());
            last.is_none()
        });
        last.map(|why| {
            format!(
                "what the trial made is still there ({why}), and goes with the next one: docker \
                 service rm {name}; docker network rm {name}",
                name = self.name
            )
        })
    }
}

fn is_up(task: &Task) -> bool {
    task.state == "running" && task.pid.is_some()
}

fn has_ended(task: &Task) -> bool {
    const ENDED: [&str; 6] = [
        "complete", "failed", "rejected", "shutdown", "remove", "orphaned",
    ];
    ENDED.contains(&task.state.as_str())
}

/// The containers, and what is wanted of them.
struct Trial<'a> {
    host: &'a dyn Host,
    standing: &'a Standing,
    wanted: &'a Verify,
    tasks: &'a [Task],
}

impl Trial<'_> {
    /// The container on a node; or why there is none.
    fn container(&self, node: &str, name: &str) -> std::result::Result<&Task, Result> {
        let Some(task) = self.tasks.iter().find(|task| task.node == node) else {
            return Err((
                Status::Unknown,
                format!("{name}: it was given no container; does it take any (docker node ls)?"),
            ));
        };
        if is_up(task) {
            return Ok(task);
        }
        if task.error.contains("No such image") {
            return Err((
                Status::Unknown,
                format!("{name}: {IMAGE} is not there: run groundcrew there, which loads it"),
            ));
        }
        let why = if task.error.is_empty() {
            format!("it is {} after {} s", task.state, UP.as_secs())
        } else {
            explained(&task.error)
        };
        Err((
            Status::Fail,
            format!("{name}: no container came up there: {why}"),
        ))
    }

    fn reach(&self, node: &Node) -> Result {
        let name = format!("{} ({})", node.name, node.address);
        if node.availability != "active" {
            return (
                Status::Unknown,
                format!(
                    "{name}: it takes no containers (availability {})",
                    node.availability
                ),
            );
        }
        let both = self
            .container(&self.standing.node, "this node")
            .and_then(|own| Ok((own, self.container(&node.id, &name)?)));
        let (own, there) = match both {
            Ok(both) => both,
            Err(result) => return result,
        };
        match (own.pid, there.address) {
            (Some(pid), Some(to)) => self.ping(pid, to, &name),
            _ => (
                Status::Unknown,
                format!("{name}: Docker does not tell its container's address"),
            ),
        }
    }

    fn ping(&self, pid: u32, to: Ipv4Addr, name: &str) -> Result {
        let ping = |size: u16| self.host.ping_inside(pid, to, size, ECHO);
        let mut answer = Ok(Ping::NoReply);
        for _ in 0..TRIES {
            answer = ping(84);
            if !matches!(answer, Ok(Ping::NoReply)) {
                break;
            }
        }
        let time = match answer {
            Ok(Ping::Reply(time)) => time.as_secs_f64() * 1000.0,
            Ok(Ping::TooBig(_)) => {
                return (Status::Fail, format!("{name}: 84 bytes are too big"));
            }
            Ok(Ping::NoReply) => return (Status::Fail, self.silence(to, name)),
            Err(error) => return (Status::Unknown, format!("{name}: {error}")),
        };
        let Some(mtu) = self.mtu(pid) else {
            return (
                Status::Unknown,
                format!(
                    "{name}: its container {to} answers in {time:.1} ms; the MTU of the one here is \
                     not known"
                ),
            );
        };
        let mut full = ping(mtu);
        if matches!(full, Ok(Ping::NoReply)) {
            full = ping(mtu);
        }
        let over = mtu.saturating_add(1);
        match (full, ping(over)) {
            (Ok(Ping::Reply(_)), Ok(Ping::TooBig(_))) => (
                Status::Pass,
                format!(
                    "{name}: its container {to} answers the one here in {time:.1} ms, MTU {mtu} end \
                     to end"
                ),
            ),
            (Ok(Ping::Reply(_)), Ok(_)) => (
                Status::Fail,
                format!("{name}: its container answers, but {over} bytes go out too"),
            ),
            (Ok(_), _) => (
                Status::Fail,
                format!(
                    "{name}: its container {to} answers small packets but none of {mtu} bytes: \
                     something on the way carries less than the {} that the interface has",
                    u32::from(mtu) + VXLAN
                ),
            ),
            (Err(error), _) => (Status::Unknown, format!("{name}: {error}")),
        }
    }

    /// MTU of the container's interface: `eth0` is the first one, and it has no
    /// other.
    fn mtu(&self, pid: u32) -> Option<u16> {
        let path = format!("/proc/{pid}/root/sys/class/net/eth0/mtu");
        let text = self.host.read(&path).ok()?;
        String::from_utf8_lossy(&text).trim().parse().ok()
    }

    fn silence(&self, to: Ipv4Addr, name: &str) -> String {
        let port = self
            .standing
            .cluster
            .get("DataPathPort")
            .and_then(serde_json::Value::as_u64)
            .filter(|port| *port != 0)
            .unwrap_or(u64::from(DATA_PATH));
        let esp = if self.wanted.encrypted {
            " and ESP (IP protocol 50)"
        } else {
            ""
        };
        format!(
            "{name} is Ready, and its container {to} did not answer the one here within {TRIES} s: \
             do both firewalls, and those between, let UDP {port}{esp} through? On VMware: NSX uses \
             UDP 4789 too, and see `groundcrew checks explain net.offload`"
        )
    }
}
