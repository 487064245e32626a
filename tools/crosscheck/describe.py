"""How modules, arguments and results are written down for flambeau to repeat."""

import base64
import json

import torch


def described(value):
    """A value as JSON: tensors with their elements bit for bit."""
    if isinstance(value, torch.Tensor):
        flat = value.detach().contiguous()
        if flat.dtype == torch.bfloat16:
            flat = flat.view(torch.int16)
        return {
            "shape": list(value.shape),
            "dtype": str(value.dtype).removeprefix("torch."),
            "data": base64.b64encode(flat.numpy().tobytes()).decode(),
            "requiresGrad": value.requires_grad,
        }
    if isinstance(value, (list, tuple)):
        return [described(one) for one in value]
    if isinstance(value, dict):
        return {key: described(one) for key, one in value.items()}
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return {"infinity": value > 0}
    return value


def flat(value):
    """The tensors in a result, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [t for one in value.values() for t in flat(one)]
    return [t for one in value for t in flat(one)] if isinstance(value, (list, tuple)) else []


def weights(tensor):
    """Whole numbers that make a sum of elements in which each counts differently."""
    return ((torch.arange(tensor.numel()) % 7) - 3).to(tensor.dtype).reshape(tensor.shape)


def write(records, path):
    with open(path, "w") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
