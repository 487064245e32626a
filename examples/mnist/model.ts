/** The network: two convolutions, each with pooling, and two linear layers; the shape of LeNet. */

import type * as torch from "flambeau";
import { nn } from "flambeau";

/** Images `[N, 1, 28, 28]` to scores `[N, 10]`. */
export class DigitClassifier extends nn.Module {
  readonly features: nn.Sequential = new nn.Sequential(
    new nn.Conv2d(1, 8, 5), // [N, 8, 24, 24]
    new nn.ReLU(),
    new nn.MaxPool2d(2), // [N, 8, 12, 12]
    new nn.Conv2d(8, 16, 5), // [N, 16, 8, 8]
    new nn.ReLU(),
    new nn.MaxPool2d(2), // [N, 16, 4, 4]
    new nn.Flatten(),
  );
  classifier: nn.Sequential = new nn.Sequential(new nn.Linear(256, 64), new nn.ReLU(), new nn.Linear(64, 10));

  forward(images: torch.Tensor): torch.Tensor {
    return this.classifier(this.features(images));
  }
}
