//! What packages bring beside the program, and `packaging/install.sh` in the shells
//! that hosts have. The packages themselves are in `tests/live/packaging.rs`.
//!
//! `GROUNDCREW_REGEN=1 cargo test --test plain packaging::` writes the completions anew.

use crate::common;

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::build::manifest_dir;
use common::proc::{LIMIT, Out, Proc, run, run_here};
use common::pty::Term;
use tempfile::TempDir;

fn packaging(name: &str) -> PathBuf {
    manifest_dir().join("packaging").join(name)
}

#[test]
fn the_completions_are_those_of_the_program() {
    for (shell, name) in [
        ("bash", "groundcrew.bash"),
        ("zsh", "_groundcrew"),
        ("fish", "groundcrew.fish"),
    ] {
        let made = run_here(&[
            env!("CARGO_BIN_EXE_groundcrew"),
            "gen",
            "completions",
            shell,
        ])
        .ok();
        let path = packaging("completions").join(name);
        if std::env::var_os("GROUNDCREW_REGEN").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == made,
            "{} lags behind the code: run GROUNDCREW_REGEN=1 cargo test --test plain packaging::",
            path.display()
        );
    }
}

/// What bash offers after `line`, the last word of which is being typed.
fn bash_offers(line: &[&str]) -> String {
    let script = r#"source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        complete -p groundcrew >/dev/null || exit 1
        _groundcrew "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s ' "${COMPREPLY[@]}""#;
    let file = packaging("completions/groundcrew.bash");
    let head = ["bash", "--norc", "-uc", script, "bash"];
    run_here(&[&head[..], &[file.to_str().unwrap()], line].concat()).ok()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    assert_eq!(bash_offers(&["groundcrew", "prefl"]), "preflight ");
    assert_eq!(bash_offers(&["groundcrew", "gu"]), " ", "hidden");
    let flags = bash_offers(&["groundcrew", "rollback", "--fo"]);
    assert_eq!(flags, "--force ");
    let values = bash_offers(&["groundcrew", "preflight", "--ui", "t"]);
    assert_eq!(values, "tui ");
}

#[test]
fn fish_completes_commands_and_flags() {
    let offers = |line: &str| {
        let file = packaging("completions/groundcrew.fish");
        let script = "source $argv[1]; complete -C $argv[2]";
        let file = file.to_str().unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", script, file, line])
            .env("HOME", home.path());
        let out = run(&mut fish).ok();
        let words = out.lines().filter_map(|line| line.split('\t').next());
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(offers("groundcrew prefl"), "preflight");
    assert_eq!(offers("groundcrew rollback --fo"), "--force");
    assert_eq!(offers("groundcrew gu"), "", "hidden");
}

#[test]
fn zsh_completes_commands_and_flags() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let env = [("HOME", home), ("TERM", "xterm"), ("PATH", "/usr/bin:/bin")];
    let term = Term::spawn(24, 100, &env, &["zsh", "-f", "-i"]);
    let folder = packaging("completions");
    let setup = format!(
        "PS1='ready> '; fpath=({} $fpath); autoload -U compinit && compinit -u -D && clear\r",
        folder.display()
    );
    term.key(setup.as_bytes());
    term.wait_until("a prompt on a clear screen", |screen| {
        screen.trim_end() == "ready>"
    });
    term.key(b"groundcrew prefl\t");
    term.wait_for("ready> groundcrew preflight");
    term.key(b"\x15groundcrew rollback --fo\t");
    term.wait_for("ready> groundcrew rollback --force");
}

#[test]
fn the_man_page_is_set_without_a_warning() {
    let page = packaging("groundcrew.1");
    // packaging/build gives the page the date of the packages.
    let text = std::fs::read_to_string(&page).unwrap();
    let dated = text.replacen("GROUNDCREW 1 \"\"", "GROUNDCREW 1 \"2026-01-01\"", 1);
    assert_ne!(dated, text);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groundcrew.1");
    std::fs::write(&file, dated).unwrap();
    let file = file.to_str().unwrap();
    let lint = run_here(&["mandoc", "-Tlint", "-Wwarning", file]);
    assert_eq!(lint.ok(), "");
    let set = run(Command::new("man")
        .args(["--warnings", "-l", file])
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "80"));
    assert_eq!(set.stderr, "");
    let set = set.ok();
    for line in ["EXIT STATUS", "groundcrew rollback", "--force"] {
        assert!(set.contains(line), "{line}\n{set}");
    }
    assert!(set.lines().all(|line| line.chars().count() <= 80), "{set}");
}

