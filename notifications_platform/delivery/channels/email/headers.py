"""Header values that differ per message, encoded by hand (RFC 5322, RFC 2047).

A line break in a value becomes one space before anything else is looked at, and what is
written is printable ASCII, so that no value can begin a header of its own.
"""

import re
from base64 import b64encode

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_PLAIN = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_LINE = 76
# An encoded word is at most 75 long; 45 bytes make 60 characters of base64, 12 more around.
_WORD_BYTES = 45
_BEGIN, _END = b"=?utf-8?b?", b"?="


def one_line(text: str) -> str:
    """Each line break becomes one space (orders contract 3)."""
    return _LINE_BREAK.sub(" ", text) if "\n" in text or "\r" in text else text


def unstructured(name: str, text: str) -> bytes:
    """The whole header with its line end, folded; `text` of any length and alphabet."""
    text = one_line(text)
    prefix = f"{name}: "
    if _PLAIN.fullmatch(text) and "=?" not in text:
        if len(prefix) + len(text) <= _LINE:
            return f"{prefix}{text}\r\n".encode("ascii")
        folded = _folded(prefix, text)
        if folded:
            return folded
    return prefix.encode("ascii") + _encoded_words(text, len(prefix)) + b"\r\n"


def _folded(prefix: str, text: str) -> bytes:
    """Plain words on lines of at most 76; empty where a long word or a double space forbids it."""
    lines: list[str] = []
    first, *words = text.split(" ")
    line = prefix + first
    if len(line) > _LINE:
        return b""
    for word in words:
        if not word or len(word) >= _LINE:
            return b""
        if len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    # A parser takes the line break away and leaves the space that begins the next line.
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _encoded_words(text: str, prefix_length: int) -> bytes:
    """Base64 words, each holding whole characters."""
    content = text.encode("utf-8", "replace")
    room = (_LINE - prefix_length - len(_BEGIN) - len(_END)) // 4 * 3
    if len(content) <= min(room, _WORD_BYTES):
        return _BEGIN + b64encode(content) + _END
    words, start = [], 0
    while start < len(content):
        end = min(start + min(room, _WORD_BYTES), len(content))
        while end < len(content) and content[end] & 0xC0 == 0x80:
            end -= 1
        words.append(_BEGIN + b64encode(content[start:end]) + _END)
        start, room = end, _WORD_BYTES
    return b"\r\n ".join(words)
