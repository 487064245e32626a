/** Names of graph nodes, spelled as PyTorch spells them. */

/** `logSoftmax` → `LogSoftmaxBackward0` */
export function nodeName(op: string): string {
  const last = op.slice(op.lastIndexOf(".") + 1);
  return `${last.charAt(0).toUpperCase()}${last.slice(1)}Backward0`;
}
