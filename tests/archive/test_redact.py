"""Credentials reach no message, no journal, no record and no page."""

import os
import pickle
from pathlib import Path

import pytest
from cli.helpers import Run, write_photo

from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.redact import redact
from colorcli.archive.storage.url import Url

from .server import SECRET, Bucket


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://AKIA123:s3cr3t/x+y@host/in: no", "s3://***@host/in: no"),
        ("could not open sftp://me:hunter2222@host:22/in", "could not open sftp://***@host:22/in"),
        (
            'Endpoint: "https://host/a.jpg?X-Amz-Credential=AKIA&X-Amz-Signature=abc": 403',
            'Endpoint: "https://host/a.jpg?***": 403',
        ),
        ("login(username='me', password='hunter2222')", "login(username='me', password=***)"),
        ("is a?b=c.jpg there", "is a?*** there"),
        ("s3://bucket/a@b.jpg: no", "s3://bucket/a@b.jpg: no"),
    ],
)
def test_texts(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_what_the_environment_has_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    assert redact("signed with wJalrXUtnFEMI") == "signed with ***"


def test_a_url_as_text() -> None:
    url = locate("sftp://me:hunter2222@host/in/")
    assert isinstance(url, Url)
    assert str(url / "a.jpg") == "sftp://***@host/in/a.jpg"
    assert "hunter" not in repr(url)
    assert pickle.loads(pickle.dumps(url)).address == "sftp://me:hunter2222@host/in"
    signed = locate("https://host/in/a.jpg?X-Amz-Signature=abc")
    assert str(signed) == "https://host/in/a.jpg?***"
    assert (signed.name, signed.suffix) == ("a.jpg", ".jpg")


def test_a_user_and_password_for_s3_are_refused_and_not_told(here: Run, tmp_path: Path) -> None:
    done = here("colorize", "-r", f"s3://AKIAEXAMPLE:{SECRET}@bucket/in", "-o", "out", "-v")
    assert done.returncode == 2
    assert b"takes no credentials in the address" in done.stderr
    assert SECRET.encode() not in done.stdout + done.stderr
    assert b"AKIAEXAMPLE" not in done.stdout + done.stderr


def test_a_server_that_is_not_there_does_not_give_them_away(
    here: Run, impatient: None, tmp_path: Path
) -> None:
    """Also not with -v, which shows where an error came from, nor percent-encoded ones as they are meant."""
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "list").write_text("sftp://someone:secret%2Fword@127.0.0.1:1/in/a.jpg\n")
    done = here("colorize", "--files-from", "list", "-o", "out", "-v", "--json", "--gallery")
    assert done.returncode == 3
    kept = done.stdout + done.stderr + b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"sftp://***@127.0.0.1:1/in/a.jpg: no answer from sftp://127.0.0.1:1" in done.stderr
    assert b"colorcli-journal" in b" ".join(os.fsencode(path) for path in (tmp_path / "out").iterdir())
    for secret in (b"someone", b"secret%2Fword", b"secret/word"):
        assert secret not in kept


def test_a_bucket_that_is_not_there(
    here: Run, tmp_path: Path, environment: dict[str, str], bucket: Bucket
) -> None:
    write_photo(tmp_path / "a.jpg")
    done = here("colorize", "a.jpg", "-o", "s3://no-such-bucket-anywhere/a.jpg", "-v")
    assert done.returncode == 3
    assert b"there is no such bucket or folder at s3://no-such-bucket-anywhere" in done.stderr
    assert SECRET.encode() not in done.stderr
