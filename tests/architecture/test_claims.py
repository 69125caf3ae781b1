"""Every test can fail, as far as its shape tells; and the search finds the shapes that cannot."""

from __future__ import annotations

import pytest

from canteen.base.config import ROOT
from tests.architecture.claims import claiming_in, parsed, weak_claims

FILES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}
#: Helpers of the tests that fail when what they look at is wrong.
CLAIMING = {name for text in FILES.values() for name in claiming_in(parsed(text))}


@pytest.mark.parametrize("name", [name for name in FILES if name.rpartition("/")[2].startswith("test_")])
def test_every_test_can_fail(name: str) -> None:
    assert weak_claims(FILES[name], CLAIMING) == []


PLANTED = {
    "or True": ("assert page == 1 or True", "or something true"),
    "a tuple": ("assert (page, 'a')", "a tuple is always true"),
    "at least the empty set": ("assert page.keys() >= set()", "always at least nothing"),
    "the empty set inside": ("assert set() <= page.keys()", "always at least nothing"),
    "a length of 0 or more": ("assert len(page) >= 0", "always at least nothing"),
    "an empty text": ("assert '' in page", "an empty text is in every text"),
    "itself": ("assert page.a == page.a", "the same on both sides"),
    "itself, in a set": ("assert set(page) == set(page)", "the same on both sides"),
    "or, swallowed": (
        "assert (vary, 'a' in words(page)) == (1, True) or 'a' in words(page)",
        "one side of or swallows",
    ),
    "one text or another": ("assert 'a' in page or 'b' in page", "one text or another is on a page"),
    "texts or the parameter": (
        "assert 'a' in page and 'b' in page or 'c' in change",
        "one text or another is on a page",
    ),
    "hidden": ("assert all(one or True for one in page)", "or something true"),
    "raw rows": ("assert 'a' not in session.execute('select * from audit')", "rows are looked at as they lie"),
    "one spelling": ("assert '钥匙'.encode() not in page", "a Chinese word is looked for in one spelling"),
    "nothing": ("page.click()", "test_page claims nothing"),
    "only 200": ("assert page.get('/').status_code == 200", "test_page claims a status of 200"),
}


@pytest.mark.parametrize(("claim", "sentence"), PLANTED.values(), ids=PLANTED)
def test_a_planted_claim_that_cannot_fail_is_seen(claim: str, sentence: str) -> None:
    found = weak_claims(f"def test_page(page):\n    {claim}\n")

    assert len(found) == 1 and sentence in found[0], found


GOOD = {
    "twice": "assert page.key() == page.key()",
    "an implication": "assert refusal is None or refusal.next_step",
    "a text and a status": "assert page.status_code == 200 and 'a' in page.text",
    "an error": "with pytest.raises(ValueError):\n        page()",
    "a helper that claims": "checked(page)",
    "a method called check": "assert page == words(page) or page.is_empty",
    "at least something": "assert page.keys() >= {'a'}",
}


@pytest.mark.parametrize("claim", GOOD.values(), ids=GOOD)
def test_a_claim_that_can_fail_is_left_alone(claim: str) -> None:
    helper = "def looked_at(page):\n    assert page\n\n\ndef checked(page):\n    looked_at(page)\n\n\n"

    assert weak_claims(f"{helper}def test_page(page):\n    {claim}\n") == []
