//! `fleet export`: for sites without ssh, a folder or archive for each host, to be
//! carried there.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::args::FleetExport;
use super::folder::{Folder, make_dirs};
use crate::cli::job::Job;
use crate::cli::output::{print, write_file};
use crate::error::{Exit, Failure};
use crate::fleet::plan::{FleetPlan, Member};
use crate::fleet::{ANSWERS, HOSTS, PLAN, names};
use crate::judge::text::paragraph;

/// `fleet export`.
pub fn run(job: &Job<'_>, arguments: &FleetExport) -> Result<Exit, Failure> {
    let folder = Folder::new(job.host, &arguments.dir.dir);
    let Some(plan) = folder.plan()? else {
        let text = format!(
            "{}: there is no plan yet: make one with `groundcrew fleet plan -d {}`",
            folder.path(PLAN),
            folder.dir
        );
        return Err(Failure::new(Exit::Usage, text));
    };
    let joins = folder.joins()?;
    let out = arguments.output.trim_end_matches('/');
    make_dirs(job.host, out)?;
    for member in &plan.members {
        let name = &member.name;
        let path = format!("{HOSTS}/{name}/{ANSWERS}");
        let answers = folder.read(&path)?.ok_or_else(|| {
            let text = format!("{}: it is not there: plan again", folder.path(&path));
            Failure::new(Exit::Usage, text)
        })?;
        let mut files: Vec<(String, Vec<u8>)> = vec![
            (ANSWERS.to_owned(), answers),
            ("README.txt".to_owned(), readme(&plan, member).into_bytes()),
        ];
        for other in plan.joins_for(name) {
            if let Some((_, bytes)) = joins.get(other) {
                files.push((format!("join/{other}.yaml"), bytes.clone()));
            }
        }
        if arguments.tar {
            let packed = packed(name, &files).map_err(Failure::unexpected)?;
            write_file(job.host, &format!("{out}/{name}.tar.gz"), &packed)?;
        } else {
            make_dirs(job.host, &format!("{out}/{name}/join"))?;
            for (file, bytes) in &files {
                write_file(job.host, &format!("{out}/{name}/{file}"), bytes)?;
            }
        }
    }
    let told = names::some(plan.members.iter().map(|one| one.name.as_str()));
    print(&format!(
        "{}: {told}; in {out}\n",
        names::hosts(plan.members.len())
    ))?;
    Ok(Exit::Done)
}

/// An archive with one folder; the same files give the same bytes.
fn packed(name: &str, files: &[(String, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (file, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_cksum();
        archive.append_data(&mut header, format!("{name}/{file}"), bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}

/// What the operator does with the folder, in which order.
fn readme(plan: &FleetPlan, member: &Member) -> String {
    let name = &member.name;
    let total = plan.members.len();
    let wave = plan
        .waves
        .iter()
        .position(|wave| wave.contains(name))
        .unwrap_or(0);
    let earlier: Vec<&str> = plan
        .waves
        .iter()
        .take(wave)
        .flatten()
        .map(String::as_str)
        .collect();
    let overlay = match plan.overlay.as_str() {
        "none" => String::new(),
        overlay => format!(", {overlay}"),
    };
    let mut out = format!(
        "{name}: one of {}, scheduler {}{overlay}\n\n",
        names::hosts(total),
        plan.scheduler
    );
    out.push_str(&format!("Turn {} of {}", wave + 1, plan.waves.len()));
    out.push_str(&match earlier.is_empty() {
        true => ": it begins.\n\n".to_owned(),
        false => format!(", after {}.\n\n", names::some(earlier)),
    });
    let mut steps = vec![
        format!(
            "Copy this folder and the program groundcrew to {name}, and go into the folder as \
             root.\n   In this folder are the host's answers, without any secret, and below join/ \
             what\n   other hosts have told of themselves so far."
        ),
        "./groundcrew plan --answers answers.yaml\n   shows what would be done.".to_owned(),
    ];
    match (plan.scheduler.as_str(), member.role.as_str()) {
        ("swarm", "join") => steps.push(format!(
            "Carry /root/swarm-join-tokens of {} into this folder. Whoever has it can\n   join: \
             delete it everywhere when all hosts are there.",
            plan.roles.first
        )),
        ("kubernetes", "join") => steps.push(format!(
            "Carry /root/kubernetes-token of {} into this folder, and add the\n   \
             kubernetes.ca-cert-hash that kubernetes-token.yaml beside it says to\n   answers.yaml. \
             Whoever has the token can join.",
            plan.roles.first
        )),
        _ => {}
    }
    steps.push("./groundcrew --answers answers.yaml --yes\n   does it.".to_owned());
    steps.push(
        "./groundcrew preflight --answers answers.yaml --format json > report.json".to_owned(),
    );
    if plan.overlay == "none" {
        steps.push(
            "Carry report.json back and say there:\n   groundcrew fleet import FOLDER".to_owned(),
        );
    } else {
        steps.push(format!(
            "Carry report.json and join-{name}.yaml back and say there:\n   groundcrew fleet import \
             FOLDER && groundcrew fleet plan && groundcrew fleet export -o OUT\n   Then this folder \
             comes again, with the join files of the others: do steps 1 to\n   {} once more. It is \
             done when join/ holds all of them.",
            steps.len()
        ));
    }
    for (nth, step) in steps.iter().enumerate() {
        for (line, part) in step.split('\n').enumerate() {
            let first = match line {
                0 => format!("{}. ", nth + 1),
                _ => "   ".to_owned(),
            };
            paragraph(&mut out, &first, "   ", part.trim());
        }
        out.push('\n');
    }
    out.push_str("To take it all back: ./groundcrew rollback\n");
    out
}
