"""100 copies of a customer with 200 owned rows, PostgreSQL to PostgreSQL with all constraints on, then verified: wall and CPU time.

python -m tests.bench.entity_copies [--copies N] [--result FILE]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests import servers
from tests.bench.report import write_result
from tests.engine.copies.line import planned
from tests.engine.copies.trade import OWNED, ask, build
from tests.walk.line import HereDesk


def measure(copies: int) -> dict[str, object]:
    with servers.postgresql() as server, tempfile.TemporaryDirectory() as folder:
        create, desk = servers.postgresql_databases(server), HereDesk(Path(folder) / "desk")
        source, target = create(), create()
        build(source)
        planned(desk, source, copies)
        began, cpu = time.monotonic(), time.process_time()
        ran = desk.run(source, target)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        assert ran.status == 0, ran.err
        verified = desk.verify(source, target)
        rows = {table: ask(target, f"select count(*) from {table}")[0][0] for table in OWNED}
        return {
            "copies": copies,
            "owned_rows": sum(OWNED.values()),
            "seconds": round(seconds, 2),
            "cpu_seconds": round(cpu, 2),
            "phases": ran.json["timings"],
            "rows_in_target": rows,
            "rows_of_copies": {table: owned * copies for table, owned in OWNED.items()},
            "verify_status": verified.status,
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--copies", type=int, default=100)
    parser.add_argument("--result", type=Path, default=Path(__file__).parent / "results" / "entity_copies.json")
    options = parser.parse_args()
    measured = measure(options.copies)
    write_result(options.result, "python -m tests.bench.entity_copies", measured)
    print(measured)


if __name__ == "__main__":
    main()
