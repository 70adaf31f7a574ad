//! Answers files: what is refused and how it is told, what loads for ever, and
//! the documents that are made of the declarations.

use std::fs;
use std::path::{Path, PathBuf};

use groundcrew::answers::config::{Firewall, OverlayWish, SchedulerWish, check_interface_name};
use groundcrew::answers::join::others;
use groundcrew::answers::questions;
use groundcrew::answers::*;
use groundcrew::answers::{self, doc};
use proptest::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(root().join("tests/answers").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    cases.sort();
    cases
}

fn regenerate() -> bool {
    std::env::var_os("GROUNDCREW_REGEN").is_some()
}

/// Holds a committed file against what the program makes now.
fn committed(path: &Path, now: &str) {
    if regenerate() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, now).unwrap();
        return;
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == now,
        "{} lags behind; run: GROUNDCREW_REGEN=1 cargo test --test plain answers::\n--- there\n{there}\n--- now\n{now}",
        path.display()
    );
}

fn load(text: &str) -> Answers {
    Answers::gather(Inputs {
        file: Some(AnswersFile::parse("answers.yaml", text.as_bytes(), false)),
        ..Inputs::default()
    })
}

/// Everything that is wrong with a text, as `answers check` tells it. A first
/// line `# here: eth0, eth1` gives the interfaces of the host.
fn problems(text: &str) -> Problems {
    let answers = load(text);
    let mut problems = match Config::from_answers(&answers) {
        Ok(_) => Problems::default(),
        Err(problems) => problems,
    };
    if let Some(here) = text.lines().next().and_then(|l| l.strip_prefix("# here: ")) {
        let here: Vec<&str> = here.split(", ").collect();
        let name = answers.get("interface.name").unwrap();
        if let Err(problem) = check_interface_name(&answers, name.text().unwrap(), "wg0", &here) {
            problems.0.push(problem);
        }
    }
    problems
}

#[test]
fn bad_files_are_told_exactly() {
    let cases = cases("bad");
    assert!(cases.len() >= 15, "{}", cases.len());
    for case in cases {
        let bytes = fs::read(&case).unwrap();
        let now = problems(std::str::from_utf8(&bytes).unwrap()).to_string();
        assert!(now.is_ascii(), "{now}");
        for line in now.lines() {
            assert!(line.len() <= 80, "{}: {line}", case.display());
        }
        assert!(!now.contains("canary"), "{}: {now}", case.display());
        assert!(!now.starts_with("error: 0"), "{}", case.display());
        committed(&case.with_extension("txt"), &now);
    }
}

#[test]
fn old_files_load_for_ever() {
    for case in cases("ok") {
        let text = fs::read_to_string(&case).unwrap();
        let answers = load(&text);
        if let Err(problems) = Config::from_answers(&answers) {
            panic!("{}: {problems}", case.display());
        }
    }
}

#[test]
fn the_file_of_the_design_means_what_it_says() {
    let text = fs::read_to_string(root().join("tests/answers/ok/v1-full.yaml")).unwrap();
    let config = Config::from_answers(&load(&text)).unwrap();
    assert_eq!(config.needs.nodes, 3);
    assert_eq!(config.scheduler, SchedulerWish::Auto);
    assert_eq!(config.overlay, OverlayWish::Wireguard);
    assert_eq!(config.address, Some("10.90.0.2".parse().unwrap()));
    assert_eq!(config.wireguard.mtu, None);
    let peer = &config.wireguard.peers[0];
    assert_eq!(
        peer.endpoint.as_ref().unwrap().to_string(),
        "10.0.0.11:51820"
    );
    assert_eq!(peer.allowed_ips, ["10.90.0.1/32".parse().unwrap()]);
    assert_eq!(
        peer.preshared_key,
        Some(SecretRef::File("/root/secrets/app01.psk".into()))
    );
    assert_eq!(config.firewall, Firewall::Open);
    assert!(config.replicated.install);
    assert_eq!(config.reports.len(), 2);
    assert_eq!(config.waivers[0].id, "net.overlap");
}

