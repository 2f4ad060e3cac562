"""Decide the encoding of a text export, or refuse: a file that is read with the wrong one would be garbled without a sign."""

from __future__ import annotations

import codecs
from pathlib import Path

from kpi_xl.errors import KpiError, shown_name
from kpi_xl.exports.columns.vocabulary import header_words, vocabulary
from kpi_xl.exports.files.guard import refuse

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 1 << 20
_COMMON_SHARE = 0.8
"""In real Chinese text nearly all characters belong to the 3,755 commonest of GB 2312; in text of another encoding that happens
to decode as GB18030, about half do."""


def detect_encoding(path: Path) -> str:
    """Return ``utf-8``, ``utf-8-sig``, ``utf-16``, ``utf-16-le``, ``utf-16-be`` or ``gb18030``.

    Byte order mark first, then strict UTF-8, then the zero bytes of UTF-16, then strict GB18030 that also looks like Chinese.
    Raises KpiError when none fits: the user is asked to name it in the mapping file.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            raise _unknown(path)
        for bom, name in _BOMS:
            if head.startswith(bom):
                return name
        if head[:4096].count(0) * 20 > len(head[:4096]):
            return _utf16(path, head)
        while head.isascii() and (more := file.read(_HEAD)):  # a first Chinese character may come late
            head = more
    if _decodes(head, "utf-8"):
        return "utf-8"
    text = _decode_head(head, "gb18030")
    if text is None or not _looks_chinese(text):
        raise _unknown(path)
    return "gb18030"


def _unknown(path: Path) -> KpiError:
    entry = f'[[export]]\nfile = "{shown_name(path)}"\nencoding = "gb18030"'
    return refuse(
        path,
        "认不出文字编码，为免乱码没有读取",
        "the text encoding cannot be told; it was not read, lest it be garbled",
        f"请在 Excel 中另存为“CSV UTF-8”，或在映射文件中写明：\n{entry}",
        f'save it as "CSV UTF-8" in Excel, or name it in the mapping file:\n{entry}',
    )


def _decodes(head: bytes, encoding: str) -> bool:
    return _decode_head(head, encoding) is not None


def _decode_head(head: bytes, encoding: str) -> str | None:
    """Decode strictly; a character cut off at the very end does not count. The first bytes may be inside a character only
    when the head is not the file's beginning, which UTF-8 and GB18030 both recover from at the next line."""
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1 or len(head)]
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(head, final=len(head) < _HEAD and head[-1:] == b"\n")
    except UnicodeDecodeError:
        return None


def _utf16(path: Path, head: bytes) -> str:
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    name = "utf-16-le" if odd >= even else "utf-16-be"
    text = _decode_head(head[: len(head) // 2 * 2], name)
    if text is None or "\0" in text or not any(c in text for c in ",\t;|\n") or not _looks_like_words(text):
        raise _unknown(path)
    return name


def _looks_like_words(text: str) -> bool:
    sample = text[:20_000]
    odd = sum(
        1
        for c in sample
        if not (c.isascii() or "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef")
    )
    return odd <= 0.1 * len(sample)


def _looks_chinese(text: str) -> bool:
    sample = [c for c in text[:200_000] if not c.isascii()]
    if not sample:
        return True
    common = sum(1 for c in sample if _is_common(c))
    if common >= _COMMON_SHARE * len(sample):
        return True
    first = [cell for line in text.splitlines()[:5] for cell in line.replace("\t", ",").replace(";", ",").split(",")]
    words = {w for cell in first if not cell.isascii() for w in header_words(cell.strip('" '))}
    return len(words & vocabulary().strong) >= 2


def _is_common(character: str) -> bool:
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3)
