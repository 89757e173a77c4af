"""Two processes behind nginx and behind Caddy, with the files of `deploy/`: sign-in, sockets, streams, origins."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from crisisroom.cli.serving import KEEP_ALIVE_SECONDS, make_config
from tests.deploy.files import DEPLOY, free_port, program, text
from tests.support.server import PROGRAM, START_SECONDS, copy_of, environment, until

NAME = "room.example.org"


@dataclass
class Backend:
    """One process of the application."""

    port: int
    settings: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = begin([str(PROGRAM), "serve", "--port", str(self.port)], self.settings, self.log)
        until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), START_SECONDS, "the process is ready")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class Site:
    """A proxy with two processes behind it. `public` is what people type, `address` where it really is."""

    public: str
    address: str
    people: list[dict[str, str]]
    incident: str
    backends: list[Backend] = field(default_factory=list)
    trust: ssl.SSLContext | None = None
    log: Path | None = None

    def browser(self, origin: str | None = None) -> httpx2.Client:
        headers = {"Host": self.host, "Origin": origin or self.public}
        return httpx2.Client(base_url=self.address, headers=headers, verify=self.trust or True, timeout=20)

    def whole(self) -> None:
        """See to it that both processes run, whatever another test did."""
        for backend in self.backends:
            if backend.process is None:
                backend.start()

    @property
    def host(self) -> str:
        return self.public.split("://")[1]

    def said(self) -> str:
        """What the proxy and the processes have said, for a test that failed."""
        return "".join(backend.log.read_text(errors="replace")[-4000:] for backend in self.backends[:1]) + (
            self.log.read_text(errors="replace")[-4000:] if self.log else ""
        )

    def sign_in(self, browser: httpx2.Client) -> httpx2.Response:
        self.whole()
        person = self.people[1]
        return browser.post("/signin", data={"email": person["email"], "password": person["password"]})

    def program(self) -> httpx2.Client:
        headers = {"Host": self.host, "Authorization": f"Bearer {self.people[0]['token']}"}
        return httpx2.Client(base_url=self.address, headers=headers, verify=self.trust or True, timeout=20)

    def write(self, words: str) -> None:
        self.whole()
        with self.program() as client:
            answer = client.post(
                f"/api/v1/incidents/{self.incident}/commands/write-entry", json={"text": words},
                headers={"Idempotency-Key": str(uuid4())},
            )  # fmt: skip
            assert answer.status_code == 200, answer.text

    def socket(self, cookie: str, origin: str) -> ClientConnection:
        port = int(self.address.rsplit(":", 1)[1])
        return connect(
            f"{self.public.replace('http', 'ws', 1)}/i/{self.incident}/live",
            address=("127.0.0.1", port),
            ssl=self.trust,
            additional_headers={"Cookie": cookie},
            origin=Origin(origin),
            proxy=None,
        )


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def site(request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    proxy = program(request.param, request.param)
    folder = tmp_path_factory.mktemp(request.param)
    ports = [free_port(), free_port()]
    facts = json.loads((copy_of(seeded, folder) / "demo.json").read_text())
    with ExitStack() as stack:
        start = through_nginx if request.param == "nginx" else through_caddy
        # What nginx's worker processes need must be short enough for a socket's name and open to them.
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = stack.enter_context(start(proxy, place, ports, facts))
        for number, port in enumerate(ports):
            settings = environment({
                "CRISISROOM_DATABASE_URL": f"sqlite:///{folder / 'data' / 'crisisroom.db'}",
                "CRISISROOM_DATA_DIR": str(folder / f"own-{number}"), "CRISISROOM_PUBLIC_URL": found.public,
            })  # fmt: skip
            found.backends.append(Backend(port, settings, folder / "log"))
            stack.callback(found.backends[-1].kill)
        with ThreadPoolExecutor() as both:
            list(both.map(Backend.start, found.backends))
        with found.browser() as browser:
            until(lambda: is_ok(browser, "/healthz"), START_SECONDS, "the proxy passes on")
        yield found


def test_sign_in_works_and_the_cookie_holds_at_both_processes(site: Site) -> None:
    with site.browser() as browser:
        answer = site.sign_in(browser)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/situation"), site.said()
        secure = site.public.startswith("https")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-crisisroom=" if secure else "crisisroom=")
        assert ("Secure" in cookie) == secure
        for _ in range(4):
            page = browser.get(f"/i/{site.incident}", headers={"Cookie": cookie.partition(";")[0]})
            assert page.status_code == 200


def test_another_origin_is_refused(site: Site) -> None:
    with site.browser("https://evil.example") as browser:
        assert site.sign_in(browser).status_code == 403
    with pytest.raises(InvalidStatus) as refused, site.socket(cookie_of(site), "https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_a_socket_is_upgraded_and_hears_what_either_process_commits(site: Site) -> None:
    with site.socket(cookie_of(site), site.public) as socket:
        assert json.loads(socket.recv(10))["type"] == "hello"
        for number in range(4):  # least connections: they fall to both
            site.write(f"Sortie {number} airborne.")
            while f"Sortie {number} airborne." not in str(socket.recv(10)):
                pass


def test_an_event_stream_is_passed_on_at_once(site: Site) -> None:
    with site.program() as client:
        path = f"/api/v1/incidents/{site.incident}/live"
        with client.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert any('"type":"hello"' in line for line in lines)
            site.write("Through the stream.")
            assert any("Through the stream." in line for line in lines)


def test_figures_stay_inside(site: Site) -> None:
    with site.browser() as browser:
        assert browser.get("/metrics").status_code == 404


def test_what_is_far_too_large_is_refused(site: Site) -> None:
    with site.browser() as browser:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert browser.post("/signin", content=b"x" * (9 << 20), headers=form).status_code == 413


def test_uploads_that_are_broken_off_take_nobody_out(site: Site) -> None:
    site.whole()
    address = ("127.0.0.1", int(site.address.rsplit(":", 1)[1]))
    for _ in range(4):
        plain = socket.create_connection(address)
        with site.trust.wrap_socket(plain, server_hostname=NAME) if site.trust else plain as upload:
            upload.sendall(f"POST /signin HTTP/1.1\r\nHost: {site.host}\r\nContent-Length: 5000\r\n\r\nemail".encode())
            upload.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while upload.recv(4096):  # until the proxy has noticed, and broken it off as well
                    pass
    with site.browser() as browser:
        assert [browser.get("/healthz").status_code for _ in range(4)] == [200] * 4


def test_when_one_process_dies_the_other_answers(site: Site) -> None:
    site.whole()
    site.backends[0].kill()
    with site.browser() as browser:
        codes = [browser.get("/healthz").status_code for _ in range(6)]
    # The first may still have been sent over a connection that died with the process.
    assert codes[1:] == [200] * 5


def cookie_of(site: Site) -> str:
    with site.browser() as browser:
        return str(site.sign_in(browser).headers["set-cookie"].partition(";")[0])


@pytest.mark.parametrize(
    ("name", "said"), [("nginx.conf", r"keepalive_timeout (\d+)s;"), ("Caddyfile", r"keepalive (\d+)s")]
)
def test_a_proxy_ends_an_idle_connection_before_the_application_does(name: str, said: str) -> None:
    """Else a change is sent into a connection that is just being closed, and its sender sees an error."""
    found = re.search(said, text(name))
    assert found is not None
    assert int(found[1]) < KEEP_ALIVE_SECONDS


def test_the_server_keeps_connections_as_long_as_it_says() -> None:
    assert make_config(None).timeout_keep_alive == KEEP_ALIVE_SECONDS


# The proxies, with our files


@contextmanager
def through_nginx(nginx: str, folder: Path, ports: list[int], facts: dict[str, Any]) -> Iterator[Site]:
    """Over https with a certificate of our own making; only ports and paths differ from the file."""
    plain, secure = free_port(), free_port()
    certificate(folder)
    conf = re.sub(r"^ *listen \[::\].*\n", "", text("nginx.conf"), flags=re.M)
    for given, meant in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("127.0.0.1:8000", f"127.0.0.1:{ports[0]}"),
        ("127.0.0.1:8001", f"127.0.0.1:{ports[1]}"),
        ("/etc/ssl/crisisroom/", f"{folder}/"),
    ):
        assert given in conf
        conf = conf.replace(given, meant)
    (folder / "site.conf").write_text(conf)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )
    command = [nginx, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    with running(command, dict(os.environ), folder / "log"):
        trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        trust.check_hostname = False  # the address is 127.0.0.1; who is there is checked
        incident = facts["incidents"][0]["key"]
        yield Site(
            f"https://{NAME}", f"https://127.0.0.1:{secure}", facts["people"], incident, trust=trust, log=folder / "log"
        )


@contextmanager
def through_caddy(caddy: str, folder: Path, ports: list[int], facts: dict[str, Any]) -> Iterator[Site]:
    """Over plain http, as no authority knows this machine."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    settings = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}", "CADDY_HTTP_PORT": str(free_port()),
        "CADDY_HTTPS_PORT": str(free_port()), "CRISISROOM_PUBLIC_URL": public,
        "CRISISROOM_UPSTREAMS": " ".join(f"127.0.0.1:{one}" for one in ports),
    }  # fmt: skip
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    with running(command, settings, folder / "log"):
        yield Site(public, public, facts["people"], facts["incidents"][0]["key"], log=folder / "log")


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip


# Processes


@contextmanager
def running(command: list[str], settings: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = begin(command, settings, log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def begin(command: list[str], settings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(command, env=settings, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def answers(address: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(address).status_code == 200
    return False


def is_ok(browser: httpx2.Client, path: str) -> bool:
    with suppress(httpx2.TransportError):
        return browser.get(path).status_code == 200
    return False
