"""PyTorch's side of styleStep.ts: answers lines on standard input with milliseconds."""

import resource
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(2)
size, pooling = int(sys.argv[1]), sys.argv[2]
blocks = [(64, 2), (128, 2), (256, 4), (512, 4), (512, 1)]
style = {"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"}
torch.manual_seed(1)
layers, channels = [], 3
for b, (width, count) in enumerate(blocks, 1):
    for i in range(1, count + 1):
        conv = torch.nn.Conv2d(channels, width, 3, padding=1)
        torch.nn.init.kaiming_normal_(conv.weight)
        conv.requires_grad_(False)
        layers.append((f"relu{b}_{i}", conv))
        channels = width
    if b < len(blocks):
        layers.append(("pool", None))
pool = F.avg_pool2d if pooling == "average" else F.max_pool2d


def features(x):
    found = {}
    for name, conv in layers:
        if conv is None:
            x = pool(x, 2)
        else:
            x = F.relu(conv(x))
            found[name] = x
    return found


def gram(f):
    rows = f.reshape(f.shape[1], -1)
    return rows @ rows.t() / rows.shape[1]


with torch.no_grad():
    model = features(torch.rand(1, 3, size, size))
targets = {name: gram(model[name]) for name in style}
content = model["relu4_2"].clone()
del model
image = torch.rand(1, 3, size, size, requires_grad=True)


def step():
    f = features(image)
    loss = 0.5 * ((f["relu4_2"] - content) ** 2).mean()
    for name in style:
        loss = loss + 0.05 * ((gram(f[name]) - targets[name]) ** 2).mean()
    torch.autograd.grad(loss, image)


for line in sys.stdin:
    command = line.strip()
    if command == "q":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
        break
    if command == "warm":
        for _ in range(4):
            step()
    started = time.perf_counter()
    step()
    print((time.perf_counter() - started) * 1000, flush=True)
