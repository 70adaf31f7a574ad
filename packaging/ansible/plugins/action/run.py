"""Does a job on a host with groundcrew: files go there, commands of groundcrew run
there, and files and what was printed come back.

The program goes over once and stays for the jobs that follow; the last one removes
it. A job and its answer are one execution each: the job is the program's standard
input, and the answer comes back between lines with a word drawn for it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils._text import to_bytes, to_text
from ansible.plugins.action import ActionBase

from ansible_collections.groundcrew.fleet.plugins.action import inspect
from ansible_collections.groundcrew.fleet.plugins.plugin_utils import remote, why


class ActionModule(inspect.ActionModule):
    """The action."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        result = ActionBase.run(self, tmp, task_vars)
        host = task_vars["inventory_hostname"]
        if not remote.NAME.match(host):
            raise AnsibleError(
                "%r cannot be the name of a file: rename the host in the inventory" % host
            )
        args = self._task.args
        self._folder = args["run_dir"]
        self._host = host
        hosts = sorted(task_vars["ansible_play_hosts_all"])
        self._write("asked.json", {"hosts": hosts})
        job = self._read(host + ".job.json")
        if self._task.check_mode or job is None:
            result["skipped"] = True
            return result
        outcome = {"host": host, "state": "failed", "try": None, "answer": None, "exit": None}
        try:
            answer = self._job(args, job)
            outcome["exit"] = answer.exit
            said = answer.bytes("out")
            told = json.loads(said.decode("utf-8")) if said else None
            if told is None:
                text = to_text(answer.bytes("err") or b"", errors="replace")
                raise remote.Problem(*why.crashed(answer.exit, text, "groundcrew"))
            outcome["answer"] = told
            if answer.exit == 0:
                outcome["state"] = "done"
            else:
                outcome["why"] = told.get("why") or "groundcrew ended with %d" % answer.exit
        except remote.Problem as problem:
            outcome.update({"why": problem.why, "try": problem.hint})
        except AnsibleConnectionFailure as failure:
            reason, hint = why.explain(to_text(failure))
            outcome.update({"state": "unreachable", "why": reason, "try": hint})
        except AnsibleError as error:
            reason, hint = why.explain(to_text(error))
            outcome.update({"why": reason, "try": hint})
        except ValueError:
            outcome["why"] = "what groundcrew answered was damaged on its way"
        self._write(host + ".outcome.json", outcome)
        result["changed"] = True
        # Not the answer: it is for whoever drives this, and no line of a log.
        result["groundcrew"] = dict((key, outcome.get(key)) for key in ("host", "state", "why", "try"))
        if outcome["state"] != "done":
            result["msg"] = outcome["why"] + (outcome["try"] and "; try: " + outcome["try"] or "")
            result["unreachable" if outcome["state"] == "unreachable" else "failed"] = True
        return result

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
            values = {"D": "/tmp", "C": "fleet host", "L": int(args.get("timeout", 7200))}
            values = self.values(values, there["arch"], there["program"], False)
            values.update(O="run" if job.get("last") else "keep", T=there["folder"], J="1")
            answer, said = self._execute(values, to_bytes(json.dumps(job)), True)
            if not answer.begun:
                raise remote.Problem(*why.no_frame(*said))
            if answer.end != "other-digest":
                break
            there = None
        if job.get("last") and answer.end == "ran":
            os.unlink(os.path.join(self._folder, note))
        if answer.end != "ran":
            raise remote.Problem(*why.ended(answer))
        return answer

    def _push(self, args):
        """Brings the program to the host: where it is there, and for which machine."""
        programs = remote.binaries(os.path.expanduser(args["binaries"]))
        arch = "x86_64" if "x86_64" in programs else sorted(programs)[0]
        compressed = True
        for dummy in range(3):
            packed = remote.Packed(programs[arch], to_text(C.DEFAULT_LOCAL_TMP))
            values = {"D": " ".join(args["tmp"]), "C": "", "L": 60}
            values = self.values(values, arch, (packed.sha256, packed.kib), compressed)
            values["O"] = "push"
            answer, said = self._execute(values, packed.data(compressed), True)
            if not answer.begun:
                raise remote.Problem(*why.no_frame(*said))
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
        if answer.end != "pushed" or not remote.PLAIN.match(answer.detail):
            raise remote.Problem(*why.ended(answer))
        return {"folder": answer.detail, "arch": arch, "program": (packed.sha256, packed.kib)}