#[test]
fn a_stronger_layer_wins_and_is_remembered() {
    let id = "overlay.wireguard.listen-port";
    let mut inputs = Inputs::default();
    let port = |inputs: &Inputs| {
        let answers = Answers::gather(inputs.clone());
        let config = Config::from_answers(&answers).unwrap();
        (config.wireguard.listen_port, answers.origin(id))
    };
    assert_eq!(port(&inputs), (51820, Origin::Default));
    let text = "version: 1\noverlay: {wireguard: {listen-port: 1001}}\n";
    inputs.file = Some(AnswersFile::parse("a.yaml", text.as_bytes(), false));
    assert_eq!(port(&inputs), (1001, Origin::File("a.yaml".to_owned())));
    let variable = env_name(id);
    assert_eq!(variable, "GROUNDCREW_OVERLAY_WIREGUARD_LISTEN_PORT");
    inputs.env.push((variable.clone(), "1002".to_owned()));
    assert_eq!(port(&inputs), (1002, Origin::Environment(variable)));
    inputs.sets.push(format!("{id}=1003"));
    assert_eq!(port(&inputs), (1003, Origin::Set));
    inputs.flags.push(FlagAnswer {
        flag: "--port",
        id,
        text: "1004".to_owned(),
    });
    assert_eq!(port(&inputs), (1004, Origin::Flag("--port".to_owned())));
    let mut answers = Answers::gather(inputs);
    answers.set_text(id, "1005").unwrap();
    assert_eq!(answers.origin(id), Origin::Asked);
    assert_eq!(
        Config::from_answers(&answers)
            .unwrap()
            .wireguard
            .listen_port,
        1005
    );
}

#[test]
fn a_stronger_layer_mends_the_file() {
    let text = "version: 1\noverlay: {network: 10.90.0.1/24}\n";
    let file = AnswersFile::parse("a.yaml", text.as_bytes(), false);
    let mut answers = Answers::gather(Inputs {
        file: Some(file.clone()),
        sets: vec!["overlay.network=10.91.0.0/24".to_owned()],
        ..Inputs::default()
    });
    Config::from_answers(&answers).unwrap();
    answers = Answers::gather(Inputs {
        file: Some(file),
        ..Inputs::default()
    });
    assert!(Config::from_answers(&answers).is_err());
    answers.set_text("overlay.network", "10.91.0.0/24").unwrap();
    Config::from_answers(&answers).unwrap();
}

#[test]
fn a_named_interface_of_a_flag_overrides_the_files_match() {
    let text = "version: 1\ninterface: {match: {driver: ixgbe}}\n";
    let file = Some(AnswersFile::parse("a.yaml", text.as_bytes(), false));
    let wish = |sets: &[&str]| {
        let sets = sets.iter().map(|set| (*set).to_owned()).collect();
        let answers = Answers::gather(Inputs {
            file: file.clone(),
            sets,
            ..Inputs::default()
        });
        Config::from_answers(&answers).map(|config| config.interface)
    };
    assert_eq!(
        wish(&[]).unwrap(),
        InterfaceWish::Driver("ixgbe".to_owned())
    );
    assert_eq!(
        wish(&["interface.name=eth1"]).unwrap(),
        InterfaceWish::Name("eth1".to_owned())
    );
    assert_eq!(wish(&["interface.name=auto"]).unwrap(), InterfaceWish::Auto);
    assert!(wish(&["interface.name=eth1", "interface.match.cidr=10.0.0.0/8"]).is_err());
}

