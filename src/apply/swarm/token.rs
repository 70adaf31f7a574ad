//! Join tokens: in a file of groundcrew's, or wherever they are named. None is
//! ever shown, logged or given to a program.

use zeroize::Zeroizing;

use super::api::Tokens;
use crate::answers::secret::{Secret, SecretError, SecretRef};
use crate::host::Host;
use crate::plan::scheduler::swarm::NodeAs;
use crate::plan::survey::MARK;

/// The file of both tokens.
pub fn file(tokens: &Tokens) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{MARK}: join tokens of a Swarm. Whoever has one joins it.\nworker: {}\nmanager: {}\n",
        *tokens.worker, *tokens.manager
    ))
}

/// Whether a text is a join token (moby SwarmKit ca/certificates.go: SWMTKN-1-,
/// digest and secret in base 36).
pub fn is_one(text: &str) -> bool {
    let rest = text.strip_prefix("SWMTKN-");
    rest.is_some_and(|rest| {
        rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && rest.split('-').filter(|part| !part.is_empty()).count() == 3
    })
}

/// The token for a node of this kind, from a file of groundcrew's or one that
/// holds nothing else.
///
/// # Errors
/// What is wrong with it; never with any of it.
pub fn read(host: &dyn Host, place: &SecretRef, node_as: NodeAs) -> Result<Secret, String> {
    let secret = place.resolve(host, &mut || None);
    let secret = secret.map_err(|error: SecretError| error.to_string())?;
    let text = secret.expose();
    let line = text.lines().find_map(|line| {
        let (word, token) = line.split_once(':')?;
        (word.trim() == node_as.word()).then(|| token.trim())
    });
    let token = line.unwrap_or(text.trim());
    if is_one(token) {
        Ok(Secret::new(token))
    } else {
        Err(format!(
            "{place} holds no join token of a {}: wanted the file of swarm.token-out, or a token as \
             `docker swarm join-token -q {}` prints it",
            node_as.word(),
            node_as.word()
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const WORKER: &str = "SWMTKN-1-0h9suswg6pqa9dq9-2gz7bamnttra8q9";
    const MANAGER: &str = "SWMTKN-1-0h9suswg6pqa9dq9-canarycanarycan";

    fn read_file(text: &str, node_as: NodeAs) -> Result<String, String> {
        let host = Scripted::new().file("/root/token", text);
        host.write_atomic("/root/token", text.as_bytes(), 0o600)
            .unwrap();
        let place = SecretRef::File("/root/token".into());
        read(&host, &place, node_as).map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_token_is_the_one_of_the_nodes_kind_or_the_only_one() {
        let tokens = Tokens {
            worker: Zeroizing::new(WORKER.into()),
            manager: Zeroizing::new(MANAGER.into()),
        };
        let both = file(&tokens);
        assert_eq!(read_file(&both, NodeAs::Worker).unwrap(), WORKER);
        assert_eq!(read_file(&both, NodeAs::Manager).unwrap(), MANAGER);
        assert_eq!(
            read_file(&format!(" {WORKER}\n"), NodeAs::Manager).unwrap(),
            WORKER
        );
        for bad in ["", "canary", "SWMTKN-1-canary", "worker: canary\n"] {
            let told = read_file(bad, NodeAs::Worker).unwrap_err();
            assert!(!told.contains("canary"), "{told}");
            assert!(told.contains("/root/token"), "{told}");
        }
    }
}
