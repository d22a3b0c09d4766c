# SPDX-License-Identifier: MIT
"""Generates the Python modules of proto/*.proto and makes them importable."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate(folder):
    """Writes wire_pb2.py and the others into `folder`."""
    source = ROOT / "proto"
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["protoc", f"-I{source}", f"--python_out={folder}",
         *sorted(source.glob("*.proto"))],
        check=True, timeout=60)
    sys.path.insert(0, str(folder))
