//! ZeroTier's files: the identity, the planet, and the world that a planet is
//! signed from. Secrets are written 0600 and go nowhere else.

use std::net::SocketAddrV4;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::error::ZerotierError;
use crate::apply::content::clear_unfinished;
use crate::apply::error::StepError;
pub use crate::apply::files::write;
use crate::host::{Command, Host};
use crate::plan::zerotier::{HOME, NetworkId, OWN, SUFFIX, slashed};

/// A path in ZeroTier's folder.
pub fn home(name: &str) -> String {
    format!("{HOME}/{name}")
}

/// A path in groundcrew's folder there.
pub fn own(name: &str) -> String {
    format!("{OWN}/{name}")
}

/// The bytes of a file, or `None` where it is not there.
pub fn read(host: &dyn Host, path: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StepError> {
    match host.read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StepError::file(path, error)),
    }
}

/// Removes a file, if it is there.
pub fn remove(host: &dyn Host, path: &str) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    match host.remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StepError::file(path, error))
        }
        _ => Ok(()),
    }
}

fn wrong(path: &str, why: &str) -> StepError {
    ZerotierError::File {
        path: path.into(),
        why: why.into(),
    }
    .into()
}

/// The node address at the beginning of an identity: `28efc9e578:0:…`.
pub fn node_of(identity: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(identity).ok()?;
    let mut fields = text.trim().split(':');
    let (address, kind, key) = (fields.next()?, fields.next()?, fields.next()?);
    let hex = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    };
    (address.len() == 10 && hex(address) && kind == "0" && key.len() == 128 && hex(key))
        .then(|| address.to_owned())
}

/// The node address of this host.
///
/// # Errors
/// When there is no identity, or its file holds something else.
pub fn own_node(host: &dyn Host) -> Result<String, StepError> {
    let path = home("identity.public");
    let bytes = host.read(&path).map_err(|error| ZerotierError::NoFile {
        path: path.clone(),
        why: error.to_string(),
    })?;
    node_of(&bytes).ok_or_else(|| wrong(&path, "it does not begin with a node address"))
}

/// The planet of this host, in base64.
///
/// # Errors
/// When it cannot be read.
pub fn planet(host: &dyn Host) -> Result<String, StepError> {
    let path = home("planet");
    let bytes = host.read(&path).map_err(|e| StepError::file(&path, e))?;
    Ok(STANDARD.encode(bytes))
}

/// The bytes of a planet in base64.
///
/// # Errors
/// When they are none.
pub fn planet_bytes(base64: &str) -> Result<Vec<u8>, StepError> {
    let bytes = STANDARD.decode(base64.trim()).unwrap_or_default();
    // Type 1 is a planet, 127 a moon (World.hpp); a world with one root and one
    // IPv4 endpoint has 257 bytes.
    if !matches!(bytes.first(), Some(1 | 127)) || bytes.len() < 200 {
        return Err(wrong(
            "the join file's planet",
            "it is no ZeroTier world in base64",
        ));
    }
    Ok(bytes)
}

/// The id of a network.
///
/// # Errors
/// When it hangs on this node's address and there is none.
pub fn network_id(host: &dyn Host, network: &NetworkId) -> Result<String, StepError> {
    match network {
        NetworkId::Given(id) => Ok(id.clone()),
        NetworkId::Own => Ok(own_node(host)? + SUFFIX),
    }
}

/// Whether there is a whole identity, and another one than `not`.
///
/// # Errors
/// When it cannot be read.
pub fn has_identity(host: &dyn Host, not: Option<&str>) -> Result<bool, StepError> {
    let (secret, public) = (home("identity.secret"), home("identity.public"));
    let Some(secret) = read(host, &secret)? else {
        return Ok(false);
    };
    let Some(public) = read(host, &public)? else {
        return Ok(false);
    };
    let unfinished = read(host, &own("identity.new"))?.is_some();
    let (of_secret, of_public) = (node_of(&secret), node_of(&public));
    Ok(!unfinished && of_secret.is_some() && of_secret == of_public && of_public.as_deref() != not)
}

/// Makes an identity. It is made in a folder that root alone may enter, since
/// zerotier-idtool writes the secret for everybody to read.
///
/// # Errors
/// When zerotier-idtool fails, or a file cannot be written.
pub fn make_identity(host: &dyn Host) -> Result<(), StepError> {
    let (secret, public) = (home("identity.secret"), home("identity.public"));
    let (new, new_public) = (own("identity.new"), own("identity.new.public"));
    // Of a run that was cut off.
    remove(host, &new)?;
    remove(host, &new_public)?;
    host.run(&Command::new([
        "zerotier-idtool",
        "generate",
        &new,
        &new_public,
    ]))?;
    let made = read(host, &new)?.unwrap_or_default();
    let node = node_of(&made);
    let text = Zeroizing::new(String::from_utf8_lossy(&made).into_owned());
    let fields: Vec<_> = text.trim().split(':').take(3).collect();
    if node.is_none() {
        return Err(wrong(&new, "zerotier-idtool wrote no identity into it"));
    }
    write(host, &secret, &made, 0o600)?;
    write(host, &public, fields.join(":").as_bytes(), 0o644)?;
    // The secret goes last: as long as it is there, this is not finished.
    remove(host, &new_public)?;
    remove(host, &new)
}

