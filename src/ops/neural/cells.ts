/** The pointwise part of recurrent cells: from the gates before their activation to the next state, in one kernel. */

import * as e from "../../expr/build.js";
import { constant, type Expr, input, lift, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { Blockwise } from "../../tensor/define/index.js";

type Gradients = readonly Term[];

/** A program for one step of a backward pass, over blocks. */
function program(name: string, arity: number, body: (blocks: readonly Expr[]) => Gradients): Program {
  const blocks = Array.from({ length: arity }, (_, i) => input(i));
  return new Program(name, body(blocks).map(lift), arity);
}

const zero = constant(0);

/** Seven expressions, or fewer where the last are not taken. */
type Exprs = readonly [Expr, Expr, Expr, Expr, Expr, Expr, Expr];

/** `(1 - y²) · grad`: back through `y = tanh(x)`. */
const throughTanh = (grad: Expr, y: Expr): Expr => e.mul(grad, e.sub(1, e.mul(y, y)));

/** `y · (1 - y) · grad`: back through `y = σ(x)`. */
const throughSigmoid = (grad: Expr, y: Expr): Expr => e.mul(grad, e.mul(e.sub(1, y), y));

type GradientBody = (grads: readonly Expr[], inputs: readonly Expr[], outs: readonly Expr[]) => Gradients;

const lstmGradient: GradientBody = (grads, inputs, outs) => {
  const [gradH, gradNext, gradI, gradF, gradG, gradO] = grads as Exprs;
  const [, after, i, f, g, o] = outs as Exprs;
  const cell = inputs[4] as Expr;
  // Computed anew: as fast as to bring it from memory.
  const squashed = e.tanh(after);
  const next = e.add(gradNext, throughTanh(e.mul(gradH, o), squashed));
  return [
    throughSigmoid(e.add(gradI, e.mul(next, g)), i),
    throughSigmoid(e.add(gradF, e.mul(next, cell)), f),
    throughTanh(e.add(gradG, e.mul(next, i)), g),
    throughSigmoid(e.add(gradO, e.mul(gradH, squashed)), o),
    e.mul(next, f),
  ];
};

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997): `i, f, o = σ(…)`, `g = tanh(…)`, `c' = f · c + i · g`, `h' = o · tanh(c')`.
 *
 * Inputs: the gates `[…, 4 · hidden]` in the order i, f, g, o, and c. Results: h', c', and what gradients read: i, f, g and o.
 */
export const lstmUnit: Blockwise = new Blockwise("lstmUnit", {
  inputs: [4, 1],
  results: [1, 1, 4],
  body: (inputs) => {
    const [inGate, forgetGate, candidate, outGate, cell] = inputs as Exprs;
    const [i, f, g, o] = [e.sigmoid(inGate), e.sigmoid(forgetGate), e.tanh(candidate), e.sigmoid(outGate)];
    const next = e.add(e.mul(f, cell), e.mul(i, g));
    return [e.mul(o, e.tanh(next)), next, i, f, g, o];
  },
  gradient: lstmGradient,
});

/**
 * Back through one step of an LSTM: from the gradient of h', that of c' as it comes of the step after, i, f, g and o, c', c, and with
 * `withCells` the gradient of c' itself, to those of the gates and of c.
 */
const lstmBackwardProgram = (withCells: boolean): Program =>
  program("lstmBackward", withCells ? 9 : 8, ([gradH, carried, i, f, g, o, after, cell, gradCell]) => {
    const gradNext = withCells ? e.add(gradCell as Expr, carried as Expr) : carried;
    const inputs = [zero, zero, zero, zero, cell as Expr];
    return lstmGradient([gradH as Expr, gradNext as Expr, zero, zero, zero, zero], inputs, [zero, after, i, f, g, o] as readonly Expr[]);
  });

/** See above. */
export const lstmBackward: Program = lstmBackwardProgram(false);
/** See above. */
export const lstmBackwardWithCells: Program = lstmBackwardProgram(true);

const gruGradient: GradientBody = (grads, inputs, outs) => {
  const [gradH, gradR, gradZ, gradN, gradY] = grads as Exprs;
  const [, r, z, n, yn] = outs as Exprs;
  const h = inputs[6] as Expr;
  const beforeN = throughTanh(e.add(gradN, e.mul(gradH, e.sub(1, z))), n);
  const beforeR = throughSigmoid(e.add(gradR, e.mul(beforeN, yn)), r);
  const beforeZ = throughSigmoid(e.add(gradZ, e.mul(gradH, e.sub(h, n))), z);
  return [beforeR, beforeZ, beforeN, beforeR, beforeZ, e.add(gradY, e.mul(beforeN, r)), e.mul(gradH, z)];
};

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
  gradient: gruGradient,
});

/**
 * Back through one step of a GRU: from the gradient of h' as it comes of the step after, r, z, n and the n part of y, h, and with `withOutput` the
 * gradient of h' itself, to those of x, of y, and of h by the way past the gates.
 */
const gruBackwardProgram = (withOutput: boolean): Program =>
  program("gruBackward", withOutput ? 7 : 6, ([carried, r, z, n, yn, h, gradH]) => {
    const grad = withOutput ? e.add(gradH as Expr, carried as Expr) : (carried as Expr);
    const inputs = [zero, zero, zero, zero, zero, zero, h as Expr];
    return gruGradient([grad, zero, zero, zero, zero], inputs, [zero, r, z, n, yn] as readonly Expr[]);
  });

/** See above. */
export const gruBackward: Program = gruBackwardProgram(false);
/** See above. */
export const gruBackwardWithOutput: Program = gruBackwardProgram(true);

/** Elman's unit (1990): `h' = tanh(gates)`. */
export const tanhUnit: Blockwise = new Blockwise("rnnTanhUnit", {
  inputs: [1],
  results: [1],
  body: (inputs) => [e.tanh(inputs[0] as Expr)],
  gradient: ([grad], _inputs, [h]) => [throughTanh(grad as Expr, h as Expr)],
});

/** Back through one step of `tanhUnit`: from the gradient of h' and h' to that of the gates. */
export const tanhBackward: Program = program("rnnTanhBackward", 2, ([grad, h]) => [throughTanh(grad as Expr, h as Expr)]);

const throughRectifier = (grad: Expr, h: Expr): Expr => e.select(e.gt(h, 0), grad, 0);

/** Back through one step of `reluUnit`. */
export const reluBackward: Program = program("rnnReluBackward", 2, ([grad, h]) => [throughRectifier(grad as Expr, h as Expr)]);

/** Elman's unit with a rectifier: `h' = max(gates, 0)`. */
export const reluUnit: Blockwise = new Blockwise("rnnReluUnit", {
  inputs: [1],
  results: [1],
  body: (inputs) => [e.maximum(inputs[0] as Expr, 0)],
  gradient: ([grad], _inputs, [h]) => [throughRectifier(grad as Expr, h as Expr)],
});
