/** How the page looks, in light and in dark. */

export const style: string = `
:root {
  color-scheme: light dark;
  --paper: #fdfcfa; --ink: #24211d; --quiet: #706a61; --line: #e5e0d8; --accent: #b4431a; --block: #f5f2ec; --flame: #e8702a;
  --comment: #7d766b; --string: #3b6e22; --number: #8a4b00; --keyword: #8b2f86; --type: #0a6470; --call: #1d54a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --ink: #e6e1d8; --quiet: #9b948a; --line: #35322d; --accent: #ff9a63; --block: #211f1c; --flame: #ff8a47;
    --comment: #958d80; --string: #9fcb82; --number: #e5b06b; --keyword: #d79bd3; --type: #7cc7d1; --call: #8fb8f2;
  }
  figure img { filter: invert(0.91) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6; font-size: 1.0625rem;
  font-family: "Charter", "Bitstream Charter", "Iowan Old Style", "Palatino Linotype", "Georgia", serif;
}
.frame { display: grid; grid-template-columns: minmax(0, 46rem); justify-content: center; column-gap: 4rem; padding: 0 1.25rem; }
header { padding: 4.5rem 0 0; }
h1 { font-size: 2.6rem; line-height: 1.15; letter-spacing: -0.015em; margin: 0 0 1rem; }
h1 em { color: var(--flame); font-style: normal; }
h2 { font-size: 1.65rem; line-height: 1.25; margin: 4.5rem 0 0.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.lead { color: var(--quiet); margin: 0 0 1rem; }
nav, .label, .tag, footer { font-family: system-ui, "Segoe UI", "Helvetica Neue", "Noto Sans", sans-serif; }
nav { font-size: 0.875rem; margin: 1rem 0 0; padding: 1.1rem 1.25rem; background: var(--block); border-radius: 0.5rem; }
nav > p { margin: 0 0 0.5rem; font-weight: 600; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav li { margin: 0.3rem 0; line-height: 1.4; }
nav a { color: inherit; text-decoration: none; }
nav a:hover { color: var(--accent); text-decoration: underline; }
nav .cells { display: block; font-size: 0.75rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
nav .cells a { display: inline-block; min-width: 1.35rem; }
.cell { margin: 2.2rem 0; position: relative; }
.cell > p { margin: 0 0 0.6rem; }
.label { color: var(--accent); font-size: 0.8125rem; font-weight: 600; font-variant-numeric: tabular-nums; text-decoration: none; }
.cell > .label { display: block; margin-bottom: 0.1rem; }
pre, code { font-family: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: 0.86em; background: var(--block); padding: 0.1em 0.3em; border-radius: 0.25em; }
pre { font-size: 0.8125rem; line-height: 1.55; margin: 0; overflow-x: auto; tab-size: 2; }
pre code { font-size: inherit; background: none; padding: 0; }
.code { background: var(--block); border-left: 3px solid var(--flame); border-radius: 0.2rem 0.5rem 0.5rem 0.2rem; padding: 0.85rem 1.1rem; }
.output { padding: 0.7rem 1.1rem 0 1.3rem; display: flex; gap: 0.9rem; }
.output pre { flex: 1; min-width: 0; }
.tag { color: var(--quiet); font-size: 0.75rem; line-height: 1.68; white-space: nowrap; }
.note { margin: 0.7rem 0 0 1.3rem; padding: 0.5rem 0.9rem; border: 1px dashed var(--line); border-radius: 0.4rem; color: var(--quiet); font-size: 0.94rem; }
figure { margin: 1.1rem 0 0; }
figure img { display: block; width: 100%; max-width: 40rem; height: auto; margin: 0 auto; border-radius: 0.4rem; }
.comment { color: var(--comment); font-style: italic; } .string { color: var(--string); } .number { color: var(--number); }
.keyword { color: var(--keyword); } .type { color: var(--type); } .call { color: var(--call); }
footer { margin: 5rem 0 4rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.875rem; }
footer p { margin: 0 0 0.6rem; }
@media (min-width: 76rem) {
  .frame { grid-template-columns: 15rem minmax(0, 46rem); }
  .side { grid-column: 1; grid-row: 1 / span 2; }
  header, main { grid-column: 2; }
  nav { position: sticky; top: 2rem; margin-top: 4.5rem; padding: 0; background: none; max-height: calc(100vh - 4rem); overflow-y: auto; }
}
@media print { nav { display: none; } .cell { break-inside: avoid; } }
`;
