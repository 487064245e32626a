/** `torch.save` and `torch.load`, against files that PyTorch wrote. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as torch from "flambeau";
import { safetensors } from "flambeau/io";
import { afterAll, describe, expect, test } from "vitest";
import type { JsonObject, TensorJson } from "../golden/cases.js";
import { decode, tensorJson } from "../golden/decode.js";
import { fixture, fixtureBytes } from "./fixtures.js";

const folder = mkdtempSync(join(tmpdir(), "flambeau-io-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Values = Record<string, unknown> & Record<"base" | "view" | "transposed" | "expanded" | "empty" | "scalar", torch.Tensor>;

/** The same through a file of our own. */
const again = (file: string): Values => torch.load(torch.save(torch.load(fixture(file))));

describe.each([
  ["varied.pt", (file: string) => torch.load<Values>(fixture(file))],
  ["varied_protocol5.pt", (file: string) => torch.load<Values>(fixture(file))],
  ["varied_legacy.pt", (file: string) => torch.load<Values>(fixture(file))],
  ["varied.pt", (file: string) => torch.load<Values>(fixtureBytes(file))],
  ["varied.pt", again],
  ["varied_legacy.pt", again],
])("%s", (file, read) => {
  const values = read(file);

  test("tensors of every dtype", () => {
    const numbers = [-2.5, 0, 1, 3.25, 100];
    for (const name of ["float16", "bfloat16", "float32", "float64"]) expect((values[name] as torch.Tensor).tolist()).toEqual(numbers);
    for (const name of ["int8", "int16", "int32", "int64"])
      expect((values[name] as torch.Tensor).tolist()).toEqual(numbers.map(Math.trunc));
    expect((values["uint8"] as torch.Tensor).tolist()).toEqual([2, 0, 1, 3, 100]);
    expect((values["bool"] as torch.Tensor).tolist()).toEqual([true, false, true, true, true]);
    for (const name of ["complex64", "complex128"])
      expect((values[name] as torch.Tensor).tolist()).toEqual(numbers.map((re) => new torch.Complex(re, 0)));
    for (const name of ["bool", "uint8", "float16", "complex128"]) expect((values[name] as torch.Tensor).dtype.name).toBe(name);
    expect((values["special"] as torch.Tensor).tolist()).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]);
  });

  test("views and their storage", () => {
    const { base, view, transposed, expanded, empty, scalar } = values;
    expect(view.tolist()).toEqual([
      [6, 8, 10],
      [12, 14, 16],
    ]);
    expect([view.stride(), view.storageOffset()]).toEqual([[6, 2], 6]);
    expect([transposed.shape, transposed.stride()]).toEqual([
      [6, 4],
      [1, 6],
    ]);
    expect([expanded.stride(), expanded.storage.length]).toEqual([[0, 1], 3]);
    expect([empty.shape, scalar.shape, scalar.item()]).toEqual([[0, 3], [], 2.5]);
    base.index(1, 0).fill_(-1);
    expect(view.index(0, 0).item()).toBe(-1);
    base.index(1, 0).fill_(6);
  });

  test("what PyTorch had put off is done", () => {
    expect((values["conj"] as torch.Tensor).tolist()).toEqual([new torch.Complex(1, -2), new torch.Complex(3, 4)]);
    expect((values["neg"] as torch.Tensor).tolist()).toEqual([-2, 4]);
  });

  test("parameters and gradients", () => {
    const { grad, parameter, frozen, parameter_with_attribute: noted } = values as Record<string, torch.Tensor>;
    expect([grad?.requiresGrad, parameter?.requiresGrad, frozen?.requiresGrad, noted?.requiresGrad]).toEqual([true, true, false, true]);
    expect([grad, parameter, frozen, noted].map((one) => one instanceof torch.nn.Parameter)).toEqual([false, true, true, true]);
    expect((values["tensor_with_attribute"] as torch.Tensor).tolist()).toEqual([1]);
    const meta = values["meta"] as torch.Tensor;
    expect([String(meta.device), meta.shape, meta.dtype]).toEqual(["meta", [2, 3], torch.int16]);
  });

  test("everything else", () => {
    expect(values["bytes"]).toEqual(Uint8Array.of(0, 255, 97, 98, 99));
    expect(values["bytearray"]).toEqual(Uint8Array.of(120, 121));
    expect(values["no_bytes"]).toEqual(new Uint8Array(0));
    expect(values["set"]).toEqual(new Set([1, "a"]));
    expect(values["complex"]).toEqual(new torch.Complex(1, -2));
    expect([String(values["device"]), values["dtype"], String(values["size"])]).toEqual(["cuda:1", torch.bfloat16, "torch.Size([2, 3])"]);
    const large = [2 ** 53 - 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n, 2n ** 100n, -(2n ** 100n)];
    expect(values["ints"]).toEqual([0, 255, 256, 65535, 65536, -1, 2 ** 31 - 1, -(2 ** 31), ...large, 127, 128, -128, -129]);
    expect(values["floats"]).toEqual([0.5, -0, 1e300, Number.POSITIVE_INFINITY, 0.1]);
    expect(values["text"]).toEqual(["", "é", "日本", "😀", "a\nb"]);
    expect(values["tuple"]).toEqual([1, [2], [], [3, []]]);
    expect([Object.isFrozen(values["tuple"]), Object.isFrozen((values["tuple"] as unknown[])[3])]).toEqual([true, false]);
    expect([values["counter"], values["ordered"], values["int_keys"]]).toEqual([
      { a: 2, b: 1 },
      { b: 1, a: 2 },
      { 0: "a", 5: "b" },
    ]);
    expect(values["mixed_keys"]).toEqual(
      new Map<unknown, unknown>([
        [0, "a"],
        ["b", 1],
        [[1, 2], 3.5],
      ]),
    );
    expect([values["none"], values["bools"]]).toEqual([null, [true, false]]);
    expect(values["long"]).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    const cycle = values["cycle"] as unknown[];
    expect(cycle[1]).toBe(cycle);
    expect(Object.getOwnPropertyDescriptor(values, "__proto__")?.value).toEqual({ x: 1 });
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    if (file === "varied.pt") expect((values["storage"] as torch.Tensor).tolist()).toEqual([0, 0, 1, 0, 2, 0]);
  });
});

