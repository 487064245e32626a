/**
 * Builds the shared library of CPU kernels, `native/build/libflambeau-<platform>-<arch>.node`, if a C++ compiler is there. Run at
 * install; says in one line what it did, and never fails the install: without the library flambeau computes in JavaScript.
 */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "build");
const library = join(out, `libflambeau-${process.platform}-${process.arch}.node`);

const say = (text) => console.log(`flambeau: ${text}`);

/** The first C++ compiler that runs. */
function findCompiler() {
  for (const name of [process.env.CXX, "c++", "g++", "clang++"]) {
    if (name && spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0) return name;
  }
  return null;
}

const flags = [
  "-std=c++17",
  "-O3",
  "-fPIC",
  "-fno-exceptions",
  "-fno-rtti",
  "-fvisibility=hidden",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=fast",
  "-fwrapv",
  "-Wall",
  `-I${join(root, "include")}`,
];

/** At exit Node unloads libraries, while threads of the pool may still look for work: the library stays. */
const linking = process.platform === "linux" ? ["-pthread", "-Wl,-z,nodelete"] : ["-pthread"];

/** All instruction sets that kernels can be compiled for, with their flags. */
const everySet =
  process.arch === "x64"
    ? {
        base: [],
        avx2: ["-DFB_AVX2", "-mavx2", "-mfma", "-mf16c"],
        avx512: ["-DFB_AVX512", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mf16c", "-mprefer-vector-width=512"],
      }
    : { base: [] };

/**
 * The sets to compile for: the best that this machine has, since an install need not serve others and each takes a dozen seconds; all of them
 * where the machine does not tell, or for packaging (`FLAMBEAU_ISAS=all`).
 */
function setsToBuild() {
  if (process.env.FLAMBEAU_ISAS === "all" || process.arch !== "x64" || !existsSync("/proc/cpuinfo")) return everySet;
  const has = new Set((/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "").trim().split(/\s+/));
  const best = ["avx512f", "avx512bw", "avx512dq", "avx512vl"].every((flag) => has.has(flag))
    ? "avx512"
    : has.has("avx2") && has.has("fma")
      ? "avx2"
      : "base";
  return { [best]: everySet[best] };
}

const variants = setsToBuild();

function sourcesIn(folder) {
  const at = join(root, folder);
  return existsSync(at)
    ? readdirSync(at)
        .filter((name) => name.endsWith(".cc"))
        .sort()
    : [];
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "pipe"] });
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.on("close", (status) => resolve({ status, errors }));
  });
}

/** Everything that the library depends on, as one hash. */
function fingerprint(compiler) {
  const hash = createHash("sha256")
    .update(compiler)
    .update(JSON.stringify([flags, linking, variants]));
  for (const folder of ["src", "src/kernels", "include"]) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)).sort())
      if (/\.(cc|h)$/.test(name)) hash.update(name).update(readFileSync(join(root, folder, name)));
  }
  return hash.digest("hex");
}

/** A file and those of this folder that it includes. */
function sourcesOf(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(/^#include "([^"]+)"/gm)) {
    const at = [join(dirname(path), name), join(root, "include", name)].find(existsSync);
    if (at !== undefined) sourcesOf(at, found);
  }
  return found;
}

/** Everything that an object depends on, as one hash. */
function objectPrint(compiler, { source, extra }) {
  const hash = createHash("sha256")
    .update(compiler)
    .update(JSON.stringify([flags, extra]));
  for (const path of [...sourcesOf(source)].sort()) hash.update(path).update(readFileSync(path));
  return hash.digest("hex");
}

async function main() {
  if (process.env.FLAMBEAU_NO_NATIVE === "1") return say("native kernels not built (FLAMBEAU_NO_NATIVE=1).");
  const compiler = findCompiler();
  if (compiler === null) return say("no C++ compiler found, so the native kernels were not built; JavaScript kernels are used instead.");
  const print = fingerprint(compiler);
  const stamp = join(out, "fingerprint");
  if (existsSync(library) && existsSync(stamp) && readFileSync(stamp, "utf8") === print) return;
  const started = Date.now();
  const temporary = join(out, `objects-${process.pid}`);
  const kept = join(out, "objects");
  mkdirSync(temporary, { recursive: true });
  mkdirSync(kept, { recursive: true });
  const jobs = [
    ...sourcesIn("src").map((name) => ({ source: join(root, "src", name), object: join(temporary, `${name}.o`), extra: [] })),
    ...sourcesIn("src/kernels").flatMap((name) =>
      Object.entries(variants).map(([isa, extra]) => ({
        source: join(root, "src/kernels", name),
        object: join(temporary, `${name}.${isa}.o`),
        extra,
      })),
    ),
  ];
  const queue = [...jobs];
  let failure = "";
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined && failure === ""; job = queue.shift()) {
      // Objects of earlier builds are used again where nothing that they were made from has changed.
      const known = join(kept, `${objectPrint(compiler, job)}.o`);
      if (existsSync(known)) {
        job.object = known;
        continue;
      }
      const { status, errors } = await run(compiler, [...flags, ...job.extra, "-c", job.source, "-o", job.object]);
      if (status === 0) {
        renameSync(job.object, known);
        job.object = known;
      }
      if (status !== 0) failure = errors || `${compiler} failed on ${job.source}`;
      else if (errors !== "" && process.env.CI) process.stderr.write(errors);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, cpus().length) }, worker));
  if (failure === "") {
    const linked = join(temporary, "library");
    const { status, errors } = await run(compiler, ["-shared", "-o", linked, ...jobs.map((job) => job.object), ...linking]);
    if (status !== 0) failure = errors;
    else {
      renameSync(linked, library);
      writeFileSync(stamp, print);
      const used = new Set(jobs.map((job) => job.object));
      // Not those of the last hour, which another build may be about to link.
      const isOld = (path) => Date.now() - statSync(path).mtimeMs > 3_600_000;
      for (const name of readdirSync(kept))
        if (!used.has(join(kept, name)) && isOld(join(kept, name))) rmSync(join(kept, name), { force: true });
    }
  }
  rmSync(temporary, { recursive: true, force: true });
  if (failure !== "") {
    process.stderr.write(failure);
    say("the native kernels did not compile (see above); JavaScript kernels are used instead.");
    if (process.env.CI) process.exitCode = 1;
    return;
  }
  say(`native kernels built with ${compiler} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

await main();
