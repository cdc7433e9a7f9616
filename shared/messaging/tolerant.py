"""Header names that are not UTF-8: read leniently, because aiokafka cannot read past them.

The protocol allows any bytes in a header's name and brokers store them. aiokafka 0.14 decodes names strictly: the fetch
raises, nothing is skipped, and the partition stands still for ever, out of reach of any handler or middleware. Here
such a batch is read a second time with names escaped, and what is malformed about the record is found where it is for
all others. Only a batch that fails pays for it.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


class _Lenient(bytearray):
    """Bytes of which every part decodes."""

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - as bytearray has it
        found = super().__getitem__(index)
        return _Lenient(found) if isinstance(index, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - never strict, see above
        return super().decode(encoding, "backslashreplace")


class _Batch:
    """A batch of records that is read again, leniently, from where the fast reader stopped."""

    def __init__(self, fast: Any, raw: memoryview) -> None:  # noqa: ANN401 - aiokafka ships no types
        self._fast = fast
        self._raw = raw

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the batch has
        return getattr(self._fast, name)

    def __next__(self) -> Any:  # noqa: ANN401 - aiokafka reads a control batch so
        return next(self._fast)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._fast:
                read += 1
                yield record
        except (UnicodeDecodeError, CorruptRecordException):
            slow = _DefaultRecordBatchPy(self._raw)
            slow._maybe_uncompress()  # noqa: SLF001 - no public way in
            slow._buffer = _Lenient(slow._buffer)  # noqa: SLF001
            yield from itertools.islice(slow, read, None)


class _Records(_MemoryRecordsPy):  # type: ignore[misc] # aiokafka ships no types
    def next_batch(self) -> Any:  # noqa: ANN401 - as its base
        raw = self._next_slice
        batch = super().next_batch()
        return batch if raw is None or batch is None or raw[self.MAGIC_OFFSET] < 2 else _Batch(batch, raw)


def read_leniently() -> None:
    """Let every consumer of this process read header names leniently."""
    fetcher.MemoryRecords = _Records
