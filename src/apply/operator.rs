//! Who carries a run out.

use crate::host::Host;

/// Who this is, as `root from 10.0.0.5` or `ann (sudo)`: sudo(8) sets `SUDO_USER`,
/// sshd(8) `SSH_CONNECTION` with the client's address first.
pub fn operator(host: &dyn Host) -> Option<String> {
    let set = |name: &str| {
        let value = host.env(name)?;
        let word = value.split(' ').next().unwrap_or_default();
        let plain = word.chars().all(|c| !c.is_control());
        (plain && !word.is_empty()).then(|| word.to_owned())
    };
    let sudo = set("SUDO_USER").map(|user| format!("{user} (sudo)"));
    let user = sudo.or_else(|| set("USER")).or_else(|| set("LOGNAME"))?;
    let from = set("SSH_CONNECTION").or_else(|| set("SSH_CLIENT"));
    Some(from.map_or(user.clone(), |from| format!("{user} from {from}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn the_operator_is_named_with_the_way_in() {
        let who = |set: &[(&str, &str)]| {
            let mut host = Scripted::new();
            let set = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            host.environment.extend(set);
            operator(&host)
        };
        assert_eq!(who(&[]), None);
        let ssh = ("SSH_CONNECTION", "10.0.0.5 40000 10.0.0.12 22");
        assert_eq!(
            who(&[("USER", "root"), ssh]).as_deref(),
            Some("root from 10.0.0.5")
        );
        let sudo = [
            ("USER", "root"),
            ("SUDO_USER", "ann"),
            ("SSH_CONNECTION", ""),
        ];
        assert_eq!(who(&sudo).as_deref(), Some("ann (sudo)"));
        assert_eq!(who(&[("USER", "a\u{1b}b")]), None);
    }
}
