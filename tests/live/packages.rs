//! Packages and programs that are missing are installed by the distribution's own
//! packager, out of a bundle or from a repository, and removed again. The hosts
//! are Debian's; the package is the real one, packed again from what is installed.

use crate::common;

use common::diff::assert_same;
use common::host::Host;
use common::lab::Lab;
use common::site::{UNATTENDED, groundcrew, write_answers};
use common::steps::{Place, assert_all_ran};
use common::tree::{EXCLUDED, changed_tree_without};

/// Packs the installed wireguard-tools into a package file, as dpkg-repack does.
const PACK: &str = r#"
set -e
root=/run/packed
mkdir -p $root/DEBIAN
dpkg-query -L wireguard-tools | while read -r path; do
  if [ -e "$path" ] && [ ! -d "$path" ]; then mkdir -p "$root$(dirname "$path")"; cp -a "$path" "$root$path"; fi
done
version=$(dpkg-query -W -f='${Version}' wireguard-tools)
arch=$(dpkg --print-architecture)
printf 'Package: wireguard-tools\nVersion: %s\nArchitecture: %s\nMaintainer: test <test@example.com>\nDescription: packed again for a test\n' "$version" "$arch" >$root/DEBIAN/control
file=/srv/wireguard-tools_${version}_$arch.deb
dpkg-deb --root-owner-group -b $root "$file" >/dev/null
echo "$file"
"#;

/// What packagers keep for themselves.
const PACKAGERS_OWN: [&str; 6] = [
    "var/lib/dpkg",
    "var/lib/apt",
    "var/lib/swcatalog",
    "var/cache",
    "var/log",
    "etc/ld.so.cache",
];

fn tree(host: &Host) -> String {
    let without: Vec<&str> = EXCLUDED.iter().chain(&PACKAGERS_OWN).copied().collect();
    changed_tree_without(host, &without)
}

/// A host without wireguard-tools, and the package file.
fn bare(host: &Host) -> String {
    let file = host.run(&["bash", "-c", PACK]).ok().trim().to_owned();
    host.run(&["dpkg", "--purge", "--force-depends", "wireguard-tools"])
        .ok();
    assert_ne!(host.run(&["which", "wg"]).code, Some(0));
    write_answers(host, "systemd", "");
    file
}

fn installed(host: &Host) -> bool {
    let status = host.run(&["dpkg-query", "-W", "-f=${Status}", "wireguard-tools"]);
    status.stdout.ends_with(" installed") && host.run(&["wg", "--version"]).code == Some(0)
}

#[test]
fn a_bundle_brings_what_is_missing_and_nothing_that_was_changed_on_the_way() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let file = bare(host);
    host.write("/srv/tool", 0o755, "#!/bin/sh\n");
    let made = groundcrew(
        host,
        &[
            "bundle",
            "create",
            "/srv/bundle",
            "--add",
            &file,
            "--add",
            "/srv/tool",
        ],
    );
    assert!(made.stdout.contains("package wireguard-tools"), "{made}");
    assert!(made.stdout.contains("program tool"), "{made}");
    made.expect_code(0);
    let again = groundcrew(host, &["bundle", "create", "/srv/bundle", "--add", &file]);
    assert!(again.stderr.contains("not empty"), "{again}");
    groundcrew(host, &["bundle", "verify", "/srv/bundle"]).expect_code(0);

    // Without it nothing can be done, and it is said what is missing.
    let offline = ["plan", "--answers", "answers.yaml", "--airgap"];
    let refused = groundcrew(host, &offline);
    assert!(
        refused.stderr.contains("`wg` is not installed"),
        "{refused}"
    );
    assert!(refused.stderr.contains("--bundle DIR"), "{refused}");
    refused.expect_code(3);

    let before = tree(host);
    let run = [&UNATTENDED[..], &["--airgap", "--bundle", "/srv/bundle"]].concat();
    groundcrew(host, &run).expect_code(0);
    assert!(installed(host));
    let plan = [
        &offline[..],
        &["--bundle", "/srv/bundle", "--detailed-exitcode"],
    ]
    .concat();
    groundcrew(host, &plan).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    assert!(!installed(host));
    assert_same("the tree after the rollback", &before, &tree(host));

    // One byte more, and a file that nobody named.
    let name = file.rsplit('/').next().unwrap();
    let spoil = format!("printf x >>/srv/bundle/files/{name}; touch /srv/bundle/files/extra");
    host.run(&["bash", "-c", &spoil]).ok();
    let verify = groundcrew(host, &["bundle", "verify", "/srv/bundle"]);
    assert!(verify.stderr.contains(name), "{verify}");
    assert!(verify.stderr.contains("extra"), "{verify}");
    verify.expect_code(3);
    let failed = groundcrew(host, &run);
    let told = format!("{}{}", failed.stdout, failed.stderr);
    assert!(told.contains("is not what its manifest says"), "{failed}");
    failed.expect_code(5);
    assert!(!installed(host));
    let spoilt = |line: &&str| !line.contains("srv/bundle");
    let without = |tree: &str| tree.lines().filter(spoilt).collect::<Vec<_>>().join("\n");
    assert_same(
        "the tree after the failure",
        &without(&before),
        &without(&tree(host)),
    );

    // A bundle for another distribution is refused before anything is done.
    let other = host
        .read("/srv/bundle/bundle.yaml")
        .replace("family: debian", "family: el7");
    host.write("/srv/bundle/bundle.yaml", 0o644, &other);
    let refused = groundcrew(host, &run);
    assert!(refused.stderr.contains("is for el7"), "{refused}");
    refused.expect_code(2);
}

#[test]
fn a_repository_brings_what_is_missing_once_its_list_is_read() {
    let lab = Lab::old_calls(1);
    let host = &lab.hosts[0];
    let file = bare(host);
    let repository = format!(
        "set -e\n\
         rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists /srv/repo\n\
         mkdir -p /etc/apt /var/lib/apt/lists/partial /srv/repo\n\
         cp '{file}' /srv/repo/\n\
         name=$(basename '{file}')\n\
         {{ dpkg-deb -f '{file}'; echo \"Filename: ./$name\"; echo \"Size: $(stat -c %s '{file}')\"; \
         echo \"SHA256: $(sha256sum '{file}' | cut -d' ' -f1)\"; }} >/srv/repo/Packages\n"
    );
    host.run(&["bash", "-c", &repository]).ok();

    // No repository has it: everything is taken back, and it is said why.
    let failed = groundcrew(host, &UNATTENDED);
    let told = format!("{}{}", failed.stdout, failed.stderr);
    assert!(
        told.contains("no repository of this host has it"),
        "{failed}"
    );
    failed.expect_code(5);

    host.write(
        "/etc/apt/sources.list",
        0o644,
        "deb [trusted=yes] file:/srv/repo ./\n",
    );
    groundcrew(
        host,
        &[&UNATTENDED[..], &["--set", "packages=leave"]].concat(),
    )
    .expect_code(3);
    let before = tree(host);
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert!(installed(host));
    assert_all_ran(Place::Packages, &[host]);
    groundcrew(host, &["rollback", "--last"]).expect_code(0);
    assert!(!installed(host));
    assert_same("the tree after the rollback", &before, &tree(host));
}
