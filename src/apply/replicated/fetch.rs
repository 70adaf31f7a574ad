//! Fetching the install script: through `curl` or `wget`, since nothing is linked
//! that speaks TLS, or from a file.

use std::time::Duration;

use crate::host::{Command, CommandError, Host};
use crate::plan::scheduler::replicated::act::{FETCH, From, SCRIPT_LIMIT};

/// The script's bytes.
///
/// # Errors
/// Why there are none, as a sentence.
pub fn fetch(host: &dyn Host, from: &From) -> Result<Vec<u8>, String> {
    match from {
        From::File(path) => {
            let size = host.meta(path).map_err(|e| format!("{path}: {e}"))?.size;
            if size > SCRIPT_LIMIT {
                return Err(format!(
                    "{path}: {size} bytes are more than a script has ({SCRIPT_LIMIT} at most)"
                ));
            }
            host.read(path).map_err(|e| format!("{path}: {e}"))
        }
        From::Url { url, proxies } => {
            let mut commands = Vec::new();
            if host.program("curl").is_some() {
                commands.push(curl(url, true));
                commands.push(curl(url, false));
            } else if host.program("wget").is_some() {
                commands.push(wget(url));
            } else {
                return Err(format!(
                    "{url} cannot be fetched: neither curl nor wget is here; install one"
                ));
            }
            let mut told = String::new();
            for command in commands {
                let command = proxies
                    .iter()
                    .fold(command, |command, (name, value)| command.env(name, value));
                match host.run(&command) {
                    Ok(output) if output.stdout.len() as u64 > SCRIPT_LIMIT => {
                        return Err(format!("{url}: more than {SCRIPT_LIMIT} bytes"));
                    }
                    Ok(output) => return Ok(output.stdout),
                    Err(error) => {
                        told = format!("{url} cannot be fetched: {error}{}", meaning(&error));
                        // curl(1): 2 is "failed to initialize", which an option that it
                        // does not know is: EL6's 7.19.7 has no --proto.
                        if error.code() != Some(2) {
                            break;
                        }
                    }
                }
            }
            Err(told)
        }
    }
}

fn curl(url: &str, redirects: bool) -> Command {
    let mut argv = vec!["curl".to_owned(), "-fsS".into()];
    if redirects {
        let more = ["-L", "--max-redirs", "5", "--proto", "=http,https"];
        argv.extend(more.map(str::to_owned));
        argv.extend(["--proto-redir", "=https"].map(str::to_owned));
    }
    argv.extend([
        "--max-time".into(),
        FETCH.to_string(),
        "--max-filesize".into(),
        SCRIPT_LIMIT.to_string(),
        "--".into(),
        url.into(),
    ]);
    Command::new(argv).timeout(Duration::from_secs(FETCH + 5))
}

fn wget(url: &str) -> Command {
    let time = format!("--timeout={FETCH}");
    let argv = ["wget", "-q", "-O", "-", "--tries=1", &time, "--", url];
    Command::new(argv).timeout(Duration::from_secs(FETCH + 5))
}

/// What the status of curl means here, where it says more than the text.
fn meaning(error: &CommandError) -> &'static str {
    let CommandError::Status { command, .. } = error else {
        return "";
    };
    match (command.starts_with("curl"), error.code()) {
        (true, Some(22)) | (false, Some(8)) => {
            "; the server has no such script (those for Swarm and Kubernetes are not served since \
             2023)"
        }
        (true, Some(6 | 7)) | (false, Some(4)) => "; is there a way outside, and a proxy for it?",
        (true, Some(35 | 51 | 58 | 60 | 77)) | (false, Some(5)) => {
            "; the encryption failed: an old curl may lack TLS 1.2 or today's authorities, and the \
             clock may be wrong"
        }
        (true, Some(63)) => "; it is larger than any script",
        _ => "",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn url() -> From {
        From::Url {
            url: "https://get.replicated.com/docker".into(),
            proxies: [("https_proxy".to_owned(), "http://proxy:3128".to_owned())].into(),
        }
    }

    #[test]
    fn an_old_curl_is_asked_again_without_what_it_does_not_know() {
        let host = Scripted::new()
            .executable("/usr/bin/curl")
            .on_run(|_, command| {
                assert!(command.env.iter().any(|(name, _)| name == "https_proxy"));
                let new = command.argv.iter().any(|word| word == "--proto");
                Some(if new {
                    Err(crate::host::scripted::ended_with(
                        command,
                        2,
                        "curl: option --proto: is unknown",
                    ))
                } else {
                    Ok(crate::host::Output {
                        stdout: b"#!/bin/bash\n".to_vec(),
                        stderr: Vec::new(),
                    })
                })
            });
        assert_eq!(fetch(&host, &url()).unwrap(), b"#!/bin/bash\n");
        assert_eq!(host.ran().len(), 2);
    }

    #[test]
    fn what_went_wrong_is_told_with_what_it_means() {
        let failing = |code| {
            Scripted::new()
                .executable("/usr/bin/curl")
                .on_run(move |_, command| {
                    Some(Err(crate::host::scripted::ended_with(
                        command,
                        code,
                        "curl: (x)",
                    )))
                })
        };
        for (code, told) in [
            (22, "no such script"),
            (7, "a way outside"),
            (35, "the encryption failed"),
            (28, "curl: (x)"),
        ] {
            let error = fetch(&failing(code), &url()).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        let none = fetch(&Scripted::new(), &url()).unwrap_err();
        assert!(none.contains("neither curl nor wget"), "{none}");
        let gone = fetch(&Scripted::new(), &From::File("/media/x".into())).unwrap_err();
        assert!(gone.starts_with("/media/x: "), "{gone}");
    }
}
