"""What the modules have in common that bring the program to a host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    """The options."""

    DOCUMENTATION = r"""
notes:
  - The host needs a POSIX shell, C(sha256sum) or C(openssl), and no Python.
  - The controller needs ansible-core 2.14 or later.
options:
  binaries:
    description:
      - The program on the controller, or a folder with C(groundcrew-ARCH) for several
        machines.
    type: path
    required: true
  tmp:
    description:
      - Folders of the host to try, in this order; a list, or one text of them.
    type: raw
    required: true
"""