test.each(["state_dict.pt", "state_dict_legacy.pt"])("the state of a module, %s", (file) => {
  const { state } = JSON.parse(new TextDecoder().decode(fixtureBytes("checkpoint.json"))) as { state: JsonObject };
  const loaded = torch.load<Record<string, torch.Tensor>>(fixture(file));
  expect(Object.keys(loaded)).toEqual(Object.keys(state));
  for (const [name, value] of Object.entries(state)) {
    const { dtype, shape, data } = tensorJson(value) as TensorJson;
    const tensor = loaded[name] as torch.Tensor;
    expect([name, tensor.dtype.name, tensor.shape, [...tensor.toArray()].map(Number)]).toEqual([
      name,
      dtype,
      shape,
      data.map((n) => Math.fround(Number(n))),
    ]);
  }
  const versions = { "": { version: 1 }, 0: { version: 1 }, 1: { version: 2 }, 2: { version: 1 }, 3: { version: 1 }, 4: { version: 1 } };
  expect(Reflect.get(loaded, "_metadata")).toEqual(versions);
  expect(Object.keys(loaded)).not.toContain("_metadata");
  expect(Reflect.get(torch.load<object>(torch.save(loaded)), "_metadata")).toEqual(versions);
});

test("a model with PyTorch's parameters computes what it computes there", () => {
  const { input, output } = JSON.parse(new TextDecoder().decode(fixtureBytes("checkpoint.json"))) as Record<string, JsonObject>;
  const { nn } = torch;
  const model = new nn.Sequential(
    new nn.Conv2d(1, 2, 3),
    new nn.BatchNorm2d(2),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(8, 3),
  ).eval();
  model.loadStateDict(torch.load(fixture("state_dict.pt")));
  const expected = decode(output as JsonObject) as torch.Tensor;
  const result = model.forward(decode(input as JsonObject) as torch.Tensor) as torch.Tensor;
  expect(torch.allclose(result, expected, 1.3e-6, 1e-5)).toBe(true);
});

