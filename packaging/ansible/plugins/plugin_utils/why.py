"""Why a host gave no report, in plain words, and what to try. No Ansible in here."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

# The texts are those of OpenSSH (client), sudo and ssh's helpers; what ssh prints
# first is looked for first. What a host offers is its own word: it goes into a line that
# somebody copies only as far as names of algorithms have such letters (RFC 4250 4.6.1).
OFFER = r"Their offer: (?P<offer>[A-Za-z0-9@.,_+-]+)"
# How an option of ssh is set for one host: beside those of its group, which
# ansible_ssh_common_args there would take the place of.
FOR_ONE = "for this host alone, on its line of the inventory: ansible_ssh_extra_args='%s'"
# Characters of what was said that are looked at.
SAID = 16384
TURNED_AWAY = (
    r"kex_exchange_identification|Connection (?:reset|closed) by",
    "the host closed the connection before the login (sshd's or a jump host's MaxStartups throttles "
    "many logins at once; a firewall does it, too)",
    "try again with fewer at once: --forks 8",
)
RULES = [
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host key is another one than known_hosts has: a reinstalled host, or another machine",
        "compare the key with the host's console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then "
        "ssh-keygen -R NAME",
    ),
    (
        r"no matching host key type found\. (?=\S+ \S+ \S*ssh-rsa)" + OFFER,
        "the host offers host keys of type {offer} alone, which this ssh refuses (OpenSSH 5.3 of EL6 "
        "does that)",
        FOR_ONE % "-o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa"
        + " (where the controller is EL9, its crypto policy has to allow SHA-1 as well)",
    ),
    (
        r"no matching host key type found\. " + OFFER,
        "the host offers host keys of type {offer} alone, which this ssh refuses",
        FOR_ONE % "-o HostKeyAlgorithms=+{offer}",
    ),
    (
        r"no matching key exchange method found\. " + OFFER,
        "ssh and the host have no key exchange in common; the host offers {offer}",
        FOR_ONE % "-o KexAlgorithms=+{first}",
    ),
    (
        r"no matching cipher found\. " + OFFER,
        "ssh and the host have no cipher in common; the host offers {offer}",
        FOR_ONE % "-o Ciphers=+{first}",
    ),
    (
        r"no matching MAC found\. " + OFFER,
        "ssh and the host have no message authentication code in common; the host offers {offer}",
        FOR_ONE % "-o MACs=+{first}",
    ),
    (
        r"Host key verification failed|host key is known for|authenticity of host",
        "the host key is not known to the controller",
        "compare it with the host's console and add it to known_hosts (ssh-keyscan -H NAME prints it); "
        + "a file of its own: "
        + FOR_ONE % "-o UserKnownHostsFile=PATH",
    ),
    (
        r"(?P<text>Permission denied \([^)]*\)|Too many authentication failures|"
        r"Invalid/incorrect (?:username/)?password)",
        "the host did not let this user in: {text}",
        "check ansible_user and its key or password with ssh -v, or give --ask-pass",
    ),
    (
        r"to use the 'ssh' connection type with passwords|you must install the sshpass program",
        "a password for ssh is set, and the controller has no sshpass",
        "install sshpass on the controller, or use a key",
    ),
    (
        r"Incorrect (?P<how>\S+) password|Sorry, try again",
        "the password for becoming root was not accepted",
        "give the right one with --ask-become-pass, or ansible_become_password in a vault",
    ),
    (
        r"Missing (?P<how>\S+) password|a password is required",
        "becoming root needs a password, and none is given",
        "give it with --ask-become-pass, or ansible_become_password in a vault",
    ),
    (
        r"(?P<text>\S{1,100} is not in the sudoers file|is not allowed to (?:execute|run sudo)[^\n]*)",
        "this user may not become root: {text}",
        "let the user run commands by sudo, or choose another become method or user",
    ),
    (
        r"(?P<how>sudo|su|doas|pbrun|dzdo|pfexec): (?:command )?not found",
        "the host has no {how}",
        "choose another become method (ansible_become_method), or log in as root without become",
    ),
    (
        r"Timeout \(\d+s\) waiting for privilege escalation prompt",
        "the host did not ask for the password for becoming root within the time",
        "try it by hand; a slow directory service needs a larger timeout in ansible.cfg",
    ),
    (
        r"Could not resolve hostname (?P<name>\S+): ",
        "the name {name} is not found",
        "set ansible_host to an address, or put the name into DNS or /etc/hosts",
    ),
    (
        r"administratively prohibited",
        "the jump host forwards no connections to this host",
        "allow it there: AllowTcpForwarding and PermitOpen in its sshd_config",
    ),
    (
        r"Connection refused",
        "the connection was refused: nothing listens on ssh's port there",
        "is sshd running there, and is ansible_port right?",
    ),
    (
        r"No route to host",
        "there is no way to the host (no route to host)",
        "is it up, and does a firewall on the way reject ssh's port?",
    ),
    (
        r"Network is unreachable",
        "the controller has no route to the host's network",
        "is there a jump host to go through? (-o ProxyJump=NAME in ansible_ssh_common_args)",
    ),
    (
        r"Timeout, server \S+ not responding|Read from remote host|client_loop: |packet_write_wait: ",
        "the host does not answer any more: it has ended in the middle, or the way to it has",
        "is it up? The same command goes on",
    ),
    (
        r"(?:Connection|Operation) timed out",
        "nothing answered within the time",
        "is the host up, and does a firewall on the way drop ssh's port? A jump host is set with "
        "-o ProxyJump=NAME in ansible_ssh_common_args",
    ),
    TURNED_AWAY,
    (
        r"This account is currently not available|nologin",
        "the user's login shell lets nobody in (nologin)",
        "set ansible_user to one with a shell",
    ),
]


def explain(text):
    """(why, try) for what Ansible or ssh said."""
    # A host may print without end: what matters stands first or last.
    if len(text) > SAID:
        text = text[: SAID // 2] + "\n" + text[-SAID // 2 :]
    for pattern, why, hint in RULES:
        found = re.search(pattern, text)
        if found:
            words = dict((k, v) for k, v in found.groupdict().items() if v)
            if "offer" in words:
                words["offer"] = words["offer"].rstrip(".")
                words["first"] = words["offer"].split(",")[0]
            why, hint = why.format(**words), hint.format(**words)
            if by_jump_host(text) and pattern != TURNED_AWAY[0]:
                why = "this is about the jump host: " + why
                hint += "; what ssh needs for the jump host stands in ssh_config"
            return why, hint
    return last(text) or "the connection failed without a word", None


def turned_away(text):
    """Whether the connection ended before the login, and nobody said why."""
    return explain(text)[:2] == TURNED_AWAY[1:]


def by_jump_host(text):
    """Whether it ended at a jump host (ProxyJump, ProxyCommand), which ssh has no address
    for, and not behind it."""
    return "UNKNOWN port" in text and "open failed" not in text


def last(text):
    """The last line that says something, without what Ansible puts before it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    return re.sub(r"^Failed to connect to the host via ssh: ", "", lines[-1])[:500]


