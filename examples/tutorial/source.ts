/** The text of a section's cells, read from the file that runs: what is shown is what was executed. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A cell as its file has it. */
export interface CellSource {
  /** The number that `cell` is called with, or null for a cell that the notebook does not have. */
  readonly number: number | null;
  /** The comment above the call, in Markdown. */
  readonly text: string;
  /** The lines from the call to the next cell. */
  readonly code: string;
}

/** A section as its file has it. What its body returns at the end is not part of the last cell. */
export interface SectionSource {
  /** The comment above the section, in Markdown. */
  readonly text: string;
  readonly cells: readonly CellSource[];
  /** Every import of the file, one line each. */
  readonly imports: readonly string[];
}

const comment = String.raw`[ ]*/\*\*(?<text>(?:(?!\*/)[^])*)\*/\n`;
const cellStart = new RegExp(String.raw`^${comment}[ ]*cell\((?<number>\d*)[^\n]*\);\n`, "gm");
const sectionStart = new RegExp(String.raw`^${comment}export const \w+[^\n]*section\(`, "m");

/**
 * Reads the file of a section. A cell is a comment, a call of `cell`, and all lines up to the next one.
 *
 * @param url - `import.meta.url` of the section's module, whether it runs as TypeScript or as compiled JavaScript
 */
export function readSection(url: string): SectionSource {
  const source = readFileSync(sourcePath(url), "utf8");
  const starts = [...source.matchAll(cellStart)];
  const body = source.slice(0, source.lastIndexOf("\n});"));
  const end = body.includes("\n  return ") ? body.lastIndexOf("\n  return ") : body.length;
  const cells = starts.map((start, i): CellSource => {
    const number = start.groups?.["number"] ?? "";
    const code = source.slice(start.index + start[0].length, starts[i + 1]?.index ?? end);
    return { number: number === "" ? null : Number(number), text: prose(start.groups?.["text"]), code: alignComments(dedent(code)) };
  });
  return {
    text: prose(sectionStart.exec(source)?.groups?.["text"]),
    cells,
    imports: source.split("\n").filter((line) => /^import .*;$/.test(line)),
  };
}

/** The TypeScript file behind a module: `dist/examples/…/x.js` was compiled from `examples/…/x.ts`. */
function sourcePath(url: string): string {
  return fileURLToPath(url).replace(/[\\/]dist([\\/]examples[\\/].*)\.js$/, "$1.ts");
}

/** The text of a comment without its stars. */
function prose(text: string | undefined): string {
  return (text ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join("\n")
    .trim();
}

/** Takes away the indentation that all lines share, and blank lines around. */
function dedent(code: string): string {
  const lines = code.trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const shared = Math.min(...indents);
  return lines
    .map((line) => line.slice(shared))
    .join("\n")
    .replace(/^\n+/, "");
}

/** Puts the comments of neighbouring lines below each other, as the formatter of the source does not. */
function alignComments(code: string): string {
  return code.replace(/(?:^.*\S \/\/ .*\n?){2,}/gm, (block) => {
    const lines = block.split("\n").map((line) => line.split(/(?<=\S) (?=\/\/ )/));
    const width = Math.max(...lines.map(([before = ""]) => before.length));
    return lines.map(([before = "", comment]) => (comment === undefined ? before : `${before.padEnd(width)}  ${comment}`)).join("\n");
  });
}
