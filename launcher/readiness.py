"""Waiting until what was started answers."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass

from launcher.checkout import Refused
from launcher.processes import Supervisor

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Address:
    """A page that answers 200 once `name` can be used."""

    name: str
    host: str
    port: int
    path: str

    def answer(self) -> tuple[int, str]:
        """Status and the beginning of the body; status 0 when nobody answers."""
        line = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            line.request("GET", self.path)
            reply = line.getresponse()
            return reply.status, reply.read(500).decode(errors="replace").strip()
        except (OSError, http.client.HTTPException) as error:
            return 0, f"no answer yet ({error})"
        finally:
            line.close()


def wait(supervisor: Supervisor, addresses: list[Address], seconds: float = 90) -> None:
    """Tend the processes until every address answers 200 and nothing that was started is down.

    Raises Refused when a process keeps ending or the time is up, with what there is to read about it.
    """
    waiting = list(addresses)
    deadline = time.monotonic() + seconds
    said: dict[str, str] = {}
    while True:
        supervisor.tend()
        for address in list(waiting):
            status, said[address.name] = address.answer()
            if status == http.client.OK:
                waiting.remove(address)
        if not waiting and supervisor.all_running():
            return
        name = supervisor.failing()
        if name is not None:
            raise Refused(f"{name} does not start. The end of its log:\n{supervisor.last_words(name)}")
        if time.monotonic() > deadline:
            states = "\n".join(f"  {address.name}: {said[address.name]}" for address in waiting)
            raise Refused(f"Not everything was ready within {seconds:g} s:\n{states}\nLogs: var/log/.")
        time.sleep(_POLL_SECONDS)
