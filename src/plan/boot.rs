//! What brings an interface up at boot, before Docker and Replicated: files and
//! links, for each init system. Whether a service manager runs now is another
//! matter.

use minijinja::{Environment, UndefinedBehavior, context};

use super::step::{Manager, Part, Step};

/// Place in the boot order on SysV init: after the network (10), before Docker
/// (95 on EL6, 20 on Debian 7 before insserv reorders by the headers).
const START: u8 = 11;
/// Place in the order of going down: after Docker and Replicated.
const STOP: u8 = 89;

/// What is brought up, and with which programs.
#[derive(Debug, Clone, Copy)]
pub struct Boot<'a> {
    /// Interface.
    pub interface: &'a str,
    /// Whether user space may carry it.
    pub userspace: bool,
    /// Module that has to be loaded before, where it is one.
    pub module: Option<&'a str>,
    /// Path of `wg-quick`.
    pub wg_quick: &'a str,
    /// Path of `ip`.
    pub ip: &'a str,
    /// Path of `modprobe`.
    pub modprobe: &'a str,
    /// Whether the run-level folders are in `/etc/rc.d`.
    pub rc_d: bool,
}

impl Boot<'_> {
    /// Name of the service.
    pub fn service(&self, init: Manager) -> String {
        match init {
            Manager::Systemd => format!("wg-quick@{}.service", self.interface),
            Manager::Upstart | Manager::Sysvinit => format!("wg-quick-{}", self.interface),
        }
    }

    /// The files and links. `Err` names a template that cannot be filled, which
    /// a test rules out.
    pub fn steps(&self, init: Manager) -> Result<Vec<Step>, String> {
        let service = self.service(init);
        let file = |path: String, mode, template| -> Result<Step, String> {
            Ok(Step::WriteFile {
                path,
                mode,
                content: vec![Part::Text(self.fill(template, &service)?)],
                purpose: format!("brings {} up at boot", self.interface),
            })
        };
        let mut steps = Vec::new();
        match init {
            Manager::Systemd => {
                let unit = format!("/etc/systemd/system/{service}");
                let template = include_str!("../../assets/templates/wg-quick.service");
                steps.push(file(unit.clone(), 0o644, template)?);
                steps.push(Step::Symlink {
                    path: format!("/etc/systemd/system/multi-user.target.wants/{service}"),
                    target: unit,
                    purpose: "enables it at boot".into(),
                });
                if let Some(module) = self.module {
                    steps.insert(0, self.modules_load(module));
                }
            }
            Manager::Upstart => {
                let template = include_str!("../../assets/templates/wg-quick.upstart");
                steps.push(file(format!("/etc/init/{service}.conf"), 0o644, template)?);
            }
            Manager::Sysvinit => {
                let template = include_str!("../../assets/templates/wg-quick.sysvinit");
                let base = if self.rc_d { "/etc/rc.d" } else { "/etc" };
                let script = format!("{base}/init.d/{service}");
                steps.push(file(script, 0o755, template)?);
                for level in 0..=6 {
                    let order = if matches!(level, 2..=5) {
                        format!("S{START}")
                    } else {
                        format!("K{STOP}")
                    };
                    steps.push(Step::Symlink {
                        path: format!("{base}/rc{level}.d/{order}{service}"),
                        target: format!("../init.d/{service}"),
                        purpose: format!("run level {level}"),
                    });
                }
            }
        }
        Ok(steps)
    }

    fn modules_load(&self, module: &str) -> Step {
        let interface = self.interface;
        Step::WriteFile {
            path: format!("/etc/modules-load.d/groundcrew-{interface}.conf"),
            mode: 0o644,
            content: vec![Part::Text(format!(
                "# Made by groundcrew for {interface}.\n{module}\n"
            ))],
            purpose: format!("loads {module} at boot"),
        }
    }

    fn fill(&self, template: &str, service: &str) -> Result<String, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let values = context! {
            interface => self.interface,
            userspace => self.userspace,
            module => self.module,
            wg_quick => self.wg_quick,
            ip => self.ip,
            modprobe => self.modprobe,
            service => service,
            start => START,
            stop => STOP,
        };
        // The template's last line end is taken off by minijinja.
        let filled = environment.render_str(template, values);
        filled
            .map(|text| text + "\n")
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn boot(userspace: bool) -> Boot<'static> {
        Boot {
            interface: "wg0",
            userspace,
            module: (!userspace).then_some("wireguard"),
            wg_quick: "/usr/bin/wg-quick",
            ip: "/sbin/ip",
            modprobe: "/sbin/modprobe",
            rc_d: true,
        }
    }

    fn text(steps: &[Step], end: &str) -> String {
        let found = steps.iter().find_map(|step| match step {
            Step::WriteFile { path, content, .. } if path.ends_with(end) => Some(content.clone()),
            _ => None,
        });
        let Some([Part::Text(text)]) = found.as_deref() else {
            unreachable!("no file ending in {end}")
        };
        text.clone()
    }

    #[test]
    fn the_unit_comes_before_docker_and_never_falls_back_silently() {
        let steps = boot(false).steps(Manager::Systemd).unwrap();
        let unit = text(&steps, "/wg-quick@wg0.service");
        assert!(unit.contains("\nBefore=docker.service replicated.service"));
        assert!(unit.contains("\nEnvironment=WG_QUICK_USERSPACE_IMPLEMENTATION=/bin/false\n"));
        assert!(
            unit.contains("\nExecStart=-/usr/bin/wg-quick up wg0\n"),
            "{unit}"
        );
        let free = boot(true).steps(Manager::Systemd).unwrap();
        assert!(!text(&free, ".service").contains("/bin/false"));
        assert_eq!(
            text(&steps, "/groundcrew-wg0.conf").lines().nth(1),
            Some("wireguard")
        );
    }

    #[test]
    fn sysvinit_starts_in_2_to_5_and_stops_in_0_1_6() {
        let steps = boot(false).steps(Manager::Sysvinit).unwrap();
        let links: Vec<_> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Symlink { path, .. } => path.strip_prefix("/etc/rc.d/"),
                _ => None,
            })
            .collect();
        assert_eq!(links.len(), 7);
        assert_eq!(links[0], "rc0.d/K89wg-quick-wg0");
        assert_eq!(links[3], "rc3.d/S11wg-quick-wg0");
        assert!(text(&steps, "wg-quick-wg0").starts_with("#!/bin/sh\n"));
    }

    #[test]
    fn upstart_waits_for_neither_docker_nor_rc() {
        let steps = boot(false).steps(Manager::Upstart).unwrap();
        let job = text(&steps, "/etc/init/wg-quick-wg0.conf");
        assert!(job.contains("start on (starting docker or starting rc RUNLEVEL=[2345])"));
        assert!(
            job.contains("\n    /sbin/modprobe wireguard || exit 1\n"),
            "{job}"
        );
    }
}
