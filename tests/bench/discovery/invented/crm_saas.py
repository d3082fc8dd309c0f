"""A sales tool as a start-up builds it: camel case, JSON, log tables, nothing declared."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
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

FIRST = words(
    "Priyanka|Olaf|Hiroshi|Tendai|Svetlana|Ramón|Aoife|Wei|Kwame|Ingeborg|Farid|Zanele|Mikael|Leila|Duncan|Paulina"
)
LAST = words(
    "Krishnan|Haugen|Tanaka|Moyo|Ivanova|Ortega|Gallagher|Zhang|Mensah|Dahl|Rahimi|Dlamini|Koskinen|Nasser|McLeod|Wrona"
)
FIRM = sentence(
    "{a} {b}",
    a=words("Bluefin|Northgate|Quanta|Harrow|Silverline|Osprey|Maple"),
    b=words("Labs|Ltd|Inc.|GmbH|Holdings|Partners"),
)

TABLES = (
    Invented("appUsers", 220, (
        Made("userId", "person_id", pattern("usr_%%%%%%%%%%%%")),
        Made("displayName", "full_name", sentence("{a} {b}", a=FIRST, b=LAST)),
        Made("handle", "username",
             sentence("{a}_{n}\n{a}{n}", a=words("priya|olafh|hiro|tendai|sveta|aoife|kwame"), n=number(1, 9999))),
        Made("workEmail", "email",
             sentence("{a}.{n}@bluefin.example", a=words("p.krishnan|ohaugen|h.tanaka|moyo"), n=serial(1))),
        Made("pwHash", "password", pattern("$argon2id$v=19$m=65536$" + "%" * 40)),
        Made("mfaSecret", "secret", pattern("@@@@@@@@@@@@@@@@")),
        Made("avatarUrl", "url",
             sentence("https://cdn.bluefin.example/a/{n}.png", n=number(1000, 9999)), doubtful="the address of a picture"),
        Made("lastSeenAt", None, moment(2025, 2025)),
        Made("lastIp", "ip_address",
             sentence("{a}.{b}.{c}.{d}", a=number(11, 190), b=number(0, 255), c=number(0, 255), d=number(1, 254))),
        Made("locale", None, words("en-GB|nb-NO|ja-JP|de-DE|pt-BR")),
        Made("isActive", None, number(0, 1), "INTEGER"),
        Made("plan", None, words("free|pro|team")),
    )),
    Invented("leads", 300, (
        Made("leadId", None, serial(1), "INTEGER", "key of somebody who may become a customer"),
        Made("fullName", "full_name", sentence("{a} {b}\n{b}, {a}", a=FIRST, b=LAST)),
        Made("companyName", "organization", FIRM),
        Made("role", "job_title", words("Head of Procurement|CTO|Data Engineer|Office Manager|VP Sales|Buyer")),
        Made("mobile", "phone",
             sentence("+44 7{n}\n+47 9{m}\n+81 90-{a}-{b}", n=number(100_000_000, 999_999_999), m=number(1_000_000, 9_999_999),
             a=number(1000, 9999), b=number(1000, 9999))),
        Made("linkedin", "url",
             sentence("https://www.linkedin.com/in/{a}-{n}", a=words("priya|olaf|hiro|tendai"), n=number(100, 999))),
        Made("source", None, words("webinar|referral|ads|event")),
        Made("score", None, number(0, 100), "INTEGER", "what somebody thinks of a person"),
        Made("notes", "free_text", sentence(
            "Spoke to {a} at the fair, wants a demo with {a} {b} next week.\n"
            "Call back after holidays; assistant is {a} {b}, tel 020 7946 0{n}.",
            a=FIRST, b=LAST, n=number(100, 999))),
        Made("createdBy", "person_id", pattern("usr_%%%%%%%%%%%%")),
    )),
    Invented("auditLog", 600, (
        Made("eventId", None, serial(1), "INTEGER"),
        Made("actor", "person_id", pattern("usr_%%%%%%%%%%%%")),
        Made("action", None, words("lead.create|lead.update|user.login|report.export|plan.change")),
        Made("payload", "email",
             sentence('{{"email": "{a}{n}@mail.example", "old": "{p}", "new": "{p}"}}', a=words("olaf|hiro|wei|leila"),
             n=number(1, 999), p=words("free|pro|team"))),
        Made("userAgent", "device_id",
             sentence("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{n}.0 Safari/537.36\n"
             "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{n} like Mac OS X) AppleWebKit/605.1.15", n=number(90, 130)),
             doubtful="many people share it"),
        Made("sessionToken", "secret", pattern("eyJhbGciOiJIUzI1NiJ9." + "%" * 40)),
        Made("durationMs", None, number(1, 4000), "INTEGER"),
        Made("at", None, moment(2025, 2025)),
    )),
    Invented("featureFlags", 25, (
        Made("key", None, words("new-editor|dark-mode|bulk-import|ai-summary|sso|audit-v2")),
        Made("enabled", None, number(0, 1), "INTEGER"),
        Made("rollout", None, choice(0.1, 0.5, 1.0), "REAL"),
        Made("owner", None, words("growth|platform|core"), doubtful="a team, not a person"),
        Made("description", None,
             words("Shows the new editor to a share of tenants|Allows import of large files|Signs in by the company's directory")),
    )),
    Invented("invoices", 200, (
        Made("invoiceNo", None, pattern("INV-2025-#####")),
        Made("billTo", "organization", FIRM),
        Made("vatNo", None, pattern("GB#########"), doubtful="the number of a company"),
        Made("amountNet", None, decimal(50, 9000), "REAL"),
        Made("currency", None, words("EUR|GBP|NOK|JPY")),
        Made("paidAt", None, sometimes(moment(2025, 2025), 0.8)),
        Made("cardLast4", "credit_card", pattern("####"), doubtful="four digits of the number"),
    )),
)  # fmt: skip
