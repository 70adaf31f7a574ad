//! The help of a page: what it is about, what the field that the cursor is on
//! wants, and the keys that work there.

use crate::answers::questions;

use super::dialog::Dialog;
use super::pages::Item;
use super::reading::Para;
use super::{Page, Wizard};

fn about(page: Page) -> &'static str {
    match page {
        Page::Earlier => {
            "A run on this host stopped before its end. Its journal knows every change that was \
             made: the run can go on, or be taken back, step by step."
        }
        Page::Host => {
            "What this host is, and what was checked. PASS is good, WARN is to be kept in mind, \
             FAIL stops the run unless it is mended or waived by name, UNKNOWN could not be told. \
             Nothing is changed by looking."
        }
        Page::Needs => {
            "What the site wants. Each answer rules candidates in or out on the next pages; the \
             line below the fields says why it is asked."
        }
        Page::Scheduler => {
            "What runs the application on the hosts. Those that cannot run here are marked, with \
             the rule that says so: press e for the facts and the source of each. An installation \
             has one scheduler, and stays with it."
        }
        Page::Overlay => {
            "The private network between the hosts. The native scheduler has none of its own; \
             Docker Swarm and Kubernetes have one, and can have another beneath it."
        }
        Page::Settings => {
            "The settings of the private network, and how changes are made. What is typed is \
             checked when the field is left. Secrets are named by where they are, never saved."
        }
        Page::Interface => {
            "The interface whose address Replicated gives out to the other hosts. The overlay's \
             own comes first; interfaces that only exist on this host are ruled out."
        }
        Page::Plan => {
            "Everything that would be done, in order, and how each step is undone. Enter shows \
             what changes in a file. Nothing has been changed so far."
        }
        Page::Apply => {
            "The plan is being carried out. Before each change its undo is written to the \
             journal, so that the run can be taken back or go on after any interruption."
        }
        Page::Done => "How the run ended, what was verified, what comes next, and what was saved.",
    }
}

impl Wizard {
    pub(super) fn help(&mut self) {
        let mut paras = vec![Para::new("", about(self.page)), Para::gap()];
        if let Some(Item::Field(id) | Item::Record(id, _)) = self.item()
            && let Some(question) = questions::question(id)
        {
            paras.push(Para::new("", question.prompt));
            for text in [question.help, question.why] {
                paras.push(Para::new("  ", text));
            }
            paras.push(Para::new("  ", format!("Answer: {id}")));
            paras.push(Para::gap());
        }
        paras.push("Keys that work here".into());
        for binding in self.bindings() {
            paras.push(Para::new(format!("  {:<12}", binding.name), binding.help));
        }
        if self.typing() {
            paras.push(Para::new(
                "  letters     ",
                "are typed; a pasted text is taken as one line",
            ));
        }
        self.dialogs.push(Dialog::info("Help", paras));
    }
}
