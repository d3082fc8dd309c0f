"""What browsers and programs say of themselves to servers."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class UserAgent(PatternDetector):
    """`Mozilla/5.0 (...)` and its like: together with little else they single out a browser."""

    name = "user_agent"
    title = "User agent"
    entities = ("device_id",)
    usual = 0.15
    hit = 0.9
    chance = 0.0005
    alike = 0.9
    lengths = (8, 250)
    pattern = (
        r"^(?:Mozilla|Opera|Dalvik|okhttp|curl|Wget|python-requests|PostmanRuntime|Java|Go-http-client|Apache-HttpClient"
        r"|[A-Za-z]+Bot|Lynx|UCWEB)/[0-9.]+(?:\s|$)"
    )
    EXAMPLES = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "curl/8.5.0", "okhttp/4.9.0")
    COUNTEREXAMPLES = ("Mozilla", "Curl and wave", "text/html", "TCP/IP")
