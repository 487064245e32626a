/** TensorFlow.js's side of the benchmarks, on its WebAssembly backend. The first argument is the folder that it is installed in. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { serve } from "./protocol.mjs";

const require = createRequire(join(process.argv[2], "package.json"));
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setThreadsCount(Number(process.argv[3]));
await tf.setBackend("wasm");
await tf.ready();

/** A call whose result is computed and given back. */
const computing = (compute) => () => compute().dispose();

const over = (n, compute) => () => {
  const [x, y] = [tf.randomNormal([n]), tf.randomNormal([n])];
  return computing(() => compute(x, y));
};

const gelu = (x) => tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)));

const product = (n) => () => {
  const [a, b] = [tf.randomNormal([n, n]), tf.randomNormal([n, n])];
  return computing(() => tf.matMul(a, b));
};

/** A step of Adam on the loss of a model of weights. */
const step = (loss) => {
  const optimizer = tf.train.adam(0.001);
  return () => tf.tidy(() => optimizer.minimize(loss, true).dataSync());
};

const linear = (inputs, outputs) => {
  const bound = Math.sqrt(1 / inputs);
  return [tf.variable(tf.randomUniform([inputs, outputs], -bound, bound)), tf.variable(tf.randomUniform([outputs], -bound, bound))];
};

const through = (x, layers) =>
  layers.reduce((y, [weight, bias], i) => {
    const z = tf.add(tf.matMul(y, weight), bias);
    return i + 1 < layers.length ? tf.relu(z) : z;
  }, x);

const setups = {
  softmax: () => {
    const x = tf.randomNormal([512, 1000]);
    return computing(() => tf.softmax(x));
  },
  index_select: () => {
    const [table, rows] = [tf.randomNormal([50_000, 64]), tf.randomUniform([20_000], 0, 50_000, "int32")];
    return computing(() => tf.gather(table, rows));
  },
  conv_3x3: () => {
    const [x, weight] = [tf.randomNormal([32, 56, 56, 64]), tf.randomNormal([3, 3, 64, 64])];
    return computing(() => tf.conv2d(x, weight, 1, "same"));
  },
  mlp_step: () => {
    const layers = [linear(784, 256), linear(256, 10)];
    const images = tf.randomNormal([128, 784]);
    const labels = tf.oneHot(tf.randomUniform([128], 0, 10, "int32"), 10);
    return step(() => tf.losses.softmaxCrossEntropy(labels, through(images, layers)));
  },
  sine_step: () => {
    const layers = [linear(1, 5), linear(5, 5), linear(5, 5), linear(5, 1)];
    const [x, y] = [tf.randomUniform([32, 1]), tf.randomUniform([32, 1])];
    return step(() => tf.losses.meanSquaredError(y, through(x, layers)));
  },
  add_100: over(100, (x, y) => tf.add(x, y)),
};
for (const [name, n] of [
  ["10k", 10_000],
  ["1m", 1_000_000],
]) {
  setups[`add_${name}`] = over(n, (x, y) => tf.add(x, y));
  setups[`exp_${name}`] = over(n, (x) => tf.exp(x));
  setups[`gelu_${name}`] = over(n, gelu);
  setups[`tanh_${name}`] = over(n, (x) => tf.tanh(x));
  setups[`sum_${name}`] = over(n, (x) => tf.sum(x));
}
for (const n of [64, 256, 512, 1024, 2048]) setups[`matmul_${n}`] = product(n);

serve(setups);
