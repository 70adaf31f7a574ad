//! What brings daemons up at boot, before Docker: etcd and flanneld in this order,
//! and a zerotier-one that came without a service.

use minijinja::{Environment, UndefinedBehavior, context};

use crate::plan::step::{Manager, Part, Step};

/// A daemon and how it is started.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Daemon<'a> {
    /// Name of the service, without an ending.
    pub(in crate::plan) service: &'a str,
    /// What it is, for its description.
    pub(in crate::plan) description: &'a str,
    /// The service that it is started after.
    pub(in crate::plan) after: Option<&'a str>,
    /// The service that it is started before, beside Docker.
    pub(in crate::plan) before: Option<&'a str>,
    /// The program with its arguments.
    pub(in crate::plan) command: String,
    /// Files with variables for it.
    pub(in crate::plan) environment: Vec<&'a str>,
    /// Its log.
    pub(in crate::plan) log: &'a str,
    /// The script that clears the lease and waits for it.
    pub(in crate::plan) lease: Option<&'a str>,
    /// Places in the order of going up and of going down on SysV init: Docker
    /// has 95 on EL6.
    pub(in crate::plan) order: (u8, u8),
}

impl Daemon<'_> {
    /// Name of the service for its manager.
    pub(in crate::plan) fn name(&self, init: Manager) -> String {
        match init {
            Manager::Systemd => format!("{}.service", self.service),
            Manager::Upstart | Manager::Sysvinit => self.service.into(),
        }
    }

    /// The files and links. `Err` names a template that cannot be filled, which
    /// a test rules out.
    pub(in crate::plan) fn steps(&self, init: Manager, rc_d: bool) -> Result<Vec<Step>, String> {
        let name = self.name(init);
        let file = |path: String, mode, template: &str| -> Result<Step, String> {
            Ok(Step::WriteFile {
                path,
                mode,
                content: vec![Part::Text(self.fill(template)?)],
                purpose: format!("brings {} up at boot", self.description),
            })
        };
        let mut steps = Vec::new();
        match init {
            Manager::Systemd => {
                let unit = format!("/etc/systemd/system/{name}");
                let template = include_str!("../../../../assets/templates/daemon.service");
                steps.push(file(unit.clone(), 0o644, template)?);
                steps.push(Step::Symlink {
                    path: format!("/etc/systemd/system/multi-user.target.wants/{name}"),
                    target: unit,
                    purpose: "enables it at boot".into(),
                });
            }
            Manager::Upstart => {
                let template = include_str!("../../../../assets/templates/daemon.upstart");
                steps.push(file(format!("/etc/init/{name}.conf"), 0o644, template)?);
            }
            Manager::Sysvinit => {
                let template = include_str!("../../../../assets/templates/daemon.sysvinit");
                let base = if rc_d { "/etc/rc.d" } else { "/etc" };
                steps.push(file(format!("{base}/init.d/{name}"), 0o755, template)?);
                let (start, stop) = self.order;
                for level in 0..=6 {
                    let order = if matches!(level, 2..=5) {
                        format!("S{start:02}")
                    } else {
                        format!("K{stop:02}")
                    };
                    steps.push(Step::Symlink {
                        path: format!("{base}/rc{level}.d/{order}{name}"),
                        target: format!("../init.d/{name}"),
                        purpose: format!("run level {level}"),
                    });
                }
            }
        }
        Ok(steps)
    }

    fn fill(&self, template: &str) -> Result<String, String> {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let environment: Vec<String> = self.environment.iter().map(|f| (*f).to_owned()).collect();
        let values = context! {
            service => self.service.to_owned(),
            description => self.description.to_owned(),
            purpose => format!("brings {} up", self.description),
            after => self.after.map(|name| format!("{name}.service")).unwrap_or_default(),
            after_job => owned(self.after),
            before => owned(self.before),
            command => self.command.clone(),
            environment => environment,
            log => self.log.to_owned(),
            lease => owned(self.lease),
            start => format!("{:02}", self.order.0),
            stop => format!("{:02}", self.order.1),
        };
        fill(template, values)
    }
}

/// Fills a template.
pub(in crate::plan) fn fill(template: &str, values: minijinja::Value) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The template's last line end is taken off by minijinja.
    environment
        .render_str(template, values)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}
