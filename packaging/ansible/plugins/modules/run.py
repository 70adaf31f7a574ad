"""Documentation of the action of the same name; it runs on the controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: run
short_description: Does a job on a host with groundcrew, for C(groundcrew fleet apply)
description:
  - Brings the program to the host once, checks its SHA-256 there, hands it the job
    C(RUN_DIR/HOST.job.json) and writes what came of it to C(RUN_DIR/HOST.outcome.json).
  - The last job of a host (C("last")) removes the program there.
author:
  - The groundcrew authors
extends_documentation_fragment:
  - groundcrew.fleet.target
options:
  timeout:
    description:
      - Seconds that a job may take.
    type: int
    default: 7200
  run_dir:
    description:
      - Folder of the jobs and of what came of them.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Do what groundcrew fleet apply has written down for the host
  groundcrew.fleet.run:
    binaries: /opt/groundcrew/bin
    run_dir: /run/groundcrew-jobs
    tmp:
      - /var/tmp
"""

RETURN = r"""
groundcrew:
  description: What came of the job.
  returned: always
  type: dict
  sample:
    host: web1
    state: done
"""
