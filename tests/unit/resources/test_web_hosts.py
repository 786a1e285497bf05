"""Turns and circuits: how often a host is called, and when it is left alone."""

import threading

import pytest

from resources.web.caller import WebCaller
from resources.web.errors import LeftAloneError, RefusedError, UnavailableError
from resources.web.hosts import Hosts
from resources.web.policy import Policy, user_agent
from tests.unit.resources.conftest import Clock
from tests.web_server import Answer, WebServer

ONCE = Policy(attempts=1, breaker_failures=3, breaker_pause_s=60)


def fail_times(web: WebCaller, url: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UnavailableError, match="503"):
            web.get(url)


def test_a_host_is_called_at_its_pace_whoever_calls(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    url = server.on("/", b"ok")
    policy = Policy(interval_s=2)
    callers = [WebCaller(name, user_agent(None), policy, hosts=hosts) for name in ("one", "other", "one")]
    for web in callers:
        with web:
            web.get(url)
    assert clock.slept == [2.0, 2.0]


def test_turns_of_two_threads_do_not_coincide(hosts: Hosts, clock: Clock) -> None:
    threads = [threading.Thread(target=hosts.wait_turn, args=("http://a", 1.0)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hosts.wait_turn("http://a", 1.0)
    assert clock.now >= 1020


def test_a_host_that_failed_three_times_is_left_alone_then_probed_once(
    server: WebServer, hosts: Hosts, clock: Clock
) -> None:
    url = server.on("/", *[Answer(status=503)] * 4, b"back")
    with WebCaller("s", user_agent(None), ONCE, hosts=hosts) as web:
        fail_times(web, url, 3)
        with pytest.raises(LeftAloneError, match="left alone for 60 s more"):
            web.get(url)
        assert len(server.asked) == 3
        clock.now += 61
        fail_times(web, url, 1)  # the probe fails: open again at once
        with pytest.raises(LeftAloneError):
            web.get(url)
        assert len(server.asked) == 4
        clock.now += 61
        assert web.get(url).content == b"back"
        server.on("/", Answer(status=503))
        fail_times(web, url, 2)  # closed: failures count from nothing


def test_a_probe_is_one_attempt_and_one_caller_at_a_time(server: WebServer, hosts: Hosts, clock: Clock) -> None:
    url = server.on("/", Answer(status=503))
    patient = Policy(attempts=4, breaker_failures=1, breaker_pause_s=60)
    with WebCaller("s", user_agent(None), patient, hosts=hosts) as web:
        fail_times(web, url, 1)
        assert len(server.asked) == 4
        clock.now += 61
        with hosts.admission(server.url) as probe:
            assert probe.is_probe
            with pytest.raises(LeftAloneError):
                web.get(url)
        assert len(server.asked) == 4
        fail_times(web, url, 1)  # the probe before ended without a verdict: this one is it, and tries once
        assert len(server.asked) == 5


def test_a_refusal_is_an_answer_and_closes_the_circuit(server: WebServer, hosts: Hosts) -> None:
    server.on("/down", Answer(status=503))
    with WebCaller("s", user_agent(None), ONCE, hosts=hosts) as web:
        fail_times(web, f"{server.url}/down", 2)
        with pytest.raises(RefusedError):
            web.get(f"{server.url}/unknown")
        fail_times(web, f"{server.url}/down", 2)


def test_hosts_do_not_pay_for_each_other(server: WebServer, hosts: Hosts) -> None:
    server.on("/", Answer(status=503))
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    with WebCaller("s", user_agent(None), ONCE, hosts=hosts) as web:
        fail_times(web, f"{server.url}/", 3)
        fail_times(web, f"{elsewhere}/", 1)


def test_a_contact_that_would_break_the_header_is_refused() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        user_agent("me@example.org\r\nX-Evil: 1")
