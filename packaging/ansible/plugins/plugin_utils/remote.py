"""What goes to a target and what comes back: no Ansible in here, so that it can be
tested alone."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import fcntl
import gzip
import hashlib
import io
import os
import re
import tempfile
import zlib

# Words for the same machine, by what `uname -m` calls it.
MACHINES = {
    "x86_64": ["x86_64", "amd64"],
    "aarch64": ["aarch64", "arm64"],
}
# An argument or folder that means the same to every shell that it passes.
PLAIN = re.compile(r"^[A-Za-z0-9_./:=,@+%-]+$")
# How large a file of a target may be, in bytes, once it is unpacked: a report has
# some 200 KiB, an answer of `fleet apply` a few join files.
LARGEST = 16 * 1024 * 1024
# How long the words of a target may be that end up in rows and on terminals.
LONGEST = 500
# Numbers of a target: sizes, exit statuses.
NUMBER = re.compile(r"\A[0-9]{1,10}\Z")
# What `date +%s%N` prints; without nanoseconds where date has none (busybox).
CLOCK = re.compile(r"\A([0-9]{9,11}?)([0-9]{9})?(?:%?N)?\Z")
SECOND = 1000 * 1000 * 1000


class Problem(Exception):
    """Something that the operator has to put right: what, and what to try."""

    def __init__(self, why, hint=None):
        super(Problem, self).__init__(why)
        self.why = why
        self.hint = hint


def machine(name):
    """The usual word for a machine."""
    for usual, words in MACHINES.items():
        if name in words:
            return usual
    return name


def binaries(path):
    """The programs at `path`, by machine: a file, or a folder of groundcrew-ARCH."""
    found = {}
    if os.path.isdir(path):
        for name in sorted(os.listdir(path)):
            if name.startswith("groundcrew-"):
                arch = elf_machine(os.path.join(path, name))
                if arch:
                    found[arch] = os.path.join(path, name)
        if not found:
            raise Problem(
                "%s has no programs named groundcrew-ARCH" % path,
                "put groundcrew-x86_64 or groundcrew-aarch64 in there, or name the file itself",
            )
        return found
    if not os.path.isfile(path):
        raise Problem(
            "%s is not there on the controller" % path,
            "set groundcrew_fleet_binaries to the program or to a folder with groundcrew-ARCH",
        )
    arch = elf_machine(path)
    if not arch:
        raise Problem("%s is no Linux program (ELF) for a machine that is known here" % path)
    return {arch: path}


def elf_machine(path):
    """What machine a program is for, from its header."""
    with open(path, "rb") as file:
        head = bytearray(file.read(20))
    if len(head) < 20 or bytes(head[:4]) != b"\x7fELF":
        return None
    # e_machine of the ELF specification: EM_X86_64, EM_AARCH64.
    return {62: "x86_64", 183: "aarch64"}.get(head[18] + 256 * head[19])


class Packed(object):
    """A program as it is sent: compressed once for all hosts of a run."""

    def __init__(self, path, folder):
        self.path = path
        stat = os.stat(path)
        key = "%s %d %d %d" % (os.path.abspath(path), stat.st_size, stat.st_mtime, stat.st_ino)
        name = hashlib.sha256(key.encode("utf-8")).hexdigest()[:24]
        self.kib = stat.st_size // 1024 + 1024
        self._gzip = os.path.join(folder, "groundcrew-%s.gz" % name)
        note = self._gzip + ".sha256"
        # Many workers begin at once; one compresses, the others wait for it.
        with open(os.path.join(folder, "groundcrew-%s.lock" % name), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(note):
                digest = hashlib.sha256()
                with open(path, "rb") as plain, gzip.open(self._gzip, "wb", 6) as packed:
                    for piece in iter(lambda: plain.read(1 << 20), b""):
                        digest.update(piece)
                        packed.write(piece)
                write_atomic(note, digest.hexdigest().encode("ascii"))
            with open(note) as file:
                self.sha256 = file.read()

    def data(self, compressed):
        """The bytes for standard input."""
        with open(self._gzip if compressed else self.path, "rb") as file:
            return file.read()


def write_atomic(path, data):
    """Writes a file whole or not at all, 0600."""
    handle, unfinished = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.rename(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


def make_dir(path):
    """Makes a private folder with what is above it."""
    try:
        os.makedirs(path, 0o700)
    except OSError:
        if not os.path.isdir(path):
            raise


def script(values):
    """The text for the target's /bin/sh."""
    lines = []
    for name, value in sorted(values.items()):
        for word in str(value).split():
            if not PLAIN.match(word):
                raise Problem("%s: not passed to a target" % word, "letters, digits and ._/:=,@+%- pass")
        lines.append('%s="%s"' % (name, value))
    with io.open(os.path.join(os.path.dirname(__file__), "receive.sh"), encoding="utf-8") as file:
        body = [line for line in file.read().splitlines() if not line.startswith("#")]
    return "\n".join(lines + body)


