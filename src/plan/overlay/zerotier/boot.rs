//! What mends the interface on the 2.6 kernels with every boot: a script of SysV
//! init, right after ZeroTier's own (55) and before Docker's (95).

use crate::plan::step::{Part, Step};
use crate::plan::survey::Survey;

const NAME: &str = "groundcrew-zerotier";

/// The script and its links.
pub(super) fn steps(interface: &str, survey: &Survey) -> Vec<Step> {
    let ip = survey.programs.get("ip").map_or("ip", String::as_str);
    let text = include_str!("../../../../assets/templates/zerotier-arp.sysvinit")
        .replace("@interface@", interface)
        .replace("@ip@", ip);
    let base = if survey.rc_d { "/etc/rc.d" } else { "/etc" };
    let mut steps = vec![Step::WriteFile {
        path: format!("{base}/init.d/{NAME}"),
        mode: 0o755,
        content: vec![Part::Text(text)],
        purpose: format!("turns address resolution on for {interface} at boot"),
    }];
    for level in 0..=6 {
        let order = if matches!(level, 2..=5) { "S56" } else { "K24" };
        steps.push(Step::Symlink {
            path: format!("{base}/rc{level}.d/{order}{NAME}"),
            target: format!("../init.d/{NAME}"),
            purpose: format!("run level {level}"),
        });
    }
    steps
}
