"""Discovery: one detector, one file.

`DETECTORS` is the index: name -> "module:Class", imported on use. Other distributions add theirs under the entry-point group
`lookalike.detectors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.profiling.detector import Detector

DETECTORS: dict[str, str] = {
    # what the schema says
    "column_name": "engine.profiling.detectors.column_name:ColumnName",
    "column_comment": "engine.profiling.detectors.column_comment:ColumnComment",
    "table_name": "engine.profiling.detectors.table_name:TableKind",
    "column_type": "engine.profiling.detectors.column_type:ColumnType",
    "key_neighbours": "engine.profiling.detectors.key_neighbours:KeyNeighbours",
    "constraints": "engine.profiling.detectors.constraints:Constraints",
    # what single values are
    "email": "engine.profiling.detectors.email:Email",
    "mailbox": "engine.profiling.detectors.intranet_mailbox:Mailbox",
    "phone": "engine.profiling.detectors.phone:Phone",
    "url": "engine.profiling.detectors.url:Url",
    "ip_address": "engine.profiling.detectors.ip_address:IpAddress",
    "mac_address": "engine.profiling.detectors.mac_address:MacAddress",
    "imei": "engine.profiling.detectors.imei:Imei",
    "device_id": "engine.profiling.detectors.device_id:DeviceId",
    "user_agent": "engine.profiling.detectors.user_agent:UserAgent",
    "credit_card": "engine.profiling.detectors.credit_card:CreditCard",
    "credit_card_type": "engine.profiling.detectors.credit_card_type:CreditCardType",
    "credit_card_expiry": "engine.profiling.detectors.credit_card_expiry:CreditCardExpiry",
    "credit_card_cvv": "engine.profiling.detectors.credit_card_cvv:CreditCardCvv",
    "iban": "engine.profiling.detectors.iban:Iban",
    "bic": "engine.profiling.detectors.bic:Bic",
    "account_number": "engine.profiling.detectors.account_number:AccountNumber",
    "us_ssn": "engine.profiling.detectors.us_ssn:UsSsn",
    "national_id": "engine.profiling.detectors.national_id:NationalId",
    "nino": "engine.profiling.detectors.nino:Nino",
    "tax_id": "engine.profiling.detectors.tax_id:TaxId",
    "passport": "engine.profiling.detectors.passport:Passport",
    "driver_license": "engine.profiling.detectors.driver_license:DriverLicense",
    "vin": "engine.profiling.detectors.vin:Vin",
    "licence_plate": "engine.profiling.detectors.licence_plate:LicencePlate",
    "medical_code": "engine.profiling.detectors.medical_code:MedicalCode",
    "medical": "engine.profiling.detectors.medical:Medical",
    "first_name": "engine.profiling.detectors.first_name:FirstName",
    "last_name": "engine.profiling.detectors.last_name:LastName",
    "full_name": "engine.profiling.detectors.full_name:FullName",
    "middle_name": "engine.profiling.detectors.middle_name:MiddleName",
    "username": "engine.profiling.detectors.username:Username",
    "city": "engine.profiling.detectors.city:City",
    "county": "engine.profiling.detectors.county:County",
    "country": "engine.profiling.detectors.country:Country",
    "country_code": "engine.profiling.detectors.country_code:CountryCode",
    "state": "engine.profiling.detectors.state:State",
    "state_code": "engine.profiling.detectors.state_code:StateCode",
    "postal_code": "engine.profiling.detectors.postal_code:PostalCode",
    "street_address": "engine.profiling.detectors.street_address:StreetAddress",
    "street_shape": "engine.profiling.detectors.street_shape:StreetShape",
    "street_name": "engine.profiling.detectors.street_name:StreetName",
    "latitude": "engine.profiling.detectors.latitude:Latitude",
    "longitude": "engine.profiling.detectors.longitude:Longitude",
    "geo_point": "engine.profiling.detectors.geo_point:GeoPoint",
    "birth_date": "engine.profiling.detectors.birth_date:BirthDate",
    "birth_year": "engine.profiling.detectors.birth_year:BirthYear",
    "age": "engine.profiling.detectors.age:Age",
    "gender": "engine.profiling.detectors.gender:Gender",
    "gender_letter": "engine.profiling.detectors.gender_letter:GenderLetter",
    "marital_status": "engine.profiling.detectors.marital_status:MaritalStatus",
    "marital_letter": "engine.profiling.detectors.marital_letter:MaritalLetter",
    "race": "engine.profiling.detectors.race:Race",
    "ethnicity": "engine.profiling.detectors.ethnicity:Ethnicity",
    "religion": "engine.profiling.detectors.religion:Religion",
    "nationality": "engine.profiling.detectors.nationality:Nationality",
    "political_opinion": "engine.profiling.detectors.political_opinion:PoliticalOpinion",
    "sexual_orientation": "engine.profiling.detectors.sexual_orientation:SexualOrientation",
    "education": "engine.profiling.detectors.education:Education",
    "blood_group": "engine.profiling.detectors.blood_group:BloodGroup",
    "title": "engine.profiling.detectors.title:Title",
    "job_title": "engine.profiling.detectors.job_title:JobTitle",
    "organization": "engine.profiling.detectors.organization:Organization",
    "password": "engine.profiling.detectors.password:Password",
    "digest": "engine.profiling.detectors.digest:Digest",
    "secret": "engine.profiling.detectors.secret:Secret",
    "token": "engine.profiling.detectors.access_token:Token",
    "photo": "engine.profiling.detectors.photo:Photo",
    "photo_path": "engine.profiling.detectors.photo_path:PhotoPath",
    "salary": "engine.profiling.detectors.salary:Salary",
    "sequence": "engine.profiling.detectors.sequence:Sequence",
    "few_labels": "engine.profiling.detectors.few_labels:FewLabels",
    "keyed_values": "engine.profiling.detectors.keyed_values:KeyedValues",
    "prose_shape": "engine.profiling.detectors.prose_shape:ProseShape",
}


@cache
def registry() -> Mapping[str, str]:
    """Every detector that is installed, our own before those of other distributions."""
    return {entry.name: entry.value for entry in entry_points(group="lookalike.detectors")} | DETECTORS


@cache
def installed() -> tuple[Detector, ...]:
    """One of each, with its usual options."""
    found = []
    for place in registry().values():
        module, _, attribute = place.partition(":")
        found.append(getattr(import_module(module), attribute)())
    return tuple(found)
