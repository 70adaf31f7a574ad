//! The packages that `packaging/build` makes, looked at and installed: by the real
//! dpkg and rpm (Debian's builds of them) and by `install.sh`, on a host of the lab.

use crate::common;

use std::collections::BTreeMap;
use std::io::Read;

use common::build::manifest_dir;
use common::host::Host;
use common::lab::Lab;
use common::proc::Out;
use common::site::{HOME, RUN, write_answers};
use common::tools::{lab_with, script};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The binary under test without its symbols, packed, and once more under a higher
/// number; and a small stand-in for it, packed by two builders that have little in
/// common.
const BUILD: &str = r#"
mkdir -p /etc/rpm /var/lib/rpm
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
strip -o /srv/groundcrew /run/lab/groundcrew
export SOURCE_DATE_EPOCH=1750000000
"$BUILD" --binary /srv/groundcrew /srv/one
"$BUILD" --binary /srv/groundcrew --release 2 --only deb --only rpm /srv/next
printf '#include <stdio.h>\nint main() { puts("groundcrew %s"); }\n' "$VERSION" | cc -static -x c - -o /srv/stand-in
"$BUILD" --binary /srv/stand-in /srv/same
umask 077
export TZ=Asia/Kolkata HOME=/srv/home LC_ALL=C.UTF-8
mkdir -p /srv/home /srv/elsewhere
echo '%_binary_payload w1.bzdio' >/srv/home/.rpmmacros
hostname bravo
cp /srv/stand-in /srv/elsewhere/program
chmod 700 /srv/elsewhere/program
cd /srv/elsewhere
"$BUILD" --binary program same
hostname alpha
"#;

fn built() -> Lab {
    let lab = lab_with("rpm");
    let host = &lab.hosts[0];
    let build = manifest_dir().join("packaging/build");
    let build = format!("BUILD={} VERSION={VERSION}\n{BUILD}", build.display());
    host.run_within(RUN, &["bash", "-euc", &build]).ok();
    write_answers(host, "systemd", "apply: {confirm-within: 3600s}\n");
    lab
}

fn deb(release: u8) -> String {
    let folder = if release == 1 { "one" } else { "next" };
    format!("/srv/{folder}/groundcrew_{VERSION}-{release}_amd64.deb")
}

fn rpm(release: &str) -> String {
    let folder = if release == "2" { "next" } else { "one" };
    format!("/srv/{folder}/groundcrew-{VERSION}-{release}.x86_64.rpm")
}

/// The runs' own, that no package touches.
const KEPT: &str = "cd / && find var/lib/groundcrew var/log/groundcrew -type f ! -name lock \
                    -exec sha256sum {} + | sort -k 2";

/// The program where it is found by its name.
#[track_caller]
fn installed(host: &Host, args: &[&str]) -> Out {
    let script = format!("cd {HOME} && exec groundcrew \"$@\"");
    let head = ["bash", "-c", &script, "bash"];
    host.run_within(RUN, &[&head[..], args].concat())
}

/// What all packages put in place, and take away again.
const FILES: [&str; 6] = [
    "/usr/bin/groundcrew",
    "/usr/share/man/man1/groundcrew.1.gz",
    "/usr/share/fish/vendor_completions.d/groundcrew.fish",
    "/usr/share/doc/groundcrew/README.md",
    "/usr/share/doc/groundcrew/docs/undo.md",
    "/usr/share/doc/groundcrew/docs/screens/plan.svg",
];

#[track_caller]
fn assert_there(host: &Host, files: &[&str], wanted: bool) {
    for file in files {
        let there = host.run(&["test", "-e", file]).code == Some(0);
        assert_eq!(there, wanted, "{file}");
    }
}

fn same_bytes(host: &Host) {
    let same = host.read("/srv/same/SHA256SUMS");
    assert_eq!(same, host.read("/srv/elsewhere/same/SHA256SUMS"));
    let one = host.read("/srv/one/SHA256SUMS");
    host.run(&[
        "bash",
        "-c",
        "cd /srv/one && sha256sum --check --strict SHA256SUMS",
    ])
    .ok();
    let mut listed: Vec<&str> = one.lines().filter_map(|l| l.split("  ").nth(1)).collect();
    listed.sort_unstable();
    let wanted = [
        format!("groundcrew-{VERSION}-1.el6.x86_64.rpm"),
        format!("groundcrew-{VERSION}-1.x86_64.rpm"),
        format!("groundcrew-{VERSION}-x86_64-linux.tar.gz"),
        format!("groundcrew_{VERSION}-1_amd64.deb"),
        "install.sh".to_owned(),
    ];
    assert_eq!(listed, wanted);
    let left = script(
        host,
        "ls -A /srv/one | wc -l; ls -A /srv | grep unfinished || :",
    );
    assert_eq!(left.trim(), "6", "nothing else is left");
}

