"""SECURITY.md says what the code does."""

from __future__ import annotations

import tomllib
from pathlib import Path

from core.limits import DEFAULT, MIB
from core.users import passwords
from tests.security import limits_table

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_limits__the_table_is_that_of_the_code():
    assert limits_table.written(PAGE) == PAGE, "run: python tests/security/limits_table.py"
    assert all(f"`{name}`" in PAGE for name, _ in DEFAULT.rows())


def test_security__names_the_numbers_of_the_code():
    words = {10: "ten", 30: "thirty"}
    assert f"{words[DEFAULT.login_tries]} wrong ones" in PAGE and f"{words[3 * DEFAULT.login_tries]} for a name" in PAGE
    assert f"ends after {DEFAULT.session_hours} hours" in PAGE
    assert (passwords._LOG2_N, passwords._R, passwords._P) == (15, 8, 1) and "N = 2¹⁵, r = 8, p = 1" in PAGE


def test_settings__close_what_streamlit_leaves_open():
    server, client = SETTINGS["server"], SETTINGS["client"]
    assert server["address"] == "127.0.0.1" and set(server["allowedHosts"]) <= {"localhost", "127.0.0.1"}
    assert server["enableCORS"] and server["enableXsrfProtection"] and server["xsrfCookieSameSite"] == "strict"
    assert server["maxUploadSize"] == DEFAULT.upload_bytes // MIB and server["maxMessageSize"] <= 50
    assert not server["enableStaticServing"] and not server["enableAgentApi"]
    assert client["showErrorDetails"] == "none" and client["disableDataExport"] and client["allowedOrigins"] == []
    assert not SETTINGS["browser"]["gatherUsageStats"] and SETTINGS["browser"]["serverAddress"] == "127.0.0.1"
    assert not SETTINGS["runner"]["magicEnabled"]


def test_settings__are_those_that_streamlit_knows():
    from streamlit import config

    known = set(config._config_options_template)
    told = {f"{section}.{name}" for section, names in SETTINGS.items() if section != "theme" for name in names}
    assert told <= known
