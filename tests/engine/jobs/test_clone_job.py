"""A clone is in the ledger while it runs and in the catalog when it ended."""

from __future__ import annotations

import pytest

from connectors import open_database
from engine.catalog import open_catalog
from engine.evidence import digest, loads
from engine.jobs.clone_job import clone_job
from engine.jobs.events import JobState
from engine.jobs.ledger import Ledger
from engine.keys import MaskingKey
from engine.safety import Refused
from engine.workspace import open_workspace
from tests.engine.shop import build, plan

KEY = MaskingKey("shop", b"k" * 32)


def test_a_finished_clone_is_listed_with_its_evidence_and_chained(tmp_path) -> None:  # type: ignore[no-untyped-def]
    workspace = open_workspace(tmp_path / "w")
    with (
        open_database(build(tmp_path / "s.db")) as source,
        open_database(f"sqlite:///{tmp_path}/t.db") as target,
        open_catalog(workspace.catalog) as catalog,
    ):
        evidence = clone_job(
            plan(), source, target, KEY, workspace=workspace, catalog=catalog, about={"file": "p.toml"}
        )
        saved = catalog.run(evidence.run)
        assert saved.state == "complete"
        assert loads(saved.evidence or "") == evidence
        assert saved.digest == digest(evidence)
        assert catalog.verify_chain("runs") is None
        with pytest.raises(Refused):
            clone_job(plan(), source, target, KEY, workspace=workspace, catalog=catalog)
        assert len(catalog.runs()) == 1
    jobs = Ledger(workspace.jobs).jobs()
    assert [job.state for job in jobs] == [JobState.FAILED, JobState.COMPLETE]
    assert (jobs[1].about or {})["file"] == "p.toml"
    assert "--mode replace" in (jobs[0].sentence or "")
