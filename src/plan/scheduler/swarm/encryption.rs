//! Whether the traffic between containers is encrypted, and by what.

use crate::answers::config::Encryption;
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::scheduler::Site;
use crate::plan::{Refusal, refusal};
use crate::version::Version;

/// Whether overlay networks are to be encrypted by Docker itself.
///
/// # Errors
/// When encryption is required and this kernel cannot do it.
pub(super) fn wanted(
    site: &Site<'_>,
    docker: Option<&Version>,
    notes: &mut Vec<String>,
) -> Result<bool, Refusal> {
    let below = match site.inputs.choice.overlay.as_deref() {
        Some("wireguard") => Some("WireGuard"),
        Some("zerotier") => Some("ZeroTier"),
        _ => None,
    };
    let wish = site.inputs.config.needs.encryption;
    if let Some(below) = below {
        if wish != Encryption::No {
            notes.push(format!(
                "{below} below encrypts what containers send each other: overlay networks need no \
                 encryption of their own."
            ));
        }
        return Ok(false);
    }
    let lacking = lacking(site.inputs.facts, docker);
    match (wish, lacking) {
        (Encryption::No, _) => Ok(false),
        (Encryption::Required, Some(lacking)) => Err(refusal(
            "needs.encryption",
            format!("encrypted overlay networks need {lacking}"),
            "load or install it; or put a WireGuard network below the Swarm: overlay.kind: wireguard",
        )),
        (Encryption::Preferred, Some(lacking)) => {
            notes.push(format!(
                "What containers send each other is not encrypted: that needs {lacking}; or \
                 overlay.kind: wireguard below the Swarm."
            ));
            Ok(false)
        }
        (Encryption::Required | Encryption::Preferred, None) => {
            notes.push(
                "Docker encrypts only the overlay networks that say so: give each network of the \
                 application driver_opts: {encrypted: \"\"} (docker network create --opt \
                 encrypted). What comes through the ingress network is not encrypted."
                    .into(),
            );
            Ok(true)
        }
    }
}

/// What the kernel does not have, or may not have, of what encryption needs: ESP,
/// and the match that Docker marks packets with (SW9: xt_u32 before 24, xt_bpf
/// from 23.0.3 on).
fn lacking(facts: &Facts, docker: Option<&Version>) -> Option<&'static str> {
    let has = |name: &str| {
        let found = facts.kernel.capabilities.get(name);
        found
            .and_then(|fact| fact.value())
            .is_some_and(|capability| *capability != Capability::Missing)
    };
    let since = |wanted: &str| {
        let wanted: Option<Version> = wanted.parse().ok();
        docker.is_some_and(|is| wanted.is_some_and(|wanted| is.at_least(&wanted)))
    };
    let by_u32 = !since("24.0.0") && has("xt_u32");
    let by_bpf = since("23.0.3") && has("xt_bpf");
    if !has("esp") {
        Some("ESP in the kernel (esp4), which is not known to be there")
    } else if by_u32 || by_bpf {
        None
    } else if since("24.0.0") {
        Some("xt_bpf in the kernel, which is not known to be there")
    } else {
        Some("xt_u32 in the kernel, which is not known to be there")
    }
}