#[test]
fn sets_and_variables_are_read_by_the_kind_of_the_question() {
    let sets = [
        "report=a.md,b.json",
        "needs.vendor-kinds=native,swarm",
        "needs.encryption=no",
        "airgap=true",
        "expect.hostname=007",
        "overlay.wireguard.mtu=1380",
        "overlay.wireguard.private-key={file: /k}",
        "preflight.waive=net.overlap=routed, on purpose",
        "overlay.join-files=[a.yaml, b.yaml]",
    ];
    let answers = Answers::gather(Inputs {
        sets: sets.map(str::to_owned).to_vec(),
        env: vec![
            ("GROUNDCREW_ROLE".to_owned(), "join".to_owned()),
            ("GROUNDCREW_UI".to_owned(), "line".to_owned()),
            ("HOME".to_owned(), "/root".to_owned()),
        ],
        ..Inputs::default()
    });
    let config = Config::from_answers(&answers).unwrap();
    assert_eq!(config.reports.len(), 2);
    assert_eq!(config.needs.vendor_kinds.unwrap().len(), 2);
    assert!(config.airgap);
    assert_eq!(config.expect.hostname.as_deref(), Some("007"));
    assert_eq!(config.wireguard.mtu, Some(1380));
    assert_eq!(config.wireguard.private_key, SecretRef::File("/k".into()));
    assert_eq!(config.waivers[0].reason, "routed, on purpose");
    assert_eq!(config.join_files, ["a.yaml", "b.yaml"]);
    assert_eq!(answers.unknown_env(), ["GROUNDCREW_UI"]);
}

#[test]
fn bad_sets_variables_and_flags_name_their_layer() {
    let answers = Answers::gather(Inputs {
        sets: [
            "overlay.wireguard.listen-prot=1",
            "listen-port=1",
            "airgap=yes",
            "role",
            "overlay.wireguard.private-key=canary",
            "report=[a.md",
        ]
        .map(str::to_owned)
        .to_vec(),
        env: vec![("GROUNDCREW_NEEDS_NODES".to_owned(), "many".to_owned())],
        flags: vec![FlagAnswer {
            flag: "--network-interface",
            id: "interface.name",
            text: "10.0.0.0/8".to_owned(),
        }],
        ..Inputs::default()
    });
    let text = Config::from_answers(&answers).unwrap_err().to_string();
    assert!(!text.contains("canary"), "{text}");
    for want in [
        "error: 8 problems in the answers\n",
        "--set: overlay.wireguard.listen-prot: unknown key\n",
        "did you mean overlay.wireguard.listen-port?",
        "it belongs to overlay.wireguard.listen-port",
        "--set: airgap: not true or false: yes\n",
        "write --set role=VALUE",
        "--set: overlay.wireguard.private-key: a secret written out",
        "GROUNDCREW_NEEDS_NODES: needs.nodes: not a whole number",
        "--network-interface: interface.name: a range, not an interface name",
    ] {
        assert!(text.contains(want), "{want:?} not in\n{text}");
    }
}

#[test]
fn a_form_field_is_checked_in_place_and_a_bad_value_changes_nothing() {
    let mut answers = Answers::default();
    let problem = answers
        .set_text("overlay.address", "10.90.0.256")
        .unwrap_err();
    assert_eq!(problem.text, "not an IPv4 address: 10.90.0.256");
    assert!(!answers.is_given("overlay.address"));
    assert!(
        answers
            .set("needs.nodes", Value::Text("3".to_owned()))
            .is_err()
    );
    answers.set("needs.nodes", Value::Int(3)).unwrap();
    assert!(answers.set_text("no.such", "x").is_err());
    answers.unset("needs.nodes");
    assert_eq!(answers.get("needs.nodes"), Some(Value::Int(1)));
}

fn same_answers(a: &Answers, b: &Answers) {
    for question in questions::all() {
        assert_eq!(a.get(question.id), b.get(question.id), "{}", question.id);
    }
}

#[test]
fn effective_answers_load_again_as_they_were() {
    for path in cases("ok") {
        let answers = load(&fs::read_to_string(path).unwrap());
        for commented in [true, false] {
            let text = answers.to_yaml(commented);
            let again = load(&text);
            assert!(
                again.problems().is_empty(),
                "{}\n{text}",
                Problems(again.problems().to_vec())
            );
            same_answers(&answers, &again);
            assert_eq!(
                Config::from_answers(&answers).unwrap(),
                Config::from_answers(&again).unwrap()
            );
            // Saved once more, it is the same text.
            assert_eq!(again.to_yaml(commented), text);
        }
        // Every key is in it, answered or as a comment.
        let text = answers.to_yaml(true);
        for question in questions::all() {
            let key = question.id.rsplit('.').next().unwrap();
            assert!(text.contains(&format!("{key}:")), "{}", question.id);
        }
    }
}

