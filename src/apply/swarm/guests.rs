//! Letting nodes into a Swarm whose tokens nobody carries: a node that joins makes a
//! key for this one time, a manager seals the token to it, and the node opens it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::api::Api;
use super::{is_ours, token};
use crate::apply::error::StepError;
use crate::apply::{files, keys, sealed};
use crate::host::Host;
use crate::plan::scheduler::swarm::{Act, NodeAs};

/// How often replacing the tokens is tried where the Swarm was changed meanwhile by
/// somebody else.
const TRIES: usize = 3;

/// A node that is to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Guest {
    /// Its public key.
    pub key: String,
    /// What it becomes.
    pub node_as: NodeAs,
}

fn told(error: impl std::fmt::Display) -> StepError {
    StepError::Told(error.to_string())
}

fn purpose(name: &str, node_as: NodeAs) -> String {
    format!("join token of a {} for {name}", node_as.word())
}

/// Whether this node needs a token: it is in no Swarm.
///
/// # Errors
/// When Docker does not answer.
pub fn needs_token(host: &dyn Host) -> Result<bool, StepError> {
    Ok(Api(host).standing()?.state != "active")
}

/// Makes a key in a file for root alone; its public half.
///
/// # Errors
/// When there is no entropy, or it cannot be written.
pub fn make_key(host: &dyn Host, path: &str) -> Result<String, StepError> {
    let key = keys::generate(host).map_err(told)?;
    files::write(host, path, key.as_bytes(), 0o600)?;
    keys::public_of_file(host, path).map_err(told)
}

/// Seals the tokens of this Swarm, for each guest that of its kind. `mark` is a file
/// that says from then on that they have left this host.
///
/// # Errors
/// When this is no manager, or a key is none.
pub fn seal(
    host: &dyn Host,
    mark: &str,
    guests: &BTreeMap<String, Guest>,
) -> Result<BTreeMap<String, String>, StepError> {
    let tokens = Api(host).tokens()?;
    files::write(host, mark, b"", 0o600)?;
    let mut all = BTreeMap::new();
    for (name, guest) in guests {
        let token = match guest.node_as {
            NodeAs::Worker => &tokens.worker,
            NodeAs::Manager => &tokens.manager,
        };
        let sealed = sealed::seal(host, &guest.key, &purpose(name, guest.node_as), token);
        let sealed = sealed.map_err(|error| told(format!("{name}: {error}")))?;
        all.insert(name.clone(), sealed);
    }
    Ok(all)
}

/// Opens the token that was sealed for this node, writes it into `file` for root
/// alone, and removes the key, which has no other use.
///
/// # Errors
/// When the key is not there, or the token is another node's.
pub fn open(
    host: &dyn Host,
    (name, node_as): (&str, NodeAs),
    key: &str,
    text: &str,
    file: &str,
) -> Result<(), StepError> {
    let private = keys::read(host, key).map_err(told)?;
    let token = sealed::open(&private, &purpose(name, node_as), text).map_err(told)?;
    if !token::is_one(&token) {
        return Err(told("what was sealed for this host is no join token"));
    }
    let line = Zeroizing::new(format!("{}\n", *token));
    files::write(host, file, line.as_bytes(), 0o600)?;
    host.remove_file(key).map_err(|e| StepError::file(key, e))
}

