/** Matrices in double precision, column by column, and the batches of them that operands hold. */

import type { TypedArray } from "../../../../core/dtype.js";
import type { CpuOperand } from "../../storage.js";
import { startOf } from "../raw.js";

const none = new Float64Array(0);

/** A matrix whose columns lie one behind the other: element `(i, j)` at `i + j·rows`. `im` has no elements where it is real. */
export class Matrix {
  readonly re: Float64Array;
  readonly im: Float64Array;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly isComplex: boolean,
  ) {
    this.re = new Float64Array(rows * columns);
    this.im = isComplex ? new Float64Array(rows * columns) : none;
  }

  /** A matrix with ones in the diagonal. */
  static identity(rows: number, columns: number, isComplex: boolean): Matrix {
    const eye = new Matrix(rows, columns, isComplex);
    for (let i = 0; i < Math.min(rows, columns); i++) eye.re[i * (rows + 1)] = 1;
    return eye;
  }

  /** The place of an element. */
  at(row: number, column: number): number {
    return row + column * this.rows;
  }

  /** The conjugate transpose. */
  adjoint(): Matrix {
    const { rows, columns, isComplex, re, im } = this;
    const result = new Matrix(columns, rows, isComplex);
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < rows; i++) {
        const [from, to] = [i + j * rows, j + i * columns];
        result.re[to] = re[from] as number;
        if (isComplex) result.im[to] = -(im[from] as number);
      }
    }
    return result;
  }

  /** The first rows and columns, in a larger or smaller matrix; what is new is 0. */
  resized(rows: number, columns: number): Matrix {
    const result = new Matrix(rows, columns, this.isComplex);
    const height = Math.min(rows, this.rows);
    for (let j = 0; j < Math.min(columns, this.columns); j++) {
      const from = j * this.rows;
      result.re.set(this.re.subarray(from, from + height), j * rows);
      if (this.isComplex) result.im.set(this.im.subarray(from, from + height), j * rows);
    }
    return result;
  }

  /** The matrix with rows and columns in reverse order. */
  reversed(): Matrix {
    const result = new Matrix(this.rows, this.columns, this.isComplex);
    result.re.set(this.re);
    result.re.reverse();
    result.im.set(this.im);
    result.im.reverse();
    return result;
  }

  /** Sets what is above (or below) the diagonal to 0. */
  keepTriangle(upper: boolean): void {
    const { rows, columns, re, im } = this;
    for (let j = 0; j < columns; j++) {
      const [from, to] = upper ? [Math.min(j + 1, rows), rows] : [0, Math.min(j, rows)];
      re.fill(0, j * rows + from, j * rows + to);
      if (this.isComplex) im.fill(0, j * rows + from, j * rows + to);
    }
  }

  /** Whether every element is a finite number. */
  isFinite(): boolean {
    return this.re.every(Number.isFinite) && this.im.every(Number.isFinite);
  }
}

/** The matrices in the last two dimensions of an operand, the vectors in its last one (`inner` 1), or its elements (`inner` 0). */
export class Batch {
  /** How many there are. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  private readonly data: TypedArray;
  private readonly rowStep: number;
  private readonly columnStep: number;
  private readonly sizes: readonly number[];
  private readonly steps: readonly number[];
  private readonly first: number;
  private readonly isComplex: boolean;
  /** The rounding error of the dtype. */
  readonly epsilon: number;

  constructor(operand: CpuOperand, inner: 0 | 1 | 2) {
    const { shape, strides, dtype } = operand;
    const outer = shape.length - inner;
    this.data = operand.storage.data;
    this.isComplex = dtype.isComplex;
    this.epsilon = this.data instanceof Float64Array ? 2 ** -53 : 2 ** -24;
    this.first = startOf(operand);
    this.sizes = shape.slice(0, outer);
    this.steps = strides.slice(0, outer);
    this.count = this.sizes.reduce((a, b) => a * b, 1);
    this.rows = inner > 0 ? (shape[outer] as number) : 1;
    this.columns = inner === 2 ? (shape[outer + 1] as number) : 1;
    this.rowStep = inner > 0 ? (strides[outer] as number) : 1;
    this.columnStep = inner === 2 ? (strides[outer + 1] as number) : 1;
  }

  private start(number: number): number {
    let place = this.first;
    for (let d = this.sizes.length - 1, rest = number; d >= 0; d--) {
      const size = this.sizes[d] as number;
      place += (rest % size) * (this.steps[d] as number);
      rest = Math.floor(rest / size);
    }
    return place;
  }

  /** A copy of one matrix, in double precision. */
  read(number: number): Matrix {
    const { rows, columns, rowStep, columnStep, isComplex } = this;
    const matrix = new Matrix(rows, columns, isComplex);
    const data = this.data as Float64Array;
    const { re, im } = matrix;
    for (let j = 0, to = 0, column = this.start(number); j < columns; j++, column += columnStep) {
      for (let i = 0, from = column; i < rows; i++, from += rowStep, to++) {
        if (isComplex) {
          re[to] = data[2 * from] as number;
          im[to] = data[2 * from + 1] as number;
        } else re[to] = data[from] as number;
      }
    }
    return matrix;
  }

  /** Writes one matrix, rounded to the operand's dtype; a real one into a complex operand gets imaginary parts of 0. */
  write(number: number, matrix: Matrix): void {
    const { rows, columns, rowStep, columnStep, isComplex } = this;
    const data = this.data as Float64Array;
    const { re, im } = matrix;
    for (let j = 0, column = this.start(number); j < columns; j++, column += columnStep) {
      for (let i = 0, to = column, from = j * matrix.rows; i < rows; i++, to += rowStep, from++) {
        if (isComplex) {
          data[2 * to] = re[from] as number;
          data[2 * to + 1] = matrix.isComplex ? (im[from] as number) : 0;
        } else data[to] = re[from] as number;
      }
    }
  }

  /** The numbers of one vector of real numbers or integers. */
  readVector(number: number): Float64Array {
    const vector = new Float64Array(this.rows);
    for (let i = 0, from = this.start(number); i < this.rows; i++, from += this.rowStep) vector[i] = Number(this.data[from]);
    return vector;
  }

  /** Writes one vector of real numbers or integers. */
  writeVector(number: number, vector: ArrayLike<number | bigint>): void {
    for (let i = 0, to = this.start(number); i < this.rows; i++, to += this.rowStep) this.data[to] = vector[i] as number;
  }

  /** Writes one number. */
  writeNumber(number: number, value: number): void {
    this.data[this.start(number)] = value;
  }
}
