/** Scripts of documentation as bodies of functions: imports become calls, and comments about values become checks. */

import { join } from "node:path";

/** `expression; // what it is` on a line of its own. */
const claim = /^(\s*)(?!(?:const|let|var|for|if|while|return|import|export|class|function|throw|using)\b|[.)}\]/])(\S.*?);\s+\/\/ (.+)$/;

function withClaim(line: string): string {
  const match = claim.exec(line);
  if (match === null) return line;
  const [, indent, expression, comment] = [...match] as [string, string, string, string];
  const logged = /^console\.log\((.*)\)$/.exec(expression);
  const value = logged === null ? expression : (logged[1] as string);
  const text = JSON.stringify(comment);
  if (/^throws\b/.test(comment)) return `${indent}await $throws(async () => (${value}), ${text});`;
  return `${indent}await $check((${value}), ${text});`;
}

/** The script with imports as calls of `$load`, claims as calls of `$check` and `$throws`, and files in a folder. */
export function rewritten(script: string, folder: string): string {
  return script
    .replaceAll(/^import \* as (\w+) from "([^"]+)";$/gm, 'const $1 = await $load("$2");')
    .replaceAll(
      /^import (\{[^}]*\}) from "([^"]+)";$/gm,
      (_, names: string, from: string) => `const ${names.replaceAll(" as ", ": ")} = await $load("${from}");`,
    )
    .replaceAll(/^export \{\};$/gm, "")
    .replaceAll(/^export /gm, "")
    .replaceAll(/"([\w-]+\.(?:pt|onnx|safetensors|png|svg|html|txt))"/g, (_, name: string) => JSON.stringify(join(folder, name)))
    .replaceAll('"out"', JSON.stringify(folder))
    .split("\n")
    .map(withClaim)
    .join("\n");
}
