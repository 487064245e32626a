/** The words of generated JavaScript: names, numbers and punctuation. */

import { TorchError } from "../../../../core/errors.js";

export type Token =
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number | bigint }
  | { readonly kind: "symbol"; readonly text: string }
  | { readonly kind: "end"; readonly text: "" };

const pattern =
  /\s+|(0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(n?)|([A-Za-z_$][\w$]*)|(>>>=|\.\.\.|\*\*=|<<=|>>=|>>>|===|!==|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}[\]])/y;

/** The tokens of a text, at the end one of kind `end`. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) throw new TorchError(`the interpreter of kernels does not know ${JSON.stringify(source.slice(at, at + 20))}`);
    const [, number, big, name, symbol] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number, value: big === "n" ? BigInt(number) : Number(number) });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}
