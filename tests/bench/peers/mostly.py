"""TabularARGN of the MOSTLY AI engine. With privacy: a tenth of epsilon for the domains; its `max_epsilon` counts them in."""

from mostlyai.engine import TabularARGN
from mostlyai.engine.domain import DifferentialPrivacyConfig

from tests.bench.peers.exchange import asked

MINUTES = 9.0
"""At most. The measured run with privacy stopped by itself sooner; the one without took them all."""


def main() -> None:
    question = asked()
    private = None
    if question.epsilon is not None:
        private = DifferentialPrivacyConfig(
            max_epsilon=question.epsilon,
            value_protection_epsilon=0.1 * question.epsilon,
            delta=question.delta,
            noise_multiplier=1.5,
        )
    seed = question.seed if private is None else None
    model = TabularARGN(differential_privacy=private, max_training_time=MINUTES, device="cpu", random_state=seed)
    model.fit(question.train)
    question.answer(model.sample(n_samples=len(question.train)))


if __name__ == "__main__":
    main()