/// The documents that install.sh puts in place.
fn pages() -> Vec<String> {
    let script = std::fs::read_to_string(packaging("install.sh")).unwrap();
    let pages = script.lines().filter_map(|line| {
        let (name, place) = line.strip_prefix("644 ")?.split_once(' ')?;
        let same = place.strip_prefix("share/doc/groundcrew/") == Some(name);
        (same && !name.starts_with("LICENSE")).then(|| name.to_owned())
    });
    pages.collect()
}

#[test]
fn what_the_pages_lead_to_is_installed_with_them() {
    let pages = pages();
    for folder in ["docs", "docs/screens"] {
        for entry in std::fs::read_dir(manifest_dir().join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().display());
            let there = pages.contains(&name) || manifest_dir().join(&name).is_dir();
            assert!(there, "FILES of packaging/install.sh lacks {name}");
        }
    }
    // For those who have a clone.
    let of_a_clone = [".github/", "packaging/", "tests/"];
    for page in pages.iter().filter(|page| page.ends_with(".md")) {
        let text = std::fs::read_to_string(manifest_dir().join(page)).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap_or_default();
            let to = match (page.strip_prefix("docs/"), link.strip_prefix("../")) {
                (Some(_), None) => format!("docs/{link}"),
                (_, Some(above)) => above.to_owned(),
                (None, None) => link.to_owned(),
            };
            let elsewhere = link.is_empty() || link.contains("://");
            let known = pages.contains(&to) || of_a_clone.iter().any(|head| to.starts_with(head));
            assert!(elsewhere || known, "{page}: {link} is not installed");
        }
    }
}

/// A folder as the tarball unpacks to, with a stand-in for the program: one of this
/// machine that tells its version and is small.
struct Site {
    folder: TempDir,
}

const STAND_IN: &str = "/bin/true";

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let site = Self { folder };
        std::fs::create_dir_all(site.path("from/completions")).unwrap();
        std::fs::copy(STAND_IN, site.path("from/groundcrew")).unwrap();
        std::fs::copy(packaging("install.sh"), site.path("from/install.sh")).unwrap();
        for name in [
            "groundcrew.1",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "completions/groundcrew.bash",
            "completions/_groundcrew",
            "completions/groundcrew.fish",
        ] {
            std::fs::copy(packaging(name), site.path("from").join(name)).unwrap();
        }
        for name in pages() {
            let folder = site.path("from").join(&name);
            std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
            std::fs::copy(manifest_dir().join(&name), site.path("from").join(&name)).unwrap();
        }
        site.sum();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn from(&self) -> String {
        self.path("from").to_str().unwrap().to_owned()
    }

    /// Writes SHA256SUMS for the files as they are.
    fn sum(&self) {
        let script = "cd \"$1\" && rm -f SHA256SUMS && find . -type f | sed 's|^./||' | sort | \
                      xargs sha256sum >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS";
        run_here(&["bash", "-euc", script, "bash", &self.from()]).ok();
    }

    /// What a run of install.sh needs: a shell of a kind, who runs it, where.
    fn install(&self, shell: &Shell, args: &[&str]) -> Out {
        let script = self.path("from/install.sh");
        let mut command = Command::new(&shell.argv[0]);
        command
            .args(&shell.argv[1..])
            .arg(script)
            .args(args)
            .env_clear()
            .env("PATH", &shell.path)
            .env("TMPDIR", self.folder.path());
        Proc::spawn(&mut command).wait(LIMIT)
    }
}

/// A shell, with the programs that it finds.
struct Shell {
    argv: Vec<String>,
    path: String,
    _folder: Option<TempDir>,
}

impl Shell {
    fn of_this_machine(name: &str) -> Self {
        Self {
            argv: vec![name.to_owned()],
            path: "/usr/bin:/bin".into(),
            _folder: None,
        }
    }

    /// busybox's shell with busybox's programs alone.
    fn busybox() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().to_str().unwrap();
        run_here(&["busybox", "--install", "-s", into]).ok();
        Self {
            argv: vec![format!("{into}/sh")],
            path: into.to_owned(),
            _folder: Some(folder),
        }
    }

    /// dash with these programs of this machine alone.
    fn with_only(programs: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in programs {
            let found = run_here(&["which", name]).ok();
            symlink(found.trim(), folder.path().join(name)).unwrap();
        }
        Self {
            argv: vec!["/bin/dash".into()],
            path: folder.path().to_str().unwrap().to_owned(),
            _folder: Some(folder),
        }
    }

    fn all() -> [Self; 3] {
        [
            Self::of_this_machine("dash"),
            Self::of_this_machine("bash"),
            Self::busybox(),
        ]
    }
}

