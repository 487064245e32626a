/** The tree is the map: imports under src/ go down the layers only, values never in a circle, and files stay small and well named. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

/** The layers, lowest first. A file may import from its own layer and from those below it; folders on one line are apart from each other. */
const layers: readonly (readonly string[])[] = [
  ["core"],
  ["expr"],
  ["backend"],
  ["backends/cpu", "backends/gpu", "backends/meta"],
  ["backends/webgpu", "backends/cuda"],
  ["autograd"],
  ["tensor"],
  ["ops"],
  ["amp"],
  ["autodiff"],
  ["nn"],
  ["optim"],
  ["io"],
  ["data"],
  ["distributed"],
  ["numpy"],
  ["plot"],
  ["checkpoint.ts"],
  ["utils.ts", "cuda.ts", "func.ts", "settings.ts", "testing"],
  ["devices.ts"],
  ["index.ts"],
  ["browser.ts"],
];

/** Who may import a folder, where that is less than everything above it. */
const readers: Readonly<Record<string, readonly string[]>> = {
  "backends/cpu": ["devices.ts"],
  "backends/gpu": ["backends/webgpu", "backends/cuda", "devices.ts"],
  "backends/meta": ["devices.ts"],
  "backends/webgpu": ["devices.ts"],
  "backends/cuda": ["devices.ts"],
  "devices.ts": ["index.ts", "browser.ts"],
};

/** PyTorch's own namespaces of vague names, which hold names only. */
const namespaces: ReadonlySet<string> = new Set(["src/utils.ts", "src/nn/utils.ts"]);

const vague = /^(utils?|helpers?|misc|common|shared|stuff|tools?)$/i;
const root = fileURLToPath(new URL("../../", import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether the import only brings types: it counts for layers, not for circles. */
  readonly typeOnly: boolean;
  /** Whether it is loaded when called for: it counts for layers, not for circles. */
  readonly dynamic: boolean;
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(`${root}${folder}`, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(root.length).replaceAll("\\", "/"), entry.name));
  return files.filter((file) => /\.(ts|mjs)$/.test(file) && !file.endsWith(".d.ts")).sort();
}

function isTypeOnly(keyword: string | undefined, clause: string): boolean {
  if (keyword !== undefined) return true;
  const names = /^\{(.*)\}$/s
    .exec(clause.trim())?.[1]
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names?.every((name) => name.startsWith("type ")) === true && names.length > 0;
}

/** The imports of a file from other files of src/. */
function importsOf(file: string): Import[] {
  const text = readFileSync(root + file, "utf8");
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean): void => {
    if (specifier.startsWith("."))
      found.push({ from: file, to: posix.join(dirname(file), specifier).replace(/\.js$/, ".ts"), typeOnly, dynamic });
  };
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s*"([^"]+)"/gm))
    add(match[3] as string, isTypeOnly(match[1], match[2] as string), false);
  for (const match of text.matchAll(/^import\s*"([^"]+)"/gm)) add(match[1] as string, false, false);
  for (const match of text.matchAll(/^(?!\s*(?:\*|\/\/)).*?(typeof\s+)?\bimport\("([^"]+)"\)/gm))
    add(match[2] as string, match[1] !== undefined, true);
  return found;
}

/** The folder of the table that a file of src/ lies in, and its level. */
function placeOf(file: string): { folder: string; level: number } | null {
  const path = file.slice("src/".length);
  const level = layers.findIndex((folders) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)));
  const folder = layers[level]?.find((one) => path === one || path.startsWith(`${one}/`));
  return folder === undefined ? null : { folder, level };
}

/** Why an import is against the rules, or null. */
function violation({ from, to }: Import): string | null {
  const [upper, lower] = [placeOf(from), placeOf(to)];
  if (upper === null || lower === null || upper.folder === lower.folder) return null;
  const says = `${from} imports ${to}`;
  if (lower.level > upper.level) return `${says}: ${upper.folder} lies below ${lower.folder}`;
  if (lower.level === upper.level) return `${says}: ${upper.folder} and ${lower.folder} lie beside each other`;
  const allowed = readers[lower.folder];
  return allowed !== undefined && !allowed.includes(upper.folder) ? `${says}: only ${allowed.join(", ")} may import ${lower.folder}` : null;
}

/** Circles of imports, each once, as the files along it. */
function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const found = new Map<string, string>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const circle = path.slice(start);
      found.set([...circle].sort().join(), [...circle, file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const one of next.get(file) ?? []) visit(one);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return [...found.values()];
}

const sources = filesBelow("src");
const imports = sources.flatMap(importsOf);
const everything = [...sources, ...["tests", "examples", "bench", "tools"].flatMap(filesBelow)];
const lengths = new Map(
  everything.map((file) => [
    file,
    readFileSync(root + file, "utf8")
      .trimEnd()
      .split("\n").length,
  ]),
);
const longer = (limit: number): string[] =>
  everything.filter((file) => (lengths.get(file) ?? 0) > limit).map((file) => `${file}: ${lengths.get(file)} lines`);

test("every file of src/ has its layer in the table", () => {
  expect(sources.filter((file) => placeOf(file) === null)).toEqual([]);
});

test("imports go down the layers", () => {
  expect(imports.map(violation).filter((text) => text !== null)).toEqual([]);
});

test("imports of values form no circle", () => {
  expect(circles(imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic))).toEqual([]);
});

test("files have at most 600 lines", () => {
  expect(longer(600)).toEqual([]);
});

test("names say what is inside", () => {
  const parts = (file: string): string[] =>
    file
      .replace(/(\.test)?\.\w+$/, "")
      .split("/")
      .slice(1);
  expect(everything.filter((file) => !namespaces.has(file) && parts(file).some((part) => vague.test(part)))).toEqual([]);
});

afterAll(({}, suite) => {
  const long = longer(400);
  suite.meta.summary = `structure: ${sources.length} files, ${imports.length} imports${long.length > 0 ? `; over 400 lines, to be divided: ${long.join(", ")}` : ""}`;
});