#[test]
fn a_typed_secret_is_never_saved() {
    let mut answers = Answers::default();
    answers
        .set_text("overlay.wireguard.private-key", "canary")
        .unwrap();
    let text = answers.to_yaml(true);
    assert!(text.contains("private-key: {prompt: true}"), "{text}");
    let all = format!("{text}{answers:?}{:?}", Config::from_answers(&answers));
    assert!(!all.contains("canary"), "{all}");
    let text = "version: 1\noverlay: {wireguard: {private-key: canary}}\n";
    let file = AnswersFile::parse("a.yaml", text.as_bytes(), true);
    assert!(file.problems().is_empty());
    assert!(!format!("{file:?}").contains("canary"));
    let answers = Answers::gather(Inputs {
        file: Some(file),
        ..Inputs::default()
    });
    assert!(answers.to_yaml(false).contains("{prompt: true}"));
}

#[test]
fn no_part_of_a_literal_secret_is_shown() {
    for text in [
        "version: 1\noverlay: {wireguard: {private-key: \"x\n  canary\", mtu: 1}}\n",
        "version: 1\noverlay: {wireguard: {private-key: x\n  canary, mtu: 1}}\n",
        "version: 1\noverlay: {wireguard: {privat: {a: 'x\n  canary: y'}, mtu: 1}}\n",
        "version: 1\noverlay: {wireguard: {private-key: 'canary', mtu: 1}}\n",
        "version: 1\noverlay: {wireguard: {mtu: 1, private-key: canary}}\n",
        "version: 1\noverlay: {wireguard: {mtu: 1, private-key: [canary]}}\n",
        "version: 1\nreplicated: {daemon-token: {file: [canary]}}\n",
        "version: 1\nreplicated:\n  daemon-token: >\n    canary\n    canary: x\n  args: 1\n",
        "version: 1\nreplicated:\n  daemon-token: canary: x\n",
        "version: 1\nreplicated:\n  daemon-token: \"canary\n",
        "version: 1\nreplicated:\n  daemon-token:\n    canary\n",
        "version: 1\noverlay: canary\n",
        "version: 1\npassword: canary\n",
        "version: 1\nrole: first\nrole: canary\n",
        "version: 1\n? private-key: canary\n",
        "version: 1\n? [canary]\n: x\n",
    ] {
        let told = problems(text).to_string();
        assert!(!told.contains("canary"), "{text}\n{told}");
        assert!(!told.starts_with("error: 0"), "{text}");
    }
}

#[test]
fn template_and_example_load_and_match_the_committed_files() {
    let template = answers::template();
    let config = Config::from_answers(&load(&template)).unwrap();
    assert_eq!(config, Config::from_answers(&Answers::default()).unwrap());
    let example = answers::example();
    if let Err(problems) = Config::from_answers(&load(&example)) {
        panic!("{problems}");
    }
    for line in template.lines().chain(example.lines()) {
        // A hash cannot be broken.
        let fits = line.len() <= 80 || line.contains("sha256:");
        assert!(line.is_ascii() && fits, "{line}");
    }
    committed(&root().join("assets/answers.example.yaml"), &example);
    committed(&root().join("assets/answers.schema.json"), &doc::schema());
}

