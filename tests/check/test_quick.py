"""What is read by a shorter way is what the longer way reads."""

from __future__ import annotations

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from canteen.audit.newest import texts_between
from canteen.base.vault import Vault
from canteen.books.shares import uses_in
from canteen.schemes.deciding.answer import UseChange

WORDS = st.text(max_size=12) | st.sampled_from(('"uses":', '\\"uses":', "uses", '"uses":[["x"]]'))
USES = st.lists(st.builds(UseChange, WORDS, WORDS, *[st.integers(-(10**9), 10**9)] * 3), max_size=4)
VAULT = Vault(os.urandom(32), os.urandom(32))


@given(WORDS, st.lists(WORDS, max_size=3), USES, WORDS)
def test_the_use_is_found_in_the_text_whatever_stands_around_it(class_code, groups, uses, sentence) -> None:
    kept = {"class": class_code, "groups": groups, "uses": uses, "reasons": [["x", {"fields": sentence}, sentence]]}

    text = VAULT.open_text(VAULT.seal(kept, "serving:x"), "serving:x")

    assert json.loads(text) == json.loads(json.dumps(kept))
    assert uses_in(text) == uses


@given(st.integers(-50, 2**40), st.integers(0, 10**6), st.floats(0, 1))
def test_every_number_between_two_stands_between_their_texts(first, more, part) -> None:
    least, most = texts_between("serving", first, first + more)

    assert least <= f"serving:{first + int(more * part)}" <= most
    assert least.startswith("serving:") and not least <= "site:1" <= most and not least <= "servingx:1" <= most
