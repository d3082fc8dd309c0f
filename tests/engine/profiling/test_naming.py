from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Table, Unique
from engine.profiling.naming import (
    Rows,
    Strength,
    entities_by_name,
    entity_of,
    names_people,
    own_words,
    rows_of,
    says_nothing,
    second_line,
    tokens,
    words_of,
)
from engine.profiling.people import rows_are_people
from engine.profiling.taxonomy import DATES, TAXONOMY
from engine.profiling.vocabulary import NOTHING, vocabulary

NAMES = {
    "en": """
        customer.fname first_name, t.cust_nm full_name, t.custfname first_name, users.name full_name, users.user_name
        username, t.emailaddr email, t.eml email, t.ph_no phone, t.telno phone, phones.number phone, emails.address email,
        t.addr1 street_address, t.apt street_address, t.zip4 postal_code, t.BillToCity city, countries.name country,
        t.state_province state, t.dob birth_date, t.ssn_last4 us_ssn, t.passportNo passport, t.dl_number driver_license,
        t.mrn medical_record_number, t.memberId person_id, t.icd10 medical_code, t.blood_type medical, t.cc_num credit_card,
        t.cvv2 credit_card_cvv, t.exp_month credit_card_expiry, t.sort_code bank_account, t.pwd_hash password, t.api_key
        secret, t.remote_addr ip_address, t.user_agent device_id, companies.name organization, employees.title job_title,
        customers.title title, t.gender_cd gender, t.annual_income salary, t.union_member trade_union,
        t.special_instructions free_text, t.license_plate licence_plate, cards.holder_name full_name, person.given_name
        first_name, sales_order.customer_middlename middle_name, t.mothers_maiden_name last_name,
        t.drvlicno driver_license, t.clmtnm full_name, t.hmphone phone, t.bldtyp medical, wp_posts.post_password password""",
    "de": """
        kunden.vorname first_name, t.KUNDENNAME full_name, t.Straße street_address, t.hausnr house_number, t.plz
        postal_code, t.wohnort city, kunde.land country, t.bundesland state, t.geb_dat birth_date, t.geburtsort
        place_of_birth, t.telefon_privat phone, t.anrede title, t.familienstand marital_status, t.konfession religion,
        t.gehalt salary, t.personalnr employee_id, t.kundennr person_id, t.steuer_id tax_id, t.svnr national_id,
        t.versichertennr health_insurance_id, t.kontoinhaber full_name, t.blz bank_account, t.firmenname organization,
        t.beruf job_title, t.bemerkungen free_text, t.kennwort password, t.diagnose medical, t.schwerbehinderung disability,
        t.kreditkartennr credit_card, t.vorstrafen criminal_record, t.gewerkschaft trade_union,
        t.vsnr national_id, t.schadort city, t.gebort place_of_birth, t.kfz_kz licence_plate, t.famst marital_status""",
    "fr": """
        t.prénom first_name, t.nom_de_famille last_name, t.nom_client full_name, t.adresse_livraison street_address,
        t.code_postal postal_code, t.ville city, t.pays country, t.date_naissance birth_date, t.lieu_de_naissance
        place_of_birth, t.tel_portable phone, t.courriel email, t.civilité title, t.situation_familiale marital_status,
        t.salaire_brut salary, t.num_secu national_id, t.siret tax_id, t.mot_de_passe password, t.raison_sociale
        organization, t.métier job_title, t.commentaire free_text, t.immatriculation licence_plate, t.carte_bancaire
        credit_card, t.groupe_sanguin medical, t.numéro_client person_id, t.handicap disability, t.permis_conduire
        driver_license""",
    "es": """
        t.primer_nombre first_name, t.apellidos last_name, t.apellido_materno last_name, t.nombre_paciente full_name,
        t.dirección street_address, t.código_postal postal_code, t.ciudad city, t.país country, t.provincia state,
        t.fecha_nacimiento birth_date, t.teléfono_móvil phone, t.correo_electrónico email, t.dni national_id, t.rfc tax_id,
        t.estado_civil marital_status, t.sueldo salary, t.contraseña password, t.empresa organization, t.profesión
        job_title, t.observaciones free_text, t.tarjeta_credito credit_card, t.alergias medical, t.grupo_sanguineo medical,
        t.telefono_cliente phone, t.discapacidad disability, t.cuenta_bancaria bank_account,
        t.niv_instruc education, t.num_ss national_id, t.ref_catastral account_number, t.afil_sind trade_union""",
    "it": """
        t.cognome last_name, t.nome_completo full_name, t.indirizzo street_address, clienti.cap postal_code, t.comune city,
        t.provincia state, t.data_di_nascita birth_date, t.luogo_nascita place_of_birth, t.cellulare phone,
        t.posta_elettronica email, t.codice_fiscale national_id, t.partita_iva tax_id, t.stato_civile marital_status,
        t.stipendio salary, t.ragione_sociale organization, t.professione job_title, t.annotazioni free_text,
        t.carta_di_credito credit_card, t.sesso gender, t.targa licence_plate, t.conto_corrente bank_account, t.diagnosi
        medical, t.numero_civico house_number, t.cittadinanza nationality""",
    "nl": """
        t.voornaam first_name, t.achternaam last_name, t.tussenvoegsel last_name, t.straatnaam street_address, t.huisnummer
        house_number, t.woonplaats city, t.geboortedatum birth_date, t.telefoonnummer phone, t.bsn national_id,
        t.rekeningnummer bank_account, t.burgerlijke_staat marital_status, t.salaris salary, t.wachtwoord password,
        t.bedrijfsnaam organization, t.beroep job_title, t.opmerkingen free_text, t.kenteken licence_plate, t.geslacht
        gender, t.paspoortnummer passport, t.klantnummer person_id, t.bloedgroep medical, t.godsdienst religion,
        t.rijbewijsnummer driver_license""",
    "pt": """
        t.sobrenome last_name, t.nome_completo full_name, t.logradouro street_address, t.cep postal_code, t.cidade city,
        t.bairro county, t.data_nascimento birth_date, t.telefone_celular phone, t.cpf national_id, t.cnpj tax_id,
        t.estado_civil marital_status, t.renda salary, t.senha password, t.razão_social organization, t.profissão job_title,
        t.observação free_text, t.cartão_credito credit_card, t.código_cliente person_id, t.cnh driver_license,
        t.tipo_sanguineo medical, t.nacionalidade nationality, t.raça race""",
}  # fmt: skip
NOTHINGS = """
    product.name, products.title, film.title, t.product_name, artikel.bezeichnung, produits.libelle, productos.nombre,
    prodotti.nome, producten.omschrijving, produtos.descricao, roles.name, playlists.name, languages.name,
    departments.dept_name, wp_posts.post_title, menus.title, t.created_at, t.last_update, t.erstellt_am,
    t.fecha_creacion, t.date_modif_count, t.email_verified, t.phone_type, t.email_template, t.is_mobile, t.city_count,
    t.address_id, t.password_changed_at, t.token_expires_at, t.file_name, t.hostname, t.namespace, t.postage,
    t.percentage, t.usage, t.capacity, t.velocity, t.electricity, t.statement, t.microphone, t.status, orders.status,
    orders.state, orders.order_no, t.unit_price, t.quantity, t.sort_order, t.version, t.parent_id,
    categories.description, film_actor.film_id, t.card_count, t.phone_model, t.landing_page, product.image,
    settings.value, t.tax_rate, invoices.number
"""


