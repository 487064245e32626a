/** The pointwise part of recurrent cells: from the gates before their activation to the next state, in one kernel. */

import * as e from "../../expr/build.js";
import type { Expr } from "../../expr/node.js";
import { Blockwise } from "../../tensor/define/index.js";

/** Seven expressions, or fewer where the last are not taken. */
type Exprs = readonly [Expr, Expr, Expr, Expr, Expr, Expr, Expr];

/** `(1 - y²) · grad`: back through `y = tanh(x)`. */
const throughTanh = (grad: Expr, y: Expr): Expr => e.mul(grad, e.sub(1, e.mul(y, y)));

/** `y · (1 - y) · grad`: back through `y = σ(x)`. */
const throughSigmoid = (grad: Expr, y: Expr): Expr => e.mul(grad, e.mul(e.sub(1, y), y));

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997): `i, f, o = σ(…)`, `g = tanh(…)`, `c' = f · c + i · g`, `h' = o · tanh(c')`.
 *
 * Inputs: the gates `[…, 4 · hidden]` in the order i, f, g, o, and c. Results: h', c', and what gradients read: i, f, g, o and tanh(c').
 */
export const lstmUnit: Blockwise = new Blockwise("lstmUnit", {
  inputs: [4, 1],
  results: [1, 1, 5],
  body: (inputs) => {
    const [inGate, forgetGate, candidate, outGate, cell] = inputs as Exprs;
    const [i, f, g, o] = [e.sigmoid(inGate), e.sigmoid(forgetGate), e.tanh(candidate), e.sigmoid(outGate)];
    const next = e.add(e.mul(f, cell), e.mul(i, g));
    const squashed = e.tanh(next);
    return [e.mul(o, squashed), next, i, f, g, o, squashed];
  },
  gradient: (grads, inputs, outs) => {
    const [gradH, gradNext, gradI, gradF, gradG, gradO, gradSquashed] = grads as Exprs;
    const [, , i, f, g, o, squashed] = outs as Exprs;
    const cell = inputs[4] as Expr;
    const next = e.add(gradNext, throughTanh(e.add(gradSquashed, e.mul(gradH, o)), squashed));
    return [
      throughSigmoid(e.add(gradI, e.mul(next, g)), i),
      throughSigmoid(e.add(gradF, e.mul(next, cell)), f),
      throughTanh(e.add(gradG, e.mul(next, i)), g),
      throughSigmoid(e.add(gradO, e.mul(gradH, squashed)), o),
      e.mul(next, f),
    ];
  },
});

/**
 * Gated recurrent unit (Cho et al., 2014): `r, z = σ(x + y)`, `n = tanh(x + r · y)`, `h' = n + z · (h - n)`.
 *
 * Inputs: what comes of the input, x, and of the state, y, both `[…, 3 · hidden]` in the order r, z, n, and h. Results: h', and what gradients read:
 * r, z, n and the n part of y.
 */
export const gruUnit: Blockwise = new Blockwise("gruUnit", {
  inputs: [3, 3, 1],
  results: [1, 4],
  body: (inputs) => {
    const [xr, xz, xn, yr, yz, yn, h] = inputs as Exprs;
    const [r, z] = [e.sigmoid(e.add(xr, yr)), e.sigmoid(e.add(xz, yz))];
    const n = e.tanh(e.add(xn, e.mul(r, yn)));
    return [e.add(n, e.mul(z, e.sub(h, n))), r, z, n, yn];
  },
  gradient: (grads, inputs, outs) => {
    const [gradH, gradR, gradZ, gradN, gradY] = grads as Exprs;
    const [, r, z, n, yn] = outs as Exprs;
    const h = inputs[6] as Expr;
    const beforeN = throughTanh(e.add(gradN, e.mul(gradH, e.sub(1, z))), n);
    const beforeR = throughSigmoid(e.add(gradR, e.mul(beforeN, yn)), r);
    const beforeZ = throughSigmoid(e.add(gradZ, e.mul(gradH, e.sub(h, n))), z);
    return [beforeR, beforeZ, beforeN, beforeR, beforeZ, e.add(gradY, e.mul(beforeN, r)), e.mul(gradH, z)];
  },
});

/** Elman's unit (1990): `h' = tanh(gates)`. */
export const tanhUnit: Blockwise = new Blockwise("rnnTanhUnit", {
  inputs: [1],
  results: [1],
  body: (inputs) => [e.tanh(inputs[0] as Expr)],
  gradient: ([grad], _inputs, [h]) => [throughTanh(grad as Expr, h as Expr)],
});

/** Elman's unit with a rectifier: `h' = max(gates, 0)`. */
export const reluUnit: Blockwise = new Blockwise("rnnReluUnit", {
  inputs: [1],
  results: [1],
  body: (inputs) => [e.maximum(inputs[0] as Expr, 0)],
  gradient: ([grad], _inputs, [h]) => [e.select(e.gt(h as Expr, 0), grad as Expr, 0)],
});
