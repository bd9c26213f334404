"""Every text of ours that staff may see, as the code names it.

Found where it stands: calls of gettext's functions in Python, tags in templates, and the names
and help texts of tables and columns, which are made when the models are loaded.
"""

import ast
import gettext
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import django.contrib.admin
import django.contrib.auth
from babel.messages.extract import extract
from django.apps import apps
from django.utils import translation
from django.utils.translation.template import templatize

from notifications_platform.back_office.names import fields_of
from tests.house.tree import PRODUCT, ROOT

_ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_SEVERAL = {"ngettext", "ngettext_lazy", "_n"}
_IN_CONTEXT = {"pgettext", "pgettext_lazy"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
THEME = "notifications_platform/back_office"


@dataclass(frozen=True, order=True)
class Phrase:
    """`plural` and `context` are empty where there is none."""

    text: str
    plural: str = ""
    context: str = ""


def of_package(package: str) -> dict[Phrase, set[str]]:
    """Each phrase of this package of ours, with the files that it stands in."""
    found: dict[Phrase, set[str]] = {}
    folder = ROOT / package
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            _add(found, path, in_python(path.read_text()))
    for path in sorted(folder.rglob("templates/**/*.html")):
        _add(found, path, in_template(path.read_text()))
    with translation.override(None):
        for app in apps.get_app_configs():
            if app.name.partition(".")[0] == package:
                where = str(Path(*app.name.split("."), "apps"))
                found.setdefault(Phrase(str(app.verbose_name)), set()).add(where)
    for model in apps.get_models():
        if model.__module__.partition(".")[0] == package:
            source = Path(*model.__module__.split("."))
            for name in _names(model):
                found.setdefault(Phrase(name), set()).add(str(source))
    return found


def of_theme() -> dict[Phrase, set[str]]:
    """What the theme says and Django does not translate for it."""
    spec = find_spec("unfold")
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent
    found: dict[Phrase, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder.parent)
        if "contrib" in where.parts:
            continue
        if path.suffix == ".py":
            phrases = in_python(path.read_text())
        elif path.suffix == ".html":
            phrases = in_template(path.read_text())
        else:
            continue
        for phrase in phrases:
            found.setdefault(phrase, set()).add(str(where))
    known = _of_django()
    return {phrase: where for phrase, where in found.items() if phrase.text not in known}


def in_python(source: str) -> Iterator[Phrase]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            name = node.func.attr if isinstance(node.func, ast.Attribute) else name
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            texts = [text for text in given if isinstance(text, str)]
            if name in _ONE and len(texts) == 1:
                yield Phrase(texts[0])
            elif name in _SEVERAL and len(texts) == 2:
                yield Phrase(texts[0], plural=texts[1])
            elif name in _IN_CONTEXT and len(texts) == 2:
                yield Phrase(texts[1], context=texts[0])


def in_template(source: str) -> Iterator[Phrase]:
    # Python's reader takes offence at the indentation that is left of the page.
    lines = (line.lstrip() for line in templatize(source).splitlines())
    code = io.BytesIO("\n".join(lines).encode())
    for _line, texts, _comments, context in extract("python", code, _KEYWORDS):
        one, *rest = (texts,) if isinstance(texts, str) else texts
        yield Phrase(one, plural=rest[0] if rest else "", context=context or "")


def _add(found: dict[Phrase, set[str]], path: Path, phrases: Iterator[Phrase]) -> None:
    for phrase in phrases:
        found.setdefault(phrase, set()).add(str(path.relative_to(ROOT)))


def _names(model: type) -> Iterator[str]:
    with translation.override(None):
        meta = model._meta  # type: ignore[attr-defined]
        yield str(meta.verbose_name)
        yield str(meta.verbose_name_plural)
        for field in fields_of(model):
            yield str(field.verbose_name)
            if field.help_text:
                yield str(field.help_text)
            if model.__module__.startswith(PRODUCT[0]):
                yield from (str(name) for _value, name in field.flatchoices if name)


def _of_django() -> set[str]:
    known: set[str] = set()
    for package in (django, django.contrib.admin, django.contrib.auth):
        folder = Path(package.__path__[0])
        folder = folder / "conf" if package is django else folder
        with (folder / "locale" / "nb" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            read = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        known |= {key[0] if isinstance(key, tuple) else key for key in read}
    return known
