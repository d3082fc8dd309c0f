"""MST of dpmm: a tenth of epsilon for the bins of numbers, the rest for the marginals; categories and ranges are declared."""

import os

from dpmm.pipelines import MSTPipeline

from tests.bench.peers.exchange import asked

BINS, ITERATIONS = 16, 200
"""With bins found by itself, and with 500 iterations or more, it took over 150 s on one core."""


def main() -> None:
    question = asked()
    domain: dict[str, dict[str, object]] = {c: {"categories": values} for c, values in question.values.items()}
    domain |= {c: {"lower": low, "upper": high} for c, (low, high) in question.ranges.items()}
    epsilon = float(question.epsilon or 0)
    model = MSTPipeline(
        epsilon=0.9 * epsilon,
        proc_epsilon=0.1 * epsilon,
        delta=question.delta,
        n_bins=BINS,
        n_jobs=1,
        gen_kwargs={"n_iters": ITERATIONS},
    )
    typed = question.train.astype(dict.fromkeys(question.values, "category"))
    model.fit(typed, domain, random_state=int.from_bytes(os.urandom(4), "big"))
    question.answer(model.generate(n_records=len(typed)))


if __name__ == "__main__":
    main()
