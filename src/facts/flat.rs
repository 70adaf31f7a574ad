//! The facts as the rules see them: dotted paths to values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::capabilities;
use super::distributions::rhel_build;
use super::document;
use super::kernel::Capability;
use super::{Fact, Facts, SCHEMA};

/// Dotted fact paths to values. A path that is not there is unknown.
pub type FlatFacts = BTreeMap<String, serde_json::Value>;

/// What a file given as `--facts` holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The document that `groundcrew facts` writes.
    Full(Box<Facts>),
    /// Paths and values as the rules see them, perhaps not all.
    Flat(FlatFacts),
}

/// Which values a path may have.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    /// A text that begins with a number: `17.03.2-ce`.
    Version,
    Flag,
    Count,
    OneOf(&'static [&'static str]),
    SomeOf(&'static [&'static str]),
}

use Wanted::{Count, Flag, OneOf, SomeOf, Text, Version};

const VIRT: &[&str] = &[
    "none",
    "kvm",
    "vmware",
    "xen",
    "hyperv",
    "virtualbox",
    "lxc",
    "openvz",
    "wsl1",
    "wsl2",
    "other",
];
const INIT: &[&str] = &["systemd", "upstart", "sysvinit", "other"];
const FAMILY: &[&str] = &[
    "el6", "el7", "el8", "el9", "el10", "amzn1", "amzn2", "debian", "ubuntu", "sles", "other",
];
const WIREGUARD: &[&str] = &["builtin", "module", "installable", "absent"];
const ENCRYPTION: &[&str] = &["required", "preferred", "no"];
const SCHEDULERS: &[&str] = &["native", "swarm", "kubernetes"];

/// Every path, but for `cap.*`: those are the names of the capabilities.
const PATHS: &[(&str, Wanted)] = &[
    ("app.schedulers", SomeOf(SCHEDULERS)),
    ("arch", Text),
    ("arch.bits", Count),
    ("bundle.docker", Flag),
    ("bundle.kubernetes", Flag),
    ("bundle.wireguard", Flag),
    ("cap.wireguard", OneOf(WIREGUARD)),
    ("cgroup", OneOf(&["v1", "v2"])),
    ("cpu.count", Count),
    ("docker.installed", Flag),
    ("docker.version", Version),
    ("init", OneOf(INIT)),
    ("kernel.release", Version),
    ("kernel.rhel_build", Count),
    ("kernel.version", Version),
    ("mem.mb", Count),
    ("mem.swap", Flag),
    ("needs.airgap", Flag),
    ("needs.behind_nat", Flag),
    ("needs.business", Flag),
    ("needs.docker_restart_ok", Flag),
    ("needs.encryption", OneOf(ENCRYPTION)),
    ("needs.existing_etcd", Flag),
    ("needs.multicast", Flag),
    ("needs.nodes", Count),
    ("needs.public_peer", Flag),
    ("needs.wg_module", Flag),
    ("needs.zt_private", Flag),
    ("os.docker_max", Version),
    ("os.family", OneOf(FAMILY)),
    ("os.k8s_repl", Flag),
    ("os.kernel_next", Version),
    ("os.podman", Flag),
    ("security.fips", Flag),
    ("security.secureboot", Flag),
    ("virt", OneOf(VIRT)),
    ("wg.method", Text),
    ("wg.signed", Flag),
    ("zt.version", Version),
];

/// The typed facts as the rules see them; what is not known is left out.
pub fn flatten(facts: &Facts) -> FlatFacts {
    let mut flat = Flat::default();
    let kernel = &facts.kernel;
    flat.put("arch", &kernel.arch);
    flat.put("arch.bits", &kernel.bits);
    flat.put("virt", &kernel.virt);
    flat.put("cgroup", &kernel.cgroup);
    flat.put("kernel.release", &kernel.release);
    if let Some(release) = kernel.release.value() {
        flat.set("kernel.version", numbers(release));
        flat.set(
            "kernel.rhel_build",
            rhel_build(release).map(|(_, build)| build),
        );
    }
    for (name, capability) in &kernel.capabilities {
        if name != "wireguard" {
            let has = capability.value().map(|c| *c != Capability::Missing);
            flat.set(&format!("cap.{name}"), has);
        }
    }
    flat.set("cap.wireguard", wireguard(facts));
    flat.put("init", &facts.services.init);
    flat.put("cpu.count", &facts.resources.cpus);
    flat.put("mem.mb", &facts.resources.memory_mb);
    flat.set(
        "mem.swap",
        facts.resources.swap_mb.value().map(|mb| *mb > 0),
    );
    flat.put("docker.installed", &facts.docker.installed);
    flat.put("docker.version", &facts.docker.version);
    flat.put("security.fips", &facts.security.fips);
    flat.put("security.secureboot", &facts.security.secure_boot);
    flat.put("os.family", &facts.os.family);
    flat.put("os.docker_max", &facts.os.docker_max);
    flat.put("os.k8s_repl", &facts.os.k8s_repl);
    flat.put("os.kernel_next", &facts.os.kernel_next);
    flat.put("os.podman", &facts.os.podman);
    flat.put("wg.method", &facts.os.wg_method);
    flat.put("wg.signed", &facts.os.wg_signed);
    flat.put("zt.version", &facts.os.zt_version);
    flat.0
}

