/** The library as compiled files: what threads run, which cannot read TypeScript. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Compiles files of the tests with what they import. They lie below the returned address as they do below the repository's root. */
export function compile(...files: readonly string[]): URL {
  return compileInto("flambeau-data", files);
}

/** Does that in a folder of the cache that no other test uses, since tests run side by side. */
export function compileInto(folder: string, files: readonly string[]): URL {
  const out = `${root}node_modules/.cache/${folder}`;
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/package.json`, '{ "type": "module" }\n');
  const options = {
    outDir: out,
    rootDir: root,
    noCheck: true,
    declaration: false,
    isolatedDeclarations: false,
    sourceMap: false,
    incremental: true,
  };
  writeFileSync(
    `${out}/tsconfig.json`,
    JSON.stringify({ extends: `${root}tsconfig.json`, compilerOptions: options, include: [], files: files.map((file) => root + file) }),
  );
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${out}/tsconfig.json`], { stdio: "pipe" });
  return pathToFileURL(`${out}/`);
}
