"""Made digits.pt, the network that the example starts from. In PyTorch:

    npm run build && node dist/examples/transfer/export.js /tmp/drawn.pt
    python examples/transfer/pretrain.py /tmp/drawn.pt examples/transfer/digits.pt
"""

import sys

import torch
from torch import nn


class DigitClassifier(nn.Module):
    """The network of examples/mnist/model.ts."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
        )
        self.classifier = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        return self.classifier(self.features(images))


torch.manual_seed(0)
data = torch.load(sys.argv[1], weights_only=True)
images, labels = data["images"].float() / 255, data["labels"]
model = DigitClassifier()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(4):
    order = torch.randperm(7000)
    for batch in order.split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    right = (model(images[7000:]).argmax(1) == labels[7000:]).float().mean().item()
    print(f"epoch {epoch + 1}: {100 * right:.1f} % of 1000 other digits are read rightly")
torch.save(model.state_dict(), sys.argv[2])