/// The typed facts of a host of which only these paths are known.
pub fn unflatten(flat: &FlatFacts) -> Facts {
    let mut facts = Facts::unread("not in the facts file");
    let source = "the facts file";
    let text = |path: &str| {
        flat.get(path)?
            .as_str()
            .map(|v| Fact::known(v.to_owned(), source))
    };
    let flag = |path: &str| flat.get(path)?.as_bool().map(|v| Fact::known(v, source));
    let count = |path: &str| flat.get(path)?.as_u64().map(|v| Fact::known(v, source));
    fn put<T>(to: &mut Fact<T>, from: Option<Fact<T>>) {
        if let Some(from) = from {
            *to = from;
        }
    }
    put(&mut facts.kernel.arch, text("arch"));
    let bits = count("arch.bits").map(|bits| bits.map(|n| u32::try_from(n).unwrap_or(u32::MAX)));
    put(&mut facts.kernel.bits, bits);
    put(&mut facts.kernel.virt, text("virt"));
    put(&mut facts.kernel.cgroup, text("cgroup"));
    let release = text("kernel.release").or_else(|| text("kernel.version"));
    put(&mut facts.kernel.release, release);
    for (name, capability) in &mut facts.kernel.capabilities {
        let has = flag(&format!("cap.{name}"));
        let has = has.map(|has| {
            has.map(|has| {
                if has {
                    Capability::Loadable
                } else {
                    Capability::Missing
                }
            })
        });
        put(capability, has);
    }
    put(&mut facts.services.init, text("init"));
    put(&mut facts.resources.cpus, count("cpu.count"));
    put(&mut facts.resources.memory_mb, count("mem.mb"));
    // Whether there is swap is known, its size is not.
    if flat.get("mem.swap") == Some(&Value::Bool(false)) {
        facts.resources.swap_mb = Fact::known(0, source);
    }
    put(&mut facts.docker.installed, flag("docker.installed"));
    put(&mut facts.docker.version, text("docker.version"));
    put(&mut facts.security.fips, flag("security.fips"));
    put(&mut facts.security.secure_boot, flag("security.secureboot"));
    put(&mut facts.os.family, text("os.family"));
    put(&mut facts.os.docker_max, text("os.docker_max"));
    put(&mut facts.os.k8s_repl, flag("os.k8s_repl"));
    put(&mut facts.os.kernel_next, text("os.kernel_next"));
    put(&mut facts.os.podman, flag("os.podman"));
    put(&mut facts.os.wg_method, text("wg.method"));
    put(&mut facts.os.wg_signed, flag("wg.signed"));
    put(&mut facts.os.zt_version, text("zt.version"));
    let wireguard = match flat.get("cap.wireguard").and_then(Value::as_str) {
        Some("builtin") => Some(Capability::Builtin),
        Some("module") => Some(Capability::Loadable),
        Some("installable" | "absent") => Some(Capability::Missing),
        _ => None,
    };
    if let (Some(has), Some(fact)) = (wireguard, facts.kernel.capabilities.get_mut("wireguard")) {
        *fact = Fact::known(has, source);
    }
    facts
}

#[derive(Default)]
struct Flat(FlatFacts);

impl Flat {
    fn put<T: Clone + Into<Value>>(&mut self, path: &str, fact: &Fact<T>) {
        self.set(path, fact.value().cloned());
    }

    fn set(&mut self, path: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(path.to_string(), value.into());
        }
    }
}

