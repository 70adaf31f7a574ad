"""What the actions have in common: how a host's /bin/sh is spoken to, how the program
comes there, and how whatever goes wrong becomes what came of the host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import os
import random
import time

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils._text import to_text
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ANSIBLE

from ansible_collections.groundcrew.fleet.plugins.plugin_utils import bounds, given, remote, why

# The oldest ansible-core that this was run with; meta/runtime.yml has it, too, of
# which Ansible makes a warning alone.
OLDEST = (2, 14)


def refuse(problem):
    """The error of a problem that is the operator's: no host was asked."""
    return AnsibleError(problem.why + (problem.hint and "; try: " + problem.hint or ""))


class Target(ActionBase):
    """An action that runs the program on a host."""

    TRANSFERS_FILES = False

    def given(self, task_vars, hosts, wanted):
        """The arguments; an error before anything is done anywhere where one of them,
        or a host's name, is not as it has to be."""
        numbers = [int(word) for word in ANSIBLE.split(".")[:2] if word.isdigit()]
        if tuple(numbers) < OLDEST:
            raise AnsibleError(
                "this is ansible-core %s, and %d.%d or later is needed: install it on this machine, "
                "such as by `pip install ansible-core` in a virtual environment; the hosts need "
                "nothing of it" % ((ANSIBLE,) + OLDEST)
            )
        try:
            given.names(set(hosts) | set([task_vars["inventory_hostname"]]))
            return given.settings(self._task.args, wanted)
        except remote.Problem as problem:
            raise refuse(problem)

    @staticmethod
    def outcome(host, bad, do):
        """What came of a host. `do` does it, and puts into the outcome what it found;
        `bad` is the state of one with which it went wrong. Nothing that a host says or
        does gets past this: it is a row with the reason."""
        outcome = {"host": host, "state": bad, "try": None}
        try:
            do(outcome)
        except remote.Problem as problem:
            outcome.update({"why": problem.why, "try": problem.hint})
        except AnsibleConnectionFailure as failure:
            reason, hint = why.explain(to_text(failure))
            outcome.update({"state": "unreachable", "why": reason, "try": hint})
        except AnsibleError as error:
            reason, hint = why.explain(to_text(error))
            outcome.update({"why": reason, "try": hint})
        except EnvironmentError as error:
            outcome["why"] = "on this machine, not on the host: " + to_text(error)
        except Exception as error:  # pylint: disable=broad-except
            text = "%s: %s" % (type(error).__name__, to_text(error))
            outcome["why"] = "what the host said is not understood (%s)" % text[:300]
            outcome["try"] = "ansible-playbook -vvv shows where; the makers of groundcrew want to know"
        if "why" in outcome:
            # It may have gone wrong after it went well.
            outcome["state"] = "unreachable" if outcome["state"] == "unreachable" else bad
        return outcome

    @staticmethod
    def result(result, outcome, good):
        """The task's result for what came of the host."""
        if outcome["state"] != good:
            result["msg"] = outcome["why"] + (outcome["try"] and "; try: " + outcome["try"] or "")
            result["unreachable" if outcome["state"] == "unreachable" else "failed"] = True
        return result

    @staticmethod
    def delivered(path, ask):
        """Brings the program at `path` to a host: `ask(packed, arch, compressed)` does
        it and gives the host's answer; one that turns out to be another machine, or to
        have no gzip, is asked anew. The answer, and the program that went."""
        programs = remote.binaries(path)
        arch = "x86_64" if "x86_64" in programs else sorted(programs)[0]
        folder = to_text(C.DEFAULT_LOCAL_TMP)
        compressed = True
        for dummy in range(3):
            packed = remote.Packed(programs[arch], folder)
            answer = ask(packed, arch, compressed)
            if answer.end == "other-machine":
                other = remote.machine(answer.arch)
                if other not in programs:
                    raise remote.Problem(
                        "the host is a %s, and there is no program for it (for %s alone)"
                        % (answer.arch, " and ".join(sorted(programs))),
                        "put groundcrew-%s into a folder and name that" % other,
                    )
                arch = other
            elif answer.end == "no-gzip":
                compressed = False
            else:
                break
        return answer, packed, arch

    @staticmethod
    def values(values, arch, program, compressed):
        """What the script for the target needs to know beside `values`."""
        return dict(
            {
                "A": " ".join(remote.MACHINES.get(arch, [arch])),
                "C": "",
                "D": "/tmp",
                "J": "",
                "K": program[1],
                "L": 60,
                "N": "gc" + to_text(binascii.hexlify(os.urandom(16))),
                "O": "whole",
                "S": program[0],
                "T": "",
                "Z": "gzip" if compressed else "plain",
            },
            **values
        )

    def streamed(self, values, data):
        """The answer to what goes there as a stream, as root; None where sudo wants a
        terminal (requiretty, the default of EL6), which takes no stream."""
        try:
            answer, said = self.execute(values, data, True)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            # So it is called where sudo ended at once on a connection that was new.
            if "waiting for privilege escalation prompt" not in to_text(error):
                raise
            return None
        if answer.begun:
            return answer
        if self._connection.become and "tty" in said[1] + said[2]:
            return None
        raise remote.Problem(*why.no_frame(*said))

    def as_user(self, values, data):
        """The answer to what goes there as a stream, as the user who logs in."""
        answer, said = self.execute(values, data, False)
        if not answer.begun:
            raise remote.Problem(*why.no_frame(*said))
        return answer

    def on_terminal(self, values, forget):
        """The answer on a terminal, as root; what went there before as the user is
        removed by `forget` where it comes to nothing."""
        try:
            answer, said = self.execute(values, None, True)
        except AnsibleError:
            self.forget(forget)
            raise
        if not answer.begun:
            self.forget(forget)
            raise remote.Problem(*why.no_frame(*said))
        return answer

    def forget(self, path):
        """Removes what the user brought there and that could not be used."""
        if remote.PLAIN.match(path):
            self._low_level_execute_command("rm -rf %s" % path, sudoable=False)

    def execute(self, values, data, sudoable):
        """One execution of the target's /bin/sh. When it began and ended is kept beside
        what the target's clock said (`rounds`)."""
        values = dict(values, I="1" if data is not None else "")
        script = remote.script(values)
        self.keep_alive()
        for left in reversed(range(bounds.TRIES)):
            began, ticks = time.time_ns(), time.monotonic_ns()
            try:
                with bounds.bounded(values["L"]):
                    done = self._once(script, sudoable, data)
                break
            except AnsibleConnectionFailure as failure:
                # Nothing has run there yet.
                said = to_text(failure)
                if not why.turned_away(said):
                    raise
                if why.by_jump_host(said):
                    self._jump_host()
                if not left:
                    raise
                time.sleep(random.uniform(*bounds.WAITS))
            except bounds.Endless as endless:
                raise remote.Problem(*why.endless(to_text(endless)))
        ended = began + time.monotonic_ns() - ticks
        out, err = done.get("stdout") or "", done.get("stderr") or ""
        answer = remote.Answer(values["N"], out)
        self.rounds = getattr(self, "rounds", []) + [(began, ended, answer.clocks)]
        return answer, (done.get("rc", 0), out, err)

    def _once(self, script, sudoable, data):
        try:
            return self._low_level_execute_command(
                script, sudoable=sudoable, in_data=data, executable="/bin/sh"
            )
        except AnsibleConnectionFailure as failure:
            # ssh ended while the program was being written to it: its own words are
            # lost then, and it says them again to one that sends nothing.
            if "could not be sent" in to_text(failure):
                self._low_level_execute_command("echo", sudoable=False, executable="/bin/sh")
            raise

    def _jump_host(self):
        """Raises what is wrong with the jump host. Its words are lost where ssh keeps the
        connection (ControlPersist): it says them to one that does not."""
        ssh = self._connection
        args = ssh.get_option("ssh_extra_args") or ""
        ssh.set_option("ssh_extra_args", (args + " -o ControlPath=none").strip())
        try:
            self._low_level_execute_command("echo", sudoable=False, executable="/bin/sh")
        except AnsibleConnectionFailure as failure:
            if not why.turned_away(to_text(failure)):
                raise
        finally:
            ssh.set_option("ssh_extra_args", args)

    def keep_alive(self):
        """Has ssh find out within a minute that a host is gone, unless the site has said
        how long that may take."""
        ssh = self._connection
        if ssh.transport != "ssh":
            return
        args = [ssh.get_option(name) or "" for name in ("ssh_args", "ssh_common_args", "ssh_extra_args")]
        end = [ssh.get_option("host") or ssh.host]
        for option, name in (("User", "remote_user"), ("Port", "port")):
            value = ssh.get_option(name)
            if value is not None:
                end[:0] = ["-o", '%s="%s"' % (option, value)]
        more = bounds.alive(ssh.get_option("ssh_executable"), args, end)
        if more:
            ssh.set_option("ssh_extra_args", (args[2] + " " + more).strip())
