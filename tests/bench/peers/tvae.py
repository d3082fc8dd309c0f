"""TVAE of SDV, without privacy, at its own settings but for the number of epochs."""

import torch
from sdv.metadata import Metadata
from sdv.single_table import TVAESynthesizer

from tests.bench.peers.exchange import asked

EPOCHS = 15


def main() -> None:
    question = asked()
    torch.manual_seed(question.seed)
    tables = {"person": question.train}
    model = TVAESynthesizer(Metadata.detect_from_dataframes(tables), epochs=EPOCHS, enable_gpu=False)
    model.fit(tables)
    made = model.sample(len(question.train))
    question.answer(made["person"] if isinstance(made, dict) else made)


if __name__ == "__main__":
    main()