/// Where the roots of the world that groundcrew signed are reached, if it signed
/// one.
pub fn world_endpoints(host: &dyn Host) -> Option<Vec<String>> {
    let bytes = Zeroizing::new(host.read(&own("moon.json")).ok()?);
    let world: Value = serde_json::from_slice(&bytes).ok()?;
    let points = world.pointer("/roots/0/stableEndpoints")?.as_array()?;
    Some(
        points
            .iter()
            .filter_map(|point| point.as_str().map(str::to_owned))
            .collect(),
    )
}

/// Whether this node's planet is the world that groundcrew has signed for this
/// endpoint.
///
/// # Errors
/// When a file cannot be read.
pub fn world_is_made(host: &dyn Host, endpoint: &SocketAddrV4) -> Result<bool, StepError> {
    if world_endpoints(host) != Some(vec![slashed(endpoint)]) {
        return Ok(false);
    }
    let Ok(node) = own_node(host) else {
        return Ok(false);
    };
    let signed = read(host, &own(&format!("000000{node}.moon")))?;
    let planet = read(host, &home("planet"))?;
    Ok(signed.is_some() && signed == planet)
}

/// Signs a world with this node as its only root at `endpoints`, and takes it as
/// the planet. The signing key is made once and stays: a world that is to
/// replace this one has to be signed with it.
///
/// # Errors
/// When zerotier-idtool fails, or a file cannot be read or written.
pub fn make_world(host: &dyn Host, endpoints: &[String]) -> Result<(), StepError> {
    let node = own_node(host)?;
    let path = own("moon.json");
    let made = match read(host, &path)? {
        Some(bytes) => bytes,
        None => {
            let public = home("identity.public");
            let output = host.run(&Command::new(["zerotier-idtool", "initmoon", &public]))?;
            Zeroizing::new(output.stdout)
        }
    };
    let mut world: Value = serde_json::from_slice(&made)
        .map_err(|_| wrong(&path, "zerotier-idtool initmoon wrote no JSON"))?;
    let root = world.pointer("/roots/0/identity").and_then(Value::as_str);
    if root.and_then(|root| node_of(root.as_bytes())).as_deref() != Some(&node) {
        return Err(wrong(&path, "its root is another node than this one"));
    }
    if let Some(points) = world.pointer_mut("/roots/0/stableEndpoints") {
        *points = json!(endpoints);
    }
    if let Some(map) = world.as_object_mut() {
        // One more word makes a planet of a moon: no source has to be changed.
        map.insert("worldType".into(), "planet".into());
    }
    let text = Zeroizing::new(world.to_string());
    write(host, &path, text.as_bytes(), 0o600)?;
    host.run(&Command::new(["zerotier-idtool", "genmoon", &path]).dir(OWN))?;
    let signed = own(&format!("000000{node}.moon"));
    let bytes = read(host, &signed)?
        .ok_or_else(|| wrong(&signed, "zerotier-idtool genmoon has not written it"))?;
    write(host, &home("planet"), &bytes, 0o644)
}

/// Whom groundcrew let into its network.
///
/// # Errors
/// When the list cannot be read.
pub fn let_in(host: &dyn Host) -> Result<Vec<String>, StepError> {
    let path = own("members.json");
    match read(host, &path)? {
        None => Ok(Vec::new()),
        Some(bytes) => {
            serde_json::from_slice(&bytes).map_err(|error| wrong(&path, &error.to_string()))
        }
    }
}

/// Writes down whom groundcrew let in.
///
/// # Errors
/// When the list cannot be written.
pub fn set_let_in(host: &dyn Host, nodes: &[String]) -> Result<(), StepError> {
    write(
        host,
        &own("members.json"),
        json!(nodes).to_string().as_bytes(),
        0o600,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_address_is_read_from_a_whole_identity_alone() {
        let key = "a".repeat(128);
        let node = |text: &str| node_of(text.as_bytes());
        let public = format!("28efc9e578:0:{key}");
        assert_eq!(node(&public).as_deref(), Some("28efc9e578"));
        assert_eq!(
            node(&format!("{public}:{key}\n")).as_deref(),
            Some("28efc9e578")
        );
        for bad in [
            "",
            "28efc9e578",
            "28efc9e578:0:",
            "28EFC9E578:0:aa",
            &format!("28efc9e57:0:{key}"),
            &format!("28efc9e578:1:{key}"),
            &public[..100],
        ] {
            assert_eq!(node(bad), None, "{bad}");
        }
    }
}
