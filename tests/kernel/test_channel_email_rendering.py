"""Messages from skeletons, read back by the standard parser (delivery contract 3)."""

import email
import email.policy
import gc
import re
import weakref
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications_platform.delivery.channels.base import Content, Parcel
from notifications_platform.delivery.channels.email.address import BadAddress, mailbox
from notifications_platform.delivery.channels.email.alternative import plain_text
from notifications_platform.delivery.channels.email.skeleton import (
    Skeleton,
    UnusableSender,
    date_header,
    skeleton,
)

NAME, NUMBER = "$recipientName$", "$recipientNumber$"
MESSAGE_ID = UUID("0192f3a1-0000-7000-8000-000000000001")
DATE = date_header(datetime(2026, 3, 1, 12, 30, tzinfo=UTC))


def rendered(*, to="kari@example.no", values=None, **texts) -> bytes:
    texts.setdefault("sender", "noreply@altinn.no")
    content = Content(id=uuid4(), placeholders=(NAME, NUMBER), **texts)
    parcel = Parcel(id=MESSAGE_ID, address=to, content=content, values=values or {})
    return Skeleton(content).message(parcel, mailbox(to), DATE)


def parsed(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def text_of(part) -> str:
    """What a reader sees; line breaks at a body's end are nobody's."""
    return re.sub(r"\r\n|\r", "\n", part.get_content()).rstrip("\n")


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(
        r"\$recipient(?:Name|Number)\$", lambda found: values.get(found[0], found[0]), text
    )


texts = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\0"),
        st.sampled_from("æøåÆØÅ €😀=.?_-\t \r\n$"),
    ),
    max_size=200,
)
templates = st.lists(st.one_of(texts, st.sampled_from([NAME, NUMBER]))).map("".join)
values = st.dictionaries(
    st.sampled_from([NAME, NUMBER]), st.one_of(texts, st.just(NAME), st.just(NUMBER))
)


@given(body=templates, values=values)
@example(body=".\n..\n.$recipientName$\n.", values={NAME: "."})
@example(body=f"{NAME}{NUMBER}", values={NAME: "", NUMBER: ""})
@example(body="line \n\ttab\t\n" + "x" * 80 + " \n" + "æ" * 80, values={})
def test_a_plain_body_arrives_as_the_standard_library_would_send_it(body, values):
    message = rendered(body=body, values=values)
    standard = EmailMessage()
    standard.set_content(_normalised(body, values), cte="quoted-printable")
    found = parsed(message)
    theirs = parsed(standard.as_bytes(policy=email.policy.SMTP))
    assert found.get_content_type() == "text/plain"
    assert text_of(found) == text_of(theirs)


def _normalised(body: str, values: dict[str, str]) -> str:
    """Line breaks that meet at a placeholder's edge stay two: each text is a text of its own."""
    pieces = re.split(r"(\$recipient(?:Name|Number)\$)", body)
    replaced = (values.get(piece, piece) for piece in pieces)
    return "".join(re.sub(r"\r\n|\r", "\n", piece) for piece in replaced)


@given(subject=templates, values=values)
@example(subject="=?utf-8?q?no?=", values={})
@example(subject="a" * 500, values={})
@example(subject="two  spaces " + "word " * 40 + "end", values={})
@example(subject="ord æ " * 60, values={})
@example(subject="Hello\r\nBcc: evil@example.com", values={})
@example(subject=f"Hello {NAME}", values={NAME: "x\r\nBcc: evil@example.com\r\n\r\nbody"})
def test_a_subject_arrives_whole_and_on_its_own_line(subject, values):
    message = rendered(subject=subject, body="b", values=values)
    found = parsed(message)
    lines = re.sub(r"\r\n|\r|\n", " ", filled(subject, values))
    assert found["Subject"] == lines
    assert found.keys() == KEYS
    assert text_of(found) == "b"


KEYS = [
    *("To", "Subject", "Date", "Message-ID", "From", "Auto-Submitted"),
    *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
]


@given(html=templates, values=values)
def test_html_keeps_its_text_and_values_are_escaped(html, values):
    found = parsed(rendered(body=html, content_type="text/html", values=values))
    plain, rich = found.iter_parts()
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    escaped = {
        name: value.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#x27;")
        for name, value in values.items()
    }
    assert text_of(rich) == _normalised(html, escaped).rstrip("\n")


