"""PyTorch's side of bench/grid.ts: functions of one or two matrices, by namespace, number of arguments and name."""

import torch

SPACES = {"torch": torch, "functional": torch.nn.functional, "linalg": torch.linalg, "fft": torch.fft, "special": torch.special}


def grid(function, count):
    def setup():
        given = [torch.rand(300, 300) for _ in range(count)]
        function(*given)
        return lambda: function(*given)

    return setup


SETUPS = {
    f"grid_{space}_{count}_{name}": grid(getattr(module, name), count)
    for space, module in SPACES.items()
    for name in dir(module)
    if name[0].islower() and callable(getattr(module, name))
    for count in (1, 2)
}
