"""A Brazilian bank."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    checked,
    choice,
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

NOME = words(
    "João|Thiago|Larissa|Antônio|Jéssica|Raimundo|Cauã|Beatriz|Edson|Luciana|Wesley|Iara|Márcio|Francisca|Otávio|Sebastião|"
    "Vitória|Ubiratan|Rosângela|Tainá|Genivaldo|Marlene"
)
SOBRENOME = words(
    "da Silva|Santos|Oliveira|Pereira|Nascimento|Albuquerque|Cavalcanti|Ribeiro|dos Anjos|Teixeira|Figueiredo|Moraes|Barbosa|"
    "Tavares|Queiroz|Nakamura|Bittencourt|Guimarães|Xavier|Peixoto"
)
PESSOA = sentence("{a} {b}\n{a} {b} {c}", a=NOME, b=SOBRENOME, c=SOBRENOME)
CIDADE = words(
    "Feira de Santana|Londrina|Juiz de Fora|Caxias do Sul|Sobral|Uberaba|Niterói|Maringá|Joinville|Palmas|Santarém|Bauru|Ilhéus"
)


def _cpf(body: str) -> str:
    for length in (10, 11):
        total = sum(int(sign) * (length - place) for place, sign in enumerate(body))
        body += str((total * 10 % 11) % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


def luhn(body: str) -> str:
    digits = [int(sign) for sign in body[::-1]]
    total = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return body + str(-total % 10)


TABLES = (
    Invented("agencias", 15, (
        Made("codigo", None, serial(1001), "INTEGER"),
        Made("nome", None, sentence("Agência {c}\nPosto {c} Centro", c=CIDADE)),
        Made("uf", "state", words("BA|PR|MG|RS|CE|RJ|SC|TO|PA|SP"), doubtful="of an office"),
        Made("telefone", "phone", pattern("(##) 3###-####")),
    ), "codigo"),
    Invented("correntistas", 200, (
        Made("id_correntista", "person_id", serial(1), "INTEGER"),
        Made("cpf", "national_id", checked(pattern("#########"), _cpf)),
        Made("nome_completo", "full_name", PESSOA),
        Made("nome_mae", "full_name", PESSOA),
        Made("rg", "national_id", pattern("##.###.###-#")),
        Made("data_nascimento", "birth_date", date(1940, 2005), "DATE"),
        Made("naturalidade", "place_of_birth", CIDADE),
        Made("renda_mensal", "salary", decimal(1400, 45000), "REAL"),
        Made("celular", "phone", pattern("(##) 9####-####")),
        Made("email", "email",
             sentence("{a}{n}@correio.example\n{a}.{n}@caixa.example", a=words("joao|thi|lari|antonio|jess|rai"), n=serial(11))),
        Made("cep", "postal_code", pattern("#####-##0")),
        Made("logradouro", "street_address",
             words("Rua das Palmeiras|Av. Getúlio Vargas|Travessa São Jorge|Alameda Santos|Rua XV de Novembro|"
             "Rua Dom Pedro II|Quadra 12 Conjunto C")),
        Made("numero", "house_number", number(1, 3000), "INTEGER"),
        Made("bairro", "county",
             words("Centro|Jardim América|Vila Nova|Boa Vista|Santa Mônica|Liberdade|Alto da Serra"), doubtful="a part of a town"),
        Made("cidade", "city", CIDADE),
        Made("uf", "state", words("BA|PR|MG|RS|CE|RJ|SC|TO|PA|SP")),
        Made("estado_civil", "marital_status", words("solteiro|casado|divorciado|viúvo")),
        Made("profissao", "job_title",
             words("professora|motorista|enfermeiro|advogada|agricultor|comerciante|aposentado|engenheira")),
        Made("score_credito", None, number(200, 990), "INTEGER", "what somebody thinks of a person's credit"),
    ), "id_correntista"),
    Invented("contas", 260, (
        Made("num_conta", "account_number", pattern("######-#")),
        Made("agencia", None, number(1001, 1015), "INTEGER"),
        Made("id_correntista", "person_id", number(1, 200), "INTEGER"),
        Made("saldo", "salary", decimal(-2000, 90000), "REAL", "what a person owns"),
        Made("aberta_em", None, date(2001, 2025), "DATE"),
        Made("tipo", None, words("corrente|poupança|salário")),
    ), None, (("agencia", "agencias", "codigo"), ("id_correntista", "correntistas", "id_correntista"))),
    Invented("cartoes", 150, (
        Made("numero_cartao", "credit_card", checked(pattern("45###########00"), luhn)),
        Made("bandeira", "credit_card_type", words("Visa|Mastercard|Elo|Hipercard")),
        Made("validade", "credit_card_expiry", sentence("{m:02}/{y}", m=number(1, 12), y=number(26, 31))),
        Made("cod_seguranca", "credit_card_cvv", pattern("###")),
        Made("titular", "full_name",
             sentence("{a} {b}", a=words("JOAO|THIAGO|LARISSA|ANTONIO|JESSICA|RAIMUNDO|BEATRIZ"),
             b=words("D SILVA|SANTOS|PEREIRA|A CAVALCANTI|RIBEIRO|TEIXEIRA"))),
        Made("limite", None, choice(500, 1000, 2500, 8000, 20000), "INTEGER", "an amount, yet of one person"),
        Made("bloqueado", None, number(0, 1), "INTEGER"),
    )),
    Invented("transacoes", 800, (
        Made("id", None, serial(5_000_001), "INTEGER"),
        Made("id_correntista", "person_id", number(1, 200), "INTEGER"),
        Made("valor", None, decimal(1, 5000), "REAL"),
        Made("data_hora", None, moment(2024, 2025)),
        Made("tipo", None, words("PIX|TED|débito|boleto")),
        Made("chave_pix", "email",
             sometimes(sentence("{a}{n}@correio.example", a=words("joao|thi|lari|antonio"), n=serial(11)), 0.5)),
        Made("autenticacao", None,
             pattern("%%%%%%%%%%%%%%%%"), doubtful="a number of an event that looks like a token"),
        Made("ip_origem", "ip_address",
             sentence("{a}.{b}.{c}.{d}", a=number(131, 201), b=number(0, 255), c=number(0, 255), d=number(1, 254))),
    ), "id", (("id_correntista", "correntistas", "id_correntista"),)),
    Invented("tarifas", 20, (
        Made("codigo", None, pattern("T##")),
        Made("descricao", None,
             words("Manutenção mensal|Segunda via de cartão|Transferência|Extrato impresso|Saque em terminal")),
        Made("valor", None, decimal(1, 80), "REAL"),
        Made("vigencia", None, date(2020, 2025), "DATE"),
    )),
)  # fmt: skip
