"""The language of a text."""

from __future__ import annotations

import pytest

from engine.text.language import common_language, language_of

SENTENCES = {
    "en": "The order was late again and she is not happy with it.",
    "de": "Die Lieferung war schon wieder zu spät und sie ist nicht zufrieden damit.",
    "fr": "La livraison est encore en retard et elle n'est pas contente du tout.",
    "es": "El pedido llegó tarde otra vez y no está contenta con el servicio.",
    "it": "La consegna è di nuovo in ritardo e lei non è contenta del servizio.",
    "nl": "De levering was weer te laat en zij is er niet blij mee.",
    "pt": "O pedido chegou tarde outra vez e ela não está contente com o serviço.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert language_of(SENTENCES[language]) == language


@pytest.mark.parametrize("text", ["", "Kuala Lumpur", "4111 1111 1111 1111", "x"])
def test_what_has_no_function_words_has_no_language(text: str) -> None:
    assert language_of(text) is None


def test_a_column_has_the_language_of_most_of_its_texts() -> None:
    assert common_language([SENTENCES["de"], "ok", SENTENCES["de"], SENTENCES["en"]]) == "de"
    assert common_language(["ok", "12"]) is None
