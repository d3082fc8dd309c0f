"""A run and what came after it, side by side where there is room: complete, verified, assessed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from desktop.models.job_words import lasted, verdict_of
from desktop.models.jobs import JobView
from desktop.models.run import Chain
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, label
from desktop.widgets.flow import Shares
from desktop.words import tr


class Part(Card):
    """One of the three: its name, its state, and a sentence."""

    def __init__(self, name: str, action: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout()
        self.state = Badge()
        self.said: QLabel = label("", "secondary", wrap=True)
        self.now = QPushButton(action)
        row.addWidget(label(name, "section"))
        row.addWidget(self.state)
        row.addStretch(1)
        row.addWidget(self.now)
        self.body.addLayout(row)
        self.body.addWidget(self.said)
        self.body.addStretch(1)

    def clear(self) -> None:
        self.state.say(tr("Begins"), Tone.PLAIN)
        self.said.hide()
        self.now.hide()

    def show_job(self, job: JobView | None, said: str, *, coming: bool, offered: bool) -> None:
        word, tone = verdict_of(job) if job is not None else ("Follows" if coming else "Not made", Tone.PLAIN)
        self.state.say(tr(word), tone)
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.now.setVisible(offered)


class Verdict(Shares):
    """The chain of a run."""

    ordered = Signal(str)
    """`verify` or `assess`: do it now."""

    def __init__(self) -> None:
        super().__init__(spacing=12)
        self.run = Part(tr("Run"))
        self.verified = Part(tr("Verification"), tr("Verify now"))
        self.assessed = Part(tr("Assessment"), tr("Assess now"))
        self.verified.now.clicked.connect(lambda: self.ordered.emit("verify"))
        self.assessed.now.clicked.connect(lambda: self.ordered.emit("assess"))
        for part in (self.run, self.verified, self.assessed):
            self.add(part, 1)

    def clear(self) -> None:
        """Say nothing yet."""
        for part in (self.run, self.verified, self.assessed):
            part.clear()

    def show_chain(self, chain: Chain) -> None:
        """Say how each of the three stands."""
        run = chain.run
        self.run.show_job(run, _run_said(run), coming=False, offered=False)
        for part, job, word in ((self.verified, chain.verified, "verify"), (self.assessed, chain.assessed, "assess")):
            coming = word in run.then and chain.alive
            offered = job is None and run.state == "complete" and not chain.alive
            part.show_job(job, (job.sentence or "") if job is not None else "", coming=coming, offered=offered)

    @property
    def text(self) -> str:
        """All of it, as it reads."""
        return "\n".join(f"{part.state.text()} {part.said.text()}" for part in (self.run, self.verified, self.assessed))


def _run_said(run: JobView) -> str:
    if run.state != "complete":
        return run.sentence or ""
    seconds = lasted(run)
    if seconds is None:
        return tr("{rows} rows.", rows=f"{run.rows:,}")
    return tr("{rows} rows in {seconds} s.", rows=f"{run.rows:,}", seconds=f"{seconds:,.1f}")
