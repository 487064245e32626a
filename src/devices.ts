/** The one file that names backends: it makes the devices of this process available. */

import { registerAbsence, registerBackend } from "./backend/registry.js";
import { cpuBackend, loadEngine } from "./backends/cpu/index.js";
import { metaBackend } from "./backends/meta/index.js";

registerBackend(cpuBackend);
registerBackend(metaBackend);
registerAbsence("cuda", "flambeau has no CUDA backend loaded; torch.cuda.isAvailable() tells before asking");
registerAbsence("webgpu", "flambeau has no WebGPU backend loaded");

export { loadEngine };
