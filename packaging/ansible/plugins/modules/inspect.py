"""Documentation of the action of the same name; it runs on the controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: inspect
short_description: Runs groundcrew preflight on a host and keeps its report on the controller
description:
  - Streams the program to the host over the connection's one execution, checks its
    SHA-256 there, runs C(groundcrew preflight --format json) and removes it.
  - The host needs a POSIX shell, C(sha256sum) or C(openssl), and no Python.
  - A host that gives no report is written down with the reason and what to try, and
    is unreachable or failed.
author:
  - The groundcrew authors
options:
  binaries:
    description:
      - The program on the controller, or a folder with C(groundcrew-ARCH) for several
        machines.
    type: path
    required: true
  dir:
    description:
      - Folder on the controller. It gets C(inventory.json), C(reports/HOST.json) and
        C(reports/HOST.unreachable.json).
    type: path
    required: true
  preflight_args:
    description:
      - Further arguments, such as C(--online).
    type: list
    elements: str
    default: []
  tmp:
    description:
      - Folders of the host to try, in this order.
    type: list
    elements: str
    required: true
  timeout:
    description:
      - Seconds that the program may run.
    type: int
    default: 300
  run_dir:
    description:
      - Folder for what came of each host in this run.
    type: path
"""

EXAMPLES = r"""
- name: Inspect the host
  groundcrew.fleet.inspect:
    binaries: /opt/groundcrew/bin
    dir: /srv/groundcrew-fleet
    tmp:
      - /var/tmp
"""

RETURN = r"""
groundcrew:
  description: What came of the host.
  returned: always
  type: dict
  sample:
    host: web1
    state: reported
    arch: x86_64
    verdict: warn
    exit: 4
"""