test("what is shared in a checkpoint stays shared", () => {
  const { shared, view, half, optimizer } = torch.load<
    Record<string, torch.Tensor> & { shared: torch.Tensor[]; optimizer: torch.optim.OptimizerStateDict }
  >(fixture("checkpoint.pt"));
  expect(shared[0]).toBe(shared[1]);
  expect([view?.stride(), view?.storageOffset(), half?.dtype]).toEqual([[1, 4], 1, torch.float16]);
  expect(Object.keys(optimizer.state)).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(optimizer.param_groups[0]?.["betas"]).toEqual([0.9, 0.999]);
});

test("a state is written to the byte as PyTorch writes it, up to the identifier of the content", () => {
  const path = join(folder, "named.pt");
  torch.save(torch.load(fixture("named.pt")), path);
  const [ours, theirs] = [Buffer.from(readFileSync(path)), Buffer.from(fixtureBytes("named.pt"))];
  const end = theirs.indexOf("named/.data/serialization_id");
  expect(ours.length).toBe(theirs.length);
  expect(ours.subarray(0, end + 28).equals(theirs.subarray(0, end + 28))).toBe(true);
});

test("modules and optimizers go on where they were", () => {
  const make = (): { model: torch.nn.Sequential; optimizer: torch.optim.Adam } => {
    const model = new torch.nn.Sequential(new torch.nn.Linear(3, 4), new torch.nn.Tanh(), new torch.nn.Linear(4, 1));
    return { model, optimizer: new torch.optim.Adam(model.parameters(), { lr: 0.1 }) };
  };
  const x = torch.ones(2, 3);
  const step = ({ model, optimizer }: ReturnType<typeof make>): void => {
    optimizer.zeroGrad();
    (model.forward(x) as torch.Tensor).pow(2).sum().backward();
    optimizer.step();
  };
  const first = make();
  step(first);
  const bytes = torch.save({ model: first.model.stateDict(), optimizer: first.optimizer.stateDict(), epoch: 1 });
  const second = make();
  const saved = torch.load<{ model: torch.nn.StateDict; optimizer: torch.optim.OptimizerStateDict; epoch: number }>(bytes);
  second.model.loadStateDict(saved.model);
  second.optimizer.loadStateDict(saved.optimizer);
  step(first);
  step(second);
  expect(saved.epoch).toBe(1);
  expect([...second.model.parameters()].map((one) => one.tolist())).toEqual([...first.model.parameters()].map((one) => one.tolist()));
});

test("the keys of dicts: numbers where all are, strings in the state of a module, as given in a Map", () => {
  const text = (value: unknown): string => new TextDecoder("latin1").decode(torch.save(value));
  const asInts = "K\x00X\x01\x00\x00\x00a";
  expect(text({ 0: "a" })).toContain(asInts);
  expect(text(new Map([["0", "a"]]))).not.toContain(asInts);
  expect(text({ 0: "a", x: "a" })).not.toContain(asInts);
  expect(text(Object.defineProperty({ 0: "a" }, "_metadata", { value: {}, enumerable: false }))).not.toContain(asInts);
});

test("the bytes, a writer and saveAsync give one file", async () => {
  const value = { a: torch.arange(5), b: [1.5, "x"], c: undefined };
  const bytes = torch.save(value);
  const pieces: number[] = [];
  torch.save(value, { write: (piece) => pieces.push(...piece) });
  expect(Uint8Array.from(pieces)).toEqual(bytes);
  expect(await torch.saveAsync(value)).toEqual(bytes);
  await torch.saveAsync(value, join(folder, "archive.pt"));
  expect(Uint8Array.from(readFileSync(join(folder, "archive.pt")))).toEqual(bytes);
  const loaded = torch.load<Record<string, unknown>>(bytes);
  expect([Object.keys(loaded), (loaded["a"] as torch.Tensor).tolist(), loaded["b"]]).toEqual([
    ["a", "b"],
    [0, 1, 2, 3, 4],
    [1.5, "x"],
  ]);
});

test("elements lie at multiples of 64 bytes", () => {
  const path = join(folder, "aligned.pt");
  torch.save([torch.full([3], 0x41424344n), torch.full([5], 0x45464748n)], path);
  const bytes = Buffer.from(readFileSync(path));
  expect(bytes.indexOf("DCBA") % 64).toBe(0);
  expect(bytes.indexOf("HGFE") % 64).toBe(0);
});

