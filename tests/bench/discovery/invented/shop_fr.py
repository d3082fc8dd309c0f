"""A French shop, without declared keys."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    checked,
    date,
    decimal,
    moment,
    number,
    pattern,
    sentence,
    serial,
    sometimes,
    words,
)  # fmt: skip

PRENOM = words(
    "Océane|Thibault|Maëlys|Loïc|Bérénice|Gaël|Solène|Yannick|Fatoumata|Karim|Élodie|Rémi|Capucine|Aurélien|Ludivine|Mathis|"
    "Corentin|Anaïs|Nadège|Firmin|Amandine|Kévin|Ségolène|Baptiste|Inès"
)
NOM = words(
    "Lefèvre|Garnier|Diallo|Rousseau|Le Goff|Benali|Chevalier|Mercier|Da Silva|Guérin|Perrot|Blanchard|Kone|Faure|Roussel|"
    "Boulanger|Leclerc|Pasquier|Haddad|Marchand|Besson|Delattre|Charpentier|Aubry|Meunier"
)
VILLE = words(
    "Saint-Étienne|Quimper|Aix-en-Provence|Montauban|Le Havre|Besançon|Troyes|Béziers|La Rochelle|Pau|Annecy|Calais|Chambéry|"
    "Saint-Malo|Bourges|Niort|Vannes|Tarbes|Albi|Dijon"
)
VOIE = sentence(
    "{n} rue des Lilas\n{n} bis avenue Jean Jaurès\n{n}, impasse du Moulin\n"
    "{n} boulevard Gambetta\n{n} chemin des Vignes\n{n} place de l'Église",
    n=number(1, 140),
)


def _iban(account: str) -> str:
    digits = "".join(str(int(sign, 36)) for sign in account + "FR00")
    return f"FR{98 - int(digits) % 97:02}{account}"


TABLES = (
    Invented("clients", 240, (
        Made("id_client", "person_id", serial(1), "INTEGER"),
        Made("civilite", "title", words("M.|Mme")),
        Made("prenom", "first_name", PRENOM),
        Made("nom", "last_name", NOM),
        Made("date_naissance", "birth_date", date(1945, 2006, "{d:02}/{m:02}/{y}")),
        Made("courriel", "email",
             sentence("{p}{n}@orange.example\n{p}{n}@laposte.example\nc{n}@free.example", n=serial(100, 3),
             p=words("oceane.l|tgarnier|mdiallo|loic.r|berenice|gael56|solene.b"))),
        Made("tel_portable", "phone", sometimes(pattern("06 ## ## ## ##"), 0.9)),
        Made("adresse", "street_address", VOIE),
        Made("complement", "street_address",
             sometimes(words("Bât. B|Appt 12|Résidence Les Pins|3e étage|Lieu-dit Kerhuon"), 0.3)),
        Made("code_postal", "postal_code", pattern("#5##0")),
        Made("ville", "city", VILLE),
        Made("pays", "country", words("France|France|France|Belgique|Suisse|Luxembourg")),
        Made("mdp", "password", pattern("$2b$12$" + "%" * 46)),
        Made("date_inscription", None, moment(2018, 2025)),
        Made("points_fidelite", None, number(0, 4000), "INTEGER"),
        Made("newsletter", None, number(0, 1), "INTEGER"),
    )),
    Invented("commandes", 500, (
        Made("id_commande", None, serial(70001), "INTEGER"),
        Made("id_client", "person_id", number(1, 240), "INTEGER"),
        Made("date_commande", None, moment(2022, 2025)),
        Made("montant_ttc", None, decimal(5, 400), "REAL"),
        Made("statut", None, words("expédiée|livrée|annulée|en cours")),
        Made("adresse_livraison", "street_address", VOIE),
        Made("cp_livraison", "postal_code", pattern("#4##0")),
        Made("ville_livraison", "city", VILLE),
        Made("mode_paiement", None, words("CB|PayPal|virement|chèque")),
        Made("adr_ip", "ip_address",
             sentence("{a}.{b}.{c}.{d}", a=number(2, 90), b=number(0, 255), c=number(0, 255), d=number(1, 254))),
    )),
    Invented("lignes_commande", 900, (
        Made("id_commande", None, number(70001, 70500), "INTEGER"),
        Made("id_produit", None, number(1, 80), "INTEGER"),
        Made("quantite", None, number(1, 6), "INTEGER"),
        Made("remise", None, decimal(0, 0.3), "REAL"),
    )),
    Invented("produits", 80, (
        Made("id_produit", None, serial(1), "INTEGER"),
        Made("libelle", None, sentence("{a} {b}", a=words("Lampe|Fauteuil|Table basse|Étagère|Miroir|Coussin|Tapis"),
             b=words("Louise|Marcel|Colette|Oslo|Bergen|Paris|Vintage|Nordique|Camille|Rivoli"))),
        Made("description", None,
             sentence("{a} en chêne massif, finition huilée, livré monté.\n{a} au tissage serré, lavable à 30 degrés.",
             a=words("Meuble|Pièce|Article|Modèle"))),
        Made("prix_ht", None, decimal(5, 900), "REAL"),
        Made("tva", None, words("5.5|20")),
        Made("ref_fournisseur", None, pattern("@@-####")),
    )),
    Invented("fournisseurs", 30, (
        Made("id_fournisseur", None, serial(1), "INTEGER", "key of a company that has one contact person"),
        Made("raison_sociale", "organization",
             sentence("{n} et Fils SARL\nAteliers {n}\n{n} Mobilier SAS\nÉts {n}", n=NOM)),
        Made("siret", None, pattern("##############"), doubtful="the number of a company"),
        Made("contact", "full_name", sentence("{p} {n}", p=PRENOM, n=NOM)),
        Made("iban", "iban", checked(pattern("#######################"), _iban)),
        Made("telephone", "phone", pattern("0# ## ## ## ##")),
    )),
    Invented("avis", 150, (
        Made("id_avis", None, serial(1), "INTEGER"),
        Made("id_client", "person_id", number(1, 240), "INTEGER"),
        Made("id_produit", None, number(1, 80), "INTEGER"),
        Made("note", None, number(1, 5), "INTEGER"),
        Made("commentaire", "free_text", sentence(
            "Très bon accueil de {p} au magasin de {v}, je recommande.\n"
            "Colis reçu par ma voisine Mme {n}, merci de rappeler au 06 12 34 {t} {t}.\n"
            "Livraison rapide, signé {p} {n} de {v}.", p=PRENOM, n=NOM, v=VILLE, t=number(10, 99))),
    )),
)  # fmt: skip
