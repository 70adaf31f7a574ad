//! What a host cannot take from its controller, and what ssh is asked.

use super::python;

#[test]
fn a_host_that_comes_to_no_end_is_left_and_what_was_started_for_it_ends() {
    let script = "
import json, signal, subprocess
from ansible_collections.groundcrew.fleet.plugins.plugin_utils import bounds

def endless(seconds, way, growth, do):
    bounds.WAY, bounds.GROWTH = way, growth
    child = subprocess.Popen(['sleep', '600'])
    try:
        with bounds.bounded(seconds):
            held = do()
            while True:
                signal.pause()
    except bounds.Endless as found:
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        return [str(found), child.wait(), isinstance(found, Exception)]

told = [
    endless(1, 0, 1 << 40, lambda: None),
    endless(900, 900, 1 << 25, lambda: b'x' * (1 << 26)),
]
# Somebody else's alarm stays.
signal.signal(signal.SIGALRM, lambda number, frame: None)
with bounds.bounded(1):
    told.append(signal.getitimer(signal.ITIMER_REAL)[0])
print(json.dumps(told))
";
    assert_eq!(
        python(script, "").trim(),
        r#"[["it was not done within 1 s, and was left", -15, false], ["it printed without end, more than any answer has (32 MiB)", -15, false], 0.0]"#
    );
}

#[test]
fn ssh_looks_whether_a_host_is_there_still_unless_the_site_has_said_how() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "Host own\n  ServerAliveInterval 300\nHost *\n").unwrap();
    let script = "
import json, sys
from ansible_collections.groundcrew.fleet.plugins.plugin_utils import bounds
own = '-F ' + sys.stdin.read()
cases = [
    ('ssh', ['-C', own, ''], ['-o', 'User=root', 'web1']),
    ('/usr/bin/ssh', ['', own, '-o Port=22'], ['web1']),
    # In ssh's configuration, in the inventory, and to have none.
    ('ssh', ['-C', own, ''], ['own']),
    ('ssh', ['', own, '-o serveraliveinterval=7'], ['web1']),
    ('ssh', ['-o ServerAliveInterval=0', own, ''], ['web1']),
    # One that cannot be asked: nobody knows what it would do.
    ('ssh', ['-o NoSuchOption=1', own, ''], ['web1']),
    ('/no/ssh', ['', own, ''], ['web1']),
    ('/bin/true', ['', own, ''], ['web1']),
]
print(json.dumps([bounds.alive(*case) for case in cases]))
";
    let alive = "-o ServerAliveInterval=20";
    let told: Vec<String> =
        serde_json::from_str(&python(script, config.to_str().unwrap())).unwrap();
    assert_eq!(told, [alive, alive, "", "", "", "", "", ""]);
}
