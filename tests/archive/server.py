"""An S3 server on loopback, a bucket there, and a proxy before it that does not always do what it should."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

KEY, SECRET = "AKIALOOPBACKTESTS", "aVerySecretAccessKeyIndeed"
JOURNAL = "colorcli-journal/"


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """Its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Bucket:
    """Looked at with Amazon's own client."""

    def __init__(self, server: str) -> None:
        self.name = f"archive-{uuid4().hex[:8]}"
        self.client = boto3.client(
            "s3",
            endpoint_url=server,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket=self.name)

    def url(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def put_tree(self, key: str, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{key}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def get(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def keys(self, key: str) -> list[str]:
        """What is below a folder, by its path from there on."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=f"{key}/")
        return [found["Key"].removeprefix(f"{key}/") for page in pages for found in page.get("Contents", [])]

    def done(self, key: str) -> int:
        """Results in a folder so far."""
        return sum(not name.startswith(JOURNAL) for name in self.keys(key))

    def results(self, key: str) -> dict[str, bytes]:
        """Every file of a folder of results but the journal; of that, only its lines are left."""
        keys = self.keys(key)
        assert all(name.endswith(".jsonl") for name in keys if name.startswith(JOURNAL))
        return {name: self.get(f"{key}/{name}") for name in keys if not name.startswith(JOURNAL)}

    def journal(self, key: str) -> dict[str, dict[str, Any]]:
        """The last line on each photograph."""
        names = [name for name in sorted(self.keys(key)) if name.startswith(JOURNAL)]
        lines = b"".join(self.get(f"{key}/{name}") for name in names if name.endswith(".jsonl"))
        return {record["name"]: record for record in map(json.loads, lines.splitlines())}


class Proxy:
    """Passes requests on, but for every tenth: that is refused with 503, or its connection is cut."""

    def __init__(self, server: str) -> None:
        self._server = urlsplit(server).netloc
        self._turn = Lock()
        self._connections: set[socket.socket] = set()
        self._port = 0
        self.asked = self.failed = 0

    def __enter__(self) -> "Proxy":
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                proxy._connections.add(self.connection)

            def log_message(self, *_: object) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client, or we, went away
                    self.close_connection = True

            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if number := proxy._failure():
                    proxy._fail(self, number)
                else:
                    proxy._pass_on(self, body)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = do  # noqa: N815

        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._http.daemon_threads = True
        self._port = self._http.server_port
        Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _failure(self) -> int:
        """The number of this failure; 0: it is none."""
        with self._turn:
            self.asked += 1
            failing = self.asked % 10 == 0
            self.failed += failing
            return self.failed if failing else 0

    def _fail(self, handler: BaseHTTPRequestHandler, number: int) -> None:
        if number % 2:
            handler.send_response(503)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        server = HTTPConnection(self._server, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "expect"}
        server.request(handler.command, handler.path, body, headers)
        answer = server.getresponse()
        content = answer.read()
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "date", "server", "content-length"):
                handler.send_header(name, value)
        length = answer.getheader("Content-Length") if handler.command == "HEAD" else str(len(content))
        handler.send_header("Content-Length", length or "0")
        handler.end_headers()
        handler.wfile.write(content)
        server.close()
