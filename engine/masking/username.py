"""User names: a made name and a code that is a function of the user name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.base import Context, Properties, Subject
from engine.masking.choose import ListMasker, blanks_emptied, by_distinct, collated
from engine.masking.coded_name import CODE, coded_names, given_names, made_names, person_names, recase
from engine.masking.email import Email
from engine.problems import Problem


class Username(ListMasker):
    """`ada.jones.k3x...`: a function of the user name alone, so it is equal everywhere, and unique where user names are.

    A user name that is an e-mail address becomes what the e-mail mask makes of it, so both columns agree. With `from = [first, last]`
    the name is built from the masked names of the row; with a person key (`by`) all user names of one person carry one name. Columns
    shorter than 16 characters get a shorter code and are refused where they are unique.
    """

    name = "username"
    title = "User name, a function of its own value"
    domain = "username"
    properties = Properties(bijective=True, overlap="none")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        limit = subject.column.length
        if limit is not None and limit < CODE and subject.unique:
            yield self.problem(
                subject,
                "mask-length",
                f"the column is unique and has {limit} characters; a user name that stays unique needs {CODE}.",
                "Widen the column in the target, or mask it with `fpe` or `token`.",
            )

    def bijective_on(self, subject: Subject) -> bool:
        return subject.column.length is None or subject.column.length >= CODE

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        values = blanks_emptied(values, context.subject)
        if not context.given and context.by is None:
            return by_distinct(values, lambda texts: self._names(texts, context, None))
        names = given_names(context) if context.given else person_names(values, context, self.locale_in(context))
        return pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), values, self._names(values, context, names))

    def _names(self, values: pa.Array, context: Context, names: pa.Array | None) -> pa.Array:
        column, locale = context.subject.column, self.locale_in(context)
        seen, canonical = collated(values, column)
        if names is None:
            names = made_names(context.key.cmac(canonical, "name"), locale)
        coded = coded_names(names, context.key.cmac(canonical), column.length)
        masked = pc.if_else(pc.is_null(values), None, recase(seen, canonical, coded, context.key))
        email = Email(locale=self.locale)
        if not email.bijective_on(context.subject):
            return masked
        is_address = pc.match_substring(values, "@").fill_null(False)
        addresses = email.addresses(values.filter(is_address), context, context.domain("email"), None)
        return pc.replace_with_mask(masked, is_address, addresses)
