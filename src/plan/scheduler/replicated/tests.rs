//! Plans for hosts that are written down.

use super::*;
use crate::answers::config::Config;
use crate::answers::{Answers, Others};
use crate::facts::{self, Fact};
use crate::host::Scripted;
use crate::judge::decide::Decision;
use crate::judge::interfaces::Candidates;
use crate::plan::choice::Choice;
use crate::plan::make::Inputs;
use crate::plan::programs::Sources;
use crate::plan::step::Manager;
use crate::plan::step::Part;
use crate::plan::survey::Survey;
use act::Setting;
use script::tests::{FIRST, script};

/// A host with Docker, and a script that was read.
struct Case {
    config: Config,
    facts: Facts,
    survey: Survey,
    overlay: Option<&'static str>,
}

fn config(more: &[(&str, &str)]) -> Config {
    let mut answers = Answers::default();
    answers.set_text("replicated.install", "true").unwrap();
    for (id, text) in more {
        answers.set_text(id, text).unwrap();
    }
    Config::from_answers(&answers).unwrap()
}

fn found(arguments: &[&str], more: &str) -> FoundScript {
    FoundScript {
        sha256: "ab".repeat(32),
        read: Script::parse(script(arguments, more).as_bytes()),
        syntax: None,
    }
}

impl Case {
    fn new(more: &[(&str, &str)]) -> Self {
        let mut facts = facts::collect(&Scripted::new());
        let docker = &mut facts.docker;
        docker.installed = Fact::known(true, "a test");
        docker.running = Fact::known(true, "a test");
        docker.version = Fact::known("24.0.2".into(), "a test");
        facts.services.init = Fact::known("systemd".into(), "a test");
        let programs = ["bash", "setsid"].map(|name| (name.into(), format!("/bin/{name}")));
        Self {
            config: config(more),
            facts,
            survey: Survey {
                programs: programs.into(),
                replicated: ReplicatedSurvey {
                    script: Some(Ok(found(FIRST, ""))),
                    dockerd: true,
                    ..ReplicatedSurvey::default()
                },
                ..Survey::default()
            },
            overlay: Some("wireguard"),
        }
    }

    fn plan(&self) -> Result<Planned, Vec<Refusal>> {
        let candidates = Candidates::default();
        plan(&Site {
            inputs: &Inputs {
                config: &self.config,
                others: &Others::default(),
                facts: &self.facts,
                survey: &self.survey,
                choice: &Choice {
                    target: "native".into(),
                    scheduler: "native".into(),
                    overlay: self.overlay.map(str::to_owned),
                    userspace: false,
                },
                decision: &Decision::default(),
                interfaces: &candidates,
                underlay: &candidates,
                sources: &Sources::default(),
                cwd: "/root",
            },
            name: "alpha",
            interface: "wg0",
            address: [10, 90, 0, 1].into(),
            mtu: None,
        })
    }

    #[track_caller]
    fn planned(&self) -> Planned {
        self.plan()
            .unwrap_or_else(|refusals| panic!("{refusals:#?}"))
    }

    #[track_caller]
    fn refused(&self, id: &str, text: &str) {
        let refusals = self.plan().unwrap_err();
        let all: Vec<_> = refusals.iter().map(|r| (r.id.as_str(), &r.text)).collect();
        assert!(
            all.iter().any(|(i, t)| *i == id && t.contains(text)),
            "{id}: {text}: {all:#?}"
        );
    }
}

fn acts(planned: &Planned) -> Vec<&Act> {
    let steps = planned.steps.iter();
    steps
        .filter_map(|step| match step {
            Step::Replicated(act) => Some(act),
            _ => None,
        })
        .collect()
}

fn run_of(planned: &Planned) -> &Run {
    let Some(Act::Run(run)) = acts(planned).last().copied() else {
        panic!("{:#?}", planned.steps)
    };
    run
}

