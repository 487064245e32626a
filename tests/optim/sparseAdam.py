"""Writes sparseAdam.json: PyTorch's steps of SparseAdam on an embedding, of which one row is padding and one has a gradient of zero."""

import json
import pathlib

import torch

cases = []
for options in ({}, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "maximize": True}):
    table = torch.nn.Embedding(7, 3, padding_idx=2, sparse=True)
    with torch.no_grad():
        table.weight.copy_(torch.arange(21).view(7, 3) * 0.1 - 1)
    optimizer = torch.optim.SparseAdam(table.parameters(), **options)
    steps = []
    for indices in ([[1, 2], [3, 1]], [[0, 4], [4, 6]], [[1, 1], [2, 5]], [[3, 0], [6, 6]]):
        optimizer.zero_grad()
        loss = table(torch.tensor(indices)).square().sum() + table(torch.tensor([5])).sum() * 0
        loss.backward()
        optimizer.step()
        steps.append({"indices": indices, "weight": [round(x, 7) for x in table.weight.flatten().tolist()]})
    state = optimizer.state_dict()
    mean = [round(x, 7) for x in state["state"][0]["exp_avg"].flatten().tolist()]
    cases.append({"options": options, "steps": steps, "step": state["state"][0]["step"], "expAvg": mean, "keys": list(state["param_groups"][0])})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases))
