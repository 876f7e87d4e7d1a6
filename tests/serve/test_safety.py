"""Who may ask, and for what."""

import socket
from pathlib import Path

import pytest
from cli.helpers import write_photo

from .conftest import Serve


def test_the_token_is_needed(serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        for path in ("/", "/api/photographs", "/api/doubts", "/nothing"):
            assert server.ask(path, token=None).status == 401
            assert server.ask(path, token="wrong").status == 401
        photo = (folder / "a.jpg").read_bytes()
        assert server.ask("/colorize", photo, token=None).status == 401
        assert server.ask("/colorize?token=a%20secret/of%3Dours", photo, token=None).status == 200
        page = server.ask(server.address.removeprefix(server.root), token=None)
        assert page.status == 200
        cookie = page.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert server.ask("/api/photographs", token=None, Cookie=cookie.partition(";")[0]).status == 200


def test_tokens_are_new_each_time(serve: Serve, environment: dict[str, str]) -> None:
    del environment["COLORCLI_TOKEN"]
    tokens = set()
    for _ in range(2):
        with serve() as server:
            tokens.add(server.address.partition("token=")[2])
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:8642"}, 421),
        ({"Host": "localhost:9000"}, 200),  # the other end of a tunnel
        ({"Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
def test_other_sites_are_refused(serve: Serve, folder: Path, headers: dict[str, str], status: int) -> None:
    with serve(folder) as server:
        assert server.ask("/api/photographs", **headers).status == status
        assert server.ask("/colorize", (folder / "a.jpg").read_bytes(), **headers).status == status


def test_it_listens_on_this_machine_alone(serve: Serve) -> None:
    with serve() as server:
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in others - {"127.0.0.1"}:
            with socket.socket() as probe:
                probe.settimeout(5)
                assert probe.connect_ex((address, server.port)) != 0


def test_nothing_outside_the_folder(serve: Serve, folder: Path, tmp_path: Path) -> None:
    secret = write_photo(tmp_path / "secret.jpg")
    (folder / "link.jpg").symlink_to(secret)
    with serve(folder) as server:
        names = {one["name"] for one in server.ask("/api/photographs").said["photographs"]}
        assert names == {"a.jpg", "b.png"}
        key = server.key_of("a.jpg")
        for path in ("..%2fsecret.jpg", "..%2f..%2fsecret.jpg", str(secret).replace("/", "%2f"), "x"):
            assert server.ask(f"/api/photographs/{path}").status in (404, 422)
        for path in ("/static/..%2f__init__.py", "/static/../app.py", "/static/app.py"):
            assert server.ask(path).status == 404
        (folder / "a.color.jpg").symlink_to(tmp_path / "new.jpg")
        answer = server.ask(f"/api/photographs/{key}/result", b'{"hints": []}')
        assert answer.status == 400
        assert "leads out of the folder" in answer.said["error"]
        assert not (tmp_path / "new.jpg").exists()
        (folder / "a.color.jpg").unlink()
        (folder / "a.jpg").unlink()
        (folder / "a.jpg").symlink_to(secret)
        assert server.ask(f"/api/photographs/{key}").status == 400
        assert server.ask(f"/api/photographs/{key}/thumbnail").status == 400


def test_what_is_sent_is_never_a_page(serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        script = b"<html><script>alert(1)</script>"
        assert server.ask("/api/photographs?name=x.html", script).status == 422
        dropped = server.ask("/api/photographs?name=..%2Fx.html", (folder / "a.jpg").read_bytes())
        assert dropped.said["name"] == "x.html"
        answer = server.ask(f"/api/photographs/{dropped.said['key']}/before")
        assert answer.headers["content-type"] == "image/jpeg"
        for headers in (answer.headers, dropped.headers, server.ask("/nothing").headers):
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.jpg", "b.png"]


def test_a_broken_photograph_is_a_message(serve: Serve, folder: Path) -> None:
    (folder / "bad.jpg").write_bytes(b"no photograph")
    (folder / "b.png.hints.json").write_bytes(b"{}")
    with serve(folder) as server:
        answer = server.ask(f"/api/photographs/{server.key_of('bad.jpg')}")
        assert answer.status == 422
        assert "not an image" in answer.said["error"]
        opened = server.ask(f"/api/photographs/{server.key_of('b.png')}")
        assert "it holds no hints" in opened.said["fault"]
        assert opened.said["hints"] == []
