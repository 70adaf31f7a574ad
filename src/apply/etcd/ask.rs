//! One request to etcd: over plain HTTP by groundcrew itself, with TLS (and to
//! hosts by name) through curl, since this program holds no TLS of its own.

use std::net::SocketAddrV4;
use std::time::Duration;

use serde_json::Value;

use crate::apply::error::StepError;
use crate::host::http::{Request, Response, parse_response, printable};
use crate::host::{Command, CommandError, Host};
use crate::plan::overlay::flannel::client::{Client, Tls, plain};

/// How long an answer is waited for. etcd itself gives a request up after seven
/// seconds at most with its default timings (5 s + 2 election time-outs).
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn failed(etcd: &Client, why: impl std::fmt::Display) -> StepError {
    StepError::Told(format!("etcd at {etcd}: {why}"))
}

/// Asks the first of the URLs that answers at all.
pub(super) fn ask(
    host: &dyn Host,
    etcd: &Client,
    method: &str,
    path: &str,
    body: (&str, &[u8]),
) -> Result<Response, StepError> {
    ask_within(host, etcd, TIMEOUT, (method, path), body)
}

/// The same, with another time for an answer.
pub(super) fn ask_within(
    host: &dyn Host,
    etcd: &Client,
    limit: Duration,
    (method, path): (&str, &str),
    (kind, body): (&str, &[u8]),
) -> Result<Response, StepError> {
    let mut why = "it has no address".to_owned();
    for url in etcd.urls() {
        let answer = match plain(&url) {
            Some(address) => by_socket(host, (address, limit), method, path, (kind, body)),
            None => {
                let tls = (etcd.tls(), limit);
                by_curl(host, &url, tls, method, path, (kind, body))
            }
        };
        match answer {
            Ok(response) => return Ok(response),
            Err(error) => why = error,
        }
    }
    Err(failed(etcd, why))
}

fn by_socket(
    host: &dyn Host,
    (address, limit): (SocketAddrV4, Duration),
    method: &str,
    path: &str,
    (kind, body): (&str, &[u8]),
) -> Result<Response, String> {
    let name = address.to_string();
    let request = Request {
        method,
        host: &name,
        path,
        headers: if body.is_empty() {
            &[]
        } else {
            &[("Content-Type", kind)]
        },
        body,
    };
    let bytes = host.tcp_exchange(address, &request.bytes(), limit);
    parse_response(&bytes.map_err(|error| error.to_string())?)
}

/// The body goes over standard input and never onto the command line; of the key
/// only the path does. All options are in curl 7.19, which EL6 has.
fn by_curl(
    host: &dyn Host,
    url: &str,
    (tls, limit): (Option<&Tls>, Duration),
    method: &str,
    path: &str,
    (kind, body): (&str, &[u8]),
) -> Result<Response, String> {
    // `-q` first: no .curlrc is read.
    let mut argv = vec!["curl", "-q", "--silent", "--show-error", "--noproxy", "*"];
    if let Some(tls) = tls {
        argv.extend(["--cacert", &tls.ca, "--cert", &tls.cert, "--key", &tls.key]);
    }
    let header = format!("Content-Type: {kind}");
    if !body.is_empty() {
        // No round trip to ask whether the body may come.
        argv.extend(["--header", &header, "--header", "Expect:"]);
        argv.extend(["--data-binary", "@-"]);
    }
    let (seconds, whole) = (limit.as_secs().to_string(), format!("{url}{path}"));
    argv.extend(["--max-time", &seconds, "--request", method]);
    argv.extend(["--write-out", "\\n%{http_code}", &whole]);
    let command = Command::new(argv).stdin(body).timeout(limit * 2);
    let output = host.run(&command).map_err(|error| match error {
        // `curl: (60) SSL certificate problem: ...` says it all.
        CommandError::Status { ref stderr, .. } if !stderr.trim().is_empty() => {
            printable(stderr.trim().lines().next().unwrap_or_default())
        }
        other => other.to_string(),
    })?;
    let end = output.stdout.iter().rposition(|byte| *byte == b'\n');
    let (body, status) = output.stdout.split_at(end.unwrap_or(0));
    let status = String::from_utf8_lossy(status).trim().parse();
    match status {
        Ok(status) => Ok(Response {
            status,
            headers: Vec::new(),
            body: body.to_vec(),
        }),
        Err(_) => Err("curl tells no status".into()),
    }
}

pub(super) fn json_of(etcd: &Client, response: &Response) -> Result<Value, StepError> {
    serde_json::from_slice(&response.body).map_err(|_| {
        let said = String::from_utf8_lossy(&response.body);
        failed(
            etcd,
            format!("status {}: {}", response.status, printable(said.trim())),
        )
    })
}

/// What etcd complains of.
pub(super) fn complaint(response: &Response, value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let said = [text("message"), text("error")];
    let said = said.into_iter().find(|text| !text.is_empty());
    let said = said.unwrap_or("no reason given");
    match text("cause") {
        "" => format!("{said} (status {})", response.status),
        cause => format!("{said}: {cause} (status {})", response.status),
    }
}

/// A text as the value of a form.
pub(super) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
