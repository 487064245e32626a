/** What PyTorch writes behind the elements of a tensor: where it lives, its size and dtype, and its part in a graph. */

/** The properties of a tensor that its suffixes tell. */
export interface SuffixSource {
  readonly shape: readonly number[];
  /** The dtype without its namespace, such as `float64`. */
  readonly dtypeName: string;
  /** The default floating dtype; `float32` unless given. */
  readonly defaultDtypeName?: string | undefined;
  /** The device, such as `cuda:0`; left out for the default one. */
  readonly deviceName?: string | undefined;
  /** Whether there is data to show; a tensor on the `meta` device has none. */
  readonly hasData?: boolean | undefined;
  /** The node that made the tensor, such as `MulBackward0`; it hides `requiresGrad`. */
  readonly gradFnName?: string | undefined;
  readonly requiresGrad?: boolean | undefined;
  /** Elements shown at each edge when summarised; at 0 the size is told. */
  readonly edgeitems?: number | undefined;
}

/**
 * Gives the suffixes of a tensor's text in PyTorch's order, each only where it tells something.
 *
 * The dtype is left out if it can be seen: the default floating dtype and its complex one, int64 and bool. Without
 * elements to see it by, only the default floating dtype is.
 *
 * @param source - the tensor's properties
 * @example
 * tensorSuffixes({ shape: [2, 0], dtypeName: "int64" }); // ["size=(2, 0)", "dtype=torch.int64"]
 */
export function tensorSuffixes(source: SuffixSource): string[] {
  const { shape, dtypeName, defaultDtypeName = "float32", hasData = true, edgeitems = 3 } = source;
  const isEmpty = shape.includes(0);
  const defaultComplex = defaultDtypeName === "float64" ? "complex128" : "complex64";
  const visible = hasData && !isEmpty ? [defaultDtypeName, defaultComplex, "int64", "bool"] : [defaultDtypeName];
  const showsSize = !hasData || (isEmpty ? shape.length !== 1 : edgeitems === 0);

  const suffixes: string[] = [];
  if (source.deviceName !== undefined) suffixes.push(`device='${source.deviceName}'`);
  if (showsSize) suffixes.push(`size=${reprTuple(shape)}`);
  if (!visible.includes(dtypeName)) suffixes.push(`dtype=torch.${dtypeName}`);
  if (source.gradFnName !== undefined) suffixes.push(`grad_fn=<${source.gradFnName}>`);
  else if (source.requiresGrad === true) suffixes.push("requires_grad=True");
  return suffixes;
}

/**
 * Gives Python's `repr` of a tuple of sizes, where one size keeps its comma.
 *
 * @param sizes - whole numbers
 * @example
 * reprTuple([2, 3]); // "(2, 3)"
 * reprTuple([8]); // "(8,)"
 */
export function reprTuple(sizes: readonly number[]): string {
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}
