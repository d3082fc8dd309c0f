"""What a column's name says it holds, in seven languages. A table to read and to add to: one entity, its words, its names.

A pattern is words with spaces between them; it fits where its words stand in a column's name in that order, side by side, however
the name joins them (`CustomerFirstName`, `customer_first_name`, `KUNDE-VORNAME`); with `=` only where they are the whole name.
Patterns are ASCII: accents are folded before.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from connectors.names import TableName
from connectors.schema import Kind
from engine.column_domains import snake

TEXTS = frozenset({Kind.TEXT, Kind.ENUM, Kind.OTHER})
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
DATES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
BLOBS = frozenset({Kind.BINARY})
ANY = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    words: str
    """For sentences: "an e-mail address"."""
    kinds: frozenset[Kind]
    patterns: tuple[str, ...]
    mask: str | None = None
    """The usual mask; None: a person decides."""
    person_table: bool = False
    """Says so only in a table of people: `title`, `name`."""


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(",") if part.strip())


# Order matters: the first that fits wins, so the special stands before the general (`ip address` before `address`).
ENTITIES = (
    Entity("password", "a password, a PIN or another secret", TEXTS | BLOBS | NUMBERS, _patterns("""
        password, passwd, passwort, kennwort, mot de passe, contrasena, senha, wachtwoord, pwd, pass hash, pin code,
        =pin, =salt, =secret, api key, apikey, access token, refresh token, auth token, =token, otp, private key,
        security answer"""), "redact"),
    Entity("email", "an e-mail address", TEXTS, _patterns("""
        email, e mail, =mail, mail address, emails, courriel, correo, correo electronico, posta elettronica,
        emailadresse, epost"""),
        "email"),
    Entity("ip", "a network address", TEXTS, _patterns("""
        =ip, ip address, ipaddress, ipaddr, ip addr, ipv4, ipv6, remote addr, client ip"""), "ip"),
    Entity("mac", "the address of a network card", TEXTS, _patterns("=mac, mac address, macaddr, ethernet address"), "mac"),
    Entity("imei", "the number of a mobile telephone", TEXTS, _patterns("imei, imei number"), "imei"),
    Entity("device", "a device or session of one person", TEXTS | NUMBERS | frozenset({Kind.UUID}), _patterns("""
        imsi, iccid, device id, device identifier, udi, android id, idfa, =serial number, =cookie, session id,
        session key, user agent, fingerprint, push token, advertising id"""), "token"),
    Entity("url", "a web address", TEXTS, _patterns("""
        =url, website, web site, web address, homepage, home page, web page, linkedin, facebook, twitter, instagram,
        profile link"""),
        "url"),
    Entity("cvv", "a card's security code", TEXTS | NUMBERS, _patterns("cvv, cvv2, cvc, cvc2, csc, card security, security code"),
        "null"),
    Entity("card_expiry", "when a card expires", TEXTS | NUMBERS | DATES, _patterns("""
        card exp, card expiry, card expiration, cc exp, cc expiry, cc expiredate, cc expire date, card expire, exp
        month, exp year, card valid"""), None),
    Entity("card_type", "the brand of a payment card", TEXTS, _patterns("cc type, card type, card brand, card issuer"), None),
    Entity("credit_card", "a payment card's number", TEXTS | NUMBERS, _patterns("""
        credit card, creditcard, card number, card no, card num, cc number, cc num, ccnum, cc no, =pan, debit card,
        kreditkarte, kreditkartennummer, carte bancaire, numero carte, tarjeta, carta di credito, cartao,
        creditcardnummer"""), "credit_card"),
    Entity("iban", "a bank account's IBAN", TEXTS, _patterns("iban"), "iban"),
    Entity("bank_account", "a bank account", TEXTS | NUMBERS, _patterns("""
        account number, account no, account num, acct number, acct no, bank account, routing number, sort code,
        =bic, =swift, kontonummer, konto nr, kontonr, blz, bankleitzahl, numero compte, numero cuenta, conto
        corrente, rekeningnummer, rekening, numero conta"""), "pseudonym"),
    Entity("vin", "a vehicle's number", TEXTS, _patterns("=vin, vin number, vehicle identification, chassis number"),
        "vin"),
    Entity("licence_plate", "a vehicle's number plate", TEXTS, _patterns("""
        license plate, licence plate, number plate, plate number, =plate, kennzeichen, immatriculation, matricula, targa,
        kenteken, placa"""), "licence_plate"),
    Entity("national_id", "a number that an authority gave a person", TEXTS | NUMBERS, _patterns("""
        ssn, social security, national id, national identifier, nationalid, =nin, nino, sin number, tax id, taxid,
        tax number, =tin, itin, vat number, vat id, personnummer, personal number, personal id, bsn, codice fiscale,
        cpf, cnpj, =rg, dni, =nie, nif, curp, =rfc, steuer id, steuernummer, steuernr, sozialversicherungsnummer,
        svnr, sv nummer, insee, =nir, numero securite sociale, id card, identity card, identity number,
        identification number, ausweisnummer, personalausweis, cedula, nhs number, medicare, mrn, medical record
        number, patient number, health insurance number, insurance number, versichertennummer, passport, passport
        number, reisepass, passeport, pasaporte, passaporto, paspoort, drivers license, driver license, driving
        license, drivers licence, driving licence, =drivers, license number, licence number, license no,
        fuehrerschein, permis conduire, visa number, voter id, employee number, personnel number, personalnummer, =matricule,
        matrikelnummer, badge number"""), "pseudonym"),
    Entity("phone", "a telephone number", TEXTS | NUMBERS, _patterns("""
        phone, telephone, =tel, telefon, telefono, telefone, telefoon, telefax, fax, mobile, =mobil, =handy, =cell,
        cellphone, cell phone, cellulare, celular, telemovel, =portable, gsm, msisdn, rufnummer, telefonnummer,
        handynummer, whatsapp, pager"""), "phone"),
    Entity("death_date", "when a person died", DATES | TEXTS | NUMBERS, _patterns("""
        death date, deathdate, date of death, deceased, =died, =dod, todesdatum, sterbedatum, date deces, fecha
        defuncion, data morte, data obito, overlijdensdatum"""), "date_shift"),
    Entity("birth_place", "where a person was born", TEXTS, _patterns("""
        birth place, birthplace, place of birth, city of birth, country of birth, geburtsort, lieu naissance, lugar
        nacimiento, luogo nascita, geboorteplaats, local nascimento, naturalidade"""), "city"),
    Entity("birth_name", "a name at birth", TEXTS, _patterns("""
        =maiden, maiden name, birth name, geburtsname, nom jeune fille, meisjesnaam"""),
        "last_name"),
    Entity("birth_date", "when a person was born", DATES | TEXTS | NUMBERS, _patterns("""
        birth date, birthdate, date of birth, birth day, birthday, birth year, year of birth, yob, dob, =born,
        geburtsdatum, geburtstag, geburtsjahr, geb datum, geboren, date naissance, naissance, ne le, fecha
        nacimiento, nacimiento, data nascita, =nascita, data di nascita, date de naissance, fecha de nacimiento,
        data de nascimento, geboortedatum, geboorte, data nascimento, nascimento"""), "date_shift"),
    Entity("username", "a user name", TEXTS, _patterns("""
        user name, username, =login, login name, login id, loginid, user login, =nick, nickname, screen name, user
        handle, =handle, account name, benutzername, benutzerkennung, nutzername, identifiant, utilisateur, usuario,
        nombre usuario, nome utente, =utente, gebruikersnaam, nome usuario, sales person, salesperson, salesrep,
        created by, updated by, modified by, changed by, approved by, entered by, last user"""), "username"),
    Entity("first_name", "a first name", TEXTS, _patterns("""
        first name, firstname, first names, fname, f name, given name, givenname, given names, forename, forenames,
        =first, middle name, middlename, middle names, middle initial, =middle, mname, =initials, vorname, vornamen,
        rufname, prenom, prenoms, primer nombre, segundo nombre, nombres, nome proprio, primo nome, voornaam,
        voornamen, roepnaam, primeiro nome"""),
        "first_name"),
    Entity("last_name", "a last name", TEXTS, _patterns("""
        last name, lastname, lname, l name, =last, surname, sur name, family name, familyname, =second name,
        nachname, familienname, zuname, nom de famille, nom famille, apellido, apellidos, primer apellido, segundo
        apellido, cognome, achternaam, tussenvoegsel, sobrenome, ultimo nome, name suffix"""), "last_name"),
    Entity("company", "a company's name", TEXTS, _patterns("""
        company, company name, organisation, organization, organisation name, organization name, org name, =firm,
        firm name, employer, employer name, firma, firmenname, unternehmen, arbeitgeber, entreprise, societe, raison
        sociale, empresa, razon social, azienda, ragione sociale, bedrijf, bedrijfsnaam, werkgever, razao social,
        business name, ship name"""), "company"),
    Entity("job", "a person's job", TEXTS, _patterns("""
        job title, jobtitle, contact title, =job, profession, occupation, beruf, berufsbezeichnung, metier,
        fonction, puesto, =cargo, profesion, professione, mansione, beroep, functie, profissao, position title"""), "job_title"),
    Entity("full_name", "a person's name", TEXTS, _patterns("""
        full name, fullname, contact name, contact person, customer name, client name, patient name, employee name,
        person name, member name, student name, teacher name, owner name, manager name, doctor name, physician name,
        physician, author name, guest name, passenger name, driver name, applicant name, buyer name, seller name,
        =recipient, recipient name, =beneficiary, beneficiary name, cardholder, card holder, cardholder name, card
        name, name on card, account holder, kontoinhaber, karteninhaber, =titulaire, =titular, intestatario, display
        name, real name, legal name, billing name, shipping name, mother name, father name, =spouse, spouse name,
        =guardian, next of kin, emergency contact, signatory, signed by, =contact, nom complet, nom prenom, nombre
        completo, nombre y apellidos, nome completo, nome cognome, volledige naam, ansprechpartner, kundenname,
        mitarbeitername, patientenname, vor und nachname, contactpersoon, =addressee, =attention, =attn"""), "full_name"),
    Entity("gender", "a person's gender", ANY, _patterns("""
        gender, =sex, geschlecht, =sexe, =sexo, =sesso, geslacht, genero, pronouns"""), "category"),
    Entity("salutation", "a form of address, which tells the gender", TEXTS, _patterns("""
        salutation, anrede, civilite, tratamiento, aanhef, courtesy, title of courtesy, honorific, name prefix,
        titre civilite"""),
        None),
    Entity("marital", "a person's marital status", ANY, _patterns("""
        marital, marital status, m status, civil status, familienstand, etat civil, situation familiale, estado
        civil, stato civile, burgerlijke staat, =married, =divorced"""), "category"),
    Entity("origin", "a person's origin", ANY, _patterns("""
        race, ethnicity, ethnic, ethnic group, ethnie, herkunft, origin ethnic, nationality, staatsangehoerigkeit,
        nationalitaet, nationalite, nacionalidad, nazionalita, nationaliteit, nacionalidade, citizenship, =citizen,
        native language, mother tongue, native country, skin color"""), None),
    Entity("belief", "a person's belief or opinion", ANY, _patterns("""
        religion, religious, =faith, konfession, confession, religione, religiao, godsdienst, political, politics,
        party affiliation, =union member, trade union, sexual orientation, =orientation"""), None),
    Entity("health", "a person's health", ANY, _patterns("""
        diagnosis, diagnoses, diagnosis code, diagnose, =diagnostic, diagnostico, diagnosi, icd, icd9, icd10,
        snomed, loinc, disease, disorder, illness, symptom, symptoms, medication, medications, prescription,
        allergy, allergies, blood type, blood group, blutgruppe, groupe sanguin, disability, handicap, medical,
        medical condition, =condition, =conditions, =health, =treatment, =therapy, =procedure, surgery, bmi,
        pregnant, smoker, =hiv, krankheit, maladie, enfermedad, malattia, ziekte, doenca, vaccine, immunization"""), None),
    Entity("income", "what a person earns or owns", ANY, _patterns("""
        salary, =wage, =wages, income, gehalt, lohn, einkommen, salaire, =revenu, sueldo, salario, ingresos,
        stipendio, reddito, salaris, inkomen, =bonus, pay rate, hourly rate, =commission, commission pct,
        compensation, earnings, net worth, credit score, credit limit, credit rating, balance"""), "number_noise"),
    Entity("age", "a person's age", NUMBERS | TEXTS, _patterns("=age, =alter, =edad, =eta, leeftijd, idade"), "number_noise"),
    Entity("geo", "where somebody is", NUMBERS | TEXTS | frozenset({Kind.OTHER}), _patterns("""
        latitude, longitude, =lat, =lon, =lng, =long, =geo, geolocation, =geom, =geometry, coordinates, coords, gps,
        =location, geo point, breitengrad, laengengrad, latitud, longitud"""), "number_noise"),
    Entity("postcode", "a postcode", TEXTS | NUMBERS, _patterns("""
        postal code, postalcode, postcode, post code, =postal, zip, zip code, zipcode, =zip4, plz, postleitzahl,
        code postal, codigo postal, =cap, =cep, eircode"""), "postcode"),
    Entity("house_number", "a house number", TEXTS | NUMBERS, _patterns("""
        house number, house no, house nr, hausnummer, hausnr, haus nr, numero voie, numero civico, huisnummer"""), "redact"),
    Entity("street2", "a second line of an address", TEXTS, _patterns("""
        address2, address 2, address line 2, addressline2, addr2, street2, street 2, address3, address line 3,
        =apartment, =apt, =suite, adresszusatz, complement adresse, =complemento, =building, =floor, unit no, po
        box, postfach"""), "street"),
    Entity("street", "a street address", TEXTS, _patterns("""
        street, street address, street name, address, address1, address line 1, addressline1, addr, addr1, address
        line, addressline, full address, physical address, =residence,  strasse,
        strassenname,  =str, anschrift, adresse, =rue, =voie,  calle, direccion,
        domicilio, =via, indirizzo,  straat, straatnaam,  adres, =rua, logradouro,
        endereco, morada, ship address, billing address, shipping address, home address, mailing address"""),
        "street"),
    Entity("district", "a part of a town or a county", TEXTS, _patterns("""
        district, county, borough, suburb, neighborhood, neighbourhood, quarter name, stadtteil, ortsteil,
        landkreis, =kreis, =quartier, barrio, quartiere, =wijk, bairro, municipio, distrito, =fips"""), None),
    Entity("city", "a town", TEXTS, _patterns("""
        city, =town, city name, municipality, =ort, stadt, wohnort, ortschaft, ville, commune, localite, ciudad,
        poblacion, localidad, citta, comune, localita, =stad, plaats, woonplaats, gemeente, cidade, hometown"""), "city"),
    Entity("country", "a country", TEXTS, _patterns("""
        country, country name, country code, country region, countrycode, =land, landeskuerzel, =staat, =pays,
        =pais, paese, =nation, nazione"""), "country"),
    Entity("state", "a state or a region", TEXTS, _patterns("""
        state, state province, state code, state name, province, province code, =region, region name, bundesland,
        kanton, departement, provincia, regione, provincie, =estado, comunidad autonoma, prefecture, =uf"""), None),
    Entity("photo", "a picture", TEXTS | BLOBS, _patterns("""
        photo, photograph, picture, =image, =img, profile image, avatar, =portrait, selfie, =scan, signature, thumbnail, foto, =bild,
        unterschrift, imagen, immagine, afbeelding, handtekening, assinatura, firma digital, headshot, fingerprint
        image"""), "blob"),
    Entity("free_text", "free text, in which anything can stand", TEXTS, _patterns("""
        note, notes, comment, comments, remark, remarks, description, =desc, =memo, bio, biography, =about, =about
        me, message, =body, =content, =text, feedback, review, review text, complaint, =letter, transcript,
        =summary, narrative, observations, =details, special instructions, instructions, =reason, bemerkung,
        bemerkungen, notiz, notizen, kommentar, beschreibung, nachricht, hinweis, remarque, remarques, commentaire,
        commentaires, observacion, observaciones, comentario, comentarios, descripcion, mensaje, =nota, notas, =note
        libre, commento, descrizione, messaggio, opmerking, opmerkingen, omschrijving, bericht, observacao,
        observacoes, descricao, mensagem, =subject"""), "free_text"),
    Entity("title", "a person's title or job", TEXTS, _patterns("""
        =title, =titel, =titre, =titulo, =titolo, =position, =prefix, =suffix, =role"""),
        "job_title", person_table=True),
    Entity("name", "a person's name", TEXTS, _patterns("name, names, naam, nom, nombre, nome, namen"), "full_name", person_table=True),
)  # fmt: skip

BY_NAME = {entity.name: entity for entity in ENTITIES}

PEOPLE = frozenset("""
    account accounts actor actors agent agents applicant applicants attendee author authors beneficiaries beneficiary buyer buyers
    candidate candidates caregiver child children citizen citizens client clients contact contacts customer customers debtor doctor
    doctors donor donors driver drivers employee employees guardian guest guests holder householder individual individuals
    lead leads lecturer member members nurse nurses officer officers owner owners parent parents participant participants passenger
    passengers patient patients people person persons physician physicians player players practitioner prescriber profile profiles
    provider providers recipient recipients relative resident residents respondent reviewer salesperson seller sellers spouse staff
    student students subscriber subscribers teacher teachers tenant tenants user users victim visitor visitors volunteer voter voters
    witness worker workers kunde kunden mitarbeiter patienten benutzer nutzer personen angestellte arbeitnehmer mitglied mitglieder
    schueler ansprechpartner lieferant salarie salaries employe employes utilisateur utilisateurs membre membres eleve eleves
    personne personnes cliente clientes empleado empleados paciente pacientes usuario usuarios persona personas miembro alumno alumnos
    dipendente dipendenti utente utenti paziente pazienti clienti klant klanten medewerker medewerkers gebruiker gebruikers persoon
    lid leden funcionario funcionarios pessoa pessoas aluno alunos membro supplier suppliers vendor vendors
