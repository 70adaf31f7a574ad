//! The distribution's real Docker daemon, in a host of the lab.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::host::Host;
use super::proc::{Out, Proc};
use super::wait_until;

/// How long the daemon may take to start or stop; two seconds on an idle machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A running daemon; killed with everything it started on drop.
pub struct Dockerd<'a> {
    host: &'a Host,
    daemon: Proc,
}

impl<'a> Dockerd<'a> {
    /// Starts the daemon with its usual paths and waits for its answer.
    pub fn start(host: &'a Host) -> Self {
        Self::start_with(host, &[])
    }

    /// Starts the daemon with further options.
    pub fn start_with(host: &'a Host, options: &[&str]) -> Self {
        // Its images cannot lie on an overlay, and are no change of the host's tree.
        host.run(&["mkdir", "-p", "/var/lib/docker"]).ok();
        host.run(&["mount", "-n", "-t", "tmpfs", "tmpfs", "/var/lib/docker"])
            .ok();
        let argv = [&["dockerd", "--shutdown-timeout", "2"], options].concat();
        let mut daemon = host.spawn(&argv);
        wait_until("dockerd answers", LIMIT, || {
            assert!(!daemon.has_ended(), "dockerd ended:\n{}", daemon.stderr());
            match get(host, "/_ping") {
                Ok(answer) if answer.ends_with("\r\n\r\nOK") => Ok(()),
                Ok(other) => Err(other),
                Err(e) => Err(format!("{e}; {}", daemon.stderr())),
            }
        });
        Self { host, daemon }
    }

    /// The whole answer, with its head, to an HTTP/1.0 GET on the daemon's socket.
    pub fn get(&self, path: &str) -> String {
        get(self.host, path).unwrap_or_else(|e| panic!("GET {path}: {e}"))
    }

    /// The body of the answer, which has to be a 200.
    pub fn body(&self, path: &str) -> String {
        let answer = self.get(path);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(" 200 "), "GET {path}: {head}");
        body.to_owned()
    }

    /// Stops the daemon as a service manager does and waits for its end.
    pub fn stop(self) -> Out {
        self.daemon.signal_inner(Signal::SIGTERM);
        let out = self.daemon.wait(LIMIT);
        self.host.run(&["umount", "-n", "/var/lib/docker"]).ok();
        out
    }
}

fn get(host: &Host, path: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(host.path("/run/docker.sock"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
