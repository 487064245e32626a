/** Tables of comma-separated values. */

import type { DType } from "../../core/dtype.js";
import { float64, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { tensor } from "../../ops/create/tensor.js";
import { stack } from "../../ops/shape/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Readable, readBytes } from "./bytes.js";

/** Options of `readCsv`. */
export interface CsvOptions {
  /** What stands between fields; by default a comma. */
  delimiter?: string;
  /** What fields that contain delimiters, quotes or line ends stand in; by default `"`. A doubled one within stands for itself. */
  quote?: string;
  /** The names of the columns, instead of a first line with names; `true` (the default) for that line, `false` for numbers as names. */
  header?: boolean | readonly string[];
  /** Fields that stand for no value: NaN in a column of numbers. By default the empty field, `NA` and `NaN`. */
  missing?: readonly string[];
}

/** A column: numbers as a tensor, anything else as strings. */
export type Column = Tensor | readonly string[];

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
]);

/** Columns of equal length, by name. */
export class Table {
  constructor(
    /** The columns by name, in the order of the file. */
    readonly columns: ReadonlyMap<string, Column>,
    /** The number of rows. */
    readonly length: number,
  ) {}

  /** The names of the columns. */
  get names(): readonly string[] {
    return [...this.columns.keys()];
  }

  /**
   * A column by name.
   * @throws {ArgumentError} if there is none of the name.
   */
  column(name: string): Column {
    const found = this.columns.get(name);
    if (found === undefined) throw new ArgumentError(`Table: there is no column '${name}'; the columns are ${this.names.join(", ")}`);
    return found;
  }

  /** The fields of a column of text. */
  strings(name: string): readonly string[] {
    const found = this.column(name);
    if (isText(found)) return found;
    throw new DTypeError(`Table: the column '${name}' holds numbers (${found.dtype}); take it with tensor('${name}')`);
  }

  /**
   * A column of numbers, `[rows]`, or several side by side, `[rows, columns]`, in the dtype that they have in common or a given one.
   * @throws {DTypeError} for a column of text.
   */
  tensor(names: string | readonly string[], options: { dtype?: DType } = {}): Tensor {
    if (typeof names === "string") return this.numbers(names, options.dtype);
    const columns = names.map((name) => this.numbers(name));
    const dtype = options.dtype ?? (columns.every((column) => column.dtype === int64) ? int64 : float64);
    return stack(
      columns.map((column) => column.to(dtype)),
      1,
    );
  }

  private numbers(name: string, dtype?: DType): Tensor {
    const found = this.column(name);
    if (isText(found)) {
      const example = found.find((field) => Number.isNaN(Number(field))) ?? found[0] ?? "";
      throw new DTypeError(
        `Table: the column '${name}' holds text, such as '${example}'; take it with strings('${name}') or number it with codes('${name}')`,
      );
    }
    return dtype === undefined ? found : found.to(dtype);
  }

  /** The numbers (int64) of the fields of a column among its different values, and these values, sorted. */
  codes(name: string): { readonly codes: Tensor; readonly values: readonly string[] } {
    const fields = this.strings(name);
    const values = [...new Set(fields)].sort();
    const numbers = new Map(values.map((value, i) => [value, BigInt(i)]));
    return {
      codes: tensor(
        fields.map((field) => numbers.get(field) as bigint),
        { dtype: int64 },
      ),
      values,
    };
  }
}

function isText(column: Column): column is readonly string[] {
  return Array.isArray(column);
}