""".split())  # fmt: skip


def entity_of(table: TableName, column: str, kind: Kind, *, people: bool | None = None) -> Entity | None:
    """What the column holds by its name; None where the name says nothing personal. `people`: it is a table of people, if known."""
    of_people = names_people(table) if people is None else people
    for entity in _by_name(table.name, column):
        if kind in entity.kinds and (of_people or not entity.person_table):
            return entity
    return None


def names_people(table: TableName) -> bool:
    """Is it a table of people by its name?"""
    words = tokens(table.name)
    return bool(words) and words[-1] in PEOPLE


@lru_cache(maxsize=4096)
def tokens(name: str) -> tuple[str, ...]:
    """`CustomerFirstName2` -> customer, first, name, 2; accents folded, German umlauts spelt out."""
    spelt = name.translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z]+|\d+", snake(plain)))


def contains(words: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Do the pattern's words stand in `words`, side by side?"""
    length = len(pattern)
    return any(words[start : start + length] == pattern for start in range(len(words) - length + 1))


def own_words(table: str, column: str) -> tuple[str, ...]:
    """The column's words without those of its table in front and a number behind: `CustomerState`, `address_1`."""
    words = tokens(column)
    above = set(tokens(table)) | {word.rstrip("s") for word in tokens(table)}
    while len(words) > 1 and (words[0] in above or words[0] in QUALIFIERS):
        words = words[1:]
    return words[:-1] if len(words) > 1 and words[-1].isdigit() else words


