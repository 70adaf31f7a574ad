//! A host whose userland looks like CentOS 6's: tests/stand-ins/el6 has its tools,
//! as strict as the real ones, and the binary under test has the old kernel's table.

use std::path::PathBuf;

use super::host::Host;
use super::lab::{HostSpec, Lab};
use super::oldkern::RELEASE;
use super::proc::{LIMIT, Proc};

/// Where the stand-ins are seen in the host.
const SHOWN: &str = "/run/lab/el6";
const USERLAND: &str = "/run/lab/el6/userland";
const RECORDED: &str = "/run/lab/recorded";
/// The files of the captured host of the same system; its kernel's options.
const COMPOSED: &str = "/run/lab/el6.txtar";

fn stand_ins() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stand-ins/el6")
}

/// What a real Docker 1.7.1 answered, where the recordings stand beside the project.
fn recorded() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let root = std::env::var_os("GROUNDCREW_SHARED").map_or(beside, PathBuf::from);
    let folder = root.join("data/docker/docker-1.7.1");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "Docker 1.7.1 answers what is composed: {} is not there",
        folder.display()
    );
    None
}

/// What such a host is made of; [`become_el6`] makes it one.
pub fn spec(name: &str) -> HostSpec {
    on(HostSpec::new(name).old_kernel())
}

/// The same with the kernel that is running, as Oracle's UEK or ELRepo's newer ones
/// run below EL6: the binary has the old system calls alone.
pub fn newer_kernel(name: &str) -> HostSpec {
    on(HostSpec::new(name).old_calls())
}

fn on(spec: HostSpec) -> HostSpec {
    let composed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/el6.txtar");
    let spec = spec
        .first_process("init")
        .show(stand_ins(), SHOWN)
        .show(composed, COMPOSED);
    match recorded() {
        Some(folder) => spec.show(folder, RECORDED),
        None => spec,
    }
}

/// Lays the userland over the host's root.
pub fn become_el6(host: &Host) {
    let tools = format!("{SHOWN}/tools-stand-in");
    let mut argv = vec!["bash", USERLAND, &tools];
    if host.has_old_release() {
        argv.extend([COMPOSED, RELEASE]);
    }
    host.run(&argv).ok();
}

/// A lab of one such host.
pub fn lab() -> Lab {
    let lab = Lab::start(&[spec("alpha")]);
    become_el6(&lab.hosts[0]);
    lab
}

/// Docker 1.7.1 as it was recorded, or composed where the recordings are not; it ends
/// with what is returned.
pub fn docker(host: &Host) -> Proc {
    let docker = host.spawn(&[&format!("{SHOWN}/docker-1.7.1-stand-in"), RECORDED]);
    docker.wait_for_stdout("ready", LIMIT);
    docker
}
