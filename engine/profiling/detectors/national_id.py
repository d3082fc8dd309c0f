"""Numbers that states give people."""

from __future__ import annotations

from engine.profiling.schemes import Scheme, SchemeDetector


class NationalId(SchemeDetector):
    """Identity and social insurance numbers of some forty countries."""

    name = "national_id"
    title = "National identity number"
    entities = ("national_id",)
    usual = 0.75
    hit = 0.7
    chance = 0.01
    alike = 0.8
    EXAMPLES = (
        "390.533.447-05", "756.9217.0769.85", "54362315K", "X-2482300W", "2 95 10 99 126 111 93", "RCCMNL83S18D969H", "111222333",
        "44051401458", "880320-0016", "211062-5629", "131052-308T", "85073003328", "234123412346", "046 454 286", "8001015009087",
        "943 476 5919", "36574261809",
    )  # fmt: skip
    COUNTEREXAMPLES = ("390.533.447-06", "54362315L", "RCCMNL83S18D969X", "12345", "2024-01-15", "ABC-1234567")
    schemes = (
        Scheme("Brazil's CPF", "br.cpf", r"\d{11}", 0.0123, r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
        Scheme("Switzerland's AHV numbers", "ch.ssn", r"756\d{10}", 0.0002, r"756\.\d{4}\.\d{4}\.\d{2}"),
        Scheme("Spain's DNI", "es.dni", r"\d{8}[A-Z]", 0.04),
        Scheme("Spain's NIE", "es.nie", r"[XYZ]\d{7}[A-Z]", 0.04),
        Scheme(
            "France's NIR", "fr.nir", r"[12]\d{4}(?:\d\d|2[AB])\d{8}", 0.01, r"[12] \d\d \d\d \d[\dAB] \d{3} \d{3} \d\d"
        ),
        Scheme(
            "Italy's codice fiscale",
            "it.codicefiscale",
            r"[A-Z]{6}[\dL-NP-V]{2}[A-Z][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]",
            0.014,
        ),
        Scheme("the Netherlands' BSN", "nl.bsn", r"\d{9}", 0.09),
        Scheme("Poland's PESEL", "pl.pesel", r"\d{11}", 0.015),
        Scheme("Sweden's personnummer", "se.personnummer", r"(?:19|20)?\d{10}", 0.004, r"(?:\d\d)?\d{6}[-+]\d{4}"),
        Scheme("Denmark's CPR", "dk.cpr", r"\d{10}", 0.032, r"\d{6}-\d{4}"),
        Scheme("Finland's HETU", "fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[\dA-Y]", 0.001, signs=True),
        Scheme("Norway's fødselsnummer", "no.fodselsnummer", r"\d{11}", 0.0003),
        Scheme("Belgium's national number", "be.nn", r"\d{11}", 0.0022, r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
        Scheme("India's Aadhaar", "in_.aadhaar", r"[2-9]\d{11}", 0.1, r"\d{4} \d{4} \d{4}"),
        Scheme("Canada's SIN", "ca.sin", r"[1-79]\d{8}|0\d{8}", 0.08, r"\d{3}[ -]\d{3}[ -]\d{3}"),
        Scheme("South Africa's ID", "za.idnr", r"\d{13}", 0.0005),
        Scheme("China's identity numbers", "cn.ric", r"\d{17}[\dX]", 0.0002),
        Scheme("South Korea's RRN", "kr.rrn", r"\d{13}", 0.0035, r"\d{6}-\d{7}"),
        Scheme("Britain's NHS numbers", "gb.nhs", r"\d{10}", 0.095, r"\d{3}[ -]\d{3}[ -]\d{4}"),
        Scheme("Portugal's citizen cards", "pt.cc", r"\d{9}[A-Z0-9]{2}\d", 0.1, r"\d{8} \d [A-Z0-9]{2}\d"),
        Scheme("Ireland's PPS numbers", "ie.pps", r"\d{7}[A-W][A-IW]?", 0.03),
        Scheme("Mexico's CURP", "mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", 0.0002),
        Scheme("Chile's RUT", "cl.rut", r"\d{7,8}[\dK]", 0.1, r"\d{1,2}\.?\d{3}\.?\d{3}-[\dKk]"),
        Scheme("Turkey's identity numbers", "tr.tckimlik", r"[1-9]\d{10}", 0.01),
        Scheme("Romania's CNP", "ro.cnp", r"\d{13}", 0.002),
        Scheme("the Czech birth numbers", "cz.rc", r"\d{9,10}", 0.08, r"\d{6}/\d{3,4}"),
        Scheme("Bulgaria's EGN", "bg.egn", r"\d{10}", 0.01),
        Scheme("Croatia's OIB", "hr.oib", r"\d{11}", 0.107),
        Scheme("the EMŠO of Slovenia and its neighbours", "si.emso", r"\d{13}", 0.0025),
        Scheme("Lithuania's asmens kodas", "lt.asmens", r"\d{11}", 0.01),
        Scheme("Estonia's isikukood", "ee.ik", r"\d{11}", 0.002),
        Scheme("Greece's AMKA", "gr.amka", r"\d{11}", 0.0045),
        Scheme("Iceland's kennitala", "is_.kennitala", r"\d{10}", 0.0013, r"\d{6}-\d{4}"),
        Scheme("Israel's identity numbers", "il.idnr", r"\d{9}", 0.098),
        Scheme("Thailand's PIN", "th.pin", r"[1-8]\d{12}", 0.073, r"\d-\d{4}-\d{5}-\d\d-\d"),
        Scheme("Malaysia's NRIC", "my.nric", r"\d{12}", 0.0325, r"\d{6}-\d\d-\d{4}"),
        Scheme("Japan's My Number", "jp.in_", r"\d{12}", 0.1),
        Scheme("Ecuador's cédula", "ec.ci", r"\d{10}", 0.017),
        Scheme("the Dominican cédula", "do.cedula", r"\d{11}", 0.11, r"\d{3}-\d{7}-\d"),
        Scheme("Austria's insurance numbers", "at.vnr", r"\d{10}", 0.086, r"\d{4} \d{6}"),
        Scheme("Germany's tax IDs", "de.idnr", r"[1-9]\d{10}", 0.0018, r"\d\d \d{3} \d{3} \d{3}"),
    )
