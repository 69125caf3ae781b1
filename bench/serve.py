"""The serve request against its floor, side by side in one run: real processes, loopback only, everything a ratio.

    python bench/serve.py                          the figures of docs/performance.md, some minutes
    python bench/serve.py --history 1000000        the full figure of history
    python bench/serve.py --keep DIR               keep the counties that were made, for the next run
    python bench/serve.py --only serve,engine      some parts: serve history find start engine
    python bench/serve.py --json FILE              the figures as JSON too ("-": on standard output)

A measurement alternates between what it compares in short blocks, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.county import PASSWORD
from bench.engine import decisions_a_second, ten_schemes
from bench.load import (
    Target,
    Till,
    Times,
    find_path,
    floor_asks,
    one_by_one,
    open_loop,
    our_asks,
    page_asks,
    sign_in,
    together,
)
from bench.servers import Server, Spec, cards_of, find_county, floor_server, our_server, servings_in

PARTS = ("serve", "history", "find", "start", "engine")
#: Requests in a block of one client; clients at once; requests a second of the open loop.
_BLOCK, _CLIENTS, _RATE = 25, 16, 50.0
_WARM_UP = 60
_STARTS = 5
#: Tills signed in: as many canteens take turns.
_TILLS = 60
#: Sites of the county in which one of very many is found.
_FIND_SITES = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``must`` and ``aim`` bound ``value`` from above, or from below when ``at_least``."""

    name: str
    value: float
    must: float
    aim: float
    unit: str
    note: str
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """``aim``, ``must`` or ``short``."""
        for word, bound in (("aim", self.aim), ("must", self.must)):
            if (self.value >= bound) if self.at_least else (self.value <= bound):
                return word
        return "short"


@dataclass(frozen=True, slots=True)
class Run:
    """What all parts share."""

    work: Path
    options: argparse.Namespace
    stack: ExitStack

    def county(self, servings: int, *, elders: int = 0, sites: int = _TILLS) -> Path:
        """A fresh county with about so many servings behind it."""
        spec = Spec(elders or self.options.elders, servings, sites)
        return find_county(spec, work=self.work, keep=self.options.keep)

    def ours(self, county: Path) -> tuple[Server, list[Till]]:
        """Our server on a county, with its tills signed in."""
        server = self.stack.enter_context(our_server(county))
        tills = [sign_in(server.port, username=f"clerk{number + 1}", password=PASSWORD) for number in range(_TILLS)]
        return server, tills


def alternate(targets: dict[str, Target], ask: Callable[[Target], Times], rounds: int) -> dict[str, Times]:
    """A warm-up, then blocks in turn: A B A B, the next round B A B A."""
    found = {name: Times() for name in targets}
    for target in targets.values():
        one_by_one(target, _WARM_UP)
    for number in range(rounds):
        order = list(targets) if number % 2 == 0 else list(targets)[::-1]
        for name in order:
            found[name].add(ask(targets[name]))
    for name, times in found.items():
        if times.failed:
            say(f"{name}: {len(times.failed)} failed, first: {times.failed[0]}")
    return found


