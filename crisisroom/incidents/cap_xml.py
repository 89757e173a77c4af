"""The bytes of an alert, opened without trust: size, text encoding, document type, depth and number of elements."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from crisisroom.core.errors import Refused

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 20_000


class AlertRefused(Refused):
    """The file cannot be read as an alert; the sentence says what is wrong with it. Nothing was opened."""

    type = "alert-refused"
    title = "This file does not open as an alert"


def open_xml(data: bytes) -> etree._Element:
    """The root element of a document without document type, comments or processing instructions."""
    if len(data) > MAX_BYTES:
        raise AlertRefused(f"The file has {len(data):,} bytes. An alert of more than {MAX_BYTES:,} bytes is not read.")
    text = _decode(data).lstrip("\ufeff \t\r\n")
    _refuse_what_is_no_alert(text)
    return _parse(text)


def _decode(data: bytes) -> str:
    """One decoding for everything that follows, so that no check and no parser can read the bytes differently."""
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise AlertRefused(
            f"The file should be {encoding.upper()} text, but byte {error.start + 1:,} is not. "
            "It is damaged or names the wrong encoding; ask for it in UTF-8."
        ) from None


# Enough for what alerts are really written in. UTF-7 and its like, which can hide markup, are not among them.
_ENCODINGS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|utf-16(-[lb]e)?")
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,150}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")


def _encoding(data: bytes) -> str:
    """By byte order mark, then by the pattern of NUL bytes, then as the file declares, then UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith((b"<\0", b"\0<")):
        return "utf-16-le" if data[0] else "utf-16-be"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if b"\0" in data:
        raise AlertRefused("The file contains NUL bytes. It is damaged or not a text file; ask for it again.")
    return _declared_encoding(data)


def _declared_encoding(data: bytes) -> str:
    declared = _DECLARED.match(data)
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        encoding = ""
    if not _ENCODINGS.fullmatch(encoding):
        raise AlertRefused(
            f"The file is declared to be in the encoding {name}, which is not read; ask for it in UTF-8."
        )
    # Some programs write their own memory's encoding into the declaration; without a NUL byte it cannot be UTF-16.
    return "utf-8" if encoding.startswith("utf-16") else encoding


_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def _refuse_what_is_no_alert(text: str) -> None:
    """Look past everything that may stand before the root element, without parsing any of it."""
    at = 0
    while part := _BEFORE_ROOT.match(text, at):
        at = part.end()
    start = text[at : at + 14].lower()
    if not start:
        raise AlertRefused("The file is empty.")
    if start.startswith(("<!doctype html", "<html")):
        raise AlertRefused("The file is a web page, not an alert. Save the alert itself (XML) and open that.")
    if start.startswith("<!doctype"):
        raise AlertRefused("The file has a document type (DOCTYPE). Alerts need none, and for safety none is read.")
    if not start.startswith("<"):
        raise AlertRefused("The file is not XML. An alert is an XML file of the Common Alerting Protocol (CAP).")


def _parse(text: str) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    data = text.encode("utf-8")
    depth = elements = 0
    try:
        # In slices, so that a file that is too deep or too full is dropped before all of it has become a tree.
        for at in range(0, len(data), 16384):
            parser.feed(data[at : at + 16384])
            for event, _element in parser.read_events():
                depth += 1 if event == "start" else -1
                elements += event == "start"
                _check(depth, elements)
        root: etree._Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error, text) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise AlertRefused("The file has a document type (DOCTYPE). Alerts need none, and for safety none is read.")
    return root


def _check(depth: int, elements: int) -> None:
    if depth > MAX_DEPTH:
        raise _too_deep()
    if elements > MAX_ELEMENTS:
        raise AlertRefused(f"The file has more than {MAX_ELEMENTS:,} elements, more than an alert is read with.")


def _too_deep() -> AlertRefused:
    return AlertRefused(f"The file nests elements more than {MAX_DEPTH} deep. No alert does; it is not read.")


# libxml2's numbers for: an element that never ends, more than the parser's own depth.
_UNFINISHED, _EXCESSIVE_DEPTH = 77, 114


def _not_well_formed(error: etree.XMLSyntaxError, text: str) -> AlertRefused:
    code = getattr(error, "code", 0)
    line = error.position[0]
    if code == _EXCESSIVE_DEPTH:
        return _too_deep()
    if code == _UNFINISHED or (not text.rstrip().endswith(">") and line > text.rstrip().count("\n")):
        return AlertRefused(f"The file breaks off in line {line}, before the alert ends. Ask for the whole file.")
    # Only the parser's first words: it may go on to quote the file.
    reason = str(error.msg).split(", line ")[0].splitlines()[0][:100]
    return AlertRefused(f"The file is not well-formed XML: line {line}: {reason}.")