/// How the rules see WireGuard's module. A kernel that lacks it may get it
/// where a way is known.
fn wireguard(facts: &Facts) -> Option<&'static str> {
    match facts.kernel.capabilities.get("wireguard")?.value()? {
        Capability::Builtin => Some("builtin"),
        Capability::Loaded | Capability::Loadable => Some("module"),
        Capability::Missing if facts.os.wg_method.value().is_some() => Some("installable"),
        Capability::Missing => Some("absent"),
    }
}

/// The numbers that a kernel release begins with: `3.10.0` of
/// `3.10.0-1160.el7.x86_64`. None where it begins with none.
fn numbers(release: &str) -> Option<String> {
    let end = release.find(|c: char| !c.is_ascii_digit() && c != '.');
    let numbers = release.get(..end.unwrap_or(release.len()))?;
    let numbers = numbers.trim_matches('.');
    (!numbers.is_empty()).then(|| numbers.to_string())
}

/// Reads a file given as `--facts`: the document of `groundcrew facts`, or a
/// map of paths to values, flat or nested, YAML or JSON.
///
/// # Errors
/// Every problem that it has, each naming the path, what was found and what is
/// wanted.
pub fn load(text: &str) -> Result<Source, Vec<String>> {
    let one = |problem: String| vec![problem];
    // JSON is YAML but for a few corners (tabs, escapes).
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| one(error.to_string()))?
    } else {
        serde_yaml::from_str(text).map_err(|error| one(error.to_string()))?
    };
    let Value::Object(map) = &value else {
        return Err(one(format!(
            "found {}; wanted a map of fact paths to values, or the output of `groundcrew facts`",
            show(&value)
        )));
    };
    if let Some(schema) = map.get("schema") {
        if schema != SCHEMA {
            let found = show(schema);
            return Err(one(format!("schema: found {found}, wanted \"{SCHEMA}\"")));
        }
        let facts = document::read(value)?;
        return Ok(Source::Full(Box::new(facts)));
    }
    let (mut flat, mut problems) = (FlatFacts::new(), Vec::new());
    for (key, value) in map {
        flatten_into(key, value, &mut flat, &mut problems);
    }
    if problems.is_empty() {
        Ok(Source::Flat(flat))
    } else {
        Err(problems)
    }
}

fn flatten_into(path: &str, value: &Value, flat: &mut FlatFacts, problems: &mut Vec<String>) {
    if let Value::Object(map) = value {
        for (key, value) in map {
            flatten_into(&format!("{path}.{key}"), value, flat, problems);
        }
        return;
    }
    let Some(wanted) = wanted(path) else {
        problems.push(unknown_path(path));
        return;
    };
    // `null` says that it is not known, as leaving it out does.
    if value.is_null() {
        return;
    }
    if let Some(text) = refused(wanted, value) {
        problems.push(format!("{path}: found {}, wanted {text}", show(value)));
    } else if flat.insert(path.to_string(), value.clone()).is_some() {
        problems.push(format!(
            "{path}: is there twice, once nested and once dotted"
        ));
    }
}

fn wanted(path: &str) -> Option<Wanted> {
    if let Some((_, wanted)) = PATHS.iter().find(|(known, _)| *known == path) {
        return Some(*wanted);
    }
    let name = path.strip_prefix("cap.")?;
    capabilities::names()
        .any(|known| known == name)
        .then_some(Flag)
}

fn unknown_path(path: &str) -> String {
    let capabilities = capabilities::names().map(|name| format!("cap.{name}"));
    let known = PATHS
        .iter()
        .map(|(path, _)| (*path).to_string())
        .chain(capabilities);
    let nearest = known
        .map(|known| (distance(path, &known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, nearest)) => format!("{path}: no such fact; did you mean {nearest}?"),
        None => format!("{path}: no such fact"),
    }
}

/// Edits that make one word of the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, b), (above, diagonal)) in to.iter().enumerate().zip(row.iter().skip(1).zip(&row)) {
            let left = next.get(j).copied().unwrap_or(usize::MAX);
            let edits = (diagonal + usize::from(a != *b))
                .min(above + 1)
                .min(left + 1);
            next.push(edits);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// What is wanted instead, where a value cannot be taken.
