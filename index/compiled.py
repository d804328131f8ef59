"""Models compiled for this CPU by OpenVINO: made once from the model's folder, kept by what is in it.

A compiled model runs with numpy, tokenizers and openvino alone; importing torch and transformers costs seconds, which
only the first use of a model pays.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.halves import half_of
from index.hashes import file_digest
from index.quantized import FORM, RANGES_FILE, quantize, read_ranges, shrink_tables
from index.settings import (
    multiplies_bytes,
    slow_in_bf16,
    threads,
    wanted_device,
    wanted_engine,
    wanted_precision,
)

logger = logging.getLogger("kutip")

TOOLS, TELEMETRY = "openvino.tools.ovc", "openvino_telemetry"
THREADS_A_STREAM = 4  # that share a batch, at the least
OTHER_LENGTH, TOLERANCE = 48, 0.01  # tokens with which a converted model is tried; of the largest number it gives

Array = npt.NDArray[Any]
Export = Callable[[], tuple[Any, Mapping[str, Any]]]  # a torch module and an example of its inputs


class Compiled:
    """A compiled model; call it with batches of inputs by name, each (n, t). Safe to use from several threads.

    The cores work on one batch together, so that a lone text is done soonest; with many cores several groups of them
    work on a batch each. Batches of several callers wait in one line.
    """

    def __init__(self, model: Any, streams: int = 1) -> None:
        self.streams = streams
        self._model = model
        self._requests = local()
        self.inputs = tuple(port.get_any_name() for port in model.inputs)

    def __call__(self, batches: Sequence[Mapping[str, Array]]) -> Iterator[list[Array]]:
        """The outputs of each batch, float32, one after another: whoever takes them need not hold all."""
        return self._line.map(self._infer, batches)

    @cached_property
    def _line(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.streams, thread_name_prefix="kutip-model")

    def _infer(self, inputs: Mapping[str, Array]) -> list[Array]:
        if not hasattr(self._requests, "own"):
            self._requests.own = self._model.create_infer_request()
        result = self._requests.own.infer({name: inputs[name] for name in self.inputs})
        return [np.array(result[port], dtype=np.float32) for port in self._model.outputs]


_compiling = Lock()


def compiled(folder: Path | None, kind: str, export: Export, cache: Path) -> Compiled | None:
    """The model in ``folder`` compiled, by ``export`` when that was not done before; None when torch is to be used.

    ``kind`` names what is exported. Falls back to torch with one line in the log, unless openvino was asked for by
    name: then ModelError.
    """
    engine, _ = wanted_engine(), wanted_precision()
    if wanted_device() != "cpu":
        if engine == "openvino":
            raise ModelError("the openvino engine runs on the CPU; leave --engine or --device away")
        return None
    if engine == "torch" or (engine == "auto" and (folder is None or find_spec("openvino") is None)):
        return None
    try:
        if folder is None:
            raise ModelError("the openvino engine takes model folders, not names; download the model first")
        with _compiling:  # others in this process wait for what is exported, but load what is there side by side
            path = exported(folder, kind, export, cache)
        with suppress(RuntimeError):
            return read(path, cache)
        with _compiling:  # it was damaged since: it could be read when it was made
            shutil.rmtree(path.parent, ignore_errors=True)
            path = exported(folder, kind, export, cache)
        return read(path, cache)
    except Exception as error:
        why = str(error).strip().split("\n")[0][:200]
        if engine == "openvino":
            raise ModelError(f"{folder} cannot be compiled by OpenVINO ({why}); use --engine torch") from error
        logger.warning("OpenVINO cannot compile %s (%s): torch is used, which is slower", folder, why)
        return None


def exported(folder: Path, kind: str, export: Export, cache: Path) -> Path:
    """The model's OpenVINO file, made when it is not there yet. Two processes may do so at once."""
    openvino = runtime()
    rounded = in_bytes() and (folder / RANGES_FILE).is_file()
    form = f"-{FORM}" if rounded else ""
    target = cache / "openvino" / f"{content_hash(folder)}-{kind}-{openvino.__version__.split('-')[0]}{form}"
    # Also where the model is there: what was killed is seldom that old when it is made again.
    passing = half_of(target, folder=True)
    if not (target / "model.bin").exists() or not (target / "model.xml").exists():
        try:
            passing.mkdir(parents=True, exist_ok=True)
        except OSError as error:  # told before it takes its time
            raise ModelError(
                f"{cache} cannot be written: {error.strerror}; on Linux $XDG_CACHE_HOME names another place"
            ) from error
        try:
            logger.warning("compiling %s for this CPU, once…", folder.name)
            model = converted(export)
            if rounded:
                quantize(model, read_ranges(folder))
                shrink_tables(model)
            openvino.save_model(model, passing / "model.xml", compress_to_fp16=True)
            try:
                passing.rename(target)
            except OSError:  # another process was quicker, or there is half of one
                if not (target / "model.bin").exists():
                    shutil.rmtree(target, ignore_errors=True)
                    passing.rename(target)
        finally:
            shutil.rmtree(passing, ignore_errors=True)
    return target / "model.xml"


