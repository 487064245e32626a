/** Safetensors files: what is written, what is read, and every rule of the format. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as torch from "flambeau";
import { load, loadFile, safeOpen, save, saveFile, saveSharded } from "flambeau/io/safetensors";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "flambeau-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with a header of one's own and so many bytes behind it. */
function file(header: string | object, bytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const all = new Uint8Array(8 + json.length + bytes);
  new DataView(all.buffer).setBigUint64(0, BigInt(json.length), true);
  all.set(json, 8);
  return all;
}

test("the bytes are those of the reference implementation", () => {
  const bytes = save({ b: torch.tensor([1, 2]), a: torch.tensor([[3n]]), c: torch.tensor([true]) }, { format: "pt" });
  const header =
    '{"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"c":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  const expected = file(padded, 17);
  expected.set([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 1], 8 + padded.length);
  expect(bytes).toEqual(expected);
});

test("every dtype, empty and 0-d tensors, any name", () => {
  const tensors: Record<string, torch.Tensor> = {
    empty: torch.zeros(0, 3),
    scalar: torch.tensor(2.5),
    'é"\\\n': torch.ones(1),
    ["__proto__"]: torch.ones(2),
  };
  for (const dtype of [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
  ]) {
    tensors[dtype.name] = torch.tensor([[0, 1, 2.5]]).to(dtype);
  }
  const path = join(folder, "every.safetensors");
  saveFile(tensors, path, null);
  for (const loaded of [loadFile(path), load(Uint8Array.from(readFileSync(path)))]) {
    for (const [name, tensor] of Object.entries(tensors)) {
      expect([name, loaded[name]?.dtype, loaded[name]?.shape, loaded[name]?.tolist()]).toEqual([
        name,
        tensor.dtype,
        tensor.shape,
        tensor.tolist(),
      ]);
    }
    expect(Object.keys(loaded).length).toBe(Object.keys(tensors).length);
  }
  expect(String(loadFile(path, "meta")["scalar"]?.device)).toBe("meta");
  expect(String(loadFile(path, { device: torch.device("meta") })["scalar"]?.device)).toBe("meta");
});

test("an open file is read tensor by tensor, and by rows", () => {
  const path = join(folder, "open.safetensors");
  const x = torch.arange(24).reshape(4, 3, 2);
  saveFile({ x, y: torch.tensor(7) }, path, { note: "é" });
  const open = safeOpen(path);
  expect([open.keys(), open.offsetKeys(), open.metadata()]).toEqual([["x", "y"], ["x", "y"], { note: "é" }]);
  expect(open.getTensor("x").tolist()).toEqual(x.tolist());
  const slice = open.getSlice("x");
  expect([slice.getShape(), slice.getDtype()]).toEqual([[4, 3, 2], "I64"]);
  for (const index of [["1:3"], [1], [-1], [":"], ["-2:"], ["3:1"], ["1:99", 0], ["2:", ":", 1], ["::2"], ["...", 0], [null, 1]]) {
    expect([index, slice.index(...index).shape, slice.index(...index).tolist()]).toEqual([
      index,
      x.index(...index).shape,
      x.index(...index).tolist(),
    ]);
  }
  expect(() => slice.index(4)).toThrow(torch.IndexError);
  expect(open.getSlice("y").index("...").item()).toBe(7);
  expect(() => open.getTensor("z")).toThrow(`safeOpen: ${path}: File does not contain tensor z`);
  open.close();
  expect(() => open.getTensor("x")).toThrow("is closed");
});

describe("sharded models", () => {
  const tensors = { a: torch.ones(10), b: torch.zeros(10), c: torch.full([100], 2), d: torch.ones(1) };

  test("are written and read through their index", () => {
    const paths = saveSharded(tensors, folder, { maxShardSize: 80, name: "big" });
    expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
      "big-00001-of-00003.safetensors",
      "big-00002-of-00003.safetensors",
      "big-00003-of-00003.safetensors",
      "big.safetensors.index.json",
    ]);
    const index = JSON.parse(readFileSync(join(folder, "big.safetensors.index.json"), "utf8"));
    expect([index.metadata.total_size, index.weight_map.c]).toEqual([484, "big-00002-of-00003.safetensors"]);
    const loaded = loadFile(join(folder, "big.safetensors.index.json"));
    expect(Object.fromEntries(Object.entries(loaded).map(([name, tensor]) => [name, tensor.sum().item()]))).toEqual({
      a: 10,
      b: 0,
      c: 200,
      d: 1,
    });
  });

  test("that fit one file have no index", () => {
    const inside = mkdtempSync(join(folder, "one-"));
    saveSharded(tensors, inside);
    expect(readdirSync(inside)).toEqual(["model.safetensors"]);
  });

  test.each([
    ["../secret.safetensors", "which is no safetensors file beside the index"],
    ["/etc/passwd", "which is no safetensors file beside the index"],
    ["..\\x.safetensors", "which is no safetensors file beside the index"],
    [5, "which is no safetensors file beside the index"],
    ["absent.safetensors", "loadFile: cannot open "],
    ["big-00001-of-00003.safetensors", "File does not contain tensor t"],
  ])("an index that names %j", (name, message) => {
    const path = join(folder, "bad.safetensors.index.json");
    writeFileSync(path, JSON.stringify({ weight_map: { t: name } }));
    expect(() => loadFile(path)).toThrow(message);
  });

  test.each(["[]", "{", '{"weight_map": 5}', '{"weight_map": []}'])("an index %j", (text) => {
    const path = join(folder, "bad.safetensors.index.json");
    writeFileSync(path, text);
    expect(() => loadFile(path)).toThrow(torch.SerializationError);
  });
});

