"""
Writes values.json: special functions at points over their domains, as PyTorch computes them in float64. Three come from mpmath instead:
PyTorch's incomplete gamma functions take π as a float32 where their parameters are large, and its trigamma function has ten digits.
"""

import json
import math
from pathlib import Path

import mpmath
import torch

everywhere = [-50.0, -20.5, -8.1, -5.0, -2.75, -1.0, -0.5, -0.001, 0.0, 1e-6, 0.3, 1.0, 1.9, 2.5, 4.9, 5.1, 7.9, 8.2, 12.0, 20.3, 40.0, 99.5]
positive = [1e-8, 0.01, 0.5, 1.0, 1.9, 2.1, 4.9, 5.1, 9.0, 30.0, 100.0]
chances = [0.0, 1e-300, 1e-20, 1e-8, 0.01, 0.13, 0.14, 0.5, 0.7, 0.86, 0.87, 0.999, 1 - 1e-12, 1.0, -0.5, 1.5]
inside = [-1.0, -0.999, -0.7, -0.2, 0.0, 0.1, 0.55, 0.98, 1.0, -1.4, 1.3]
degrees = [0.0, 1.0, 2.0, 5.0, 8.0, 9.0, 13.0, 30.0, -1.0, 2.7]
shapes = [1e-3, 0.2, 0.9, 1.0, 3.5, 20.5, 60.0, 199.0, 250.0, 5000.0]
bounds = [1e-6, 0.3, 0.6, 1.05, 1.2, 3.0, 20.0, 75.0, 195.0, 260.0, 5050.0]

mpmath.mp.dps = 40


def exactly(function):
    return lambda a, b: torch.tensor([float(function(p, q)) for p, q in zip(a.tolist(), b.tolist())], dtype=torch.float64)


unary = {
    "airyAi": (torch.special.airy_ai, [x for x in everywhere if x > -60]),
    "besselJ0": (torch.special.bessel_j0, everywhere),
    "besselJ1": (torch.special.bessel_j1, everywhere),
    "besselY0": (torch.special.bessel_y0, positive),
    "besselY1": (torch.special.bessel_y1, positive),
    "digamma": (torch.special.digamma, everywhere + positive),
    "erfcx": (torch.special.erfcx, [x for x in everywhere if x > -25]),
    "i0": (torch.special.i0, everywhere),
    "i0e": (torch.special.i0e, everywhere),
    "i1": (torch.special.i1, everywhere),
    "i1e": (torch.special.i1e, everywhere),
    "k0": (torch.special.modified_bessel_k0, positive),
    "k0e": (torch.special.scaled_modified_bessel_k0, positive),
    "k1": (torch.special.modified_bessel_k1, positive),
    "k1e": (torch.special.scaled_modified_bessel_k1, positive),
    "lgamma": (torch.special.gammaln, everywhere + positive),
    "ndtri": (torch.special.ndtri, chances),
}
binary = {
    "gammainc": (exactly(lambda a, x: mpmath.gammainc(a, 0, x, regularized=True)), shapes, bounds),
    "gammaincc": (exactly(lambda a, x: mpmath.gammainc(a, x, mpmath.inf, regularized=True)), shapes, bounds),
    "polygamma": (exactly(lambda n, x: mpmath.psi(int(n), x)), [0.0, 1.0, 2.0, 5.0], positive + [-0.3, -2.5]),
    "zeta": (torch.special.zeta, [1.0, 1.1, 2.0, 3.5, 20.0], positive + [-2.5, -3.0]),
    "chebyshevT": (torch.special.chebyshev_polynomial_t, inside, degrees),
    "chebyshevU": (torch.special.chebyshev_polynomial_u, inside, degrees),
    "chebyshevV": (torch.special.chebyshev_polynomial_v, inside, degrees),
    "chebyshevW": (torch.special.chebyshev_polynomial_w, inside, degrees),
    "hermiteH": (torch.special.hermite_polynomial_h, inside, degrees),
    "hermiteHe": (torch.special.hermite_polynomial_he, inside, degrees),
    "laguerreL": (torch.special.laguerre_polynomial_l, inside, degrees),
    "legendreP": (torch.special.legendre_polynomial_p, inside, degrees),
}


def written(x):
    return x if math.isfinite(x) else str(x)


def points(first, second):
    pairs = [(a, b) for a in first for b in second]
    return torch.tensor([a for a, _ in pairs], dtype=torch.float64), torch.tensor([b for _, b in pairs], dtype=torch.float64)


values = {}
for name, (function, at) in unary.items():
    x = torch.tensor(at, dtype=torch.float64)
    values[name] = [[a, written(b)] for a, b in zip(x.tolist(), function(x).tolist())]
for name, (function, first, second) in binary.items():
    a, b = points(first, second)
    values[name] = [[p, q, written(r)] for p, q, r in zip(a.tolist(), b.tolist(), function(a, b).tolist())]

lines = [f'  "{name}": {json.dumps(rows)}' for name, rows in values.items()]
Path(__file__).with_name("values.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