test("mapLocation puts tensors elsewhere", () => {
  const bytes = torch.save(torch.ones(2));
  expect(String(torch.load<torch.Tensor>(bytes, "meta").device)).toBe("meta");
  expect(String(torch.load<torch.Tensor>(bytes, { mapLocation: torch.device("meta") }).device)).toBe("meta");
  expect(String(torch.load<torch.Tensor>(bytes, { mapLocation: { cpu: "meta" } }).device)).toBe("meta");
  expect(String(torch.load<torch.Tensor>(bytes, { mapLocation: (tag) => (tag === "cpu" ? "meta" : null) }).device)).toBe("meta");
  expect(String(torch.load<torch.Tensor>(bytes, { mapLocation: null, mmap: true }).device)).toBe("cpu");
  expect(() => torch.load(bytes, "cuda:7")).toThrow("Attempting to deserialize object on a CUDA device, but cuda:7 is not available");
  expect(() => torch.load(bytes, "xpu")).toThrow("load: don't know how to restore data location of torch.UntypedStorage (tagged with xpu)");
});

describe("what cannot be saved", () => {
  const model = new torch.nn.Linear(2, 2);
  const complex = torch.ones(2, { dtype: torch.complex64 });
  const deep = Array.from({ length: 3000 }).reduce<unknown[]>((inner) => [inner], []);
  test.each<[string, unknown, string]>([
    ["a module", { model }, 'save: obj["model"] is a function or module, which cannot be saved'],
    ["a function", [() => 1], "save: obj[0] is a function or module, which cannot be saved"],
    ["undefined", [undefined], "save: obj[0] is undefined, which cannot be saved"],
    ["a date", { at: new Date() }, 'save: obj["at"] is a Date, which cannot be saved'],
    ["half a character", "\ud800", "save: obj is a string with half a surrogate pair"],
    [
      "memory of two types",
      [complex, torch.viewAsReal(complex)],
      "save: Cannot save multiple tensors or storages that view the same data as different types: torch.complex64",
    ],
    ["too deep", deep, "is nested more than 1000 deep, or contains itself"],
  ])("%s", (_, value, message) => {
    expect(() => torch.save(value)).toThrow(message);
    expect(() => torch.save(value)).toThrow(torch.SerializationError);
  });
});

describe("what cannot be loaded", () => {
  test.each<[string, () => unknown, string]>([
    ["no file", () => torch.load(join(folder, "absent.pt")), "load: cannot open "],
    ["a folder", () => torch.load(folder), "it is no regular file"],
    ["an empty file", () => torch.load(new Uint8Array(0)), "load: bytes: has 0 bytes: it is no checkpoint"],
    ["a text", () => torch.load(new TextEncoder().encode("hello world")), "load: bytes: is no checkpoint"],
    ["safetensors", () => torch.load(safetensors.save({ a: torch.ones(1) })), "seems to be a safetensors file: use safetensors.loadFile"],
    ["half a file", () => torch.load(fixtureBytes("varied.pt").subarray(0, 9000)), "failed finding central directory of the zip archive"],
    ["half an old file", () => torch.load(fixtureBytes("varied_legacy.pt").subarray(0, 9000)), "ends too early"],
    ["another object", () => torch.load(5 as never), "load: expected the path of a file or its bytes (Uint8Array), not number"],
    ["code", () => torch.load(fixture("varied.pt"), { weightsOnly: false as true }), "load: weightsOnly: false would run Python code"],
    [
      "with an unknown option",
      () => torch.load(fixture("varied.pt"), { pickle: 1 } as never),
      "load() got an unexpected keyword argument 'pickle'",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(torch.TorchError);
  });

  test("a storage of which a bit has changed", () => {
    const bytes = Buffer.from(torch.save(torch.full([3], 0x41424344n)));
    bytes[bytes.indexOf("DCBA")] = 0;
    expect(() => torch.load(bytes)).toThrow("load: bytes: the checksum of the zip entry 'archive/data/0' is wrong: the file is corrupt");
  });
});