/** The rows of a text, and the line in which each begins. */
function* rowsOf(
  text: string,
  delimiter: string,
  quote: string,
  fail: (text: string) => Error,
): Generator<{ fields: string[]; line: number }> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const fields: string[] = [];
    const first = line;
    let isLast = false;
    while (!isLast) {
      let field = "";
      if (text.startsWith(quote, at)) {
        for (at += quote.length; ; ) {
          const end = text.indexOf(quote, at);
          if (end < 0) throw fail(`line ${first}: a quoted field has no end`);
          const part = text.slice(at, end);
          field += part;
          line += part.split("\n").length - 1;
          at = end + quote.length;
          if (!text.startsWith(quote, at)) break;
          field += quote;
          at += quote.length;
        }
        if (at < text.length && !text.startsWith(delimiter, at) && !/[\r\n]/.test(text.charAt(at)))
          throw fail(`line ${line}: behind a quoted field stands '${text.charAt(at)}', not a delimiter`);
      } else {
        const start = at;
        while (at < text.length && !text.startsWith(delimiter, at) && text.charAt(at) !== "\n" && text.charAt(at) !== "\r") at++;
        field = text.slice(start, at);
      }
      fields.push(field);
      isLast = !text.startsWith(delimiter, at);
      if (!isLast) at += delimiter.length;
    }
    if (text.charAt(at) === "\r") at++;
    if (text.charAt(at) === "\n") at++;
    line++;
    const isEmpty = fields.length === 1 && fields[0] === "";
    if (!isEmpty) yield { fields, line: first };
  }
}

/** A column in the narrowest of int64, float64 and text that holds all its fields. */
function columnOf(fields: readonly string[], missing: ReadonlySet<string>): Column {
  const texts = fields.map((field) => field.trim());
  const isSafe = (text: string): boolean => INTEGER.test(text) && BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 63n;
  if (fields.length > 0 && texts.every(isSafe)) return tensor(texts.map(BigInt), { dtype: int64 });
  const isNumber = (text: string): boolean => missing.has(text) || NUMBER.test(text) || SPECIAL.has(text.toLowerCase());
  if (fields.length === 0 || !texts.every(isNumber) || texts.every((text) => missing.has(text))) return fields;
  const values = texts.map((text) => (missing.has(text) ? Number.NaN : (SPECIAL.get(text.toLowerCase()) ?? Number(text))));
  return tensor(values, { dtype: float64 });
}

/**
 * The table in a CSV file, or in its bytes (UTF-8; also packed with gzip), as RFC 4180 describes it: fields in quotes may contain anything. A column
 * of whole numbers becomes int64, one of numbers float64, any other stays text.
 * @throws {SerializationError} if the file cannot be read, a quoted field has no end, or a row has not as many fields as the first.
 * @example
 * ```ts
 * const table = torch.utils.data.readCsv(new TextEncoder().encode("width,species\n1.5,setosa\n2,virginica\n"));
 * table.tensor(["width"], { dtype: torch.float32 }); // tensor([[1.5000], [2.0000]])
 * const { codes, values } = table.codes("species");
 * codes; // tensor([0, 1])
 * values; // ["setosa", "virginica"]
 * ```
 */
export function readCsv(from: Readable, options: CsvOptions = {}): Table {
  const { delimiter = ",", quote = '"', header = true, missing = ["", "NA", "NaN"] } = options;
  if (delimiter === "" || quote === "") throw new ArgumentError("readCsv: the delimiter and the quote are characters, not empty strings");
  const { bytes, fail } = readBytes("readCsv", from);
  const rows = rowsOf(new TextDecoder().decode(bytes), delimiter, quote, fail);
  const first = rows.next();
  if (first.done && typeof header === "boolean") throw fail("holds no rows");
  const head = first.done ? [] : first.value.fields;
  const names = typeof header === "boolean" ? head.map((name, i) => (header ? name.trim() : String(i))) : header;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fail(`has two columns named '${twice}'; give names with { header: [...] }`);
  const fields: string[][] = names.map(() => []);
  let count = 0;
  const add = (row: readonly string[], line: number): void => {
    if (row.length !== names.length) throw fail(`line ${line}: there are ${row.length} fields, but ${names.length} columns`);
    row.forEach((field, i) => {
      fields[i]?.push(field);
    });
    count++;
  };
  if (header !== true && !first.done) add(first.value.fields, first.value.line);
  for (const row of rows) add(row.fields, row.line);
  const none = new Set(missing);
  return new Table(new Map(names.map((name, i) => [name, columnOf(fields[i] ?? [], none)])), count);
}