@given(
    subject=templates,
    body=templates,
    values=values,
    content_type=st.sampled_from(["text/plain", "text/html"]),
)
def test_the_wire_sees_short_ascii_lines_without_leading_dots(subject, body, values, content_type):
    message = rendered(subject=subject, body=body, values=values, content_type=content_type)
    assert message.isascii()
    assert message.endswith(b"\r\n")
    for line in message.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 78
        assert not line.startswith(b".")
        assert b"\r" not in line
        assert b"\n" not in line


def test_a_value_is_escaped_in_html_and_plain_elsewhere():
    found = parsed(
        rendered(
            subject=f"Til {NAME}",
            body=f"<p>Hei <b>{NAME}</b></p>",
            content_type="text/html",
            values={NAME: "Ola & <Kari>"},
        )
    )
    plain, rich = found.iter_parts()
    assert found["Subject"] == "Til Ola & <Kari>"
    assert text_of(plain) == "Hei Ola & <Kari>"
    assert text_of(rich) == "<p>Hei <b>Ola &amp; &lt;Kari&gt;</b></p>"


def test_the_alternative_has_no_placeholder_that_the_html_has_not():
    body = f"<a href='https://x.no/?n={NUMBER}'>{NAME}</a> &#36;recipientName$"
    found = parsed(
        rendered(body=body, content_type="text/html", values={NAME: "Ola", NUMBER: "42"})
    )
    plain, rich = found.iter_parts()
    assert text_of(plain) == "Ola (https://x.no/?n=42) $recipientName$"
    assert text_of(rich) == "<a href='https://x.no/?n=42'>Ola</a> &#36;recipientName$"


def test_a_value_is_not_expanded_again_and_an_unknown_one_stays_as_written():
    found = parsed(rendered(body=f"{NAME} {NUMBER}", values={NAME: NUMBER}))
    assert text_of(found) == f"{NUMBER} {NUMBER}"


def test_headers_of_a_message():
    found = parsed(rendered(sender="Skatteetaten Øst <post@skatt.no>", subject="s", body="b"))
    assert found["From"] == "Skatteetaten Øst <post@skatt.no>"
    assert found["To"] == "kari@example.no"
    assert found["Date"] == "Sun, 01 Mar 2026 12:30:00 +0000"
    assert found["Message-ID"] == f"<{MESSAGE_ID}@skatt.no>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["MIME-Version"] == "1.0"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("kari@example.no", "kari@example.no"),
        (" kari@Example.NO ", "kari@example.no"),
        ("o'hara+x=1@example.no", "o'hara+x=1@example.no"),
        ("kari@blåbær.no", "kari@xn--blbr-roah.no"),
        ("kari@straße.de", "kari@xn--strae-oqa.de"),
        ("kari@10.0.0.1", "kari@10.0.0.1"),
        ("kari@[10.0.0.1]", "kari@[10.0.0.1]"),
        (".kari..@example.no", '".kari.."@example.no'),
        ('"kari nordmann"@example.no', '"kari nordmann"@example.no'),
    ],
)
def test_an_address_reaches_the_wire(written, sent):
    box = mailbox(written)
    assert (box.text, box.utf8) == (sent, False)
    assert f"To: {sent}\r\n".encode() in rendered(to=written, body="")
    read = parsed(rendered(to=written, body=""))["To"].addresses[0]
    assert f"{read.username}@{read.domain}" == sent.replace('"', "")


def test_a_local_part_beyond_ascii_needs_smtputf8():
    box = mailbox("bjørn@blåbær.no")
    assert (box.text, box.utf8) == ("bjørn@xn--blbr-roah.no", True)
    assert "To: bjørn@xn--blbr-roah.no\r\n".encode() in rendered(to="bjørn@blåbær.no", body="")


@pytest.mark.parametrize(
    "address",
    [
        *("", "kari", "@example.no", "kari@", "a@b@", "kari@exa mple.no", "ka ri@example.no"),
        *("kari@example.no\r\nRCPT TO:<x@y.no>", "kari\r\nX: y@example.no", "ka\rri@x.no"),
        *("<kari@example.no>", "a@x.no,b@x.no", "a@x.no;b@x.no", "kari>@x.no", "kari\x00@x.no"),
        *("bjørn\u2028x@x.no", "bjørn x@x.no", "bjø<rn@x.no", "\ud800@x.no", "k@-x.no"),
        *("k@x..no", "k@ⓐ.no@x", "k" * 320 + "@x.no", '"a"b"@x.no', '"a\\"@x.no', "k@[x y]"),
    ],
)
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(BadAddress):
        mailbox(address)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_breaks_out_of_its_command_or_header(local, domain):
    try:
        box = mailbox(f"{local}@{domain}")
    except BadAddress:
        return
    inside = re.sub(r'^"[ !#-\[\]-~]+"', "", box.text)
    assert not re.search(r"[\x00-\x20\x7f<>]", inside)


