"""Measured, never asserted by time. Each file is a command; its result files lie in `results/`."""
