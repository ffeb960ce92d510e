"""core.users: hashes only, files for one person only, no name given away."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput, NotFound, StorageFailed
from core.users import file, passwords, private
from core.users.file import Users
from core.users.roles import Right, Role, may

GOOD = "correct horse battery"


@pytest.fixture
def users(tmp_path):
    return Users(tmp_path / "config")


def test_users__the_file_holds_hashes_and_is_private(users):
    users.add("Ann", Role.OWNER, GOOD)
    text = users.path.read_text()
    assert GOOD not in text and json.loads(text)["users"][0]["password"].startswith("scrypt$15$8$1$")
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(users.path.parent.stat().st_mode) == 0o700


def test_users__the_same_password_has_another_hash_each_time():
    one, other = passwords.hashed(GOOD), passwords.hashed(GOOD)
    assert one != other and passwords.fits(GOOD, one) and passwords.fits(GOOD, other)


def test_users__only_the_right_password_opens(users):
    users.add("Ann", Role.VIEWER, GOOD)
    users.add("Ben", Role.VIEWER, None)
    assert users.check("ann", GOOD).name == "Ann"
    for name, password in (("Ann", GOOD + " "), ("Ann", ""), ("Ben", ""), ("Ben", GOOD), ("Cleo", GOOD), ("", "")):
        assert users.check(name, password) is None


def test_users__an_unknown_name_costs_one_hash_as_a_known_one_does(users, monkeypatch):
    users.add("Ann", Role.VIEWER, GOOD)
    users.add("Ben", Role.VIEWER, None)
    tried = []
    derived = passwords._derived
    monkeypatch.setattr(passwords, "_derived", lambda *given: tried.append(given[2:]) or derived(*given))
    for name in ("Ann", "Ben", "nobody"):
        users.check(name, "wrong password")
    assert len(tried) == 3 and len(set(tried)) == 1


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "ann-ann-2026-ann", "x1" * 200, ""])
def test_users__a_password_that_is_easy_is_refused(users, password):
    with pytest.raises(BadInput):
        users.add("Ann", Role.VIEWER, password)
    assert users.all() == []


@pytest.mark.parametrize("name", ["", " Ann", "A\nB", "x" * 65, "a\u202eb", "\0"])
def test_users__a_name_is_one_plain_line(users, name):
    with pytest.raises(BadInput):
        users.add(name, Role.VIEWER, GOOD)


def test_users__a_change_by_another_process_holds_at_once(users):
    users.add("Ann", Role.LABELLER, None)
    other = Users(users.path.parent)
    assert users.find("ANN").role == Role.LABELLER
    other.add("Ann", Role.VIEWER, None)
    assert users.find("Ann").role == Role.VIEWER
    other.remove("ann")
    assert users.find("Ann") is None
    with pytest.raises(NotFound):
        other.remove("Ann")


@pytest.mark.parametrize("content", ["{", "[]", '{"users": [{"name": "Ann"}]}', '{"users": [{"role": "root"}]}'])
def test_users__a_damaged_file_is_a_sentence(users, content):
    private.write(users.path, content.encode())
    with pytest.raises(StorageFailed, match="damaged"):
        users.all()


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_users__a_file_that_others_may_read_is_not_used(users, mode):
    users.add("Ann", Role.VIEWER, None)
    users.path.chmod(mode)
    with pytest.raises(StorageFailed, match="chmod 600"):
        Users(users.path.parent).all()


def test_secret__is_made_once_and_differs_from_person_to_person(tmp_path):
    one, other = private.secret(tmp_path / "a"), private.secret(tmp_path / "b")
    assert one == private.secret(tmp_path / "a") and one != other and len(one) == 32
    assert stat.S_IMODE((tmp_path / "a" / "secret").stat().st_mode) == 0o600


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_fits__nonsense_is_never_a_hash(stored):
    assert not passwords.fits(GOOD, stored)


@pytest.mark.parametrize(
    "stored", ["scrypt$60$8$1$AAAA$AAAA", "scrypt$15$9999$1$AAAA$AAAA", "scrypt$15$8$1$$", "md5$15$8$1$AAAA$AAAA"]
)
def test_fits__a_hash_that_would_cost_too_much_or_nothing_is_refused(stored):
    assert not passwords.fits("", stored)


def test_roles__each_may_what_the_one_before_may():
    rights = [{right for right in Right if may(role, right)} for role in Role]
    assert rights[0] < rights[1] < rights[2] == set(Right) and rights[0] == {Right.LOOK}
    assert rights[1] == {Right.LOOK, Right.EDIT}


def command(tmp_path, *words, given=""):
    environment = {**os.environ, "TAXON_CONFIG": str(tmp_path / "config")}
    return subprocess.run(
        [sys.executable, "-m", "core", "users", *words], input=given, env=environment, capture_output=True, text=True
    )


def test_command__adds_lists_and_removes(tmp_path):
    done = command(tmp_path, "add", "Ann", "--role", "owner", "--generate")
    password = done.stdout.split()[-1]
    users = Users(tmp_path / "config")
    assert done.returncode == 0 and users.check("Ann", password).role == Role.OWNER
    assert command(tmp_path, "add", "Ben", "--role", "viewer", "--stdin", given=GOOD + "\n").returncode == 0
    assert users.check("Ben", GOOD)
    listed = command(tmp_path, "list").stdout
    assert "Ann\towner" in listed and "scrypt" not in listed
    assert command(tmp_path, "remove", "Ann").returncode == 0 and users.find("Ann") is None


@pytest.mark.parametrize(
    ("words", "given", "code", "sentence"),
    [
        (("add", "Ann", "--role", "viewer", "--stdin"), "short\n", 1, "A password has 10 to 200"),
        (("add", "Ann", "--role", "root", "--generate"), "", 2, "root"),
        (("add", "Ann", "--role", "viewer", "--stdin", "--generate"), "", 1, "Give one of"),
        (("remove", "Ann"), "", 1, "There is no user"),
    ],
)
def test_command__refuses_with_a_sentence(tmp_path, words, given, code, sentence):
    done = command(tmp_path, *words, given=given)
    assert done.returncode == code and sentence in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "config" / "users.json").exists()


def test_users__may_be_looked_up_from_several_threads(users):
    from concurrent.futures import ThreadPoolExecutor

    users.add("Ann", Role.VIEWER, None)
    with ThreadPoolExecutor(8) as pool:
        assert {user.name for user in pool.map(lambda _: users.find("Ann"), range(200))} == {"Ann"}
    assert isinstance(users.find("Ann"), file.User)
