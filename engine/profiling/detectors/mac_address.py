"""Addresses of network cards."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class MacAddress(PatternDetector):
    """Six or eight octets in hexadecimal, with colons, hyphens or Cisco's dots."""

    name = "mac_address"
    title = "MAC address"
    entities = ("mac_address",)
    chance = 0.001
    lengths = (14, 23)
    pattern = (
        r"^(?i)(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:(?::[0-9a-f]{2}){2})?"
        r"|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$"
    )
    EXAMPLES = ("00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e")
    COUNTEREXAMPLES = ("12:30:45", "00:1a:2b:3c:4d", "2001:db8::1", "00-1A-2B-3C-4D-5G")
