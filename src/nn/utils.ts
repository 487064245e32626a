/** `torch.nn.utils`: what is done to the parameters of models. Names only. */

export * from "./collective.js";
export * as rnn from "./packed.js";
