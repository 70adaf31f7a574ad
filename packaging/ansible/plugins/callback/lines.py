"""A line per host as it comes, on standard error; no colours and no control
characters, on a terminal as in a file."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
name: lines
type: stdout
short_description: A line per host
description:
  - Prints what came of each host as it comes, with a count and the time.
author:
  - The groundcrew authors
"""

import json
import os
import time

from ansible.module_utils._text import to_text
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "groundcrew.fleet.lines"

    def __init__(self):
        super(CallbackModule, self).__init__()
        # One command may be several plays: it tells when it began.
        began = os.environ.get("GROUNDCREW_FLEET_BEGAN", "")
        self._began = float(began) if began.isdigit() else time.time()
        self._seen = 0
        self._all = 0
        self._refused = None

    def set_options(self, *args, **kwargs):
        """There are none."""

    def v2_playbook_on_play_start(self, play):
        hosts = play.get_variable_manager()._inventory.get_hosts(play.hosts)
        self._all, self._seen = len(hosts), 0

    def v2_playbook_on_no_hosts_matched(self):
        self._say("no host of the inventory matches")

    def v2_runner_on_ok(self, result):
        self._host(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._host(result, True)

    def v2_runner_on_unreachable(self, result):
        self._host(result, True)

    def _host(self, result, bad=False):
        name, said = result._host.get_name(), result._result
        outcome = said.get("groundcrew")
        if outcome is None:
            # Not the result's own "failed": Ansible takes that out for callbacks.
            if bad:
                self._refuse(name, to_text(said.get("msg", "failed without a word")))
            return
        self._seen += 1
        if outcome["state"] == "reported":
            text = "reported     %s: %s, %s" % (name, outcome["arch"], outcome["verdict"])
        elif outcome["state"] == "done":
            text = "done         %s" % name
        else:
            text = "%-12s %s: %s" % (outcome["state"], name, outcome["why"][:400])
        seconds = int(time.time() - self._began)
        self._say("[%d/%d] %d:%02d %s" % (self._seen, self._all, seconds // 60, seconds % 60, text))

    def _refuse(self, name, text):
        """What is wrong with the inventory or the arguments is the same for all hosts:
        it is said once."""
        if text != self._refused:
            self._say("%s: %s" % (name, text))
        self._refused = text

    def _say(self, text):
        clean = "".join(c if c.isprintable() else " " for c in to_text(text))
        form = os.environ.get("GROUNDCREW_FLEET_PROGRESS", "text")
        if form == "json":
            clean = json.dumps(self._line(clean))
        if form != "none":
            self._display.display(clean, stderr=True)

    def _line(self, text):
        """As groundcrew's own --progress json says it."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = dict.fromkeys(("step", "total", "title", "state", "error", "exit"))
        elapsed = int((time.time() - self._began) * 1000)
        line.update(v=1, at=now, elapsed_ms=elapsed, event="notice", title=text)
        return line
