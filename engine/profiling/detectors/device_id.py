"""Identifiers of devices and sessions."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class DeviceId(PatternDetector):
    """UUIDs say little: most of them are keys of something else."""

    name = "device_id"
    title = "Device or session"
    entities = ("device_id",)
    usual = 0.4
    hit = 0.97
    chance = 0.1
    alike = 0.95
    lengths = (32, 38)
    pattern = r"^\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$"
    EXAMPLES = ("123e4567-e89b-12d3-a456-426614174000", "{123E4567-E89B-12D3-A456-426614174000}")
    COUNTEREXAMPLES = ("123e4567-e89b-12d3-a456", "123e4567e89b", "zzze4567-e89b-12d3-a456-426614174000")
