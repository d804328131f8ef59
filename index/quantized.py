"""Linear layers in eight bits: activations by the ranges that were measured for them, weights by their own.

The ranges lie beside a model's weights (``training.measure_ranges`` writes them), so that a user's machine needs
neither data nor a second copy of the weights. A model without them runs as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RANGES_FILE = "activation_ranges.safetensors"
FORM = "int8.3"  # what a compiled model's folder ends with: raised when the same ranges give another model
LARGE_TABLE = 4096  # rows
SMOOTHING = 0.85  # how much of the activations' unevenness the weights take over, 0..1


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest activation of each of a layer's channels, (d,), and the channels kept in full."""

    low: Floats
    high: Floats
    apart: npt.NDArray[np.int64]


Ranges = Mapping[str, Range]  # by layer


def read_ranges(folder: Path) -> Ranges:
    """What was measured for the model in ``folder``; {} when nothing was.

    The file holds a tensor (2, d) for each layer, or (3, d), whose last row says what is kept in full.
    """
    from safetensors.numpy import load_file

    if not (folder / RANGES_FILE).is_file():
        return {}
    stored = load_file(folder / RANGES_FILE)
    return {
        name: Range(rows[0].astype(np.float32), rows[1].astype(np.float32), np.flatnonzero(rows[2:].any(axis=0)))
        for name, rows in stored.items()
    }


def smoothing(low: Floats, high: Floats, weights: Floats) -> Floats:
    """By what each channel (d,) is divided before it is rounded, and its weights (n, d) multiplied.

    SmoothQuant (Xiao et al. 2023): channels with large activations pass a share of their size on to the weights.

    >>> one = np.ones(2, dtype=np.float32)
    >>> smoothing(-one, np.array([1, 4], dtype=np.float32), np.ones((3, 2), dtype=np.float32)).round(2).tolist()
    [1.0, 3.25]
    """
    active = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-5)
    heavy = np.maximum(np.abs(weights).max(axis=0), 1e-5)
    return np.asarray(active**SMOOTHING / heavy ** (1 - SMOOTHING), dtype=np.float32)


def levels(low: float, high: float) -> tuple[float, float]:
    """The range widened so that 0 is one of its 256 levels.

    >>> levels(0.0, 255.0)
    (0.0, 255.0)
    >>> levels(-0.6, 254.4)
    (-1.0, 254.0)
    """
    low, high = min(low, 0.0), max(high, low + 1e-6, 0.0)
    step = (high - low) / 255
    zero = round(-low / step)
    return -zero * step, (255 - zero) * step


def rounded(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Weights (n, d) as whole numbers of -127..127 and the step of each row, (n, 1).

    >>> whole, step = rounded(np.array([[0.5, -1.0], [0.0, 0.0]], dtype=np.float32))
    >>> whole.tolist(), (whole * step).round(2).tolist()
    ([[64, -127], [0, 0]], [[0.5, -1.0], [0.0, 0.0]])
    """
    step = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12) / 127
    return np.round(weights / step).astype(np.int8), step.astype(np.float32)


def quantize(model: Any, ranges: Ranges) -> int:
    """Put eight bits into every linear layer of an OpenVINO model whose ranges are known; how many these are.

    Layers that read the same activations share their rounding. Channels apart are left out of it and multiplied beside
    it in full: a single one that is ten times as large as the others would cost these their precision (the
    decomposition of LLM.int8(): Dettmers et al. 2022, arXiv:2208.07339).
    """
    from openvino import opset13 as ops

    readers: dict[tuple[str, int], list[tuple[Any, Floats, str]]] = defaultdict(list)
    for node in model.get_ordered_ops():
        name = node.get_friendly_name().partition("/")[0].removeprefix("__module.inner.")
        if node.get_type_name() != "MatMul" or name not in ranges:
            continue
        weights = constant(node.input_value(1))
        if weights is None or not node.get_attributes()["transpose_b"]:
            continue
        source = node.input_value(0)
        readers[source.get_node().get_friendly_name(), source.get_index()].append((node, weights, name))
    for layers in readers.values():
        own = ranges[layers[0][2]]
        apart = own.apart
        low, high = without(own.low, apart), without(own.high, apart)
        rest = [without(weights, apart) for _, weights, _ in layers]
        shares = smoothing(low, high, np.concatenate(rest))
        least, most = levels(float((low / shares).min()), float((high / shares).max()))
        bounds = [ops.constant(np.float32(bound)) for bound in (least, most)]
        source = layers[0][0].input_value(0)
        smoothed = ops.multiply(source, ops.constant((1 / shares).reshape(1, 1, -1)))
        activations = ops.fake_quantize(smoothed, *bounds, *bounds, 256)
        for (node, weights, _), kept in zip(layers, rest, strict=True):
            if len(apart):
                targets = node.output(0).get_target_inputs()
                few = ops.gather(source, ops.constant(apart), ops.constant(np.int64(2)))
                product = ops.matmul(few, ops.constant(weights[:, apart]), False, True)
                total = ops.add(node.output(0), product)
                for target in targets:
                    target.replace_source_output(total.output(0))
            whole, step = rounded(kept * shares)
            node.input(0).replace_source_output(activations.output(0))
            node.input(1).replace_source_output(
                ops.multiply(ops.convert(ops.constant(whole), np.float32), ops.constant(step)).output(0)
            )
    return sum(map(len, readers.values()))


def without(values: Floats, apart: npt.NDArray[np.int64]) -> Floats:
    """Values (..., d) with 0 for the channels that are multiplied apart.

    >>> without(np.ones((1, 3), dtype=np.float32), np.array([1])).tolist()
    [[1.0, 0.0, 1.0]]
    """
    kept = values.copy()
    kept[..., apart] = 0
    return kept


def shrink_tables(model: Any) -> int:
    """Keep large tables of embeddings in eight bits, each row with its step; how many these are.

    OpenVINO would keep them in float32 as soon as a model has rounded layers, which is four times as much.
    """
    from openvino import opset13 as ops

    shrunk = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Gather":
            continue
        table = constant(node.input_value(0))
        if table is None or len(table) < LARGE_TABLE:
            continue
        whole, step = rounded(table)
        which, axis = node.input_value(1), ops.constant(np.int64(0))
        rows, steps = (ops.gather(ops.constant(part), which, axis) for part in (whole, step))
        product = ops.multiply(ops.convert(rows, np.float32), steps)
        for reader in node.output(0).get_target_inputs():
            reader.replace_source_output(product.output(0))
        shrunk += 1
    return shrunk


def constant(output: Any) -> Floats | None:
    """The weights (n, d) that an input of a layer holds, in whichever precision they are stored; None for others."""
    node = output.get_node()
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Constant" or len(node.get_output_shape(0)) != 2:
        return None
    return np.asarray(node.get_data(), dtype=np.float32)
