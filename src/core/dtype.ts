/** Element types: their names, sizes and the typed arrays that hold them. */

export type DTypeKind = "bool" | "int" | "float" | "complex";

export type DTypeName =
  | "bool"
  | "uint8"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

/** The typed arrays that hold tensor elements in host memory. */
export type TypedArray = Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

interface TypedArrayConstructor {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
}

/** The type of a tensor's elements, such as `torch.float32`. One object per type: compare with `===`. */
export class DType {
  /** Whether the type is real floating point. */
  readonly isFloatingPoint: boolean;
  /** Whether the type is complex. */
  readonly isComplex: boolean;
  /** Whether the type has a sign. */
  readonly isSigned: boolean;
  /** Numbers of the typed array that one element takes: 2 for complex types, else 1. */
  readonly components: 1 | 2;
  /** Bytes of one element. */
  readonly itemsize: number;

  constructor(
    /** The name without `torch.`, as PyTorch writes it. */
    readonly name: DTypeName,
    /** A small integer, unique to the type: kernels are looked up by it. */
    readonly code: number,
    readonly kind: DTypeKind,
    /** The typed array that stores elements; half floats are stored as their 16 bits. */
    readonly array: TypedArrayConstructor,
    /** PyTorch's name of the C++ scalar type, used in its error messages. */
    readonly scalarName: string,
    /** The class part of the legacy type name: `Float` in `torch.FloatTensor`. */
    readonly legacyName: string,
  ) {
    this.isFloatingPoint = kind === "float";
    this.isComplex = kind === "complex";
    this.isSigned = name !== "bool" && name !== "uint8";
    this.components = kind === "complex" ? 2 : 1;
    this.itemsize = array.BYTES_PER_ELEMENT * this.components;
  }

  /** `torch.float32`. */
  toString(): string {
    return `torch.${this.name}`;
  }
}

export const bool: DType = new DType("bool", 0, "bool", Uint8Array, "Bool", "Bool");
export const uint8: DType = new DType("uint8", 1, "int", Uint8Array, "Byte", "Byte");
export const int8: DType = new DType("int8", 2, "int", Int8Array, "Char", "Char");
export const int16: DType = new DType("int16", 3, "int", Int16Array, "Short", "Short");
export const int32: DType = new DType("int32", 4, "int", Int32Array, "Int", "Int");
export const int64: DType = new DType("int64", 5, "int", BigInt64Array, "Long", "Long");
export const float16: DType = new DType("float16", 6, "float", Uint16Array, "Half", "Half");
export const bfloat16: DType = new DType("bfloat16", 7, "float", Uint16Array, "BFloat16", "BFloat16");
export const float32: DType = new DType("float32", 8, "float", Float32Array, "Float", "Float");
export const float64: DType = new DType("float64", 9, "float", Float64Array, "Double", "Double");
export const complex64: DType = new DType("complex64", 10, "complex", Float32Array, "ComplexFloat", "ComplexFloat");
export const complex128: DType = new DType("complex128", 11, "complex", Float64Array, "ComplexDouble", "ComplexDouble");

/** Every dtype, indexed by its code. */
export const dtypes: readonly DType[] = [
  bool,
  uint8,
  int8,
  int16,
  int32,
  int64,
  float16,
  bfloat16,
  float32,
  float64,
  complex64,
  complex128,
];

let defaultDType: DType = float32;

/** The dtype that numbers take when none is asked for; `torch.float32` unless set otherwise. */
export function getDefaultDtype(): DType {
  return defaultDType;
}

/**
 * Sets the dtype that numbers take when none is asked for.
 * @throws if `dtype` is not a floating-point type.
 */
export function setDefaultDtype(dtype: DType): void {
  if (!dtype.isFloatingPoint) {
    throw new TypeError(`setDefaultDtype: only floating-point types are supported as the default type, not ${dtype}`);
  }
  defaultDType = dtype;
}

/** The complex type whose parts have the given floating type. */
export function toComplexType(dtype: DType): DType {
  if (dtype.isComplex) return dtype;
  return dtype === float64 ? complex128 : complex64;
}

/** The real type of a complex type's parts; other types are returned as they are. */
export function toRealType(dtype: DType): DType {
  if (dtype === complex64) return float32;
  if (dtype === complex128) return float64;
  return dtype;
}
