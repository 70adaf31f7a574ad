//! ZeroTier's API on the loopback: the service and the controller in it.
//!
//! The token is read from its file with every client, goes into one header, and
//! is never shown: not in an error, not in a log, not on a command line.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::error::ZerotierError;
use crate::host::Host;
use crate::host::http::{Request, parse_response, printable};
use crate::plan::zerotier::{HOME, PORT};

/// How long one call may take. The service answers within milliseconds; only a
/// call without a length is never answered.
const CALL: Duration = Duration::from_secs(10);

/// What the service says of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Address of the node, ten hexadecimal digits.
    pub address: String,
    /// Whether it has heard a root.
    #[serde(default)]
    pub online: bool,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// Timestamp of the planet that it uses.
    #[serde(default)]
    pub planet_world_timestamp: u64,
    /// Its settings.
    #[serde(default)]
    pub config: Value,
}

/// A network that was joined.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// Its id.
    pub nwid: String,
    /// Its state.
    #[serde(default)]
    pub status: State,
    /// Addresses with their prefix lengths.
    #[serde(default)]
    pub assigned_addresses: Vec<String>,
    /// Its interface.
    #[serde(default)]
    pub port_device_name: String,
    /// MTU in bytes.
    #[serde(default)]
    pub mtu: u32,
}

/// State of a network that was joined.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(from = "String")]
pub enum State {
    /// The controller has not answered yet, and never does where it is not
    /// reached.
    #[default]
    Requesting,
    /// The controller does not let this node in.
    Denied,
    /// The controller has no such network.
    NotFound,
    /// It is in use.
    Ok,
    /// There is no interface for it.
    PortError,
    /// Another word.
    Other(String),
}

impl From<String> for State {
    fn from(word: String) -> Self {
        match word.as_str() {
            "REQUESTING_CONFIGURATION" => Self::Requesting,
            "ACCESS_DENIED" => Self::Denied,
            "NOT_FOUND" => Self::NotFound,
            "OK" => Self::Ok,
            "PORT_ERROR" => Self::PortError,
            _ => Self::Other(word),
        }
    }
}

/// A member as the controller knows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberState {
    /// Whether it is let in.
    #[serde(default)]
    pub authorized: bool,
    /// Its addresses.
    #[serde(default)]
    pub ip_assignments: Vec<String>,
    /// Major version of ZeroTier that it runs; -1 as long as it has never asked.
    #[serde(default)]
    v_major: Option<i64>,
}

impl MemberState {
    /// Whether it was let in beforehand and has not asked for the network since.
    pub fn never_asked(&self) -> bool {
        self.v_major == Some(-1)
    }
}

/// A client.
pub struct Api<'a> {
    host: &'a dyn Host,
    port: u16,
    token: Zeroizing<String>,
}

/// The TCP port of the API: what the service has written down, or else the usual
/// one.
pub fn port(host: &dyn Host) -> u16 {
    let told = host.read(&format!("{HOME}/zerotier-one.port")).ok();
    told.and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse().ok())
        .unwrap_or(PORT)
}

