/** `torch.random`: the seeds and states of the default generators. */

export { forkRng, getRngState, initialSeed, manualSeed, seed, setRngState } from "../../tensor/generator.js";
