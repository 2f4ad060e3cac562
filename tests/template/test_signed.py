"""A signed template: what is filled from it carries no signature, wherever its parts lie; everything else stays."""

from __future__ import annotations

import pytest

from kpi_xl.template import compile_template

from .books import draw, parts, repack

_KIND = "application/vnd.openxmlformats-package.digital-signature"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINK = f"{_RELATIONS}/digital-signature"


def _signed(folder: str = "_xmlsignatures", *, absolute: bool = True) -> bytes:
    """A template with an origin, a signature and its certificate, as Excel writes them (stand-ins for their content)."""
    source = draw({"A1": "{{ x }}", "A2": "y"})
    slash = "/" if absolute else ""
    types = (
        f'<Default Extension="sigs" ContentType="{_KIND}-origin"/><Override PartName="/{folder}/sig1.xml"'
        f' ContentType="{_KIND}-xmlsignature+xml"/><Default Extension="cer" ContentType="{_KIND}-certificate"/></Types>'
    )
    root = f'<Relationship Id="rIdS" Type="{_LINK}/origin" Target="{slash}{folder}/origin.sigs"/></Relationships>'
    changes = {"[Content_Types].xml": ("</Types>", types), "_rels/.rels": ("</Relationships>", root)}
    before = parts(source)
    changed = {name: before[name].replace(old.encode(), new.encode()) for name, (old, new) in changes.items()}
    link = f'<Relationship Id="rId1" Type="{_LINK}/signature" Target="sig1.xml"/>'
    links = f'<Relationships xmlns="{_RELATIONS}">{link}</Relationships>'.encode()
    own = {"origin.sigs": b"", "sig1.xml": b"<Signature/>", "_rels/origin.sigs.rels": links}
    return repack(source, {**changed, **{f"{folder}/{name}": data for name, data in own.items()}})


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("folder", ["_xmlsignatures", "_XmlSignatures", "package/services/digital-signature"])
def test_the_signature_goes_with_all_that_names_it(folder: str, absolute: bool) -> None:
    template = compile_template(_signed(folder, absolute=absolute))
    assert template.signed
    for value in (1, "z"):
        out = parts(template.render({"x": value}))
        named = {name for name, data in out.items() if b"digital-signature" in data}
        left = {name for name in out if name.lower().endswith((".sigs", "sig1.xml"))}
        assert named | left == set()


def test_a_template_without_a_signature_keeps_its_relations_and_types() -> None:
    source = draw({"A1": "x", "A2": "y"})
    template = compile_template(source)
    assert not template.signed
    assert parts(template.render({})) == parts(source)
