"""docs/sandbox.md keeps up with the magic recipients."""

import re

from django.conf import settings

from notifications_platform.sandbox.sinks import magic

PAGE = (settings.BASE_DIR / "docs" / "sandbox.md").read_text()


def test_every_magic_address_is_documented_with_its_story_and_answer():
    documented = dict(re.findall(r"^\| `(\w+)@…` \| (.+) \|$", PAGE, re.MULTILINE))

    assert list(documented) == list(magic.MAIL)
    for local, behaviour in magic.MAIL.items():
        assert behaviour.story in documented[local]
        assert (behaviour.at_recipient or behaviour.at_content) in documented[local]


def test_every_magic_number_is_documented_with_its_story():
    documented = dict(re.findall(r"^\| `\+(\d+)` \| (.+) \|$", PAGE, re.MULTILINE))

    assert list(documented) == list(magic.SMS)
    for number, behaviour in magic.SMS.items():
        assert behaviour.story in documented[number]
