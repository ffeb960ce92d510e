"""Nothing leaves this machine while the app is used; and what watches over that would see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import start_server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


def test_sink__sees_what_chromium_asks_of_others(browser, sink):
    page = browser.new_page()
    page.goto("about:blank")
    for address in ("http://192.0.2.1/x", "https://beacon.example/y"):
        page.evaluate("(address) => fetch(address, { mode: 'no-cors' }).catch(() => 0)", address)
    page.close()
    called = " ".join(sink.called)
    assert "192.0.2.1" in called and "beacon.example:443" in called
    sink.called.clear()


def test_server__runs_under_the_guard_and_tries_nothing(tmp_path, network_log):
    process, _ = start_server(tmp_path, tmp_path / "log.txt", TAXON_STANDBY="0")
    try:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace")
        assert str(ROOT / "tests" / "offline") in environment and f"TAXON_NETWORK_LOG={network_log}" in environment
        assert network_log.read_text() == ""
    finally:
        process.terminate()
        process.wait(20)


def test_pages__ask_only_the_server(tab, server, project, sink):
    name = project()
    for page_name in ("", "explore", "clusters", "export"):
        page = tab(server.url(page_name, project=name))
        page.get_by_test_id("stAppViewContainer").wait_for()
        page.wait_for_timeout(1500)
        told = page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)")
        assert [address for address in told if not address.startswith((server.address, "data:", "blob:"))] == []
    assert sink.called == []
