"""A caller among servers that fail: what it repeats, what it does not, how long it waits, what it says in the end."""

import datetime as dt
import gzip
import socket
from email.utils import format_datetime

import pytest

from resources.web.caller import WebCaller
from resources.web.errors import (
    LeftAloneError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from resources.web.hosts import Hosts
from resources.web.policy import Policy, user_agent
from tests.unit.resources.conftest import Clock
from tests.web_server import Answer, WebServer


def caller(hosts: Hosts, policy: Policy | None = None, **more: dict[str, str]) -> WebCaller:
    return WebCaller("weather", user_agent("ops@example.org"), policy or Policy(), hosts=hosts, **more)


def test_an_answer_comes_whole_and_the_caller_says_who_it_is(server: WebServer, hosts: Hosts) -> None:
    body = gzip.compress("Köln: 7,5 °C".encode())
    url = server.on(
        "/now", Answer(body, headers={"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"})
    )
    with caller(hosts) as web:
        response = web.get(url, params={"city": "Köln", "hour": 7})
    assert (response.status_code, response.text) == (200, "Köln: 7,5 °C")
    assert server.asked[0].headers["user-agent"] == "Lacquer (+ops@example.org)"
    assert server.asked[0].query == {"city": "Köln", "hour": "7"}


def test_faults_that_pass_are_tried_again_with_growing_pauses(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    url = server.on("/", Answer(status=500), Answer(status=502), Answer(status=503), b"at last")
    with caller(hosts) as web:
        assert web.get(url).content == b"at last"
    low = [1.0, 2.0, 4.0]  # exponential from one second; jitter adds up to one
    assert [least <= pause <= least + 1 for least, pause in zip(low, clock.slept, strict=True)] == [True] * 3


def test_a_server_that_stays_down_is_named_with_what_was_tried(server: WebServer, hosts: Hosts) -> None:
    url = server.on("/day", Answer(status=503))
    with caller(hosts) as web, pytest.raises(UnavailableError) as failed:
        web.get(url, params={"apikey": "s3cret", "day": "2026-03-01"})
    assert len(server.asked) == len(failed.value.tried) == 4
    said = str(failed.value)
    assert said.startswith(f"weather: GET {url}?apikey=***&day=2026-03-01: 503 Service Unavailable (4 attempts: 503")
    assert "s3cret" not in said


def test_retry_after_in_seconds_is_kept(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    url = server.on("/", Answer(status=429, headers={"Retry-After": "17"}), b"ok")
    with caller(hosts) as web:
        web.get(url)
    assert 17 <= sum(clock.slept) < 18


def test_retry_after_as_a_date_is_kept(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40)
    url = server.on("/", Answer(status=503, headers={"Retry-After": format_datetime(when, usegmt=True)}), b"ok")
    with caller(hosts) as web:
        web.get(url)
    assert 37 <= sum(clock.slept) <= 41  # a date counts whole seconds


TWENTY_DIGITS = "Wed, 21 Oct 2015 07:28:00 +99999999999999999999"


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1e3", "", "Thu, 99 Nov 2026 00:00:00 GMT", TWENTY_DIGITS])
def test_a_retry_after_that_means_nothing_is_no_fault(nonsense: str, server: WebServer, hosts: Hosts) -> None:
    url = server.on("/", Answer(status=429, headers={"Retry-After": nonsense}), b"ok")
    with caller(hosts) as web:
        assert web.get(url).content == b"ok"


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example"])
def test_a_host_that_cannot_be_is_named_and_not_asked_again(host: str, hosts: Hosts) -> None:
    with caller(hosts) as web, pytest.raises(RefusedError, match="names no host that can be"):
        web.get(f"http://{host}/")


def test_a_long_pause_is_not_slept_through_and_not_disregarded(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    url = server.on("/", Answer(status=429, headers={"Retry-After": "3600"}), b"ok")
    with caller(hosts) as web:
        with pytest.raises(UnavailableError, match="it asks for a long pause"):
            web.get(url)
        assert clock.slept == []
        with pytest.raises(LeftAloneError, match="left alone for 3600 s more"):
            web.get(url)
        assert len(server.asked) == 1
        clock.now += 3601
        assert web.get(url).content == b"ok"


def test_a_refusal_is_not_repeated_and_says_why(server: WebServer, hosts: Hosts) -> None:
    words = b'{"reason": "Parameter latitude must be -90 to 90", "key": "s3cret"}'
    url = server.on("/", Answer(words, 400, {"Content-Type": "application/json"}))
    with caller(hosts, secret_params={"appkey": "s3cret"}) as web, pytest.raises(RefusedError) as failed:
        web.get(url)
    assert len(server.asked) == 1
    assert "400 Bad Request: " in str(failed.value)
    assert "latitude must be -90 to 90" in str(failed.value)
    assert "s3cret" not in str(failed.value)
    assert failed.value.response is not None
    assert failed.value.response.status_code == 400


def test_statuses_that_are_an_answer_come_back(server: WebServer, hosts: Hosts) -> None:
    server.on("/same", Answer(status=304))
    with caller(hosts) as web:
        assert web.get(f"{server.url}/same", headers={"If-None-Match": '"a"'}).status_code == 304
        assert web.get(f"{server.url}/gone", accept={404}).status_code == 404
        with pytest.raises(RefusedError, match="404"):
            web.get(f"{server.url}/gone")


def test_what_may_not_happen_twice_is_not_sent_twice(server: WebServer, hosts: Hosts) -> None:
    def cut(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    url = server.on("/order", Answer(raw=cut), b"done")
    with caller(hosts) as web:
        with pytest.raises(UncertainError, match="look at what the server holds"):
            web.request("POST", url, json={"units": 3})
        assert len(server.asked) == 1
        server.on("/order", Answer(status=500), b"done")
        with pytest.raises(UncertainError, match="500"):
            web.request("POST", url, json={"units": 3})
        assert len(server.asked) == 2
        server.on("/order", Answer(status=429), b"done")  # a server that did not begin
        assert web.request("POST", url, json={"units": 3}).content == b"done"
        server.on("/order", Answer(raw=cut), b"done")  # a question, though it is posted
        assert web.request("POST", url, json={"query": "{a}"}, repeatable=True).content == b"done"
    assert server.asked[-1].body == b'{"query":"{a}"}'


def test_a_port_where_nobody_listens(hosts: Hosts) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with caller(hosts) as web, pytest.raises(UnavailableError, match=r"ConnectError.*4 attempts"):
        web.request("POST", url)
