"""Identifiers that Presidio knows the forms and the check digits of: its pattern recognisers, without its language engine.

Its own words of context are not used: "account", "tax" or "id" would make any number one. Not here are those that we find better
(e-mail, web and network addresses, telephone numbers, cards, IBANs, US social security, dates), driving licences, since any form of
them is found behind words for one, postcodes, and numbers of companies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.text.identifier import Identifier, Match
from engine.text.language import LANGUAGES
from engine.text.torchless import leave_torch_out

ANY = frozenset({"", *LANGUAGES})
"""Also where a text is too short to tell."""
PASSPORT = "passport|passport no|passport number|passeport|reisepass*|passnummer|pass-nr|pasaporte|passaporto|paspoort*|passaporte"
PLATE = (
    "licence plate|license plate|number plate|plate number|plate|registration number|registration mark|vehicle registration|"
    "kennzeichen|nummernschild|plaque|immatriculation|matrícula|targa|kenteken|placa|plaka"
)
MEMBER = "member id|member number|member no|subscriber id|subscriber number|insurance id|insurance number"
BANK = (
    "bank account|checking account|savings account|bank acct|kontonummer|konto-nr|kto-nr|kontonr|compte bancaire|"
    "numéro de compte|cuenta bancaria|número de cuenta|conto corrente|numero di conto|rekeningnummer|bankrekening|conta bancária|"
    "conta corrente|número da conta"
)


@dataclass(frozen=True)
class PresidioIdentifier(Identifier):
    recogniser: str = ""
    """A class of `presidio_analyzer.predefined_recognizers`."""

    def matches(self, text: str) -> Iterator[Match]:
        for result in self._recogniser.analyze(text, self._recogniser.supported_entities):
            start, end, checked = result.start, result.end, result.score >= 1.0
            apart = not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum())
            if apart and (checked or text[start:end] == text[start:end].upper()):
                yield Match(start, end, checked)

    @cached_property
    def _recogniser(self) -> Any:
        """Loaded when a text first has a number behind its words: Presidio takes a second."""
        leave_torch_out()
        from presidio_analyzer import predefined_recognizers

        return getattr(predefined_recognizers, self.recogniser)()


def _of(entity: str, recogniser: str, words: str, alone: frozenset[str] = frozenset()) -> PresidioIdentifier:
    return PresidioIdentifier(entity, words, alone, recogniser)


IDENTIFIERS = (
    _of("national_id", "EsNifRecognizer", "dni|nif|d.n.i|documento nacional de identidad", frozenset({"es"})),
    _of("national_id", "EsNieRecognizer", "nie|identificación de extranjero", frozenset({"es"})),
    _of("national_id", "ItFiscalCodeRecognizer", "codice fiscale|cod. fisc|cf|c.f", ANY),
    _of("national_id", "ItIdentityCardRecognizer", "carta d'identità|carta d’identità|carta di identità|cie"),
    _of("national_id", "DeIdCardRecognizer", "personalausweis*|ausweisnummer|ausweis-nr|ausweisnr|identity card"),
    _of("national_id", "DeSocialSecurityRecognizer", "rentenversicherung*|sozialversicherung*|versicherungsnummer|rvnr|svnr|"
        "sv-nummer|german social security", frozenset({"de"})),
    _of("national_id", "PlPeselRecognizer", "pesel"),
    _of("national_id", "FiPersonalIdentityCodeRecognizer", "hetu|henkilötunnus|personbeteckning*|personal identity code", ANY),
    _of("national_id", "SePersonnummerRecognizer", "personnummer|personal identity number|samordningsnummer"),
    _of("national_id", "UkNinoRecognizer", "national insurance|ni number|ni no|nino"),
    _of("national_id", "InAadhaarRecognizer", "aadhaar|aadhar|uidai"),
    _of("national_id", "InVoterRecognizer", "voter id|voter card|voter|epic no|epic number"),
    _of("national_id", "SgFinRecognizer", "nric|fin number|fin no|singpass"),
    _of("national_id", "KrRrnRecognizer", "rrn|resident registration"),
    _of("national_id", "KrFrnRecognizer", "frn|foreigner registration|alien registration"),
    _of("national_id", "ThTninRecognizer", "tnin|thai id|thai national id"),
    _of("national_id", "TrNationalIdRecognizer", "tckn|tc kimlik|kimlik no|turkish id|turkish identity"),
    _of("national_id", "ZaIdNumberRecognizer", "south african id|rsa id|sa id|id number|identity number"),
    _of("national_id", "NgNinRecognizer", "nin|nimc|national identification number"),
    _of("national_id", "PhUmidRecognizer", "umid|unified multi-purpose id"),
    _of("national_id", "NhsRecognizer", "nhs|national health service"),
    _of("tax_id", "DeTaxIdRecognizer", "steuer-id*|steuerid*|steueridentifikationsnummer|identifikationsnummer|idnr|"
        "german tax id|tax id"),
    _of("tax_id", "DeTaxNumberRecognizer", "steuernummer|steuer-nr|steuernr|st.-nr|st-nr"),
    _of("tax_id", "DeVatIdRecognizer", "ust-id*|ustid*|umsatzsteuer-id*|umsatzsteueridentifikationsnummer|vat"),
    _of("tax_id", "ItVatCodeRecognizer", "partita iva|p. iva|p.iva|piva|vat"),
    _of("tax_id", "InPanRecognizer", "pan|permanent account number"),
    _of("tax_id", "InGstinRecognizer", "gstin|gst"),
    _of("tax_id", "AuAbnRecognizer", "abn|australian business number"),
    _of("tax_id", "AuTfnRecognizer", "tfn|tax file number"),
    _of("tax_id", "UsItinRecognizer", "itin|individual taxpayer|taxpayer id|taxpayer identification"),
    _of("tax_id", "PhTinRecognizer", "tin"),
    _of("tax_id", "ZaIncomeTaxNumberRecognizer", "sars|income tax|tax reference"),
    *(
        _of("passport", f"{country}PassportRecognizer", PASSPORT)
        for country in ("Us", "Uk", "De", "Es", "It", "In", "Kr", "Ph", "Za")
    ),
    _of("licence", "UkDrivingLicenceRecognizer", "dvla|driving licence|driving license|dl|driver number",
        frozenset({"en"})),
    _of("health_insurance", "DeHealthInsuranceRecognizer", "krankenversicherung*|krankenversichertennummer|versichertennummer|"
        "versicherten-nr|krankenkasse*|gesundheitskarte|kvnr|egk"),
    _of("health_insurance", "AuMedicareRecognizer", "medicare"),
    _of("health_insurance", "UsMbiRecognizer", "medicare|medicaid|mbi|beneficiary"),
    _of("health_insurance", "UsHealthInsuranceMemberIdRecognizer", MEMBER),
    _of("account", "UsHealthInsuranceMemberIdRecognizer", "insurance policy|policy number|policy no"),
    _of("medical_record", "UsPrescriptionNumberRecognizer", "rx|prescription"),
    _of("certificate", "MedicalLicenseRecognizer", "dea|medical licence|medical license"),
    _of("certificate", "UsNpiRecognizer", "npi|national provider"),
    _of("certificate", "DeLanrRecognizer", "lanr|arztnummer|arzt-nr"),
    _of("bank_account", "UsBankRecognizer", BANK),
    _of("account", "UsBankRecognizer", "account number|account no|account #|acct|acct no|kundennummer|customer number|numéro client"),
    *(
        _of("plate", f"{country}Recognizer", PLATE)
        for country in ("DeKfz", "UkVehicleRegistration", "TrLicensePlate", "InVehicleRegistration",
                        "NgVehicleRegistration", "ZaLicensePlate")
    ),
    _of("account", "CryptoRecognizer", "bitcoin|btc|wallet|crypto", ANY),
)  # fmt: skip
