//! The vendor's `replicated.yml`: its documents, what it requires of hosts, and
//! where it looks addresses up. Nothing is judged here.
//!
//! Functions and keys are those of Replicated's help center (native:
//! packaging-an-application/template-functions, custom-preflight-checks,
//! ports-and-networking).

pub mod template;

use std::net::Ipv4Addr;

use serde_yaml::Value;

use super::locate;
use template::{Lookup, Spot};

/// What a document of the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `# kind: replicated`: properties, settings, and components of the native
    /// scheduler.
    Replicated,
    /// `# kind: scheduler-swarm`: a stack for Swarm.
    Swarm,
    /// `# kind: scheduler-kubernetes`, or an object of Kubernetes.
    Kubernetes,
    /// Another kind.
    Other,
}

/// A document of the file.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is for.
    pub kind: Kind,
    /// Line of the file that its first line is, from 1.
    pub first_line: usize,
    /// Its text.
    text: String,
    /// What it says; none where it is no YAML.
    pub value: Option<Value>,
}

/// Something wrong with the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub spot: Spot,
    /// What.
    pub text: String,
}

/// A value of the file with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Keys that lead to it, such as `components[0].host_requirements.memory`.
    pub path: String,
    /// Key.
    pub key: String,
    /// Value as text.
    pub value: String,
    /// Where it stands; the beginning of its document where that is not known.
    pub spot: Spot,
}

/// What stands under one `host_requirements`, or a `host_volumes` entry with
/// `min_disk_space`.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// Component that it is for; none for every host.
    pub component: Option<String>,
    /// Folder that it is about, for `min_disk_space`.
    pub folder: Option<String>,
    /// The requirement.
    pub entry: Entry,
}

/// An IPv4 address that is written down in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The address.
    pub address: Ipv4Addr,
    /// Where it stands.
    pub spot: Spot,
}

/// A vendor's file.
#[derive(Debug, Clone, Default)]
pub struct Vendor {
    /// Its lines, without their ends.
    pub lines: Vec<String>,
    /// Its documents.
    pub documents: Vec<Document>,
    /// What is wrong with it.
    pub broken: Vec<Broken>,
    /// Where it looks something up.
    pub lookups: Vec<Lookup>,
    /// Requirements of hosts.
    pub requirements: Vec<Requirement>,
    /// `interface` of published ports.
    pub port_interfaces: Vec<Entry>,
    /// Addresses that are written down.
    pub literals: Vec<Literal>,
    /// Places with checks that are commands.
    pub commands: Vec<Entry>,
}

/// Keys under `host_requirements`.
pub const REQUIREMENTS: [&str; 7] = [
    "docker_version",
    "cpu_cores",
    "cpu_mhz",
    "memory",
    "disk_space",
    "docker_space",
    "replicated_version",
];

impl Vendor {
    /// Reads a file. Whatever is wrong with it stands in `broken`.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let line = bytes
                    .iter()
                    .take(error.valid_up_to())
                    .filter(|byte| **byte == b'\n')
                    .count();
                return Self {
                    broken: vec![Broken {
                        spot: Spot::new(line + 1, 1, 1),
                        text: "not a text file (UTF-8)".into(),
                    }],
                    ..Self::default()
                };
            }
        };
        // A carriage return alone ends a line, too (YAML 1.2, 5.4).
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut vendor = Self {
            documents: documents(&lines),
            lines,
            ..Self::default()
        };
        let content = template::content(&vendor.lines);
        let found = template::scan(&vendor.lines, &content);
        vendor.lookups = found.lookups;
        vendor.broken = found.broken;
        vendor.literals = template::literals(&vendor.lines, &content);
        vendor.read_documents();
        vendor.broken.sort_by_key(|broken| broken.spot);
        vendor
    }

    fn read_documents(&mut self) {
        for index in 0..self.documents.len() {
            let Some(document) = self.documents.get(index) else {
                continue;
            };
            let parsed = serde_yaml::from_str::<Value>(&document.text);
            let (text, first) = (document.text.clone(), document.first_line);
            match parsed {
                Ok(value) => {
                    let mut walk = Walk {
                        vendor: self,
                        text: &text,
                        first,
                        component: None,
                    };
                    walk.value(&value, &mut Vec::new(), &mut Vec::new());
                    if let Some(document) = self.documents.get_mut(index) {
                        if document.kind == Kind::Replicated && value.get("apiVersion").is_some() {
                            document.kind = Kind::Kubernetes;
                        }
                        document.value = Some(value);
                    }
                }
                Err(error) => {
                    let place = error.location();
                    let (line, column) = place.map_or((1, 1), |p| (p.line(), p.column()));
                    self.broken.push(Broken {
                        spot: Spot::new(first + line.max(1) - 1, column.max(1), 1),
                        text: format!("not YAML: {}", plain(&error.to_string())),
                    });
                }
            }
        }
    }

    /// A line of the file, from 1.
    pub fn line(&self, number: usize) -> &str {
        let line = number.checked_sub(1).and_then(|at| self.lines.get(at));
        line.map_or("", String::as_str)
    }

    /// Whether the file has a document of this kind that describes containers.
    pub fn has(&self, kind: Kind) -> bool {
        let mut documents = self.documents.iter();
        documents.any(|document| {
            document.kind == kind
                && match &document.value {
                    Some(value) if kind == Kind::Replicated => value.get("components").is_some(),
                    Some(value) => !value.is_null(),
                    None => false,
                }
        })
    }
}

