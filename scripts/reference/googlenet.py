"""Reference numbers for GoogLeNet and for dreams of it: its layers and the gradient of two dreams in
PyTorch, float64.

    python3 scripts/reference/googlenet.py GOOGLENET.safetensors > packages/core/test/encoders/googlenetReference.json
    npx prettier --write packages/core/test/encoders/googlenetReference.json

GOOGLENET.safetensors holds BVLC's weights under Caffe's names. Needs PyTorch and NumPy (Debian:
python3-torch, python3-numpy). Seconds.
"""

import json
import sys

import torch
import torch.nn.functional as F

from gatys import picture, read_safetensors, significant

# Odd sizes, so that windows of pooling hang over the edge.
HEIGHT, WIDTH = 75, 90
SEED, PHOTO_SEED = 8, 2

LAYERS = [
    "conv1/7x7_s2",
    "pool1/norm1",
    "conv2/norm2",
    "pool2/3x3_s2",
    "inception_3a/5x5",
    "inception_3b/output",
    "inception_4c/output",
    "inception_4e/pool_proj",
    "inception_5b/output",
]

# Layer, and channel or None.
DREAMS = [("inception_4c/output", None), ("inception_3b/output", 100), ("pool1/norm1", None)]


def features(weights, image, edge):
    """Every layer of RGB in [0, 1], by Caffe's names; convolutions after their ReLU."""
    found = {}

    def conv(name, x, stride=1):
        weight = weights[f"{name}.weight"]
        margin = weight.shape[-1] // 2
        first = name == "conv1/7x7_s2"
        x = F.pad(x, (margin,) * 4, mode="replicate" if first and edge == "replicate" else "constant")
        found[name] = F.relu(F.conv2d(x, weight, weights[f"{name}.bias"], stride=stride))
        return found[name]

    def half(name, x):
        found[name] = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
        return found[name]

    def norm(name, x):
        found[name] = F.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1.0)
        return found[name]

    def inception(name, x):
        at = f"inception_{name}/"
        found[at + "pool"] = F.max_pool2d(x, 3, stride=1, padding=1)
        branches = [
            conv(at + "1x1", x),
            conv(at + "3x3", conv(at + "3x3_reduce", x)),
            conv(at + "5x5", conv(at + "5x5_reduce", x)),
            conv(at + "pool_proj", found[at + "pool"]),
        ]
        found[at + "output"] = torch.cat(branches, dim=1)
        return found[at + "output"]

    blue_green_red = 255 * image.flip(1)
    x = blue_green_red - torch.tensor([104.0, 117.0, 123.0]).to(image).reshape(1, 3, 1, 1)
    x = norm("pool1/norm1", half("pool1/3x3_s2", conv("conv1/7x7_s2", x, stride=2)))
    x = norm("conv2/norm2", conv("conv2/3x3", conv("conv2/3x3_reduce", x)))
    x = inception("3b", inception("3a", half("pool2/3x3_s2", x)))
    x = half("pool3/3x3_s2", x)
    for name in ["4a", "4b", "4c", "4d", "4e"]:
        x = inception(name, x)
    inception("5b", inception("5a", half("pool4/3x3_s2", x)))
    return found


def layer_reference(x):
    every = max(1, x.numel() // 50)
    return {
        "shape": list(x.shape),
        "norm": significant(x.norm()),
        "every": every,
        "samples": [significant(value, 7) for value in x.flatten()[::every]],
    }


def dream(weights, layer, channel, dtype):
    """−½ mean F² of a layer or channel, relative to the mean over all channels of another picture,
    and its gradient."""
    weights = {name: numbers.to(dtype) for name, numbers in weights.items()}
    x = picture(HEIGHT, WIDTH, SEED).to(dtype).requires_grad_(True)
    photo = features(weights, picture(HEIGHT, WIDTH, PHOTO_SEED).to(dtype), "replicate")[layer]
    f = features(weights, x, "replicate")[layer]
    meant = f if channel is None else f[:, channel]
    loss = -0.5 * (meant**2).mean() / (photo**2).mean()
    loss.backward()
    return loss, x.grad.flatten()


def dream_reference(weights, layer, channel):
    loss, gradient = dream(weights, layer, channel, torch.float64)
    # Where the sign of a unit, or the largest of a window, is a close call, the gradient jumps: a
    # picture at which rounding decides tells nothing of the accuracy of a gradient.
    rounded = dream(weights, layer, channel, torch.float32)[1]
    error = (rounded - gradient).norm() / gradient.norm()
    assert error < 1e-5, (layer, channel, float(error))
    every = len(gradient) // 200
    return {
        "target": layer if channel is None else f"{layer}:{channel}",
        "loss": significant(loss),
        "norm": significant(gradient.norm()),
        "every": every,
        "samples": [significant(value, 7) for value in gradient[::every]],
    }


if __name__ == "__main__":
    googlenet = read_safetensors(sys.argv[1])
    layers = {
        edge: features(googlenet, picture(HEIGHT, WIDTH, SEED), edge)
        for edge in ["zero", "replicate"]
    }
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/googlenet.py GOOGLENET.safetensors",
                "torch": torch.__version__,
                "size": {"width": WIDTH, "height": HEIGHT},
                "seed": SEED,
                "photoSeed": PHOTO_SEED,
                "layers": {
                    edge: {name: layer_reference(found[name]) for name in LAYERS}
                    for edge, found in layers.items()
                },
                "dreams": [dream_reference(googlenet, *dream) for dream in DREAMS],
            }
        )
    )
