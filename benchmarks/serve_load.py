"""The server under load, and the first view on a phone: `python -m benchmarks.serve_load --lake DIR`.

A server of one process over a finished lake, with accounts of its own in a temporary folder. wrk asks for releases with
their forecasts over 20 connections; `--view` opens the overview in Chromium as a slow phone does, with an empty cache.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.servers.java import free_ports

if TYPE_CHECKING:
    from playwright.sync_api import Page

CONNECTIONS, SECONDS, WARM_S, RELEASES = 20, 15, 3, 200
PASSWORD = "a password of a benchmark"
# Chrome's "Slow 4G" and a processor four times slower than this machine's.
LATENCY_MS, DOWN, UP, SLOWER = 150, 1.6e6 / 8, 750e3 / 8, 4
SCRIPT = """
local paths, at = {{{paths}}}, 0
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at], {{["X-API-Key"] = "{key}"}}) end
done = function(summary, latency)
  for _, p in ipairs({{50, 95, 99}}) do io.write(string.format("p%d %.3f ms\\n", p, latency:percentile(p) / 1000)) end
  io.write(string.format("requests %d errors %d\\n", summary.requests, summary.errors.status + summary.errors.timeout))
end
"""


@contextmanager
def served(lake: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str, str]]:
    """A server: its process, address, an API key, and the link that makes the first account."""
    env = os.environ | {"LACQUER_RATE_LIMIT": "10000000/minute", "LACQUER_DATABASE": f"sqlite:///{folder}/db"}
    lacquer = [sys.executable, "-m", "serving.cli"]
    made = subprocess.run(
        [*lacquer, "keys", "wrk", "--lake", str(lake)], env=env, capture_output=True, text=True, check=True
    )
    key = re.search(r"lq_[A-Za-z0-9_-]+", made.stdout)
    if key is None:
        raise RuntimeError(f"lacquer keys printed no key: {made.stdout}")
    (port,) = free_ports(1)
    command = [*lacquer, "serve", "--lake", str(lake), "--port", str(port)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            link = next(found[0] for line in process.stderr if (found := re.search(r"http\S+/welcome\S+", line)))
            yield process, f"http://127.0.0.1:{port}", key[0], link
        finally:
            process.terminate()


def answer_of(place: str, key: str) -> Any:
    """The answer of an address once the server listens."""
    import httpx

    until = time.monotonic() + 120
    while True:
        try:
            return httpx.get(place, headers={"X-API-Key": key}, timeout=60).json()
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def cpu_seconds(process: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(process: int, place: str, key: str, folder: Path) -> list[str]:
    """What wrk says of releases with their forecasts, and the processor time of a request."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("no wrk on this machine: apt-get install wrk")
    rows = answer_of(f"{place}/v1/releases?sort=-units&limit={RELEASES}", key)["releases"]
    paths = ", ".join(f'"/v1/releases/{one["release_id"]}"' for one in rows)
    script = folder / "requests.lua"
    script.write_text(SCRIPT.format(paths=paths, key=key))
    command = [wrk, "-t", "2", "-c", str(CONNECTIONS), "-s", str(script)]
    subprocess.run([*command, "-d", f"{WARM_S}s", place], capture_output=True, check=True)
    before = cpu_seconds(process)
    told = subprocess.run([*command, "-d", f"{SECONDS}s", place], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(process) - before
    lines = re.findall(r"^(?:p\d+ .*|requests .*)$", told, re.MULTILINE)
    count = int(lines[-1].split()[1])
    return [*lines, f"{count / SECONDS:.0f} a second, {1000 * spent / count:.2f} CPU ms a request of the server"]


def first_view(page: "Page", place: str) -> dict[str, float]:
    """Milliseconds until the first answer, the first paint, the largest one, and the end of loading."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    network = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN, "uploadThroughput": UP}
    session.send("Network.emulateNetworkConditions", network)
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(place, wait_until="load")
    if "Net revenue" not in page.content():
        raise RuntimeError(f"{place} shows no key figures: {page.title()}")
    timing: dict[str, float] = page.evaluate(
        """() => new Promise(told => new PerformanceObserver(list => {
          const [one] = performance.getEntriesByType('navigation'), painted = performance.getEntriesByType('paint');
          told({answer: one.responseStart, paint: painted.at(-1)?.startTime ?? 0,
            largest: list.getEntries().at(-1).startTime, loaded: one.loadEventEnd, bytes: one.transferSize})
        }).observe({type: 'largest-contentful-paint', buffered: true}))"""
    )
    return timing


def view(place: str, link: str) -> list[str]:
    """The first view of the overview on a phone, three times over, each with an empty cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        context = browser.new_context(viewport={"width": 390, "height": 800}, is_mobile=True, locale="en-GB")
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.wait_for_url(f"{place}/**")
        lines = []
        for _ in range(3):
            timing = first_view(context.new_page(), place)
            lines.append(", ".join(f"{name} {value:.0f}" for name, value in timing.items()))
        browser.close()
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True, help="a finished lake")
    parser.add_argument("--view", action="store_true", help="the first view on a phone in place of the load")
    told = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(told.lake.resolve(), Path(folder)) as (process, place, key, link),
    ):
        answer_of(f"{place}/v1/health", key)
        for line in view(place, link) if told.view else load(process.pid, place, key, Path(folder)):
            print(line)


if __name__ == "__main__":
    main()
