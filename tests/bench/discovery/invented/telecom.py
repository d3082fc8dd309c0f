"""A telephone company: numbers everywhere, most of them of people."""

from __future__ import annotations

from tests.bench.discovery.invented.bank_br import luhn
from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    checked,
    choice,
    decimal,
    moment,
    number,
    pattern,
    sentence,
    serial,
    sometimes,
    words,
)  # fmt: skip

NAME = sentence(
    "{a} {b}",
    a=words(
        "Siobhan|Giuseppe|Marieke|Iñaki|Agnieszka|Sven|Chiara|Pieter|Nuria|Oisín|Ewa|Lorenzo|Anouk|Jordi|Zoltan|Ilse"
    ),
    b=words(
        "Murphy|Esposito|van den Berg|Etxeberria|Wójcik|Lindgren|Ricci|de Vries|Vidal|Byrne|Szabó|Conti|Jansen|Puig|Nagy|Claes"
    ),
)
MSISDN = sentence("+353{a}{b:07}", a=choice(83, 85, 86, 87), b=number(0, 9_999_999))

TABLES = (
    Invented("subscriber", 250, (
        Made("subscriber_id", "person_id", serial(1), "INTEGER"),
        Made("msisdn", "phone", MSISDN),
        Made("imsi", "device_id", pattern("27201##########"), doubtful="the number of a SIM card"),
        Made("imei", "imei", checked(pattern("35############"), luhn)),
        Made("cust_nm", "full_name", NAME),
        Made("acct_no", "account_number", pattern("8000######")),
        Made("contact_addr", "street_address",
             sentence("{n} {s}", n=number(1, 200), s=words("Patrick Street, Cork|Via Roma, Bari|Damrak, Amsterdam|The Green, Sligo"))),
        Made("portal_login", "username",
             sentence("{a}{n}", a=words("smurphy|gesp|marieke|inaki_e|agaw|svenl|chiara.r"), n=number(1, 999))),
        Made("portal_pwd", "password", pattern("%" * 64)),
        Made("voicemail_pin", "password", pattern("####")),
        Made("router_mac", "mac_address", pattern("%%:%%:%%:%%:%%:%%")),
        Made("static_ip", "ip_address",
             sometimes(sentence("10.{a}.{b}.{c}\n2a02:8084::{a:x}:{b:x}", a=number(1, 254), b=number(1, 254), c=number(1, 254)), 0.3)),
        Made("tariff_id", None, number(1, 12), "INTEGER"),
        Made("activated", None, moment(2015, 2025)),
        Made("credit_limit", None, choice(50, 100, 250), "INTEGER", "an amount, yet of one person"),
    ), "subscriber_id"),
    Invented("call_record", 1500, (
        Made("call_id", None, serial(88_000_001), "INTEGER"),
        Made("a_number", "phone", MSISDN),
        Made("b_number", "phone", MSISDN),
        Made("started_at", None, moment(2025, 2025)),
        Made("duration_s", None, number(1, 5400), "INTEGER"),
        Made("cell_id", None, number(1, 80), "INTEGER"),
        Made("user_lat", "latitude", decimal(51.4, 55.3, 5), "REAL"),
        Made("user_lon", "longitude", decimal(-10.4, -6.0, 5), "REAL"),
        Made("charge", None, decimal(0, 4, 3), "REAL"),
    ), "call_id"),
    Invented("tariff", 12, (
        Made("tariff_id", None, serial(1), "INTEGER"),
        Made("name", None, words("Bill Pay 20|Prepay Lite|Family Max|Roam Free|Data Only 5G|Student Saver")),
        Made("monthly_fee", None, decimal(5, 60), "REAL"),
        Made("valid_from", None, moment(2018, 2025)),
    ), "tariff_id"),
    Invented("handset", 40, (
        Made("tac", None, pattern("35######")),
        Made("vendor", None,
             words("Nokia|Samsung|Apple|Fairphone|Motorola"), doubtful="companies as a fact of a product"),
        Made("model", None, sentence("{a} {n}", a=words("Galaxy|Edge|Lumia|One|Pixel"), n=number(2, 20))),
        Made("release_year", None, number(2012, 2025), "INTEGER"),
        Made("price", None, decimal(90, 1400), "REAL"),
    )),
    Invented("ticket", 300, (
        Made("ticket_no", None, serial(1), "INTEGER"),
        Made("subscriber_id", "person_id", number(1, 250), "INTEGER"),
        Made("agent", "full_name", NAME),
        Made("subject", None, words("No signal|Billing question|Roaming|SIM swap|Slow data|Porting")),
        Made("body", "free_text", sentence(
            "Customer {n} says the bill of {m} is wrong, call back on {p}.\n"
            "{n} asked to change the address to 12 Main Street, Galway.\n"
            "Spoke with {n}; account closed, refund to be sent by post.", n=NAME, m=words("May|June"), p=MSISDN)),
        Made("api_key", "secret", pattern("sk_live_" + "%" * 32), doubtful="whose key it is the table does not say"),
        Made("opened", None, moment(2024, 2025)),
        Made("severity", None, number(1, 4), "INTEGER"),
    ), "ticket_no", (("subscriber_id", "subscriber", "subscriber_id"),)),
    Invented("cell", 80, (
        Made("cell_id", None, serial(1), "INTEGER"),
        Made("site_name", None,
             sentence("{s} Mast {n}", s=words("Spire Hill|Harbour|Old Mill|Airport"), n=number(1, 20))),
        Made("band_mhz", None, choice(700, 800, 1800, 2100, 3600), "INTEGER"),
        Made("azimuth", None, number(0, 359), "INTEGER"),
    ), "cell_id"),
)  # fmt: skip
