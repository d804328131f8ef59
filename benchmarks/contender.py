"""Contenders: an environment of its own for each, and a process that is asked one thing at a time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE / "peers"
OWN = ("kutip", "plain")  # run in the project's own environment: all that they need is there
SETTINGS = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}


class Absent(Exception):
    """A contender that can't be had here, and why."""


def environment(name: str, folder: Path) -> Path:
    """The Python of a contender, its packages installed at the first time. Raises Absent."""
    if name in OWN:
        return Path(sys.executable)
    wanted = PEERS / f"{name}.txt"
    home, stamp = folder / name, hashlib.sha256(wanted.read_bytes()).hexdigest()
    python, done = home / "bin" / "python", home / ".installed"
    if not done.is_file() or done.read_text() != stamp:
        print(f"  installing {name} into {home}, once…", flush=True)
        try:
            if not python.exists():
                subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True, timeout=120)
            command = [python, "-m", "pip", "install", "--quiet", "-r", wanted]
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", None) or str(error)
            raise Absent(f"{name} cannot be installed: {str(said).strip().splitlines()[-1][:200]}") from error
        done.write_text(stamp)
    return python


class Contender:
    """A running contender; `call` returns (result, seconds as it measured them)."""

    def __init__(self, name: str, folder: Path, models: Path) -> None:
        self.name = name
        python = environment(name, folder)
        self.process = subprocess.Popen(
            [python, PEERS / f"{name}_peer.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | SETTINGS,
        )
        try:
            self.call("load", models=str(models))
        except Absent:
            self.close()
            raise

    def call(self, operation: str, **given: Any) -> tuple[Any, float]:
        try:
            self.process.stdin.write(json.dumps({"op": operation, **given}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError as error:
            raise Absent(f"{self.name} ended at {operation}") from error
        if not line:
            raise Absent(f"{self.name} ended at {operation}")
        reply = json.loads(line)
        if "error" in reply:
            raise Absent(f"{self.name} cannot {operation}: {reply['error']}")
        return reply["result"], reply["seconds"]

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def started(names: tuple[str, ...], folder: Path, models: Path, absent: dict[str, str]) -> dict[str, Contender]:
    """Those of the contenders that can be had; the others' reasons go into ``absent``."""
    found = {}
    for name in names:
        if name in absent:
            continue
        try:
            found[name] = Contender(name, folder, models)
        except Absent as error:
            absent[name] = str(error)
            print(f"  {error}", flush=True)
    return found
