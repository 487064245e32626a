/** jax-js's side of the benchmarks, on its WebAssembly backend, with `jit`. The first argument is the folder that it is installed in. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "./protocol.mjs";

const resolve = createRequire(join(process.argv[2], "package.json")).resolve;
const jax = await import(pathToFileURL(resolve("@jax-js/jax").replace(/\.cjs$/, ".js")).href);
const { numpy: np, nn, random, jit, valueAndGrad } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");

/** Normal values, computed already: arrays are lazy. */
const normal = (shape) => np.array(random.normal(random.key(shape[0]), shape).dataSync()).reshape(shape);

/** A call whose result is computed. Reading it is the way to wait for it; arrays are handed over to what is called with them, `ref` keeps them. */
const computing = (compute) => () => compute().dataSync();

const over = (n, compute) => () => {
  const [x, y] = [normal([n]), normal([n])];
  const compiled = jit(compute);
  return computing(() => compiled(x.ref, y.ref));
};

const linear = (inputs, outputs) => ({ weight: normal([inputs, outputs]).mul(Math.sqrt(1 / inputs)), bias: np.zeros([outputs]) });

const through = (x, layers) =>
  layers.reduce((y, { weight, bias }, i) => {
    const z = np.matmul(y, weight).add(bias);
    return i + 1 < layers.length ? nn.relu(z) : z;
  }, x);

/** A step of gradient descent, compiled as a whole: jax-js has its optimisers in another package. */
const step = (layers, loss) => {
  const gradients = jit(valueAndGrad(loss));
  let weights = layers;
  const sgd = jit((weights, grads) =>
    weights.map(({ weight, bias }, i) => ({ weight: weight.sub(grads[i].weight.mul(1e-3)), bias: bias.sub(grads[i].bias.mul(1e-3)) })),
  );
  return () => {
    const [value, grads] = gradients(weights.map(({ weight, bias }) => ({ weight: weight.ref, bias: bias.ref })));
    weights = sgd(weights, grads);
    value.dataSync();
  };
};

const setups = {
  softmax: () => {
    const x = normal([512, 1000]);
    const softmax = jit((x) => nn.softmax(x, -1));
    return computing(() => softmax(x.ref));
  },
  mlp_step: () => {
    const images = normal([128, 784]);
    const labels = nn.oneHot(np.array(Int32Array.from({ length: 128 }, (_, i) => i % 10)), 10);
    return step([linear(784, 256), linear(256, 10)], (layers) =>
      np.mean(np.sum(nn.logSoftmax(through(images.ref, layers), -1).mul(labels.ref), -1)).mul(-1),
    );
  },
  sine_step: () => {
    const [x, y] = [normal([32, 1]), normal([32, 1])];
    return step([linear(1, 5), linear(5, 5), linear(5, 5), linear(5, 1)], (layers) =>
      np.mean(np.square(through(x.ref, layers).sub(y.ref))),
    );
  },
  add_100: over(100, (x, y) => x.add(y)),
};
const alone = (compute) => (x, y) => {
  y.dispose();
  return compute(x);
};
for (const [name, n] of [
  ["10k", 10_000],
  ["1m", 1_000_000],
]) {
  setups[`add_${name}`] = over(n, (x, y) => x.add(y));
  setups[`exp_${name}`] = over(
    n,
    alone((x) => np.exp(x)),
  );
  setups[`gelu_${name}`] = over(
    n,
    alone((x) => nn.gelu(x, { approximate: false })),
  );
  setups[`tanh_${name}`] = over(
    n,
    alone((x) => np.tanh(x)),
  );
  setups[`sum_${name}`] = over(
    n,
    alone((x) => np.sum(x)),
  );
}
for (const n of [64, 256, 512, 1024, 2048]) {
  setups[`matmul_${n}`] = () => {
    const [a, b] = [normal([n, n]), normal([n, n])];
    const compiled = jit((a, b) => np.matmul(a, b));
    return computing(() => compiled(a.ref, b.ref));
  };
}

serve(setups);
