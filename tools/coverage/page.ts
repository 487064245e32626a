/** The page of coverage: PyTorch's public names by namespace, and which of them are here under the rules of names. */

import { type Reason, reasons } from "./reasons.js";

/** PyTorch's public names, as `tests/golden/api.json` has them. */
export interface Api {
  /** Where the names were read. */
  readonly source: string;
  readonly names: Readonly<Record<string, readonly string[]>>;
}

/** What is here: the namespace, and a tensor whose members count as those of `Tensor`. */
export interface Present {
  readonly torch: object;
  readonly tensor: object;
}

/** One namespace, divided. */
export interface Coverage {
  readonly namespace: string;
  /** Our names for what is here. */
  readonly present: readonly string[];
  /** PyTorch's names for what is missing, with their reasons; null where there is none. */
  readonly missing: readonly { readonly name: string; readonly reason: string | null }[];
}

/** Lists that are collections of names below `torch` rather than namespaces. */
const collections: ReadonlySet<string> = new Set(["torch", "serialization", "backends"]);

/** Names that PyTorch has elsewhere, or that are members of classes: where they are here, from `torch`. */
const places: Readonly<Record<string, string>> = {
  "random.Generator": "Generator",
  "backends.version": "__version__",
  "autograd.graph.Node.next_functions": "autograd.Node.prototype.nextFunctions",
};

/** `max_pool2d` → `maxPool2d`; a trailing underscore, and names without one between letters, stay. */
export function translated(name: string): string {
  return name.replace(/(?<=[^_.])_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether a dotted path leads somewhere. */
function leads(from: object, path: string): boolean {
  let at: unknown = from;
  for (const name of path.split(".")) {
    if (!isObject(at) || !(name in at)) return false;
    at = name === "nextFunctions" ? at : Reflect.get(at, name);
  }
  return true;
}

function isPresent(namespace: string, name: string, { torch, tensor }: Present): boolean {
  if (reasons.some((one) => one.homonym === true && one.namespace === namespace && one.names.includes(name))) return false;
  const ours = translated(name);
  if (namespace === "Tensor") return ours in tensor;
  const place = places[`${namespace}.${name}`] ?? (collections.has(namespace) ? ours : `${translated(namespace)}.${ours}`);
  return leads(torch, place);
}

function reasonOf(namespace: string, name: string): string | null {
  const rows = reasons.filter((one) => one.namespace === namespace);
  const row = rows.find(({ names }) => names.includes(name)) ?? rows.find(({ names }) => names.includes("*"));
  return row?.reason ?? null;
}

/** What is here of every namespace. */
export function coverageOf(api: Api, here: Present): readonly Coverage[] {
  return Object.entries(api.names).map(([namespace, names]) => ({
    namespace,
    present: names.filter((name) => isPresent(namespace, name, here)).map(translated),
    missing: names.filter((name) => !isPresent(namespace, name, here)).map((name) => ({ name, reason: reasonOf(namespace, name) })),
  }));
}

/** Reasons for names that are not missing. */
export function unused(coverage: readonly Coverage[]): string[] {
  const missing = new Set(coverage.flatMap(({ namespace, missing }) => missing.map(({ name }) => `${namespace}.${name}`)));
  const named = (row: Reason): string[] => row.names.filter((name) => name !== "*").map((name) => `${row.namespace}.${name}`);
  return reasons.flatMap(named).filter((path) => !missing.has(path));
}

function percent(part: number, whole: number): string {
  // Rounded down: 100 % means all.
  return `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;
}

const title = (namespace: string): string => (namespace === "torch" || namespace === "Tensor" ? namespace : `torch.${namespace}`);

function row(name: string, present: number, missing: number): string {
  return `| ${name} | ${present} | ${missing} | ${percent(present, present + missing)} |`;
}

function section({ namespace, present, missing }: Coverage): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of missing) byReason.set(reason ?? "", [...(byReason.get(reason ?? "") ?? []), `\`${name}\``]);
  const table = [...byReason].map(([reason, names]) => `| ${names.join(", ")} | ${reason} |`);
  const total = present.length + missing.length;
  return [
    `## ${title(namespace)}: ${present.length} of ${total}`,
    "",
    ...(present.length === 0 ? [] : [present.map((name) => `\`${name}\``).join(" "), ""]),
    ...(table.length === 0 ? [] : ["| missing | why |", "|---|---|", ...table, ""]),
  ];
}

/** The text of `docs/coverage.md`. */
export function pageOf(api: Api, coverage: readonly Coverage[]): string {
  const sum = (count: (one: Coverage) => number): number => coverage.reduce((total, one) => total + count(one), 0);
  const lines = [
    "# Coverage of PyTorch's names",
    "",
    `Generated by \`npm run docs\` from the public names of ${api.source} and the reasons in \`tools/coverage/reasons.ts\`; do not edit.`,
    "A name is here if the rule of names finds it: `snake_case` becomes `camelCase`, all else stays. That what is here computes what PyTorch",
    "computes is the matter of `tests/conformance`. Lists that PyTorch spreads over several modules (`serialization`, `backends`) count from `torch`.",
    "",
    "| namespace | here | missing | |",
    "|---|---:|---:|---:|",
    ...coverage.map(({ namespace, present, missing }) => row(`\`${title(namespace)}\``, present.length, missing.length)),
    row(
      "all",
      sum(({ present }) => present.length),
      sum(({ missing }) => missing.length),
    ),
    "",
    ...coverage.flatMap(section),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
