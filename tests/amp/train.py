"""Writes train.json: small training runs under PyTorch's autocast on the CPU, and a GradScaler's life. `python tests/amp/train.py`."""

import json
from pathlib import Path

import torch
from torch import nn


def train(dtype, optimizer_class, steps=12, **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 4))
    x, y = torch.randn(32, 8), torch.randint(0, 4, (32,))
    optimizer = optimizer_class(model.parameters(), **options)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype):
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "out": str(out.dtype), "grad": str(model[0].weight.grad.dtype)}


def convolve(dtype, steps=6):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3))
    x, y = torch.randn(8, 1, 8, 8), torch.randint(0, 3, (8,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype):
            loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def scaler():
    """Two optimisers, infinite gradients at some steps, growth every 3 steps."""
    torch.manual_seed(2)
    a, b = nn.Linear(3, 2), nn.Linear(3, 2)
    optimizers = [torch.optim.SGD(a.parameters(), lr=0.1), torch.optim.Adam(b.parameters(), lr=0.1)]
    grad_scaler = torch.amp.GradScaler("cpu", init_scale=128.0, growth_interval=3, growth_factor=4.0, backoff_factor=0.25)
    x = torch.randn(5, 3)
    bad = {2: float("inf"), 7: float("nan"), 8: float("-inf")}
    history = []
    for step in range(14):
        for optimizer in optimizers:
            optimizer.zero_grad()
        losses = [a(x).square().mean(), b(x).square().mean()]
        for scaled in grad_scaler.scale(losses):
            scaled.backward()
        if step in bad:
            a.weight.grad[0, 0] = bad[step]
        grad_scaler.unscale_(optimizers[0])
        norm = nn.utils.clip_grad_norm_(a.parameters(), 0.5).item()
        for optimizer in optimizers:
            grad_scaler.step(optimizer)
        grad_scaler.update()
        history.append({
            "losses": [loss.item() for loss in losses],
            "norm": norm if norm == norm and abs(norm) != float("inf") else str(norm),
            "scale": grad_scaler.get_scale(),
            "tracker": grad_scaler.state_dict()["_growth_tracker"],
            "weight": a.weight.flatten().tolist(),
        })
    return {"history": history, "state": grad_scaler.state_dict()}


result = {
    "mlp": {
        "bfloat16": train(torch.bfloat16, torch.optim.SGD, lr=0.5),
        "float16": train(torch.float16, torch.optim.AdamW, lr=0.01),
    },
    "cnn": {"bfloat16": convolve(torch.bfloat16), "float16": convolve(torch.float16)},
    "scaler": scaler(),
}
Path(__file__).with_name("train.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
