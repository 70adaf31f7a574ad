//! Version strings of kernels and Docker, compared as numbers.
