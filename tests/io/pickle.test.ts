/** Pickles by hand: what is read, and what is refused. */

import * as torch from "flambeau";
import { describe, expect, test } from "vitest";
import { crc32, crc32ByTables } from "../../src/io/crc32.js";
import { Exhausted, type Meanings, readPickle } from "../../src/io/pickle/reader.js";
import { Dict, GlobalName, PythonSet } from "../../src/io/pickle/values.js";
import { PickleWriter } from "../../src/io/pickle/writer.js";
import { ZipWriter } from "../../src/io/zip/writer.js";

const meanings: Meanings = {
  global: (path) => new GlobalName(path),
  reduce: ({ path }, args) => ({ path, args }),
  build: (object, state) => void Object.assign(object as object, { state }),
  persistent: (id) => ({ id }),
  fail: (text) => new torch.SerializationError(text),
};

/** Characters stand for bytes. */
const read = (text: string): unknown =>
  readPickle(
    Uint8Array.from(text, (c) => c.charCodeAt(0)),
    0,
    meanings,
  ).value;

describe("instructions", () => {
  test.each<[string, unknown]>([
    ["\x80\x02N.", null],
    ["\x80\x02K\x05.", 5],
    ["\x80\x02M\x01\x02.", 513],
    ["\x80\x02J\xff\xff\xff\xff.", -1],
    ["\x80\x02\x8a\x00.", 0],
    ["\x80\x02\x8a\x01\x80.", -128],
    ["\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
    ["\x80\x02\x8b\x02\x00\x00\x00\xff\x7f.", 32767],
    ["\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5],
    ["\x80\x02U\x02hi.", "hi"],
    ["\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94.", "hi"],
    ["\x80\x04\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi.", "hi"],
    ["\x80\x03C\x02\x00\x01.", Uint8Array.of(0, 1)],
    ["\x80\x03B\x02\x00\x00\x00\x00\x01.", Uint8Array.of(0, 1)],
    ["\x80\x05\x96\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01.", Uint8Array.of(0, 1)],
    ["\x80\x02(K\x01K\x02t.", [1, 2]],
    ["\x80\x02K\x01K\x020.", 1],
    ["\x80\x02K\x01(K\x021.", 1],
    ["\x80\x02K\x072\x86.", [7, 7]],
    ["\x80\x02(K\x01K\x02\x91.", new PythonSet([1, 2])],
    ["\x80\x04\x8f(K\x01\x90.", new PythonSet([1])],
    ["\x80\x02c__builtin__\nset\n.", new GlobalName("builtins.set")],
    ["\x80\x04\x8c\x01a\x8c\x01b\x93)R.", { path: "a.b", args: [] }],
    ["\x80\x02ca\nb\nK\x01\x85\x81.", { path: "a.b", args: [1] }],
    ["\x80\x02K\x03Q.", { id: 3 }],
  ])("%j", (pickle, value) => {
    expect(read(pickle)).toEqual(value);
  });

  test("a list may contain itself", () => {
    const list = read("\x80\x02]q\x00(K\x01h\x00e0h\x00.") as unknown[];
    expect([list[0], list[1] === list]).toEqual([1, true]);
  });

  test("dicts keep the order, and state is attached", () => {
    expect((read("\x80\x02}(K\x02NK\x01Nu.") as Dict).pairs).toEqual([
      [2, null],
      [1, null],
    ]);
    expect(read("\x80\x02ca\nb\n)R}b.")).toMatchObject({ path: "a.b", state: new Dict(false) });
  });

  test.each([
    ["\x80\x02\x82\x01.", "the instruction 0x82 at byte 2, which is not supported"],
    ["\x80\x06N.", "protocol 6; protocols 2 to 5 are read"],
    ["\x80\x02.", "takes a value from an empty stack"],
    ["\x80\x02t.", "has no mark"],
    ["\x80\x02h\x07.", "recalls value 7"],
    ["\x80\x02K\x01K\x02a.", "appends to what is no list"],
    ["\x80\x02)K\x02a.", "appends to what is no list"],
    ["\x80\x02]K\x01K\x02s.", "sets items of what is no dict"],
    ["\x80\x02K\x01)R.", "calls what is no name"],
    ["\x80\x02ca\nb\nK\x01R.", "calls what is no name"],
    ["\x80\x02X\x01\x00\x00\x00\xff.", "is not UTF-8"],
    ["\x80\x02\x8b\xff\xff\xff\x7f.", "an integer of 2147483647 bytes"],
  ])("%j is refused", (pickle, message) => {
    expect(() => read(pickle)).toThrow(message);
  });

  test.each([
    "\x80",
    "\x80\x02",
    "\x80\x02X\xff\xff\xff\xff",
    "\x80\x02ca\nb",
    "\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\xff",
    "\x80\x02J\x01",
  ])("%j ends too early", (pickle) => {
    expect(() => read(pickle)).toThrow(Exhausted);
  });
});

/** A checkpoint with a pickle of one's own. */
function checkpoint(pickle: string | Uint8Array, entries: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const pieces: number[] = [];
  const zip = new ZipWriter((bytes) => pieces.push(...bytes));
  zip.add("archive/data.pkl", [typeof pickle === "string" ? Uint8Array.from(pickle, (c) => c.charCodeAt(0)) : pickle]);
  for (const [name, bytes] of Object.entries(entries)) zip.add(`archive/${name}`, [bytes]);
  zip.finish();
  return Uint8Array.from(pieces);
}

/** A pickle that rebuilds one tensor. */
function rebuilt(
  shape: readonly (number | bigint)[],
  strides: readonly (number | bigint)[],
  offset: number,
  length: number | bigint,
): Uint8Array {
  const out = new PickleWriter();
  const ints = (values: readonly (number | bigint)[]) => () => out.tuple(values.map((value) => () => out.int(value)));
  const storage = (): void => {
    out.tuple([
      () => out.string("storage"),
      () => out.global("torch", "FloatStorage"),
      () => out.string("0"),
      () => out.string("cpu"),
      () => out.int(length),
    ]);
    out.persistent();
  };
  const parts = [storage, () => out.int(offset), ints(shape), ints(strides), () => out.bool(false), () => out.none()];
  out.call("torch._utils", "_rebuild_tensor_v2", parts);
  return out.finish();
}

describe("checkpoints hold data only", () => {
  test.each([
    [
      "a command",
      "\x80\x02cposix\nsystem\nX\x07\x00\x00\x00echo hi\x85R.",
      "Unsupported global: GLOBAL posix.system was not an allowed global by default",
    ],
    ["eval", "\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.", "GLOBAL builtins.eval"],
    ["a name on the stack", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.", "GLOBAL os.system"],
    ["a property of every object", "\x80\x02c__proto__\nconstructor\n)R.", "GLOBAL __proto__.constructor"],
    ["a class by itself", "\x80\x02ccollections\nOrderedDict\n.", "holds a function or class of Python's"],
    ["a missing type", "\x80\x02ctorch\nuint16\n.", "torch.uint16, a type of elements that is not supported"],
    [
      "an unknown storage",
      "\x80\x02X\x06\x00\x00\x00modulec__builtin__\nset\n\x86Q.",
      "Only persistent_load of storage is allowed, but got 'module'",
    ],
    ["state for a list", "\x80\x02]}b.", "Can only build OrderedDict"],
    ["nested too deep", `\x80\x02${"]".repeat(3000)}${"a".repeat(2999)}.`, "nested more than 1000 deep"],
    ["an exponential text", `\x80\x02)${"2\x86".repeat(60)}K\x01\x86Q.`, "Only persistent_load of storage is allowed, but got a list"],
    ["cut off", "\x80\x02]", "the pickle ends too early"],
  ])("%s", (_, pickle, message) => {
    expect(() => torch.load(checkpoint(pickle))).toThrow(message);
    expect(() => torch.load(checkpoint(pickle))).toThrow(torch.SerializationError);
  });

  const data = { "data/0": new Uint8Array(16) };
  test("a tensor is", () => {
    expect(torch.load<torch.Tensor>(checkpoint(rebuilt([2, 2], [2, 1], 0, 4), data)).tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(torch.load<torch.Tensor>(checkpoint(rebuilt([0, 2 ** 40], [1, 1], 0, 4), data)).numel()).toBe(0);
  });

  test.each([
    ["beyond its storage", rebuilt([2, 3], [3, 1], 0, 4), "reaches element 5, but its storage has 4"],
    ["by its offset", rebuilt([1], [1], 4, 4), "reaches element 4, but its storage has 4"],
    ["by its strides", rebuilt([2], [2n ** 62n], 0, 4), "strides must be a whole number of at least 0, not 4611686018427387904"],
    ["negative sizes", rebuilt([-1], [1], 0, 4), "sizes must be a whole number of at least 0, not -1"],
    ["too many elements", rebuilt([2 ** 40, 2 ** 40], [0, 0], 0, 4), "has too many elements"],
    ["sizes without strides", rebuilt([1, 1], [1], 0, 4), "has 2 sizes and 1 strides"],
    ["a storage of another length", rebuilt([1], [1], 0, 5), "storage '0' of 5 torch.float32 takes 20 bytes, but 'archive/data/0' has 16"],
    ["an absurd storage", rebuilt([1], [1], 0, 2n ** 50n), "takes 4503599627370496 bytes"],
  ])("%s", (_, pickle, message) => {
    expect(() => torch.load(checkpoint(pickle, data))).toThrow(message);
  });

  test("a storage that is missing", () => {
    expect(() => torch.load(checkpoint(rebuilt([1], [1], 0, 4)))).toThrow("storage '0' is missing: there is no 'archive/data/0'");
  });
});

test("checksums are those of the format, by the host and by tables", () => {
  const check = new TextEncoder().encode("123456789");
  expect([crc32([check]), crc32ByTables(check)]).toEqual([0xcbf43926, 0xcbf43926]);
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    expect(crc32ByTables(bytes)).toBe(crc32([bytes.subarray(0, 7), bytes.subarray(7)]));
    expect(crc32ByTables(bytes.subarray(7), crc32ByTables(bytes.subarray(0, 7)))).toBe(crc32([bytes]));
  }
});
