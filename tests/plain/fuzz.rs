//! Mutated input for everything that reads what a host or an operator wrote.
//!
//! Each target takes good inputs, spoils them at random and looks that nothing
//! panics. The number of rounds is bounded and set by GROUNDCREW_FUZZ_ROUNDS; the
//! same seed (GROUNDCREW_FUZZ_SEED) gives the same rounds. A round that fails is
//! named with what it was given, so that it can become a test of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crate::common::txtar::{Entry, Tree as Files};
use groundcrew::answers::JoinFile;
use groundcrew::answers::bundle::Bundle;
use groundcrew::answers::config::Config;
use groundcrew::answers::vendor::Vendor;
use groundcrew::answers::{Answers, AnswersFile, Inputs};
use groundcrew::apply::journal::Run;
use groundcrew::facts::flat;
use groundcrew::facts::{Facts, anonymize, collect};
use groundcrew::host::{Recording, Scripted, Tree};
use groundcrew::judge::checks::Scope;
use groundcrew::judge::decide::{Options, decide};
use groundcrew::judge::findings::{self, findings};
use groundcrew::judge::interfaces::rank;
use groundcrew::judge::probe;
use groundcrew::judge::rules::Rules;
use groundcrew::judge::waiver::Waivers;
use groundcrew::judge::wishes::Wishes;
use groundcrew::plan::vendor::{Chosen, lint};
use groundcrew::report::lint::linted;
use groundcrew::report::{Format, Report, capture};

/// Xorshift: enough for choosing where to spoil a text.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }
}

/// What parsers trip over.
const WORDS: [&[u8]; 22] = [
    b"",
    b"\0",
    b"\n",
    b"\r\n",
    b" ",
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"1e999",
    b"NaN",
    b"\xff\xfe",
    b"\xc3",
    "\u{202e}".as_bytes(),
    b"\x1b[31m",
    b"{{",
    b"\"",
    b"/../../../",
    b": ",
    b"*x &x",
    b"=\t|<>&'",
];

/// The bytes, spoilt in a few places.
fn spoilt(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(out.len() + 1);
        let end = (at + chance.below(40)).min(out.len());
        match chance.below(8) {
            0 => out.truncate(at),
            1 => drop(out.drain(at..end)),
            2 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte = chance.next().to_le_bytes()[0];
                }
            }
            3 => {
                let part = out[at..end].to_vec();
                let times = 1 + chance.below(200);
                out.splice(at..at, part.repeat(times));
            }
            4 => {
                // A line twice, or lines in another order.
                let mut lines: Vec<Vec<u8>> =
                    out.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (chance.below(lines.len()), chance.below(lines.len()));
                lines.swap(a, b);
                lines.insert(a, lines[b].clone());
                out = lines.join(&b'\n');
            }
            5 => {
                let at = out[at..]
                    .iter()
                    .position(u8::is_ascii_digit)
                    .map(|n| at + n);
                if let Some(at) = at {
                    out.splice(at..=at, WORDS[5 + chance.below(7)].iter().copied());
                }
            }
            _ => drop(out.splice(at..at, WORDS[chance.below(WORDS.len())].iter().copied())),
        }
    }
    out
}

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect(name),
        Err(_) => default,
    }
}

/// Runs a target on spoilt inputs.
fn fuzz(target: &str, rounds: u64, seeds: &[(String, Vec<u8>)], run: impl Fn(&str, &[u8])) {
    assert!(!seeds.is_empty(), "{target}: nothing to begin with");
    let seed = number("GROUNDCREW_FUZZ_SEED", 0x9e37_79b9_7f4a_7c15);
    let rounds = number("GROUNDCREW_FUZZ_ROUNDS", rounds);
    let mut chance = Chance(seed | 1);
    for round in 0..rounds {
        let (name, good) = &seeds[chance.below(seeds.len())];
        let input = spoilt(good, &mut chance);
        if catch_unwind(AssertUnwindSafe(|| run(name, &input))).is_err() {
            panic!(
                "{target}: round {round} of seed {seed} on {name}:\n{}",
                input.escape_ascii()
            );
        }
    }
}

/// Judges facts as the commands do, and writes every format.
fn judge(facts: &Facts) {
    let rules = Rules::embedded().unwrap();
    let flat = flat::flatten(facts);
    let decision = decide(&rules, &flat, &Options::default());
    let interfaces = rank(&facts.network, &Wishes::default(), None);
    let targets: Vec<String> = [
        "swarm",
        "kubernetes",
        "native+wireguard",
        "native+flannel",
        "native+zerotier",
    ]
    .map(str::to_owned)
    .to_vec();
    let scope = Scope {
        targets: targets.clone(),
        nodes: 3,
        interface: interfaces.pick.clone(),
        today: "2026-11-20".into(),
        ..Scope::default()
    };
    let found = findings(&findings::Inputs {
        facts,
        flat: &flat,
        rules: &rules,
        decision: &decision,
        scope: &scope,
        waivers: &Waivers::default(),
    });
    let report = Report::new(
        Some(facts),
        &flat,
        (&decision, Some(interfaces)),
        targets,
        found,
        "2026-11-20T00:00:00Z".into(),
    );
    for format in [
        Format::Human,
        Format::Json,
        Format::Yaml,
        Format::Markdown,
        Format::Html,
        Format::Junit,
        Format::Nagios,
    ] {
        assert!(!format.write(&report, false).is_empty());
    }
    let mut document = serde_json::to_value(facts).unwrap();
    anonymize::anonymize(&mut document, b"key");
}

