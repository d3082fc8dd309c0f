"""An assessment in plain words, for a person who signs and does not compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from engine import risk as attacks
from engine.assessment.assessed import Assessed
from engine.assessment.result import Interval, Risk, State
from engine.privacy.guarantee import NoGuarantee

NOT_DP = NoGuarantee().reason
LONGEST = 40
"""Letters of an entity where it is named often."""
_DONE = {
    "mask": "{} masked: every row is one of the source's, with other values",
    "copy": "{} copied as they are",
    "public": "{} copied because they are called public",
    "synthesize": "{} synthesised: none of the source's rows, new ones learned from all of them together",
    "generate": "{} generated from rules",
    "empty": "{} left empty",
    "drop": "{} left out",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One attack in a sentence."""

    attack: str
    title: str
    tone: str
    """`alarm`, `calm`, `open`: how it is to be shown."""
    sentence: str
    remedy: str = ""
    """What helps against it, where it raises an alarm."""


@cache
def title_of(attack: str) -> str:
    """What the attack is called in plain words; its name where it is not installed here."""
    try:
        return attacks.attack_class(attack).title
    except (KeyError, ImportError, AttributeError):
        return attack.replace("_", " ")


@cache
def remedy_of(attack: str) -> str:
    """What helps against the attack, for the person who changes the plan."""
    try:
        return attacks.attack_class(attack).remedy
    except (KeyError, ImportError):
        return ""


def done(assessed: Assessed) -> Iterator[str]:
    """What was done to the tables, one sentence for each treatment."""
    for treatment, number in Counter(table.treatment for table in assessed.tables.values()).most_common():
        words = _DONE.get(treatment, f"{{}} treated as {treatment}")
        yield words.format(f"{number} table{'s' if number != 1 else ''}") + "."


def told(risks: Iterable[Risk]) -> tuple[Told, ...]:
    """Every attack in a sentence; alarms first."""
    return tuple(map(_told, worst_of_each(risks)))


def worst_of_each(risks: Iterable[Risk]) -> list[Risk]:
    """The gravest figure of every attack; alarms first."""
    worst: dict[str, Risk] = {}
    for risk in risks:
        if risk.attack not in worst or gravity(risk) > gravity(worst[risk.attack]):
            worst[risk.attack] = risk
    return sorted(worst.values(), key=gravity, reverse=True)


def gravity(risk: Risk) -> tuple[bool, bool, int, float]:
    """The order of risks in a report. What is said of the source itself (`source ...`) is no finding of the target."""
    known = {State.MEASURED: 2, State.INVALID: 1, State.NOT_MEASURED: 0}[risk.state]
    return risk.alarm, not of_source(risk), known, risk.risk.high if risk.risk is not None else -1.0


def of_source(risk: Risk) -> bool:
    return risk.measure.startswith("source ")


def _told(risk: Risk) -> Told:
    title, where = title_of(risk.attack), _where(risk)
    if risk.state is State.NOT_MEASURED or risk.risk is None:
        return Told(risk.attack, title, "open", f"Not measured. {capital(risk.because)}".rstrip())
    figure = said(risk.risk)
    if risk.state is State.INVALID:
        sentence = f"No better than guessing on {where}, which does not prove that the target is safe: {figure}."
        return Told(risk.attack, title, "open", sentence)
    if risk.alarm:
        sentence = f"It finds people. On {where}: {figure}, more than chance explains."
        return Told(risk.attack, title, "alarm", sentence, remedy_of(risk.attack))
    if risk.uncontrolled:
        sentence = f"Without anybody to compare with it can raise no alarm. Highest on {where}: {figure}."
        return Told(risk.attack, title, "open", sentence)
    return Told(risk.attack, title, "calm", f"No alarm. Highest on {where}: {figure}.")


def said(interval: Interval) -> str:
    """`25 of 100 (95 % interval: 20 to 31)`."""
    value, low, high = (f"{100 * end:.3g}" for end in (interval.value, interval.low, interval.high))
    return f"{value} of 100 (95 % interval: {low} to {high})"


def _where(risk: Risk) -> str:
    return f"{shortened(risk.scope)} ({measure_of(risk)})" if risk.measure else shortened(risk.scope)


def measure_of(risk: Risk) -> str:
    """Which figure it is; of the worst of several secrets, which secret."""
    secret = risk.facts.get("secret")
    return f"{risk.measure}, {secret}" if secret else risk.measure


def capital(sentence: str) -> str:
    """With a capital and a full stop: reasons are written as parts of sentences."""
    return sentence[:1].upper() + sentence[1:].removesuffix(".") + "." if sentence else ""


def shortened(scope: str) -> str:
    """`customers with orders, items and 3 more`: as many tables of an entity as fit, at least the root."""
    root, _, owned = scope.partition(" with ")
    tables = owned.split(", ")
    if len(scope) <= LONGEST or not owned:
        return scope
    heads = [f"{root} with {', '.join(tables[:many])}" for many in range(1, len(tables))]
    fitting = [head for head in heads if len(head) <= LONGEST - len(" and 99 more")]
    return f"{fitting[-1]} and {len(tables) - len(fitting)} more" if fitting else f"{root} with {len(tables)} tables"
