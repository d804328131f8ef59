"""How models are run, as the environment says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import ModelError

ENGINE_VARIABLE = "KUTIP_ENGINE"
PRECISION_VARIABLE = "KUTIP_PRECISION"
THREADS_VARIABLE = "KUTIP_THREADS"
DEVICE_VARIABLE = "KUTIP_DEVICE"
SAFE_PATH_VARIABLE = "PYTHONSAFEPATH"  # Python's own
DEVICES = ("cpu", "cuda")
ENGINES = ("auto", "openvino", "torch")
CPU_FILE = Path("/proc/cpuinfo")
PRECISIONS = ("auto", "f32", "bf16", "int8")


def wanted_engine() -> str:
    """The engine by $KUTIP_ENGINE: auto, openvino or torch. Raises ModelError for another."""
    name = os.environ.get(ENGINE_VARIABLE, "").lower() or "auto"
    if name not in ENGINES:
        raise ModelError(f"there is no engine {name!r}; choose one of {', '.join(ENGINES)}")
    return name


def wanted_precision() -> str:
    """The precision by $KUTIP_PRECISION: auto, f32, bf16 or int8. Raises ModelError for another."""
    name = os.environ.get(PRECISION_VARIABLE, "").lower() or "auto"
    if name not in PRECISIONS:
        raise ModelError(f"there is no precision {name!r}; choose one of {', '.join(PRECISIONS)}")
    return name


def multiplies_bytes() -> bool:
    """Whether this CPU has instructions for sums of products of bytes (VNNI or AMX); without them these saturate.

    Known on Linux only.
    """
    return bool({"avx512_vnni", "avx_vnni", "amx_int8"} & cpu_words())


def slow_in_bf16() -> bool:
    """Whether this CPU knows bf16, but multiplies no more numbers of it at a time than of float32.

    So Intel's AVX-512 without AMX, as virtual machines have it: the reader took 78 ms a window in bf16, 49 in float32.
    """
    words = cpu_words()
    return {"GenuineIntel", "avx512_bf16"} <= words and "amx_bf16" not in words


def cpu_words() -> set[str]:
    """What Linux says of the CPU, its maker and flags among it; nothing elsewhere."""
    try:
        return set(CPU_FILE.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return set()


def wanted_device() -> str:
    """Where models run by $KUTIP_DEVICE: cpu or cuda, which means torch in half precision. Raises ModelError for
    another."""
    name = os.environ.get(DEVICE_VARIABLE, "").lower() or "cpu"
    if name not in DEVICES:
        raise ModelError(f"there is no device {name!r}; choose one of {', '.join(DEVICES)}")
    return name


def usable_device() -> str:
    """The wanted device; imports torch. Raises ModelError when it is not there."""
    import torch

    name = wanted_device()
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("torch finds no CUDA device; leave --device away, or install a CUDA build of torch")
    return name


def threads() -> int:
    """How many threads a model may use: $KUTIP_THREADS, else one on each core that it may run on, at most eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked_threads() or max(1, min(8, cores))


def asked_threads() -> int:
    """How many threads $KUTIP_THREADS asks for; 0 where it does not tell."""
    asked = os.environ.get(THREADS_VARIABLE, "")
    return int(asked) if asked.isdecimal() else 0


def use_threads() -> None:
    """Let torch use $KUTIP_THREADS threads, else half of `threads`, as more only wait for each other."""
    import torch

    torch.set_num_threads(asked_threads() or max(1, threads() // 2))


@contextmanager
def safe_path() -> Iterator[None]:
    """Python processes that are started inside import nothing from the folder one is in, as ``python -P``.

    Those of `multiprocessing` look there first, and a folder of downloads may hold a pickle.py that nobody vouched for.
    """
    before = os.environ.get(SAFE_PATH_VARIABLE)
    os.environ[SAFE_PATH_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH_VARIABLE]
        else:
            os.environ[SAFE_PATH_VARIABLE] = before


def cache_folder() -> Path:
    """Where what can be made again is kept between runs."""
    from platformdirs import user_cache_path

    return user_cache_path("kutip", appauthor=False)
