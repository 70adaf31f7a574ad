//! The order at boot: the private network's interface is there before Replicated,
//! whose own units wait for Docker alone.

use crate::plan::step::{Manager, Part, Step};

/// Name of the drop-ins.
const NAME: &str = "groundcrew-overlay.conf";

/// The unit that brings the private network up at boot.
pub fn unit(overlay: &str, interface: &str) -> Option<String> {
    Some(match overlay {
        "wireguard" => format!("wg-quick@{interface}.service"),
        "flannel" => "flanneld-groundcrew.service".into(),
        "zerotier" => "zerotier-one.service".into(),
        _ => return None,
    })
}

/// Drop-ins for the units of these services; none where the init system needs
/// none.
///
/// upstart's jobs of Replicated start on `started docker`, and its scripts for
/// SysV init have `Required-Start: docker`: the services that groundcrew writes
/// for WireGuard and Flannel are before Docker there already.
pub fn steps(init: Option<Manager>, unit: &str, services: &[String]) -> Vec<Step> {
    if init != Some(Manager::Systemd) {
        return Vec::new();
    }
    let step = |service: &String| Step::WriteFile {
        path: format!("/etc/systemd/system/{service}.service.d/{NAME}"),
        mode: 0o644,
        content: vec![Part::Text(format!(
            "# Made by groundcrew: the private network is there before Replicated.\n\
             [Unit]\nAfter={unit}\nWants={unit}\n"
        ))],
        purpose: format!("{service} starts after {unit}"),
    };
    services.iter().map(step).collect()
}
