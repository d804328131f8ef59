"""The real Milvus server of the PyPI package `milvus`, started for tests: ``python tests/milvus_server.py COMMAND…``.

It listens on all interfaces and can't be told otherwise, so it runs in a network namespace of its own that has
nothing but a loopback, together with the command, which finds it in $KUTIP_TEST_MILVUS. The server is a binary that
the package unpacks; the package's own script is not used: on SIGTERM it would leave the server behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from serving import free_port

PYTHON = "KUTIP_MILVUS_PYTHON"  # the interpreter of the environment that has the package
ISOLATED = "KUTIP_MILVUS_ISOLATED"
CONTROL = "KUTIP_MILVUS_CONTROL"  # a folder: by files in it a test has the server killed and started
STARTED = 180.0  # seconds
SETTINGS = ("proxy", "rootCoord", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode")
UNPACK = """
import json, sys
from milvus import MilvusServer, _initialize_data_files
server = MilvusServer()
server.set_base_dir(sys.argv[1])
for name in sys.argv[2].split(","):
    server.config.set(name + ".ip", "127.0.0.1")
server.config.set("proxy.timeTickInterval", "20")
for key, value in json.loads(sys.argv[3]).items():
    server.config.set(key, value)
server.config.resolve()
_initialize_data_files(sys.argv[1])
print(server.config.get("proxy_port"))
"""
# Its ports are fixed else, and two servers could not run side by side.
ETCD = """
name: default
listen-peer-urls: http://127.0.0.1:{0}
initial-advertise-peer-urls: http://127.0.0.1:{0}
initial-cluster: default=http://127.0.0.1:{0}
listen-client-urls: http://127.0.0.1:{1}
advertise-client-urls: http://127.0.0.1:{1}
"""


class Server:
    """One server with its data in a folder. It can be killed and started again on the same data."""

    def __init__(self, folder: Path, metrics: int = 9091, **settings: object) -> None:
        """``settings`` of its configuration, as the package calls them."""
        self.folder = folder
        self.metrics = metrics
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "etcd.yaml").write_text(ETCD.format(free_port(), free_port()))
        python = os.environ.get(PYTHON, sys.executable)
        done = subprocess.run(
            [python, "-c", UNPACK, str(folder), ",".join(SETTINGS), json.dumps(settings)],
            check=True,
            capture_output=True,
            text=True,
        )
        self.address = f"127.0.0.1:{done.stdout.strip()}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        environment = os.environ | {
            "DEPLOY_MODE": "STANDALONE",
            "ETCD_CONFIG_PATH": str(self.folder / "etcd.yaml"),
            "METRICS_PORT": str(self.metrics),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": str(self.folder / "bin"),
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.folder / "bin" / "milvus"), "run", "standalone"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + STARTED
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"the Milvus server ended with {self.process.returncode}; see {self.folder}/server.log"
                )
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/healthz", timeout=2) as reply:
                    if b"OK" in reply.read():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.3)
        raise RuntimeError(f"the Milvus server was not ready within {STARTED:.0f} s; see {self.folder}/server.log")

    def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing is tidied."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def killed_and_started() -> Iterator[None]:
    """Kill the server that `main` runs; it is started again when the block ends."""
    control = Path(os.environ[CONTROL])
    asked, done = control / "kill", control / "killed"
    asked.touch()
    while not done.exists():
        time.sleep(0.05)
    try:
        yield
    finally:
        done.unlink()  # `main` starts it again


def obey(server: Server, control: Path, command: subprocess.Popen[bytes]) -> int:
    """Kill and start the server when the command asks for it, until that ends."""
    while command.poll() is None:
        if (control / "kill").exists():
            (control / "kill").unlink()
            server.kill()
            (control / "killed").touch()
            while (control / "killed").exists() and command.poll() is None:
                time.sleep(0.05)
            server.start()
        time.sleep(0.05)
    return command.returncode


def main(command: list[str]) -> int:
    """Run a command beside a server; the command's exit code."""
    if not os.environ.get(ISOLATED):
        os.environ[ISOLATED] = "1"
        alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        up = 'ip link set lo up && exec "$0" "$@"'
        os.execvp(alone[0], [*alone, "sh", "-c", up, sys.executable, __file__, *command])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server must not be left behind
    with TemporaryDirectory(prefix="kutip-milvus-") as folder:
        server = Server(Path(folder))
        server.start()
        try:
            settings = {"KUTIP_TEST_MILVUS": server.address, CONTROL: folder}
            with subprocess.Popen(command, env=os.environ | settings) as running:
                try:
                    return obey(server, Path(folder), running)
                finally:
                    running.terminate()
        finally:
            server.kill()  # nothing of it is kept, and in good order it takes long


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
