//! flanneld and etcd where they are not here: what brings them, and how the
//! services that come with their packages are kept off the ports and the data.

use std::collections::BTreeMap;

use super::Wanted;
use crate::facts::Facts;
use crate::plan::Refusal;
use crate::plan::coming::{Coming, Origin, coming};
use crate::plan::packages::Packager;
use crate::plan::programs::{PLACE, file_in};
use crate::plan::step::{Manager, Part, Step};
use crate::plan::survey::{MARK, Program, Survey, Version, version_in};

/// Debian's policy for the services of packages (invoke-rc.d(8)): 101 forbids.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// What comes, and the survey as it will be then.
pub(super) struct Brought {
    pub(super) survey: Survey,
    /// Why one does not come, by its name.
    pub(super) refusals: BTreeMap<&'static str, Refusal>,
    pub(super) steps: Vec<Step>,
    pub(super) notes: Vec<String>,
    coming: Vec<Coming>,
}

/// Looks at what this node needs: flanneld, and etcd where it is a member.
pub(super) fn look(wanted: &Wanted<'_>, facts: &Facts, survey: &Survey, member: bool) -> Brought {
    let mut brought = Brought {
        survey: survey.clone(),
        refusals: BTreeMap::new(),
        steps: Vec::new(),
        notes: Vec::new(),
        coming: Vec::new(),
    };
    if member {
        brought.one("etcd", wanted.etcd.as_deref(), wanted, facts);
    }
    brought.one("flanneld", wanted.flanneld.as_deref(), wanted, facts);
    brought
}

impl Brought {
    fn one(
        &mut self,
        name: &'static str,
        answered: Option<&str>,
        wanted: &Wanted<'_>,
        facts: &Facts,
    ) {
        let id = format!("overlay.flannel.{name}");
        let place = match name {
            "etcd" => &self.survey.flannel.etcd,
            _ => &self.survey.flannel.flanneld,
        };
        match (place, answered) {
            (Program::There { path, version }, _) => {
                let note = other_in_bundle(name, path, *version, wanted);
                self.notes.extend(note);
                return;
            }
            (Program::NoVersion { .. }, _) => return,
            // The answer rules: nothing takes the place of what it names.
            (Program::Missing, Some(path)) => {
                let refusal = Refusal {
                    text: format!("`{name}` is not on this host as {path}"),
                    remedy: format!("put it there; or leave {id} out and bring it with --bundle"),
                    id,
                };
                self.refusals.insert(name, refusal);
                return;
            }
            (Program::Missing, None) => {}
        }
        let mut coming = match coming(name, &id, facts, &self.survey, &wanted.sources) {
            Ok(coming) => coming,
            Err(mut refusal) => {
                refusal.remedy.push_str(&format!(
                    ", or put the program into /opt/bin; where it is elsewhere, say {id}: PATH"
                ));
                self.refusals.insert(name, refusal);
                return;
            }
        };
        match hold(&coming, &id, wanted.init, &self.survey) {
            Ok((steps, note)) => {
                self.steps.extend(steps);
                self.notes.push(coming.note() + &note);
            }
            Err(refusal) => {
                self.refusals.insert(name, refusal);
                return;
            }
        }
        self.steps.push(coming.step.clone());
        if name == "etcd" {
            self.steps.extend(etcdctl(&coming, wanted, &self.survey));
        }
        let there = Program::There {
            path: std::mem::take(&mut coming.path),
            version: coming.version,
        };
        match name {
            "etcd" => self.survey.flannel.etcd = there,
            _ => self.survey.flannel.flanneld = there,
        }
        self.coming.push(coming);
    }

    /// Says in a refusal of two that do not fit where those come from that are not
    /// here yet.
    pub(super) fn with_origins(&self, mut refusals: Vec<Refusal>) -> Vec<Refusal> {
        let coming = self.coming.iter();
        let origins: Vec<_> = coming
            .map(|one| format!("{} would come from {}", one.program, one.origin.text()))
            .collect();
        let unfit = refusals
            .iter_mut()
            .filter(|one| one.id == "overlay.flannel.etcd" && one.text.contains("interface"));
        for refusal in unfit {
            if !origins.is_empty() {
                refusal.text.push_str(&format!(" ({})", origins.join(", ")));
            }
        }
        refusals
    }
}