@pytest.mark.parametrize(
    "sender", ["", "nobody", "a@b.no\r\nBcc: x@y.no", "Navn <>", "Navn <a@b.no> x", "<a@b.no"]
)
def test_an_unusable_sender_is_said_so(sender):
    try:
        message = parsed(rendered(sender=sender, body=""))
    except UnusableSender:
        return
    assert message.keys() == KEYS
    assert message["From"].addresses[0].domain in {"b.no"}


@pytest.mark.parametrize("name", ["Ola, Kari", 'Sagt "slik"', "Norsk Tipping & Co", "Å" * 15])
def test_display_names_of_senders(name):
    message = parsed(rendered(sender=f'"{name}" <a@b.no>'.replace('"slik"', r"\"slik\""), body=""))
    assert message["From"].addresses[0].display_name == name


def test_a_sender_cannot_add_headers():
    message = rendered(sender="Ola\r\nBcc: x@y.no <a@b.no>", body="")
    assert parsed(message).keys() == KEYS


# --- the plain-text alternative ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>En</p><p>To</p>", "En\n\nTo"),
        ("En<br>To<br/>Tre", "En\nTo\nTre"),
        ("<ul><li>En</li><li>To</ul>", "- En\n- To"),
        ("<ol><li>En<li>To</ol>", "1. En\n2. To"),
        ("<a href='https://altinn.no'>Altinn</a>", "Altinn (https://altinn.no)"),
        ("<a href=https://altinn.no>https://altinn.no</a>", "https://altinn.no"),
        ("<a href='mailto:a@b.no'>Skriv</a>", "Skriv (a@b.no)"),
        ("<a href='javascript:x'>Klikk</a>", "Klikk"),
        ("a <script>if (1 < 2) {}</script><style>p{}</style>b", "a b"),
        ("<title>t</title><!-- hidden --><![if !mso]>x<![endif]>", "x"),
        ("  spaced\n\n out ", "spaced out"),
        ("1 &lt; 2 &amp;&nbsp;3 < 4", "1 < 2 & 3 < 4"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>", "A B\nC"),
        ("<img src=x alt='Logo'> her", "Logo her"),
        ("", ""),
    ],
)
def test_html_as_plain_text(html, plain):
    assert re.sub(r"\n+ ?", "\n", plain_text(html)) == re.sub(r"\n+", "\n", plain)


def test_the_alternative_of_an_enormous_text_is_bounded():
    """One thread writes the mail of many connections: it must not stand still for one text."""
    alternative = plain_text("<p>Hei</p>" * 1_000_000)
    assert alternative.startswith("Hei\n\nHei")
    assert len(alternative) <= 500_000


def test_of_enormous_texts_few_are_kept():
    made = [
        weakref.ref(skeleton(Content(id=uuid4(), sender="a@b.no", body=f"{number}" * 200_000)))
        for number in range(9)
    ]
    gc.collect()
    assert sum(kept() is not None for kept in made) <= 4


@pytest.mark.parametrize(
    "piece", ["<a", "<!--", "<!", "</", "<a b='", "<", "<![", "<style>", "<a href='http://x'>", "&"]
)
def test_malformed_html_costs_no_more_than_its_length(piece):
    """The standard parser takes minutes over some of these."""
    plain_text(piece * 20_000)


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("&#" + "9" * 5_000 + ";", "\ufffd"),
        ("&#" + "0" * 5_000 + "65;", "A"),
        ('<img alt="&#' + "9" * 5_000 + ';">', "\ufffd"),
        ("&#x" + "F" * 5_000 + ";", "\ufffd"),
    ],
    ids=["beyond Unicode", "zeros first", "in an attribute", "hexadecimal"],
)
def test_a_character_reference_of_thousands_of_digits_is_read_like_any_other(html, plain):
    assert plain_text(html) == plain