/// Replaces both tokens where they have left this host, or are in `file`, which goes;
/// whether they were.
///
/// # Errors
/// When Docker does not.
pub fn rotate(host: &dyn Host, mark: &str, file: &str) -> Result<bool, StepError> {
    let marked = host.meta(mark).is_ok();
    if !marked && !is_ours(host, file)? {
        return Ok(false);
    }
    // A Swarm that is gone has no tokens.
    let there = !needs_token(host)?;
    if there {
        let act = Act::Rotate { path: file.into() };
        let mut tries = 1;
        while let Err(error) = super::apply(host, &act) {
            if tries == TRIES {
                return Err(told(format!(
                    "the join tokens that were handed out are not replaced ({error}): whoever has \
                     one joins; `docker swarm join-token --rotate worker`, and the same with \
                     manager, on this host does it"
                )));
            }
            tries += 1;
        }
    }
    if marked {
        host.remove_file(mark)
            .map_err(|e| StepError::file(mark, e))?;
    }
    Ok(there)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fake::{ADDRESS, SECRET, change, state, token, with_docker};
    use super::*;
    use crate::host::Scripted;

    const KEY: &str = "/var/lib/groundcrew/fleet/swarm-key";
    const MARK: &str = "/var/lib/groundcrew/fleet/swarm-handed-out";
    const FILE: &str = "/var/lib/groundcrew/fleet/swarm-join-tokens";
    const OUT: &str = "/root/swarm-join-tokens";

    fn host() -> Scripted {
        with_docker(Scripted::new())
            .dir("/root")
            .dir("/var/lib/groundcrew/fleet")
    }

    fn manager() -> Scripted {
        let host = host();
        let init = Act::Init {
            address: ADDRESS.parse().unwrap(),
            data_path_addr: true,
            data_path_port: None,
            pools: Vec::new(),
            subnet_len: 24,
        };
        super::super::apply(&host, &init).unwrap();
        host
    }

    fn guests(guest: &Scripted, node_as: NodeAs) -> BTreeMap<String, Guest> {
        let key = make_key(guest, KEY).unwrap();
        [("app02".to_owned(), Guest { key, node_as })].into()
    }

    #[test]
    fn a_token_goes_from_a_manager_to_a_guest_and_is_readable_nowhere_between() {
        let (manager, guest) = (manager(), host());
        assert!(needs_token(&guest).unwrap() && !needs_token(&manager).unwrap());
        for node_as in [NodeAs::Worker, NodeAs::Manager] {
            let guests = guests(&guest, node_as);
            assert_eq!(guest.tree()[KEY].mode, 0o600);
            let sealed = seal(&manager, MARK, &guests).unwrap().remove("app02");
            let sealed = sealed.unwrap();
            assert!(!sealed.contains("SWMTKN") && !sealed.contains(SECRET));
            // Another host's name, and another kind, do not open it.
            for other in [("app03", node_as), ("app02", NodeAs::Worker)] {
                if other != ("app02", node_as) {
                    let error = open(&guest, other, KEY, &sealed, FILE).unwrap_err();
                    assert!(error.to_string().contains("does not open"), "{error}");
                    assert!(guest.meta(FILE).is_err());
                }
            }
            open(&guest, ("app02", node_as), KEY, &sealed, FILE).unwrap();
            let wanted = format!("{}\n", token(node_as.word(), 0));
            assert_eq!(guest.text(FILE).unwrap(), wanted);
            assert_eq!(guest.tree()[FILE].mode, 0o600);
            // The key was for this one time.
            assert!(guest.meta(KEY).is_err());
            assert!(open(&guest, ("app02", node_as), KEY, &sealed, FILE).is_err());
            guest.remove_file(FILE).unwrap();
        }
    }

    #[test]
    fn tokens_that_have_left_the_manager_are_replaced_once() {
        let (manager, guest) = (manager(), host());
        assert!(!rotate(&manager, MARK, OUT).unwrap());
        seal(&manager, MARK, &guests(&guest, NodeAs::Worker)).unwrap();
        super::super::apply(&manager, &Act::Tokens { path: OUT.into() }).unwrap();
        assert!(rotate(&manager, MARK, OUT).unwrap());
        assert_eq!(state(&manager)["rotations"], 1);
        assert!(manager.meta(OUT).is_err() && manager.meta(MARK).is_err());
        assert!(!rotate(&manager, MARK, OUT).unwrap());
        // Only the file, as a command has left it that was cut off.
        super::super::apply(&manager, &Act::Tokens { path: OUT.into() }).unwrap();
        assert!(rotate(&manager, MARK, OUT).unwrap());
        assert_eq!(state(&manager)["rotations"], 2);
    }

    #[test]
    fn tokens_that_cannot_be_replaced_are_told_of_and_stay_marked() {
        let (manager, guest) = (manager(), host());
        seal(&manager, MARK, &guests(&guest, NodeAs::Worker)).unwrap();
        change(&manager, |state| {
            state["swarm"]["ControlAvailable"] = false.into();
        });
        let error = rotate(&manager, MARK, OUT).unwrap_err().to_string();
        assert!(error.contains("--rotate worker"), "{error}");
        assert!(!error.contains(SECRET) && manager.meta(MARK).is_ok());
        // A Swarm that is gone has none.
        change(&manager, |state| {
            state["swarm"]["LocalNodeState"] = "inactive".into();
        });
        assert!(!rotate(&manager, MARK, OUT).unwrap());
        assert!(manager.meta(MARK).is_err());
    }

    #[test]
    fn nothing_is_sealed_where_no_manager_is() {
        let (worker, guest) = (host(), host());
        let error = seal(&worker, MARK, &guests(&guest, NodeAs::Worker)).unwrap_err();
        assert!(error.to_string().contains("not a swarm manager"), "{error}");
        assert!(worker.meta(MARK).is_err());
        let bad = Guest {
            key: "canary".into(),
            node_as: NodeAs::Worker,
        };
        let error = seal(&manager(), MARK, &[("app02".to_owned(), bad)].into()).unwrap_err();
        assert!(error.to_string().starts_with("app02: "), "{error}");
    }
}