#[test]
fn hosts_with_one_file_spoilt() {
    for name in ["el6", "el9", "ubuntu1404", "openvz"] {
        let tree = Files::host(name);
        let dir = tempfile::tempdir().unwrap();
        tree.unpack(dir.path());
        let files = tree.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::File(text) if !text.is_empty() => {
                Some((path.clone(), text.clone().into_bytes()))
            }
            _ => None,
        });
        let seeds: Vec<_> = files.collect();
        fuzz(name, 60, &seeds, |path, input| {
            let at = dir.path().join(path);
            let good = std::fs::read(&at).unwrap();
            std::fs::write(&at, input).unwrap();
            // host.json is not there, capture/complete may be no list any more.
            let tree = Tree::open(dir.path().to_str().unwrap()).unwrap();
            let recording = Recording::new(&tree);
            judge(&collect(&recording));
            capture::archive(&recording.take(), &[], "x", 0).unwrap();
            std::fs::write(&at, good).unwrap();
        });
    }
}

/// Files of the tests that are answers, in order of their names.
fn examples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn answers_files() {
    let mut seeds = examples("assets");
    seeds.retain(|(name, _)| name.contains("answers"));
    seeds.extend(examples("tests/answers/bad"));
    fuzz("answers", 1500, &seeds, |name, input| {
        let answers = Answers::gather(Inputs {
            file: Some(AnswersFile::parse(name, input, false)),
            ..Inputs::default()
        });
        let _ = groundcrew::answers::Problems(answers.problems().to_vec()).to_string();
        if let Err(problems) = Config::from_answers(&answers) {
            assert!(!problems.to_string().is_empty());
        }
    });
}

#[test]
fn facts_documents() {
    let whole = collect(&Scripted::new().release("3.10.0-1160.el7.x86_64"));
    let seeds = [
        ("whole".to_owned(), serde_json::to_vec(&whole).unwrap()),
        (
            "yaml".to_owned(),
            serde_yaml::to_string(&whole).unwrap().into_bytes(),
        ),
        (
            "flat".to_owned(),
            b"os.family: el7\ncpu: {count: 2}\nkernel.version: 3.10.0\ncap.tun: true\n".to_vec(),
        ),
    ];
    fuzz("facts", 300, &seeds, |_, input| {
        match flat::load(&String::from_utf8_lossy(input)) {
            Ok(flat::Source::Full(facts)) => judge(&facts),
            Ok(flat::Source::Flat(flat)) => judge(&flat::unflatten(&flat)),
            Err(problems) => assert!(!problems.is_empty()),
        }
    });
}

#[test]
fn join_files_of_other_nodes() {
    let seeds = [(
        "db1.join.yaml".to_owned(),
        b"version: 1\nkind: wireguard\nname: db1\naddress: 10.90.0.1\nendpoint: 192.0.2.1:51820\n\
          public-key: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nnetwork: 10.90.0.0/24\n"
            .to_vec(),
    )];
    let good = String::from_utf8_lossy(&seeds[0].1).into_owned();
    if let Err(problems) = JoinFile::parse("good", &good) {
        panic!("{problems}");
    }
    fuzz("join files", 5000, &seeds, |name, input| {
        let text = String::from_utf8_lossy(input);
        if let Err(problems) = JoinFile::parse(name, &text) {
            assert!(!problems.to_string().is_empty());
        }
    });
}

#[test]
fn journals_and_plans() {
    let header = br#"{"v":1,"plan":"0","began":"2026-11-20T10:00:00Z","groundcrew":"0.1.0"}"#;
    let entry = br#"{"state":"done","step":0}"#;
    let journal = [&header[..], b"\n", entry, b"\n", entry, b"\n"].concat();
    let plan = br#"{"schema":"plan/1","host":"db1","steps":[{"title":"x"}],"advice":null}"#;
    let seeds = [
        ("journal".to_owned(), journal.clone()),
        ("plan".to_owned(), plan.to_vec()),
    ];
    fuzz("journals", 3000, &seeds, |name, input| {
        let (journal, plan) = match name {
            "journal" => (input, &plan[..]),
            _ => (&journal[..], input),
        };
        let host = Scripted::new()
            .file("/run/journal.jsonl", journal)
            .file("/run/plan.json", plan);
        if let Err(error) = Run::read(&host, "/run") {
            assert!(!error.to_string().is_empty());
        }
    });
}

