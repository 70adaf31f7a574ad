//! flanneld, started anew where its arguments have changed.

use super::act::Act;
use super::boot::Daemon;
use super::{Planner, SUBNET_FILE};
use crate::answers::config::FlannelBackend;
use crate::plan::step::Step;

/// Whether a process that runs was started with this command. What runs it, a script's
/// interpreter, may stand before.
pub fn runs_with(running: &[String], command: &[String]) -> bool {
    running.ends_with(command)
}

impl Planner<'_> {
    /// The steps before and after the files of its service, where one runs that was
    /// started with other arguments.
    pub(super) fn anew(&mut self, daemon: &Daemon<'_>) -> Option<(Step, Step)> {
        let command: Vec<String> = daemon.command.split(' ').map(str::to_owned).collect();
        let running = &self.survey.flannel.running;
        if running.is_empty() || runs_with(running, &command) {
            return None;
        }
        let how = match self.found.backend {
            FlannelBackend::Udp => {
                "it carries the packets itself, so containers do not reach each other meanwhile"
            }
            // Flannel Documentation/running.md, "Zero-downtime restarts".
            _ => "the kernel carries the packets on",
        };
        self.notes.push(format!(
            "flanneld is started anew, since it asks the members of etcd that it was started with \
             and no others: {how}."
        ));
        let manager = self.found.init;
        let step = |back| {
            Step::Flannel(Act::Anew {
                manager,
                service: daemon.name(manager),
                command: command.clone(),
                subnet_file: SUBNET_FILE.into(),
                back,
            })
        };
        Some((step(true), step(false)))
    }
}