/// The header of an rpm file: its tags with type, and their bytes to the next one.
struct Header {
    tags: BTreeMap<u32, (u32, Vec<u8>)>,
    end: usize,
}

impl Header {
    /// Reads the header at `at` (format of the header: rpm's format.md).
    fn read(file: &[u8], at: usize) -> Self {
        let int = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!(int(at), 0x8ead_e801, "the magic of a header");
        let (count, size) = (int(at + 8) as usize, int(at + 12) as usize);
        let data = at + 16 + 16 * count;
        let entries: Vec<[u32; 3]> = (0..count)
            .map(|n| at + 16 + 16 * n)
            .map(|entry| [int(entry), int(entry + 4), int(entry + 8)])
            .collect();
        let tags = entries.iter().map(|[tag, kind, offset]| {
            let after = entries.iter().map(|entry| entry[2]).filter(|o| o > offset);
            let end = after.min().unwrap_or(size as u32) as usize;
            let bytes = file[data + *offset as usize..data + end].to_vec();
            (*tag, (*kind, bytes))
        });
        Self {
            tags: tags.collect(),
            end: data + size,
        }
    }

    fn strings(&self, tag: u32) -> Vec<String> {
        let (_, bytes) = &self.tags[&tag];
        let text = String::from_utf8_lossy(bytes).into_owned();
        let words = text.trim_end_matches('\0').split('\0');
        words.map(str::to_owned).collect()
    }
}

/// The features that rpm 4.8 has (lib/rpmds.c of rpm 4.8), as requirements name them.
const RPMLIB_4_8: [&str; 14] = [
    "rpmlib(VersionedDependencies)",
    "rpmlib(CompressedFileNames)",
    "rpmlib(PayloadIsBzip2)",
    "rpmlib(PayloadIsXz)",
    "rpmlib(PayloadIsLzma)",
    "rpmlib(PayloadFilesHavePrefix)",
    "rpmlib(ExplicitPackageProvide)",
    "rpmlib(HeaderLoadSortsTags)",
    "rpmlib(ScriptletInterpreterArgs)",
    "rpmlib(PartialHardlinkSets)",
    "rpmlib(ConcurrentAccess)",
    "rpmlib(BuiltinLuaScripts)",
    "rpmlib(FileDigests)",
    "rpmlib(FileCaps)",
];

/// Tags of later versions that tell more, and change nothing for who does not know
/// them: FILEDIGESTALGO (which 4.8 has), BUGURL, ENCODING, PAYLOADDIGEST,
/// PAYLOADDIGESTALGO, PAYLOADDIGESTALT. No weak dependencies, triggers on files, or
/// sizes of 64 bits.
const LATE_TAGS: [u32; 6] = [5011, 5012, 5062, 5092, 5093, 5097];

