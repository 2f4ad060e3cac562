"""How results go back to Calc, tried in LibreOffice's Python without LibreOffice: types, one object a content, nothing kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..conftest import require
from ..office import python_with_uno

_CODE = """
import gc, sys
sys.path.insert(0, sys.argv[1])
import uno, unohelper
from com.sun.star.sheet import XResultListener
from kpi_xl.calc.results import living_tables, to_uno

class Listener(unohelper.Base, XResultListener):
    def __init__(self):
        self.heard = []
    def modified(self, event):
        self.heard.append(event.Value)
    def disposing(self, event):
        pass

def heard(value):
    listener, table = Listener(), to_uno(value)
    table.addResultListener(listener)
    table.removeResultListener(listener)
    return listener.heard

# one cell: a number or a text, whatever it came as
assert [to_uno(one) for one in ("x", 3, 2.5, True, None, "")] == ["x", 3.0, 2.5, 1.0, "", ""]
assert all(type(to_uno(one)) is float for one in (3, True))
assert [to_uno(one) for one in ([["x"]], [[3]], [[None]], [], [[]])] == ["x", 3.0, "", "", ""]
# tables: told once, as they are
assert heard([["a", "b"], ["c", None]]) == [(("a", "b"), ("c", ""))]
assert heard([[1], [2.5]]) == [((1.0,), (2.5,))]
assert heard([["a", 1], ["b", 2]]) == [(("a", 1.0), ("b", 2.0))]
# one content, one object; like numbers and texts are two contents
first, same, other, texts = (to_uno(value) for value in ([[1, 2]], [[1.0, 2.0]], [[1, 3]], [["1", "2"]]))
assert first is same and first is not other and first is not texts
assert living_tables() == 3
del first, same, other, texts
gc.collect()
assert living_tables() == 0
"""


def test_results_have_types_and_are_shared_by_content(soffice: str) -> None:
    python = python_with_uno()
    require(python is not None, "LibreOffice's Python bridge (python3-uno) is not installed")
    root = Path(__file__).parents[2]
    done = subprocess.run([str(python), "-c", _CODE, str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
