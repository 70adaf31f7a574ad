"""Runs groundcrew preflight on a host and keeps its report on the controller.

One execution per host: the program is streamed to the target's /bin/sh, checked,
run and removed there, and the report comes back between lines that carry a word
drawn for this run. Nothing on the target needs Python."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import json
import os

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils._text import to_text
from ansible.plugins.action import ActionBase

from ansible_collections.groundcrew.fleet.plugins.plugin_utils import remote, why

# Those of preflight that come with a report: done, failures, warnings.
REPORTED = (0, 3, 4)


class ActionModule(ActionBase):
    """The action."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super(ActionModule, self).run(tmp, task_vars)
        if self._task.check_mode:
            result["skipped"] = True
            return result
        args = self._task.args
        host = task_vars["inventory_hostname"]
        if not remote.NAME.match(host) or host.endswith(".unreachable"):
            raise AnsibleError(
                "%r cannot be the name of a file: rename the host in the inventory" % host
            )
        try:
            results = remote.Results(os.path.expanduser(args["dir"]), args.get("run_dir"))
            results.inventory(task_vars["groups"]["all"])
            results.asked(task_vars["ansible_play_hosts_all"])
        except (OSError, IOError) as error:
            raise AnsibleError("the folder for the reports: %s" % error)
        outcome = {"host": host, "state": "missing", "arch": None, "try": None}
        try:
            report, answer = self._report(args)
            summary = json.loads(report.decode("utf-8"))["summary"]
            results.report(host, report)
            outcome.update(state="reported", arch=answer.arch, verdict=summary["verdict"])
            outcome.update(exit=answer.exit, left=answer.left)
        except remote.Problem as problem:
            outcome.update({"why": problem.why, "try": problem.hint})
        except AnsibleConnectionFailure as failure:
            reason, hint = why.explain(to_text(failure))
            outcome.update({"state": "unreachable", "why": reason, "try": hint})
        except AnsibleError as error:
            reason, hint = why.explain(to_text(error))
            outcome.update({"why": reason, "try": hint})
        except (KeyError, ValueError):
            outcome["why"] = "what groundcrew preflight printed is no report"
        if outcome["state"] != "reported":
            results.missing(host, outcome["why"], outcome["try"])
        results.outcome(host, outcome)
        result["changed"] = False
        result["groundcrew"] = outcome
        if outcome["state"] != "reported":
            result["msg"] = outcome["why"] + (outcome["try"] and "; try: " + outcome["try"] or "")
            result["unreachable" if outcome["state"] == "unreachable" else "failed"] = True
        return result

    def _report(self, args):
        """The bytes of the report, and the answer that brought it."""
        programs = remote.binaries(os.path.expanduser(args["binaries"]))
        arch = "x86_64" if "x86_64" in programs else sorted(programs)[0]
        folder = to_text(C.DEFAULT_LOCAL_TMP)
        values = {
            "D": " ".join(args["tmp"]),
            "C": " ".join(["preflight", "--format", "json"] + list(args.get("preflight_args") or [])),
            "L": int(args.get("timeout", 300)),
        }
        compressed = True
        # What turns out to be another machine, or one without gzip, is asked anew.
        for dummy in range(3):
            packed = remote.Packed(programs[arch], folder)
            answer = self._ask(values, arch, packed, compressed)
            if answer.end == "other-machine":
                arch = remote.machine(answer.arch)
                if arch not in programs:
                    raise remote.Problem(
                        "the host is a %s, and there is no program for it (for %s alone)"
                        % (answer.arch, " and ".join(sorted(programs))),
                        "put groundcrew-%s into a folder and name that" % arch,
                    )
            elif answer.end == "no-gzip":
                compressed = False
            else:
                break
        if answer.end != "ran":
            raise remote.Problem(*why.ended(answer))
        if answer.exit not in REPORTED:
            said = to_text(answer.bytes("err") or b"", errors="replace")
            raise remote.Problem(*why.crashed(answer.exit, said))
        report = answer.bytes("out")
        if report is None:
            raise remote.Problem("the report was damaged on its way", "try again")
        return report, answer

    def _ask(self, values, arch, packed, compressed):
        values = self.values(values, arch, (packed.sha256, packed.kib), compressed)
        data = packed.data(compressed)
        try:
            answer, said = self._execute(values, data, True)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            # So it is called where sudo ended at once on a connection that was new.
            if "waiting for privilege escalation prompt" not in to_text(error):
                raise
            return self._on_terminal(values, data)
        if answer.begun:
            return answer
        if self._connection.become and "tty" in said[1] + said[2]:
            return self._on_terminal(values, data)
        raise remote.Problem(*why.no_frame(*said))

    @staticmethod
    def values(values, arch, program, compressed):
        """What the script for the target needs to know beside `values`."""
        return dict(
            values,
            N="gc" + to_text(binascii.hexlify(os.urandom(16))),
            O="whole",
            A=" ".join(remote.MACHINES.get(arch, [arch])),
            S=program[0],
            K=program[1],
            Z="gzip" if compressed else "plain",
            T="",
            J="",
        )

    def _on_terminal(self, values, data):
        """For sudo with requiretty, the default of EL6: a terminal takes no stream, so
        the program goes over first, as the user."""
        pushed, said = self._execute(dict(values, O="push"), data, False)
        if not pushed.begun:
            raise remote.Problem(*why.no_frame(*said))
        if pushed.end != "pushed":
            return pushed
        try:
            answer, said = self._execute(dict(values, O="run", T=pushed.detail), None, True)
        except AnsibleError:
            self._forget(pushed.detail)
            raise
        if not answer.begun:
            self._forget(pushed.detail)
            raise remote.Problem(*why.no_frame(*said))
        return answer

    def _forget(self, folder):
        """Removes what was pushed and could not be run."""
        if remote.PLAIN.match(folder):
            self._low_level_execute_command("rm -rf %s" % folder, sudoable=False)

    def _execute(self, values, data, sudoable):
        try:
            done = self._low_level_execute_command(
                remote.script(values), sudoable=sudoable, in_data=data, executable="/bin/sh"
            )
        except AnsibleConnectionFailure as failure:
            # ssh ended while the program was being written to it: its own words are
            # lost then, and it says them again to one that sends nothing.
            if "could not be sent" in to_text(failure):
                self._low_level_execute_command("echo", sudoable=False, executable="/bin/sh")
            raise
        out, err = done.get("stdout") or "", done.get("stderr") or ""
        return remote.Answer(values["N"], out), (done.get("rc", 0), out, err)