def measure_serve(run: Run) -> Iterator[Figure]:
    """Ours against the floor: alone, with 16 clients, and at a set rate; and the memory it took."""
    options = run.options
    county = run.county(options.little)
    server, tills = run.ours(county)
    floor = run.stack.enter_context(floor_server(run.work, elders=options.elders))
    targets = {
        "floor": Target(floor.port, floor_asks(options.elders)),
        "ours": Target(server.port, our_asks(tills, options.elders)),
    }
    before = server.cpu_s(), floor.cpu_s()
    alone = alternate(targets, lambda target: one_by_one(target, _BLOCK), options.rounds)
    used = server.cpu_s() - before[0], floor.cpu_s() - before[1]
    note = f"{pair(alone, 50)}; processor time of the servers {used[0] / used[1]:.1f} ×"
    yield Figure("serve, 1 client, p50", ratio(alone, 50), 6, 3, "× floor", note)
    many = alternate(
        targets, lambda target: together(target, clients=_CLIENTS, seconds=options.seconds), max(options.rounds // 3, 2)
    )
    share = many["ours"].per_second / many["floor"].per_second
    note = f"{many['ours'].per_second:.0f}/s, floor {many['floor'].per_second:.0f}/s"
    yield Figure("serve, 16 clients, requests/s", share, 1 / 6, 1 / 3, "× floor", note, at_least=True)
    note = f"{many['ours'].at(50):.1f} and {many['ours'].at(99):.1f} ms; floor {many['floor'].at(99) / many['floor'].at(50):.1f}"
    yield Figure("serve, 16 clients, p99/p50", many["ours"].at(99) / many["ours"].at(50), 3, 2.2, "", note)
    rated = alternate(
        targets,
        lambda target: open_loop(target, per_second=_RATE, seconds=options.seconds * 2, clients=_CLIENTS),
        max(options.rounds // 3, 2),
    )
    yield Figure("open loop, 50 serves/s, p99", rated["ours"].at(99), 50, 25, "ms", pair(rated, 99))
    errors = sum(len(times["ours"].failed) for times in (alone, many, rated))
    yield Figure("failed requests", errors, 0, 0, "", f"of {sum(len(t['ours'].seconds) for t in (alone, many, rated))}")
    now, highest = server.memory_mib()
    yield Figure("memory of the serving process", highest, 120, 90, "MiB", f"highest; {now:.0f} at the end")


def measure_history(run: Run) -> Iterator[Figure]:
    """The same request with many servings behind it and with few."""
    targets, counts = {}, {}
    for name, servings in (("few", run.options.little), ("many", run.options.history)):
        county = run.county(servings)
        counts[name] = servings_in(county)
        server, tills = run.ours(county)
        targets[name] = Target(server.port, our_asks(tills, run.options.elders))
    times = alternate(targets, lambda target: one_by_one(target, _BLOCK), run.options.rounds)
    note = f"{counts['many']:,} and {counts['few']:,} servings; {pair(times, 50)}"
    yield Figure("serve p50, long history / short", times["many"].at(50) / times["few"].at(50), 1.2, 1.1, "×", note)


def measure_find(run: Run) -> Iterator[Figure]:
    """Finding one of very many against the empty counter: by card (and priced), and by initials (a list).

    A search, and the card of somebody of another canteen, are written down for the person concerned before anything is
    shown: a durable commit more.
    """
    elders = run.options.find_elders
    county = run.county(0, elders=elders, sites=_FIND_SITES)
    server, tills = run.ours(county)
    own = [cards_of(county, number + 1) for number in range(_TILLS)]
    cards = random.Random(4).choices(range(1, elders + 1), k=997)
    letters = ("wjz", "ljy", "zbw", "wangjiazi", "libingyin", "zhangding", "cgx")
    queries: dict[str, tuple[Callable[[int], str], bytes]] = {
        "empty": (lambda _: "/counter?slot=lunch", b"empty-big"),
        "card": (lambda number: find_path(own[number % _TILLS][number // _TILLS % 100]), b'class="offer"'),
        "a stranger's card": (lambda number: find_path(f"{cards[number % 997]:06d}"), b'class="offer"'),
        "pinyin": (lambda number: find_path(letters[number % len(letters)]), b'class="match"'),
    }
    targets = {name: Target(server.port, page_asks(tills, *query)) for name, query in queries.items()}
    times = alternate(targets, lambda target: one_by_one(target, _BLOCK), run.options.rounds)
    for name in list(queries)[1:]:
        value = times[name].at(50) / times["empty"].at(50)
        note = f"{times[name].at(50):.1f} ms, empty counter {times['empty'].at(50):.1f} ms, {elders:,} elders"
        yield Figure(f"find by {name}, p50", value, 2, 1.3, "× empty", note)


def measure_start(run: Run) -> Iterator[Figure]:
    """From starting the process to its first answer, the median of some starts."""
    county = run.county(0)
    seconds = []
    for _ in range(_STARTS + 1):
        with our_server(county) as server:
            seconds.append(server.start_s)
            memory, _highest = server.memory_mib()
    ordered = sorted(seconds[1:])  # the first one warmed the disk
    yield Figure(
        "start to first answer",
        ordered[len(ordered) // 2],
        1.5,
        0.8,
        "s",
        f"{ordered[0]:.2f} to {ordered[-1]:.2f} s; {memory:.0f} MiB then",
    )


def measure_engine(run: Run) -> Iterator[Figure]:
    """The pure engine, the best of three runs."""
    schemes = ten_schemes()
    best = max(decisions_a_second(schemes, seconds=run.options.seconds) for _ in range(3))
    one = decisions_a_second(schemes[:1], seconds=run.options.seconds)
    yield Figure("decisions a second, ten schemes", best, 10_000, 20_000, "/s", f"{one:,.0f}/s with one", at_least=True)


def ratio(times: dict[str, Times], percent: float) -> float:
    """Ours over the floor."""
    return times["ours"].at(percent) / times["floor"].at(percent)


def pair(times: dict[str, Times], percent: float) -> str:
    """Both sides in milliseconds, what is measured first."""
    return " / ".join(f"{name} {each.at(percent):.2f} ms" for name, each in sorted(times.items(), reverse=True))


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| figure | must | aim | measured | reaches | |", "|---|---|---|---|---|---|"]
    for each in figures:
        sign = "≥" if each.at_least else "≤"
        must, aim, value = (f"{number:,.2f}".removesuffix(".00") for number in (each.must, each.aim, each.value))
        lines.append(
            f"| {each.name} | {sign} {must} | {sign} {aim} | **{value}** {each.unit} | {each.verdict} | {each.note} |"
        )
    return "\n".join(lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elders", type=int, default=12_000, help="elders of the counties that are served")
    parser.add_argument("--little", type=int, default=10_000, help="servings behind the ordinary measurements")
    parser.add_argument("--history", type=int, default=200_000, help="servings behind the request with a long history")
    parser.add_argument("--find-elders", type=int, default=100_000, help="elders among whom one is found")
    parser.add_argument("--rounds", type=int, default=20, help="how often the sides take turns")
    parser.add_argument("--seconds", type=float, default=2.5, help="length of a block with many clients")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--keep", type=Path, help="directory in which counties are kept for the next run")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(unknown)}")
    return options


def main() -> None:
    options = read_options()
    measures = {
        "serve": measure_serve,
        "history": measure_history,
        "find": measure_find,
        "start": measure_start,
        "engine": measure_engine,
    }
    figures: list[Figure] = []
    for part in options.only.split(","):
        say(f"… {part}")
        with tempfile.TemporaryDirectory(prefix="canteen-bench-") as work, ExitStack() as stack:
            for figure in measures[part](Run(Path(work), options, stack)):
                say(f"  {figure.name}: {figure.value:.2f} {figure.unit} ({figure.note})")
                figures.append(figure)
    machine = (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, SQLite synchronous=FULL"
    )
    facts = [asdict(figure) | {"verdict": figure.verdict} for figure in figures]
    text = json.dumps({"machine": machine, "figures": facts}, ensure_ascii=False, indent=1)
    if options.json == "-":
        print(text)
        return
    if options.json:
        Path(options.json).write_text(text + "\n", "utf-8")
    print(f"{table(figures)}\n\n{machine}")


if __name__ == "__main__":
    main()
