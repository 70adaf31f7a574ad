//! The commands of the documents that change a host, run in one.

#[path = "../plain/docs/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "../plain/docs/elsewhere.rs"]
#[allow(dead_code)]
mod elsewhere;
#[path = "../plain/docs/markdown.rs"]
#[allow(dead_code)]
mod markdown;

use crate::common;

use common::host::Host;
use common::lab::{HostSpec, Lab};
use common::proc::Out;
use common::site::{HOME, RUN};

/// What the documents leave to the host that a reader has: WireGuard in its
/// kernel, an init system.
const OF_THE_LAB: [&str; 2] = [
    "GROUNDCREW_OVERLAY_WIREGUARD_ALLOW_EXPERIMENTAL=true",
    "GROUNDCREW_HOST_INIT=sysvinit",
];

fn shell(host: &Host, line: &str) -> Out {
    let script = format!("mkdir -p {HOME} && cd {HOME} && {line}");
    let argv = [
        &["env", "PATH=/run/lab:/usr/sbin:/usr/bin:/sbin:/bin"][..],
        &OF_THE_LAB,
        &["bash", "-c", &script],
    ];
    host.run_within(RUN, &argv.concat())
}

#[test]
fn every_command_of_the_documents_that_changes_a_host_works() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for doc in markdown::documents() {
        let (runs, _) = commands::runs(&doc);
        let runs: Vec<_> = runs.into_iter().filter(|run| run.host == "lab").collect();
        if runs.is_empty() {
            continue;
        }
        let lab = Lab::start(&[HostSpec::new("app02")]);
        let host = lab.host("app02");
        for run in runs {
            if let Some(answers) = &run.answers {
                host.write(&format!("{HOME}/answers.yaml"), 0o600, answers);
            }
            let out = shell(host, &run.line);
            ran += 1;
            if !out.code.is_some_and(|code| run.codes.contains(&code)) {
                wrong.push(format!(
                    "{}: {:?} was expected\n{out}",
                    run.place, run.codes
                ));
            }
        }
    }
    assert!(ran > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