def no_frame(code, out, err):
    """(why, try) where no /bin/sh spoke to us."""
    both = out + "\n" + err
    if re.search(r"tty present|must have a tty|terminal is required", both):
        return (
            "sudo wants a terminal (requiretty in its sudoers file)",
            "log in as root, or remove requiretty for this user",
        )
    if code in (126, 127) or "/bin/sh" in both:
        said = last(err) or last(out)
        return (
            "the host runs no /bin/sh for us (exit code %d%s)" % (code, said and ": " + said),
            "is it a Linux host whose user has an ordinary login shell?",
        )
    why, hint = explain(both)
    if hint:
        return why, hint
    said = last(err) or last(out) or "nothing"
    return (
        "the login shell ended with exit code %d before anything ran; it said: %s" % (code, said),
        "try `ssh NAME true` by hand; /etc/profile or .bashrc may end non-interactive shells",
    )


def endless(why):
    """(why, try) of a host that came to no end."""
    return (
        why,
        "try `ssh NAME true` by hand: /etc/profile or .bashrc there may print or wait without end; on "
        "a slow line set groundcrew_fleet_timeout to more seconds",
    )


def ended(answer):
    """(why, try) of a target that spoke and brought no report."""
    if answer.end == "no-digest":
        return "the host has neither sha256sum nor openssl to check the program with", "install coreutils"
    if answer.end == "no-folder":
        return (
            "no folder of the host can take the program: " + "; ".join(answer.folders),
            "name another one in groundcrew_fleet_tmp",
        )
    if answer.end == "not-received":
        return "the program could not be written on the host: " + answer.detail, "is the disk full?"
    if answer.end == "other-digest":
        return (
            "what arrived on the host is not what was sent (SHA-256 %s)" % (answer.detail or "unknown"),
            "try again; something on the way or the host's disk damages data",
        )
    if answer.end is None:
        return "the connection ended before the host was done", "try again"
    return "the host ended with %s %s" % (answer.end, answer.detail), None


def crashed(answer, said, what="groundcrew preflight"):
    """(why, try) of a program that ended with something else than a report."""
    text = last(said)
    text = text and ": " + text
    if answer.late is not None and answer.exit != 0:
        return (
            "%s was not done within the time limit of %d s, and was stopped%s" % (what, answer.late, text),
            "set groundcrew_fleet_timeout to more seconds, or run it there by hand: what does it wait for?",
        )
    if answer.exit is None:
        how = "a status that is not told"
    elif answer.exit > 128:
        how = "signal %d" % (answer.exit - 128)
    else:
        how = "exit code %d" % answer.exit
    return (
        "%s ended with %s%s" % (what, how, text),
        "run it there by hand; if it crashed, groundcrew capture makes an archive for support",
    )