describe("what cannot be saved", () => {
  const base = torch.arange(12).reshape(3, 4);
  test.each<[string, Record<string, torch.Tensor>, string]>([
    ["shared memory", { a: base, b: base.index(1) }, "saveFile: Some tensors share memory, this will lead to duplicate memory on disk"],
    ["a transposed tensor", { a: base.t() }, "saveFile: You are trying to save a non contiguous tensor: 'a' which is not allowed"],
    [
      "a complex tensor",
      { a: torch.ones(2, { dtype: torch.complex64 }) },
      "saveFile: tensor 'a' is of torch.complex64, which the format does not have",
    ],
    ["no elements", { a: torch.ones(2, { device: "meta" }) }, "saveFile: tensor 'a' is on the meta device"],
    ["the name of the metadata", { __metadata__: torch.ones(2) }, "saveFile: a tensor cannot be named '__metadata__'"],
    ["a number", { a: 5 as never }, "saveFile: Key 'a' is invalid, expected torch.Tensor but received number"],
  ])("%s", (_, tensors, message) => {
    expect(() => saveFile(tensors, join(folder, "never"))).toThrow(message);
    expect(readdirSync(folder)).not.toContain("never");
  });

  test("parts of one memory that do not overlap can", () => {
    expect(load(save({ a: base.index(0), b: base.index(1) }))["b"]?.tolist()).toEqual([4, 5, 6, 7]);
  });
});

describe("the rules of the format", () => {
  const f32 = (shape: unknown, begin: unknown, end: unknown): object => ({ dtype: "F32", shape, data_offsets: [begin, end] });
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "header too small"],
    ["a header beyond the file", file("{}", 0).subarray(0, 9), "invalid header length: 2, but the file has 9 bytes"],
    ["a header beyond the limit", Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0), "header too large: 100000001 bytes"],
    ["an absurd header", new Uint8Array(8).fill(255), "header too large"],
    ["another begin", file(" {}", 0), "invalid header start"],
    ["no JSON", file("{a}", 0), "no JSON text in UTF-8"],
    ["no UTF-8", file('{"\u00ff"}', 0).map((byte) => (byte === 0xc3 ? 0xff : byte)), "no JSON text in UTF-8"],
    [
      "one name twice",
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061" :{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}', 0),
      "'a' occurs twice",
    ],
    ["one field twice", file('{"a\\"":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}', 0), "'dtype' occurs twice"],
    ["an unknown dtype", file({ t: { dtype: "F7", shape: [], data_offsets: [0, 4] } }, 4), "tensor 't': has dtype \"F7\""],
    ["a complex dtype", file({ t: { dtype: "C64", shape: [], data_offsets: [0, 8] } }, 8), "tensor 't': has dtype \"C64\""],
    ["no dtype", file({ t: { shape: [], data_offsets: [0, 4] } }, 4), "tensor 't': has dtype undefined"],
    ["a negative size", file({ t: f32([-1], 0, 4) }, 4), "tensor 't': has shape [-1]"],
    ["a fraction", file({ t: f32([0.5], 0, 4) }, 4), "tensor 't': has shape [0.5]"],
    ["no shape", file({ t: f32("x", 0, 4) }, 4), "tensor 't': has shape"],
    ["three offsets", file({ t: { dtype: "F32", shape: [], data_offsets: [0, 4, 8] } }, 4), "tensor 't': has data_offsets [0,4,8]"],
    ["an end before its begin", file({ t: f32([1], 4, 0) }, 4), "tensor 't': InvalidOffset: ends at 0"],
    [
      "another size",
      file({ t: f32([2], 0, 4) }, 4),
      "tensor 't': TensorInvalidInfo: F32 of shape [2] takes 8 bytes, but data_offsets leave 4",
    ],
    ["sizes that overflow", file({ t: f32([2 ** 53 - 1, 2 ** 53 - 1], 0, 4) }, 4), "tensor 't': TensorInvalidInfo"],
    [
      "an overlap",
      file({ t: f32([1], 0, 4), u: f32([1], 2, 6) }, 6),
      "tensor 'u': InvalidOffset: begins at 2, but the one before ends at 4",
    ],
    ["the same place", file({ t: f32([1], 0, 4), u: f32([1], 0, 4) }, 4), "tensor 'u': InvalidOffset: begins at 0"],
    ["a hole", file({ t: f32([1], 0, 4), u: f32([1], 8, 12) }, 12), "tensor 'u': InvalidOffset: begins at 8, but the one before ends at 4"],
    ["a hole at the begin", file({ t: f32([1], 4, 8) }, 8), "tensor 't': InvalidOffset: begins at 4"],
    ["bytes that are missing", file({ t: f32([1], 0, 4) }, 3), "MetadataIncompleteBuffer"],
    ["bytes that are left", file({ t: f32([1], 0, 4) }, 5), "MetadataIncompleteBuffer"],
    ["metadata of numbers", file({ __metadata__: { a: 1 } }, 0), "'__metadata__' must hold texts by name"],
    ["a tensor that is a text", file({ t: "x" }, 0), "tensor 't': must be described by an object"],
  ])("%s", (_, bytes, message) => {
    expect(() => load(bytes)).toThrow(message);
    expect(() => load(bytes)).toThrow(torch.SerializationError);
  });

  test("an empty file of tensors", () => {
    expect(load(file("{}", 0))).toEqual({});
    expect(load(file("{}      ", 0))).toEqual({});
  });
});
