import torch

from training.loop import Run


def train(target, until, steps=40):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    run = Run(model, torch.optim.AdamW(model.parameters(), lr=0.1), target, steps, warm_up=5, save_every=10)
    run.start()
    for step in range(run.done + 1, until + 1):
        run.learn(model(torch.ones(2, 3) * step).square().mean(), step, 2, "rows")
    return model.weight.detach().clone()


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path, capsys):
    whole = train(tmp_path / "whole", 40)
    train(tmp_path / "stopped", 25)  # the last five steps were not kept
    assert torch.equal(train(tmp_path / "stopped", 40), whole)
    assert "going on from step 20" in capsys.readouterr().out
