"""A server that is far away: a proxy, in a process of its own, that holds back whatever a client sends for some seconds."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL

SIZE = 1 << 16


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    """Everything from one side to the other, each piece after `seconds`."""
    try:
        while piece := await source.read(SIZE):
            await asyncio.sleep(seconds)
            sink.write(piece)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()


async def _serve(to: str, port: int, seconds: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened = (
            asyncio.open_unix_connection(f"{to}/.s.PGSQL.{port}")
            if to.startswith("/")
            else asyncio.open_connection(to, port)
        )
        from_server, to_server = await opened
        await asyncio.gather(_carry(reader, to_server, seconds), _carry(from_server, writer, 0))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def slowed(url: URL, seconds: float) -> Iterator[URL]:
    """The same PostgreSQL database at another address, where every message of a client comes `seconds` late."""
    host = url.host or str(url.query.get("host", "127.0.0.1"))
    words = [sys.executable, "-m", "tests.desktop.slow_server", host, str(url.port or 5432), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        port = int(proxy.stdout.readline())
        try:
            yield url.set(host="127.0.0.1", port=port).difference_update_query(["host"])
        finally:
            proxy.kill()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
