/** `torch.utils.checkpoint`. Names only. */

export { type CheckpointOptions, checkpoint, checkpointSequential, setCheckpointEarlyStop } from "./autodiff/checkpoint.js";
