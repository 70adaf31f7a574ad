//! The arguments that the install script is called with: exactly those that keep
//! it from asking, as far as this script takes them, and the operator's own.

use std::net::Ipv4Addr;

use super::script::{Kind, Script, shown};
use crate::answers::Endpoint;

/// What the arguments have to say.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// This host's private address.
    pub address: Ipv4Addr,
    /// The address that users reach, if there is one.
    pub public: Option<Ipv4Addr>,
    /// The proxy that leads outside, if one does.
    pub proxy: Option<&'a str>,
    /// What is reached without it, with commas between.
    pub no_proxy: Option<&'a str>,
    /// Whether /etc/replicated.conf names a proxy, which the script then takes.
    pub conf_proxy: bool,
    /// Whether Docker is here already.
    pub docker: bool,
    /// Whether the images come out of files.
    pub airgap: bool,
    /// Where the first host's daemon is, for a host that joins.
    pub daemon: Option<&'a Endpoint>,
    /// The operator's own arguments.
    pub more: &'a [String],
}

/// Arguments that would show a secret to everybody who lists processes, and what
/// to do instead.
const SECRET: [(&str, &str); 2] = [
    (
        "daemon-token",
        "say replicated.daemon-token: {file: PATH}; groundcrew hands it over in a file",
    ),
    (
        "artifactory-auth",
        "log Docker in to the registry beforehand (`docker login`)",
    ),
];

/// Arguments that groundcrew says itself, and which answer they come from.
const OURS: [(&str, &str); 4] = [
    ("private-address", "the chosen interface (interface.name)"),
    ("public-address", "replicated.public-address"),
    ("daemon-endpoint", "replicated.daemon-endpoint"),
    ("airgap", "replicated.script.airgap-dir"),
];

/// The arguments.
///
/// # Errors
/// Everything that is wrong with the operator's own, or with the script for this
/// host, as sentences.
pub fn arguments(script: &Script, wanted: &Wanted<'_>) -> Result<Vec<String>, Vec<String>> {
    let mut wrong = Vec::new();
    let mut all = Vec::new();
    let own = |name: &str| {
        let mut names = wanted.more.iter().map(|argument| name_of(argument));
        names.any(|one| same(script, one, name))
    };
    // An own argument of the operator's is said once, by him.
    let mut say = |name: &str, value: Option<String>| {
        let takes = script.parameter(name).filter(|_| !own(name));
        if let Some(parameter) = takes {
            let name = parameter.names.iter().find(|one| *one == name);
            let name = name.map_or_else(|| parameter.name(), |one| one.as_str());
            all.push(match value {
                Some(value) => format!("{name}={value}"),
                None => name.to_owned(),
            });
        }
        takes.is_some()
    };
    let address = wanted.address.to_string();
    if !(say("private-address", Some(address.clone())) || say("local-address", Some(address))) {
        wrong.push(
            "this script takes no private-address: it would ask which interface it is to use"
                .to_owned(),
        );
    }
    match wanted.public {
        Some(address) => {
            if !say("public-address", Some(address.to_string())) {
                wrong.push("this script takes no public-address".into());
            }
        }
        None => {
            say("no-public-address", None);
        }
    }
    if let Some(daemon) = wanted.daemon {
        say("daemon-endpoint", Some(daemon.to_string()));
    }
    if !own("no-proxy") && !own("http-proxy") && !wanted.conf_proxy {
        match wanted.proxy.filter(|_| !wanted.airgap) {
            Some(proxy) => {
                say("http-proxy", Some(proxy.to_owned()));
                if let Some(list) = wanted.no_proxy {
                    let hosts = list.split(',').map(str::trim);
                    // Ranges are not understood (Replicated's page on proxies).
                    let plain: Vec<_> = hosts
                        .filter(|h| !h.is_empty() && !h.contains('/'))
                        .collect();
                    if !plain.is_empty() {
                        say("additional-no-proxy", Some(plain.join(",")));
                    }
                }
            }
            None => {
                say("no-proxy", None);
            }
        }
    }
    if wanted.airgap && !say("airgap", None) {
        wrong.push("this script takes no airgap: it would look for the images outside".into());
    }
    if wanted.docker || wanted.airgap {
        say("no-docker", None);
    }
    if !own("prompt-on-preflight-warnings") {
        say("skip-preflights", None);
    }
    if !own("hard-fail-on-firewalld") {
        say("bypass-firewalld-warning", None);
    }
    // A question that came through all the same takes its default after a second.
    if !own("no-auto") {
        say("fast-timeouts", None);
    }
    for (nth, argument) in wanted.more.iter().enumerate() {
        match own_argument(script, argument, nth, wanted) {
            Ok(()) => all.push(argument.clone()),
            Err(text) => wrong.push(text),
        }
    }
    if wrong.is_empty() {
        Ok(all)
    } else {
        Err(wrong)
    }
}