/// A small part of JSON Schema: enough to tell a key or value that the schema
/// does not know.
fn conforms(schema: &serde_json::Value, value: &serde_json::Value, at: &str) -> Result<(), String> {
    use serde_json::Value as J;
    if let Some(any) = schema["anyOf"].as_array() {
        return any
            .iter()
            .map(|one| conforms(one, value, at))
            .find(Result::is_ok)
            .unwrap_or_else(|| Err(format!("{at}: none of the forms: {value}")));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{at}: {value}"));
    }
    if schema.get("const").is_some_and(|word| word != value) {
        return Err(format!("{at}: {value}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        J::String(one) => vec![one],
        J::Array(some) => some.iter().filter_map(J::as_str).collect(),
        _ => return Ok(()),
    };
    let own = match value {
        J::Null => "null",
        J::Bool(_) => "boolean",
        J::Number(_) => "integer",
        J::String(_) => "string",
        J::Array(_) => "array",
        J::Object(_) => "object",
    };
    if !types.contains(&own) {
        return Err(format!("{at}: {own}"));
    }
    if let J::Array(items) = value {
        for item in items {
            conforms(&schema["items"], item, &format!("{at}[]"))?;
        }
    }
    if let J::Object(entries) = value {
        assert_eq!(schema["additionalProperties"], J::Bool(false), "{at}");
        for (key, value) in entries {
            let inside = schema["properties"]
                .get(key)
                .ok_or_else(|| format!("{at}.{key} unknown"))?;
            conforms(inside, value, &format!("{at}.{key}"))?;
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            if !entries.contains_key(key.as_str().unwrap()) {
                return Err(format!("{at}: {key} missing"));
            }
        }
    }
    Ok(())
}

#[test]
fn the_schema_takes_the_good_files() {
    let schema: serde_json::Value = serde_json::from_str(&doc::schema()).unwrap();
    let mut texts = vec![answers::example(), answers::template()];
    texts.extend(
        cases("ok")
            .iter()
            .map(|path| fs::read_to_string(path).unwrap()),
    );
    for text in texts {
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        conforms(&schema, &value, "").unwrap();
    }
    let wrong = serde_json::json!({"version": 1, "overlay": {"knid": "none"}});
    assert!(conforms(&schema, &wrong, "").is_err());
}

#[test]
fn every_key_is_explained_within_80_columns() {
    for question in questions::all() {
        let text = doc::explain(question.id).unwrap();
        assert!(text.starts_with(question.id) && text.contains("Default"));
        assert!(doc::reference().contains(&format!("| `{}` |", question.id)));
        for line in text.lines() {
            let whole = !line.trim().contains(' ') || line.contains("sha256:");
            assert!(line.len() <= 80 || whole, "{line}");
        }
    }
    assert!(
        doc::explain("overlay")
            .unwrap()
            .contains("overlay.wireguard.mtu")
    );
    assert!(doc::explain("").unwrap().contains("apply.on-failure"));
    assert!(doc::explain("overlay.wireguard.peers[1].endpoint").is_ok());
    assert_eq!(
        doc::explain("overlay.knid").unwrap_err(),
        "no such key: overlay.knid; did you mean overlay.kind?"
    );
}

#[test]
fn hostile_files_are_refused_plainly() {
    let check = |bytes: &[u8]| {
        let file = AnswersFile::parse("a.yaml", bytes, false);
        Problems(file.problems().to_vec()).to_string()
    };
    for (bytes, want) in [
        (b"".to_vec(), "the file is empty"),
        (
            b"version: 1\nrole: \xff\n".to_vec(),
            "not UTF-8 text at line 2, column 7",
        ),
        (vec![b'#'; MAX_BYTES + 1], "more than the 1 MiB"),
        (b"[".repeat(MAX_BYTES), "brackets"),
        (b"- ".repeat(5000), "nested deeper"),
        (b"- version: 1\n".to_vec(), "a list, wanted keys and values"),
        (b"version: \x00\n".to_vec(), "not YAML"),
    ] {
        let text = check(&bytes);
        assert!(text.contains(want), "{want}: {text}");
    }
    // Many problems are told up to a number.
    let many: String = (0..2000).map(|n| format!("k{n}: 1\n")).collect();
    let text = check(format!("version: 1\n{many}").as_bytes());
    assert!(text.contains("and 1900 more"), "{}", text.len());
    // Nothing of a terminal's control sequences comes through.
    let text = check("version: 1\n\"a\u{9b}31m\": 1\nrole: \"\\e[31mx\"\n".as_bytes());
    assert!(text.is_ascii() && !text.contains('\u{1b}'), "{text:?}");
}

const KEY1: &str = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
const KEY3: &str = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

fn join_file(name: &str, host: u8, key: &str) -> (String, String) {
    let text = format!(
        "version: 1\nkind: wireguard\nname: {name}\naddress: 10.90.0.{host}\n\
         endpoint: 10.0.0.{host}:51820\npublic-key: {key}\nnetwork: 10.90.0.0/24\n"
    );
    (format!("join-{name}.yaml"), text)
}

fn own() -> OwnIdentity {
    OwnIdentity {
        name: "app02".to_owned(),
        public_key: Some(
            "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
                .parse()
                .unwrap(),
        ),
        address: Some("10.90.0.2".parse().unwrap()),
        below: vec!["10.0.0.2".parse().unwrap()],
        zerotier_node: Some("28efc9e578".to_owned()),
    }
}

#[test]
fn join_files_become_peers() {
    let answers = load(
        "version: 1\noverlay:\n  wireguard:\n    peers:\n      - {name: app01, address: 10.90.0.1, \
         public-key: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=, keepalive: 25}\n",
    );
    let config = Config::from_answers(&answers).unwrap();
    let files = [
        join_file("app03", 3, KEY3),
        join_file("app01", 1, KEY1),
        join_file(
            "app02.example.com",
            2,
            "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
        ),
        join_file("app03", 3, KEY3),
    ];
    let peers = others(&config, &files, &own()).unwrap().peers;
    let names: Vec<&str> = peers.iter().map(|peer| peer.name.as_str()).collect();
    assert_eq!(names, ["app01", "app03"]);
    assert_eq!(
        peers[0].keepalive,
        Some(25),
        "the answers override the file"
    );
    assert_eq!(peers[1].allowed_ips, ["10.90.0.3/32".parse().unwrap()]);
}

#[test]
fn bad_join_files_are_told_all_at_once() {
    let config = Config::from_answers(&Answers::default()).unwrap();
    let mut other_network = join_file("app04", 4, "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=");
    other_network.1 = other_network.1.replace("10.90.0.0/24", "10.91.0.0/24");
    let mut broken = join_file("app05", 5, "short");
    broken.1 = broken
        .1
        .replace("kind: wireguard\n", "kind: wiregard\nkee: 1\n");
    let mut twin = join_file("app03", 3, KEY3);
    twin.0 = "copy.yaml".to_owned();
    let files = [
        join_file("app03", 3, KEY3),
        twin,
        other_network,
        broken,
        join_file("app06", 6, "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="),
        ("empty.yaml".to_owned(), String::new()),
    ];
    let text = others(&config, &files, &own()).unwrap_err().to_string();
    committed(&root().join("tests/answers/bad/join-files.expected"), &text);
    for want in [
        "copy.yaml:3:7: name: the same name as in join-app03.yaml",
        "copy.yaml:6:13: public-key: the same public-key as in join-app03.yaml\n",
        "join-app04.yaml:7:10: network: 10.91.0.0/24 is another network than\n",
        "join-app05.yaml:2:7: kind: not wireguard, flannel or zerotier: wiregard",
        "join-app05.yaml:3:1: kee: unknown key",
        "public-key: not a WireGuard key: short",
        "join-app06.yaml:6:13: public-key: this host's own public key under another\n    name\n",
        "empty.yaml: the file is empty",
    ] {
        assert!(text.contains(want), "{want:?} not in\n{text}");
    }
}

/// One host asks etcd with TLS and the other does not: told on the file.
#[test]
fn etcd_with_and_without_tls_do_not_go_together() {
    let config = |more: &str| {
        let text = format!(
            "version: 1\noverlay:\n  kind: flannel\n  network: 10.5.0.0/16\n  flannel: \
             {{{more}}}\n"
        );
        Config::from_answers(&load(&text)).unwrap()
    };
    let file = |etcd: &str, more: &str| {
        let text = format!(
            "version: 1\nkind: flannel\nname: app01\naddress: 10.0.0.1\netcd: {etcd}\n{more}network: \
             10.5.0.0/16\n"
        );
        [("join-app01.yaml".to_owned(), text)]
    };
    let told = |config: &Config, file: &[(String, String)]| {
        let told = others(config, file, &own()).unwrap_err().to_string();
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (plain, tls) = (config(""), config("etcd-tls: {ca: /ca, cert: /c, key: /k}"));
    let site = config("etcd-endpoints: [\"http://10.0.0.9:2379\"]");
    let secure = file("member", "etcd-tls: true\n");
    let text = told(&plain, &secure);
    assert!(
        text.contains(
            "join-app01.yaml:6:11: etcd-tls: etcd is asked with TLS there, and this host"
        ) && text.contains("say overlay.flannel.etcd-tls: {ca: FILE"),
        "{text}"
    );
    let text = told(&tls, &file("member", ""));
    assert!(
        text.contains("join-app01.yaml") && text.contains("in plain HTTP there"),
        "{text}"
    );
    let text = told(&plain, &file("site", ""));
    assert!(text.contains("asks an etcd cluster of the site"), "{text}");
    let text = told(&site, &file("member", ""));
    assert!(
        text.contains("belongs to an etcd of groundcrew's"),
        "{text}"
    );
    assert!(others(&tls, &secure, &own()).unwrap().flannel[0].etcd_tls);
    assert!(others(&site, &file("site", ""), &own()).is_ok());
}

/// The other overlays' files, and how each problem is told.
#[test]
fn flannel_and_zerotier_have_join_files_of_their_own() {
    let answers = |kind: &str| {
        let text = format!(
            "version: 1\noverlay: {{kind: {kind}, network: 10.5.0.0/16, address: 10.5.0.2}}\n"
        );
        Config::from_answers(&load(&text)).unwrap()
    };
    let flannel = |name: &str, host: u8, etcd: &str| {
        let text = format!(
            "version: 1\nkind: flannel\nname: {name}\naddress: 10.0.0.{host}\netcd: {etcd}\n\
             network: 10.5.0.0/16\n"
        );
        (format!("join-{name}.yaml"), text)
    };
    let zerotier = |name: &str, host: u8, node: &str, more: &str| {
        let text = format!(
            "version: 1\nkind: zerotier\nname: {name}\nunderlay: 10.0.0.{host}\n\
             node: \"{node}\"\n{more}network: 10.5.0.0/16\n"
        );
        (format!("join-{name}.yaml"), text)
    };

    // This host's own file is passed over, the others are by name.
    let files = [
        flannel("app03", 3, "client"),
        flannel("app02.example.com", 2, "member"),
        flannel("app01", 1, "member"),
    ];
    let found = others(&answers("flannel"), &files, &own()).unwrap();
    let names: Vec<_> = found
        .flannel
        .iter()
        .map(|host| (host.name.as_str(), host.etcd.word()))
        .collect();
    assert_eq!(names, [("app01", "member"), ("app03", "client")]);
    let below: Vec<_> = found.below().iter().map(ToString::to_string).collect();
    assert_eq!(below, ["10.0.0.1", "10.0.0.3"]);
    // Without an answer the files tell the kind.
    let auto = answers("auto");
    assert_eq!(
        others(&auto, &files, &own()).unwrap().kind,
        Some(answers::join::Overlay::Flannel)
    );

    let controller = "controller-network: \"481A5e3d20000001\"\nplanet: AQID\n";
    let files = [
        zerotier("app01", 1, "481a5e3d20", controller),
        zerotier("app02", 2, "28efc9e578", ""),
        zerotier("app03", 3, "e92490ce72", "address: 10.5.0.3\n"),
    ];
    let found = others(&answers("zerotier"), &files, &own())
        .unwrap()
        .zerotier;
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].controller_network.as_deref(),
        Some("481a5e3d20000001")
    );
    assert_eq!(found[0].planet.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!(found[1].address, Some("10.5.0.3".parse().unwrap()));

    let bad = [
        flannel("app03", 3, "member"),
        flannel("app04", 3, "member"),
        // A clone, by address and by name.
        flannel("app05", 2, "member"),
        flannel("app02", 7, "member"),
        flannel("app06", 6, "leader"),
        (
            "inside.yaml".to_owned(),
            flannel("app08", 8, "client")
                .1
                .replace("10.0.0.8", "10.5.0.8"),
        ),
        // Another kind is one problem, whatever else is in it.
        join_file("app09", 9, "short"),
    ];
    let told = others(&answers("flannel"), &bad, &own())
        .unwrap_err()
        .to_string();
    let bad = [
        zerotier("app01", 1, "481a5e3d20", controller),
        zerotier(
            "app03",
            3,
            "e92490ce72",
            &controller.replace("481A5e3d20", "e92490ce72"),
        ),
        zerotier("app04", 4, "e92490ce72", "address: 10.6.0.1\n"),
        zerotier("app05", 5, "28efc9e578", "planet: \"?\"\n"),
        zerotier("app06", 6, "28EFC9E578", ""),
        zerotier(
            "app07",
            7,
            "0000000007",
            &controller.replace("481A5e3d20", "0000000008"),
        ),
    ];
    let more = others(&answers("zerotier"), &bad, &own())
        .unwrap_err()
        .to_string();
    committed(
        &root().join("tests/answers/bad/join-files-of-other-overlays.expected"),
        &format!("{told}\n{more}"),
    );
    for want in [
        "join-app04.yaml:4:10: address: the same address as in join-app03.yaml",
        "join-app05.yaml:4:10: address: 10.0.0.2 is this host's own address",
        "join-app02.yaml:3:7: name: this host's own name, with the address 10.0.0.7",
        "join-app06.yaml:5:7: etcd: not member, initial, client or site: leader",
        "inside.yaml:4:10: address: 10.5.0.8 is in the private network itself",
        "join-app09.yaml:2:7: kind: for wireguard, and this is flannel",
    ] {
        assert!(told.contains(want), "{want:?} not in\n{told}");
    }
    assert!(!told.contains("short"), "{told}");
    for want in [
        "join-app03.yaml:6:21: controller-network: join-app01.yaml has a controller",
        "join-app04.yaml:5:7: node: the same node as in join-app03.yaml",
        "join-app04.yaml:6:10: address: 10.6.0.1 is not in 10.5.0.0/16",
        "join-app05.yaml:6:9: planet: not bytes in base64: ?",
        "join-app06.yaml:5:7: node: this host's own ZeroTier identity under another",
        "join-app07.yaml:6:21: controller-network: 0000000008000001 is not a network of",
    ] {
        assert!(more.contains(want), "{want:?} not in\n{more}");
    }
}

proptest! {
    // Cases that failed once are tests of their own above.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = problems(&text).to_string();
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let file = AnswersFile::parse("a.yaml", &bytes, false);
        let _ = Problems(file.problems().to_vec()).to_string();
    }

    /// Pieces of answers in any order: nearly YAML, which goes deeper.
    #[test]
    fn no_mixture_of_answers_makes_it_panic(
        pieces in proptest::collection::vec(prop_oneof![
            Just("version: 1\n"), Just("overlay:\n"), Just("  wireguard:\n"), Just("    peers:\n"),
            Just("      - name: a\n"), Just("        address: 10.90.0.1\n"), Just("  kind: "),
            Just("wireguard\n"), Just("&a "), Just("*a"), Just("!t "), Just("[x, "), Just("]"),
            Just("{file: "), Just("}"), Just("? "), Just("\n"), Just("--- \n"), Just("- "), Just("|\n"),
            Just("<<: *a\n"), Just("\t"), Just("\u{e9}: "), Just("'"), Just("\""), Just(": "), Just("# "),
            Just("private-key: canary\n"), Just("report: [a.md]\n"), Just("\u{feff}"), Just("~\n"),
        ], 0..30)
    ) {
        let text: String = pieces.concat();
        let told = problems(&text).to_string();
        prop_assert!(told.is_ascii());
        prop_assert!(!told.contains("canary"), "{}\n{}", text, told);
    }
}
