"""What a reader learns by."""

import math

import pytest
import torch

from training.train_reader import held_loss, shared_norm_loss


def test_all_windows_of_a_question_share_one_softmax_with_one_no_answer():
    logits = torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 5.0], [0.0, 3.0, 0.0]])
    context = torch.tensor([[False, True, True], [False, True, False], [False, True, True]])
    loss = shared_norm_loss(logits, context, torch.tensor([2, -1, -1]), torch.tensor([0, 0, 1]))
    # The first question has the spans 1, 2 and (1 - 1) beside 0, and 2 is right; of the second nothing is.
    first = math.log(1 + math.exp(1) + math.exp(2) + math.exp(0)) - 2
    second = math.log(1 + math.exp(3) + math.exp(0))
    assert loss.item() == pytest.approx((first + second) / 2, abs=1e-6)


def test_what_is_held_is_drawn_to_what_the_reader_said_before_and_nothing_else_is():
    context = torch.tensor([[False, True, True, False]] * 2)
    before = torch.tensor([[0.0, math.log(2), 0.0, 9.0]] * 2)
    same = held_loss(before + 3.0, before, context, torch.tensor([True, True]))
    assert same.item() == pytest.approx(0.0, abs=1e-6)
    now = torch.zeros(2, 4)
    # (1/4, 1/2, 1/4) against thirds; what is neither context nor the first token does not count.
    wanted = 0.25 * math.log(0.75) + 0.5 * math.log(1.5) + 0.25 * math.log(0.75)
    assert held_loss(now, before, context, torch.tensor([True, False])).item() == pytest.approx(wanted, abs=1e-6)
    assert held_loss(now, before, context, torch.tensor([False, False])).item() == 0.0
