"""Identifiers that Presidio lacks: check digits of stdnum, and forms that only a word before them tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import ModuleType

from engine.text.identifier import Identifier, Match
from engine.text.presidio import PASSPORT


@dataclass(frozen=True)
class CheckedIdentifier(Identifier):
    module: str = ""
    """Of stdnum; none where there are no check digits."""
    form: str = ""

    def matches(self, text: str) -> Iterator[Match]:
        for match in self._form.finditer(text):
            if not self.module or self._valid(match.group()):
                yield Match(match.start(), match.end(), bool(self.module))

    def _valid(self, written: str) -> bool:
        try:
            return bool(self._checker.is_valid(written))
        except LookupError:  # some checkers look places up in tables that have gaps
            return False

    @cached_property
    def _form(self) -> re.Pattern[str]:
        flags = re.IGNORECASE if self.module else re.NOFLAG
        return re.compile(rf"(?<!\w)(?<!\d\.)(?:{self.form})(?!\w|[.-]\d)", flags)

    @cached_property
    def _checker(self) -> ModuleType:
        return import_module(f"stdnum.{self.module}")


def _of(entity: str, module: str, form: str, words: str) -> CheckedIdentifier:
    return CheckedIdentifier(entity, words, frozenset(), module, form)


IDENTIFIERS = (
    _of("national_id", "fr.nir", r"[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", "sécurité sociale|numéro de sécu|nir|"
        "n° de sécu|insee|carte vitale|french social security"),
    _of("national_id", "nl.bsn", r"\d{9}|\d{4}[. ]\d\d[. ]\d{3}", "bsn|burgerservicenummer|sofinummer"),
    _of("national_id", "be.nn", r"\d\d\.?\d\d\.?\d\d-?\d{3}\.?\d\d", "rijksregister*|registre national|numéro national|insz|niss"),
    _of("national_id", "ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d\d", "ahv*|avs|numéro avs|sozialversicherungsnummer"),
    _of("national_id", "at.vnr", r"\d{4} ?\d{6}", "sozialversicherungsnummer|versicherungsnummer|sv-nummer|sv-nr|svnr"),
    _of("national_id", "pt.cc", r"\d{8} ?\d ?[A-Z\d]{2}\d", "cartão de cidadão|cartão do cidadão|cartão de identidade|documento de "
        "identificação"),
    _of("national_id", "br.cpf", r"\d{3}\.?\d{3}\.?\d{3}-?\d\d", "cpf"),
    _of("national_id", "es.nie", r"[XYZ]-?\d{7}-?[A-Z]", "nie|n.i.e|identificación de extranjero|identidad de extranjero"),
    _of("national_id", "dk.cpr", r"\d{6}[- ]?\d{4}", "cpr|cpr-nummer|cpr-nr|personnummer"),
    _of("national_id", "no.fodselsnummer", r"\d{6} ?\d{5}", "fødselsnummer|fodselsnummer|personnummer"),
    _of("national_id", "is_.kennitala", r"\d{6}-?\d{4}", "kennitala"),
    _of("national_id", "ca.sin", r"\d{3}[- ]?\d{3}[- ]?\d{3}", "sin number|social insurance|assurance sociale|canadian sin"),
    _of("national_id", "ie.pps", r"\d{7}[A-W][A-IW]?", "pps|ppsn|pps number"),
    _of("national_id", "mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[\dA-Z]\d", "curp"),
    _of("national_id", "cl.rut", r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dK]", "rut"),
    _of("national_id", "ec.ci", r"\d{10}", "cédula*|cedula*"),
    _of("national_id", "ro.cnp", r"\d{13}", "cnp"),
    _of("national_id", "cz.rc", r"\d{6}/?\d{3,4}", "rodné číslo|rodne cislo|rč"),
    _of("national_id", "gr.amka", r"\d{11}", "amka"),
    _of("national_id", "bg.egn", r"\d{10}", "egn"),
    _of("national_id", "hr.oib", r"\d{11}", "oib"),
    _of("national_id", "il.idnr", r"\d{9}", "teudat zehut|israeli id"),
    _of("tax_id", "fr.nif", r"[0-3]\d ?\d\d ?\d{3} ?\d{3} ?\d{3}", "numéro fiscal|identifiant fiscal|référence fiscale"),
    _of("tax_id", "pt.nif", r"(?:PT ?)?\d{3} ?\d{3} ?\d{3}", "nif|nipc|contribuinte|número fiscal"),
    _of("tax_id", "br.cnpj", r"\d\d\.?\d{3}\.?\d{3}/?\d{4}-?\d\d", "cnpj"),
    _of("tax_id", "es.cif", r"[A-HJNP-SUVW]-?\d{7}[\dA-J]", "cif|nif"),
    _of("tax_id", "pl.nip", r"\d{3}-?\d{3}-?\d\d-?\d\d|\d{3}-\d\d-\d\d-\d{3}", "nip"),
    _of("tax_id", "mx.rfc", r"[A-ZÑ&]{3,4}-?\d{6}-?[A-Z\d]{3}", "rfc"),
    _of("tax_id", "ar.cuit", r"\d\d-?\d{8}-?\d", "cuit|cuil"),
    _of("tax_id", "co.nit", r"\d{3}\.?\d{3}\.?\d{3}-?\d", "nit"),
    _of("tax_id", "gb.utr", r"\d{5} ?\d{5}K?", "utr|unique taxpayer reference"),
    _of("tax_id", "nz.ird", r"\d{2,3}[- ]?\d{3}[- ]?\d{3}", "ird"),
    _of("tax_id", "us.ein", r"\d\d-\d{7}", "ein:|ein number|ein no|employer identification|employer id"),
    _of("passport", "", r"\d\d[A-Z]{2}\d{5}|[A-Z]{1,2}\d{6,7}|[A-Z]{2}[A-Z\d]{6}\d|[CFGHJ-NPRTV-Z](?=\d)[\dCFGHJ-NPRTV-Z]{8}",
        PASSPORT),
    _of("medical_record", "", r"(?:[A-Z]{1,4}-?)?\d{4,12}", "mrn|medical record|medical record no|medical record number|patient id|"
        "patient number|patient no|hospital number|patientennummer|patienten-nr|fallnummer|historia clínica|número de historia|"
        "dossier médical|numéro de patient|cartella clinica|patiëntnummer|processo clínico"),
    _of("bank_account", "", r"\d{2,4}(?:[ .-]\d{2,4}){2,4}", "kontonummer|konto-nr|kontonr|numéro de compte|número de cuenta|"
        "numero di conto|rekeningnummer|número da conta"),
)  # fmt: skip
