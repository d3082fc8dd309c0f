"""MST of smartnoise-synth, all of epsilon for the marginals: bounds of numbers are declared. It lists the categories that it sees;
here they are those of the declared domain."""

from snsynth import Synthesizer
from snsynth.transform import BinTransformer, LabelTransformer, TableTransformer

from tests.bench.peers.exchange import asked

MOST_LABELS = 100
BINS = 64
"""Numbers of more values than that are cut into bins of equal width."""


def main() -> None:
    question = asked()
    binned = {c: (low, high) for c, (low, high) in question.ranges.items() if high - low >= MOST_LABELS}
    how = {
        c: BinTransformer(bins=BINS, lower=binned[c][0], upper=binned[c][1])
        if c in binned
        else LabelTransformer(nullable=False)
        for c in question.train
    }
    model = Synthesizer.create("mst", epsilon=question.epsilon, delta=question.delta)
    model.fit(question.train, transformer=TableTransformer.create(question.train, style="cube", constraints=how))
    question.answer(model.sample(len(question.train)))


if __name__ == "__main__":
    main()
