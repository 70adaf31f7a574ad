"""What a host cannot take from its controller: time and memory without end, and the
words of one that is gone. No Ansible in here."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time

# What an execution may take beside the time that the program may run, in seconds: the
# program's 3 MiB take 400 s at 64 kbit/s.
WAY = 900
# How much more memory this process may take for what a host prints, in bytes. Ansible
# gathers all of it; 16 MiB, the largest answer, take some 150 MiB with its copies.
GROWTH = 256 * 1024 * 1024
# How often a host may end the connection before the login, and how long is waited in
# between, in seconds: sshd's MaxStartups (10:30:100) ends those at random that come while
# many others log in.
TRIES = 5
WAITS = (1.0, 4.0)
# How ssh asks a host whether it is there still: three times 20 s (ServerAliveCountMax is
# 3), then the connection ends. Every sshd since 2001 answers.
ALIVE = "-o ServerAliveInterval=20"


class Endless(BaseException):
    """A host that came to no end. No Exception: Ansible would try again after one."""


@contextlib.contextmanager
def bounded(seconds):
    """Raises Endless where what is done meanwhile takes longer than `seconds` and the
    way, or more memory than any answer. Where somebody else has set an alarm (Ansible's
    task timeout), that one is the bound."""
    own = signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    if not own or threading.current_thread() is not threading.main_thread():
        yield
        return
    most, last = memory() + GROWTH, time.monotonic() + seconds + WAY

    def look(dummy_signal, dummy_frame):
        why = None
        if memory() > most:
            why = "it printed without end, more than any answer has (%d MiB)" % (GROWTH >> 20)
        elif time.monotonic() > last:
            why = "it was not done within %d s, and was left" % (seconds + WAY)
        if why:
            signal.setitimer(signal.ITIMER_REAL, 0)
            end_children()
            raise Endless(why)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def memory():
    """The memory of this process, in bytes; 0 where it is not told."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (EnvironmentError, ValueError, IndexError):
        return 0


def end_children():
    """Ends what this process has started, which is ssh: nobody listens to it."""
    try:
        with open("/proc/self/task/%d/children" % os.getpid()) as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGTERM)
    except EnvironmentError:
        pass


def alive(program, args, end):
    """The arguments with which ssh finds out that a host is gone; none where the site
    has said its own, in these `args` or in ssh's configuration, or where ssh cannot be
    asked. `end`: the arguments that name the host."""
    words = []
    for text in args:
        words.extend(shlex.split(text or ""))
    if "serveraliveinterval" in " ".join(words).lower() or os.path.basename(program) != "ssh":
        return ""
    # What it would do: it does not connect. OpenSSH 6.8 and later.
    argv = [program] + words + ["-G"] + end
    try:
        with open(os.devnull) as nothing:
            said = subprocess.run(
                argv, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10, check=True
            )
    except (EnvironmentError, subprocess.SubprocessError):
        return ""
    return ALIVE if b"\nserveraliveinterval 0\n" in b"\n" + said.stdout else ""