#[test]
fn vendors_files() {
    let good = b"# kind: replicated\nhost_requirements: {memory: 8GB, docker_version: 1.10.3}\n\
        components:\n- name: DB\n  host_volumes:\n  - {host_path: /data, min_disk_space: 30GB}\n\
        \x20 containers:\n  - image_name: redis\n    ports:\n    - {private_port: '80', interface: eth0}\n\
        \x20   config_files:\n    - contents: |\n        # 10.1.2.3\n\
        \x20       bind {{repl ThisHostInterfaceAddress \"eth0\" }} {{repl index (NodePrivateIPAddressAll \"a\" \"b\") 0 }}\n\
        ---\n# kind: scheduler-swarm\nversion: '3'\n";
    let facts = collect(&Scripted::new().release("3.10.0-1160.el7.x86_64"));
    let chosen = Chosen {
        scheduler: Some("native".into()),
        overlay: Some("wireguard".into()),
        interface: Some("wg0".into()),
        address: Some("10.90.0.1".parse().unwrap()),
    };
    let seeds = [("replicated.yml".to_owned(), good.to_vec())];
    fuzz("vendor", 2000, &seeds, |name, input| {
        let vendor = Vendor::parse(input);
        let remarks = lint(&vendor, &facts, &chosen);
        let told = linted(name, &chosen, &remarks);
        assert!(!told.human(&vendor, true).is_empty() && !told.json().is_empty());
    });
}

#[test]
fn manifests_of_bundles() {
    let good = b"version: 1\nmade: 2026-11-25T00:00:00Z\nfamily: el7\narch: x86_64\nfiles:\n\
        - path: files/x.rpm\n  kind: package\n  name: x\n  size: 3\n\
        \x20 sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
        \x20 needs: [y]\n";
    let text = String::from_utf8_lossy(good);
    if let Err(problems) = Bundle::parse("good", &text) {
        panic!("{problems}");
    }
    let seeds = [("bundle.yaml".to_owned(), good.to_vec())];
    fuzz("bundles", 3000, &seeds, |name, input| {
        match Bundle::parse(name, &String::from_utf8_lossy(input)) {
            Ok(bundle) => {
                for file in &bundle.files {
                    // Nothing of a bundle leads out of its folder.
                    assert!(!file.path.starts_with('/') && !file.path.contains(".."));
                    let _ = bundle.packages(&file.name);
                }
            }
            Err(problems) => assert!(!problems.to_string().is_empty()),
        }
    });
}

#[test]
fn words_of_the_other_side_of_a_probe() {
    let identity = r#"{"version":"1","hostname":"b","machine_id":null,"product_uuid":"u","macs":["02:00:00:00:00:01"],"addresses":["10.0.0.2"]}"#;
    let port = r#"{"protocol":"tcp","port":2377}"#;
    let hello =
        format!(r#"{{"schema":"probe/1","token":"w","ports":[{port}],"identity":{identity}}}"#);
    let ready = format!(r#"{{"ready":{{"nonce":"n","identity":{identity},"served":["open"]}}}}"#);
    let back = r#"{"back":{"reached":["answered"],"mtu":{"Ok":1500}}}"#;
    assert!(serde_json::from_str::<probe::Hello>(&hello).is_ok());
    assert!(
        serde_json::from_str::<probe::Answer>(&ready).is_ok(),
        "{ready}"
    );
    assert!(serde_json::from_str::<probe::Told>(back).is_ok(), "{back}");
    let seeds = [
        ("hello".to_owned(), hello.clone().into_bytes()),
        ("ready".to_owned(), ready.clone().into_bytes()),
        ("back".to_owned(), back.as_bytes().to_vec()),
    ];
    fuzz("probe", 3000, &seeds, |name, input| {
        let text = String::from_utf8_lossy(input);
        let or = |good: &str, which: &str| {
            if name == which {
                text.clone().into_owned()
            } else {
                good.to_owned()
            }
        };
        let hello = serde_json::from_str::<probe::Hello>(&or(&hello, "hello"));
        let ready = serde_json::from_str::<probe::Answer>(&or(&ready, "ready"));
        let back = serde_json::from_str::<probe::Told>(&or(back, "back"));
        let (
            Ok(hello),
            Ok(probe::Answer::Ready {
                identity, served, ..
            }),
            Ok(probe::Told::Back { reached, mtu }),
        ) = (hello, ready, back)
        else {
            return;
        };
        let pairs: Vec<_> = served.into_iter().zip(reached).collect();
        let lines = probe::judge(&probe::Measured {
            peer: "10.0.0.2".parse().unwrap(),
            ports: hello.ports,
            there: pairs.clone(),
            back: pairs,
            mtu_there: mtu.clone(),
            mtu_back: mtu,
            own_mtu: Some(1500),
            clock: None,
            here: hello.identity,
            other: identity,
        });
        assert!(!lines.is_empty());
    });
}
