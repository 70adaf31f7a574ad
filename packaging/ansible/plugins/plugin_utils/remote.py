"""What goes to a target and what comes back: no Ansible in here, so that it can be
tested alone. Python 2.7 and 3."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import fcntl
import gzip
import hashlib
import io
import json
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
# A host's name is the name of its file.
NAME = re.compile(r"^[^/\x00-\x1f.][^/\x00-\x1f]{0,199}$")


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
    """What a target said between whatever else its login shell prints."""

    def __init__(self, nonce, text):
        self.begun = False
        self.arch = None
        self.folders = []
        self.left = None
        self.exit = None
        self.end = None
        self.detail = ""
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
        text = " ".join(rest)
        if word == "begin":
            self.begun = True
        elif word == "arch":
            self.arch = text
        elif word == "folder":
            self.folders.append(text)
        elif word == "left":
            self.left = text
        elif word == "exit":
            self.exit = int(text)
        elif word == "end" and rest:
            self.end, self.detail = rest[0], " ".join(rest[1:])
        elif word == "data" and len(rest) == 4:
            held = {"code": rest[1], "pack": rest[2], "size": int(rest[3]), "text": []}
            self.data[rest[0]] = held
            return held
        return None

    def bytes(self, name):
        """A file of the target as it was there; None where it is damaged."""
        held = self.data.get(name)
        if held is None:
            return None
        joined = "".join(held["text"]).replace(" ", "")
        try:
            if held["code"] == "hex":
                raw = binascii.unhexlify(joined.encode("ascii"))
            else:
                raw = base64.b64decode(joined.encode("ascii"))
            if held["pack"] == "gzip":
                raw = zlib.decompress(raw, 31)
        except (ValueError, TypeError, binascii.Error, zlib.error):
            return None
        return raw if len(raw) == held["size"] else None


class Results(object):
    """The folder on the controller."""

    def __init__(self, folder, run_dir=None):
        self.folder = folder
        self.run_dir = run_dir
        make_dir(os.path.join(folder, "reports"))

    def inventory(self, hosts):
        """All hosts of the inventory, those too that are not asked now."""
        data = {"hosts": sorted(hosts)}
        self._json(os.path.join(self.folder, "inventory.json"), data)

    def asked(self, hosts):
        """The hosts of this run, for whoever drives it."""
        if self.run_dir:
            self._json(os.path.join(self.run_dir, "asked.json"), {"hosts": sorted(hosts)})

    def report(self, host, data):
        """Keeps a report, byte for byte."""
        write_atomic(self._path(host, "json"), data)
        self._remove(self._path(host, "unreachable.json"))

    def missing(self, host, why, hint):
        """Keeps that a host gave no report. An earlier one is no report of now: it
        is set aside."""
        row = {"host": host, "why": why, "try": hint}
        self._json(self._path(host, "unreachable.json"), row)
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
        write_atomic(path, text.encode("utf-8") + b"\n")

    @staticmethod
    def _remove(path):
        try:
            os.unlink(path)
        except OSError:
            pass
