"""What the operator gives: the hosts' names and the arguments. No Ansible in here."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import re
import shlex

from ansible_collections.groundcrew.fleet.plugins.plugin_utils.remote import PLAIN, Problem

# A host's name is the name of its files. The program that reads them holds names to
# the same rule (`is_host_name`), and a test holds the two together.
NAME = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,199}\Z")
# The report of `a.clock` would be taken for the clock reading of `a`.
ENDINGS = (".clock", ".unreachable")
# Longer than anybody waits, in seconds.
LONGEST = 7 * 24 * 3600


def is_host_name(name):
    """Whether a text can be a host's name here."""
    return bool(NAME.match(name)) and not name.endswith(ENDINGS)


def names(hosts):
    """A Problem that tells all names that cannot be files' names."""
    bad = [name for name in sorted(hosts) if not is_host_name(name)]
    if bad:
        raise Problem(
            "these hosts of the inventory have names that cannot be names of files: %s; wanted are "
            "letters (a to z), digits, '.', '_' and '-', 200 at most, not beginning with '.' or '-' "
            "nor ending with .clock or .unreachable; no host was asked" % ", ".join(map(repr, bad)),
            "rename them in the inventory, and keep the address beside the name: "
            "NAME ansible_host=ADDRESS",
        )


def words(name, value):
    """The words of a variable: a list of them, or a text that is split as a shell does
    (`-e VARIABLE=...` gives texts alone)."""
    wanted = "wanted a list of words, or one text of words"
    if value is None:
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip().startswith("[") else shlex.split(value)
        except ValueError as error:
            raise Problem("%s: %r cannot be split into words: %s" % (name, str(value), error))
    if not isinstance(value, (list, tuple)):
        raise Problem("%s: found %s, %s" % (name, found(value), wanted))
    for word in value:
        if not isinstance(word, str):
            raise Problem("%s: found %s in the list, %s" % (name, found(word), wanted))
        if not PLAIN.match(word):
            raise Problem("%s: %r is not passed to hosts: letters, digits and ._/:=,@+%%- are" % (name, str(word)))
    return [str(word) for word in value]


def folders(name, value):
    """The same of at least one folder."""
    given = words(name, value)
    if not given or not all(path.startswith("/") for path in given):
        raise Problem("%s: found %r, wanted absolute paths of folders, one at least" % (name, given))
    return given


def seconds(name, value):
    """A number of seconds."""
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.match(r"\A[0-9]{1,9}\Z", value.strip()):
        number = int(value)
    if number is None or not 1 <= number <= LONGEST:
        raise Problem("%s: found %s, wanted seconds from 1 to %d" % (name, found(value), LONGEST))
    return number


def path(name, value):
    """A path on the controller."""
    if not isinstance(value, str) or not value.strip():
        raise Problem("%s: found %s, wanted a path on the controller" % (name, found(value)))
    return os.path.expanduser(str(value))


def found(value):
    """A value in a message."""
    kind = {"bool": "truth value", "dict": "mapping", "int": "number", "float": "number", "str": "text"}
    name = type(value).__name__
    for parent in type(value).__mro__:
        if parent.__name__ in kind:
            name = kind[parent.__name__]
            break
    return "nothing" if value is None else "%.200r (a %s)" % (value, name)


def settings(args, wanted):
    """The arguments by their names, each through its function; all problems at once.
    `wanted`: (name, function, variable of the role, default)."""
    given, problems = {}, []
    for name, take, variable, default in wanted:
        value = args.get(name)
        try:
            given[name] = take(variable, default if value is None else value)
        except Problem as problem:
            problems.append(problem.why)
    if problems:
        raise Problem("; ".join(problems) + "; no host was asked")
    return given
