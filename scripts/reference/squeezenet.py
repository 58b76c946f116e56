"""Reference numbers for SqueezeNet 1.1: its layers in PyTorch, float64.

    python3 scripts/reference/squeezenet.py SQUEEZENET.safetensors > packages/core/test/encoders/squeezenetReference.json
    npx prettier --write packages/core/test/encoders/squeezenetReference.json

SQUEEZENET.safetensors holds weights under torchvision's names, for RGB with torchvision's mean and deviation. Needs
PyTorch and NumPy (Debian: python3-torch, python3-numpy). Seconds.
"""

import json
import sys

import torch
import torch.nn.functional as F

from gatys import picture, read_safetensors
from googlenet import layer_reference

# Odd sizes, so that windows of pooling hang over the edge.
HEIGHT, WIDTH = 75, 90
SEED = 8

# Index in torchvision's list, and whether a pooling layer comes before.
FIRES = [
    ("fire2", 3, True), ("fire3", 4, False), ("fire4", 6, True), ("fire5", 7, False),
    ("fire6", 9, True), ("fire7", 10, False), ("fire8", 11, False), ("fire9", 12, False),
]


def features(weights, image, edge):
    """Every layer of RGB in [0, 1], after its ReLU."""

    def conv(name, x, **options):
        return F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], **options))

    mean = torch.tensor([0.485, 0.456, 0.406]).to(image).reshape(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).to(image).reshape(1, 3, 1, 1)
    x = (image - mean) / std
    if edge == "replicate":
        x = F.pad(x, (1, 1, 1, 1), mode="replicate")
    found = {"relu1": conv("features.0", x, stride=2)}
    x = found["relu1"]
    for name, index, pooled in FIRES:
        if pooled:
            x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
        at = f"features.{index}."
        short = conv(at + "squeeze", x)
        x = torch.cat([conv(at + "expand1x1", short), conv(at + "expand3x3", short, padding=1)], 1)
        found[name] = x
    return found


if __name__ == "__main__":
    squeezenet = read_safetensors(sys.argv[1])
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/squeezenet.py SQUEEZENET.safetensors",
                "torch": torch.__version__,
                "size": {"width": WIDTH, "height": HEIGHT},
                "seed": SEED,
                "layers": {
                    edge: {
                        name: layer_reference(x)
                        for name, x in features(squeezenet, picture(HEIGHT, WIDTH, SEED), edge).items()
                    }
                    for edge in ["zero", "replicate"]
                },
            }
        )
    )
