/** Runs an example by name: `npm run example -- mnist --epochs 2`. */

import { existsSync, readdirSync } from "node:fs";

const [name = "", ...options] = process.argv.slice(2);
const program = new URL(`./${name}/main.js`, import.meta.url);

if (/^\w+$/.test(name) && existsSync(program)) {
  process.argv.splice(2, process.argv.length, ...options);
  await import(program.href);
} else {
  const folders = readdirSync(new URL(".", import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  console.error(`Usage: npm run example -- <name> [options]\nThe examples are ${folders.map((entry) => entry.name).join(", ")}.`);
  process.exitCode = 1;
}
