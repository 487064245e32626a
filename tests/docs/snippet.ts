/** Code in documentation: found, compiled all at once, and run with what its comments say about values checked. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as np from "numpy-ts";
import * as torch from "../../src/index.js";
import * as io from "../../src/io/index.js";
import * as numpy from "../../src/numpy/index.js";
import * as plt from "../../src/plot/index.js";
import { rewritten } from "./rewrite.js";
import { check, checkThrows } from "./values.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** One piece of code. */
export interface Snippet {
  /** File and line, from the root of the project. */
  readonly where: string;
  readonly code: string;
}

/** A snippet as JavaScript, with the compiler's complaints. */
export interface Compiled extends Snippet {
  readonly script: string;
  readonly errors: readonly string[];
}

/** The fenced blocks of a language in a page. */
export function blocksOf(file: string, language: string): Snippet[] {
  const lines = readFileSync(root + file, "utf8").split("\n");
  const found: Snippet[] = [];
  for (let start = 0; start < lines.length; start++) {
    if (lines[start] !== `\`\`\`${language}`) continue;
    const end = lines.indexOf("```", start);
    found.push({ where: `${file}:${start + 2}`, code: lines.slice(start + 1, end).join("\n") });
    start = end;
  }
  return found;
}

/** The `ts` blocks in the doc comments of a source file. */
export function examplesOf(file: string): Snippet[] {
  const text = readFileSync(root + file, "utf8");
  return [...text.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)].map((match) => ({
    where: `${file}:${text.slice(0, match.index).split("\n").length + 1}`,
    code: (match[1] as string).replaceAll(/^ *\* ?/gm, "").trimEnd(),
  }));
}

/** The last cell of every row of tables whose last column is headed `flambeau`: each piece of code in it is an expression. */
export function cellsOf(file: string): Snippet[] {
  const found: Snippet[] = [];
  let inTable = false;
  readFileSync(root + file, "utf8")
    .split("\n")
    .forEach((line, i) => {
      if (!line.startsWith("|")) inTable = false;
      else if (/\| flambeau \|$/.test(line)) inTable = true;
      else if (inTable && !line.startsWith("|---")) {
        const cell = line.split(/(?<!\\)\|/).at(-2) ?? "";
        for (const [, code] of cell.matchAll(/`([^`]+)`/g))
          found.push({ where: `${file}:${i + 1}`, code: (code as string).replaceAll("\\|", "|") });
      }
    });
  return found;
}

/** What snippets may use without importing it. */
const given = { torch, nn: torch.nn, optim: torch.optim, np, plt };

/** What the examples of doc comments may use besides: a small model in the midst of its training. */
function training(): Readonly<Record<string, unknown>> {
  const { nn, optim } = torch;
  const model = new nn.Linear(10, 1);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const lossFn = new nn.MSELoss();
  const [x, y] = [torch.randn(8, 10), torch.randn(8, 1)];
  return { model, optimizer, lossFn, x, y, loss: lossFn(model(x), y) };
}

/** The same for the compiler: namespaces, which hold types as well, and values. */
const ambient: Readonly<Record<string, string>> = {
  torch: 'export * from "flambeau"; export as namespace torch;',
  nn: 'export * from "flambeau/nn"; export as namespace nn;',
  optim: 'export * from "flambeau/optim"; export as namespace optim;',
  plt: 'export * from "flambeau/plot"; export as namespace plt;',
  np: 'export * from "numpy-ts"; export as namespace np;',
  training: `export {};
    declare global {
      const model: nn.Linear;
      const optimizer: optim.SGD;
      const lossFn: nn.MSELoss;
      const x: torch.Tensor;
      const y: torch.Tensor;
      const loss: torch.Tensor;
    }`,
};

const options = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable", "dom"],
  module: "esnext",
  moduleResolution: "bundler",
  allowUmdGlobalAccess: true,
  types: ["node"],
  typeRoots: [`${root}node_modules/@types`],
  strict: true,
  skipLibCheck: true,
  paths: {
    flambeau: [`${root}src/index.ts`],
    "flambeau/*": [`${root}src/*/index.ts`],
    "numpy-ts": [`${root}node_modules/numpy-ts`],
  },
  rootDir: "/",
  outDir: "out",
};

/** Compiles snippets to JavaScript in one run of the compiler; `types` says whether it looks at types as well. */
export function compile(snippets: readonly Snippet[], types: boolean): readonly Compiled[] {
  const folder = mkdtempSync(join(tmpdir(), "flambeau-docs-"));
  try {
    mkdirSync(join(folder, "in"));
    snippets.forEach(({ code }, i) => {
      writeFileSync(join(folder, "in", `s${i}.ts`), `${code}\nexport {};\n`);
    });
    for (const [name, text] of Object.entries(ambient)) writeFileSync(join(folder, "in", `${name}.d.ts`), text);
    const files = [...[...snippets.keys()].map((i) => `in/s${i}.ts`), ...Object.keys(ambient).map((name) => `in/${name}.d.ts`)];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...options, noCheck: !types }, files }));
    const { stdout } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder, "--pretty", "false"], {
      encoding: "utf8",
    });
    const complaints = stdout.split("\n");
    return snippets.map((snippet, i) => ({
      ...snippet,
      script: readFileSync(join(folder, "out", folder, "in", `s${i}.js`), "utf8"),
      errors: complaints.filter((line) => line.includes(`s${i}.ts(`)).map((line) => line.slice(line.indexOf(`s${i}.ts(`))),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const modules: Readonly<Record<string, unknown>> = {
  flambeau: torch,
  "flambeau/plot": plt,
  "flambeau/io": io,
  "flambeau/numpy": numpy,
  "numpy-ts": np,
};

function load(name: string): unknown {
  return modules[name] ?? import(/* @vite-ignore */ name);
}

type AsyncBody = (...values: readonly unknown[]) => Promise<void>;
const AsyncFunction = (async (): Promise<void> => {}).constructor as new (...parameters: readonly string[]) => AsyncBody;

/**
 * Runs a compiled snippet in a folder of its own, with the generator seeded.
 * @throws what the snippet throws, or an error that says which comment is not true.
 */
export async function run({ script }: Compiled): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "flambeau-docs-"));
  try {
    torch.manualSeed(0);
    const scope = { ...given, ...training(), $load: load, $check: check, $throws: checkThrows, console: { ...console, log: () => {} } };
    await new AsyncFunction(...Object.keys(scope), `{\n${rewritten(script, folder)}\n}`)(...Object.values(scope));
  } finally {
    torch.setDefaultDtype(torch.float32);
    torch.setPrintoptions({ profile: "default" });
    torch.setGradEnabled(true);
    rmSync(folder, { recursive: true });
  }
}
