"""PyTorch's side of feedForward.ts: answers lines on standard input with milliseconds."""

import resource
import sys
import time

import torch
import torch.nn as nn

torch.set_num_threads(2)
width, height = int(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(1)


def conv(inputs, outputs, kernel, stride=1, normalised=True):
    layers = [
        nn.ReflectionPad2d(kernel // 2),
        nn.Conv2d(inputs, outputs, kernel, stride, bias=not normalised),
    ]
    if normalised:
        layers.append(nn.InstanceNorm2d(outputs, eps=1e-3, affine=True))
    return nn.Sequential(*layers)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, channels, 3), nn.ReLU(inplace=True), conv(channels, channels, 3)
        )

    def forward(self, x):
        return x + self.body(x)


def up(inputs, outputs):
    return [nn.Upsample(scale_factor=2), conv(inputs, outputs, 3), nn.ReLU(inplace=True)]


network = nn.Sequential(
    nn.ReplicationPad2d(4),
    *[conv(3, 32, 9), nn.ReLU(inplace=True)],
    *[conv(32, 64, 3, 2), nn.ReLU(inplace=True)],
    *[conv(64, 128, 3, 2), nn.ReLU(inplace=True)],
    *[Block(128) for _ in range(5)],
    *up(128, 64),
    *up(64, 32),
    conv(32, 3, 9, normalised=False),
    nn.Tanh(),
)
image = torch.rand(1, 3, height, width)

with torch.inference_mode():
    for line in sys.stdin:
        if line.strip() == "q":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
            break
        started = time.perf_counter()
        network(image)
        print((time.perf_counter() - started) * 1000, flush=True)
