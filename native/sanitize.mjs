/**
 * Builds the kernels with the address and undefined-behaviour sanitizers into `native/build/sanitize`, and runs the tests of the native
 * engine on them. Arguments are given to vitest: `node native/sanitize.mjs tests/native/conv.test.ts`.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "build", "sanitize");
const library = join(out, "libflambeau.node");
const compiler = process.env.CXX ?? "g++";

const flags = [
  "-std=c++17",
  "-O1",
  "-g",
  "-fPIC",
  "-fno-rtti",
  "-fno-exceptions",
  "-fno-omit-frame-pointer",
  "-fno-math-errno",
  "-fno-trapping-math",
  // As in the build: integers wrap, which PyTorch's do.
  "-fwrapv",
  "-fsanitize=address,undefined",
  "-fno-sanitize=vptr",
  "-fno-sanitize-recover=undefined",
  `-I${join(root, "include")}`,
];

/** The widest instruction set of this machine: the one whose kernels are called. */
function instructions() {
  const features = process.arch === "x64" && existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  if (/\bavx512vl\b/.test(features)) return ["-DFB_AVX512", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mf16c"];
  if (/\bavx2\b/.test(features)) return ["-DFB_AVX2", "-mavx2", "-mfma", "-mf16c"];
  return [];
}

function run(command, args, environment = {}) {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: dirname(root), env: { ...process.env, ...environment } });
  if (status !== 0) process.exit(status ?? 1);
}

function compile(source, object, extra) {
  run(compiler, [...flags, ...extra, "-c", join(root, source), "-o", object]);
  return object;
}

const sources = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".cc"));

mkdirSync(out, { recursive: true });
const objects = [
  ...sources("src").map((name) => compile(join("src", name), join(out, `${name}.o`), [])),
  ...sources("src/kernels").map((name) => compile(join("src/kernels", name), join(out, `${name}.kernel.o`), instructions())),
];
run(compiler, ["-shared", "-fsanitize=address,undefined", "-o", library, ...objects, "-pthread"]);

const runtime = (name) => spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" }).stdout.trim();
const chosen = process.argv.slice(2);
run(
  process.execPath,
  [join("node_modules", "vitest", "vitest.mjs"), "run", "--pool=forks", ...(chosen.length > 0 ? chosen : ["tests/native"])],
  {
    FLAMBEAU_NATIVE_LIBRARY: library,
    LD_PRELOAD: `${runtime("libasan.so")} ${runtime("libubsan.so")}`,
    // V8 keeps memory until the process ends, and its stacks are larger than a sanitizer expects.
    ASAN_OPTIONS: "detect_leaks=0:allow_user_segv_handler=1",
  },
);
