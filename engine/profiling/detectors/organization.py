"""Names of companies and other organisations."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector

_FORMS = frozenset("""
    inc incorporated llc llp lp ltd limited corp corporation co plc company companies pty pvt pte bhd gmbh ag ohg gbr ug
    kgaa mbh ev e.v eg se partg sa sas sarl eurl sasu sci scop sl slu slne cía cia spa s.p.a srl snc sapa bv nv vof cv bvba
    cvba vzw ltda lda eireli me unipessoal sàrl oy oyj ab as asa aps a/s hf kft zrt bt sp zoo d.o.o doo ood ad ooo oao zao kk
""".split())  # fmt: skip
_SPLIT_FORMS = (
    "co kg",
    "& kg",
    "s a",
    "s l",
    "s r l",
    "s p a",
    "b v",
    "n v",
    "e v",
    "l l c",
    "d o o",
    "z o o",
    "s a s",
    "s a r l",
    "a s",
    "a/s",
    "s à r l",
    "k k",
)
_KINDS = frozenset("""
    bank insurance university college school hospital clinic institute foundation association society agency ministry
    department council church museum library group holding holdings partners associates brothers bros sons industries
    enterprises solutions systems technologies consulting services logistics motors airlines airways pharmaceuticals
    laboratories labs publishing publishers press records studios entertainment restaurant hotel supermarket bakery brewery
    winery farms trading traders imports exports supplies markets bistro cantina deli foods seafoods health medical center
    centre healthcare medicare medicaid verein stiftung krankenhaus klinik universität hochschule schule sparkasse
    versicherung werke handel verlag brauerei banque assurance université école hôpital clinique institut fondation société
    maison établissements éditions banco seguros universidad colegio escuela hospital clínica instituto fundación sociedad
    asociación grupo comercial banca assicurazioni università scuola ospedale clinica istituto fondazione società associazione
    gruppo verzekeringen universiteit ziekenhuis stichting vereniging bedrijf universidade escola fundação sociedade
    associação indústria comércio supermercado
""".split())  # fmt: skip


class Organization(WordsDetector):
    """With its legal form, or with a word for a kind of organisation. Half of all companies' names have neither."""

    name = "organization"
    title = "Organisation"
    entities = ("organization",)
    strongest = 3.0
    usual = 0.9
    hit = 0.4
    chance = 0.01
    alike = 0.4
    EXAMPLES = (
        "Example Inc.",
        "Muster GmbH & Co. KG",
        "Exemple S.A.R.L.",
        "First National Bank",
        "Universität Beispielstadt",
        "Esempio S.p.A.",
    )
    COUNTEREXAMPLES = (
        "Ada Lovelace",
        "Keyboard",
        "42",
        "Incident",
        "Berlin",
        "the company we keep when nobody else is there to look at it",
    )

    def fits(self, words: list[str]) -> bool:
        if not 1 < len(words) <= 10 or words[0].isdigit():
            return False
        if not _FORMS.isdisjoint(words[1:]) or words[0] in _KINDS or words[-1] in _KINDS:
            return True
        return " ".join(words).endswith(_SPLIT_FORMS)
