"""Runs groundcrew preflight on a host and keeps its report on the controller.

One execution per host: the program is streamed to the target's /bin/sh, checked,
run and removed there, and the report comes back between lines that carry a word
drawn for this run. Nothing on the target needs Python."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.module_utils._text import to_text

from ansible_collections.groundcrew.fleet.plugins.plugin_utils import given, remote, results, why
from ansible_collections.groundcrew.fleet.plugins.plugin_utils.target import Target, refuse

# Those of preflight that come with a report: done, failures, warnings.
REPORTED = (0, 3, 4)
ARGUMENTS = (
    ("binaries", given.path, "groundcrew_fleet_binaries", None),
    ("dir", given.path, "groundcrew_fleet_dir", None),
    ("preflight_args", given.words, "groundcrew_fleet_preflight_args", ()),
    ("tmp", given.folders, "groundcrew_fleet_tmp", None),
    ("timeout", given.seconds, "groundcrew_fleet_timeout", 300),
)


class ActionModule(Target):
    """The action."""

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super(ActionModule, self).run(tmp, task_vars)
        host = task_vars["inventory_hostname"]
        all_hosts = task_vars["groups"]["all"]
        args = self.given(task_vars, all_hosts, ARGUMENTS)
        if self._task.check_mode:
            result["skipped"] = True
            return result
        try:
            kept = results.Results(args["dir"], self._task.args.get("run_dir"))
            listed = dict((name, lambda name=name: source(task_vars, name)) for name in all_hosts)
            kept.inventory(host, task_vars.get("inventory_file"), listed)
            kept.asked(task_vars["ansible_play_hosts_all"])
        except remote.Problem as problem:
            raise refuse(problem)
        except EnvironmentError as error:
            raise refuse(remote.Problem("the folder for the reports: %s" % error))

        def inspected(outcome):
            report, answer = self._report(args)
            verdict = results.summary(report)["verdict"]
            kept.report(host, report, remote.offset(self.rounds))
            outcome.update(state="reported", arch=answer.arch, verdict=verdict)
            outcome.update(exit=answer.exit, left=answer.left)

        outcome = self.outcome(host, "missing", inspected)
        try:
            if outcome["state"] != "reported":
                kept.missing(host, outcome["why"], outcome["try"])
            kept.outcome(host, outcome)
        except EnvironmentError as error:
            raise refuse(remote.Problem("the folder for the reports: %s" % error))
        result.update(changed=False, groundcrew=outcome)
        return self.result(result, outcome, "reported")

    def _report(self, args):
        """The bytes of the report, and the answer that brought it."""
        own = {
            "C": " ".join(["preflight", "--format", "json"] + args["preflight_args"]),
            "D": " ".join(args["tmp"]),
            "L": args["timeout"],
        }

        def ask(packed, arch, compressed):
            values = self.values(own, arch, (packed.sha256, packed.kib), compressed)
            data = packed.data(compressed)
            return self.streamed(values, data) or self._in_two(values, data)

        answer = self.delivered(args["binaries"], ask)[0]
        if answer.end != "ran":
            raise remote.Problem(*why.ended(answer))
        if answer.exit not in REPORTED:
            said = to_text(answer.bytes("err") or b"", errors="replace")
            raise remote.Problem(*why.crashed(answer, said))
        report = answer.bytes("out")
        if report is None:
            raise remote.Problem("the report was damaged on its way", "try again")
        return report, answer

    def _in_two(self, values, data):
        """For sudo that wants a terminal: the program goes over first, as the user."""
        pushed = self.as_user(dict(values, O="push"), data)
        if pushed.end != "pushed":
            return pushed
        return self.on_terminal(dict(values, O="run", T=pushed.detail), pushed.detail)


def source(task_vars, host):
    """The inventory that a host was found in first; none where that is not told."""
    try:
        return task_vars["hostvars"].raw_get(host).get("inventory_file")
    except Exception:  # pylint: disable=broad-except
        return None