def kind_of(entity: str | None) -> Kind:
    return Kind.DATE if entity in ("birth_date", "death_date") else Kind.TEXT


@pytest.mark.parametrize(
    ("name", "entity"),
    [each.split() for text in NAMES.values() for each in text.split(",")],
    ids=[" ".join(each.split()) for text in NAMES.values() for each in text.split(",")],
)
def test_names_in_seven_languages_say_what_a_column_holds(name: str, entity: str) -> None:
    table, column = name.split(".")
    found = entity_of(TableName(table), column, kind_of(entity))
    assert found is not None
    assert found.name == entity


@pytest.mark.parametrize("name", [each.strip() for each in NOTHINGS.split(",")])
def test_names_of_things_keys_flags_and_moments_are_not_personal(name: str) -> None:
    table, column = name.split(".")
    assert entity_of(TableName(table), column, Kind.TEXT) is None


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("customers", Rows.PEOPLE), ("tbl_customer_master", Rows.PEOPLE), ("Kunden", Rows.PEOPLE), ("wp_users", Rows.PEOPLE),
        ("usuarios", Rows.PEOPLE), ("medewerkers", Rows.STAFF), ("employees", Rows.STAFF), ("patienten", Rows.PATIENTS),
        ("suppliers", Rows.ORGANISATIONS), ("customer_orders", Rows.EVENTS), ("order_items", Rows.THINGS), ("user_roles", Rows.THINGS),
        ("customer_address", Rows.ADDRESSES), ("diagnoses", Rows.CARE), ("xyz", None), ("", None),
    ],
)  # fmt: skip
def test_a_table_is_named_after_what_its_rows_are(table: str, rows: Rows | None) -> None:
    assert rows_of(TableName(table)) is rows
    assert names_people(TableName(table)) is (rows in (Rows.PEOPLE, Rows.STAFF, Rows.PATIENTS))


