"""PyTorch's side of the benchmarks: reads "name milliseconds" lines and answers with nanoseconds a call."""

import sys
import time

import pytorch_grid
import pytorch_indexing
import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)


def add_100():
    a, b = torch.ones(100), torch.ones(100)
    return lambda: a.add(b)


def chain():
    def run():
        x = torch.tensor(1.0, requires_grad=True)
        y = x
        for _ in range(100_000):
            y = y.mul(1.00001)
        y.backward()

    return run


def sine_step():
    model = nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 1))
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.rand(32, 1), torch.rand(32, 1)

    def run():
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return run


def sine_epoch():
    class Sine(torch.utils.data.Dataset):
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __len__(self):
            return self.y.shape[0]

        def __getitem__(self, index):
            return self.x[index], self.y[index]

    x = torch.rand(1000, 1) * 6.28
    loader = torch.utils.data.DataLoader(Sine(x, x.sin()), batch_size=32, shuffle=True)
    model = nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 1))
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def run():
        for xs, ys in loader:
            loss = criterion(model(xs), ys)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return run


def over(n, call):
    def setup():
        x, y = torch.randn(n), torch.randn(n)
        return lambda: call(x, y)

    return setup


def softmax():
    x = torch.randn(512, 1000)
    return lambda: x.softmax(1)


def layer_norm():
    x, norm = torch.randn(512, 1000), nn.LayerNorm(1000)

    def run():
        with torch.no_grad():
            return norm(x)

    return run


def index_select():
    table, rows = torch.randn(50_000, 64), torch.randint(50_000, (20_000,))
    return lambda: table.index_select(0, rows)


def product(n):
    def setup():
        a, b = torch.randn(n, n), torch.randn(n, n)
        return lambda: a.mm(b)

    return setup


def conv_3x3():
    conv = nn.Conv2d(64, 64, 3, padding=1)
    x = torch.randn(32, 64, 56, 56)

    def run():
        with torch.no_grad():
            return conv(x)

    return run


def training_step(model, images):
    labels = torch.randint(10, (images.shape[0],))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())

    def run():
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()

    return run


def mlp_step():
    return training_step(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)), torch.randn(128, 784))


def cnn_step():
    features = [nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return training_step(nn.Sequential(*features, nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)), torch.randn(64, 1, 28, 28))


