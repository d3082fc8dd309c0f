"""Which peers there are, what they need, and what has been measured of them before."""

from __future__ import annotations

from dataclasses import dataclass

DELTA = 1e-6
SOURCE = "not run here: one seed, measured before this bench with the same scorer, near-default settings, one core"
_SCORES = ("auc_trees", "auc_linear", "quality", "tvd_1", "tvd_2", "c2st")


@dataclass(frozen=True, slots=True)
class Peer:
    module: str
    licence: str
    epsilon: float | None
    requirements: tuple[str, ...]
    """The first one names its environment."""
    measured: tuple[float, ...]
    """Scores that stand in the table until it is run."""
    bare: str = ""
    """Installed without requirements of its own: those that conflict with others are not used for tables."""

    @property
    def before(self) -> dict[str, object]:
        return {"source": SOURCE} | dict(zip(_SCORES, self.measured, strict=False))


_MOSTLY = (
    *("torch==2.13.0", "opacus==1.6.0", "numpy==2.4.6", "pandas==2.3.3", "pyarrow==26.0.1", "scikit-learn==1.9.1"),
    *("accelerate==1.15.0", "datasets==5.2.0", "json-repair==0.64.6", "peft==0.21.2", "psutil==5.9.8"),
    "transformers==5.23.0",
)
_ENGINE = "mostlyai-engine==2.7.3"
_SMARTNOISE = ("smartnoise-synth==1.0.8", "torch==2.13.0", "packaging==26.3")
_SDV = ("sdv==2.0.0", "torch==2.13.0", "pandas==2.3.3")

PEERS = {
    "MOSTLY AI engine, DP": Peer(
        "mostly", "Apache-2.0", 1.0, _MOSTLY, (0.844, 0.845, 0.789, 0.132, 0.232, 0.987), _ENGINE
    ),
    "dpmm MST": Peer("dpmm_mst", "Apache-2.0", 1.0, ("dpmm==0.1.9",), (0.833, 0.825, 0.893, 0.032, 0.089, 0.999)),
    "smartnoise MST": Peer("smartnoise_mst", "MIT", 1.0, _SMARTNOISE, (0.766, 0.790, 0.809, 0.089, 0.226)),
    "MOSTLY AI engine": Peer(
        "mostly", "Apache-2.0", None, _MOSTLY, (0.907, 0.902, 0.965, 0.022, 0.045, 0.648), _ENGINE
    ),
    "SDV TVAE": Peer("tvae", "BUSL-1.1", None, _SDV, (0.857, 0.836, 0.826)),
}