/// That what is here is taken, where the bundle has another version.
fn other_in_bundle(
    name: &str,
    path: &str,
    version: Version,
    wanted: &Wanted<'_>,
) -> Option<String> {
    let brought = wanted.sources.brought.as_ref()?;
    let told = brought.bundle.program(name)?.version.as_ref()?;
    (version_in(told)? != version).then(|| {
        let (major, minor, patch) = version;
        format!(
            "{name} {major}.{minor}.{patch} is here as {path} and is taken: the bundle's {told} is \
             not used."
        )
    })
}

/// The tool that belongs to etcd, for the administrator.
fn etcdctl(etcd: &Coming, wanted: &Wanted<'_>, survey: &Survey) -> Option<Step> {
    let brought = wanted.sources.brought.as_ref()?;
    let file = brought.bundle.program("etcdctl")?;
    let plain = matches!(etcd.origin, Origin::Program { .. });
    (plain && !survey.programs.contains_key("etcdctl")).then(|| Step::InstallProgram {
        path: format!("{PLACE}/etcdctl"),
        file: file_in(brought, file),
        purpose: "to look at etcd by hand".into(),
    })
}

/// What keeps the service of a package from ever being started, with a sentence
/// on it. It is in place before the package is, since Debian's start their
/// services at once, and is taken back after it.
fn hold(
    coming: &Coming,
    id: &str,
    init: Option<Manager>,
    survey: &Survey,
) -> Result<(Vec<Step>, String), Refusal> {
    let Origin::Package {
        packager,
        package,
        service: Some(service),
        ..
    } = &coming.origin
    else {
        return Ok((Vec::new(), String::new()));
    };
    match (init, packager) {
        // The init system is told to be unknown elsewhere.
        (None, _) => Ok((Vec::new(), String::new())),
        (Some(Manager::Systemd), _) => {
            let path = format!("/etc/systemd/system/{service}.service");
            let note = format!(
                " The package's own {service}.service is masked by {path} until this is undone: \
                 groundcrew's takes the ports and keeps its own data."
            );
            let mask = Step::Symlink {
                path,
                target: "/dev/null".into(),
                purpose: format!("masks the service of the package {package}"),
            };
            Ok((vec![mask], note))
        }
        (Some(Manager::Sysvinit), Packager::Apt) if survey.policy != Some(false) => {
            let mut steps = Vec::new();
            if survey.policy.is_none() {
                let text = format!(
                    "#!/bin/sh\n{MARK}: the {service} of the package {package} is not started.\n\
                     [ \"$1\" = {service} ] && exit 101\nexit 0\n"
                );
                steps.push(Step::WriteFile {
                    path: POLICY.into(),
                    mode: 0o755,
                    content: vec![Part::Text(text)],
                    purpose: format!("keeps the package from starting its {service}"),
                });
            }
            // update-rc.d(8) leaves links alone that are there already.
            steps.extend((0..=6).map(|level| Step::Symlink {
                path: format!("/etc/rc{level}.d/K01{service}"),
                target: format!("../init.d/{service}"),
                purpose: format!("run level {level} without the package's {service}"),
            }));
            let note = format!(
                " The package's own {service} is kept from starting by {POLICY} and the links in \
                 the run levels until this is undone."
            );
            Ok((steps, note))
        }
        (Some(init), _) => Err(Refusal {
            id: id.into(),
            text: format!(
                "the package {package} would start its own {service}, and nothing is known \
                 that keeps it from that with {}{}",
                init.name(),
                if survey.policy.is_some() {
                    format!(" and the {POLICY} that is here")
                } else {
                    String::new()
                }
            ),
            remedy: format!(
                "bring {} as a plain program with --bundle DIR (bundle create --program {}=PATH)",
                coming.program, coming.program
            ),
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
