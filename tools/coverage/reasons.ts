/** Why names of PyTorch are missing: the one table of reasons. A test fails for a missing name without a reason, and for a reason without use. */

/** Names of one namespace, as PyTorch writes them, and why they are missing; `*` stands for all that are missing otherwise. */
export interface Reason {
  readonly namespace: string;
  readonly names: readonly string[];
  readonly reason: string;
  /** Something else has the name here, so that it would seem to be there. */
  readonly homonym?: true;
}

const sparse = "sparse tensors are not supported";
const tracing = "tracing and compilation are not written yet";
const controlFlow = "control flow for compiled graphs: JavaScript's own does it in eager code";
const internal = "internal: a name that Python's modules show by accident";
const dlpack = "DLPack hands memory between Python libraries; typed arrays (`frombuffer`, `asarray`) and numpy-ts do here";
const notYet = "not written yet";
const cuda = "there is no CUDA device yet";

export const reasons: readonly Reason[] = [
  { namespace: "torch", names: ["compile"], reason: tracing },
  { namespace: "torch", names: ["cond", "while_loop"], reason: controlFlow },
  { namespace: "torch", names: ["from_dlpack", "to_dlpack"], reason: dlpack },
  { namespace: "torch", names: ["get_device_module"], reason: "the modules of devices have names: `torch.cuda`" },
  { namespace: "torch", names: ["hash_tensor"], reason: "its result is uint64, a dtype that is not supported" },
  { namespace: "torch", names: ["indices_copy", "values_copy"], reason: sparse },
  { namespace: "torch", names: ["lobpcg"], reason: "for large sparse matrices; `linalg.eigh` gives all eigenpairs" },
  { namespace: "torch", names: ["thread_safe_generator"], reason: "generators are never shared between threads" },
  { namespace: "Tensor", names: ["chalf"], reason: "its result is complex32, a dtype that is not supported" },
  { namespace: "Tensor", names: ["grad_dtype"], reason: "a gradient always has the dtype of its tensor" },
  { namespace: "Tensor", names: ["indices", "values"], reason: sparse },
  { namespace: "Tensor", names: ["pin_memory", "record_stream"], reason: cuda },
  { namespace: "Tensor", names: ["qscheme"], reason: "quantised tensors are not supported" },
  {
    namespace: "Tensor",
    names: ["share_memory_"],
    reason: "memory that workers share (SharedArrayBuffer) escapes the garbage collector's accounting",
  },
  { namespace: "Tensor", names: ["storage"], reason: "deprecated in PyTorch: `untypedStorage()`", homonym: true },
  { namespace: "Tensor", names: ["to_padded_tensor"], reason: "nested tensors are not supported" },
  { namespace: "nn.functional", names: ["Optional"], reason: internal },
  { namespace: "nn.utils.rnn", names: ["PackedSequence_"], reason: internal },
  {
    namespace: "autograd",
    names: ["forward_ad.dual_level"],
    reason: "forward mode is not written yet; `func.jvp` and `func.linearize` compute its products by differentiating the backward pass",
  },
  { namespace: "autograd", names: ["*"], reason: notYet },
  { namespace: "special", names: ["Tensor"], reason: internal },
  { namespace: "distributions", names: ["*"], reason: notYet },
  { namespace: "cuda", names: ["*"], reason: cuda },
  { namespace: "distributed", names: ["*"], reason: "training over several processes is not written yet" },
  { namespace: "nn.parallel", names: ["*"], reason: "training over several processes is not written yet" },
  { namespace: "serialization", names: ["compile", "export", "jit.trace"], reason: tracing },
  {
    namespace: "serialization",
    names: ["hub.load_state_dict_from_file"],
    reason: "`torch.load(path)` reads a file of weights; there is no hub of models",
  },
  { namespace: "serialization", names: ["*"], reason: notYet },
];
