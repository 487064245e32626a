/**
 * Packs the cases that were measured from PyTorch into tests/golden/, compressed with brotli.
 *
 *   node tools/pack-golden.mjs <folder with opinfo/ and nn/>
 *
 * `opinfo/*.json` become the lines of one file; each of `nn/*.json` becomes a file of its own. The text stays as it is, with one
 * exception: JSON in JavaScript cannot tell Python's 2.0 from 2, and dtype rules depend on it, so a whole number that Python
 * wrote as a float is written `{"$float":2.0}` outside of tensor data.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const parts = ["modules", "optimizers", "printing", "random", "reprs", "schedulers", "sine"];
const target = fileURLToPath(new URL("../tests/golden/", import.meta.url));
const limit = 5 * 1024 * 1024;

/** Numbers, strings, and tensor data as a whole, so that what lies inside of the last two is left alone. */
const tokens = /"data":\[[^\]]*\]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

function markFloats(text) {
  return text.replace(tokens, (token) => {
    if (token.startsWith('"') || !/[.eE]/.test(token)) return token;
    return Number.isSafeInteger(Number(token)) ? `{"$float":${token}}` : token;
  });
}

function pack(name, text) {
  const bytes = Buffer.from(text);
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  writeFileSync(join(target, `${name}.br`), packed);
  console.log(`${name}.br: ${bytes.length} -> ${packed.length} bytes`);
  return packed.length;
}

const source = process.argv[2];
if (source === undefined) {
  console.error("usage: node tools/pack-golden.mjs <folder with opinfo/ and nn/>");
  process.exit(2);
}

const opinfo = readdirSync(join(source, "opinfo"))
  .filter((file) => file.endsWith(".json"))
  .sort()
  .map((file) => markFloats(readFileSync(join(source, "opinfo", file), "utf8").trim()));

let total = pack("opinfo.jsonl", `${opinfo.join("\n")}\n`);
for (const part of parts) total += pack(`${part}.json`, readFileSync(join(source, "nn", `${part}.json`), "utf8"));
console.log(`${opinfo.length} operators; ${(total / 1024 / 1024).toFixed(2)} MB in all`);
if (total > limit) throw new Error(`the packed cases take ${total} bytes; the limit is ${limit}`);
