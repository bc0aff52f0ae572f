"""Warm kernels for unattended runs."""
