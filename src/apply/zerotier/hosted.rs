//! The hosted controller. It is asked through `curl`, whose configuration comes
//! over its standard input: the token is in no file of ours and on no command
//! line, and nothing is linked that speaks TLS.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use super::error::ZerotierError;
use super::files::own_node;
use crate::apply::error::StepError;
use crate::host::{Command, Host};
use crate::plan::zerotier::{CENTRAL, Token};

/// How long one call may take, in seconds.
const LIMIT: u64 = 30;

/// The token, read anew each time.
fn read(host: &dyn Host, token: &Token) -> Result<Zeroizing<String>, StepError> {
    let (name, text) = match token {
        Token::File(path) => {
            let bytes = host.read(path).map_err(|e| StepError::file(path, e))?;
            let bytes = Zeroizing::new(bytes);
            let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
            (path.clone(), text)
        }
        Token::Env(name) => {
            let value = host.env(name).unwrap_or_default();
            (format!("${name}"), Zeroizing::new(value))
        }
    };
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ZerotierError::File {
            path: name,
            why: "it holds no token: letters and digits are wanted".into(),
        }
        .into());
    }
    Ok(token)
}

/// Lets this node in, or shuts it out.
///
/// # Errors
/// When the token cannot be read, or the controller does not say yes.
pub fn set(
    host: &dyn Host,
    network: &str,
    token: &Token,
    authorized: bool,
    address: Option<Ipv4Addr>,
) -> Result<(), StepError> {
    let node = own_node(host)?;
    let token = read(host, token)?;
    let mut settings = json!({"authorized": authorized});
    if let (Some(address), Some(map)) = (address, settings.as_object_mut()) {
        map.insert("ipAssignments".into(), json!([address.to_string()]));
        map.insert("noAutoAssignIps".into(), json!(true));
    }
    // A JSON string of ASCII is a string of curl's configuration, too.
    let body = json!(json!({"config": settings}).to_string());
    let config = Zeroizing::new(format!(
        "silent\nshow-error\nfail\nmax-time = {LIMIT}\nrequest = \"POST\"\n\
         url = \"{CENTRAL}/network/{network}/member/{node}\"\n\
         header = \"Authorization: token {}\"\nheader = \"Content-Type: application/json\"\n\
         data = {body}\n",
        token.as_str()
    ));
    let command = Command::new(["curl", "--config", "-"])
        .stdin(config.as_bytes())
        .timeout(Duration::from_secs(LIMIT + 10));
    host.run(&command)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::apply::zerotier::fake::{NODE, running};
    use crate::host::{Output, Scripted};

    #[test]
    fn the_token_goes_over_standard_input_alone() {
        let sent = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&sent);
        let host = running(Scripted::new().file("/root/token", "CANARY4711\n")).on_run(
            move |_, command| {
                (command.argv[0] == "curl").then(|| {
                    *kept.lock().unwrap() = String::from_utf8(command.stdin.clone()).unwrap();
                    Ok(Output::default())
                })
            },
        );
        let token = Token::File("/root/token".into());
        let address = Some([10, 90, 0, 1].into());
        set(&host, "8056c2e21c000001", &token, true, address).unwrap();
        let text = sent.lock().unwrap().clone();
        assert!(
            text.contains("header = \"Authorization: token CANARY4711\"\n"),
            "{text}"
        );
        assert!(
            text.contains(&format!("/network/8056c2e21c000001/member/{NODE}\"\n")),
            "{text}"
        );
        let data = text
            .lines()
            .find_map(|line| line.strip_prefix("data = "))
            .unwrap();
        let data: String = serde_json::from_str(data).unwrap();
        let data: serde_json::Value = serde_json::from_str(&data).unwrap();
        assert_eq!(data["config"]["authorized"], true);
        assert_eq!(data["config"]["ipAssignments"], json!(["10.90.0.1"]));
        assert!(
            host.ran()
                .iter()
                .flatten()
                .all(|word| !word.contains("CANARY"))
        );
    }

    #[test]
    fn what_is_no_token_is_not_sent() {
        let host = running(Scripted::new().file("/root/token", "a\"\nurl = \"x"));
        for token in [
            Token::File("/root/token".into()),
            Token::File("/root/none".into()),
            Token::Env("UNSET".into()),
        ] {
            assert!(set(&host, "8056c2e21c000001", &token, true, None).is_err());
        }
        assert_eq!(host.ran(), Vec::<Vec<String>>::new());
    }
}