@given(
    st.lists(
        st.sampled_from(("customer", "first", "name", "birth", "date", "phone", "street", "bank")),
        min_size=1,
        max_size=4,
    )
)
def test_however_a_name_joins_its_words_they_are_the_same(words: list[str]) -> None:
    expected = tuple(words)
    camel = "".join(word.capitalize() for word in words)
    for name in ("_".join(words), "-".join(words).upper(), " ".join(words), camel, camel[0].lower() + camel[1:]):
        assert words_of(name) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CUSTOMERNAME", ("customer", "name")), ("geburtsort", ("geburtsort",)), ("kundenadresse", ("kunde", "address")),
        ("supervisingproviderid", ("supervising", "provider", "id")), ("capacity", ("capacity",)), ("patients", ("patient",)),
        ("VNDADR", ("vendor", "address")), ("HIRDTE", ("hire", "date")), ("COUNTRY", ("country",)), ("STREAM", ("stream",)),
        ("id_cliente", ("client", "id")), ("id_card_no", ("id", "card", "number")), ("Größe", ("groesse",)), ("日本", ()), ("", ()),
    ],
)  # fmt: skip
def test_words_run_together_are_taken_apart_only_where_all_of_it_is_known(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(list(Kind)), st.booleans())
def test_any_name_is_read_and_an_entity_suits_the_kind(table: str, column: str, kind: Kind, people: bool) -> None:
    for entity, _ in entities_by_name(TableName(table), column, kind, people=people):
        assert kind in TAXONOMY[entity].kinds


def test_every_entity_has_names_and_every_name_an_entity() -> None:
    named = {pattern.entity for patterns in vocabulary().patterns.values() for pattern in patterns}
    assert named == TAXONOMY.keys() | {NOTHING}


def test_a_name_beside_one_part_of_a_persons_name_is_the_other() -> None:
    def best(column: str, beside: set[str]) -> str:
        return entities_by_name(TableName("people"), column, Kind.TEXT, people=True, beside=frozenset(beside))[0][0]

    assert best("name", set()) == "full_name"
    assert best("name", {"last_name"}) == "first_name"
    assert best("Nom", {"first_name"}) == "last_name"
    assert best("name", {"first_name", "last_name"}) == "full_name"
    assert best("guardian_name", {"first_name"}) == "full_name"


def test_a_state_is_one_beside_an_address() -> None:
    table = TableName("t")
    alone = dict(entities_by_name(table, "state", Kind.TEXT, people=False))
    assert alone == {"state": Strength.WEAK}
    beside = dict(entities_by_name(table, "state", Kind.TEXT, people=False, beside=frozenset({"city"})))
    assert beside["state"] is Strength.PLAIN


