"""What a file may be called, and what its name says about it (correspondence contract 5.2)."""

from dataclasses import dataclass
from urllib.parse import quote

from correspondence.errors import BusinessError

LONGEST_FILE_NAME = 255
_FORBIDDEN = frozenset('<>:"/\\|?*') | frozenset(map(chr, range(0x20)))
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL"] + [f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)]
)
_OCTETS = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_UTF8 = "; charset=utf-8"
# RFC 8187: what stands for itself in an extended value.
_ATTR_CHARS = "!#$&+-.^_`|~"


@dataclass(frozen=True, slots=True)
class FileType:
    """`data_type` as overviews name it, `served` as the recipient's download has it."""

    data_type: str
    served: str
    inline: bool = False


def _shown(media_type: str) -> FileType:
    return FileType(media_type, media_type, inline=True)


def _text(media_type: str) -> FileType:
    return FileType(media_type, media_type + _UTF8)


def _opaque(media_type: str) -> FileType:
    return FileType(media_type, _OCTETS)


_TYPES = {
    ".pdf": _shown("application/pdf"),
    ".png": _shown("image/png"),
    ".jpg": _shown("image/jpeg"),
    ".jpeg": _shown("image/jpeg"),
    ".gif": _shown("image/gif"),
    ".bmp": _shown("image/bmp"),
    ".txt": _text("text/plain"),
    ".csv": _text("text/csv"),
    ".html": _text("text/html"),
    ".json": FileType("application/json", "application/json"),
    ".xml": FileType("text/xml", "application/xml"),
    ".dcm": FileType("application/dicom", "application/dicom"),
    ".dicom": FileType("application/dicom", "application/dicom"),
    ".doc": _opaque("application/msword"),
    ".docx": _opaque(f"{_OFFICE}wordprocessingml.document"),
    ".xls": _opaque("application/vnd.ms-excel"),
    ".xlsx": _opaque(f"{_OFFICE}spreadsheetml.sheet"),
    ".ppt": _opaque("application/vnd.ms-powerpoint"),
    ".pps": _opaque("application/vnd.ms-powerpoint"),
    ".zip": _opaque("application/zip"),
}


def file_type(name: str) -> FileType | None:
    """By the extension, in any case; None where it is not in the list."""
    dot = name.rfind(".")
    return _TYPES.get(name[dot:].lower()) if dot >= 0 else None


def check_file_name(name: str, place: str = "fileName") -> None:
    """Raises BusinessError for the first rule broken: 2010, 2013, 2012, 2021. Its length is a
    matter of shape.
    """
    if not name.strip():
        raise BusinessError(2010, f"{place}: a file name is needed.")
    if file_type(name) is None:
        listed = ", ".join(_TYPES)
        raise BusinessError(2013, f"{place}: the extension must be one of {listed}.")
    for position, character in enumerate(name):
        if character in _FORBIDDEN:
            raise BusinessError(
                2012,
                f'{place}: character {position + 1} may not be used. No < > : " / \\ | ? * and no'
                " control characters.",
            )
    if name.partition(".")[0].upper() in _RESERVED:
        raise BusinessError(2021, f"{place}: the part before the first dot is reserved.")


def content_disposition(name: str, *, inline: bool) -> str:
    """The header's value; ASCII, whatever the name."""
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS, errors='replace')}"