class Recurrent(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(128, 1)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def recurrent_step(layer):
    def setup():
        model = Recurrent(layer(32, 128, batch_first=True))
        criterion = nn.MSELoss()
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.randn(32, 50, 32), torch.randn(32, 1)

        def run():
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return run

    return setup


class Transformer(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.characters, self.places = nn.Embedding(100, 128), nn.Embedding(128, 128)
        layer = nn.TransformerEncoderLayer(128, 4, dim_feedforward=512, dropout=dropout, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4)
        self.norm, self.head = nn.LayerNorm(128), nn.Linear(128, 100)
        self.mask, self.positions = nn.Transformer.generate_square_subsequent_mask(128), torch.arange(128)

    def forward(self, ids):
        x = self.characters(ids) + self.places(self.positions)
        return self.head(self.norm(self.encoder(x, mask=self.mask, is_causal=True)))


def transformer(dropout):
    def setup():
        model = Transformer(dropout)
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
        ids = torch.randint(100, (16, 129))
        x, y = ids[:, :-1].contiguous(), ids[:, 1:].reshape(-1)

        def run():
            optimizer.zero_grad()
            loss = criterion(model(x).view(-1, 100), y)
            loss.backward()
            optimizer.step()

        return run

    return setup


def optimizer_step(make, count, size):
    def setup():
        params = [torch.randn(size, requires_grad=True) for _ in range(count)]
        for param in params:
            param.grad = torch.randn(size)
        return make(params).step

    return setup


class Images(torch.utils.data.Dataset):
    def __init__(self, length):
        self.length = length
        self.bytes = torch.randint(256, (64, 3, 32, 32), dtype=torch.uint8)

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.bytes[index % 64].to(torch.float32).div(127.5).sub(1), index % 10


def loader(make, workers):
    def setup():
        loader = torch.utils.data.DataLoader(make(), batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

        def run():
            count = 0
            for inputs, _ in loader:
                count += len(inputs)
            return count
def layer(make, *shape):
    def setup():
        module, x = make(), torch.randn(shape, requires_grad=True)
        grad = torch.randn_like(module(x))

        def run():
            x.grad = None
            module.zero_grad()
            module(x).backward(grad)

        return run

    return setup
def attention_forward():
    q, k, v = torch.randn(16, 512, 3, 4, 32).permute(2, 0, 3, 1, 4).unbind(0)

    def run():
        with torch.no_grad():
            return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    return run


def attention_backward():
    q, k, v = (part.detach().requires_grad_() for part in torch.randn(16, 512, 3, 4, 32).permute(2, 0, 3, 1, 4).unbind(0))
    grad = torch.randn(16, 4, 512, 32)

    def run():
        for leaf in (q, k, v):
            leaf.grad = None
        nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).backward(grad)

    return run


SETUPS = {f.__name__: f for f in (add_100, chain, sine_step, sine_epoch, softmax, layer_norm, index_select)}
for size, n in (("10k", 10_000), ("1m", 1_000_000)):
    SETUPS["add_" + size] = over(n, lambda x, y: x.add(y))
    SETUPS["add_in_place_" + size] = over(n, lambda x, y: x.add_(y))
    SETUPS["exp_" + size] = over(n, lambda x, y: x.exp())
    SETUPS["gelu_" + size] = over(n, lambda x, y: nn.functional.gelu(x))
    SETUPS["tanh_" + size] = over(n, lambda x, y: x.tanh())
    SETUPS["sum_" + size] = over(n, lambda x, y: x.sum())
    SETUPS["sort_" + size] = over(n, lambda x, y: x.sort())
    SETUPS["relu_" + size] = over(n, lambda x, y: x.relu())
    SETUPS["clamp_" + size] = over(n, lambda x, y: x.clamp(-1, 1))
    SETUPS["maximum_" + size] = over(n, lambda x, y: x.maximum(y))
    SETUPS["uniform_" + size] = over(n, lambda x, y: x.uniform_())
    SETUPS["bernoulli_" + size] = over(n, lambda x, y: x.bernoulli_(0.9))
    SETUPS["normal_" + size] = over(n, lambda x, y: x.normal_())
for n in (64, 256, 512, 1024, 2048):
    SETUPS[f"matmul_{n}"] = product(n)
for setup in (conv_3x3, mlp_step, cnn_step):
    SETUPS[setup.__name__] = setup
SETUPS.update(pytorch_indexing.SETUPS)
SETUPS["lstm_step"] = recurrent_step(nn.LSTM)
SETUPS["gru_step"] = recurrent_step(nn.GRU)
SETUPS["adam_small"] = optimizer_step(torch.optim.Adam, 200, 64)
SETUPS["adam_medium"] = optimizer_step(torch.optim.Adam, 50, 4096)
SETUPS["adam_large"] = optimizer_step(torch.optim.Adam, 8, 500_000)
SETUPS["sgd_small"] = optimizer_step(lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9), 200, 64)
for workers in (0, 1, 2):
    rows = lambda: torch.utils.data.TensorDataset(torch.randn(4096, 16), torch.randint(10, (4096,)))
    SETUPS[f"loader_tensors_{workers}"] = loader(rows, workers)
    SETUPS[f"loader_images_{workers}"] = loader(lambda: Images(1024), workers)
SETUPS["layer_conv2d"] = layer(lambda: nn.Conv2d(64, 64, 3, padding=1), 32, 64, 56, 56)
SETUPS["layer_conv2d_small"] = layer(lambda: nn.Conv2d(64, 128, 3, padding=1), 64, 64, 7, 7)
SETUPS["layer_conv2d_first"] = layer(lambda: nn.Conv2d(1, 32, 3, padding=1), 64, 1, 28, 28)
SETUPS["layer_depthwise"] = layer(lambda: nn.Conv2d(64, 64, 3, padding=1, groups=64), 32, 64, 28, 28)
SETUPS["layer_conv1d"] = layer(lambda: nn.Conv1d(64, 64, 5), 32, 64, 256)
SETUPS["layer_conv_transpose"] = layer(lambda: nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), 32, 64, 14, 14)
SETUPS["layer_batch_norm"] = layer(lambda: nn.BatchNorm2d(64), 32, 64, 28, 28)
SETUPS["layer_max_pool"] = layer(lambda: nn.MaxPool2d(2), 32, 64, 28, 28)
SETUPS["layer_avg_pool"] = layer(lambda: nn.AdaptiveAvgPool2d(7), 32, 64, 28, 28)
SETUPS["layer_linear"] = layer(lambda: nn.Linear(784, 256), 128, 784)
for setup in (attention_forward, attention_backward):
    SETUPS[setup.__name__] = setup
SETUPS["transformer_step"] = transformer(0.0)
SETUPS["transformer_dropout_step"] = transformer(0.1)
SETUPS.update(pytorch_grid.SETUPS)
calls = {}


def timed(call, count):
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    return (time.perf_counter_ns() - start) / count


for line in sys.stdin:
    name, ms = line.split()
    if name not in SETUPS:
        print("unknown", flush=True)
        continue
    if name not in calls:
        try:
            call = SETUPS[name]()
        except Exception:
            # Not for these operands.
            print("unknown", flush=True)
            continue
        first = max(timed(call, 1), timed(call, 1))
        count = max(1, int(2e7 / first))
        calls[name] = (call, timed(call, count))
    call, each = calls[name]
    print(timed(call, max(1, int(float(ms) * 1e6 / each))), flush=True)