def test_a_patients_code_is_medical_and_a_codes_table_is_not_told_so() -> None:
    patient = frozenset({Rows.PATIENTS.value})
    assert (
        entities_by_name(TableName("devices"), "code", Kind.TEXT, people=False, beside=patient)[0][0] == "medical_code"
    )
    assert says_nothing(TableName("devices"), "code", people=False)


@pytest.mark.parametrize(
    ("column", "kind"),
    [("medications", Kind.INTEGER), ("num_addresses", Kind.INTEGER), ("email", Kind.BOOLEAN), ("phone", Kind.DATE)],
)
def test_a_kind_that_cannot_hold_it_takes_the_name_back(column: str, kind: Kind) -> None:
    assert entity_of(TableName("customers"), column, kind) is None


@pytest.mark.parametrize(
    ("column", "kind", "entity"),
    [
        ("smoker_flag", Kind.BOOLEAN, "medical"), ("disability_type", Kind.TEXT, "disability"), ("race_cd", Kind.INTEGER, "race"),
        ("email_type", Kind.TEXT, None), ("religion_id", Kind.INTEGER, None), ("gender_id", Kind.INTEGER, None),
    ],
)  # fmt: skip
def test_a_switch_or_kind_of_what_somebody_is_says_it_too(column: str, kind: Kind, entity: str | None) -> None:
    found = entity_of(TableName("t"), column, kind)
    assert (found.name if found else None) == entity


def test_a_name_of_a_million_letters_is_read_like_any_other() -> None:
    assert words_of("customer" * 100_000) == ("customer" * 100_000,)
    assert len(words_of("first name " * 10_000)) == 24


@pytest.mark.parametrize(
    ("column", "second"),
    [
        ("address2", True),
        ("AddressLine2", True),
        ("adresszusatz", True),
        ("complemento", True),
        ("address", False),
        ("street1", False),
    ],
)
def test_the_second_line_of_an_address_is_told_from_the_first(column: str, second: bool) -> None:
    assert second_line(TableName("address"), column) is second


def test_tokens_and_own_words_are_those_of_the_spelling() -> None:
    assert tokens("CustomerFirstName2") == ("customer", "first", "name", "2")
    assert own_words("customer", "CustomerState") == ("state",)
    assert own_words("t", "address_1") == ("address",)


def table(name: str, *columns: str, key: tuple[str, ...] = (), refers: dict[str, str] | None = None) -> Table:
    made = tuple(Column(column, "text", Kind.DATE if column in DATES else Kind.TEXT) for column in columns)
    keys = tuple(ForeignKey("fk", (column,), TableName(parent), ("id",)) for column, parent in (refers or {}).items())
    return Table(TableName(name), made, (Unique("pk", key, primary=True),) if key else (), keys)


@pytest.mark.parametrize(
    ("described", "people"),
    [
        (table("customers", "id", "segment", key=("id",)), True),
        (table("sheet1", "fname", "lname", "zip"), True),
        (table("registro", "nombre", "apellidos", "correo"), True),
        (table("suppliers", "name", "contact_name", "phone", "email"), False),
        (table("film_actor", "actor_id", "film_id", key=("actor_id", "film_id"), refers={"actor_id": "actor"}), False),
        (table("team_members", "id", "team_id", "user_id", key=("id",), refers={"user_id": "users"}), False),
        (table("salespersons", "id", "region", key=("id",), refers={"id": "employees"}), True),
        (table("customers", "id", "rep_id", key=("id",), refers={"rep_id": "employees"}), True),
        (table("orders", "id", "ship_to_name", "ship_city"), False),
        (table("products", "id", "name", "description"), False),
    ],
    ids=lambda each: each.name.name if isinstance(each, Table) else str(each),
)  # fmt: skip
def test_a_table_of_people_has_their_name_or_what_only_people_have(described: Table, people: bool) -> None:
    assert rows_are_people(described) is people