fn keys_of(planned: &Planned) -> &BTreeMap<String, Setting> {
    let found = acts(planned).into_iter().find_map(|act| match act {
        Act::Conf { keys } => Some(keys),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_first_host_gets_the_script_its_boot_order_and_a_run_that_is_looked_at() {
    let planned = Case::new(&[]).planned();
    let titles: Vec<_> = planned.steps.iter().map(Step::title).collect();
    assert_eq!(titles.len(), 5, "{titles:#?}");
    assert!(titles[0].starts_with("Keep https://get.replicated.com/docker as /etc/groundcrew/"));
    assert!(titles[4].contains("private-address=10.90.0.1 no-public-address no-proxy no-docker"));
    let run = run_of(&planned);
    assert_eq!((run.dir.as_str(), run.within), ("/", 3600));
    assert_eq!(run.join, None);
    assert_eq!(
        run.wanted.services,
        ["replicated", "replicated-ui", "replicated-operator"]
    );
    assert_eq!(run.wanted.ports[..2], [8800, 9874]);
    // The step stays for good, and says so.
    assert!(
        planned.steps[4]
            .stays()
            .unwrap()
            .contains("cannot be undone")
    );
    assert_eq!(planned.steps[0].stays(), None);
    let Step::WriteFile { path, content, .. } = &planned.steps[1] else {
        panic!("{titles:#?}")
    };
    assert_eq!(
        path,
        "/etc/systemd/system/replicated.service.d/groundcrew-overlay.conf"
    );
    let Part::Text(text) = &content[0] else {
        panic!()
    };
    assert!(text.contains("\nAfter=wg-quick@wg0.service\nWants=wg-quick@wg0.service\n"));
    let notes = planned.notes.join("\n");
    assert!(notes.contains("installs Replicated 2.56.11"), "{notes}");
    assert!(notes.contains("choice is final"), "{notes}");
    assert!(notes.contains("docker rm -f replicated"), "{notes}");
}

#[test]
fn no_drop_in_without_an_overlay_of_ours_or_without_systemd() {
    let mut case = Case::new(&[]);
    case.overlay = None;
    assert_eq!(case.planned().steps.len(), 2);
    let mut case = Case::new(&[]);
    case.facts.services.init = Fact::known("upstart".into(), "a test");
    assert_eq!(case.planned().steps.len(), 2);
    case.overlay = Some("zerotier");
    let notes = case.planned().notes.join("\n");
    assert!(
        notes.contains("zerotier-one starts before Docker"),
        "{notes}"
    );
}

#[test]
fn what_the_arguments_leave_out_is_not_waited_for() {
    let more = [(
        "replicated.args",
        "[no-operator, ui-bind-port=8899, disable_replicated_ui]",
    )];
    let planned = Case::new(&more).planned();
    assert_eq!(run_of(&planned).wanted.services, ["replicated"]);
    assert_eq!(run_of(&planned).wanted.ports, PORTS.collect::<Vec<_>>());
    let more = [("replicated.args", "[ui_bind_port=8899]")];
    let mut case = Case::new(&more);
    case.survey.replicated.script = Some(Ok(found(FIRST, "")));
    assert_eq!(run_of(&case.planned()).wanted.ports[0], 8899);
}

#[test]
fn a_script_that_cannot_be_run_is_refused_with_the_reason() {
    let mut case = Case::new(&[]);
    case.survey.replicated.script = Some(Err("it cannot be fetched: 404".into()));
    case.refused("replicated.script.url", "404");
    case.survey.replicated.script = Some(Ok(FoundScript {
        sha256: "00".into(),
        read: Err(script::Unfit::Says("Swarm is no longer supported".into())),
        syntax: None,
    }));
    case.refused("replicated.script.url", "only says: Swarm");
    case.survey.replicated.script = Some(Ok(found(&["swarm-advertise-addr=", "airgap"], "")));
    case.refused("replicated.script.url", "the script for Docker Swarm");
    case.survey.replicated.script = Some(Ok(FoundScript {
        syntax: Some("line 7: unexpected end of file".into()),
        ..found(FIRST, "")
    }));
    case.refused("replicated.script.url", "line 7");
    let pinned = "cd".repeat(32);
    Case::new(&[("replicated.script.sha256", &pinned)]).refused("replicated.script.sha256", "abab");
    Case::new(&[("replicated.script.url", "http://mirror/docker")])
        .refused("replicated.script.url", "is not encrypted");
    let secret = [("replicated.script.url", "https://joe:canary@mirror/docker")];
    let case = Case::new(&secret);
    case.refused("replicated.script.url", "holds a user or a password");
    assert!(!format!("{:?}", case.plan()).contains("canary"));
    assert!(!has_userinfo("https://get.replicated.com/docker/a@b?x=c@d"));
    Case::new(&[("airgap", "true")]).refused("replicated.script.url", "would be downloaded");
    Case::new(&[("replicated.args", "[no-such]")]).refused("replicated.args", "does not know");
    let mut bare = Case::new(&[]);
    bare.survey.programs.remove("setsid");
    bare.refused("replicated.install", "setsid");
}

#[test]
fn an_airgap_package_has_to_be_whole_and_runs_in_its_folder() {
    let more = [("replicated.script.airgap-dir", "/media/replicated")];
    let mut case = Case::new(&more);
    case.survey.replicated.airgap = vec!["install.sh".into(), "replicated.tar".into()];
    case.refused("replicated.script.airgap-dir", "replicated-operator.tar");
    case.survey.replicated.airgap = FIRST_IMAGES
        .iter()
        .chain([&OPERATOR_IMAGE, &OPERATOR_SCRIPT, &FIRST_SCRIPT])
        .map(|name| (*name).to_owned())
        .collect();
    let planned = case.planned();
    let run = run_of(&planned);
    assert_eq!(run.dir, "/media/replicated");
    assert!(run.arguments.contains(&"airgap".to_owned()));
    assert!(run.arguments.contains(&"no-proxy".to_owned()));
    assert!(
        planned.steps[0]
            .title()
            .contains("/media/replicated/install.sh")
    );
    case.facts.docker.installed = Fact::known(false, "a test");
    case.refused("replicated.script.airgap-dir", "does not bring it");
}

#[test]
fn a_further_host_joins_with_a_token_that_no_argument_shows() {
    let script = &[
        "daemon-endpoint=",
        "daemon-token=",
        "private-address=",
        "no-docker",
    ];
    let more = [
        ("role", "join"),
        ("replicated.daemon-endpoint", "10.90.0.1:9879"),
        ("replicated.daemon-token", "{file: /root/token}"),
    ];
    let mut case = Case::new(&more);
    case.survey.replicated.script = Some(Ok(found(script, "")));
    case.survey.replicated.sysconfig = true;
    let planned = case.planned();
    assert!(
        planned.steps[0]
            .title()
            .contains("get.replicated.com/operator")
    );
    let run = run_of(&planned);
    assert!(
        run.arguments
            .contains(&"daemon-endpoint=10.90.0.1:9879".to_owned())
    );
    assert!(!run.arguments.iter().any(|one| one.contains("token")));
    assert_eq!(
        run.join,
        Some(act::Join {
            path: "/etc/sysconfig/replicated-operator".into(),
            token: crate::plan::zerotier::Token::File("/root/token".into()),
        })
    );
    assert_eq!(run.wanted.services, ["replicated-operator"]);
    assert!(run.wanted.ports.is_empty());
    let shell = planned.steps.last().map(|step| match step {
        Step::Replicated(act) => act.commands().join("\n"),
        _ => String::new(),
    });
    assert!(shell.unwrap().contains("cat /root/token"));

    let mut lost = Case::new(&[("role", "join")]);
    lost.survey.replicated.script = Some(Ok(found(script, "")));
    lost.refused("replicated.daemon-endpoint", "ask for ever");
    lost.refused("replicated.daemon-token", "ask for ever");
    let typed = [
        ("role", "join"),
        ("replicated.daemon-token", "{prompt: true}"),
    ];
    Case::new(&typed).refused("replicated.daemon-token", "typed in");
}

#[test]
fn the_settings_are_named_and_what_they_change_is_said() {
    let more = [
        ("replicated.license-file", "/root/l.rli"),
        ("replicated.release-sequence", "42"),
        ("replicated.tls.type", "server-path"),
        ("replicated.tls.cert", "/etc/c.pem"),
        ("replicated.tls.key", "/etc/k.pem"),
        ("replicated.daemon-authentication.type", "password"),
        (
            "replicated.daemon-authentication.password",
            "{env: CONSOLE}",
        ),
    ];
    let mut case = Case::new(&more);
    let old = [
        ("LocalAddress", "10.0.0.5"),
        ("TlsBootstrapType", "server-path"),
        ("Channel", "stable"),
    ];
    let old = old.map(|(key, value)| (key.to_owned(), value.to_owned()));
    case.survey.replicated.conf = Some(Ok(old.into()));
    let planned = case.planned();
    let keys = keys_of(&planned);
    assert_eq!(keys["LocalAddress"], Setting::Text("10.90.0.1".into()));
    assert_eq!(keys["ReleaseSequence"], Setting::Number(42));
    assert!(matches!(
        keys["DaemonAuthenticationPassword"],
        Setting::Secret(_)
    ));
    assert!(!keys.contains_key("Channel"));
    let notes = planned.notes.join("\n");
    assert!(
        notes.contains("LocalAddress from 10.0.0.5 to 10.90.0.1; the others"),
        "{notes}"
    );
    assert!(notes.contains("so is the password"), "{notes}");

    case.survey.replicated.files =
        [("replicated.tls.key", "/etc/k.pem: no private key".into())].into();
    case.refused("replicated.tls.key", "no private key");
    case.survey.replicated.conf = Some(Err("no JSON object".into()));
    case.refused("replicated.install", "no JSON object");
    // Nothing to say, nothing stale: nothing is written.
    let mut quiet = Case::new(&[]);
    quiet.survey.replicated.conf = Some(Ok(BTreeMap::new()));
    assert!(
        !acts(&quiet.planned())
            .iter()
            .any(|act| matches!(act, Act::Conf { .. }))
    );
}

#[test]
fn an_old_docker_gets_its_label_where_it_may_be_started_anew() {
    let named = "ps aux | grep -q '[d]ockerd'";
    let mut case = Case::new(&[]);
    case.survey.replicated.script = Some(Ok(found(FIRST, named)));
    assert_eq!(acts(&case.planned()).len(), 2);
    case.survey.replicated.dockerd = false;
    // One that the plan itself brings does not run yet, and will have the name.
    assert_eq!(acts(&case.planned()).len(), 2);
    case.facts.docker.version = Fact::known("1.7.1".into(), "a test");
    case.refused("replicated.script.url", "2020-06-09");
    case.facts.os.family = Fact::known("el6".into(), "a test");
    let planned = case.planned();
    assert!(matches!(
        acts(&planned)[1],
        Act::DockerLabel {
            manager: Manager::Sysvinit,
            ..
        }
    ));
    case.facts.docker.info.running = Fact::known(3, "a test");
    case.config.needs.docker_restart = false;
    case.refused("needs.docker-restart", "3 containers may run");
    case.facts.docker.info.running = Fact::absent("a test", "a test");
    case.refused("needs.docker-restart", "some containers may run");
    case.config.needs.docker_restart = true;
    assert_eq!(acts(&case.planned()).len(), 3);
    // A script from before looks for nothing.
    case.survey.replicated.script = Some(Ok(found(FIRST, "")));
    assert_eq!(acts(&case.planned()).len(), 2);
    case.facts.docker.running = Fact::known(false, "a test");
    case.refused("replicated.install", "does not run");
}

#[test]
fn an_installation_is_not_moved_to_another_address() {
    let mut case = Case::new(&[]);
    case.survey.replicated.installed =
        [("/etc/default/replicated".to_owned(), "10.0.0.5".to_owned())].into();
    case.refused("interface.name", "installed here with 10.0.0.5");
    case.survey.replicated.installed =
        [("/etc/default/replicated".to_owned(), "10.90.0.1".to_owned())].into();
    case.planned();
}

#[test]
fn a_proxy_of_the_hosts_or_of_the_settings_is_used() {
    let mut case = Case::new(&[]);
    let proxies = [
        ("https_proxy", "http://proxy:3128"),
        ("no_proxy", "localhost"),
    ];
    let proxies = proxies.map(|(name, value)| (name.to_owned(), value.to_owned()));
    case.facts.resolver.proxies = Fact::known(proxies.into(), "a test");
    let planned = case.planned();
    let said = &run_of(&planned).arguments;
    assert!(
        said.contains(&"http-proxy=http://proxy:3128".to_owned()),
        "{said:?}"
    );
    case.survey.replicated.script = Some(Ok(found(FIRST, "cat /etc/replicated.conf")));
    case.survey.replicated.conf = Some(Ok([(
        "HttpProxy".to_owned(),
        "http://[redacted]@p:1".to_owned(),
    )]
    .into()));
    let planned = case.planned();
    let said = &run_of(&planned).arguments;
    assert!(!said.iter().any(|one| one.contains("proxy")), "{said:?}");
}
