/** A small highlighter: it tells apart the words of TypeScript, well enough for a page of cells. */

/** What a piece of code is. */
export type TokenKind = "comment" | "string" | "number" | "keyword" | "type" | "call" | "plain";

/** A piece of code. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const keywords = [
  "as",
  "class",
  "const",
  "constructor",
  "extends",
  "export",
  "for",
  "from",
  "function",
  "get",
  "if",
  "import",
  "let",
  "new",
  "null",
  "of",
  "readonly",
  "return",
  "super",
  "this",
  "type",
  "undefined",
  "using",
];

/** In this order: a word in a comment is no keyword. A template literal is a string with everything in it. */
const pattern = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*|/\*[^]*?\*/)`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"|\x60(?:\\.|[^\x60\\])*\x60)`,
    String.raw`(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?\b)`,
    String.raw`(?<keyword>\b(?:${keywords.join("|")})\b(?!\())`,
    String.raw`(?<type>\b[A-Z]\w*[a-z]\w*\b)`,
    String.raw`(?<call>\b[a-z_]\w*(?=\())`,
  ].join("|"),
  "g",
);

const kinds: readonly TokenKind[] = ["comment", "string", "number", "keyword", "type", "call"];

/** Splits code into tokens; together they are the code again. */
export function tokenize(code: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > end) tokens.push({ kind: "plain", text: code.slice(end, match.index) });
    tokens.push({ kind: kinds.find((kind) => match.groups?.[kind] !== undefined) ?? "plain", text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: "plain", text: code.slice(end) });
  return tokens;
}