/// The files and folders below a folder, with the size of the files.
fn tree(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            let meta = std::fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if meta.is_dir() {
                open.push(path);
            }
            found.insert(name, if meta.is_dir() { 0 } else { meta.len() });
        }
    }
    found
}

#[test]
fn install_puts_all_in_place_and_uninstall_takes_it_away() {
    for shell in Shell::all() {
        let site = Site::new();
        let prefix = site.path("my prefix/usr");
        let args = ["--prefix", prefix.to_str().unwrap()];
        let out = site.install(&shell, &args).expect_code(0);
        assert!(out.stdout.contains("is installed as"), "{out}");
        let there: Vec<String> = tree(&prefix).into_keys().collect();
        for file in [
            "bin/groundcrew",
            "share/man/man1/groundcrew.1",
            "share/bash-completion/completions/groundcrew",
            "share/zsh/site-functions/_groundcrew",
            "share/fish/vendor_completions.d/groundcrew.fish",
            "share/doc/groundcrew/LICENSE-MIT",
        ] {
            assert!(there.contains(&file.to_owned()), "{file} in {there:?}");
        }
        let mode = |path: &str| {
            let meta = std::fs::metadata(prefix.join(path)).unwrap();
            meta.permissions().mode() & 0o777
        };
        assert_eq!(mode("bin/groundcrew"), 0o755);
        assert_eq!(mode("share/man/man1/groundcrew.1"), 0o644);
        // Again, over what is there: the same, and nothing beside it.
        let before = tree(&prefix);
        site.install(&shell, &args).expect_code(0);
        assert_eq!(tree(&prefix), before);
        let uninstall = ["--uninstall", args[0], args[1]];
        // What somebody has put in its place since is neither run nor removed.
        let page = prefix.join("share/man/man1/groundcrew.1");
        std::fs::write(&page, "theirs").unwrap();
        let kept = site.install(&shell, &uninstall).expect_code(1);
        assert!(kept.stderr.contains("man1/groundcrew.1"), "{kept}");
        assert_eq!(std::fs::read_to_string(&page).unwrap(), "theirs");
        std::fs::remove_file(&page).unwrap();
        site.install(&shell, &args).expect_code(0);
        site.install(&shell, &uninstall).expect_code(0);
        let left = tree(&prefix);
        assert!(left.values().all(|size| *size == 0), "{left:?}");
        assert!(!left.contains_key("share/doc/groundcrew"), "{left:?}");
        let again = site.install(&shell, &uninstall).expect_code(1);
        assert!(again.stderr.contains("not installed here"), "{again}");
    }
}

/// A change of the site after which nothing may be installed, and what is said.
type Spoilt = (&'static str, fn(&Site), &'static str);

