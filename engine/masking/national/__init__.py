"""National identifiers: one country, one file.

`SCHEMES` is the index: the name in a plan -> "module:attribute" of a tuple of schemes, imported on use.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.masking.checked_code import Scheme

SCHEMES = {
    "br_cpf": "engine.masking.national.br:CPF",
    "ca_sin": "engine.masking.national.ca:SIN",
    "ch_ahv": "engine.masking.national.ch:AHV",
    "de_idnr": "engine.masking.national.de:IDNR",
    "es_dni": "engine.masking.national.es:DNI",
    "es_nie": "engine.masking.national.es:NIE",
    "fr_nir": "engine.masking.national.fr:NIR",
    "gb_nhs": "engine.masking.national.gb:NHS",
    "gb_nino": "engine.masking.national.gb:NINO",
    "in_aadhaar": "engine.masking.national.india:AADHAAR",
    "it_codicefiscale": "engine.masking.national.it:CODICE_FISCALE",
    "nl_bsn": "engine.masking.national.nl:BSN",
    "pl_pesel": "engine.masking.national.pl:PESEL",
    "us_ein": "engine.masking.national.us:EIN",
    "us_npi": "engine.masking.national.us:NPI",
    "us_ssn": "engine.masking.national.us:SSN",
}

USUAL = {
    "US": "us_ssn", "GB": "gb_nino", "DE": "de_idnr", "FR": "fr_nir", "IT": "it_codicefiscale", "ES": "es_dni",
    "NL": "nl_bsn", "PL": "pl_pesel", "IN": "in_aadhaar", "BR": "br_cpf", "CA": "ca_sin", "CH": "ch_ahv",
}  # fmt: skip
"""Country -> the identifier that its people have."""


@cache
def schemes(name: str) -> tuple[Scheme, ...]:
    """How the identifiers of that name are written. Raises KeyError."""
    module, _, attribute = SCHEMES[name].partition(":")
    found: tuple[Scheme, ...] = getattr(import_module(module), attribute)
    return found
