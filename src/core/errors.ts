/** The errors that flambeau throws. Each message names the operation and the values, and says what to do where that is known. */

/** The base of every error thrown by flambeau on purpose. */
export class TorchError extends Error {
  override readonly name: string = "TorchError";
}

/** Shapes that do not fit together or do not fit an operation. */
export class ShapeError extends TorchError {
  override readonly name = "ShapeError";
}

/** A dtype that an operation does not accept. */
export class DTypeError extends TorchError {
  override readonly name = "DTypeError";
}

/** An argument that is missing, unknown, of the wrong type or out of its range. */
export class ArgumentError extends TorchError {
  override readonly name = "ArgumentError";
}

/** An index or a dimension that is out of range. */
export class IndexError extends TorchError {
  override readonly name = "IndexError";
}

/** A misuse of automatic differentiation. */
export class AutogradError extends TorchError {
  override readonly name = "AutogradError";
}

/** A device that is absent, or tensors on different devices. */
export class DeviceError extends TorchError {
  override readonly name = "DeviceError";
}

/** A file that cannot be read or a value that cannot be written: what is wrong with it, and where. */
export class SerializationError extends TorchError {
  override readonly name = "SerializationError";
}
