/** Writes drawn digits for `pretrain.py`, as tensors that PyTorch loads: `npm run build && node dist/examples/transfer/export.js digits.pt`. */

import * as torch from "flambeau";
import { DrawnDigits } from "../mnist/digits.js";

const items = [...new DrawnDigits(8000, 1)];
const images = torch.stack(items.map(([image]) => image.mul(255).round().to(torch.uint8)));
const labels = torch.tensor(items.map(([, label]) => BigInt(label)));
torch.save({ images, labels }, process.argv[2] ?? "digits.pt");
