/**
 * The header of safetensors files: the length of a JSON text in 8 bytes, the text, then the elements of all tensors without gaps. Checked as the
 * reference implementation does (github.com/huggingface/safetensors), and for names that occur twice.
 */

import { bfloat16, bool, type DType, float16, float32, float64, int8, int16, int32, int64, uint8 } from "../../core/dtype.js";
import type { ByteSource } from "../source.js";

/** The dtypes by their names in the format, in the order in which writers put tensors last to first. */
const dtypes: ReadonlyMap<string, DType> = new Map([
  ["BOOL", bool],
  ["U8", uint8],
  ["I8", int8],
  ["I16", int16],
  ["F16", float16],
  ["BF16", bfloat16],
  ["I32", int32],
  ["F32", float32],
  ["F64", float64],
  ["I64", int64],
]);

const names = new Map([...dtypes].map(([name, dtype]) => [dtype, name]));
const ranks = new Map([...dtypes.values()].map((dtype, rank) => [dtype, rank]));

/** The format's name of a dtype, or null where it has none. */
export function nameOfDType(dtype: DType): string | null {
  return names.get(dtype) ?? null;
}

/** The place of a dtype in the order of alignment: tensors of wide elements come first. */
export function rankOfDType(dtype: DType): number {
  return ranks.get(dtype) ?? -1;
}

/** One tensor in a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where its elements begin, in bytes from the begin of the file. */
  readonly at: number;
  /** The number of its bytes. */
  readonly bytes: number;
}

/** What a header says. */
export interface Header {
  /** Texts that were saved along, by name. */
  readonly metadata: Readonly<Record<string, string>> | null;
  /** The tensors by name, in the order of their elements. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** The longest header, as in the reference implementation. */
export const LONGEST_HEADER = 100_000_000;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where the string of a JSON text ends whose opening quote stands at `start`: the place of its closing quote. */
function closingQuote(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/** A name that an object of a JSON text has twice, or null. The text is valid JSON; its parser would take the last one silently. */
function duplicateKey(text: string): string | null {
  const levels: Set<unknown>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") levels.push(new Set());
    else if (character === "}") levels.pop();
    if (character !== '"') continue;
    const start = at;
    at = closingQuote(text, start);
    let next = at + 1;
    while (" \t\n\r".includes(text[next] ?? "x")) next++;
    if (text[next] !== ":") continue;
    const name: unknown = JSON.parse(text.slice(start, at + 1));
    const level = levels[levels.length - 1];
    if (level?.has(name)) return String(name);
    level?.add(name);
  }
  return null;
}

function parsed(source: ByteSource, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) throw source.fail("Error while deserializing header: invalid header start: it must begin with '{'");
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    throw source.fail(`Error while deserializing header: it is no JSON text in UTF-8: ${error.message}`);
  }
  const twice = duplicateKey(text);
  if (twice !== null) throw source.fail(`Error while deserializing header: '${twice}' occurs twice`);
  if (!isRecord(value)) throw source.fail("Error while deserializing header: it is no JSON object");
  return value;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function metadataIn(source: ByteSource, value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined) return null;
  if (isRecord(value) && Object.values(value).every((text) => typeof text === "string")) return value as Readonly<Record<string, string>>;
  throw source.fail("Error while deserializing header: '__metadata__' must hold texts by name");
}

function entryIn(source: ByteSource, name: string, info: unknown, start: number): TensorEntry {
  const wrong = (text: string): Error => source.fail(`tensor '${name}': ${text}`);
  if (!isRecord(info)) throw wrong("must be described by an object");
  const { dtype: dtypeName, shape, data_offsets: offsets } = info;
  const dtype = typeof dtypeName === "string" ? dtypes.get(dtypeName) : undefined;
  if (dtype === undefined)
    throw wrong(`has dtype ${JSON.stringify(dtypeName)?.slice(0, 60)}, which is not one of ${[...dtypes.keys()].join(", ")}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw wrong(`has shape ${JSON.stringify(shape)?.slice(0, 200)}, which is no list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw wrong(`has data_offsets ${JSON.stringify(offsets)?.slice(0, 200)}, which are no two offsets`);
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, size) => product * size, dtype.itemsize);
  if (end < begin) throw wrong(`InvalidOffset: ends at ${end}, before its begin at ${begin}`);
  if (bytes !== end - begin)
    throw wrong(
      `TensorInvalidInfo: ${dtypeName} of shape [${shape.join(", ")}] takes ${bytes} bytes, but data_offsets leave ${end - begin}`,
    );
  return { name, dtype, shape, at: start + begin, bytes };
}

/**
 * Reads and checks a header.
 * @throws {SerializationError} if it breaks a rule of the format; the message names the tensor.
 */
export function readHeader(source: ByteSource): Header {
  if (source.size < 8) throw source.fail(`Error while deserializing header: header too small: ${source.size} bytes`);
  const length = Number(new DataView(source.read(0, 8, "the length of the header").buffer).getBigUint64(0, true));
  if (length > LONGEST_HEADER)
    throw source.fail(`Error while deserializing header: header too large: ${length} bytes, at most ${LONGEST_HEADER} are allowed`);
  const start = 8 + length;
  if (start > source.size)
    throw source.fail(`Error while deserializing header: invalid header length: ${length}, but the file has ${source.size} bytes`);
  const fields = parsed(source, source.read(8, length, "the header"));
  const entries: TensorEntry[] = [];
  for (const [name, info] of Object.entries(fields)) if (name !== "__metadata__") entries.push(entryIn(source, name, info, start));
  entries.sort((a, b) => a.at - b.at || a.bytes - b.bytes);
  let at = start;
  for (const entry of entries) {
    if (entry.at !== at) {
      throw source.fail(
        `tensor '${entry.name}': InvalidOffset: begins at ${entry.at - start}, but the one before ends at ${at - start}: tensors must neither overlap nor leave gaps`,
      );
    }
    at += entry.bytes;
  }
  if (at !== source.size) throw source.fail(`MetadataIncompleteBuffer: the tensors end at ${at} bytes, but the file has ${source.size}`);
  const metadata = Object.hasOwn(fields, "__metadata__") ? metadataIn(source, fields["__metadata__"]) : null;
  return { metadata, tensors: new Map(entries.map((entry) => [entry.name, entry])) };
}
