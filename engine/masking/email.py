"""E-mail addresses: a name, a code that is a function of the address, a domain that belongs to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking.base import Context, Properties, Subject
from engine.masking.choose import ListMasker, blanks_emptied, by_distinct, collated
from engine.masking.coded_name import CODE, coded_names, given_names, made_names, person_names, recase
from engine.masking.codes import code
from engine.prf import Words
from engine.problems import Problem

DOMAINS = ("example.com", "a.test")
"""Reserved by RFC 2606: nobody can own them and no mail arrives."""


class Email(ListMasker):
    """`ada.jones.k3x...@example.com`: a function of the address alone, so it is equal everywhere, and unique where addresses are.

    The name says nothing of the person. With `from = [first, last]` it is built from the masked names of the row; with a person key
    (`by`) all addresses of one person carry one name; the code stays a function of the address in both. The domain of RFC 2606
    receives no mail. Short columns lose the names first; it does not keep the provider.
    """

    name = "email"
    title = "E-mail address, a function of its own value"
    domain = "email"
    properties = Properties(bijective=True, overlap="none")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"at": "example.org"})

    at: str | None = None
    """Another domain behind the @, one of your own for tests; without it `example.com`."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        limit, shortest = subject.column.length, self._shortest()
        if limit is not None and limit < 4:
            yield self.problem(
                subject, "mask-length", f"no address fits into {limit} characters.", "Mask it with `null` or `token`."
            )
        elif limit is not None and limit < shortest and subject.unique:
            yield self.problem(
                subject,
                "mask-length",
                f"the column is unique and has {limit} characters; an address that stays unique needs {shortest}.",
                "Widen the column in the target, or mask it with `token`.",
            )

    def bijective_on(self, subject: Subject) -> bool:
        return subject.column.length is None or subject.column.length >= self._shortest()

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        values = blanks_emptied(values, context.subject)
        if not context.given and context.by is None:
            return by_distinct(values, lambda texts: self.addresses(texts, context, context.key, None))
        names = given_names(context) if context.given else person_names(values, context, self.locale_in(context))
        return pc.if_else(
            pc.equal(pc.utf8_trim_whitespace(values), ""), values, self.addresses(values, context, context.key, names)
        )

    def addresses(self, values: pa.Array, context: Context, key: DomainKey, names: pa.Array | None) -> pa.Array:
        """The masked addresses under the key of the e-mail domain, each with its own name or one of `names`."""
        column = context.subject.column
        seen, canonical = collated(values, column)
        tags = key.cmac(canonical)
        if names is None:
            names = made_names(key.cmac(canonical, "name"), self.locale_in(context))
        local, domain = _fitted(names, tags, column.length, self._domains())
        address = pc.binary_join_element_wise(recase(seen, canonical, local, key), domain, "@")
        return pc.if_else(pc.is_null(values), None, address)

    def _shortest(self) -> int:
        """Characters of the shortest address with the whole code."""
        return CODE + 1 + min(len(domain) for domain in self._domains())

    def _domains(self) -> tuple[str, ...]:
        return (self.at,) if self.at else DOMAINS


def _fitted(names: pa.Array, tags: Words, limit: int | None, domains: tuple[str, ...]) -> tuple[pa.Array, str]:
    """Local parts and the domain: names and code where that fits, then the code alone, then a shorter domain and code."""
    if limit is None or CODE + 1 + len(domains[0]) <= limit:
        return coded_names(names, tags, None if limit is None else limit - 1 - len(domains[0])), domains[0]
    domain = min(domains, key=len)[: max(1, limit - 2)]
    return code(tags, max(1, min(CODE, limit - 1 - len(domain)))), domain
