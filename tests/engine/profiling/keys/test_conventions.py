"""Keys are found whatever the convention of their names: schemas as people write them, filled at random, with no key declared.

A line is a table: its key with the number of rows (`/` the first number, `c` codes, `u` UUIDs; `=` a table without one), then columns:
`name>parent` refers (`0`: not every row does), `name:kind` does not (t text, c few codes, m small, o large numbers, b 0 and 1).
No coefficient is fitted on these.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.profiling.keys.databases import inferred, said, write

CONVENTIONS = {
    "tpch": """
        region(r_regionkey:5 r_name:t r_comment:t)
        nation(n_nationkey:25 n_name:t n_regionkey>region n_comment:t)
        supplier(s_suppkey:100 s_name:t s_nationkey>nation s_acctbal:m)
        customer(c_custkey:300 c_name:t c_nationkey>nation c_mktsegment:c)
        part(p_partkey:200 p_name:t p_size:m p_container:c)
        orders(o_orderkey:900 o_custkey>customer o_orderstatus:c o_totalprice:m o_shippriority:m)
        lineitem(=3000 l_orderkey>orders l_partkey>part l_suppkey>supplier l_linenumber:m l_quantity:m l_tax:m)
    """,
    "wordpress": """
        wp_users(ID:40 user_login:t user_status:m)
        wp_posts(ID:200 post_author>wp_users post_title:t post_parent>wp_posts0 menu_order:m comment_count:m post_type:c)
        wp_postmeta(meta_id:500 post_id>wp_posts meta_key:c meta_value:t)
        wp_usermeta(umeta_id:120 user_id>wp_users meta_key:c)
        wp_comments(comment_ID:300 comment_post_ID>wp_posts user_id>wp_users0 comment_parent>wp_comments0 comment_karma:m)
        wp_terms(term_id:60 name:t term_group:m)
        wp_term_taxonomy(term_taxonomy_id:60 term_id>wp_terms taxonomy:c count:m)
        wp_term_relationships(=200 term_taxonomy_id>wp_term_taxonomy term_order:m)
    """,
    "django": """
        auth_user(id:50 username:t is_staff:b)
        auth_group(id:6 name:t)
        auth_permission(id:80 name:t content_type_id>django_content_type)
        django_content_type(id:20 app_label:t model:t)
        auth_user_groups(id:70 user_id>auth_user group_id>auth_group)
        auth_group_permissions(id:90 group_id>auth_group permission_id>auth_permission)
        django_admin_log(id:300 user_id>auth_user content_type_id>django_content_type action_flag:m)
        shop_basket(id:120 owner_id>auth_user status:c)
        shop_basketline(id:400 basket_id>shop_basket product_id>catalogue_product quantity:m)
        catalogue_product(id:90 parent_id>catalogue_product0 product_class_id>catalogue_productclass upc:t)
        catalogue_productclass(id:4 name:t)
    """,
    "employees": """
        employees(emp_no:300/10001 first_name:t gender:c)
        departments(dept_no:9c dept_name:t)
        dept_emp(=320 emp_no>employees dept_no>departments)
        dept_manager(=20 emp_no>employees dept_no>departments)
        salaries(=900 emp_no>employees salary:m)
        titles(=400 emp_no>employees title:c)
    """,
    "stack": """
        Users(Id:200 DisplayName:t Reputation:m UpVotes:m AccountId:o)
        PostTypes(Id:3 Name:t)
        Posts(Id:600 PostTypeId>PostTypes ParentId>Posts0 OwnerUserId>Users LastEditorUserId>Users0 Score:m ViewCount:m AnswerCount:m)
        Comments(Id:800 PostId>Posts UserId>Users Score:m)
        VoteTypes(Id:12 Name:t)
        Votes(Id:900 PostId>Posts VoteTypeId>VoteTypes UserId>Users0)
        Badges(Id:300 UserId>Users Class:m)
        PostLinks(Id:90 PostId>Posts RelatedPostId>Posts LinkTypeId:m)
    """,
    "deutsch": """
        kunden(kunden_nr:150/1000 name:t ort:t)
        artikel(artikelnr:80 bezeichnung:t preis:m warengruppe_id>warengruppen)
        warengruppen(id:7 bezeichnung:t)
        auftraege(auftrags_nr:400 kunden_nr>kunden bearbeiter_id>mitarbeiter menge:m)
        auftragspositionen(=900 auftrags_nr>auftraege pos:m artikelnr>artikel menge:m)
        mitarbeiter(pers_nr:25 nachname:t vorgesetzter>mitarbeiter0 abteilung_id>abteilungen)
        abteilungen(id:5 name:t leiter_id>mitarbeiter)
    """,
    "espanol": """
        clientes(id_cliente:120 nombre:t ciudad:t)
        facturas(id_factura:300 id_cliente>clientes cod_vendedor>vendedores total:m)
        vendedores(cod_vendedor:12 nombre:t id_jefe>vendedores0)
        lineas_factura(=800 id_factura>facturas cod_articulo>articulos cantidad:m)
        articulos(cod_articulo:70 descripcion:t id_categoria>categorias)
        categorias(id_categoria:6 nombre:t)
    """,
    "francais": """
        clients(id:90 nom:t)
        commandes(id:250 client_id>clients livreur_id>livreurs etat:c)
        livreurs(id:8 nom:t)
        lignes_commande(id:700 commande_id>commandes produit_id>produits quantite:m prix:m)
        produits(id:60 libelle:t categorie_id>categories fournisseur_id>fournisseurs)
        categories(id:5 nom:t parent_id>categories0)
        fournisseurs(id:15 nom:t adresse_id>adresses)
        adresses(id:120 rue:t pays_code>pays)
        pays(code:30c nom:t)
    """,
    "crm": """
        tbl_account(acct_id:130 acct_name:t parent_acct_id>tbl_account0 owner_id>tbl_user)
        tbl_user(user_id:20 login:t mgr_id>tbl_user0)
        tbl_contact(contact_id:260 acct_id>tbl_account created_by>tbl_user updated_by>tbl_user0)
        tbl_opportunity(opp_id:200 acct_id>tbl_account stage_id>tbl_stage probability:m currency>tbl_currency)
        tbl_stage(stage_id:6 label:t sort_order:m)
        tbl_currency(code:20c name:t)
        tbl_address(addr_id:300 street:t)
        tbl_invoice(inv_no:500/5000 acct_id>tbl_account bill_addr_id>tbl_address ship_addr_id>tbl_address opp_id>tbl_opportunity0)
    """,
    "hospital": """
        PATIENT(PATIENT_ID:180u NAME:t)
        PHYSICIAN(PHYS_ID:25u NAME:t DEPT_CD>DEPARTMENT)
        DEPARTMENT(DEPT_CD:8c DESCR:t)
        ADMISSION(ADM_ID:400u PATIENT_ID>PATIENT ATTENDING_PHYS_ID>PHYSICIAN WARD_NO>WARD BED_NO:m)
        WARD(WARD_NO:12 DEPT_CD>DEPARTMENT FLOOR:m)
        LAB_RESULT(RESULT_ID:800u ADM_ID>ADMISSION ORDERED_BY>PHYSICIAN TEST_CODE>LAB_TEST VALUE:m)
        LAB_TEST(TEST_CODE:40c DESCR:t UNIT:c)
    """,
    "imdb": """
        title(id:400 kind_id>kind_type production_year:m title:t)
        kind_type(id:7 kind:t)
        name(id:300 gender:c)
        cast_info(id:1200 person_id>name movie_id>title role_id>role_type nr_order:m)
        role_type(id:11 role:t)
        movie_companies(id:500 movie_id>title company_id>company_name company_type_id>company_type)
        company_name(id:120 name:t)
        company_type(id:4 kind:t)
    """,
}
UNNAMED = {
    "cast_info (movie_id) -> title (id)",
    "movie_companies (movie_id) -> title (id)",
    "cast_info (person_id) -> name (id)",
}
"""What neither a name nor a value says: dense numbers under another noun."""
Made = Callable[[], object]


def database(text: str, chance: random.Random) -> tuple[str, dict[str, list[tuple[object, ...]]], set[str]]:
    """DDL, rows and the keys that are there."""
    tables = [re.fullmatch(r"(\w+)\((.*)\)", line.strip()) for line in text.strip().splitlines()]
    columns = {found.group(1): found.group(2).split() for found in tables if found}
    keys = {table: _key(each[0], chance) for table, each in columns.items() if not each[0].startswith("=")}
    script, rows, truth = [], {}, set()
    for table, (first, *rest) in columns.items():
        own = keys.get(table)
        names = [each.split(">")[0].split(":")[0] for each in rest]
        made = [_column(table, each, keys, chance) for each in rest]
        types = [kind for kind, _ in made]
        head = [f'"{own[0]}" {own[1]} PRIMARY KEY'] if own else []
        listed = ", ".join([*head, *(f'"{name}" {kind}' for name, kind in zip(names, types, strict=True))])
        script.append(f'CREATE TABLE "{table}" ({listed});')
        numbered = own[2] if own else range(int(first[1:]))
        rows[table] = [(*([key] if own else []), *(make() for _, make in made)) for key in numbered]
        parents = {name: each.split(">")[1].rstrip("0") for name, each in zip(names, rest, strict=True) if ">" in each}
        truth |= {f"{table} ({name}) -> {parent} ({keys[parent][0]})" for name, parent in parents.items()}
    return "\n".join(script), rows, truth


def _key(text: str, chance: random.Random) -> tuple[str, str, list[object]]:
    name, _, size = text.partition(":")
    count, _, first = size.rstrip("cu").partition("/")
    if size.endswith("c"):
        codes = {"".join(chance.choices("ABCDEFGHKLMNPRSTUVW", k=3)) for _ in range(4 * int(count))}
        return name, "TEXT", list(sorted(codes)[: int(count)])
    if size.endswith("u"):
        return name, "TEXT", [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(int(count))]
    start = int(first or 1)
    return name, "INTEGER", list(range(start, start + int(count)))


def _column(
    table: str, text: str, keys: dict[str, tuple[str, str, list[object]]], chance: random.Random
) -> tuple[str, Made]:
    name, mark, kind = re.fullmatch(r"(\w+)([>:])(\w+)", text).groups()  # type: ignore[union-attr]
    if mark == ">":
        _, type_, values = keys[kind.rstrip("0")]
        none = 0 if table.startswith("wp_") else None
        return type_, lambda: none if kind.endswith("0") and chance.random() < 0.6 else chance.choice(values)
    most = chance.choice([3, 5, 12, 40])
    makers: dict[str, Made] = {
        "t": lambda: f"{name} {chance.randrange(10**6)}",
        "c": lambda: chance.choice("ABC"),
        "m": lambda: chance.randint(0, most),
        "b": lambda: chance.randint(0, 1),
        "o": lambda: chance.randrange(10**6),
    }
    return "TEXT" if kind in "tc" else "INTEGER", makers[kind]


@pytest.mark.parametrize("name", CONVENTIONS)
def test_keys_are_found_by_the_names_of_a_convention(name: str, tmp_path: Path) -> None:
    script, rows, truth = database(CONVENTIONS[name], random.Random(name))
    assert said(inferred(write(tmp_path / "convention.db", script, rows))) == truth - UNNAMED
