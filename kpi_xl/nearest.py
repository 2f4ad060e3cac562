"""The one answer to a word that is not known: the words that it was probably meant for, or those that there are."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from kpi_xl.errors import Text

_NEAR, _LIKENESS, _LISTED = 3, 0.5, 30


def did_you_mean(word: str, known: Collection[str]) -> Text:
    """Return a remedy that names the nearest known words, or, when none is near, the known ones (30 at most).

    >>> print(did_you_mean("CSTA", ["csat", "fcr"]), did_you_mean("x", ["csat", "fcr"]))
    是不是想写 csat？ 可用的有：csat、fcr
    """
    names = list(known)
    near = next(filter(None, (difflib.get_close_matches(w, names, _NEAR, _LIKENESS) for w in (word, word.lower()))), [])
    if near:
        return Text(f"是不是想写 {'、'.join(near)}？", f"did you mean {', '.join(near)}?")
    listed, more = names[:_LISTED], len(names) > _LISTED
    return Text(
        f"可用的有：{'、'.join(listed) or '（无）'}" + (f" …共 {len(names)} 个" if more else ""),
        f"known: {', '.join(listed) or '(none)'}" + (f" ... {len(names)} in all" if more else ""),
    )
