//! The part of a plan with which an etcd of several nodes begins: it needs more than
//! half of them at once, and nothing else of theirs.

use super::overlay::flannel::act::Act;
use super::step::Step;
use super::verify::VerifyOther;
use super::{Plan, Verify, joining};

impl Plan {
    /// The steps of this node's etcd, with its join file and the ports for the others;
    /// nothing where it runs none.
    pub fn for_etcd(mut self) -> Option<Self> {
        let ready = |step: &Step| matches!(step, Step::Flannel(Act::EtcdReady { .. }));
        let end = self.steps.iter().position(ready)?;
        let begin = self.steps.iter().position(joining::writes_join_file)?;
        self.steps.truncate(end + 1);
        self.steps.drain(..begin.min(end));
        self.notes =
            vec!["Only etcd is set up: Flannel and Docker's bridge come with the next run.".into()];
        if let Some(Verify::Other(VerifyOther::Flannel(path))) = &mut self.verify {
            path.etcd_alone = true;
            let members = path.members.clone();
            let is_member = |below| members.iter().any(|one| one.below == below);
            path.peers.retain(|peer| is_member(peer.below));
        }
        self.verify_scheduler = None;
        self.advice = None;
        // It is about the whole plan.
        self.basis = None;
        // Nothing of it changes how packets go.
        self.confirm_within = 0;
        Some(self)
    }
}