class Answer(object):
    """What a target said between whatever else its login shell prints. Whatever it
    is, this reads it: what is broken in it is not there."""

    def __init__(self, nonce, text):
        self.begun = False
        self.arch = None
        self.folders = []
        self.left = None
        self.exit = None
        self.late = None
        self.end = None
        self.detail = ""
        self.clocks = []
        self.data = {}
        held = None
        for line in text.replace("\r", "\n").split("\n"):
            if line.startswith(nonce + " "):
                words = line.split(" ")[1:]
                held = self._take(words)
            elif held is not None:
                held["text"].append(line.strip())

    def _take(self, words):
        word, rest = words[0], [word for word in words[1:] if word]
        text = " ".join(rest)[:LONGEST]
        number = NUMBER.match(text) and int(text)
        if word == "begin":
            self.begun = True
        elif word == "clock":
            reading = clock(text)
            if reading and len(self.clocks) < 2:
                self.clocks.append(reading)
        elif word == "arch":
            self.arch = text
        elif word == "folder" and len(self.folders) < 20:
            self.folders.append(text)
        elif word == "left":
            self.left = text
        elif word == "exit":
            self.exit = number
        elif word == "late":
            self.late = number
        elif word == "end" and rest:
            self.end, self.detail = rest[0][:LONGEST], " ".join(rest[1:])[:LONGEST]
        elif word == "data" and len(rest) == 4 and NUMBER.match(rest[3]):
            held = {"code": rest[1], "pack": rest[2], "size": int(rest[3]), "text": []}
            self.data[rest[0]] = held
            return held
        return None

    def bytes(self, name):
        """A file of the target as it was there; None where it is damaged. A Problem
        where it is larger than LARGEST, however small it was packed."""
        held = self.data.get(name)
        if held is None:
            return None
        joined = "".join(held["text"]).replace(" ", "")
        # Hexadecimal doubles a file, and what is packed may grow a little.
        if held["size"] > LARGEST or len(joined) > 2 * LARGEST + 4096:
            raise too_large()
        try:
            if held["code"] == "hex":
                raw = binascii.unhexlify(joined.encode("ascii"))
            else:
                raw = base64.b64decode(joined.encode("ascii"))
            if held["pack"] == "gzip":
                unpack = zlib.decompressobj(31)
                raw = unpack.decompress(raw, LARGEST + 1)
                if len(raw) > LARGEST:
                    raise too_large()
                if not unpack.eof:
                    return None
        except (ValueError, TypeError, zlib.error):
            return None
        return raw if len(raw) == held["size"] else None


def too_large():
    """The problem of a file that no report is as large as."""
    return Problem(
        "what it sent is larger than %d MiB, which no report is" % (LARGEST >> 20),
        "run groundcrew there by hand: is it that program, and is the host in order?",
    )


def clock(text):
    """The earliest and the latest time, in nanoseconds since 1970, that a reading of a
    target's clock stands for; None where it is no reading."""
    found = CLOCK.match(text)
    if not found:
        return None
    seconds, nanoseconds = int(found.group(1)) * SECOND, found.group(2)
    if nanoseconds is None:
        return seconds, seconds + SECOND
    return seconds + int(nanoseconds), seconds + int(nanoseconds)


def offset(rounds):
    """By how much a target's clock is ahead of this one, as `offset_ms` and `error_ms`
    of its file; None where it cannot be told.

    A round is one exchange: when it began and ended here, in nanoseconds since 1970,
    and the target's readings in between, first and last. The first was not taken
    before the beginning, the last not after the end: that gives the offset's bounds,
    and several rounds narrow them. Where they cross, a clock was set meanwhile."""
    bounds = []
    for began, ended, clocks in rounds:
        if clocks:
            bounds.append((clocks[-1][0] - ended, clocks[0][1] - began))
    if not bounds:
        return None
    low = max(bound[0] for bound in bounds)
    high = min(bound[1] for bound in bounds)
    if low > high:
        return None
    # Whole milliseconds, and no narrower than it was.
    middle = int(round((low + high) / 2e6))
    error = max(middle * 1000000 - low, high - middle * 1000000)
    return {"offset_ms": middle, "error_ms": -(-error // 1000000)}
