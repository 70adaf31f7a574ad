//! A step that failed, taken apart for the one who has to decide: the command, how
//! it ended, its last words, and what that most likely means.

use crate::apply::error::hint_of;

use super::reading::Para;

/// What the words of strerror(3), and of a command that hung, most likely mean on a
/// host that is being set up.
const USUAL: &[(&str, &str, &str)] = &[
    (
        "No space left on device",
        "a file system is full, or has no inodes left",
        "see `df -h` and `df -i`, free some space, then try the step again",
    ),
    (
        "Read-only file system",
        "the file system is mounted read-only, as after an error of the disk",
        "see `dmesg` and `mount`; mount it for writing, then try the step again",
    ),
    (
        "Address already in use",
        "another process has the port",
        "`ss -tulpn` names it; stop it or take another port, then try the step again",
    ),
    (
        "Operation not supported",
        "the kernel lacks what is asked of it, or its module is for another kernel",
        "compare `uname -r` with the folders in /lib/modules; boot the newest kernel, then: \
         groundcrew resume",
    ),
    (
        "Permission denied",
        "SELinux or AppArmor forbids it, or the file is immutable",
        "see `getenforce`, `ausearch -m avc -ts recent` and `lsattr`; then try the step again",
    ),
    (
        "Operation not permitted",
        "this is a container, or a right (capability) is missing, or the file is immutable",
        "see `systemd-detect-virt` and `lsattr`; then try the step again",
    ),
    (
        "Cannot connect to the Docker daemon",
        "Docker does not run",
        "see `journalctl -u docker` or /var/log/docker; start it, then try the step again",
    ),
    (
        " and was killed",
        "it waits for something that does not come: a lock, an answer, a server",
        "see the log and `ps -ef`; then try the step again",
    ),
];

/// A failure in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The command, where one failed.
    pub command: Option<String>,
    /// How it ended.
    pub status: Option<String>,
    /// What it, or the program, said.
    pub said: Vec<String>,
    /// What it most likely means.
    pub cause: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

impl Failure {
    /// The parts of an error's text.
    pub fn of(error: &str) -> Self {
        let mut failure = Self::default();
        let mut text = error.trim();
        if let Some(hint) = hint_of(text) {
            text = text
                .trim_end_matches(hint)
                .trim_end_matches([';', ' ', ':']);
            match hint.split_once(": ") {
                Some((cause, advice)) => {
                    failure.cause = Some(cause.to_owned());
                    failure.advice = Some(advice.to_owned());
                }
                None => failure.cause = Some(hint.to_owned()),
            }
        } else if let Some((_, cause, advice)) =
            USUAL.iter().find(|(words, ..)| text.contains(words))
        {
            failure.cause = Some((*cause).to_owned());
            failure.advice = Some((*advice).to_owned());
        }
        // "WHAT: `COMMAND` ended with STATUS: WORDS", as commands fail.
        let parts = text.split_once('`').and_then(|(before, rest)| {
            let (command, after) = rest.split_once("` ")?;
            let ended = [
                "ended ",
                "did not end ",
                "was ended ",
                "could not be started",
            ];
            let fits = ended.iter().any(|words| after.starts_with(words));
            fits.then_some((before, command, after))
        });
        let Some((before, command, after)) = parts else {
            failure.said = text.lines().map(str::to_owned).collect();
            return failure;
        };
        // What it said may begin in the same line or in the next.
        let ends = after.match_indices(':').find(|(at, _)| {
            let rest = after.get(at + 1..).unwrap_or_default();
            rest.is_empty() || rest.starts_with([' ', '\n'])
        });
        let (status, words) = match ends {
            Some((at, _)) => after.split_at(at),
            None => (after, ""),
        };
        let status = status.trim_start_matches("ended with ");
        let words = words.trim_start_matches(':').trim_start();
        failure.command = Some(command.to_owned());
        failure.status = Some(status.to_owned());
        let before = before.trim().trim_end_matches(':');
        failure.said = [before]
            .into_iter()
            .chain(words.lines())
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        failure
    }

    /// The same to read.
    pub fn paras(&self) -> Vec<Para> {
        let mut out = Vec::new();
        if let Some(command) = &self.command {
            out.push(Para::new("$ ", command.clone()));
            if let Some(status) = &self.status {
                out.push(Para::new("  ", format!("-> {status}")));
            }
            out.push(Para::gap());
        }
        out.extend(self.said.iter().map(|line| Para::from(line.clone())));
        let told = [
            ("Likely cause  ", &self.cause),
            ("Try           ", &self.advice),
        ];
        if told.iter().any(|(_, text)| text.is_some()) {
            out.push(Para::gap());
        }
        for (lead, text) in told {
            out.extend(text.iter().map(|text| Para::new(lead, text.as_str())));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::error::StepError;

    #[test]
    fn a_command_that_failed_is_taken_apart() {
        let failure = Failure::of(
            "`ip link add wg0 type wireguard` ended with exit status 2: RTNETLINK answers: \
             Operation not supported\nsecond line",
        );
        assert_eq!(
            failure.command.as_deref(),
            Some("ip link add wg0 type wireguard")
        );
        assert_eq!(failure.status.as_deref(), Some("exit status 2"));
        let said = ["RTNETLINK answers: Operation not supported", "second line"];
        assert_eq!(failure.said, said);
        assert!(failure.cause.is_some() && failure.advice.is_some());
    }

    #[test]
    fn what_the_step_itself_knows_comes_first() {
        let error = StepError::Module {
            name: "wireguard".into(),
            why: "`modprobe wireguard` ended with exit status 1: modprobe: ERROR: could not \
                  insert 'wireguard': Exec format error"
                .into(),
            hint: Some(
                "the module is for another kernel than the one that runs: boot the kernel that \
                 it is for, or install the package's version for this one (`uname -r` and \
                 `modinfo -F vermagic` name both)",
            ),
        };
        let failure = Failure::of(&error.to_string());
        let cause = "the module is for another kernel than the one that runs";
        assert_eq!(failure.cause.as_deref(), Some(cause));
        assert!(
            failure
                .advice
                .is_some_and(|advice| advice.starts_with("boot the kernel"))
        );
        assert_eq!(failure.command.as_deref(), Some("modprobe wireguard"));
        assert!(failure.said.iter().all(|line| !line.contains("vermagic")));
        assert!(
            failure
                .said
                .iter()
                .any(|line| line.contains("Exec format error"))
        );
    }

    #[test]
    fn an_error_without_a_command_stays_as_it_is() {
        let failure = Failure::of("/etc/x holds `y` and is no file");
        assert_eq!(failure.said, ["/etc/x holds `y` and is no file"]);
        assert_eq!((failure.command, failure.cause), (None, None));
        let lines = Failure::of("`wg set wg0` ended with status 1:\nUnable to modify: no");
        assert_eq!(lines.status.as_deref(), Some("status 1"));
        assert_eq!(lines.said, ["Unable to modify: no"]);
        let hung = Failure::of("`zypper ref` did not end within 60 s and was killed");
        assert_eq!(
            hung.status.as_deref(),
            Some("did not end within 60 s and was killed")
        );
        assert!(hung.cause.is_some());
    }
}
