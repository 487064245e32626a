/** A small GPT: a decoder-only transformer that gives scores for the next character. */

import * as torch from "flambeau";
import { nn } from "flambeau";

const { functional: F } = nn;

/** The sizes of a model. */
export interface GptSizes {
  /** How many different characters there are. */
  readonly vocabulary: number;
  /** The longest text that the model looks back on. */
  readonly context: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/** Each place looks back at itself and the places before it: `softmax(q·kᵀ/√d + mask)·v`, in several heads. */
class CausalSelfAttention extends nn.Module {
  readonly qkv: nn.Linear;
  readonly out: nn.Linear;

  constructor(
    readonly width: number,
    readonly heads: number,
  ) {
    super();
    this.qkv = new nn.Linear(width, 3 * width);
    this.out = new nn.Linear(width, width);
  }

  forward(x: torch.Tensor): torch.Tensor {
    const [batch, length, width] = x.shape as [number, number, number];
    // [batch, length, 3 · width] as three tensors of [batch, heads, length, width / heads]
    const [q, k, v] = this.qkv(x)
      .view(batch, length, 3, this.heads, width / this.heads)
      .permute(2, 0, 3, 1, 4)
      .unbind(0) as [torch.Tensor, torch.Tensor, torch.Tensor];
    const seen = F.scaledDotProductAttention(q, k, v, { isCausal: true });
    return this.out(seen.transpose(1, 2).reshape(batch, length, width));
  }
}

/** One layer: attention, then a network for each place alone, each added to what came in. */
class Block extends nn.Module {
  readonly norm1: nn.LayerNorm;
  readonly attention: CausalSelfAttention;
  readonly norm2: nn.LayerNorm;
  readonly mlp: nn.Sequential;

  constructor(width: number, heads: number) {
    super();
    this.norm1 = new nn.LayerNorm(width);
    this.attention = new CausalSelfAttention(width, heads);
    this.norm2 = new nn.LayerNorm(width);
    this.mlp = new nn.Sequential(new nn.Linear(width, 4 * width), new nn.GELU(), new nn.Linear(4 * width, width));
  }

  forward(x: torch.Tensor): torch.Tensor {
    const attended = x.add(this.attention(this.norm1(x)));
    return attended.add(this.mlp(this.norm2(attended)));
  }
}

/** Characters `[batch, length]` (int64) to scores for the one after each, `[batch, length, vocabulary]`. */
export class Gpt extends nn.Module {
  readonly characters: nn.Embedding;
  readonly places: nn.Embedding;
  readonly blocks: nn.Sequential;
  readonly norm: nn.LayerNorm;
  readonly head: nn.Linear;

  constructor(readonly sizes: GptSizes) {
    super();
    const { vocabulary, context, width, heads, layers } = sizes;
    this.characters = new nn.Embedding(vocabulary, width);
    this.places = new nn.Embedding(context, width);
    this.blocks = new nn.Sequential(...Array.from({ length: layers }, () => new Block(width, heads)));
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, vocabulary, { bias: false });
    // Smaller than the standard normal distribution, so that a character's place and what is read around it soon count.
    for (const embedding of [this.characters, this.places]) nn.init.normal_(embedding.weight, 0, 0.1);
  }

  forward(ids: torch.Tensor): torch.Tensor {
    const places = torch.arange(ids.shape[1] as number, { device: ids.device });
    const x = this.characters(ids).add(this.places(places));
    return this.head(this.norm(this.blocks(x)));
  }

  /** Goes on with a text: characters are drawn one by one from what the model expects, the sharper the lower the temperature. */
  generate(ids: torch.Tensor, count: number, temperature: number): torch.Tensor {
    return torch.noGrad(() => {
      let text = ids;
      for (let i = 0; i < count; i++) {
        const scores = this.forward(text.slice(1, -this.sizes.context)).select(1, -1);
        const next = torch.multinomial(F.softmax(scores.div(temperature), -1), 1);
        text = torch.cat([text, next], 1);
      }
      return text;
    });
  }
}