/// Whether two spellings are one argument.
fn same(script: &Script, one: &str, other: &str) -> bool {
    match (script.parameter(one), script.parameter(other)) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        _ => one.replace('_', "-") == other.replace('_', "-"),
    }
}

fn name_of(argument: &str) -> &str {
    argument.split('=').next().unwrap_or(argument)
}

/// Checks an argument of the operator's own.
fn own_argument(
    script: &Script,
    argument: &str,
    nth: usize,
    wanted: &Wanted<'_>,
) -> Result<(), String> {
    let (name, value) = match argument.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (argument, None),
    };
    let word = shown(name);
    for (secret, instead) in SECRET {
        if same(script, name, secret) {
            return Err(format!(
                "{secret} would be seen by everybody who lists this host's processes: {instead}"
            ));
        }
    }
    for (ours, answer) in OURS {
        if same(script, name, ours) {
            return Err(format!("{ours} is said by groundcrew, from {answer}"));
        }
    }
    if argument.contains(char::is_whitespace) {
        return Err(format!(
            "`{word}…` has a space in it: one argument is one item, and the script takes its values \
             apart at spaces"
        ));
    }
    let Some(parameter) = script.parameter(name) else {
        let bare = name.trim_start_matches('-');
        if bare != name && script.takes(bare) {
            return Err(format!(
                "`{word}`: the script's arguments have no dashes before them: {bare}"
            ));
        }
        let before = nth.checked_sub(1).and_then(|nth| wanted.more.get(nth));
        if let Some(before) = before
            && script.parameter(before).is_some_and(|one| one.value)
        {
            return Err(format!(
                "`{before} {word}`: a value stands behind `=`, in one item: {before}={word}"
            ));
        }
        let names: Vec<_> = script.parameters.iter().map(|one| one.name()).collect();
        return Err(format!(
            "this script does not know `{word}`, and would stop; it knows: {}",
            names.join(", ")
        ));
    };
    match value {
        None | Some("") if parameter.value => {
            // What follows tells better what is wrong.
            let next = wanted.more.get(nth + 1).map(|next| name_of(next));
            let stray = value.is_none() && next.is_some_and(|next| !script.takes(next));
            if stray {
                return Ok(());
            }
            Err(format!("{name} needs a value: {name}=VALUE"))
        }
        Some(_) if !parameter.value => Err(format!("{name} takes no value: leave `=…` out")),
        Some(value) if name.contains("proxy") && value.contains('@') => Err(format!(
            "{name} holds a user and a password, which everybody who lists this host's processes \
             would see: write it into /etc/replicated.conf as HttpProxy, and leave the argument out"
        )),
        _ => Ok(()),
    }
}

