"""The compression of VBA projects (MS-OVBA 2.4.1): chunks of 4,096 bytes, each of literal bytes and of copies from within it.

Any choice of copies is valid; here each is the longest that the chunk offers.
"""

from __future__ import annotations

_CHUNK = 4096
_CONTAINER = 1  # the signature byte of a compressed container
_SIGNATURE = 0b011 << 12
_COMPRESSED = 1 << 15
_LEAST = 3  # the length of the shortest copy


def compress(data: bytes) -> bytes:
    """Return the compressed container of some bytes.

    Raises ValueError when the last piece is of 3,641 to 4,095 bytes and does not shrink: the format has no form for that (it
    would come back with zeros behind it). No text is like that.
    """
    return bytes([_CONTAINER]) + b"".join(_compressed_chunk(data[at : at + _CHUNK]) for at in range(0, len(data), _CHUNK))


def decompress(container: bytes) -> bytes:
    """Return what a compressed container holds. Raises ValueError for other bytes."""
    if not container or container[0] != _CONTAINER:
        raise ValueError("not a compressed container of a VBA project")
    found, at = bytearray(), 1
    while at + 2 <= len(container):
        head = int.from_bytes(container[at : at + 2], "little")
        if head & 0x7000 != _SIGNATURE:
            raise ValueError(f"no chunk begins at byte {at}")
        end = at + (head & 0x0FFF) + 3
        if end > len(container):
            raise ValueError(f"the chunk at byte {at} is cut short")
        body = container[at + 2 : end]
        found += _expanded_chunk(body) if head & _COMPRESSED else body
        at = end
    return bytes(found)


def _compressed_chunk(chunk: bytes) -> bytes:
    body = _tokens(chunk)
    if len(body) <= _CHUNK:
        return (len(body) - 1 | _SIGNATURE | _COMPRESSED).to_bytes(2, "little") + body
    if len(chunk) < _CHUNK:
        raise ValueError("bytes that do not shrink cannot end a compressed container")
    return (_CHUNK - 1 | _SIGNATURE).to_bytes(2, "little") + chunk


def _tokens(chunk: bytes) -> bytes:
    """Return the chunk as groups: a byte of flags, and up to eight tokens, each a literal byte or a copy."""
    body, group, flags, count, at = bytearray(), bytearray(), 0, 0, 0
    while at < len(chunk):
        back, length = _longest_copy(chunk, at)
        if length:
            bits = _length_bits(at)
            group += ((back - 1) << bits | length - _LEAST).to_bytes(2, "little")
            flags |= 1 << count
        else:
            group.append(chunk[at])
        at += length or 1
        count += 1
        if count == 8:
            body += bytes([flags]) + group
            group, flags, count = bytearray(), 0, 0
    return bytes(body + (bytes([flags]) + group if group else b""))


def _longest_copy(chunk: bytes, at: int) -> tuple[int, int]:
    """Return how far back the longest equal run begins, and its length (0: none worth a copy); it may reach beyond `at`."""
    most = min((1 << _length_bits(at)) - 1 + _LEAST, len(chunk) - at)
    start = length = 0
    while length < most:
        wanted = max(length + 1, _LEAST)
        found = chunk.rfind(chunk[at : at + wanted], 0, at + wanted - 1) if wanted <= most else -1
        if found < 0:
            break
        start, length = found, wanted
        while length < most and chunk[start + length] == chunk[at + length]:
            length += 1
    return at - start, length


def _length_bits(at: int) -> int:
    """Return how many of a copy's 16 bits hold its length: the further into the chunk, the more are needed for the distance."""
    return 16 - max(4, (at - 1).bit_length()) if at else 12


def _expanded_chunk(body: bytes) -> bytes:
    chunk, at = bytearray(), 0
    while at < len(body):
        flags = body[at]
        at += 1
        for place in range(8):
            if at >= len(body):
                break
            if flags >> place & 1:
                _copy(chunk, int.from_bytes(body[at : at + 2], "little"))
                at += 2
            else:
                chunk.append(body[at])
                at += 1
    return bytes(chunk)


def _copy(chunk: bytearray, token: int) -> None:
    bits = _length_bits(len(chunk))
    back, length = (token >> bits) + 1, (token & (1 << bits) - 1) + _LEAST
    if back > len(chunk):
        raise ValueError("a copy reaches before the beginning of its chunk")
    for _ in range(length):  # one by one: a copy may repeat what it has just written
        chunk.append(chunk[-back])
