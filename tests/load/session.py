"""A session as a browser holds it, without the browser: Streamlit's own WebSocket, spoken in its own messages.

The protocol is internal to Streamlit and pinned with it; a browser would take most of two cores for ten users and hide
what the server does.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0  # seconds, of one rerun


@dataclass
class Told:
    """What the users of a run met: seconds of each rerun and of each edit until it was acknowledged, and failures."""

    reruns: list[float] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def share(self, seconds: list[float], part: float) -> float:
        """A quantile, in seconds."""
        return sorted(seconds)[min(len(seconds) - 1, int(part * len(seconds)))] if seconds else float("nan")


class Session:
    """One tab of one user."""

    def __init__(self, socket: ClientConnection, told: Told) -> None:
        self._socket, self._told = socket, told
        self._address = ("", "")
        self.fields: dict[str, str] = {}
        self.toasts: list[str] = []

    async def show(self, page: str, **address: object) -> None:
        """Go to a page, as by Back or Forward: only they lead an open session to what an address says."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode({**address, "step": len(self._told.reruns)})
        self._told.reruns.append(await self._rerun(message))
        self._address = (page, urlencode(address))

    async def name(self, words: str) -> None:
        """Type a name into the field of the cluster that is shown; the edit is acknowledged by its toast."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = self._address
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = self.fields["Name"], words
        before = len(self.toasts)
        begun = time.perf_counter()
        await self._rerun(message)
        if words not in " ".join(self.toasts[before:]):
            self._told.failures.append(f"“{words}” was not acknowledged: {self.toasts[before:]}")
        self._told.edits.append(time.perf_counter() - begun)

    async def _rerun(self, message: BackMsg) -> float:
        begun = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(await asyncio.wait_for(self._socket.recv(), PATIENCE))
            kind = heard.WhichOneof("type")
            if kind == "delta":
                self._read(heard)
            elif kind == "script_finished":
                if heard.script_finished not in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_EARLY_FOR_RERUN,
                    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ):
                    self._told.failures.append(f"the script ended with {heard.script_finished}")
                if heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return time.perf_counter() - begun

    def _read(self, heard: ForwardMsg) -> None:
        element = heard.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._told.failures.append(f"a trace was shown: {element.exception.message}")
        elif kind == "text_input":
            self.fields[element.text_input.label] = element.text_input.id
        elif kind == "toast":
            self.toasts.append(element.toast.body)


async def user(
    address: str, project: str, cluster_id: int, number: int, seconds: float, think: float, told: Told
) -> None:
    """Somebody who works on one cluster and looks at others, with `think` seconds (on average) between two acts."""
    draw = random.Random(number)
    host = urlsplit(address).netloc
    await asyncio.sleep(draw.uniform(0, think))
    async with connect(
        f"ws://{host}/_stcore/stream", subprotocols=["streamlit"], origin=address, max_size=None, open_timeout=PATIENCE
    ) as socket:
        session = Session(socket, told)
        end = time.monotonic() + seconds
        act = number  # they are on different pages, so that a short run sees all
        while time.monotonic() < end:
            page = ("explore", "explore", "clusters", "review")[act % 4]
            await session.show(page, project=project, **({"cluster": cluster_id} if act % 2 == 0 else {}))
            if act % 4 == 0:
                await asyncio.sleep(draw.uniform(0.5, 1.5) * think)
                await session.name(f"name {number} {act}")
            act += 1
            await asyncio.sleep(draw.uniform(0.5, 1.5) * think)


async def users(address: str, project: str, clusters: list[int], seconds: float, think: float = 2.0) -> Told:
    """One user a cluster, all at once in one project."""
    told = Told()
    work = [user(address, project, one, number, seconds, think, told) for number, one in enumerate(clusters)]
    for ended in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(ended, BaseException):
            told.failures.append(f"{type(ended).__name__}: {ended}")
    return told
