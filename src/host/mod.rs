//! 1. The seam to the machine.