fn refused(wanted: Wanted, value: &Value) -> Option<String> {
    let listed = |list: &[&str]| value.as_str().is_some_and(|text| list.contains(&text));
    match wanted {
        Text => (!value.is_string()).then(|| "a text".into()),
        Version if value.is_number() => {
            Some("a version in quotes (3.10 without them is the number 3.1)".into())
        }
        Version => {
            let text = value.as_str();
            let good = text.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
            (!good).then(|| "a version, such as \"3.10.0\"".into())
        }
        Flag => (!value.is_boolean()).then(|| "true or false".into()),
        Count => (!value.is_u64()).then(|| "a whole number".into()),
        OneOf(list) => (!listed(list)).then(|| format!("one of {}", list.join(", "))),
        SomeOf(list) => {
            let known = |one: &Value| one.as_str().is_some_and(|text| list.contains(&text));
            let good = value.as_array().is_some_and(|all| all.iter().all(known));
            (!good).then(|| format!("a list of {}", list.join(", ")))
        }
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Array(_) => format!("the list {value}"),
        Value::Object(_) => "a map".into(),
        Value::Null => "nothing".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts::collect;
    use crate::host::Scripted;
    use proptest::prelude::*;

    fn problems(text: &str) -> Vec<String> {
        load(text).unwrap_err()
    }

    #[test]
    fn a_full_document_comes_back_as_it_was() {
        let facts = collect(&Scripted::new().file("/etc/os-release", "ID=debian\n"));
        let json = serde_json::to_string(&facts).unwrap();
        let yaml = serde_yaml::to_string(&facts).unwrap();
        for text in [json, yaml] {
            assert_eq!(load(&text).unwrap(), Source::Full(Box::new(facts.clone())));
        }
    }

    #[test]
    fn a_partial_map_may_be_flat_or_nested() {
        let text = "kernel.version: 2.6.32\nos: {family: el6, podman: null}\ncap: {tun: true, wireguard: absent}\nneeds.nodes: 3\napp.schedulers: [native]\n";
        let Source::Flat(flat) = load(text).unwrap() else {
            unreachable!()
        };
        let text = serde_json::to_string(&flat).unwrap();
        assert_eq!(
            text,
            r#"{"app.schedulers":["native"],"cap.tun":true,"cap.wireguard":"absent","kernel.version":"2.6.32","needs.nodes":3,"os.family":"el6"}"#
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = "kernel.version: 3.10\nkernle.release: x\nos: {family: el5}\ncap.tun: 1\ncap.teleport: true\nneeds.nodes: -1\napp.schedulers: [nomad]\ncpu.count: four\n";
        let found = problems(text);
        assert_eq!(found.len(), 8, "{found:#?}");
        for part in [
            "kernel.version: found 3.1, wanted a version in quotes",
            "kernle.release: no such fact; did you mean kernel.release?",
            "os.family: found \"el5\", wanted one of el6",
            "cap.tun: found 1, wanted true or false",
            "cap.teleport: no such fact",
            "needs.nodes: found -1, wanted a whole number",
            "app.schedulers: found the list",
            "cpu.count: found \"four\", wanted a whole number",
        ] {
            assert!(
                found.iter().any(|one| one.starts_with(part)),
                "{part}: {found:#?}"
            );
        }
    }

    #[test]
    fn what_is_no_map_or_another_schema_is_refused() {
        assert!(problems("- a\n")[0].starts_with("found the list"));
        assert!(problems("")[0].starts_with("found nothing"));
        assert_eq!(
            problems("schema: facts/2\n"),
            ["schema: found \"facts/2\", wanted \"facts/1\""]
        );
        assert!(problems("{\"a\": ")[0].contains("line 1"));
        let twice = problems("os.family: el6\nos: {family: el6}\n");
        assert!(twice[0].contains("twice"));
    }

    #[test]
    fn versions_are_the_leading_numbers() {
        for (release, version) in [
            ("3.10.0-rc7", Some("3.10.0")),
            ("5.15.153.1-microsoft-standard-WSL2", Some("5.15.153.1")),
            ("6.18.44-fc-v595", Some("6.18.44")),
            ("3.10", Some("3.10")),
            ("x", None),
        ] {
            assert_eq!(numbers(release).as_deref(), version);
        }
    }

    #[test]
    fn every_path_that_flatten_writes_can_be_read_back() {
        let host = Scripted::new().release("2.6.32-754.el6.x86_64");
        let flat = flatten(&collect(&host));
        assert_eq!(flat.get("kernel.rhel_build"), Some(&754.into()));
        assert_eq!(flat.get("os.family"), None);
        let text = serde_json::to_string(&flat).unwrap();
        assert_eq!(load(&text).unwrap(), Source::Flat(flat));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), key in "[a-z.]{0,12}", value in any::<f64>()) {
            let _ = load(&text);
            let _ = load(&format!("{key}: {value}\nschema: {key}"));
        }
    }
}
