/** The names that PyTorch's checkpoints use, and which of them stand for something here. */

import { type DType, dtypes } from "../../core/dtype.js";

/** The class of a storage, as a pickle names it: `torch.FloatStorage`. */
export class StorageType {
  constructor(
    /** The type of the elements; null for storages that are bytes. */
    readonly dtype: DType | null,
  ) {}
}

/** `FloatStorage` for float32, and so on. */
export function storageName(dtype: DType): string {
  return `${dtype.legacyName}Storage`;
}

const storageTypes = new Map<string, StorageType>([["torch.storage.UntypedStorage", new StorageType(null)]]);
const dtypeNames = new Map<string, DType>();
for (const dtype of dtypes) {
  const type = new StorageType(dtype);
  for (const module of ["torch", "torch.cuda"]) storageTypes.set(`${module}.${storageName(dtype)}`, type);
  dtypeNames.set(`torch.${dtype.name}`, dtype);
}

/** Dtypes of PyTorch that are not here. */
const absent = /^torch\.(uint(16|32|64)|float8_\w+|float4_\w+|bits\w+|complex32|q?u?int\d+(x\d+)?|Q\w+Storage|per_(tensor|channel)_\w+)$/;

/** What stands for a name in a checkpoint: a dtype or a kind of storage. */
export function constantNamed(path: string): DType | StorageType | undefined {
  return dtypeNames.get(path) ?? storageTypes.get(path);
}

/** Whether a name is a dtype that PyTorch has and this library has not. */
export function isAbsentDType(path: string): boolean {
  return !dtypeNames.has(path) && absent.test(path);
}