/// An error's text without its place, which is told apart.
fn plain(text: &str) -> String {
    match text.rfind(" at line ") {
        Some(at) => text.get(..at).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

/// Documents are separated by `---`; a comment at the beginning of one says what
/// it is for, and without one it is for Replicated.
fn documents(lines: &[String]) -> Vec<Document> {
    let mut starts = vec![0];
    let separators = lines.iter().enumerate().filter(|(_, line)| {
        let rest = line.strip_prefix("---");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    });
    starts.extend(separators.map(|(at, _)| at + 1));
    let ends = starts
        .iter()
        .skip(1)
        .map(|start| start - 1)
        .chain([lines.len()]);
    let mut documents = Vec::new();
    for (start, end) in starts.iter().zip(ends.collect::<Vec<_>>()) {
        let own = lines.get(*start..end).unwrap_or_default();
        let told = |line: &&String| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#')
        };
        if own.iter().all(|line| told(&line)) {
            continue;
        }
        let mut comments = own.iter().take_while(told);
        let kind = comments.find_map(|line| {
            let rest = line.trim().trim_start_matches('#').trim();
            Some(match rest.strip_prefix("kind:")?.trim() {
                "replicated" => Kind::Replicated,
                "scheduler-swarm" => Kind::Swarm,
                "scheduler-kubernetes" => Kind::Kubernetes,
                _ => Kind::Other,
            })
        });
        documents.push(Document {
            kind: kind.unwrap_or(Kind::Replicated),
            first_line: start + 1,
            text: own.join("\n"),
            value: None,
        });
    }
    documents
}

/// Goes through a document.
struct Walk<'a> {
    vendor: &'a mut Vendor,
    text: &'a str,
    first: usize,
    component: Option<String>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, at: &mut Vec<usize>, path: &mut Vec<String>) {
        match value {
            Value::Mapping(map) => {
                for (index, (key, inner)) in map.iter().enumerate() {
                    let key = key.as_str().unwrap_or_default().to_owned();
                    at.push(index);
                    path.push(key.clone());
                    self.entry(&key, inner, map, at, path);
                    self.value(inner, at, path);
                    path.pop();
                    at.pop();
                }
            }
            Value::Sequence(all) => {
                let component = path.last().is_some_and(|key| key == "components");
                for (index, inner) in all.iter().enumerate() {
                    if component && path.len() == 1 {
                        let name = inner.get("name").and_then(Value::as_str);
                        self.component = name.map(str::to_owned);
                    }
                    at.push(index);
                    path.push(format!("[{index}]"));
                    self.value(inner, at, path);
                    path.pop();
                    at.pop();
                    if component && path.len() == 1 {
                        self.component = None;
                    }
                }
            }
            Value::Tagged(tagged) => self.value(&tagged.value, at, path),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn entry(
        &mut self,
        key: &str,
        value: &Value,
        around: &serde_yaml::Mapping,
        at: &[usize],
        path: &[String],
    ) {
        let parent = path.iter().rev().skip(1).find(|key| !key.starts_with('['));
        let parent = parent.map_or("", String::as_str);
        let entry = |walk: &Self| Entry {
            path: path.join(".").replace(".[", "["),
            key: key.to_owned(),
            value: scalar(value),
            spot: walk.spot(at, &scalar(value)),
        };
        match (parent, key) {
            ("host_requirements", _) => {
                let requirement = Requirement {
                    component: self.component.clone(),
                    folder: None,
                    entry: entry(self),
                };
                self.vendor.requirements.push(requirement);
            }
            ("host_volumes", "min_disk_space") => {
                let folder = around.get("host_path").and_then(Value::as_str);
                let requirement = Requirement {
                    component: self.component.clone(),
                    folder: folder.map(str::to_owned),
                    entry: entry(self),
                };
                self.vendor.requirements.push(requirement);
            }
            ("ports", "interface") if value.is_string() => {
                let entry = entry(self);
                self.vendor.port_interfaces.push(entry);
            }
            ("", "custom_requirements") => {
                let entry = entry(self);
                self.vendor.commands.push(entry);
            }
            _ => {}
        }
    }

    fn spot(&self, at: &[usize], value: &str) -> Spot {
        let (line, column) = locate::value(self.text, at).unwrap_or((1, 1));
        let line = self.first + line.max(1) - 1;
        // The parser tells where a quoted text begins: with its quote.
        let shown = self.vendor.line(line);
        let rest: String = shown.chars().skip(column.saturating_sub(1)).collect();
        let quote = usize::from(rest.starts_with(['"', '\'']));
        Spot::new(line, column + quote, value.chars().count().max(1))
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "\
---
# kind: replicated
replicated_api_version: 2.9.2
name: \"Counter\"
host_requirements:
  docker_version: \"1.10.3\"
  memory: 8GB # plenty
custom_requirements:
- id: x
components:
- name: DB
  host_requirements: {cpu_cores: 2}
  host_volumes:
  - host_path: /data
    min_disk_space: 30GB
  containers:
  - image_name: redis
    version: 1.2.3.4
    ports:
    - private_port: '80'
      interface: eth0
    config_files:
    - filename: a.conf
      contents: |
        # not a comment: 10.1.2.3
        bind {{repl ThisHostInterfaceAddress \"eth0\" }}
---
# kind: scheduler-kubernetes
apiVersion: v1
kind: Service
";

    #[test]
    fn documents_requirements_ports_and_addresses_with_their_places() {
        let vendor = Vendor::parse(FILE.as_bytes());
        assert_eq!(vendor.broken, []);
        let kinds: Vec<_> = vendor
            .documents
            .iter()
            .map(|d| (d.kind, d.first_line))
            .collect();
        assert_eq!(kinds, [(Kind::Replicated, 2), (Kind::Kubernetes, 28)]);
        assert!(vendor.has(Kind::Replicated) && vendor.has(Kind::Kubernetes));
        assert!(!vendor.has(Kind::Swarm));
        let told: Vec<_> = vendor
            .requirements
            .iter()
            .map(|r| {
                let e = &r.entry;
                (
                    r.component.as_deref(),
                    e.key.as_str(),
                    e.value.as_str(),
                    e.spot.line,
                    e.spot.column,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (None, "docker_version", "1.10.3", 6, 20),
                (None, "memory", "8GB", 7, 11),
                (Some("DB"), "cpu_cores", "2", 12, 34),
                (Some("DB"), "min_disk_space", "30GB", 15, 21),
            ]
        );
        assert_eq!(vendor.requirements[3].folder.as_deref(), Some("/data"));
        let port = &vendor.port_interfaces[0];
        assert_eq!(
            (port.value.as_str(), port.spot.line, port.spot.column),
            ("eth0", 21, 18)
        );
        assert_eq!(port.path, "components[0].containers[0].ports[0].interface");
        assert_eq!(vendor.commands[0].spot.line, 9);
        let literals: Vec<_> = vendor
            .literals
            .iter()
            .map(|l| (l.address, l.spot.line))
            .collect();
        assert_eq!(literals, [("10.1.2.3".parse().unwrap(), 25)]);
        assert_eq!(vendor.lookups[0].function, "ThisHostInterfaceAddress");
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place_and_the_rest_is_read() {
        let vendor = Vendor::parse(b"a: 1\n---\nb: [1,\n---\nhost_requirements: {memory: 1GB}\n");
        assert_eq!(vendor.broken.len(), 1, "{:?}", vendor.broken);
        assert!(vendor.broken[0].spot.line >= 3);
        assert_eq!(vendor.requirements.len(), 1);
        assert_eq!(vendor.requirements[0].entry.spot.line, 5);
        let vendor = Vendor::parse(b"a: 1\nb: \xff\n");
        assert_eq!(vendor.broken[0].spot.line, 2);
    }

    #[test]
    fn lines_end_with_a_carriage_return_too() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a: |", "  {{repl X \"y\" }}", "b: 10.0.0.1", ""].join(end);
            let vendor = Vendor::parse(text.as_bytes());
            assert_eq!(vendor.lookups[0].spot.line, 2, "{end:?}");
            assert_eq!(vendor.lines.len(), 3, "{end:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_place_is_in_it(text in any::<String>(),
            near in "(components:\n|- name: x\n|  host_requirements: \\{memory: 1\\}\n|  ports:\n  - interface: e\n|a: \\|\n  [{]{2}repl X \"y\" [}]{2} 10.0.0.1\n|---\n|# kind: [a-z-]{0,9}\n|x: '[{]{2}repl|\t){0,8}") {
            for text in [text, near] {
                let vendor = Vendor::parse(text.as_bytes());
                let spots = vendor.lookups.iter().map(|l| l.spot)
                    .chain(vendor.literals.iter().map(|l| l.spot))
                    .chain(vendor.broken.iter().map(|b| b.spot))
                    .chain(vendor.port_interfaces.iter().map(|e| e.spot));
                for spot in spots {
                    prop_assert!(spot.line >= 1 && spot.line <= vendor.lines.len() + 1, "{spot:?}");
                }
            }
        }
    }
}
