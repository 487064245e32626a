/** A dataset that workers import: images that are made sample by sample from their bytes. */

import * as torch from "flambeau";

/** Item `i` is an image `[3, 32, 32]` in [-1, 1] with its label, from bytes as an image file would give them. */
export class Images extends torch.utils.data.Dataset<[torch.Tensor, number]> {
  private readonly bytes: torch.Tensor;

  constructor(override readonly length: number) {
    super();
    this.bytes = torch.randint(256, [64, 3, 32, 32], { dtype: torch.uint8 });
  }

  override getItem(index: number): [torch.Tensor, number] {
    return [
      this.bytes
        .index(index % 64)
        .to(torch.float32)
        .div(127.5)
        .sub(1),
      index % 10,
    ];
  }
}
