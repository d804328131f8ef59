"""What both trainings share: the learning rate's course, checkpoints to go on from, the line of progress."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import torch

FASTER = 0.8  # of float32's time: the casts around it cost some


def bf16_helps() -> bool:
    """Whether this CPU computes clearly faster in bfloat16; by trying, as some that know its instructions do not."""
    if not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()):
        return False  # emulated: far slower than float32

    def seconds(kind: torch.dtype) -> float:
        rows, weights = torch.ones(2048, 384, dtype=kind), torch.ones(384, 1536, dtype=kind)
        tries = []
        for _ in range(7):
            began = time.perf_counter()
            rows @ weights
            tries.append(time.perf_counter() - began)
        return min(tries)

    return seconds(torch.bfloat16) < FASTER * seconds(torch.float32)


class Run:
    """One training run: warms up, decays linearly to 0, and can be stopped and run again."""

    def __init__(self, model: Any, optimizer: Any, target: Path, steps: int, warm_up: int, save_every: int) -> None:
        self.model, self.optimizer, self.steps, self.save_every = model, optimizer, steps, save_every
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm_up, max(0.0, (steps - step) / (steps - warm_up)))
        )
        target.mkdir(parents=True, exist_ok=True)
        self.checkpoint = target / "checkpoint.pt"
        self.done = 0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
            self.done = state["step"]
            print(f"going on from step {self.done}", flush=True)
        self.losses: list[float] = []
        self.learning = [p for p in model.parameters() if p.requires_grad]
        self.began = time.monotonic()

    def start(self) -> None:
        """The data is ready: training mode, and the clock runs."""
        self.model.train()
        self.began = time.monotonic()

    def learn(self, loss: Any, step: int, rows: int, unit: str) -> None:
        """One step of the optimizer; every 20th is told, of ``rows`` ``unit`` each, every ``save_every``-th kept."""
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        self.losses.append(loss.item())
        if step % 20 == 0:
            rate = (step - self.done) / (time.monotonic() - self.began)
            last = self.losses[-100:]
            print(
                f"step {step}/{self.steps}  loss {sum(last) / len(last):.3f}  {rate * rows:.1f} {unit}/s  "
                f"{(self.steps - step) / rate / 60:.0f} min left  "
                f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
                flush=True,
            )
        if step % self.save_every == 0 or step == self.steps:
            state = {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "step": step,
            }
            torch.save(state, self.checkpoint.with_suffix(".new"))
            self.checkpoint.with_suffix(".new").replace(self.checkpoint)