def converted(export: Export) -> Any:
    """What ``export`` gives as a model of OpenVINO."""
    openvino = runtime()
    root = logging.getLogger()
    level, filters, handlers = root.level, list(root.filters), list(root.handlers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch

            module, example = export()
            with torch.no_grad():
                model = openvino.convert_model(module, example_input=dict(example))
                confirm(model, module, example)
            return model
    finally:  # it takes the log for its own, and keeps it when it fails
        root.setLevel(level)
        root.filters, root.handlers = filters, handlers


def confirm(model: Any, module: Any, example: Mapping[str, Any]) -> None:
    """Raise ModelError where a converted model says something else than the module that was traced.

    What tracing takes for a constant (Longformer pads to its window) shows with a batch of other lengths only.
    """
    import torch

    length = min(OTHER_LENGTH, positions_of(module.inner.config.to_dict(), OTHER_LENGTH))
    lengths = torch.tensor([length, length - 5, length // 2])
    ids = torch.arange(len(lengths) * length).reshape(len(lengths), length) % 4 + 2
    mask = (torch.arange(length) < lengths[:, None]).long()
    batch = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    own = {name: batch[name] for name in example}
    ready = Compiled(runtime().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}))
    if not set(ready.inputs) <= set(own):
        raise ModelError(f"it wants {', '.join(ready.inputs)}")
    (found,) = ready([{name: values.numpy() for name, values in own.items()}])
    for ours, theirs in zip(found, module(**own), strict=True):
        wanted = theirs.numpy()
        if not np.allclose(ours[mask == 1], wanted[mask == 1], atol=TOLERANCE * float(np.abs(wanted).max())):
            raise ModelError("compiled it says something else")


@cache
def runtime() -> Any:
    """OpenVINO, ready to be used from several threads, its tools of conversion left for when they are wanted.

    Importing those takes longer than OpenVINO itself, and their telemetry tells Google Analytics of every conversion,
    unasked. Each does without what it cannot import.
    """
    loaded = "openvino" in sys.modules
    with hidden(TOOLS):
        openvino: Any = import_module("openvino")

    def wanted(name: str) -> Any:
        if name != "convert_model":
            raise AttributeError(f"module 'openvino' has no attribute {name!r}")
        with hidden(TELEMETRY):
            return import_module(TOOLS).convert_model

    if not loaded:
        openvino.__getattr__ = wanted  # others in this process may convert, too (PEP 562)
    # Its tables of types are made at their first use, under a lock of C++ that does not let go of Python's: two threads
    # that came first at once waited for each other for ever.
    openvino.Tensor(np.zeros(1, dtype=np.int64)).data.sum()
    return openvino


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Meanwhile a module cannot be imported, unless it was before: None in its place says so (`sys.modules`)."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def in_bytes() -> bool:
    """Whether models that know their ranges are to run in eight bits: where the CPU gains by it, or when asked for."""
    wanted = wanted_precision()
    return wanted == "int8" or (wanted == "auto" and multiplies_bytes())


def traceable(auto_class: Any, folder: str, outputs: Sequence[str]) -> tuple[Any, Mapping[str, Any]]:
    """A model of transformers as a torch module that takes its inputs in order, with an example of them."""
    import torch
    from transformers import AutoTokenizer

    inner = auto_class.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,  # left unsaid, whoever sits at the terminal would be asked
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    typed = "token_type_ids" in tokenizer.model_input_names

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

    class Plain(Model):
        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            result = self.inner(input_ids=input_ids, attention_mask=attention_mask)
            return tuple(result[name] for name in outputs)

    class Typed(Model):
        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            result = self.inner(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
            return tuple(result[name] for name in outputs)

    ids = torch.arange(16).reshape(2, 8) % 4 + 2
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return (Typed(), example | {"token_type_ids": torch.zeros_like(ids)}) if typed else (Plain(), example)


def read(path: Path, cache: Path) -> Compiled:
    """Load a model file and prepare it for this CPU; what is prepared is kept, too."""
    core = runtime().Core()
    streams = max(1, threads() // THREADS_A_STREAM)
    settings: dict[str, Any] = {
        "CACHE_DIR": str(cache / "openvino" / "prepared"),
        "INFERENCE_NUM_THREADS": threads(),
        "NUM_STREAMS": streams,
    }
    wanted = wanted_precision()
    if wanted in ("f32", "bf16") or slow_in_bf16():
        settings["INFERENCE_PRECISION_HINT"] = "bf16" if wanted == "bf16" else "f32"
    try:
        model = core.compile_model(str(path), "CPU", settings)
    except RuntimeError:  # another process may be writing right now what is prepared there
        del settings["CACHE_DIR"]
        model = core.compile_model(str(path), "CPU", settings)
    return Compiled(model, int(model.get_property("NUM_STREAMS")))


def content_hash(folder: Path) -> str:
    """The first 24 hexadecimal digits of a hash of a model's weights and configuration."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        if path.suffix == ".safetensors" or path.name in ("config.json", "modules.json"):
            digest.update(path.name.encode())
            digest.update(file_digest(path))
    return digest.hexdigest()[:24]


def positions_of(config: Mapping[str, Any], default: int) -> int:
    """How many tokens a model can tell the places of, by its configuration; ``default`` where that does not say.

    >>> positions_of({"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 256)
    512
    """
    positions = int(config.get("max_position_embeddings") or 0)
    if not positions:
        return default
    if config.get("model_type") in ("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert"):
        positions -= (config.get("pad_token_id") or 0) + 1  # theirs are counted from behind the padding's
    return positions


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; {} when there is no such file. Raises ModelError when it is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path} is no JSON object ({error}); copy the model anew") from error
