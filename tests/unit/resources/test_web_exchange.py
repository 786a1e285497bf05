"""One exchange: slow, broken, huge and redirected answers, and what must not be seen of it by others."""

import gzip
import logging
import socket
import time

import pytest

from resources.web.caller import WebCaller
from resources.web.errors import RedirectedError, RefusedError, TooLargeError, UnavailableError
from resources.web.hosts import Hosts
from resources.web.policy import Policy, user_agent
from tests.web_server import Answer, Asked, WebServer


def caller(hosts: Hosts, policy: Policy | None = None, **more: dict[str, str]) -> WebCaller:
    return WebCaller("weather", user_agent(None), policy or Policy(), hosts=hosts, **more)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Long: "])
def test_a_server_that_drips_is_given_up_in_time(head: bytes, server: WebServer, hosts: Hosts) -> None:
    """Each byte of the body, or of the headers, comes well within the read timeout; the whole may not take so long."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    url = server.on("/", Answer(raw=drip))
    began = time.monotonic()
    policy = Policy(attempts=2, read_timeout_s=5, total_timeout_s=0.4)
    with caller(hosts, policy) as web, pytest.raises(UnavailableError, match="ReadTimeout"):
        web.get(url)
    assert time.monotonic() - began < 3


def test_the_deadline_holds_through_a_proxy_too(
    server: WebServer, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.on("/day", Answer(raw=drip))
    began = time.monotonic()
    policy = Policy(attempts=1, read_timeout_s=5, total_timeout_s=0.4)
    with caller(hosts, policy) as web, pytest.raises(UnavailableError):
        web.get("http://weather.invalid/day")
    assert time.monotonic() - began < 3


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(server: WebServer, hosts: Hosts) -> None:
    def broken(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"days": [1, 2')

    url = server.on("/", Answer(raw=broken), b'{"days": [1, 2, 3]}')
    with caller(hosts) as web:
        assert web.get(url).json() == {"days": [1, 2, 3]}
    assert len(server.asked) == 2


def test_size_is_limited_announced_or_not_and_after_decompression(server: WebServer, hosts: Hosts) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    server.on("/announced", Answer(bytes(2_000)))
    server.on("/bomb", Answer(bomb, headers={"Content-Encoding": "gzip"}))
    assert len(bomb) < 10_000
    with caller(hosts, Policy(max_bytes=1_000)) as web, pytest.raises(TooLargeError, match="2,000 bytes announced"):
        web.get(f"{server.url}/announced")
    with caller(hosts, Policy(max_bytes=10_000)) as web, pytest.raises(TooLargeError, match="more than 10,000 bytes"):
        web.get(f"{server.url}/bomb")


def test_redirects_are_followed_to_their_end_but_not_for_ever(server: WebServer, hosts: Hosts) -> None:
    server.on("/old", Answer(status=301, headers={"Location": "/new?page=1"}))
    server.on("/new", b"here")
    server.on("/loop", Answer(status=302, headers={"Location": "/loop"}))
    server.on("/file", Answer(status=302, headers={"Location": "file:///etc/passwd"}))
    with caller(hosts) as web:
        assert web.get(f"{server.url}/old").content == b"here"
        with pytest.raises(RedirectedError, match="more than 5 redirects"):
            web.get(f"{server.url}/loop")
        assert len(server.asked_for("/loop")) == 6
        with pytest.raises(RedirectedError, match="only http and https are followed"):
            web.get(f"{server.url}/file")
        with pytest.raises(RedirectedError, match="put that address in place"):
            web.request("POST", f"{server.url}/old")


def test_keys_stay_with_the_origin_and_out_of_errors_and_logs(
    server: WebServer, hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.on("/here", Answer(status=302, headers={"Location": "/there"}))
    server.on("/there", Answer(status=302, headers={"Location": f"{elsewhere}/stranger"}))
    server.on("/stranger", Answer(status=503))
    with (
        caplog.at_level(logging.DEBUG),
        caller(hosts, secret_headers={"X-Api-Key": "k3y/&+"}, secret_params={"appid": "w0rd"}) as web,
        pytest.raises(UnavailableError) as failed,
    ):
        web.get(f"{server.url}/here")
    seen = {one.path: one.headers.get("x-api-key") for one in server.asked}
    assert seen == {"/here": "k3y/&+", "/there": "k3y/&+", "/stranger": None}
    for text in (str(failed.value), repr(failed.value), caplog.text):
        assert "k3y" not in text
        assert "w0rd" not in text


def test_the_user_and_password_of_an_address_are_not_shown(server: WebServer, hosts: Hosts) -> None:
    url = server.url.replace("http://", "http://me:hidden@")
    with caller(hosts) as web, pytest.raises(RefusedError) as failed:
        web.get(f"{url}/x#frag")
    assert "hidden" not in str(failed.value)


@pytest.mark.parametrize("url", ["", "ftp://example.org/x", "example.org/x", "http://", "http://exa mple/\x00"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(url: str, hosts: Hosts) -> None:
    with caller(hosts) as web, pytest.raises(RefusedError, match="mend the address"):
        web.get(url)


def test_who_looks_before_each_hop_can_say_no(server: WebServer, hosts: Hosts) -> None:
    server.on("/open", Answer(status=302, headers={"Location": "/private"}))

    def look(url: object) -> None:
        if "private" in str(url):
            raise PermissionError(str(url))

    with caller(hosts) as web, pytest.raises(PermissionError):
        web.get(f"{server.url}/open", before=look)
    assert [one.path for one in server.asked] == ["/open"]


def test_every_answer_may_depend_on_what_was_asked(server: WebServer, hosts: Hosts) -> None:
    def echo(asked: Asked) -> Answer:
        return Answer(asked.headers["accept-language"].encode())

    with caller(hosts) as web:
        assert web.get(server.on("/", echo), headers={"Accept-Language": "de"}).text == "de"