impl<'a> Api<'a> {
    /// A client of the service on this host.
    ///
    /// # Errors
    /// When there is no token, which the service makes with its first start.
    pub fn open(host: &'a dyn Host) -> Result<Self, ZerotierError> {
        let path = format!("{HOME}/authtoken.secret");
        let bytes = host.read(&path).map(Zeroizing::new);
        let bytes = bytes.map_err(|error| ZerotierError::NoFile {
            path: path.clone(),
            why: error.to_string(),
        })?;
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let token = Zeroizing::new(text.trim().to_owned());
        // What is not a token must not end a header early either.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ZerotierError::File {
                path,
                why: "it holds no token".into(),
            });
        }
        Ok(Self {
            host,
            port: port(host),
            token,
        })
    }

    /// One call; `None` for an empty body.
    fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Option<Value>), ZerotierError> {
        let call = || format!("{method} {path}");
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = Request {
            method,
            host: &format!("127.0.0.1:{}", self.port),
            path,
            headers: &[("X-ZT1-Auth", &self.token)],
            body: body.as_bytes(),
        };
        let bytes = Zeroizing::new(request.bytes());
        let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port);
        let answer = self.host.tcp_exchange(to, &bytes, CALL);
        let answer = answer.map_err(|error| ZerotierError::Down {
            port: self.port,
            why: error.to_string(),
        })?;
        let answer = parse_response(&answer)
            .map_err(|why| ZerotierError::NotUnderstood { call: call(), why })?;
        if answer.status == 401 {
            return Err(ZerotierError::Token);
        }
        if answer.body.iter().all(u8::is_ascii_whitespace) {
            return Ok((answer.status, None));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(value) => Ok((answer.status, Some(value))),
            Err(error) if answer.status == 200 => Err(ZerotierError::NotUnderstood {
                call: call(),
                why: format!(
                    "the answer is no JSON ({error}): {}",
                    printable(&String::from_utf8_lossy(&answer.body))
                ),
            }),
            Err(_) => Ok((answer.status, None)),
        }
    }

    /// One call that has to succeed; `None` where the thing is not there.
    fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Option<Value>, ZerotierError> {
        let (status, value) = self.exchange(method, path, body)?;
        // A bad body brings `{"error": 500, "description": "…"}`, whatever the
        // status of the answer is.
        let told = value.as_ref().and_then(|value| value.get("description"));
        let failed = value
            .as_ref()
            .is_some_and(|value| value.get("error").is_some());
        match status {
            200 if !failed => Ok(value),
            404 => Ok(None),
            _ => Err(ZerotierError::Answer {
                call: format!("{method} {path}"),
                status,
                text: printable(told.and_then(Value::as_str).unwrap_or_default()),
            }),
        }
    }

    fn typed<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Option<T>, ZerotierError> {
        let Some(value) = self.call(method, path, body)? else {
            return Ok(None);
        };
        let typed = serde_json::from_value(value);
        typed
            .map(Some)
            .map_err(|error| ZerotierError::NotUnderstood {
                call: format!("{method} {path}"),
                why: error.to_string(),
            })
    }

    fn there<T>(call: &str, found: Option<T>) -> Result<T, ZerotierError> {
        found.ok_or_else(|| ZerotierError::Answer {
            call: call.into(),
            status: 404,
            text: String::new(),
        })
    }

    /// The service.
    ///
    /// # Errors
    /// When it does not answer as it should; so with all calls below.
    pub fn status(&self) -> Result<Status, ZerotierError> {
        Self::there("GET /status", self.typed("GET", "/status", None)?)
    }

    /// The networks that were joined.
    pub fn joined(&self) -> Result<Vec<Joined>, ZerotierError> {
        Self::there("GET /network", self.typed("GET", "/network", None)?)
    }

    /// One of them.
    pub fn network(&self, id: &str) -> Result<Option<Joined>, ZerotierError> {
        self.typed("GET", &format!("/network/{id}"), None)
    }

    /// Joins a network.
    pub fn join(&self, id: &str) -> Result<(), ZerotierError> {
        let path = format!("/network/{id}");
        let joined = self.call("POST", &path, Some(&serde_json::json!({})))?;
        Self::there(&format!("POST {path}"), joined).map(|_| ())
    }

    /// Leaves a network. One that was not joined is no error: 1.2.4 says 404,
    /// 1.14.1 says 200.
    pub fn leave(&self, id: &str) -> Result<(), ZerotierError> {
        self.call("DELETE", &format!("/network/{id}"), None)
            .map(|_| ())
    }

    /// Whether there is a controller in the service.
    pub fn is_controller(&self) -> Result<bool, ZerotierError> {
        let found = self.call("GET", "/controller", None)?;
        let told = found.and_then(|value| value.get("controller")?.as_bool());
        Ok(told == Some(true))
    }

    /// A network of this node's controller.
    pub fn controlled(&self, id: &str) -> Result<Option<Value>, ZerotierError> {
        self.call("GET", &format!("/controller/network/{id}"), None)
    }

    /// Makes or changes a network of this node's controller.
    pub fn control(&self, id: &str, settings: &Value) -> Result<(), ZerotierError> {
        let path = format!("/controller/network/{id}");
        let made = self.call("POST", &path, Some(settings))?;
        Self::there(&format!("POST {path}"), made).map(|_| ())
    }

    /// Deletes a network of this node's controller.
    pub fn delete(&self, id: &str) -> Result<(), ZerotierError> {
        self.call("DELETE", &format!("/controller/network/{id}"), None)
            .map(|_| ())
    }

    /// The node addresses of all that have asked for a network or were let in.
    pub fn members(&self, id: &str) -> Result<Vec<String>, ZerotierError> {
        let path = format!("/controller/network/{id}/member");
        let found = self.call("GET", &path, None)?;
        let Some(Value::Object(map)) = found else {
            return Ok(Vec::new());
        };
        Ok(map.into_iter().map(|(node, _)| node).collect())
    }

    /// A member.
    pub fn member(&self, id: &str, node: &str) -> Result<Option<MemberState>, ZerotierError> {
        self.typed("GET", &member_path(id, node), None)
    }

    /// Tells the controller of a member.
    pub fn set_member(
        &self,
        id: &str,
        node: &str,
        settings: &Value,
    ) -> Result<MemberState, ZerotierError> {
        let path = member_path(id, node);
        let set = self.typed("POST", &path, Some(settings))?;
        Self::there(&format!("POST {path}"), set)
    }

    /// Lets the controller forget a member.
    pub fn forget(&self, id: &str, node: &str) -> Result<(), ZerotierError> {
        self.call("DELETE", &member_path(id, node), None)
            .map(|_| ())
    }
}

fn member_path(id: &str, node: &str) -> String {
    format!("/controller/network/{id}/member/{node}")
}
