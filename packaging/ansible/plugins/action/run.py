"""Does a job on a host with groundcrew: files go there, commands of groundcrew run
there, and files and what was printed come back.

The program goes over once and stays for the jobs that follow; the last one removes
it. A job and its answer are one execution each: the job is the program's standard
input, and the answer comes back between lines with a word drawn for it. Where sudo
wants a terminal, program and job go over as the user who logs in, the job as a file
that is removed as it is opened."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible.module_utils._text import to_bytes, to_text

from ansible_collections.groundcrew.fleet.plugins.plugin_utils import given, remote, why
from ansible_collections.groundcrew.fleet.plugins.plugin_utils.target import Target

ARGUMENTS = (
    ("binaries", given.path, "groundcrew_fleet_binaries", None),
    ("run_dir", given.path, "groundcrew_fleet_run_dir", None),
    ("tmp", given.folders, "groundcrew_fleet_tmp", None),
    ("timeout", given.seconds, "groundcrew_fleet_timeout", 7200),
)


class ActionModule(Target):
    """The action."""

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = super(ActionModule, self).run(tmp, task_vars)
        host = task_vars["inventory_hostname"]
        hosts = sorted(task_vars["ansible_play_hosts_all"])
        args = self.given(task_vars, hosts, ARGUMENTS)
        self._folder = args["run_dir"]
        self._host = host
        self._write("asked.json", {"hosts": hosts})
        job = self._read(host + ".job.json")
        if self._task.check_mode or job is None:
            result["skipped"] = True
            return result

        def done(outcome):
            outcome.update(answer=None, exit=None)
            answer = self._job(args, job)
            outcome["exit"] = answer.exit
            said = answer.bytes("out")
            if not said:
                text = to_text(answer.bytes("err") or b"", errors="replace")
                raise remote.Problem(*why.crashed(answer, text, "groundcrew"))
            try:
                told = json.loads(said.decode("utf-8"))
            except ValueError:
                raise remote.Problem("what groundcrew answered was damaged on its way")
            if not isinstance(told, dict):
                raise remote.Problem("what groundcrew answered is no answer to a job")
            outcome["answer"] = told
            if answer.exit == 0:
                outcome["state"] = "done"
            else:
                outcome["why"] = told.get("why") or "groundcrew ended with %s" % answer.exit

        outcome = self.outcome(host, "failed", done)
        self._write(host + ".outcome.json", outcome)
        # Not the answer: it is for whoever drives this, and no line of a log.
        told = dict((key, outcome.get(key)) for key in ("host", "state", "why", "try"))
        result.update(changed=True, groundcrew=told)
        return self.result(result, outcome, "done")

    def _read(self, name):
        try:
            with open(os.path.join(self._folder, name), "rb") as file:
                return json.loads(file.read().decode("utf-8"))
        except (OSError, IOError):
            return None

    def _write(self, name, data):
        text = json.dumps(data, sort_keys=True)
        remote.write_atomic(os.path.join(self._folder, name), text.encode("utf-8"))

    def _job(self, args, job):
        """The answer to a job."""
        note = self._host + ".program.json"
        there = self._read(note)
        # What was cleaned away there meanwhile goes over once more.
        for dummy in range(2):
            if there is None:
                there = self._push(args)
                self._write(note, there)
            answer = self._hand(args, there, job)
            if answer.end != "other-digest":
                break
            there = None
        if job.get("last") and answer.end == "ran":
            os.unlink(os.path.join(self._folder, note))
        if answer.end != "ran":
            raise remote.Problem(*why.ended(answer))
        return answer

    def _hand(self, args, there, job):
        """Hands a job to the program that is there."""
        own = {
            "C": "fleet host",
            "J": "1",
            "L": args["timeout"],
            "O": "run" if job.get("last") else "keep",
            "T": there["folder"],
        }
        values = self.values(own, there["arch"], there["program"], False)
        data = to_bytes(json.dumps(job))
        if not there["terminal"]:
            answer, said = self.execute(values, data, True)
            if not answer.begun:
                raise remote.Problem(*why.no_frame(*said))
            return answer
        stored = self.as_user(dict(values, O="job", J=""), data)
        if stored.end != "stored":
            return stored
        return self.on_terminal(dict(values, J="file"), there["folder"] + "/job")

    def _push(self, args):
        """Brings the program to the host: where it is there, for which machine, and
        whether root is to be had on a terminal alone."""
        own = {"D": " ".join(args["tmp"]), "O": "push"}
        terminal = []

        def ask(packed, arch, compressed):
            values = self.values(own, arch, (packed.sha256, packed.kib), compressed)
            data = packed.data(compressed)
            if not terminal:
                answer = self.streamed(values, data)
                if answer:
                    return answer
                terminal.append(True)
            return self.as_user(values, data)

        answer, packed, arch = self.delivered(args["binaries"], ask)
        if answer.end != "pushed" or not remote.PLAIN.match(answer.detail):
            raise remote.Problem(*why.ended(answer))
        return {
            "arch": arch,
            "folder": answer.detail,
            "program": (packed.sha256, packed.kib),
            "terminal": bool(terminal),
        }
