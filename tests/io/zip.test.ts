/** Zip archives: what PyTorch's reader and others may meet. */

import * as torch from "flambeau";
import { describe, expect, test } from "vitest";
import { openSource } from "../../src/io/source.js";
import { ZipReader } from "../../src/io/zip/reader.js";
import { ZipWriter } from "../../src/io/zip/writer.js";
import { fixture, fixtureBytes } from "./fixtures.js";

function archive(entries: Readonly<Record<string, Uint8Array>>): Buffer {
  const pieces: Uint8Array[] = [];
  const zip = new ZipWriter((bytes) => void pieces.push(bytes));
  for (const [name, bytes] of Object.entries(entries)) zip.add(name, [bytes]);
  zip.finish();
  return Buffer.concat(pieces);
}

function open(bytes: Uint8Array): ZipReader {
  return new ZipReader(openSource("test", Uint8Array.from(bytes)));
}

/** The bytes of an entry. */
function read(bytes: Uint8Array, name: string): number[] {
  const zip = open(bytes);
  const entry = zip.entries.get(name);
  if (entry === undefined) throw new Error(`no entry ${name}`);
  return [...zip.read(entry)];
}

const bytes = archive({ a: Uint8Array.of(1, 2, 3), "dir/é": Uint8Array.of(4), empty: new Uint8Array(0) });
const directory = bytes.indexOf("PK\x01\x02");
const end64 = bytes.indexOf("PK\x06\x06");
const end = bytes.indexOf("PK\x05\x06");

/** The archive with a few bytes changed. */
function changed(at: number, values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

test("entries come back", () => {
  expect([...open(bytes).entries.keys()]).toEqual(["a", "dir/é", "empty"]);
  expect([read(bytes, "a"), read(bytes, "dir/é"), read(bytes, "empty")]).toEqual([[1, 2, 3], [4], []]);
});

test("without the zip64 records, and with a comment", () => {
  const plain = Buffer.concat([bytes.subarray(0, end64), bytes.subarray(end), Buffer.from("a comment")]);
  plain.writeUInt16LE(9, plain.length - 11);
  expect(read(plain, "a")).toEqual([1, 2, 3]);
});

test("with sizes and offset in the zip64 field of an entry", () => {
  const field = Buffer.alloc(28);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(24, 2);
  field.writeBigUInt64LE(3n, 4);
  field.writeBigUInt64LE(3n, 12);
  field.writeBigUInt64LE(0n, 20);
  const entry = Buffer.from(bytes.subarray(directory, directory + 47));
  entry.fill(0xff, 20, 28);
  entry.fill(0xff, 42, 46);
  entry.writeUInt16LE(28, 30);
  const tail = Buffer.from(bytes.subarray(end));
  tail.writeUInt16LE(1, 8);
  tail.writeUInt16LE(1, 10);
  tail.writeUInt32LE(47 + 28, 12);
  expect(read(Buffer.concat([bytes.subarray(0, directory), entry, field, tail]), "a")).toEqual([1, 2, 3]);
});

describe("damage is refused", () => {
  test.each<[string, Buffer, string]>([
    ["no end", bytes.subarray(0, end), "failed finding central directory"],
    ["a directory beyond the file", changed(end64 + 48, [255, 255, 255]), "the directory of the zip archive would be"],
    ["a directory over its end", changed(end64 + 40, [235, 0]), "overlaps its end"],
    ["more entries than fit", changed(end64 + 32, [255, 255, 255, 255, 255, 255, 31]), "cannot hold 9007199254740991 entries"],
    ["an entry without its mark", changed(directory, [0]), "entry 0 of the zip directory is damaged"],
    ["a name beyond the directory", changed(directory + 28, [255, 255]), "entry 0 of the zip directory is damaged"],
    ["sizes that differ", changed(directory + 20, [9]), "is stored, but its sizes 9 and 3 differ"],
    ["a size beyond the entries", changed(directory + 20, [0, 0, 0, 9, 0, 0, 0, 9]), "would reach beyond the entries"],
    ["a header elsewhere", changed(directory + 42, [64]), "is not where the directory says"],
    ["a header beyond the file", changed(directory + 42, [255, 255, 255, 127]), "the header of the zip entry 'a' would be"],
    ["another name in the header", changed(30, [98]), "is not where the directory says"],
    ["another checksum", changed(directory + 16, [1]), "the checksum of the zip entry 'a' is wrong"],
    ["other content", changed(64, [1, 2, 4]), "the checksum of the zip entry 'a' is wrong"],
    ["encryption", changed(directory + 8, [9]), "is encrypted"],
    ["compression", changed(directory + 10, [8]), "is compressed (method 8); checkpoints are stored"],
  ])("%s", (_, damaged, message) => {
    expect(() => read(damaged, "a")).toThrow(message);
    expect(() => read(damaged, "a")).toThrow(torch.SerializationError);
  });
});

test("one name twice is refused", () => {
  const twice = archive({ a: Uint8Array.of(1), b: Uint8Array.of(2) });
  twice[twice.lastIndexOf("b")] = 97;
  expect(() => open(twice)).toThrow("two entries named 'a'");
});

test("elements of big-endian machines are turned around", () => {
  const zip = open(fixtureBytes("named.pt"));
  const entries = Object.fromEntries([...zip.entries].map(([name, entry]) => [name, zip.read(entry)]));
  for (const [name, content] of Object.entries(entries)) {
    if (!name.startsWith("named/data/")) continue;
    const width = name.endsWith("/6") ? 8 : 4;
    for (let at = 0; at < content.length; at += width) content.subarray(at, at + width).reverse();
  }
  entries["named/byteorder"] = new TextEncoder().encode("big");
  const turned = torch.load<Record<string, torch.Tensor>>(Uint8Array.from(archive(entries)));
  const straight = torch.load<Record<string, torch.Tensor>>(fixture("named.pt"));
  for (const [name, tensor] of Object.entries(straight)) expect([name, turned[name]?.tolist()]).toEqual([name, tensor.tolist()]);
});
