"""Reference numbers for the losses of packages/core, their sum as an objective of VGG-19, and the
ruler: the formulas in PyTorch, float64, with the gradient by PyTorch.

    python3 scripts/reference/gatys.py VGG19.safetensors > packages/core/test/methods/gatysReference.json
    npx prettier --write packages/core/test/methods/gatysReference.json

VGG19.safetensors holds the Caffe weights under torchvision's names. Needs PyTorch and NumPy
(Debian: python3-torch, python3-numpy). A minute on two cores.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from ssim import ssim

STYLE_LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
CONTENT_LAYER = "relu4_2"


# Inputs, made by formula. packages/core/test/pictures.ts computes the same.


def picture(height, width, seed):
    """[1, 3, h, w], waves and grain in [0.1, 0.9]."""
    c, y, x = np.mgrid[0:3, 0:height, 0:width]
    waves = np.sin(0.21 * x + 0.9 * seed + c) * np.cos(0.17 * y + 0.4 * c * seed)
    grain = (37 * x * x + 101 * y + (13 + seed) * x * y + 59 * c) % 256 / 255 - 0.5
    return in_float32(0.5 + 0.3 * waves + 0.2 * grain)[None]


def feature_map(channels, height, width, seed):
    """[1, c, h, w] from 0, noise for channels that differ in size."""
    c, p = np.mgrid[0:channels, 0 : height * width]
    noise = (37 * p * p + 101 * c * c + (13 + seed) * c * p + 59 * seed) % 257 / 256
    return in_float32(noise * (1 + c / 4)).reshape(1, channels, height, width)


def channel_means(channels, block):
    """Any positive numbers of the size that features have."""
    i = np.arange(channels)
    return in_float32(10 * block * (0.5 + (37 * i % 101) / 50)).reshape(1, -1, 1, 1)


def in_float32(numbers):
    return torch.from_numpy(numbers.astype(np.float32).astype(np.float64))


# The network.


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "F16", entry
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[start + begin : start + end], dtype="<f2").astype(np.float64)
        tensors[name] = torch.from_numpy(numbers.reshape(entry["shape"]))
    return tensors


def l2_pool(x):
    # PyTorch's own lp_pool2d has the gradient NaN where a window holds zeros only.
    squares = 4 * F.avg_pool2d(x * x, 2)
    positive = squares > 0
    return torch.where(positive, torch.where(positive, squares, 1.0 + 0 * squares).sqrt(), squares)


POOLINGS = {
    "max": lambda x: F.max_pool2d(x, 2),
    "average": lambda x: F.avg_pool2d(x, 2),
    "l2": l2_pool,
}


def features(weights, image, pooling, edge="zero", poolingScale=1, normalised=False):
    """Layers up to relu5_1 of RGB in [0, 1]. Normalised: each divided by its mean, that is all."""
    blue_green_red = 255 * image.flip(1)
    x = blue_green_red - torch.tensor([103.939, 116.779, 123.68]).double().reshape(1, 3, 1, 1)
    index = 0
    found = {}
    for block, convolutions in enumerate([2, 2, 4, 4, 1], start=1):
        for i in range(1, convolutions + 1):
            mode = "replicate" if index == 0 and edge == "replicate" else "constant"
            x = F.pad(x, (1, 1, 1, 1), mode=mode)
            x = F.conv2d(x, weights[f"features.{index}.weight"], weights[f"features.{index}.bias"])
            mean = channel_means(x.shape[1], block) if normalised else 1
            found[f"conv{block}_{i}"] = x / mean
            x = F.relu(x)
            found[f"relu{block}_{i}"] = x / mean
            index += 2
        x = poolingScale * POOLINGS[pooling](x)
        index += 1
    return found


# The losses.


def gram(f):
    rows = f.flatten(2)[0]
    return rows @ rows.T / rows.shape[1]


def content_loss(f, p):
    return 0.5 * ((f - p) ** 2).mean()


def gram_loss(f, s):
    return 0.25 * ((gram(f) - gram(s)) ** 2).mean()


def gaussian(f):
    rows = f.flatten(2)[0]
    mean = rows.mean(1)
    centred = rows - mean[:, None]
    return mean, centred @ centred.T / rows.shape[1] + 1e-4 * torch.eye(len(rows)).double()


def wasserstein_loss(f, s):
    """Squared Wasserstein-2 distance over channels, by eigen-decomposition."""
    (mean, spread), (target_mean, target_spread) = gaussian(f), gaussian(s)
    values, vectors = torch.linalg.eigh(target_spread)
    root = vectors @ torch.diag(values.sqrt()) @ vectors.T
    between = root @ spread @ root
    trace_of_root = torch.linalg.eigvalsh((between + between.T) / 2).sqrt().sum()
    bures = spread.trace() + target_spread.trace() - 2 * trace_of_root
    return ((mean - target_mean) ** 2).mean() + bures / len(mean)


def total_variation(x):
    h, w = x.shape[2:]
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    neighbour = lambda dy, dx: padded[:, :, 1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w]
    square = lambda dy, dx: ((neighbour(dy, dx) - x) ** 2).mean()
    return 2 * (square(0, 1) / 3 + square(1, 0) / 3 + square(1, 1) / 12 + square(1, -1) / 12)


# The references.


def significant(value, digits=9):
    return float(f"{float(value):.{digits - 1}e}")


def balanced(loss):
    """A weight that makes a loss about 1, so that no term hides another."""
    return significant(1 / float(loss), 2)


def wasserstein_reference(of, of_style):
    x, style = feature_map(*of, 1).requires_grad_(True), feature_map(*of_style, 2)
    loss = wasserstein_loss(x, style)
    loss.backward()
    conditions = [significant(torch.linalg.cond(gaussian(f)[1]), 3) for f in (x, style)]
    gradient = [significant(value) for value in x.grad.flatten()]
    return {
        "shape": [1, *of],
        "styleShape": [1, *of_style],
        "conditions": conditions,
        "loss": significant(loss),
        "gradient": gradient,
    }


def objective_reference(weights, **options):
    # Picture 9 is one whose gradient rounding does not change: see closest_decision.
    x = picture(48, 64, 9).requires_grad_(True)
    of, of_content, of_style = (
        features(weights, image, **options) for image in (x, picture(48, 64, 2), picture(40, 56, 3))
    )
    assert closest_decision(of, options["pooling"]) > 1e-6
    content = content_loss(of[CONTENT_LAYER], of_content[CONTENT_LAYER])
    layers = {name: gram_loss(of[name], of_style[name]) for name in STYLE_LAYERS}
    shares = {name: balanced(loss) for name, loss in layers.items()}
    style = sum(shares[name] * loss for name, loss in layers.items())
    tv = total_variation(x)
    scale = {"content": balanced(content), "style": 2.0, "tv": balanced(tv)}
    total = scale["content"] * content + scale["style"] * style + scale["tv"] * tv
    total.backward()
    gradient = x.grad.flatten()
    every = len(gradient) // 200
    return {
        **options,
        "weights": {**scale, "styleLayers": shares},
        "losses": {
            "content": significant(content),
            "style": significant(style),
            "tv": significant(tv),
            "total": significant(total),
        },
        "gradient": {
            "norm": significant(gradient.norm()),
            "every": every,
            "samples": [significant(value, 7) for value in gradient[::every]],
        },
    }


def closest_decision(found, pooling):
    """
    How close the closest call is, in standard deviations of its channel: the sign of a unit, or
    which unit of a pooling window is the largest. The gradient jumps there, so that a picture on the
    edge tells nothing of the accuracy of a gradient. From block 3 on, where Winograd's method counts.
    """
    distances = []
    for name, x in found.items():
        if name.startswith("conv") and int(name[4]) >= 3:
            deviation = x.std((0, 2, 3))
            distances.append((x.abs().amin((0, 2, 3)) / deviation).min())
            if pooling == "max" and name in ["conv3_4", "conv4_4"]:
                windows = F.unfold(F.relu(x).transpose(0, 1), 2, stride=2)
                first, second = windows.topk(2, dim=1).values.unbind(1)
                leads = (first - second) / deviation.reshape(-1, 1)
                distances.append(leads[first > 0].min())
    return float(min(distances))


def ruler_reference(weights):
    """Pictures of the ruler's own size, so that nothing is resized."""
    images = {
        "picture": picture(32, 512, 4),
        "content": picture(32, 512, 5),
        "style": picture(40, 512, 6),
    }
    of = {
        name: features(weights, image, "max", normalised=True) for name, image in images.items()
    }
    square = lambda difference: (difference**2).sum()

    def style_distances(a):
        grams = {name: (gram(of[a][name]), gram(of["style"][name])) for name in STYLE_LAYERS}
        layers = {name: square(g - s) / square(s) for name, (g, s) in grams.items()}
        return {**layers, "total": sum(layers.values()) / len(layers)}

    after, before = style_distances("picture"), style_distances("content")
    f, p = of["picture"][CONTENT_LAYER], of["content"][CONTENT_LAYER]
    return {
        "content": significant(square(f - p) / square(p)),
        "style": {name: significant(value) for name, value in after.items()},
        "gapClosed": {name: significant(1 - after[name] / before[name]) for name in after},
        "ssim": significant(ssim(images["picture"][0].numpy(), images["content"][0].numpy())),
    }


# Channels, height, width of two small layers: with plenty of positions, and with fewer than channels.
WASSERSTEIN = [((6, 7, 9), (6, 8, 5)), ((12, 2, 4), (12, 3, 3))]

OBJECTIVES = [
    dict(pooling="max", edge="zero", poolingScale=1, normalised=False),
    dict(pooling="average", edge="zero", poolingScale=1, normalised=False),
    dict(pooling="average", edge="replicate", poolingScale=1, normalised=True),
    dict(pooling="l2", edge="replicate", poolingScale=0.78, normalised=True),
]

if __name__ == "__main__":
    vgg19 = read_safetensors(sys.argv[1])
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/gatys.py VGG19.safetensors",
                "torch": torch.__version__,
                "wasserstein": [wasserstein_reference(*shapes) for shapes in WASSERSTEIN],
                "objectives": [objective_reference(vgg19, **options) for options in OBJECTIVES],
                "ruler": ruler_reference(vgg19),
            }
        )
    )
