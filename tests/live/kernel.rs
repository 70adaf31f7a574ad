//! WireGuard in a distribution's own kernel: three hosts in a guest of QEMU, set
//! up, verified and undone by the real binary, which loads the module itself.
//!
//! The machine that runs the tests may have any kernel: `tests/run` brings one
//! to `target/kernel` (or `GROUNDCREW_TEST_KERNEL` names the folder that has
//! `boot/vmlinuz-*` and `lib/modules`).

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::proc::{Proc, run};

/// The three hosts; their addresses end in 1, 2 and 3.
const HOSTS: [&str; 3] = ["alpha", "bravo", "charlie"];

/// Emulated without help of the processor, on a machine that does more.
const GUEST: Duration = Duration::from_secs(400);

/// Programs of the guest beside groundcrew.
const PROGRAMS: [&str; 8] = [
    "busybox", "bash", "ip", "wg", "wg-quick", "modprobe", "ping", "unshare",
];

/// The modules that the guest can load.
const MODULES: [&str; 3] = ["wireguard", "veth", "bridge"];

/// Where programs of the system are.
const SEARCH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn tool(program: &str) -> Command {
    let mut command = Command::new(path_of(program));
    command.env("PATH", SEARCH).env("LC_ALL", "C");
    command
}

fn path_of(program: &str) -> PathBuf {
    let found = SEARCH.split(':').map(|dir| Path::new(dir).join(program));
    let found = found.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{program} is missing: tests/run installs it"))
}

/// A kernel beside its modules.
struct Kernel {
    root: PathBuf,
    image: PathBuf,
    release: String,
}

impl Kernel {
    fn find() -> Self {
        let named = std::env::var_os("GROUNDCREW_TEST_KERNEL");
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/kernel");
        let root = named.map_or(own, PathBuf::from);
        let boot = fs::read_dir(root.join("boot")).into_iter().flatten();
        let mut releases: Vec<String> = boot
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some(name.strip_prefix("vmlinuz-")?.to_owned())
            })
            .filter(|release| root.join("lib/modules").join(release).is_dir())
            .collect();
        releases.sort();
        let release = releases.pop().unwrap_or_else(|| {
            panic!(
                "{} has no kernel with its modules: tests/run brings one, or say \
                 GROUNDCREW_TEST_KERNEL",
                root.display()
            )
        });
        let image = root.join(format!("boot/vmlinuz-{release}"));
        Self {
            root,
            image,
            release,
        }
    }

    fn modules(&self) -> PathBuf {
        Path::new("lib/modules").join(&self.release)
    }
}

/// The guest's file system.
struct Tree {
    root: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        let whole = self
            .root
            .path()
            .join(path.strip_prefix("/").unwrap_or(path));
        fs::create_dir_all(whole.parent().unwrap()).unwrap();
        whole
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn copy(&self, from: &Path, to: impl AsRef<Path>) {
        let to = self.path(to);
        fs::copy(from, &to).unwrap_or_else(|e| panic!("{} -> {to:?}: {e}", from.display()));
    }

    /// A program and the libraries that it names.
    fn program(&self, name: &str) {
        let path = path_of(name);
        self.copy(&path, &path);
        let libraries = run(tool("ldd").arg(&path));
        for word in libraries.stdout.split_whitespace() {
            if word.starts_with('/') {
                self.copy(Path::new(word), word);
            }
        }
    }