@lru_cache(maxsize=8192)
def _by_name(table: str, column: str) -> tuple[Entity, ...]:
    """Every entity that a pattern fits, in the order of the table above."""
    words, own = tokens(column), own_words(table, column)
    index = _index()
    found = {(place, words) for place in index.whole.get(words, ())} | {
        (place, own) for place in index.whole.get(own, ())
    }
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            found |= {(place, words[start:end]) for place in index.parts.get(words[start:end], ())}
    found |= {(place, own) for place in index.joined.get("".join(own), ())}
    pointer = words[-1] if words and words[-1] in _POINTERS else None
    return tuple(
        ENTITIES[place] for place in sorted({place for place, fits in found if pointer is None or pointer in fits})
    )


@dataclass(frozen=True, slots=True)
class _Index:
    """Patterns -> places of their entities in the table."""

    whole: dict[tuple[str, ...], list[int]]
    parts: dict[tuple[str, ...], list[int]]
    joined: dict[str, list[int]]
    """Without the blanks between the words."""


@lru_cache(maxsize=1)
def _index() -> _Index:
    index = _Index(defaultdict(list), defaultdict(list), defaultdict(list))
    for place, entity in enumerate(ENTITIES):
        for pattern in entity.patterns:
            if pattern.startswith("="):
                index.whole[tokens(pattern)].append(place)
            else:
                index.parts[tokens(pattern)].append(place)
                index.joined["".join(tokens(pattern))].append(place)
    return index


_SPELT = {ord(sign): text for sign, text in zip("äöüÄÖÜß", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss"), strict=True)}
QUALIFIERS = frozenset(
    "ship bill billing shipping delivery home work office mailing invoice private current old new primary secondary".split()
)
_POINTERS = frozenset({"id", "ids", "uuid", "guid", "key", "fk", "count"})
"""`contact_id` points at a contact and is none."""