const SPOILT: [Spoilt; 7] = [
    (
        "tampered",
        |site| {
            let path = site.path("from/groundcrew");
            let mut bytes = std::fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(path, bytes).unwrap();
        },
        "groundcrew: not the file that SHA256SUMS lists",
    ),
    (
        "truncated",
        |site| {
            let path = site.path("from/completions/_groundcrew");
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        "completions/_groundcrew: not the file that SHA256SUMS lists",
    ),
    (
        "without sums",
        |site| std::fs::remove_file(site.path("from/SHA256SUMS")).unwrap(),
        "has no SHA256SUMS",
    ),
    (
        "not listed",
        |site| {
            let path = site.path("from/SHA256SUMS");
            let sums = std::fs::read_to_string(&path).unwrap();
            let without: Vec<&str> = sums
                .lines()
                .filter(|l| !l.contains("LICENSE-MIT"))
                .collect();
            std::fs::write(path, without.join("\n") + "\n").unwrap();
        },
        "LICENSE-MIT: not listed in SHA256SUMS",
    ),
    (
        "listed twice",
        |site| {
            let path = site.path("from/SHA256SUMS");
            let mut sums = std::fs::read_to_string(&path).unwrap();
            sums.push_str(&format!("{}  groundcrew\n", "0".repeat(64)));
            std::fs::write(path, sums).unwrap();
        },
        "groundcrew: not the file that SHA256SUMS lists",
    ),
    (
        "a file missing",
        |site| std::fs::remove_file(site.path("from/groundcrew")).unwrap(),
        "SHA256SUMS",
    ),
    (
        "for another architecture",
        |site| {
            let path = site.path("from/groundcrew");
            let mut bytes = std::fs::read(&path).unwrap();
            // e_machine: 183 is EM_AARCH64 (elf.h).
            bytes[18] = 183;
            std::fs::write(path, bytes).unwrap();
            site.sum();
        },
        "no program for x86_64",
    ),
];

#[test]
fn what_is_not_as_listed_is_refused_and_what_is_installed_stays() {
    let to = |path: &Path| path.to_str().unwrap().to_owned();
    for shell in Shell::all() {
        let good = Site::new();
        let full = good.path("full");
        good.install(&shell, &["--prefix", &to(&full)])
            .expect_code(0);
        let before = tree(&full);
        // The others read the same script: one case shows that they refuse.
        let cases = if shell.argv[0].ends_with("dash") {
            SPOILT.len()
        } else {
            1
        };
        for (what, spoil, said) in SPOILT.into_iter().take(cases) {
            let site = Site::new();
            spoil(&site);
            let untouched = tree(site.folder.path());
            // Beside what is installed the way is the same: a case of each kind will do.
            let over = ["tampered", "truncated"].contains(&what);
            let none = site.path("none");
            let prefixes = if over {
                vec![&none, &full]
            } else {
                vec![&none]
            };
            for prefix in prefixes {
                let out = site.install(&shell, &["--prefix", &to(prefix)]);
                let out = out.expect_code(1);
                assert!(out.stderr.contains(said), "{what}\n{out}");
                assert_eq!(out.stderr.lines().count(), 1, "{what}\n{out}");
                assert_eq!(out.stdout, "", "{what}");
            }
            // No folder, no temporary file either.
            assert_eq!(tree(site.folder.path()), untouched, "{what}");
            assert_eq!(tree(&full), before, "{what}");
        }
    }
}

#[test]
fn another_machine_and_a_prefix_that_cannot_be_written_are_refused() {
    for mut shell in Shell::all() {
        let site = Site::new();
        let prefix = site.path("owned");
        std::fs::create_dir(&prefix).unwrap();
        let args = ["--prefix", prefix.to_str().unwrap()];

        // Anybody, into a folder of their own and into one that is not.
        let nobody = |args: &[&str]| {
            let mut command = Command::new(&shell.argv[0]);
            command
                .args(&shell.argv[1..])
                .arg(site.path("from/install.sh"))
                .args(args)
                .env_clear()
                .env("PATH", &shell.path)
                .uid(65534)
                .gid(65534);
            if let Some(folder) = &shell._folder {
                std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
            }
            Proc::spawn(&mut command).wait(LIMIT)
        };
        let out = nobody(&args).expect_code(1);
        assert!(out.stderr.contains("use sudo, or --prefix"), "{out}");
        assert_eq!(out.stderr.lines().count(), 1, "{out}");
        assert!(tree(&prefix).is_empty());
        nix::unistd::chown(&prefix, Some(65534.into()), Some(65534.into())).unwrap();
        nobody(&args).expect_code(0);
        assert!(prefix.join("bin/groundcrew").exists());

        let other = site.path("other");
        shell
            .argv
            .splice(0..0, ["/usr/bin/setarch".into(), "i686".into()]);
        let out = site
            .install(&shell, &["--prefix", other.to_str().unwrap()])
            .expect_code(1);
        assert!(out.stderr.contains("this machine is i686"), "{out}");
        assert!(!other.exists());
    }
}

/// A packed tarball of the site's folder, with SHA256SUMS beside it.
fn pack(site: &Site) -> String {
    let script = "cd \"$1\" && mkdir packed && name=groundcrew-9.9.9-x86_64-linux && cp -r from $name && \
                  tar czf packed/$name.tar.gz $name && rm -r $name && cd packed && \
                  sha256sum * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS";
    let folder = site.folder.path().to_str().unwrap();
    run_here(&["bash", "-euc", script, "bash", folder]).ok();
    site.path("packed").to_str().unwrap().to_owned()
}

const TOOLS: [&str; 17] = [
    "uname", "sed", "tr", "od", "dirname", "mkdir", "rmdir", "rm", "cp", "mv", "chmod", "mktemp",
    "gzip", "tar", "grep", "cat", "openssl",
];

#[test]
fn a_packed_tarball_is_verified_before_it_is_unpacked() {
    for shell in Shell::all().into_iter().chain([Shell::with_only(&TOOLS)]) {
        let site = Site::new();
        let packed = pack(&site);
        let others = tree(site.folder.path()).len();
        let prefix = site.path("to");
        let args = ["--prefix", prefix.to_str().unwrap(), &packed];
        let sums = std::fs::read(site.path("packed/SHA256SUMS")).unwrap();
        let digest = {
            use sha2::Digest;
            let bytes = sha2::Sha256::digest(&sums);
            bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()
        };
        let other = "0".repeat(64);
        let out = site.install(&shell, &[&args[..], &["--sums", &other]].concat());
        let out = out.expect_code(1);
        assert!(
            out.stderr.contains("not the one that --sums names"),
            "{out}"
        );
        site.install(&shell, &[&args[..], &["--sums", &digest]].concat())
            .expect_code(0);
        assert!(prefix.join("bin/groundcrew").exists());
        std::fs::remove_dir_all(&prefix).unwrap();

        let tarball = site.path("packed/groundcrew-9.9.9-x86_64-linux.tar.gz");
        let bytes = std::fs::read(&tarball).unwrap();
        std::fs::write(&tarball, &bytes[..bytes.len() - 100]).unwrap();
        let out = site.install(&shell, &args).expect_code(1);
        assert!(
            out.stderr.contains("not the file that SHA256SUMS lists"),
            "{out}"
        );
        assert_eq!(tree(site.folder.path()).len(), others);
    }
}

/// With a certificate of the site's own: `openssl s_server` serves the folder.
#[test]
fn a_site_is_asked_over_https_with_its_certificate_verified_and_never_without() {
    let site = Site::new();
    let packed = pack(&site);
    let [key, certificate] = ["key.pem", "cert.pem"].map(|name| site.path(name));
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate))
    .ok();
    let server = Proc::spawn(
        Command::new("openssl")
            .args(["s_server", "-WWW", "-accept", "127.0.0.1:0", "-key"])
            .arg(&key)
            .arg("-cert")
            .arg(&certificate)
            .current_dir(&packed),
    );
    let said = server.wait_for_stdout("ACCEPT 127.0.0.1:", LIMIT);
    let port = said.split("ACCEPT 127.0.0.1:").nth(1).unwrap();
    let port = port.lines().next().unwrap();
    let prefix = site.path("to");
    let get = |url: &str, trusted: bool| {
        let mut command = Command::new("dash");
        command
            .arg(site.path("from/install.sh"))
            .args(["--prefix", prefix.to_str().unwrap(), url])
            .env_clear()
            .env("PATH", "/usr/bin:/bin");
        if trusted {
            command.env("CURL_CA_BUNDLE", &certificate);
        }
        Proc::spawn(&mut command).wait(LIMIT)
    };
    let url = format!("https://127.0.0.1:{port}");
    let out = get(&url, false).expect_code(1);
    assert!(out.stderr.contains("could not be downloaded"), "{out}");
    let out = get(&url.replace("https", "http"), true).expect_code(1);
    assert!(
        out.stderr.contains("https:// or a folder is wanted"),
        "{out}"
    );
    assert!(!prefix.exists());
    get(&url, true).expect_code(0);
    assert!(prefix.join("bin/groundcrew").exists());
}

