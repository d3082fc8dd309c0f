"""Web addresses by others that nobody owns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.charset import in_charset
from engine.masking.choose import blanks_emptied, by_distinct, collated
from engine.masking.codes import code
from engine.problems import Problem

CODE = 16
"""Characters of 5 bits: 80 bits keep addresses apart."""
_HOST = 8
_URL = r"(?is)^(?P<scheme>(?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#@]*@)?(?P<host>[^/?#:]*)(?P<rest>.*)$"
_AT = "example.com"


class Url(Masker):
    """`https://k3xw9b2d.example.com/7f...`: the scheme stays, the host becomes one below `example.com` (RFC 2606: nobody owns it), and
    path, query and fragment become a code that is a function of the whole address.

    Addresses of one host stay addresses of one host, distinct ones stay distinct. Names, sessions and tokens in an address are gone,
    and so are a login before the host, the port and the file's ending.
    """

    name = "url"
    title = "Web address, a function of its own value"
    domain = "url"
    properties = Properties(bijective=True, overlap="none")
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"at": "test.example"})

    at: str = _AT
    """The domain below which the hosts stand."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        limit = subject.column.length
        if limit is not None and limit < CODE:
            reason = f"no web address fits into {limit} characters."
            yield self.problem(subject, "mask-length", reason, "Mask it with `null` or `token`.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        masked = by_distinct(blanks_emptied(values, context.subject), lambda texts: self._addresses(texts, context))
        return in_charset(masked, context.subject.column)

    def _addresses(self, values: pa.Array, context: Context) -> pa.Array:
        """The scheme and host go first where the column is too short for all."""
        seen, canonical = collated(values, context.subject.column)
        whole = canonical if Match.CASE in context.subject.column.folds else seen
        parts = pc.extract_regex(canonical, _URL)
        scheme, host = parts.field("scheme"), parts.field("host")
        place = pc.binary_join_element_wise(code(context.key.cmac(host, "host"), _HOST), self.at, ".")
        tail = code(context.key.cmac(whole, "address"), CODE)
        address = pc.binary_join_element_wise(pc.binary_join_element_wise(scheme, place, ""), tail, "/")
        limit = context.subject.column.length
        return address if limit is None else pc.if_else(pc.less_equal(pc.utf8_length(address), limit), address, tail)
