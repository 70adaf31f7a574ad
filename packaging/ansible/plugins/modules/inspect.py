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
  - A host that gives no report is written down with the reason and what to try, and
    is unreachable or failed.
author:
  - The groundcrew authors
extends_documentation_fragment:
  - groundcrew.fleet.target
options:
  dir:
    description:
      - Folder on the controller. It gets C(inventory.json), C(reports/HOST.json),
        C(reports/HOST.clock.json) and C(reports/HOST.unreachable.json).
    type: path
    required: true
  preflight_args:
    description:
      - Further arguments, such as C(--online); a list, or one text of them.
    type: raw
    default: []
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
