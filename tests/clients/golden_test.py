# SPDX-License-Identifier: MIT
"""Reads and writes the golden vectors of tests/unit/proto/golden.txt.

    golden_test.py BUILD_FOLDER
"""

import sys
import unittest

from schemas import ROOT, generate

generate(sys.argv.pop())
import events_pb2  # noqa: E402
import memory_pb2  # noqa: E402
import services_pb2  # noqa: E402
import wire_pb2  # noqa: E402
from google.protobuf import text_format  # noqa: E402

MODULES = wire_pb2, events_pb2, memory_pb2, services_pb2
GOLDEN = ROOT / "tests/unit/proto/golden.txt"


def vectors():
    """(name, message class, text format, bytes) of each vector."""
    lines = iter(GOLDEN.read_text().splitlines())
    for line in lines:
        if line.startswith("= "):
            _, name, kind = line.split()
            module = next(m for m in MODULES if hasattr(m, kind))
            text = next(lines).removeprefix("# ")
            yield name, getattr(module, kind), text, bytes.fromhex(next(lines))


def part(stamp, first, last):
    """The fields of a stamp with numbers from first to last."""
    some = wire_pb2.Stamp()
    some.CopyFrom(stamp)
    for described, _ in stamp.ListFields():
        if not first <= described.number <= last:
            some.ClearField(described.name)
    return some.SerializeToString()


def encode(message):
    """In field order; a stamp in three parts, as the file's head says."""
    if isinstance(message, wire_pb2.Stamp):
        return (part(message, 6, 99) + part(message, 1, 5)
                + part(message, 100, 1 << 29))
    return message.SerializeToString()


class Golden(unittest.TestCase):
    def test_every_vector_reads_and_writes_the_same_bytes(self):
        names = []
        for name, kind, text, data in vectors():
            with self.subTest(name):
                expected = text_format.Parse(text, kind())
                self.assertEqual(kind.FromString(data), expected)
                self.assertEqual(encode(kind.FromString(data)), data)
                self.assertEqual(encode(expected), data)
            names.append(name)
        self.assertGreaterEqual(len(names), 29)
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
