"""Synthetic rows, measured: how alike, how private, how fast."""
