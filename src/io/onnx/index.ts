/** `torch.onnx`: models as ONNX files. Names only. */

export type { NamedAxes } from "./axes.js";
export { type ExportOptions, exportModel as export, ONNXProgram } from "./export.js";
export type { Exportable } from "./run.js";