/// `packaging/build` with these programs alone.
fn build(path: &str, args: &[&str]) -> Out {
    let script = packaging("build");
    let mut command = Command::new("/bin/bash");
    command
        .arg(script)
        .args(args)
        .env_clear()
        .env("PATH", path)
        .env("SOURCE_DATE_EPOCH", "1750000000");
    run(&mut command)
}

#[test]
fn build_says_what_it_needs_and_makes_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let to = out.to_str().unwrap();
    let few = Shell::with_only(&["dirname", "gzip", "sed", "head"]);
    let own = env!("CARGO_BIN_EXE_groundcrew");
    let said = build(&few.path, &["--binary", own, to]).expect_code(1);
    for line in [
        "rpmbuild: apt-get install rpm, or dnf install rpm-build",
        "dpkg-deb: apt-get install dpkg",
        "readelf: apt-get install binutils",
    ] {
        assert!(said.stderr.contains(line), "{said}");
    }
    assert!(!said.stderr.contains("gzip:"), "{said}");
    let usual = "/usr/sbin:/usr/bin:/sbin:/bin";
    for (args, line) in [
        (&["--binary", "/bin/true"][..], "needs a loader of the host"),
        (&["--binary", "/etc/passwd"], "no ELF file"),
        (&["--binary", own, "--only", "zip"], "el6, rpm, deb or tar"),
        (&["--binary", own, "--release", "x"], "a whole number"),
    ] {
        let args = [&["--only", "tar"], args, &[to]].concat();
        let said = build(usual, &args).expect_code(1);
        assert!(said.stderr.contains(line), "{said}");
    }
    assert!(!out.exists());
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("thesis.tex"), "").unwrap();
    let said = build(usual, &["--only", "tar", "--binary", own, to]).expect_code(1);
    assert!(
        said.stderr.contains("is no package of groundcrew"),
        "{said}"
    );
    assert_eq!(tree(folder.path()).len(), 2);
}
