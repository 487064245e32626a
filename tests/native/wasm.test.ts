/** The WebAssembly engine beside the js engine: how operands come to the module and back. Its kernels are tested with `FLAMBEAU_CPU=wasm`. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsKernels as js } from "../../src/backends/cpu/index.js";
import { denseOperand } from "../../src/backends/cpu/js/move.js";
import { type CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { wasmKernels } from "../../src/backends/cpu/wasm/engine.js";
import { loadWasm } from "../../src/backends/cpu/wasm/library.js";
import { type DType, float32, int16 } from "../../src/core/dtype.js";
import { isContiguous } from "../../src/core/shape.js";
import { apply, input } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { arrangements, copied, memory, operand, plain } from "./operands.js";

const library = loadWasm();
if (typeof library === "string") console.warn(`the WebAssembly engine is not tested: ${library}`);

const sum = new Program("add", [apply("add", [input(0), input(1)])], 2);
const both = new Program("both", [apply("add", [input(0), input(1)]), apply("mul", [input(0), input(1)])], 2);

/** Elements of one storage, from `offset` on. */
function view(storage: CpuStorage, offset: number, shape: readonly number[], strides: readonly number[]): CpuOperand {
  const count = shape.reduce((n, size) => n * size, 1);
  return { storage, dtype: storage.dtype, shape, strides, offset, count, dense: false };
}

const storageOf = (dtype: DType, numbers: readonly number[]): CpuStorage => {
  const data = new dtype.array(numbers.length);
  numbers.forEach((value, i) => {
    data[i] = value;
  });
  return new CpuStorage(dtype, numbers.length, data, 0);
};

describe.skipIf(typeof library === "string")("the WebAssembly engine", () => {
  const wasm = typeof library === "string" ? js : wasmKernels(library, js, true);

  test("what lies between the elements of an output stays", () => {
    const storage = storageOf(float32, [1, 2, 3, 4, 5, 6, 7]);
    const [even, odd] = [view(storage, 0, [3], [2]), view(storage, 1, [3], [2])];
    wasm.pointwise(sum, float32, [even], [even, odd]);
    expect(memory(even)).toEqual([3, 2, 7, 4, 11, 6, 7]);
  });

  test("outputs that lie among each other are both written", () => {
    const storage = storageOf(int16, [1, 2, 3, 4, 5, 6]);
    const [even, odd] = [view(storage, 0, [3], [2]), view(storage, 1, [3], [2])];
    const [x, y] = [copied(even), copied(odd)];
    wasm.pointwise(both, int16, [even, odd], [x, y]);
    expect(memory(even)).toEqual([3, 2, 7, 12, 11, 30]);
    wasm.pointwise(sum, int16, [even], [even, even]);
    expect(memory(even)).toEqual([6, 2, 14, 12, 22, 30]);
  });

  test("strides may be negative", () => {
    const storage = storageOf(float32, [1, 2, 3, 4]);
    const result = denseOperand(float32, [3]);
    wasm.pointwise(sum, float32, [result], [view(storage, 3, [3], [-1]), view(storage, 2, [3], [-1])]);
    expect(memory(result).slice(0, 3)).toEqual([7, 5, 3]);
  });

  test("a few elements of a large memory are computed where they lie", () => {
    const storage = new CpuStorage(float32, 2 ** 23, new Float32Array(2 ** 23).fill(3), 0);
    const result = denseOperand(float32, [4]);
    const far = view(storage, 0, [4], [2 ** 21]);
    wasm.pointwise(sum, float32, [result], [far, far]);
    expect(memory(result).slice(0, 4)).toEqual([6, 6, 6, 6]);
  });

  test("products of growing sizes, over memory that grows with them", () => {
    for (const n of [1, 40, 300, 700, 30, 1500, 2]) {
      const [a, b] = [operand([n, n], plain(2), n), operand([n, 3], plain(2), n + 1)];
      const [found, expected] = [denseOperand(float32, [n, 3]), denseOperand(float32, [n, 3])];
      wasm.matmul(found, a, b, {});
      js.matmul(expected, a, b, {});
      expect(memory(found).slice(0, 3 * n)).toEqual(memory(expected).slice(0, 3 * n));
    }
  });

  test("large operands in any layout, in chunks", () => {
    const sizes = fc.constantFrom([70000], [3, 40000], [300, 200], [100000, 1], [2, 300, 101], [1, 80000]);
    const cases = sizes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        layouts: fc.array(arrangements(shape.length), { minLength: 2, maxLength: 2 }),
        target: arrangements(shape.length, false),
        inPlace: fc.boolean(),
        seed: fc.nat(1000),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, layouts, target, inPlace, seed }) => {
        const known = (x: CpuOperand): CpuOperand => ({ ...x, dense: isContiguous(shape, x.strides) });
        const [x, y] = layouts.map((layout, k) => known(operand(shape, layout, seed + k))) as [CpuOperand, CpuOperand];
        const found = known(operand(shape, target, seed + 2));
        const expected = copied(found);
        wasm.pointwise(sum, float32, [found], [inPlace ? found : x, y]);
        js.pointwise(sum, float32, [expected], [inPlace ? expected : x, y]);
        expect(found.storage.data).toEqual(expected.storage.data);
      }),
      { numRuns: 40 },
    );
  });
});
