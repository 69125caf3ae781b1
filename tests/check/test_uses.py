"""Sums of uses are compared without keeping them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canteen.check.uses import GROUPS, Uses

KEY = b"k" * 16
LINE = st.tuples(
    st.integers(1, 3000),
    st.sampled_from(("jinxi", "b")),
    st.sampled_from(("2026-11", "2026-11-21/lunch")),
    *[st.integers(-(2**40), 2**40)] * 3,
)


def added(*lines: tuple[int, str, str, int, int, int], sign: int = 1) -> Uses:
    uses = Uses()
    for elder_id, scheme, period, *sums in lines:
        uses.add(KEY, elder_id, [(scheme, period, *(sign * one for one in sums))])
    return uses


@given(st.lists(LINE, max_size=20), st.randoms(use_true_random=False), st.integers(0, 20))
def test_the_same_sums_in_another_order_and_in_parts_do_not_differ(lines, chance, cut) -> None:
    other = lines.copy()
    chance.shuffle(other)
    uses = added(*lines[:cut])
    uses.add_all(added(*lines[cut:]))
    uses.add_all(added(*other, sign=-1))

    assert list(uses.differing()) == []


@given(st.lists(LINE, min_size=1, max_size=10), LINE)
def test_whatever_is_more_differs_in_the_group_of_its_elder(lines, more) -> None:
    uses = added(*lines, more)
    uses.add_all(added(*lines, sign=-1))

    assert list(uses.differing()) == ([more[0] % GROUPS] if any(more[3:]) else [])


@given(LINE, st.integers(0, 4))
def test_the_same_sum_under_another_name_differs(line, place) -> None:
    other = list(line)
    other[place] = {0: line[0] + GROUPS, 1: "c", 2: "2026-12"}.get(place, line[place] if place < 3 else line[place] + 1)
    uses = added(line)
    uses.add_all(added(tuple(other), sign=-1))  # type: ignore[arg-type]

    assert list(uses.differing()) == ([line[0] % GROUPS] if any(line[3:]) or any(other[3:]) else [])
