//! What is answered about Docker Swarm.

use std::path::PathBuf;

use ipnet::Ipv4Net;

use super::build::Reader;
use super::words::words;
use super::{Problem, SecretRef};
use crate::answers::merged::Answers;

/// Port of a manager's API (docs.docker.com, swarm-tutorial).
const MANAGEMENT: u16 = 2377;

words! {
    /// What a node is in a Swarm.
    SwarmAs {
        /// It runs containers.
        Worker = "worker",
        /// It decides, too.
        Manager = "manager",
    }
}

/// Docker Swarm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwarmConfig {
    /// What a joining node becomes.
    pub node_as: SwarmAs,
    /// The manager that it joins, `address:port`.
    pub manager: Option<String>,
    /// Where its token is.
    pub token: Option<SecretRef>,
    /// Ranges of the Swarm's networks; none: chosen.
    pub address_pools: Vec<Ipv4Net>,
    /// Prefix length of each network.
    pub subnet_len: u8,
    /// UDP port of the data path; none: found.
    pub data_path_port: Option<u16>,
    /// File for the join tokens.
    pub token_out: PathBuf,
    /// Whether they are replaced once all nodes are there.
    pub rotate_tokens: bool,
}

impl SwarmConfig {
    pub(super) fn read(read: &Reader<'_>) -> Option<Self> {
        let pools = read.texts("swarm.address-pools");
        Some(Self {
            node_as: read.word("swarm.as", SwarmAs::from_word)?,
            manager: read.text("swarm.manager").map(|text| {
                if text.contains(':') {
                    text
                } else {
                    format!("{text}:{MANAGEMENT}")
                }
            }),
            token: read.secret("swarm.token"),
            address_pools: pools
                .iter()
                .map(|pool| Some(pool.parse::<Ipv4Net>().ok()?.trunc()))
                .collect::<Option<Vec<_>>>()?,
            subnet_len: read.int("swarm.subnet-len")?,
            data_path_port: read.int("swarm.data-path-port"),
            token_out: read.text("swarm.token-out")?.into(),
            rotate_tokens: read.flag("swarm.rotate-tokens")?,
        })
    }

    /// The answers that joining a Swarm needs and that nobody gave.
    pub fn missing(answers: &Answers) -> Vec<Problem> {
        let role = answers.get("role");
        if role.as_ref().and_then(|role| role.text()) != Some("join") {
            return Vec::new();
        }
        let wanted = [
            (
                "swarm.manager",
                "missing: the address of a manager that this host joins",
                "give it in the answers file, or as --set swarm.manager=ADDRESS",
            ),
            (
                "swarm.token",
                "missing: where the Swarm's join token is",
                "carry the first host's file (swarm.token-out) here and name it as {file: PATH}",
            ),
        ];
        let missing = wanted.iter().filter(|(id, ..)| !answers.is_given(id));
        missing
            .map(|(id, text, hint)| answers.problem(id, *text, Some(hint)))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::Config;

    #[test]
    fn a_manager_without_a_port_has_the_usual_one_and_all_that_is_missing_is_told() {
        let mut answers = Answers::default();
        assert!(SwarmConfig::missing(&answers).is_empty());
        answers.set_text("role", "join").unwrap();
        let told: Vec<_> = SwarmConfig::missing(&answers)
            .iter()
            .map(|problem| problem.path.clone())
            .collect();
        assert_eq!(told, ["swarm.manager", "swarm.token"]);
        answers.set_text("swarm.manager", "10.0.0.11").unwrap();
        let config = Config::from_answers(&answers).unwrap().swarm;
        assert_eq!(config.manager.as_deref(), Some("10.0.0.11:2377"));
        assert_eq!(config.data_path_port, None);
        answers
            .set_text("swarm.manager", "m1.example:2400")
            .unwrap();
        answers.set_text("swarm.data-path-port", "4790").unwrap();
        let config = Config::from_answers(&answers).unwrap().swarm;
        assert_eq!(config.manager.as_deref(), Some("m1.example:2400"));
        assert_eq!(config.data_path_port, Some(4790));
        for bad in ["10.0.0.300", "10.0.0.1:0", "a b", "fe80::1"] {
            assert!(answers.set_text("swarm.manager", bad).is_err(), "{bad}");
        }
    }
}
