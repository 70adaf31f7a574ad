//! ZeroTier where it is not here: what brings it. A plain program needs its two
//! other names and a service for the boot; a package has them.

use super::{HOME, OWN, Wanted};
use crate::facts::Facts;
use crate::plan::Refusal;
use crate::plan::coming::{Origin, coming};
use crate::plan::overlay::flannel::boot::Daemon;
use crate::plan::programs::PLACE;
use crate::plan::step::{Manager, Step};
use crate::plan::survey::Survey;

const ONE: &str = "zerotier-one";
/// The other names that the one program answers to (one.cpp).
const NAMES: [&str; 2] = ["zerotier-cli", "zerotier-idtool"];

/// What comes, and the survey as it will be then.
pub(super) struct Brought {
    pub(super) survey: Survey,
    pub(super) steps: Vec<Step>,
    pub(super) notes: Vec<String>,
    /// Whether a package comes, which starts the service itself.
    pub(super) starts: bool,
    /// Whether the service is one of groundcrew's, in place for the next boot.
    pub(super) boots: bool,
    refusal: Option<Refusal>,
    origin: Option<String>,
}

/// The init system: as it was answered, or found.
pub(super) fn init(wanted: &Wanted, facts: &Facts) -> Option<Manager> {
    wanted
        .init
        .or_else(|| match facts.services.init.value()?.as_str() {
            "systemd" => Some(Manager::Systemd),
            "upstart" => Some(Manager::Upstart),
            "sysvinit" => Some(Manager::Sysvinit),
            _ => None,
        })
}

pub(super) fn look(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Brought {
    let mut brought = Brought {
        survey: survey.clone(),
        steps: Vec::new(),
        notes: Vec::new(),
        starts: false,
        boots: false,
        refusal: None,
        origin: None,
    };
    let init = init(wanted, facts);
    if let Some(path) = survey.programs.get(ONE) {
        brought.link(path);
        return brought;
    }
    match coming(ONE, "overlay.zerotier", facts, survey, &wanted.sources) {
        Ok(coming) => {
            brought.notes.push(coming.note());
            brought.origin = Some(coming.origin.text());
            brought.survey.zerotier.version = Some(coming.version_text());
            brought.steps.push(coming.step);
            brought.take(ONE, &coming.path);
            match coming.origin {
                Origin::Program { .. } => {
                    brought.link(&coming.path);
                    brought.boot(init, &coming.path);
                }
                Origin::Package { .. } => {
                    brought.starts = true;
                    for name in NAMES {
                        brought.take(name, &coming.path.replace(ONE, name));
                    }
                    brought.serve(init);
                }
            }
        }
        Err(mut refusal) => {
            refusal.remedy.push_str(
                " (download.zerotier.com), 1.14 or earlier where one of the hosts is the controller",
            );
            brought.refusal = Some(refusal);
            // Told once, and not of each name.
            for name in NAMES.iter().chain([&ONE]) {
                brought.take(name, name);
            }
        }
    }
    brought
}

impl Brought {
    fn take(&mut self, name: &str, path: &str) {
        self.survey.programs.insert(name.into(), path.into());
    }

    /// The names that a plain program lacks.
    fn link(&mut self, program: &str) {
        for name in NAMES {
            if self.survey.programs.contains_key(name) {
                continue;
            }
            let path = format!("{PLACE}/{name}");
            self.take(name, &path);
            self.steps.push(Step::Symlink {
                path,
                target: program.into(),
                purpose: "another name of zerotier-one".into(),
            });
        }
    }

    /// Notes which way the service will be there.
    fn serve(&mut self, init: Option<Manager>) {
        match init {
            Some(Manager::Systemd) => self.survey.zerotier.unit = true,
            Some(Manager::Upstart | Manager::Sysvinit) => self.survey.zerotier.init_script = true,
            None => {}
        }
    }

    /// A service for the boot, unless somebody has made one.
    fn boot(&mut self, init: Option<Manager>, program: &str) {
        let there = &self.survey.zerotier;
        let init = match init {
            Some(Manager::Systemd) if !there.unit => Manager::Systemd,
            // One script does for both.
            Some(Manager::Upstart | Manager::Sysvinit) if !there.init_script => Manager::Sysvinit,
            _ => return,
        };
        let log = format!("{OWN}/zerotier-one.log");
        let daemon = Daemon {
            service: ONE,
            description: "ZeroTier",
            after: None,
            before: None,
            command: format!("{program} {HOME}"),
            environment: Vec::new(),
            log: &log,
            lease: None,
            // Before the script that mends the interface (56), and Docker (95).
            order: (55, 25),
        };
        match daemon.steps(init, self.survey.rc_d) {
            Ok(steps) => self.steps.extend(steps),
            Err(text) => {
                self.refusal = Some(Refusal {
                    id: "internal".into(),
                    text: format!("a template cannot be filled: {text}"),
                    remedy: "report this".into(),
                });
            }
        }
        self.boots = true;
        self.serve(Some(init));
    }

    /// Adds why nothing comes; and says where a version would come from that is
    /// refused.
    pub(super) fn tell(&self, refusals: &mut Vec<Refusal>) {
        refusals.extend(self.refusal.clone());
        let Some(origin) = &self.origin else {
            return;
        };
        let of_version = refusals
            .iter_mut()
            .filter(|one| ["zt.tap", "zt.controller"].contains(&one.id.as_str()));
        for refusal in of_version {
            refusal
                .text
                .push_str(&format!(" (it would come from {origin})"));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
