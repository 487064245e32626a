/**
 * Writes `include/piecewise.h`: polynomials for erf(x)/x and tanh(x)/x, piece by piece, from which `include/lanes.h` computes both functions.
 * `node native/fit.mjs` after a change; the result is kept in the tree.
 */

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const erf = createRequire(import.meta.url)("@stdlib/math-base-special-erf");

/**
 * The piece of a number a >= 0 is what the bits of `a + offset` give from bit number `shift` on, modulo 16: with offset 4 equal pieces of a
 * quarter, with a small one pieces that grow with a. From `limit` on float32 rounds the function to 1.
 */
const functions = [
  { name: "Erf", of: (a) => erf(a) / a, degree: 5, offset: 4, shift: 19, limit: 3.92 },
  { name: "Tanh", of: (a) => Math.tanh(a) / a, degree: 6, offset: 0.625, shift: 21, limit: 9.011 },
];

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);
const bitsOf = (value) => {
  single[0] = value;
  return bits[0];
};
const numberOf = (value) => {
  bits[0] = value;
  return single[0];
};

/**
 * The number near the middle of [a, b] whose value is closest to a float32 number, so that the first coefficient is as good as exact
 * (Gal 1986): one rounding less in every result.
 */
function centreOf(of, a, b) {
  const middle = bitsOf((a + b) / 2);
  let best = middle;
  let least = Infinity;
  for (let candidate = middle - 2000; candidate <= middle + 2000; candidate++) {
    const value = of(numberOf(candidate));
    const error = Math.abs(value - Math.fround(value)) / value;
    if (error >= least) continue;
    least = error;
    best = candidate;
  }
  return numberOf(best);
}

/** The coefficients in powers of `x - centre` of the polynomial that meets the function at Chebyshev's points of [a, b]. */
function interpolate(of, a, b, centre, degree) {
  const points = Array.from(
    { length: degree + 1 },
    (_, k) => (a + b) / 2 + ((b - a) / 2) * Math.cos((Math.PI * (k + 0.5)) / (degree + 1)) - centre,
  );
  const differences = points.map((r) => of(centre + r));
  for (let order = 1; order <= degree; order++)
    for (let k = degree; k >= order; k--) differences[k] = (differences[k] - differences[k - 1]) / (points[k] - points[k - order]);
  // Newton's form, multiplied out.
  let result = [differences[degree]];
  for (let k = degree - 1; k >= 0; k--) {
    const next = [differences[k], ...result];
    for (let i = 0; i < result.length; i++) next[i] -= points[k] * result[i];
    result = next;
  }
  return result;
}

function tableOf({ of, degree, offset, shift, limit }) {
  const table = Array.from({ length: degree + 2 }, () => new Array(16).fill(0));
  const first = bitsOf(offset) >>> shift;
  const last = bitsOf(limit + offset) >>> shift;
  for (let piece = first; piece <= last; piece++) {
    const a = numberOf(piece << shift) - offset;
    const b = Math.min(numberOf((piece + 1) << shift) - offset, limit);
    const centre = centreOf(of, a, b);
    table[0][piece & 15] = centre;
    interpolate(of, a, b, centre, degree).forEach((coefficient, k) => {
      table[k + 1][piece & 15] = k === 0 ? of(centre) : coefficient;
    });
  }
  return table;
}

const literal = (value) => {
  const text = String(Number(Math.fround(value).toPrecision(9)));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
};

function declaration({ name, degree, offset, shift, limit, of }) {
  const rows = tableOf({ of, degree, offset, shift, limit }).map((row) => {
    const values = row.map(literal);
    return `        {${values.slice(0, 8).join(", ")},\n         ${values.slice(8).join(", ")}},`;
  });
  return [
    `alignas(64) constexpr Piecewise<${degree}> k${name} = {`,
    `    ${literal(offset)}, ${shift}, ${literal(limit)},`,
    "    {",
    ...rows,
    "    }};",
  ].join("\n");
}

const text = `// Written by native/fit.mjs: polynomials of f(x)/x for functions that are odd and end at 1, in up to 16 pieces.
#pragma once

namespace fb {

// The piece of |x| is what the bits of |x| + offset give from number \`shift\` on, modulo 16. From \`limit\` on the function is 1.
template <int degree>
struct Piecewise {
  float offset;
  int shift;
  float limit;
  // For each piece the number that its polynomial is about, then the coefficients, lowest first.
  alignas(64) float table[degree + 2][16];
};

${functions.map(declaration).join("\n\n")}

}  // namespace fb
`;

writeFileSync(fileURLToPath(new URL("include/piecewise.h", import.meta.url)), text);