    /// The modules with all that they need, and what modprobe looks them up in.
    fn modules(&self, kernel: &Kernel) {
        let folder = kernel.root.join(kernel.modules());
        if !folder.join("modules.dep").exists() {
            let depmod = run(tool("depmod")
                .arg("-b")
                .arg(&kernel.root)
                .arg(&kernel.release));
            depmod.ok();
        }
        let mut files = BTreeSet::new();
        for module in MODULES {
            let mut modprobe = tool("modprobe");
            modprobe.arg("-d").arg(&kernel.root).args(["-S"]);
            modprobe.args([&kernel.release, "--show-depends", module]);
            let shown = run(&mut modprobe).ok();
            // "insmod PATH", or "builtin NAME".
            let paths = shown.lines().filter_map(|l| l.strip_prefix("insmod "));
            files.extend(paths.map(|path| PathBuf::from(path.trim())));
        }
        assert!(!files.is_empty(), "everything is built in");
        let lists = [
            "modules.builtin",
            "modules.builtin.modinfo",
            "modules.order",
        ];
        files.extend(lists.map(|name| folder.join(name)));
        for file in files {
            let inner = file.strip_prefix(&kernel.root).unwrap();
            self.copy(&file, inner);
        }
        run(tool("depmod")
            .arg("-b")
            .arg(self.root.path())
            .arg(&kernel.release))
        .ok();
    }

    /// An archive of all of it, for the kernel to start from.
    fn pack(&self) -> tempfile::NamedTempFile {
        let archive = tempfile::NamedTempFile::new().unwrap();
        let script = "find . | cpio --quiet -o -H newc >\"$0\"";
        let mut pack = tool("bash");
        pack.args(["-o", "pipefail", "-c", script])
            .arg(archive.path())
            .current_dir(self.root.path());
        run(&mut pack).ok();
        archive
    }
}

/// The guest for this kernel.
fn guest(kernel: &Kernel) -> Tree {
    let tree = Tree::new();
    // Programs are found in either, wherever they come from.
    for (link, target) in [("bin", "usr/bin"), ("sbin", "usr/sbin")] {
        fs::create_dir_all(tree.path(target)).unwrap();
        symlink(target, tree.path(link)).unwrap();
    }
    for program in PROGRAMS {
        tree.program(program);
    }
    symlink("bash", tree.path("usr/bin/sh")).unwrap();
    // The test build with what a debugger wants is ten times as large.
    let binary = tree.path("usr/bin/groundcrew");
    run(tool("strip")
        .arg("-o")
        .arg(&binary)
        .arg(env!("CARGO_BIN_EXE_groundcrew")))
    .ok();
    let init = tree.path("init");
    fs::write(&init, include_str!("../common/guest-init")).unwrap();
    for path in [binary, init] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    tree.modules(kernel);
    // What the hosts' own folders are mounted on.
    for folder in ["etc", "var", "root"] {
        fs::create_dir_all(tree.path(folder)).unwrap();
    }
    for (host, number) in HOSTS.iter().zip(1..) {
        tree.write(
            &format!("hosts/{host}/root/site/answers.yaml"),
            &answers(host, number),
        );
        tree.write(&format!("hosts/{host}/etc/init.d/README"), "");
        tree.write(&format!("hosts/{host}/var/lib/README"), "");
        tree.write(
            &format!("hosts/{host}/etc/os-release"),
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
        );
    }
    tree
}

fn answers(host: &str, number: u8) -> String {
    format!(
        "version: 1\n\
         expect: {{hostname: {host}}}\n\
         needs: {{nodes: 3, vendor-kinds: [native], encryption: required}}\n\
         host: {{init: sysvinit}}\n\
         scheduler: native\n\
         overlay:\n\
         \x20 kind: wireguard\n\
         \x20 network: 10.90.0.0/24\n\
         \x20 address: 10.90.0.{number}\n\
         \x20 join-files: [\"/root/site/join-*.yaml\"]\n\
         \x20 wireguard: {{interface: wg0}}\n\
         replicated: {{install: false}}\n"
    )
}

