"""A school district in the United States: short names, no declared keys."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    choice,
    date,
    decimal,
    number,
    pattern,
    sentence,
    serial,
    sometimes,
    words,
)  # fmt: skip

FIRST = words(
    "DeShawn|Kayla|Tyrone|Mackenzie|Jamal|Brooke|Hunter|Xochitl|Braden|Latoya|Nguyen|Savannah|Trevor|Aaliyah|Colton|Destiny|"
    "Skyler|Marisol|Logan|Priya|Wyatt|Imani|Cody|Mei-Ling"
)
LAST = words(
    "Washington|O'Connor|Hernandez|Nguyen|Kowalski|Jefferson|Begay|Patel|McAllister|Ramirez|Goldberg|Tran|Freeman|Sandoval|"
    "Whitehorse|Okafor|Lindqvist|Castellanos|Hollis|Abernathy"
)
PHONE = sentence("({a}) 555-{b:04}\n{a}-555-{b:04}\n{a}.555.{b:04}", a=number(205, 980), b=number(0, 9999))

TABLES = (
    Invented("STUDENT", 300, (
        Made("STU_ID", "person_id", serial(4400123, 11), "INTEGER"),
        Made("FIRST_NM", "first_name", FIRST),
        Made("MI", "middle_name", sometimes(pattern("@"), 0.7)),
        Made("LAST_NM", "last_name", LAST),
        Made("DOB", "birth_date", date(2007, 2019, "{m:02}/{d:02}/{y}")),
        Made("SSN", "us_ssn",
             sometimes(sentence("{a:03}-{b:02}-{c:04}", a=number(100, 665), b=number(10, 99), c=number(1000, 9999)), 0.6)),
        Made("SEX_CD", "gender", words("F|M|X")),
        Made("ETHN_CD", "ethnicity", words("H|N")),
        Made("RACE_CD", "race", words("W|B|A|I|P|M")),
        Made("HOME_LANG", None, words("ENG|SPA|VIE|NAV|CHI"), doubtful="hints at a person's origin"),
        Made("LUNCH_STATUS", None, words("FREE|REDUCED|PAID"), doubtful="hints at a family's income"),
        Made("IEP_FLG", "disability",
             words("Y|N|N|N"), doubtful="an education plan for a disability, by its name alone"),
        Made("GRADE_LVL", None, choice(*range(1, 13)), "INTEGER", "a fact of a pupil"),
        Made("HOME_ADDR", "street_address",
             sentence("{n} {s}", n=number(100, 9900), s=words("Maple Dr|N 4th St|County Rd 12|Sycamore Ln Apt 4|W Elm Ave"))),
        Made("CITY", "city", words("Gallup|Grants|Farmington|Aztec|Bloomfield|Zuni")),
        Made("ZIP", "postal_code", pattern("87###")),
        Made("GUARDIAN_NM", "full_name", sentence("{f} {l}\n{l}, {f}", f=FIRST, l=LAST)),
        Made("GUARDIAN_PH", "phone", PHONE),
        Made("ENTRY_DT", None, date(2020, 2025), "TEXT"),
    )),
    Invented("TEACHER", 40, (
        Made("EMP_NO", "employee_id", pattern("E0####")),
        Made("TCHR_NM", "full_name", sentence("{l}, {f}", f=FIRST, l=LAST)),
        Made("EMAIL", "email",
             sentence("{a}{n}@district.example", a=words("kowalski|opatel|tran|jhollis|mbegay"), n=serial(1))),
        Made("SUBJECT", None, words("Math|Science|English|History|Art|PE"), doubtful="what a teacher teaches"),
        Made("CERT_NO", "certificate_number", pattern("NM-######")),
        Made("ANN_SAL", "salary", number(38000, 91000), "INTEGER"),
        Made("HIRE_DT", None, date(1990, 2024), "TEXT", "when somebody was hired"),
    )),
    Invented("COURSE", 50, (
        Made("CRS_ID", None, pattern("@@@###")),
        Made("TITLE", None,
             words("Algebra I|World History|Biology|Chemistry Honors|Studio Art|Robotics|US Government|Spanish II|Jazz Band")),
        Made("CREDITS", None, choice(0.5, 1.0), "REAL"),
        Made("ROOM", None, pattern("B-1##")),
    )),
    Invented("ENROLLMENT", 900, (
        Made("STU_ID", "person_id", lambda rng, _row: 4400123 + 11 * rng.randrange(300), "INTEGER"),
        Made("CRS_ID", None, pattern("@@@###")),
        Made("TERM", None, words("2024F|2025S|2025F")),
        Made("FINAL_GRD", None, words("A|B|C|D|F|P"), doubtful="a fact of a pupil"),
        Made("ABS_CNT", None, number(0, 20), "INTEGER", "a fact of a pupil"),
    )),
    Invented("INCIDENT", 120, (
        Made("INC_ID", None, serial(1), "INTEGER"),
        Made("STU_ID", "person_id", lambda rng, _row: 4400123 + 11 * rng.randrange(300), "INTEGER"),
        Made("INC_DT", None, date(2022, 2025), "TEXT"),
        Made("NARRATIVE", "free_text", sentence(
            "{f} {l} left the classroom without permission; Ms. {l} called the guardian at 505-555-{n:04}.\n"
            "Student shoved {f} near the gym. Parent {f} {l} notified by e-mail.\n"
            "Officer {l} spoke with {f} and {f} about the fight on the bus.", f=FIRST, l=LAST, n=number(0, 9999))),
        Made("ACTION", None, words("Warning|Detention|Suspension|Conference"), doubtful="what was done to a pupil"),
    )),
    Invented("BUS_ROUTE", 18, (
        Made("ROUTE_NO", None, serial(1), "INTEGER"),
        Made("ROUTE_NM", None, words("Red Hill Loop|Mesa Express|River Road|North Canyon|Airport")),
        Made("DRIVER", "full_name", sentence("{f} {l}", f=FIRST, l=LAST)),
        Made("PLATE", "licence_plate", pattern("@@@ ###"), doubtful="of the school's bus"),
        Made("MILES", None, decimal(4, 40, 1), "REAL"),
    )),
)  # fmt: skip
