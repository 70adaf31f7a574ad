//! ZeroTier on the hosts of a lab: the stand-in of tests/stand-ins, or the real
//! program where GROUNDCREW_TEST_ZEROTIER names one.

use std::path::PathBuf;
use std::time::Duration;

use super::host::Host;
use super::lab::HostSpec;
use super::site::HOME;
use super::wait_until;

/// Where the program is seen in every host.
pub const PROGRAM: &str = "/run/zerotier/program";
/// Where ZeroTier keeps its files.
pub const FILES: &str = "/var/lib/zerotier-one";

/// The program under whose names all three are called.
fn program() -> PathBuf {
    std::env::var_os("GROUNDCREW_TEST_ZEROTIER").map_or_else(
        || {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            folder.join("tests/stand-ins/zerotier-one-stand-in")
        },
        PathBuf::from,
    )
}

/// A host that sees the program.
pub fn spec(name: &str) -> HostSpec {
    seeing(HostSpec::new(name))
}

/// This host, seeing the program.
pub fn seeing(spec: HostSpec) -> HostSpec {
    spec.show(program(), PROGRAM)
}

/// Puts the program under its three names into the search path.
pub fn install(host: &Host) {
    for name in ["zerotier-one", "zerotier-cli", "zerotier-idtool"] {
        host.run(&["ln", "-s", PROGRAM, &format!("/usr/sbin/{name}")])
            .ok();
    }
}

/// The same with the stand-in in its older way.
pub fn install_old(host: &Host) {
    for name in ["zerotier-one", "zerotier-cli", "zerotier-idtool"] {
        let link = format!("/run/zerotier-old/{name}");
        host.run(&["mkdir", "-p", "/run/zerotier-old"]).ok();
        host.run(&["ln", "-s", PROGRAM, &link]).ok();
        let script = format!("#!/bin/sh\nZEROTIER_STAND_IN_VERSION=1.2.4 exec {link} \"$@\"\n");
        host.write(&format!("/usr/sbin/{name}"), 0o755, &script);
    }
}

/// Writes the host's answers: `role` is first or join; `overlay` are further lines
/// below the overlay, `more` further ones in the first level.
pub fn write_answers(host: &Host, role: &str, overlay: &str, more: &str) {
    let text = format!(
        "version: 1\n\
         role: {role}\n\
         expect: {{hostname: {name}}}\n\
         needs: {{nodes: 3, vendor-kinds: [native], encryption: required, zerotier-controller: own}}\n\
         scheduler: native\n\
         overlay:\n\
         \x20 kind: zerotier\n\
         \x20 network: 10.90.0.0/24\n\
         \x20 address: 10.90.0.{number}\n\
         \x20 join-files: [\"{HOME}/join-*.yaml\"]\n\
         {overlay}\
         replicated: {{install: false}}\n\
         {more}",
        name = host.name,
        number = host.number,
    );
    host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
}

/// The node address of a host.
pub fn node(host: &Host) -> String {
    let identity = host.read(&format!("{FILES}/identity.public"));
    identity.split(':').next().unwrap().to_owned()
}

/// Calls the API of a host as its root.
pub fn call(host: &Host, method: &str, path: &str, body: &str) -> String {
    let script = format!(
        "curl -sS -X {method} -H \"X-ZT1-Auth: $(cat {FILES}/authtoken.secret)\" -d '{body}' \
         http://127.0.0.1:$(cat {FILES}/zerotier-one.port){path}"
    );
    host.run(&["sh", "-c", &script]).ok()
}

/// The state of the network that a host has joined.
pub fn state(host: &Host) -> String {
    let text = host.run(&["zerotier-cli", "-j", "listnetworks"]).ok();
    let networks: serde_json::Value = serde_json::from_str(&text).unwrap();
    networks[0]["status"].as_str().unwrap_or("").to_owned()
}

/// Waits until the service of a host answers.
pub fn wait_for_service(host: &Host) {
    wait_until(
        &format!("{}: zerotier-one answers", host.name),
        Duration::from_secs(60),
        || {
            let out = host.run(&["zerotier-cli", "info"]);
            if out.stdout.starts_with("200 info") {
                Ok(())
            } else {
                Err(format!("{out}"))
            }
        },
    );
}

/// Every secret of a host's ZeroTier, as far as it is there.
pub fn secrets(host: &Host) -> Vec<String> {
    let mut all = Vec::new();
    let text = |name: &str| {
        let out = host.run(&["cat", &format!("{FILES}/{name}")]);
        (out.code == Some(0)).then_some(out.stdout)
    };
    all.extend(text("authtoken.secret").map(|token| token.trim().to_owned()));
    // The part of the identity behind the public one.
    let identity = text("identity.secret");
    all.extend(identity.and_then(|text| Some(text.trim().rsplit_once(':')?.1.to_owned())));
    if let Some(moon) = text("groundcrew/moon.json") {
        let moon: serde_json::Value = serde_json::from_str(&moon).unwrap();
        all.push(moon["signingKey_SECRET"].as_str().unwrap().to_owned());
    }
    assert!(all.iter().all(|secret| secret.len() >= 24), "{}", all.len());
    all
}
