/** Text as numbers, one for each character, and pieces of it to learn from. */

import * as torch from "flambeau";

/** The characters that a text is made of, numbered. */
export class Vocabulary {
  readonly characters: readonly string[];
  private readonly numbers: ReadonlyMap<string, bigint>;

  constructor(text: string) {
    this.characters = [...new Set(text)].sort();
    this.numbers = new Map(this.characters.map((character, i) => [character, BigInt(i)]));
  }

  get length(): number {
    return this.characters.length;
  }

  /** A text as a tensor of int64. Characters that are not in the vocabulary are left out. */
  encode(text: string): torch.Tensor {
    return torch.tensor(
      [...text].flatMap((character) => this.numbers.get(character) ?? []),
      { dtype: torch.long },
    );
  }

  decode(ids: torch.Tensor): string {
    return (ids.tolist() as number[]).map((id) => this.characters[id]).join("");
  }
}

/** All pieces of a text: item `i` is the `length` characters from `i` on, and the same one place further, which are to be guessed. */
export class Pieces extends torch.utils.data.Dataset<[torch.Tensor, torch.Tensor]> {
  constructor(
    readonly text: torch.Tensor,
    readonly size: number,
  ) {
    super();
  }

  override get length(): number {
    return this.text.length - this.size;
  }

  override getItem(index: number): [torch.Tensor, torch.Tensor] {
    return [this.text.narrow(0, index, this.size), this.text.narrow(0, index + 1, this.size)];
  }
}
