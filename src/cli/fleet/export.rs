//! `fleet export`: for sites without ssh, a folder or archive for each host, to be
//! carried there.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::args::FleetExport;
use super::folder::{Folder, joins_of, make_dirs};
use crate::cli::job::Job;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::plan::{FleetPlan, Member};
use crate::fleet::{ANSWERS, HOSTS, PLAN, names};
use crate::judge::text::paragraph;

/// What the operator reads in a host's folder.
const README: &str = "README.txt";
/// What a host's archive ends with.
const ARCHIVE: &str = ".tar.gz";

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
    let out = Folder::new(job.host, &arguments.output);
    make_dirs(job.host, &out.dir)?;
    for member in &plan.members {
        let name = &member.name;
        let path = format!("{HOSTS}/{name}/{ANSWERS}");
        let answers = folder.read(&path)?.ok_or_else(|| {
            let text = format!("{}: it is not there: plan again", folder.path(&path));
            Failure::new(Exit::Usage, text)
        })?;
        let readme = readme(&plan, member).into_bytes();
        let mut files: Vec<(String, Vec<u8>)> =
            vec![(ANSWERS.to_owned(), answers), (README.to_owned(), readme)];
        let others = joins_of(&plan, name, &joins);
        if arguments.tar {
            let others = others.iter();
            files.extend(
                others.map(|(other, bytes)| (format!("join/{other}.yaml"), bytes.to_vec())),
            );
            let packed = packed(name, &files).map_err(Failure::unexpected)?;
            out.write(&format!("{name}{ARCHIVE}"), &packed)?;
        } else {
            out.make(&format!("{name}/join"))?;
            for (file, bytes) in &files {
                out.write(&format!("{name}/{file}"), bytes)?;
            }
            out.put_joins(name, &others)?;
        }
    }
    for gone in &plan.removed {
        take_back(&out, &gone.name)?;
    }
    let list = names::some(plan.members.iter().map(|one| one.name.as_str()));
    let mut told = String::new();
    let text = format!(
        "{}: {list}; in {}",
        names::hosts(plan.members.len()),
        out.dir
    );
    paragraph(&mut told, "", "  ", &text);
    let members = plan.names();
    let unfit: Vec<&str> = joins
        .iter()
        .filter(|(name, (join, _))| members.contains(*name) && !plan.fits(join))
        .map(|(name, _)| name.as_str())
        .collect();
    if !unfit.is_empty() {
        let network = plan
            .network
            .map_or(String::new(), |network| format!(" in {network}"));
        let text = format!(
            "not written, since they are not of {}{network}: the join files of {}",
            plan.target(),
            names::some(unfit)
        );
        paragraph(&mut told, "Note: ", "  ", &text);
    }
    print(&told)?;
    Ok(Exit::Done)
}

/// Takes back what an earlier export wrote for a host that is no member any more:
/// nobody is to apply it. What was carried there stays.
fn take_back(out: &Folder<'_>, name: &str) -> Result<(), Failure> {
    for file in [
        format!("{name}/{ANSWERS}"),
        format!("{name}/{README}"),
        format!("{name}{ARCHIVE}"),
    ] {
        out.remove(&file)?;
    }
    out.put_joins(name, &[])?;
    // A folder with something else in it stays.
    for folder in [format!("{name}/join"), name.to_owned()] {
        let _ = out.host.remove_dir(&out.path(&folder));
    }
    Ok(())
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
