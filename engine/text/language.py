"""Which language a text is in, by its function words: cheap, and enough to choose a model."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

DEFAULT = "en"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")

_WORDS = {
    "en": """the and of to is that it was for on are with as his they be at this have from or had by but what some we can out other
        were all there when your how said an each she which their if will about many then them would has more her him could my than
        been who its now did not you our am please i'm he""",
    "de": """der die und das von zu den mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach
        wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch kann ich wir uns
        ihr ihre mein kein bitte wurde""",
    "fr": """le la les de des du et est une un que qui dans pour pas sur au avec il elle ce cette sont plus par je vous nous mais ou
        son sa ses été être fait comme tout aux mon ma mes votre leur ont a à d'un d'une c'est n'est s'est très chez""",
    "es": """el la los las de del y que en un una es por con para no se su al lo como más pero sus le ya o este sí porque esta entre
        cuando muy sin sobre también me hasta hay donde fue ha mi está tiene son usted nos""",
    "it": """il lo la gli le di del della dei delle e che è un una per non con si da in al alla come ma più sono anche ha dal nel nella
        questo questa mi ho io lui lei suo sua ci se o ed era stato essere perché molto""",
    "nl": """de het een en van in is dat op te zijn met voor niet die aan er om als dan ook naar bij maar uit door over ze hij zij nog
        wordt deze werd heeft hebben ik je u mijn wij geen moet kan al wel tot onder""",
    "pt": """o a os as de do da dos das e que em um uma é para com não no na nos nas por mais se como mas foi ao ele ela seu sua ou
        quando muito já eu também só pelo pela até isso são está você tem meu minha à""",
}  # fmt: skip
FUNCTION_WORDS = {
    language: frozenset(word for word in words.split() if len(word) > 1) for language, words in _WORDS.items()
}
"""Not those of one letter: initials and sizes are no sentences."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_TELLING = 1.0
"""What a text's function words must weigh for a language before that is believed."""


def language_of(text: str) -> str | None:
    """The language that most of a text's function words are of; None where it has hardly any."""
    weights = _weighed(text)
    language = max(weights, key=lambda each: weights[each], default=None)
    return language if language and weights[language] > _TELLING else None


def common_language(texts: Iterable[str]) -> str | None:
    """The language of most texts that have one."""
    languages = Counter(language for text in texts if (language := language_of(text)))
    return languages.most_common(1)[0][0] if languages else None


def _weighed(text: str) -> dict[str, float]:
    """Function words by language; one that several languages have weighs little in each of them, so the distinctive ones decide."""
    weights: dict[str, float] = defaultdict(float)
    for word in _WORD.findall(text[:1000].lower()):
        languages = _LANGUAGES_OF.get(word, ())
        for language in languages:
            weights[language] += 1 / len(languages)
    return weights


_LANGUAGES_OF: dict[str, tuple[str, ...]] = {
    word: tuple(language for language in LANGUAGES if word in FUNCTION_WORDS[language])
    for word in frozenset().union(*FUNCTION_WORDS.values())
}
