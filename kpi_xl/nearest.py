"""The one answer to a word that is not known: the words that it was probably meant for, and those that there are."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from kpi_xl.errors import Text

_NEAR, _LIKENESS = 3, 0.6
_SHORT, _LISTED = 12, 30
"""A list of so many words is shown beside the near ones; of a longer one so many, when none is near."""


def did_you_mean(word: str, known: Collection[str]) -> Text:
    """Return a remedy that names the nearest known words, or the known ones where there are few, or none is near.

    >>> print(did_you_mean("CSTA", ["csat", "fcr"]))
    是不是想写 csat？可用的有：csat、fcr
    """
    names = list(known)
    near = next(filter(None, (difflib.get_close_matches(w, names, _NEAR, _LIKENESS) for w in (word, word.lower()))), [])
    meant = Text(f"是不是想写 {'、'.join(near)}？", f"did you mean {', '.join(near)}?") if near else Text("", "")
    if near and (len(names) > _SHORT or len(near) == len(names)):
        return meant
    listed, more = names[:_LISTED], len(names) > _LISTED
    return Text(
        f"{meant.zh}可用的有：{'、'.join(listed) or '（无）'}" + (f" …共 {len(names)} 个" if more else ""),
        f"{meant.en} known: {', '.join(listed) or '(none)'}".strip() + (f" ... {len(names)} in all" if more else ""),
    )
