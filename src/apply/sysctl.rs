//! Kernel settings of the running kernel.

use super::error::StepError;
use crate::host::{Command, Host};

/// The file that has a setting. Dots within a name, as of an interface `eth0.5`,
/// stand as slashes in sysctl(8).
fn path(name: &str) -> String {
    let swapped: String = name
        .chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect();
    format!("/proc/sys/{swapped}")
}

/// The value that a setting has now, words separated by single blanks.
///
/// # Errors
/// When it cannot be read: the kernel may not have it.
pub fn value(host: &dyn Host, name: &str) -> Result<String, StepError> {
    let path = path(name);
    let bytes = host.read(&path).map_err(|e| StepError::file(&path, e))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a setting has a value.
///
/// # Errors
/// As [`value`].
pub fn is_set(host: &dyn Host, name: &str, wanted: &str) -> Result<bool, StepError> {
    Ok(value(host, name)? == wanted)
}

/// Gives a setting a value.
///
/// # Errors
/// When `sysctl` fails.
pub fn set(host: &dyn Host, name: &str, value: &str) -> Result<(), StepError> {
    let pair = format!("{name}={value}");
    host.run(&Command::new(["sysctl", "-q", "-w", &pair]))?;
    Ok(())
}

/// Gives a setting its old value, where it still has the one it was given.
///
/// # Errors
/// When it cannot be read or set.
pub fn restore(host: &dyn Host, name: &str, before: &str, written: &str) -> Result<(), StepError> {
    if is_set(host, name, written)? && before != written {
        set(host, name, before)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn names_are_paths_and_values_are_words() {
        assert_eq!(path("net.ipv4.ip_forward"), "/proc/sys/net/ipv4/ip_forward");
        assert_eq!(
            path("net.ipv4.conf.eth0/5.rp_filter"),
            "/proc/sys/net/ipv4/conf/eth0.5/rp_filter"
        );
        let host = Scripted::new().file("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
        assert!(is_set(&host, "net.ipv4.ip_local_port_range", "32768 60999").unwrap());
        let missing = value(&host, "net.bridge.bridge-nf-call-iptables").unwrap_err();
        assert!(missing.to_string().contains("bridge-nf-call-iptables"));
    }

    #[test]
    fn only_its_own_value_is_taken_back() {
        let host = Scripted::new().file("/proc/sys/net/ipv4/ip_forward", "1\n");
        restore(&host, "net.ipv4.ip_forward", "0", "2").unwrap();
        assert!(host.ran().is_empty());
        let host = host.on_run(|_, _| Some(Ok(crate::host::Output::default())));
        restore(&host, "net.ipv4.ip_forward", "0", "1").unwrap();
        let ran = host.ran();
        assert_eq!(ran.len(), 1);
        assert_eq!(ran[0].join(" "), "sysctl -q -w net.ipv4.ip_forward=0");
    }
}
