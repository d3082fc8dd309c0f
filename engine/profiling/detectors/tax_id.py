"""Tax numbers of people and companies."""

from __future__ import annotations

from engine.profiling.schemes import Scheme, SchemeDetector


class TaxId(SchemeDetector):
    """Tax numbers of some twenty countries, and the VAT numbers of the European Union."""

    name = "tax_id"
    title = "Tax number"
    entities = ("tax_id",)
    usual = 0.75
    hit = 0.7
    chance = 0.01
    alike = 0.8
    lengths = (8, 24)
    EXAMPLES = (
        "36 574 261 809", "PT 501 964 843", "529.982.247-25", "ACUPA7085R", "20-05536168-2", "912-90-3456", "11.222.333/0001-81",
        "123 456 782", "FR 40 303 265 045",
    )  # fmt: skip
    COUNTEREXAMPLES = ("36 574 261 808", "ABCDE12345", "12345", "2024-01-15", "PT 501 964 844")
    schemes = (
        Scheme("Germany's tax IDs", "de.idnr", r"[1-9]\d{10}", 0.0018, r"\d\d \d{3} \d{3} \d{3}"),
        Scheme("Brazil's CPF", "br.cpf", r"\d{11}", 0.0123, r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
        Scheme("Brazil's CNPJ", "br.cnpj", r"\d{14}", 0.011, r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d"),
        Scheme("Portugal's NIF", "pt.nif", r"(?:PT)?[1-9]\d{8}", 0.093),
        Scheme("Spain's CIF", "es.cif", r"[A-HJNP-SUVW]\d{7}[0-9A-J]", 0.1),
        Scheme("France's tax numbers", "fr.nif", r"[0-3]\d{12}", 0.0003),
        Scheme("Australia's TFN", "au.tfn", r"\d{8,9}", 0.092, r"\d{3} \d{3} \d{3}"),
        Scheme("India's PAN", "in_.pan", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", 0.03),
        Scheme("Mexico's RFC", "mx.rfc", r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}", 0.04),
        Scheme("Argentina's CUIT", "ar.cuit", r"\d{11}", 0.009, r"\d{2}-\d{8}-\d"),
        Scheme("US ITIN", "us.itin", r"9\d{8}", 0.3, r"9\d\d-\d\d-\d{4}"),
        Scheme("US EIN", "us.ein", r"\d{9}", 0.85, r"\d\d-\d{7}"),
        Scheme("New Zealand's IRD numbers", "nz.ird", r"\d{8,9}", 0.05, r"\d{2,3}-\d{3}-\d{3}"),
        Scheme("Russia's INN", "ru.inn", r"\d{12}|\d{10}", 0.05),
        Scheme("Poland's NIP", "pl.nip", r"(?:PL)?\d{10}", 0.084, r"\d{3}-\d{3}-\d\d-\d\d|\d{3}-\d\d-\d\d-\d{3}"),
        Scheme("Britain's UTR", "gb.utr", r"\d{10}K?", 0.097),
        Scheme("Colombia's NIT", "co.nit", r"\d{9,10}", 0.095, r"\d{3}\.\d{3}\.\d{3}-\d"),
        Scheme("Austria's tax numbers", "at.tin", r"\d{9}", 0.04, r"\d\d[- ]\d{3}/\d{4}"),
        Scheme("VAT numbers of the European Union", "eu.vat", r"[A-Z]{2}[0-9A-Z]{8,12}", 0.004),
    )
