"""Where what was typed or sent at the second step becomes types."""

from collections.abc import Mapping

from canteen.base.text import plain_text
from canteen.staff.second.passkeys import LONGEST_ANSWER
from canteen.staff.second.rules import StepAnswer

#: What people may ask for on their own page.
AIMS_OF_PEOPLE = ("set_up", "codes", "off")


def read_answer(form: Mapping[str, str]) -> StepAnswer:
    """Read the form of the second step; what is too long to be an answer is cut."""
    return StepAnswer(
        code=form.get("code", "")[:100],
        credential=form.get("credential", "")[: LONGEST_ANSWER + 1],
        name=plain_text(form.get("name", ""))[:40],
        is_only=form.get("is_only") == "1",
    )
