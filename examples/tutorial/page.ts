/** The notebook as one self-contained page. */

import { tokenize } from "./highlight.js";
import type { Cell, Chapter, Output } from "./notebook.js";
import { style } from "./style.js";

/** What the page says besides the chapters. */
export interface PageHeader {
  readonly title: string;
  /** Below the title, in Markdown. */
  readonly lead: string;
  /** At the end, in Markdown: paragraphs. */
  readonly footer: readonly string[];
}

/**
 * Makes the page.
 *
 * @param header - title, and what stands above and below
 * @param chapters - the sections that ran
 * @param pictures - for the name of every picture, its drawing as SVG
 */
export function htmlPage(header: PageHeader, chapters: readonly Chapter[], pictures: ReadonlyMap<string, string>): string {
  const [first = "", ...rest] = header.title.split(" ").reverse();
  const heading = `${escaped(rest.reverse().join(" "))} <em>${escaped(first)}</em>`;
  const sections = chapters.map((chapter) => sectionHtml(chapter, pictures)).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(header.title)}</title>
<style>${style}</style>
</head>
<body>
<div class="frame">
<header>
<h1>${heading}</h1>
<p class="lead">${inline(header.lead)}</p>
</header>
<div class="side">
${contents(chapters)}
</div>
<main>
${sections}
<footer>
${header.footer.map((text) => `<p>${inline(text)}</p>`).join("\n")}
</footer>
</main>
</div>
</body>
</html>
`;
}

/** The name that links to a section use. */
function anchor(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, "-");
}

function contents(chapters: readonly Chapter[]): string {
  const items = chapters.map(({ title, cells }) => {
    const numbers = cells.flatMap(({ number }) => (number === null ? [] : [`<a href="#cell-${number}">${number}</a>`]));
    return `<li><a href="#${anchor(title)}">${escaped(title)}</a> <span class="cells">${numbers.join(" ")}</span></li>`;
  });
  return `<nav aria-label="Contents">\n<p>Contents</p>\n<ol>\n${items.join("\n")}\n</ol>\n</nav>`;
}

function sectionHtml({ title, text, cells }: Chapter, pictures: ReadonlyMap<string, string>): string {
  const paragraphs = text.split("\n\n").map((paragraph) => `<p>${inline(paragraph)}</p>`);
  const body = cells.map((cell) => cellHtml(cell, pictures));
  return [`<section id="${anchor(title)}">`, `<h2>${escaped(title)}</h2>`, ...paragraphs, ...body, "</section>"].join("\n");
}

function cellHtml({ number, text, code, outputs, picture }: Cell, pictures: ReadonlyMap<string, string>): string {
  const svg = picture === null ? undefined : pictures.get(picture.name);
  const parts = [
    number === null ? `<div class="cell">` : `<div class="cell" id="cell-${number}">`,
    number === null ? `<span class="label">not in the notebook</span>` : `<a class="label" href="#cell-${number}">In [${number}]</a>`,
    `<p>${inline(text)}</p>`,
    code === "" ? "" : `<pre class="code"><code>${highlighted(code)}</code></pre>`,
    ...joined(outputs).map((output) => outputHtml(output, number)),
    picture === null || svg === undefined ? "" : figureHtml(picture.name, svg),
    "</div>",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** Joins what was printed line by line. */
function joined(outputs: readonly Output[]): Output[] {
  const blocks: Output[] = [];
  for (const output of outputs) {
    const last = blocks.at(-1);
    if (last?.kind === "printed" && output.kind === "printed")
      blocks.splice(-1, 1, { kind: "printed", text: `${last.text}\n${output.text}` });
    else blocks.push(output);
  }
  return blocks;
}

function outputHtml({ kind, text }: Output, number: number | null): string {
  if (kind === "note") return `<p class="note">${escaped(text)}</p>`;
  const tag = kind === "value" ? `<span class="tag">Out [${number ?? "+"}]</span>` : "";
  return `<div class="output">${tag}<pre>${escaped(text)}</pre></div>`;
}

/** The drawing goes in as data: nothing is loaded, and its inner names cannot clash with those of another one. */
function figureHtml(name: string, svg: string): string {
  return `<figure><img alt="${escaped(name)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}"></figure>`;
}

function highlighted(code: string): string {
  return tokenize(code)
    .map(({ kind, text }) => (kind === "plain" ? escaped(text) : `<span class="${kind}">${escaped(text)}</span>`))
    .join("");
}

/** The little Markdown that the texts use: code, strong, emphasis. */
function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.startsWith("`")) return `<code>${escaped(part.slice(1, -1))}</code>`;
      return escaped(part)
        .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
        .replace(/\*([^*]+)\*/g, "<em>$1</em>");
    })
    .join("");
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
