"""Whether a container can do its work: `python health.py worker|bot|api`. Standard library only, so that it is cheap.

worker  holds a connection to Temporal, which it polls all the time, and PostgreSQL can be reached
bot     Temporal and PostgreSQL can be reached; if it polls Telegram, it holds that connection
api     its own /readyz says so (PostgreSQL and Temporal answer)

Connections are read from /proc/net/tcp: those of this container only.
"""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = 3.0
_ESTABLISHED = "01"
_HTTPS = 443

Address = tuple[str, int]


def problem(role: str, env: Mapping[str, str]) -> str | None:
    """What is wrong; None if all is well."""
    match role:
        case "worker":
            held = not_held("Temporal", temporal_of(env)[1])
            return held or out_of_reach("PostgreSQL", postgres_of(env))
        case "bot":
            out = out_of_reach("Temporal", temporal_of(env)) or out_of_reach("PostgreSQL", postgres_of(env))
            return out or (not_held("Telegram", telegram_port_of(env)) if polls_telegram(env) else None)
        case "api":
            return not_ready(int(env.get("JIEBANG_HTTP_PORT") or 8000))
        case _:
            return f"unknown role {role}"


def temporal_of(env: Mapping[str, str]) -> Address:
    """Where Temporal is."""
    host, _, port = env.get("TEMPORAL_ADDRESS", "127.0.0.1:7233").rpartition(":")
    return host, int(port)


def postgres_of(env: Mapping[str, str]) -> Address:
    """Where PostgreSQL is."""
    url = urlsplit(env.get("JIEBANG_DATABASE_URL", ""))
    return url.hostname or "127.0.0.1", url.port or 5432


def polls_telegram(env: Mapping[str, str]) -> bool:
    """Whether this bot fetches updates by itself."""
    return bool(env.get("JIEBANG_TELEGRAM_TOKEN")) and not env.get("JIEBANG_TELEGRAM_WEBHOOK_URL")


def telegram_port_of(env: Mapping[str, str]) -> int:
    """The port of the Bot API server."""
    url = urlsplit(env.get("JIEBANG_TELEGRAM_API_BASE", ""))
    return url.port or (80 if url.scheme == "http" else _HTTPS)


def held_ports(tables: tuple[Path, ...] = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))) -> set[int]:
    """Remote ports of this container's established connections."""
    lines = [
        line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]
    ]
    return {int(line[2].rpartition(":")[2], 16) for line in lines if line[3] == _ESTABLISHED}


def not_held(what: str, port: int) -> str | None:
    """A problem unless there is a connection."""
    return None if port in held_ports() else f"no connection to {what}"


def out_of_reach(what: str, address: Address) -> str | None:
    """A problem unless somebody listens."""
    try:
        socket.create_connection(address, _SECONDS).close()
    except OSError as e:
        return f"{what} cannot be reached: {e}"
    return None


def not_ready(port: int) -> str | None:
    """A problem unless the API says that it is ready."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=_SECONDS).close()
    except (OSError, urllib.error.HTTPError) as e:
        return f"/readyz: {e}"
    return None


if __name__ == "__main__":
    sys.exit(problem(" ".join(sys.argv[1:]), os.environ))
