"""Makes expected.json, what the cells of the notebook put out in Python: `python expected.py > expected.json`.

Made with torch 2.13.0+cpu and numpy 2. The seed is set after cell 4, as the tutorial does. Cells 5 (memory that is not initialised) and 23 to 28
(a GPU; but for 25) are left out, and so is cell 3, which prints the version.
"""

import ast
import contextlib
import io
import json

CELLS = {
    0: "import torch, torch.nn as nn, torch.nn.functional as F, numpy as np\ntorch.manual_seed(42); np.random.seed(42)",
    6: "t = torch.FloatTensor(2, 3)\nt.zero_()",
    7: "torch.FloatTensor([[1, 2, 3], [4, 5, 6]])",
    8: """
tl = torch.tensor([1, 2, 3])
t = torch.tensor([1., 2., 3.])
print("A 64-bit integer tensor: {}, {}".format(tl, tl.type()))
print("A 32-bit float tensor: {}, {}".format(t, t.type()))
""",
    9: "t = torch.zeros(2, 3)\nprint(t)",
    10: """
t_zeros = torch.zeros_like(t)
t_ones = torch.ones(2, 3)
t_fives = torch.empty(2, 3).fill_(5)
t_random = torch.rand(2, 3)
t_normal = torch.randn(2, 3)
print(t_zeros)
print(t_ones)
print(t_fives)
print(t_random)
print(t_normal)
""",
    12: """
a = np.array([1., 2., 3.])
t = torch.tensor(a)
print("NumPy array: {}, type: {}".format(a, a.dtype))
print("Torch tensor: {}, type: {}".format(t, t.dtype))
""",
    13: "t.numpy()",
    14: "t = torch.randn(2, 3)\nt[:,0]",
    15: """
t = torch.randn(5, 6)
print(t)
i = torch.tensor([1, 3])
j = torch.tensor([4, 5])
print(t[i])
print(t[i, j])
""",
    16: "t = t.float()\nprint(t)\nt = t.double()\nprint(t)\nt = t.byte()\nprint(t)",
    17: "s = torch.tensor(42)\nprint(s)",
    18: "s.item()",
    19: """
x = torch.randn(1,3)
print("Row vector {} with size {}".format(x, x.size()))
v = torch.randn(3,1)
print("Column vector {} with size {}".format(v, v.size()))
A = torch.randn(3, 3)
print("Matrix {} with size {}".format(A, A.size()))
""",
    20: "u = torch.matmul(A, v)\nprint(u)\nb = torch.randn(3,1)\ny = u + b\nprint(y)",
    21: "s = torch.matmul(x, torch.matmul(A, v))\nprint(s.item())",
    22: "t = torch.randn(2,3)\nt = torch.arange(0, 3)\ntorch.stack((t, t))",
    25: "t = torch.randn(3, 3)\nt",
    30: """
class MyCustomModule(nn.Module):
    def __init__(self, n_inputs, n_hidden, n_output_classes):
        super(MyCustomModule, self).__init__()
        self.W = nn.Linear(n_inputs, n_hidden)
        self.f = nn.ReLU()
        self.U = nn.Linear(n_hidden, n_output_classes)

    def forward(self, x):
       y = self.U(self.f(self.W(x)))
       return y
""",
    31: "model = MyCustomModule(3, 4, 2)\nx = torch.FloatTensor([[0.3, 0.8, -0.4]])\ny = model(x)\nprint(y)",
    34: "y = F.relu(torch.FloatTensor([[-5, -1, 0, 5]]))\ny",
    35: """
y_gold = torch.tensor([1])
criterion = nn.CrossEntropyLoss()
y = model(x)
loss = criterion(y, y_gold)
print(loss)
""",
}


def run(code, names):
    """Runs a cell as a notebook does: the value of an expression at the end is shown."""
    tree = ast.parse(code)
    last = tree.body[-1]
    shown = isinstance(last, ast.Expr) and not ast.unparse(last).startswith("print(")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(tree.body[:-1] if shown else tree.body, []), "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if shown else None
    return printed.getvalue().rstrip("\n") + (repr(value) if shown else "")


names = {}
outputs = {str(number): run(code, names) for number, code in CELLS.items()}
print(json.dumps({number: text for number, text in outputs.items() if text and number != "0"}, indent=1))
