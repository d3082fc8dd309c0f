"""National identifiers by others that are as valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

import pyarrow as pa

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.checked_code import mask_codes
from engine.masking.columns import over_distinct
from engine.masking.national import SCHEMES, USUAL, schemes
from engine.masking.places import country_of_locale
from engine.problems import Problem


class NationalId(Masker):
    """Each identity, tax, health or social security number by another of the same country and writing, with valid check digits where
    it had them.

    Distinct numbers stay distinct, valid ones valid, mistyped ones mistyped. Dates of birth, sexes and places inside a number become
    others, so they no longer agree with other columns. A masked number may by chance be somebody's: most countries reserve none. What
    is no such number is masked as `pseudonym` would.
    """

    name = "national_id"
    title = "National identifier with valid check digits"
    domain = "national_id"
    properties = Properties(bijective=True, keeps_checksum=True)
    EXAMPLES: ClassVar[tuple[Mapping[str, object], ...]] = ({}, *({"scheme": name} for name in SCHEMES))

    scheme: str | None = None
    """Which number: `us_ssn`, `us_ein`, `us_npi`, `gb_nino`, `gb_nhs`, `de_idnr`, `fr_nir`, `it_codicefiscale`, `es_dni`, `es_nie`,
    `nl_bsn`, `pl_pesel`, `in_aadhaar`, `br_cpf`, `ca_sin`, `ch_ahv`; without it that of the plan's country."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if self.scheme is not None and self.scheme not in SCHEMES:
            reason = f"No national identifier is called {self.scheme!r}."
            yield self.problem(subject, "national-id-scheme", reason, f"Name one of {', '.join(SCHEMES)}.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        name = self.scheme or USUAL.get(country_of_locale(context.locale).upper(), "us_ssn")
        # Numbers of one kind agree in every table; those of another kind are other domains.
        inner = replace(context, key=context.key.child(name))
        return over_distinct(values, lambda distinct: mask_codes(distinct, schemes(name), inner))
