"""Identifiers with check digits stay valid by the rules of an independent library, distinct, and of their own kind."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import imei, luhn, mac
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ein, ssn

from connectors.schema import Column, Kind, Match
from engine.masking import make_masker
from engine.masking.ip import SPECIAL
from engine.masking.national import SCHEMES
from engine.masking.vin import _expected
from tests.contract.columns import masked

TEXT = Column("c", "text", Kind.TEXT)
INET = Column("c", "inet", Kind.OTHER)


def _npi(number: str) -> bool:
    return len(number) == 10 and number[0] in "12" and luhn.is_valid("80840" + number)


def _nino(number: str) -> bool:
    refused = (
        number[0] in "DFIQUV" or number[1] in "DFIOQUV" or number[:2] in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
    )
    return len(number) == 9 and number[2:8].isdigit() and number[8] in "ABCD" and not refused


def _digits(count: int) -> Callable[[Random], str]:
    return lambda random: "".join(random.choices("0123456789", k=count))


def _birth(random: Random) -> str:
    return f"{random.randrange(100):02d}{random.randrange(1, 13):02d}{random.randrange(1, 29):02d}"


def _italian(random: Random) -> str:
    letters = "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=6))
    day = random.randrange(1, 29) + 40 * random.randrange(2)
    body = f"{letters}{random.randrange(100):02d}{random.choice('ABCDEHLMPRST')}{day:02d}H{random.randrange(1000):03d}"
    return body + codicefiscale.calc_check_digit(body)


def _french(random: Random) -> str:
    body = f"{random.choice('12')}{random.randrange(100):02d}{random.randrange(1, 13):02d}{random.choice(['75', '2A', '2B', '01'])}"
    body += f"{random.randrange(1000):03d}{random.randrange(1, 1000):03d}"
    return body + nir.calc_check_digits(body)


def _british(random: Random) -> str:
    return random.choice("ABCEGHJ") + random.choice("ABCEGHJ") + _digits(6)(random) + random.choice("ABCD")


VALID: dict[str, tuple[Callable[[str], bool], Callable[[Random], str]]] = {
    "us_ssn": (ssn.is_valid, _digits(9)),
    "us_ein": (ein.is_valid, _digits(9)),
    "us_npi": (
        _npi,
        lambda random: (body := random.choice("12") + _digits(8)(random)) + luhn.calc_check_digit("80840" + body),
    ),
    "gb_nino": (_nino, _british),
    "gb_nhs": (nhs.is_valid, lambda random: _completed(nhs.is_valid, _digits(9)(random))),
    "de_idnr": (idnr.is_valid, lambda random: _german(random)),
    "fr_nir": (nir.is_valid, _french),
    "it_codicefiscale": (codicefiscale.is_valid, _italian),
    "es_dni": (dni.is_valid, lambda random: (body := _digits(8)(random)) + dni.calc_check_digit(body)),
    "es_nie": (
        nie.is_valid,
        lambda random: (body := random.choice("XYZ") + _digits(7)(random)) + nie.calc_check_digit(body),
    ),
    "nl_bsn": (bsn.is_valid, _digits(9)),
    "pl_pesel": (
        pesel.is_valid,
        lambda random: (body := _birth(random) + _digits(4)(random)) + pesel.calc_check_digit(body),
    ),
    "in_aadhaar": (aadhaar.is_valid, lambda random: _indian(random)),
    "br_cpf": (cpf.is_valid, lambda random: (body := _digits(9)(random)) + cpf._calc_check_digits(body)),
    "ca_sin": (
        sin.is_valid,
        lambda random: (body := random.choice("123") + _digits(7)(random)) + luhn.calc_check_digit(body),
    ),
    "ch_ahv": (ahv.is_valid, lambda random: _swiss(random)),
}


def _completed(valid: Callable[[str], bool], body: str) -> str:
    """With its check digit, or with any where none is right."""
    return next((body + digit for digit in "0123456789" if valid(body + digit)), body + "0")


def _other(sign: str) -> str:
    if sign.isalpha():
        return "A" if sign == "B" else "B"
    return str((int(sign) + 1) % 10)


def _german(random: Random) -> str:
    from stdnum.iso7064 import mod_11_10

    body = random.sample("123456789", 9)
    body.insert(random.randrange(9), body[-1])
    text = "".join(body)
    return text + mod_11_10.calc_check_digit(text)


def _indian(random: Random) -> str:
    from stdnum import verhoeff

    body = random.choice("23456789") + _digits(10)(random)
    return body + verhoeff.calc_check_digit(body)


def _swiss(random: Random) -> str:
    from stdnum import ean

    body = "756" + _digits(9)(random)
    return body + ean.calc_check_digit(body)


def _mask(name: str, texts: list[str], column: Column = TEXT, **options: object) -> list[str]:
    return masked(make_masker(name, options), pa.array(texts, pa.string()), column)[0].to_pylist()


def test_every_scheme_is_judged_here() -> None:
    assert set(VALID) == set(SCHEMES)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_valid_numbers_become_other_valid_ones_and_invalid_ones_stay_invalid(scheme: str) -> None:
    valid, draw = VALID[scheme]
    random = Random(scheme)
    numbers = sorted({draw(random) for _ in range(400)})
    mistyped = [number[:-1] + _other(number[-1]) for number in numbers]
    pool = sorted({*numbers, *mistyped})
    image = _mask("national_id", pool, scheme=scheme)
    assert len(set(image)) == len(pool)
    assert sum(map(valid, pool)) > 50
    assert [valid(text) for text in image] == [valid(text) for text in pool]
    assert sum(a == b for a, b in zip(pool, image, strict=True)) <= 2


@pytest.mark.parametrize(("scheme", "texts"), [
    ("us_ssn", ["123-45-6789", "123456789", "123 45 6789"]), ("it_codicefiscale", ["rccmnl83s18d969h", "RCCMNL83S18D969H"]),
    ("fr_nir", ["2 95 10 99 126 111 93", "295109912611193"]), ("br_cpf", ["390.533.447-05", "39053344705"]),
])  # fmt: skip
def test_one_number_masks_alike_in_every_writing_and_keeps_it(scheme: str, texts: list[str]) -> None:
    image = _mask("national_id", texts, scheme=scheme)
    assert len({"".join(filter(str.isalnum, text)).upper() for text in image}) == 1
    for text, given_text in zip(image, texts, strict=True):
        assert [sign.isalnum() or sign for sign in text] == [sign.isalnum() or sign for sign in given_text]
        assert text.islower() == given_text.islower()


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.text("0123456789ABCXYabc- .", max_size=17), unique=True, max_size=30))
def test_whatever_stands_in_the_column_stays_distinct(scheme: str, texts: list[str]) -> None:
    image = _mask("national_id", texts, scheme=scheme)
    assert len(set(image)) == len(texts)


def test_checks_that_no_number_has_stay_and_so_stay_apart() -> None:
    numbers = [f"2951099126111{check:02d}" for check in range(100)]
    image = _mask("national_id", numbers, scheme="fr_nir")
    assert len(set(image)) == 100
    assert [image[check][-2:] for check in (0, 98, 99)] == ["00", "98", "99"]


def test_a_vehicle_number_without_a_check_never_becomes_one_with_a_check() -> None:
    numbers = [f"WVWZZZ1J{letter}XW{serial:06d}" for letter in "AZ" for serial in range(150)]
    assert not set("X0123456789") & {text[8] for text in _mask("vin", numbers)}


def test_device_numbers_keep_their_model_and_stay_valid() -> None:
    random = Random(5)
    bodies = ["35824005" + _digits(6)(random) for _ in range(300)]
    numbers = sorted({body + luhn.calc_check_digit(body) for body in bodies})
    image = _mask("imei", numbers)
    assert all(imei.is_valid(text) and text[:8] == "35824005" for text in image)
    assert len(set(image)) == len(numbers)
    assert {text[:8] for text in _mask("imei", numbers, keep_model=False)} != {"35824005"}


def test_vehicle_numbers_keep_maker_and_model_year_and_stay_valid() -> None:
    numbers = ["1M8GDM9AXKP042788", "1FAHP3F28CL148530", "WVWZZZ1JZXW000001", "11111111111111111"]
    image = _mask("vin", numbers)
    assert [text[:3] + text[9] for text in image] == [text[:3] + text[9] for text in numbers]
    assert [_right(text) for text in image] == [True, True, False, True]
    assert not set("IOQ") & set("".join(image))
    assert all(a != b for a, b in zip(numbers, image, strict=True))


def _right(number: str) -> bool:
    import numpy as np

    signs = np.array([["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign) for sign in number]])
    return number[8] == "0123456789X"[int(_expected(signs)[0])]


def test_hardware_addresses_keep_their_writing_and_their_two_said_bits() -> None:
    texts = [
        "08:00:2b:01:02:03",
        "08-00-2B-01-02-03",
        "08002b010203",
        "0800.2b01.0203",
        "ff:ff:ff:ff:ff:ff",
        "02:00:00:00:00:01",
    ]
    image = _mask("mac", texts)
    plain = {text.replace(":", "").replace("-", "").replace(".", "").lower() for text in image[:4]}
    assert len(plain) == 1
    assert image[1].isupper()
    assert [int(text[:2], 16) & 3 for text in image] == [int(text[:2], 16) & 3 for text in texts]
    assert mac.validate(image[0], validate_manufacturer=False)
    assert _mask("mac", texts[:1], keep_vendor=True)[0].startswith("08:00:2b:")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.ip_addresses(), unique=True, min_size=1, max_size=40))
def test_addresses_of_one_network_stay_in_one_network(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    families = {4: socket.AF_INET, 6: socket.AF_INET6}
    texts = [socket.inet_ntop(families[address.version], address.packed) for address in addresses]
    image = [ipaddress.ip_address(text) for text in _mask("ip", texts, INET)]
    assert len(set(image)) == len(addresses)
    for address, other in zip(addresses, image, strict=True):
        assert address.version == other.version
        for text in SPECIAL:
            network = ipaddress.ip_network(text)
            assert (address in network) == (other in network)


def test_the_hosts_of_a_small_network_share_its_prefix() -> None:
    hosts = [f"81.2.69.{host}" for host in range(256)]
    image = _mask("ip", hosts)
    assert len({text.rpartition(".")[0] for text in image}) == 1
    assert len(set(image)) == 256
    assert all(ipaddress.ip_address(text).is_private for text in _mask("ip", ["10.1.2.3", "192.168.0.1", "172.16.9.9"]))


def test_networks_keep_their_size_and_their_host_zero() -> None:
    image = _mask("ip", ["81.2.69.0/24", "81.2.69.7/24", "81.2.69.0", "::/0"], INET)
    assert ipaddress.ip_network(image[0]).prefixlen == 24
    assert ipaddress.ip_interface(image[1]).network == ipaddress.ip_network(image[0])


@pytest.mark.parametrize("size", [4, 7, 8, 9, 10, 11])
def test_networks_wider_than_a_special_range_stay_distinct(size: int) -> None:
    networks = [f"{ipaddress.IPv4Address(number << 32 - size)}/{size}" for number in range(1 << size)]
    image = _mask("ip", networks, INET)
    assert len(set(image)) == len(networks)
    assert {ipaddress.ip_network(text).prefixlen for text in image} == {size}


def test_addresses_of_one_host_stay_together_and_tell_nothing() -> None:
    texts = [
        "https://bank.example/ada?x=1",
        "https://bank.example/bob",
        "http://BANK.example:80/ada",
        "ada",
        "HTTPS://x.y/A",
        "https://x.y/a",
    ]
    image = _mask("url", texts)
    hosts = [text.split("/")[2] if "//" in text else text.split("/")[0] for text in image]
    assert hosts[0] == hosts[1] == hosts[2] != hosts[3]
    assert all(host.endswith(".example.com") for host in hosts)
    assert len(set(image)) == len(texts)
    assert not any("ada" in text or "bank" in text for text in image)


@pytest.mark.parametrize(("country", "plate", "letters"), [
    ("GB", "AB12 CDE", "IQZ"), ("FR", "AB-123-CD", "IOU"), ("ES", "1234 BCD", "AEIOUQ"), ("DE", "B-MW 1234", ""),
])  # fmt: skip
def test_plates_use_the_letters_of_their_country(country: str, plate: str, letters: str) -> None:
    plates = (
        [plate[:-1] + last for last in ("B", "C", "D")]
        if plate[-1].isalpha()
        else [plate[:-1] + last for last in "123"]
    )
    image = _mask("licence_plate", plates, country=country)
    assert len(set(image)) == 3
    assert not set("".join(image)) & set(letters)
    for text in image:
        assert [(sign.isdigit(), sign.isalpha()) for sign in text] == [
            (sign.isdigit(), sign.isalpha()) for sign in plate
        ]


@pytest.mark.parametrize("name", ["national_id", "licence_plate", "vin", "imei", "mac"])
def test_mixed_case_is_no_identifier_and_comes_to_an_end(name: str) -> None:
    """Their pseudonyms look like identifiers but for the case, and are not walked on for ever."""
    texts = ["aB12cDe", "Ab123456C", "Rccmnl83S18d969h", "0A:1b:2C:3d:4E:5f", "1m8GDM9AXKP042788", "ABcdef012345"]
    assert len(set(_mask(name, texts))) == len(texts)
    caseless = Column("c", "text", Kind.TEXT, folds=frozenset({Match.CASE}))
    one, other = _mask(name, ["1M8GDM9AXKP042788", "1m8gdm9aXKP042788"], caseless)
    assert one.lower() == other.lower()
