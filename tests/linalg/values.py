"""Writes values.json: decompositions that PyTorch gives, signs and phases of vectors included. Run with PyTorch 2.13."""

import json
from pathlib import Path

import torch

torch.manual_seed(0)


def flat(tensor):
    numbers = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    return [float(f"{x:.10g}") for x in numbers.flatten().tolist()]


def encoded(tensor):
    return {"dtype": str(tensor.dtype)[6:], "shape": list(tensor.shape), "data": flat(tensor)}


cases = []
for dtype in (torch.float64, torch.complex128, torch.float32):
    for shape in ((5, 5), (4, 3), (6, 3), (3, 6), (4, 5)):
        matrix = torch.randn(*shape, dtype=dtype)
        results = {"svd": torch.linalg.svd(matrix, full_matrices=False), "qr": torch.linalg.qr(matrix), "lu": torch.linalg.lu(matrix)}
        if shape[0] == shape[1]:
            symmetric = matrix + matrix.mH
            results["eighLower"] = torch.linalg.eigh(matrix, "L")
            results["eighUpper"] = torch.linalg.eigh(matrix, "U")
            results["ldlFactor"] = torch.linalg.ldl_factor(symmetric, hermitian=True)
            if dtype != torch.float32:
                results["eig"] = torch.linalg.eig(matrix)
        cases.append({"input": encoded(matrix), **{name: [encoded(one) for one in result] for name, result in results.items()}})

for name, matrix in {
    "triangular": [[1.0, 0, 0], [2, 3, 0], [4, 5, 6]],
    "rotation": [[0.0, 1, 0], [-1, 0, 0], [0, 0, 2]],
    "defective": [[2.0, 1, 0], [0, 2, 1], [0, 0, 2]],
    "scaled": [[1.0, 1e6, 1], [1e-6, 2, 3e-6], [1, 4e6, 5]],
}.items():
    tensor = torch.tensor(matrix, dtype=torch.float64)
    cases.append({"name": name, "input": encoded(tensor), "eigvals": [encoded(torch.linalg.eigvals(tensor))]})

Path(__file__).with_name("values.json").write_text(json.dumps(cases) + "\n")
