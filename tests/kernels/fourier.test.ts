/** The discrete Fourier transform against its definition, for lengths of every kind: prime, composite, with large factors. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

/** `Σ x[j]·exp(-2πi·j·k/n)` for real `x`, as pairs. */
function defined(x: readonly number[]): number[][] {
  const n = x.length;
  return x.map((_, k) => {
    let [re, im] = [0, 0];
    x.forEach((value, j) => {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      re += value * Math.cos(angle);
      im += value * Math.sin(angle);
    });
    return [re, im];
  });
}

const lengths = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  49,
  53,
  64,
  75,
  97,
  100,
  121,
  125,
  169,
  210,
  211,
  243,
  343,
  437,
  509,
  512,
  625,
];

test("fft and its inverse for lengths of every kind", () => {
  torch.manualSeed(0);
  for (const n of lengths) {
    const x = torch.randn([n], { dtype: torch.float64 });
    const spectrum = torch.fft.fft(x);
    const pairs = torch.viewAsReal(spectrum);
    const expected = torch.tensor(defined(x.tolist() as number[]), { dtype: torch.float64 });
    expect(pairs.sub(expected).abs().max().item(), `length ${n}`).toBeLessThan(1e-11 * n);
    const back = torch.fft.ifft(spectrum);
    expect(torch.viewAsReal(back).select(1, 0).sub(x).abs().max().item(), `inverse of length ${n}`).toBeLessThan(1e-12);
    expect(torch.fft.irfft(torch.fft.rfft(x), n).sub(x).abs().max().item(), `real of length ${n}`).toBeLessThan(1e-12);
  }
});
