"""app.server.at_once: on a server like the real one no answer waits for an acknowledgement."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.sync.client import connect

from app.server.at_once import send_at_once
from app.server.front import Front
from app.server.settings import Settings

seen = []


def _waits(receive):
    connection = receive.__self__.transport.get_extra_info("socket")
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class Before:
    """Notes what the connection was like before `Front` heard of it."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "lifespan":
            waited = _waits(receive)
            await self._app(scope, receive, send)
            seen.append((scope["type"], waited, _waits(receive)))
        else:
            await self._app(scope, receive, send)


@pytest.fixture
def address():
    async def talk(websocket):
        await websocket.accept()
        await websocket.send_text("inside")
        await websocket.close()

    routes = [Route("/", lambda request: PlainTextResponse("inside")), WebSocketRoute("/talk", talk)]
    app = Starlette(routes=routes, middleware=[Middleware(Before), Middleware(Front, settings=Settings())])
    opened = socket.socket()  # as Streamlit opens it: without a word on the protocol
    opened.bind(("127.0.0.1", 0))
    opened.listen()
    server = uvicorn.Server(uvicorn.Config(app, ws="websockets-sansio", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    seen.clear()
    yield f"127.0.0.1:{opened.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    opened.close()


def test_send_at_once__requests_and_websockets(address):
    urllib.request.urlopen(f"http://{address}/", timeout=20).read()
    with connect(f"ws://{address}/talk", origin=f"http://{address}") as talk:
        assert talk.recv() == "inside"
    for _ in range(200):
        if len(seen) == 2:
            break
        time.sleep(0.02)
    assert seen == [("http", True, False), ("websocket", True, False)]


def test_send_at_once__what_is_no_connection_is_left_alone():
    async def receive():
        return {}

    send_at_once(receive)
