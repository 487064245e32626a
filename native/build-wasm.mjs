/**
 * Builds the WebAssembly modules of the CPU kernels, `native/wasm/flambeau-*.wasm`, with Clang from npm (`@yowasp/clang`, itself WebAssembly).
 * The modules are committed, since the compiler takes 100 MB: `npm install --no-save @yowasp/clang@<version>` brings it, then
 * `npm run build:wasm` builds. `--check` builds nothing and fails where the committed modules are not what the sources give.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "wasm");
const objects = join(root, "build", "wasm-objects");

/** The compiler whose output is committed. */
const COMPILER = "22.0.0-git20542-10";

/** One module for each set of vector instructions. */
const variants = { simd: ["-msimd128"], relaxed: ["-msimd128", "-mrelaxed-simd"] };

const flags = [
  "-std=c++17",
  "-O2",
  "-fno-exceptions",
  "-fno-rtti",
  "-fvisibility=hidden",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=fast",
  "-fwrapv",
  "-Wall",
  "-Wno-undefined-var-template",
  "-Wno-unused-function",
  "-Wno-pass-failed",
  "-Wno-c++20-extensions",
  "-I/native/include",
];

const linkFlags = [
  "-mexec-model=reactor",
  "-nostartfiles",
  "-Wl,--no-entry",
  "-Wl,--export-dynamic",
  "-Wl,--strip-all",
  "-Wl,--gc-sections",
  "-Wl,-z,stack-size=262144",
];

const say = (text) => console.log(`flambeau: ${text}`);

/**
 * Families that the modules do without: for what they gain over JavaScript, copies of the operands cost too much, or they work on arrays where
 * these lie. `src/backends/cpu/wasm/engine.ts` names those that it uses.
 */
const leftOut = [
  "arg_reduce",
  "cholesky",
  "distance",
  "fft",
  "lu",
  "nonzero",
  "pointwise_each",
  "qr",
  "scan",
  "scatter",
  "search",
  "select",
  "tridiagonal",
  "twister",
];

/** Folders of sources, below this one. */
const folders = ["include", "src", "src/kernels"];

/** The sources by path, as the compiler sees them. */
function readSources() {
  const sources = new Map();
  for (const folder of folders)
    for (const name of readdirSync(join(root, folder)).sort())
      if (/\.(cc|h)$/.test(name) && !leftOut.includes(name.replace(/\.cc$/, "")))
        sources.set(`${folder}/${name}`, readFileSync(join(root, folder, name), "utf8"));
  return sources;
}

const sources = readSources();

/** Everything that the modules are made from, as one hash. */
function fingerprint() {
  const hash = createHash("sha256").update(JSON.stringify([COMPILER, flags, linkFlags, variants]));
  for (const [path, text] of sources) hash.update(path).update("\0").update(text).update("\0");
  return hash.digest("hex");
}

/** A source and those that it includes, by path. */
function closure(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, name] of sources.get(path).matchAll(/^#include "([^"]+)"/gm)) {
    const at = [`${dirname(path)}/${name}`, `include/${name}`].find((candidate) => sources.has(candidate));
    if (at !== undefined) closure(at, found);
  }
  return found;
}

/** What the compiler is to see: the sources as a tree of folders. */
function tree() {
  const native = {};
  for (const [path, text] of sources) {
    const parts = path.split("/");
    const name = parts.pop();
    let folder = native;
    for (const part of parts) folder = folder[part] ??= {};
    folder[name] = text;
  }
  return { native };
}

/** The compiler, or why it is not there. */
async function loadCompiler() {
  const from =
    process.env.YOWASP_CLANG ??
    createRequire(import.meta.url)
      .resolve.paths("@yowasp/clang")
      .map((path) => join(path, "@yowasp/clang"))
      .find(existsSync);
  if (from === undefined || !existsSync(join(from, "package.json")))
    return `@yowasp/clang is not installed: npm install --no-save @yowasp/clang@${COMPILER}`;
  const { version } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  if (version !== COMPILER) return `@yowasp/clang is ${version}; the modules are built with ${COMPILER}`;
  return import(pathToFileURL(join(from, "gen/bundle.js")).href);
}

async function run(command, args, files) {
  let errors = "";
  const decoder = new TextDecoder();
  const collect = (bytes) => {
    if (bytes !== null) errors += decoder.decode(bytes, { stream: true });
  };
  try {
    const result = await command(args, files, { stdout: collect, stderr: collect });
    return { result, errors };
  } catch (error) {
    throw new Error(`${args.join(" ")}\n${errors}${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The object of a source, compiled or as an earlier build left it. */
async function compile(clang, path, extra) {
  const args = ["clang++", "--target=wasm32-wasip1", ...flags, ...extra, "-c", `/native/${path}`, "-o", "/object.o"];
  const hash = createHash("sha256").update(JSON.stringify([COMPILER, args]));
  for (const part of [...closure(path)].sort()) hash.update(part).update(sources.get(part));
  const kept = join(objects, `${hash.digest("hex")}.o`);
  if (existsSync(kept)) return readFileSync(kept);
  const { result, errors } = await run(clang.commands["clang++"], args.slice(1), tree());
  if (errors !== "") process.stderr.write(errors);
  const object = result["object.o"];
  mkdirSync(objects, { recursive: true });
  writeFileSync(kept, object);
  return object;
}

async function link(clang, parts) {
  const files = Object.fromEntries(parts.map((object, k) => [`${k}.o`, object]));
  const args = ["--target=wasm32-wasip1", ...linkFlags, ...Object.keys(files).map((name) => `/${name}`), "-o", "/module.wasm"];
  const { result, errors } = await run(clang.commands["clang++"], args, files);
  if (errors !== "") process.stderr.write(errors);
  return result["module.wasm"];
}

async function build(clang) {
  const built = {};
  const units = [...sources.keys()].filter((path) => path.endsWith(".cc"));
  for (const [name, extra] of Object.entries(variants)) {
    const parts = [];
    for (const path of units) parts.push(await compile(clang, path, extra));
    built[name] = await link(clang, parts);
  }
  return built;
}

const fileOf = (name) => join(out, `flambeau-${name}.wasm`);
const stamp = join(out, "fingerprint");

async function main() {
  const started = Date.now();
  const isCheck = process.argv.includes("--check");
  const isCurrent = existsSync(stamp) && readFileSync(stamp, "utf8").trim() === fingerprint();
  const clang = await loadCompiler();
  if (isCheck && !isCurrent) throw new Error("native/wasm is not what the sources give: npm run build:wasm, then commit it");
  if (typeof clang === "string") {
    if (isCheck) return say(`native/wasm fits the sources (not built anew: ${clang})`);
    throw new Error(clang);
  }
  const built = await build(clang);
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of Object.entries(built)) {
    const isSame = existsSync(fileOf(name)) && Buffer.compare(readFileSync(fileOf(name)), bytes) === 0;
    if (isCheck && !isSame)
      throw new Error(
        `native/wasm/flambeau-${name}.wasm is not what the compiler makes of the sources: npm run build:wasm, then commit it`,
      );
    if (!isSame) writeFileSync(fileOf(name), bytes);
    say(`native/wasm/flambeau-${name}.wasm: ${(bytes.length / 1024).toFixed(0)} KB${isSame ? ", as before" : ""}`);
  }
  if (!isCheck) writeFileSync(stamp, `${fingerprint()}\n`);
  say(`WebAssembly kernels ${isCheck ? "checked" : "built"} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
