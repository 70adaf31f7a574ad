"""The fleet's folder on the controller. No Ansible in here."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import fcntl
import json
import os
import time

from ansible_collections.groundcrew.fleet.plugins.plugin_utils.given import is_host_name
from ansible_collections.groundcrew.fleet.plugins.plugin_utils.remote import (
    Problem,
    make_dir,
    write_atomic,
)

# The forms of a report that is known here, and how preflight may come out.
REPORT, FACTS = "preflight/1", "facts/1"
VERDICTS = ("na", "pass", "unknown", "warn", "fail")


def summary(data):
    """The summary of a report; a Problem that says why it is none. What comes from a
    host may be anything."""
    hint = "is it groundcrew that runs there? `groundcrew preflight --format json` by hand shows it"

    def none(why):
        return Problem("what groundcrew preflight printed is no report: " + why, hint)

    try:
        report = json.loads(data.decode("utf-8"), parse_constant=float_of_nothing)
    except UnicodeDecodeError:
        raise none("it is not UTF-8")
    except ValueError as error:
        raise none("no JSON (%s)" % str(error)[:200])
    except RecursionError:
        raise none("no JSON that anybody reads (it is nested too deep)")
    if not isinstance(report, dict):
        raise none("found a JSON %s, wanted an object" % kind(report))
    for where, value, wanted in (
        ("schema", report.get("schema"), REPORT),
        ("facts.schema", part(report, "facts").get("schema"), FACTS),
    ):
        if value != wanted:
            raise none("%s: found %s, wanted %s" % (where, short(value), wanted))
    verdict = part(report, "summary").get("verdict")
    if verdict not in VERDICTS:
        raise none("summary.verdict: found %s, wanted one of %s" % (short(verdict), ", ".join(VERDICTS)))
    return report["summary"]


def float_of_nothing(word):
    """NaN and the infinities, which are no JSON."""
    raise ValueError("found %s" % word)


def part(report, name):
    """An object in a report; an empty one where it is none."""
    value = report.get(name)
    return value if isinstance(value, dict) else {}


def kind(value):
    """The word of JSON for a value."""
    kinds = ((bool, "truth value"), (str, "string"), (list, "array"), (dict, "object"))
    for own, word in kinds:
        if isinstance(value, own):
            return word
    return "null" if value is None else "number"


def short(value):
    """A value in a sentence."""
    return repr(value)[:100] if isinstance(value, str) else kind(value)


class Results(object):
    """The folder on the controller."""

    def __init__(self, folder, run_dir=None):
        self.folder = folder
        self.run_dir = run_dir
        make_dir(os.path.join(folder, "reports"))

    def inventory(self, host, source, listed):
        """Writes down that `host` is asked now and which inventory it is from, and that
        the others (`listed`, a function from a host to its inventory or none) are
        listed. Whoever is there stays: an inventory that does not have a host, or has
        not been read now, does not take it out of the fleet."""
        path = os.path.join(self.folder, "inventory.json")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._locked():
            there = self._inventory(path)
            hosts = set(there["hosts"])
            # What somebody has taken out by hand is out.
            origins = dict((k, v) for k, v in there["origins"].items() if k in hosts)
            for name in listed:
                if name not in hosts:
                    origins[name] = {"how": "listed", "at": now, "from": listed[name]()}
            origins[host] = {"how": "asked", "at": now, "from": source}
            hosts.update(listed)
            hosts.add(host)
            self._json(path, {"hosts": sorted(hosts), "origins": origins})

    @staticmethod
    def _inventory(path):
        """What is written down; nothing where nothing is."""
        try:
            with open(path, "rb") as file:
                there = json.loads(file.read().decode("utf-8"))
        except FileNotFoundError:
            # As `groundcrew fleet` has it: those that there are reports of.
            folder = os.path.join(os.path.dirname(path), "reports")
            files = os.listdir(folder) if os.path.isdir(folder) else []
            ends = (".unreachable.json", ".clock.json", ".json")
            found = set()
            for name in files:
                end = next((end for end in ends if name.endswith(end)), None)
                if end and end != ".clock.json" and is_host_name(name[: -len(end)]):
                    found.add(name[: -len(end)])
            return {"hosts": sorted(found), "origins": {}}
        except ValueError as error:
            there = error
        hosts = there.get("hosts") if isinstance(there, dict) else None
        origins = there.get("origins", {}) if isinstance(there, dict) else None
        if (
            not isinstance(hosts, list)
            or not all(isinstance(name, str) for name in hosts)
            or not isinstance(origins, dict)
        ):
            raise Problem(
                '%s is damaged (%s); wanted {"hosts": ["NAME", ...]}'
                % (path, there if isinstance(there, ValueError) else "another form"),
                "mend it: it is the list of the fleet's hosts, and is not begun anew without a word",
            )
        return {"hosts": hosts, "origins": origins}

    @contextlib.contextmanager
    def _locked(self):
        """Alone with the inventory: many hosts are asked at once."""
        with open(os.path.join(self.folder, ".inventory.lock"), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def asked(self, hosts):
        """The hosts of this run, for whoever drives it."""
        if self.run_dir:
            self._json(os.path.join(self.run_dir, "asked.json"), {"hosts": sorted(hosts)})

    def report(self, host, data, clock):
        """Keeps a report, byte for byte, and what the host's clock was against this
        machine's."""
        write_atomic(self._path(host, "json"), data)
        if clock is None:
            self._remove(self._path(host, "clock.json"))
        else:
            self._json(self._path(host, "clock.json"), dict(clock, host=host))
        self._remove(self._path(host, "unreachable.json"))

    def missing(self, host, why, hint):
        """Keeps that a host gave no report. An earlier one is no report of now: it
        is set aside."""
        row = {"host": host, "why": why, "try": hint}
        self._json(self._path(host, "unreachable.json"), row)
        self._remove(self._path(host, "clock.json"))
        try:
            os.rename(self._path(host, "json"), self._path(host, "json.earlier"))
        except OSError:
            pass

    def outcome(self, host, outcome):
        """What came of a host, for whoever drives this run."""
        if self.run_dir:
            self._json(os.path.join(self.run_dir, host + ".outcome.json"), outcome)

    def _path(self, host, ending):
        return os.path.join(self.folder, "reports", "%s.%s" % (host, ending))

    @staticmethod
    def _json(path, data):
        text = json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False)
        # What another encoding left of a host's words must not hinder its row.
        write_atomic(path, text.encode("utf-8", "replace") + b"\n")

    @staticmethod
    def _remove(path):
        try:
            os.unlink(path)
        except OSError:
            pass