/// The bytes of an rpm: what a tool would read over.
fn rpm_bytes(host: &Host, path: &str) {
    let file = std::fs::read(host.path(path)).unwrap();
    // The lead: magic, version 3.0, a binary package, i386 and its kin, Linux, and
    // signatures as a header.
    assert_eq!(file[..10], [0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 1]);
    assert_eq!(file[76..80], [0, 1, 0, 5]);
    let signature = Header::read(&file, 96);
    // SHA1, SHA256, SIZE and MD5; neither LONGSIZE nor LONGARCHIVESIZE.
    let has = |tag: &u32| signature.tags.contains_key(tag);
    assert!([269, 273, 1000, 1004].iter().all(has));
    assert!(![270, 271].iter().any(has));
    let header = Header::read(&file, signature.end.next_multiple_of(8));
    for (tag, (kind, _)) in &header.tags {
        // RPM_I18NSTRING_TYPE is the last type that there was.
        assert!(*kind <= 9, "tag {tag} of type {kind}");
        assert!(*tag < 5000 || LATE_TAGS.contains(tag), "tag {tag}");
    }
    // REQUIRENAME, ARCH, OS, PAYLOADFORMAT, PAYLOADCOMPRESSOR, FILEDIGESTALGO.
    let requires = header.strings(1049);
    assert!(requires.contains(&"rpmlib(FileDigests)".to_owned()));
    for name in &requires {
        let known = name == "/bin/sh" || RPMLIB_4_8.contains(&name.as_str());
        assert!(known, "{name} is required");
    }
    let one = |tag| header.strings(tag)[0].clone();
    assert_eq!([one(1022), one(1021)], ["x86_64", "linux"]);
    assert_eq!([one(1124), one(1125)], ["cpio", "gzip"]);
    // PGPHASHALGO_SHA256.
    assert_eq!(header.tags[&5011].1[..4], [0, 0, 0, 8]);
    let payload = &file[header.end..];
    assert_eq!(payload[..3], [0x1f, 0x8b, 8], "gzip");
    let mut archive = [0; 6];
    let mut gzip = flate2::read::GzDecoder::new(payload);
    gzip.read_exact(&mut archive).unwrap();
    assert_eq!(&archive, b"070701", "cpio of the new ASCII form");
}

fn rpms_as_tools_see_them(host: &Host) {
    for release in ["1.el6", "1"] {
        let path = rpm(release);
        rpm_bytes(host, &path);
        let checked = host.run(&["rpm", "-Kv", &path]).ok();
        for digest in ["Header SHA1", "Header SHA256", "Payload SHA256", "MD5"] {
            let line = format!("{digest} digest: OK");
            assert!(checked.contains(&line), "{line}\n{checked}");
        }
        let asked = "%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{BUILDHOST} %{BUILDTIME}";
        let told = host.run(&["rpm", "-qp", "--qf", asked, &path]).ok();
        let wanted = format!("groundcrew {VERSION} {release} x86_64 groundcrew 1750000000");
        assert_eq!(told, wanted);
    }
    for (release, file) in [
        ("1.el6", "/etc/bash_completion.d/groundcrew"),
        ("1", "/usr/share/bash-completion/completions/groundcrew"),
    ] {
        let listed = host.run(&["rpm", "-qpl", &rpm(release)]).ok();
        assert!(listed.lines().any(|line| line == file), "{listed}");
    }
}

/// The pid of the process that guards the run, and the program that it is.
fn guard(host: &Host) -> (String, String) {
    let pid = host.run(&["pgrep", "-f", "groundcrew guard /"]).ok();
    let pid = pid.trim().to_owned();
    let exe = host.run(&["readlink", &format!("/proc/{pid}/exe")]).ok();
    (pid, exe.trim().to_owned())
}

