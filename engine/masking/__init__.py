"""Masking techniques: one technique, one file.

`MASKERS` is the index: the name in a plan -> "module:Class", imported on use. Other distributions add theirs under the
entry-point group `lookalike.maskers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.masking.base import Masker

MASKERS = {
    # left as they are, emptied, replaced
    "keep": "engine.masking.keep:Keep",
    "null": "engine.masking.null:Null",
    "constant": "engine.masking.constant:Constant",
    "redact": "engine.masking.redact:Redact",
    "blob": "engine.masking.blob:Blob",
    "image": "engine.masking.image:Image",
    "password_hash": "engine.masking.password_hash:PasswordHash",
    # keys and identifiers
    "pseudonym": "engine.masking.pseudonym:Pseudonym",
    "token": "engine.masking.keyed_token:Token",
    "fpe": "engine.masking.fpe:Fpe",
    "credit_card": "engine.masking.credit_card:CreditCard",
    "iban": "engine.masking.iban:Iban",
    "national_id": "engine.masking.national_id:NationalId",
    "licence_plate": "engine.masking.licence_plate:LicencePlate",
    "vin": "engine.masking.vin:Vin",
    "imei": "engine.masking.imei:Imei",
    "ip": "engine.masking.ip:Ip",
    "mac": "engine.masking.mac:Mac",
    "url": "engine.masking.url:Url",
    "regex_template": "engine.masking.regex_template:RegexTemplate",
    # dates, numbers, choices
    "date_shift": "engine.masking.date_shift:DateShift",
    "date_text": "engine.masking.date_text:DateText",
    "date_band": "engine.masking.date_band:DateBand",
    "birth_date": "engine.masking.birth_date:BirthDate",
    "ordered_dates": "engine.masking.ordered_dates:OrderedDates",
    "number_noise": "engine.masking.number_noise:NumberNoise",
    "noise_keep_total": "engine.masking.noise_keep_total:NoiseKeepTotal",
    "number_round": "engine.masking.number_round:NumberRound",
    "number_bucket": "engine.masking.number_bucket:NumberBucket",
    "top_code": "engine.masking.top_code:TopCode",
    "microaggregate": "engine.masking.microaggregate:Microaggregate",
    "category": "engine.masking.category:Category",
    "resample": "engine.masking.resample:Resample",
    "shuffle": "engine.masking.shuffle:Shuffle",
    "within": "engine.masking.within:Within",
    # people, places, texts
    "first_name": "engine.masking.first_name:FirstName",
    "last_name": "engine.masking.last_name:LastName",
    "full_name": "engine.masking.full_name:FullName",
    "username": "engine.masking.username:Username",
    "email": "engine.masking.email:Email",
    "phone": "engine.masking.phone:Phone",
    "street": "engine.masking.street:Street",
    "city": "engine.masking.city:City",
    "postcode": "engine.masking.postcode:Postcode",
    "country": "engine.masking.country:Country",
    "address": "engine.masking.address:Address",
    "coordinates": "engine.masking.coordinates:Coordinates",
    "coordinates_cell": "engine.masking.coordinates_cell:CoordinatesCell",
    "company": "engine.masking.company:Company",
    "job_title": "engine.masking.job_title:JobTitle",
    "lookup": "engine.masking.lookup:Lookup",
    "external": "engine.masking.external:External",
    "provider": "engine.masking.provider:Provider",
    "free_text": "engine.masking.free_text:FreeText",
    "json_path": "engine.masking.json_path:JsonPath",
    "xml_path": "engine.masking.xml_path:XmlPath",
    "elements": "engine.masking.elements:Elements",
}


@cache
def registry() -> Mapping[str, str]:
    """Every technique that is installed, our own before those of other distributions."""
    return {entry.name: entry.value for entry in entry_points(group="lookalike.maskers")} | MASKERS


def masker_class(name: str) -> type[Masker]:
    """The technique of that name. Raises KeyError."""
    module, _, attribute = registry()[name].partition(":")
    found: type[Masker] = getattr(import_module(module), attribute)
    return found


def make_masker(name: str, options: Mapping[str, Any]) -> Masker:
    """The technique with these options. Raises KeyError, or pydantic's ValidationError for options that do not fit."""
    return masker_class(name)(**options)


def masker_names() -> tuple[str, ...]:
    """The names that a plan may use, sorted."""
    return tuple(sorted(registry()))