/// Runs the guest to its end: what it told, and the outcomes in it.
fn outcomes(kernel: &Kernel) -> (String, BTreeMap<String, String>) {
    let tree = guest(kernel);
    let archive = tree.pack();
    let mut qemu = tool("qemu-system-x86_64");
    // Without the help of the processor: the same everywhere.
    qemu.args(["-accel", "tcg,thread=multi", "-cpu", "max"])
        .args(["-smp", "2", "-m", "512", "-nographic", "-no-reboot"])
        .args(["-nic", "none", "-monitor", "none", "-serial", "stdio"])
        .arg("-kernel")
        .arg(&kernel.image)
        .arg("-initrd")
        .arg(archive.path())
        .arg("-append")
        .arg("console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on");
    let out = Proc::spawn(&mut qemu).wait(GUEST);
    let text = out.to_string().replace('\r', "");
    let found = text
        .lines()
        .filter_map(|line| line.strip_prefix("RESULT ")?.split_once(" ="))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let found = found.collect();
    (text, found)
}

/// What each outcome of the guest has to be.
const EXPECTED: [(&str, &str); 36] = [
    // groundcrew's own step loads the module, and the kernel carries wg0.
    ("module.before", "absent"),
    ("alone.alpha", "0"),
    ("module.alone", "loaded"),
    ("kind", "wireguard"),
    ("userspace", ""),
    ("alone.bravo", "0"),
    ("verify.two", "0"),
    ("alone.charlie", "0"),
    ("verify.three", "0"),
    ("handshakes.three", "2"),
    // 1500 of the path minus 80: exactly that, not one byte more.
    ("mtu", "1420"),
    ("ping.exact", "0"),
    ("ping.over", "1"),
    // The SysV script ends it and brings the same again.
    ("boot.stop", "0"),
    ("boot.stopped", "absent"),
    ("boot.start", "0"),
    ("boot.started", "wireguard"),
    ("boot.verify", "0"),
    // Undone; the module goes with the host that loaded it.
    ("rollback.charlie", "0"),
    ("gone.charlie", "absent"),
    ("rollback.bravo", "0"),
    ("gone.bravo", "absent"),
    ("module.used", "loaded"),
    ("kept.alpha", "wireguard"),
    ("rollback.alpha", "0"),
    ("gone.alpha", "absent"),
    ("module.after", "absent"),
    ("left", ""),
    // The module stays with what somebody else has made of it since.
    ("since.alpha", "0"),
    ("since.rollback", "0"),
    ("since.wg0", "absent"),
    ("since.wg9", "wireguard"),
    ("since.module", "loaded"),
    // Somebody else's wg0 is refused.
    ("foreign", "3"),
    ("foreign.told", "wg0 belongs to somebody else"),
    ("foreign.untouched", "yes"),
];

#[test]
fn the_kernels_own_wireguard_is_loaded_carries_the_tunnel_and_is_undone() {
    let kernel = Kernel::find();
    let (told, found) = outcomes(&kernel);
    let got = |name: &str| found.get(name).map_or("(not told)", String::as_str);
    let mut wrong = Vec::new();
    let mut expect = |name: &str, wanted: &str| {
        if got(name) != wanted {
            wrong.push(format!(
                "{name}: {:?} was expected, it is {:?}",
                wanted,
                got(name)
            ));
        }
    };
    expect("kernel", &kernel.release);
    for (name, wanted) in EXPECTED {
        expect(name, wanted);
    }
    // Peers come to the interface that is there.
    expect("index.two", got("index.alone"));
    expect("index.three", got("index.alone"));
    // The tunnel of the two is one of that other host's key.
    expect("handshake.two", got("bravo"));
    // The first of those that are set up together may find nobody yet.
    for name in [
        "two.alpha",
        "two.bravo",
        "three.alpha",
        "three.bravo",
        "three.charlie",
    ] {
        if !["0", "7"].contains(&got(name)) {
            wrong.push(format!(
                "{name}: 0 or 7 was expected, it is {:?}",
                got(name)
            ));
        }
    }
    for name in ["index.alone", "bravo", "end"] {
        if ["", "(not told)"].contains(&got(name)) {
            wrong.push(format!("{name} was not told"));
        }
    }
    assert!(wrong.is_empty(), "{told}\n{}", wrong.join("\n"));
}