/// Installed, upgraded while a guard runs, removed and purged; what the runs have
/// written stays, and the removal says what it leaves.
fn deb_of_its_life(host: &Host) {
    let dpkg = |args: &[&str]| host.run(&[&["dpkg", "--no-triggers"], args].concat()).ok();
    let control = host.run(&["dpkg-deb", "--info", &deb(1)]).ok();
    for field in ["Architecture: amd64", "Package: groundcrew"] {
        assert!(control.contains(field), "{control}");
    }
    assert!(!control.contains("Depends:"), "{control}");
    let members = host.run(&["ar", "t", &deb(1)]).ok();
    assert_eq!(members, "debian-binary\ncontrol.tar.gz\ndata.tar.gz\n");

    dpkg(&["-i", &deb(1)]);
    let files = [&FILES[..], &["/usr/share/doc/groundcrew/copyright"]].concat();
    assert_there(host, &files, true);
    let said = installed(host, &["--version"]).ok();
    assert_eq!(said, format!("groundcrew {VERSION}\n"));
    script(
        host,
        "gzip -dc /usr/share/man/man1/groundcrew.1.gz >/srv/page; mandoc -Tlint -Wwarning /srv/page",
    );
    assert_eq!(host.run(&["dpkg", "--verify", "groundcrew"]).ok(), "");

    installed(host, &["run", "--answers", "answers.yaml"]).expect_code(0);
    let (pid, exe) = guard(host);
    assert_eq!(exe, "/usr/bin/groundcrew");
    let boot = script(host, "cat /etc/init.d/groundcrew-guard");
    assert!(boot.contains("\n/usr/bin/groundcrew guard /"), "{boot}");
    let kept = script(host, KEPT);
    assert!(kept.contains("journal.jsonl"), "{kept}");

    let upgraded = dpkg(&["-i", &deb(2)]);
    assert!(!upgraded.contains("groundcrew: the journals"), "{upgraded}");
    assert_eq!(script(host, KEPT), kept);
    assert_eq!(
        guard(host),
        (pid.clone(), "/usr/bin/groundcrew (deleted)".to_owned())
    );
    let status = installed(host, &["status"]).expect_code(0);
    assert!(
        status.stdout.contains("waiting for `groundcrew confirm`"),
        "{status}"
    );

    let removed = dpkg(&["-r", "groundcrew"]);
    let words = removed.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "groundcrew: the journals in /var/lib/groundcrew and the logs in /var/log/groundcrew stay.",
        "install it again and say `groundcrew rollback`",
        "native scheduler, wireguard",
        "The last one waits to be confirmed",
    ] {
        assert!(words.contains(said), "{said}\n{removed}");
    }
    assert_there(host, &files, false);
    assert_eq!(script(host, KEPT), kept);
    assert_eq!(guard(host).0, pid, "it goes on");

    dpkg(&["-i", &deb(2)]);
    installed(host, &["confirm"]).expect_code(0);
    installed(host, &["rollback"]).expect_code(0);
    let kept = script(host, KEPT);
    let purged = dpkg(&["-P", "groundcrew"]);
    assert!(purged.contains("No run is to be undone"), "{purged}");
    assert!(purged.contains("remove them by hand"), "{purged}");
    assert_there(host, &files, false);
    assert_eq!(script(host, KEPT), kept);
}

/// What is needed of other packages is left out: this host's rpm knows none.
fn rpm_of_its_life(host: &Host, first: &str, then: Option<&str>) {
    let kept = script(host, KEPT);
    let run = |args: &[&str]| host.run(&[&["rpm"], args].concat()).ok();
    run(&["-i", "--nodeps", &rpm(first)]);
    assert_there(host, &FILES, true);
    assert_eq!(run(&["-V", "--nodeps", "groundcrew"]), "");
    let said = installed(host, &["--version"]).ok();
    assert_eq!(said, format!("groundcrew {VERSION}\n"));
    if let Some(then) = then {
        let upgraded = run(&["-U", "--nodeps", &rpm(then)]);
        assert!(!upgraded.contains("the journals"), "{upgraded}");
        assert_there(host, &FILES, true);
        assert_eq!(run(&["-q", "--qf", "%{RELEASE}", "groundcrew"]), then);
    }
    let removed = run(&["-e", "groundcrew"]);
    assert!(removed.contains("groundcrew: the journals in"), "{removed}");
    assert_there(host, &FILES, false);
    assert_there(
        host,
        &[
            "/usr/share/doc/groundcrew",
            "/usr/share/licenses/groundcrew",
        ],
        false,
    );
    assert_eq!(script(host, KEPT), kept);
}

/// From the folder of packages: the tarball in it is verified and unpacked.
fn install_script(host: &Host) {
    let kept = script(host, KEPT);
    let out = host.run(&["sh", "/srv/one/install.sh", "/srv/one"]).ok();
    assert_eq!(
        out,
        format!(
            "groundcrew {VERSION} is installed as /usr/local/bin/groundcrew\n\
             Where sudo does not find it: sudo /usr/local/bin/groundcrew\n"
        )
    );
    let page = "/usr/local/share/man/man1/groundcrew.1";
    host.run(&["mandoc", "-Tlint", "-Wwarning", page]).ok();
    let out = host.run(&["sh", "/srv/one/install.sh", "--uninstall"]).ok();
    assert!(out.contains("groundcrew: the journals in"), "{out}");
    assert_there(host, &["/usr/local/bin/groundcrew", page], false);
    assert_eq!(script(host, KEPT), kept);
}

#[test]
fn packages_are_the_same_for_everybody_and_keep_what_the_runs_have_written() {
    let lab = built();
    let host = &lab.hosts[0];
    same_bytes(host);
    rpms_as_tools_see_them(host);
    deb_of_its_life(host);
    rpm_of_its_life(host, "1.el6", None);
    rpm_of_its_life(host, "1", Some("2"));
    install_script(host);
}