/// Whether the script is the one for this host, or why not.
///
/// # Errors
/// What it is instead, and where the right one is.
pub fn fits(kind: Kind, joins: bool) -> Result<(), String> {
    match (kind, joins) {
        (Kind::Docker, false) | (Kind::Operator, true) => Ok(()),
        (found, false) => Err(format!(
            "this host is the first one, and this is {found}: wanted is the one of \
             https://get.replicated.com/docker (install.sh of an airgap package)"
        )),
        (found, true) => Err(format!(
            "this host joins, and this is {found}: wanted is the one of \
             https://get.replicated.com/operator (operator_install.sh of an airgap package)"
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::script::tests::{FIRST, script};
    use super::*;

    fn parsed(arguments: &[&str]) -> Script {
        Script::parse(script(arguments, "").as_bytes()).unwrap()
    }

    fn wanted<'a>(more: &'a [String]) -> Wanted<'a> {
        Wanted {
            address: [10, 90, 0, 1].into(),
            public: None,
            proxy: None,
            no_proxy: None,
            conf_proxy: false,
            docker: true,
            airgap: false,
            daemon: None,
            more,
        }
    }

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn exactly_what_the_script_takes_is_passed() {
        let script = parsed(FIRST);
        assert_eq!(
            arguments(&script, &wanted(&[])).unwrap(),
            [
                "private-address=10.90.0.1",
                "no-public-address",
                "no-proxy",
                "no-docker",
                "skip-preflights",
                "bypass-firewalld-warning",
                "fast-timeouts"
            ]
        );
        // An early one, which takes less.
        let early = parsed(&["local-address=", "no-operator", "no-proxy", "no-docker"]);
        assert_eq!(
            arguments(&early, &wanted(&[])).unwrap(),
            ["local-address=10.90.0.1", "no-proxy", "no-docker"]
        );
        let more = list(&["tags=db,web", "no_proxy"]);
        let full = Wanted {
            public: Some([203, 0, 113, 9].into()),
            proxy: Some("http://proxy:3128"),
            airgap: true,
            ..wanted(&more)
        };
        assert_eq!(
            arguments(&script, &full).unwrap(),
            [
                "private-address=10.90.0.1",
                "public-address=203.0.113.9",
                "airgap",
                "no-docker",
                "skip-preflights",
                "bypass-firewalld-warning",
                "fast-timeouts",
                "tags=db,web",
                "no_proxy"
            ]
        );
    }

    #[test]
    fn a_proxy_is_passed_with_what_is_reached_without_it() {
        let script = parsed(FIRST);
        let through = Wanted {
            proxy: Some("http://proxy:3128"),
            no_proxy: Some("localhost, .example.com,10.0.0.0/8"),
            docker: false,
            ..wanted(&[])
        };
        let found = arguments(&script, &through).unwrap();
        assert_eq!(
            found[2..4],
            [
                "http-proxy=http://proxy:3128",
                "additional-no-proxy=localhost,.example.com"
            ]
        );
        assert!(!found.contains(&"no-docker".to_owned()));
    }

    #[test]
    fn what_the_script_would_stumble_over_is_refused_with_its_own_list() {
        let script = parsed(FIRST);
        for (more, told) in [
            (
                &["no-ce-on-ee"][..],
                "does not know `no-ce-on-ee`, and would stop; it knows: http-proxy, private-address",
            ),
            (&["--no-auto"], "no dashes before them: no-auto"),
            (
                &["tags", "db"],
                "`tags db`: a value stands behind `=`, in one item: tags=db",
            ),
            (&["tags"], "tags needs a value"),
            (&["tags="], "tags needs a value"),
            (&["tags=a b"], "has a space in it"),
            (&["no-auto=1"], "takes no value"),
            (
                &["private_address=10.0.0.9"],
                "private-address is said by groundcrew",
            ),
            (&["daemon_token=canary"], "lists this host's processes"),
            (&["http-proxy=http://u:canary@p:1"], "HttpProxy"),
        ] {
            let more = list(more);
            let told_all = arguments(&script, &wanted(&more)).unwrap_err().join("\n");
            assert!(told_all.contains(told), "{told}: {told_all}");
            assert!(!told_all.contains("canary"), "{told_all}");
        }
        let bare = parsed(&["no-operator", "ui-bind-port="]);
        let told = arguments(&bare, &wanted(&[])).unwrap_err().join("\n");
        assert!(told.contains("takes no private-address"), "{told}");
    }

    #[test]
    fn the_script_has_to_be_the_one_for_this_host() {
        assert!(fits(Kind::Docker, false).is_ok() && fits(Kind::Operator, true).is_ok());
        let told = fits(Kind::SwarmInit, false).unwrap_err();
        assert!(
            told.contains("for Docker Swarm") && told.contains("/docker"),
            "{told}"
        );
        assert!(fits(Kind::Docker, true).unwrap_err().contains("/operator"));
    }
}
