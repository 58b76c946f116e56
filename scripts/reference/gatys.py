"""Reference numbers for the objective of packages/core/src/methods and for packages/core/src/ruler:
VGG-19, its losses and the gradient by the picture in PyTorch, float64, from the formulas.

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


def picture(height, width, seed):
    """[3, h, w], waves and grain in [0.1, 0.9]; test/pictures.ts computes the same."""
    c, y, x = np.mgrid[0:3, 0:height, 0:width]
    waves = np.sin(0.21 * x + 0.9 * seed + c) * np.cos(0.17 * y + 0.4 * c * seed)
    grain = (37 * x * x + 101 * y + (13 + seed) * x * y + 59 * c) % 256 / 255 - 0.5
    return (0.5 + 0.3 * waves + 0.2 * grain).astype(np.float32).astype(np.float64)


def channel_means(channels, block):
    """Any positive numbers, of the size that features have; test/pictures.ts computes the same."""
    i = np.arange(channels)
    return (10 * block * (0.5 + (37 * i % 101) / 50)).astype(np.float32).astype(np.float64)


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "F16", entry
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        numbers = np.frombuffer(data[begin:end], dtype="<f2").astype(np.float64)
        tensors[name] = torch.from_numpy(numbers.reshape(entry["shape"]))
    return tensors


def l2_pool(x):
    # PyTorch's own lp_pool2d has the gradient NaN where a window holds zeros only.
    squares = 4 * F.avg_pool2d(x * x, 2)
    positive = squares > 0
    return torch.where(positive, torch.where(positive, squares, torch.ones_like(squares)).sqrt(), squares)


POOLINGS = {
    "max": lambda x: F.max_pool2d(x, 2),
    "average": lambda x: F.avg_pool2d(x, 2),
    "l2": l2_pool,
}


def features(weights, image, pooling, edge="zero", pooling_scale=1, normalised=False):
    """Activations after each ReLU up to relu5_1, of RGB in [0, 1], [1, 3, h, w]."""
    blue_green_red = 255 * image.flip(1)
    x = blue_green_red - torch.tensor([103.939, 116.779, 123.68]).double().reshape(1, 3, 1, 1)
    index = 0
    found = {}
    for block, convolutions in enumerate([2, 2, 4, 4, 1], start=1):
        for i in range(1, convolutions + 1):
            mode = "replicate" if index == 0 and edge == "replicate" else "constant"
            x = F.pad(x, (1, 1, 1, 1), mode=mode)
            x = F.conv2d(x, weights[f"features.{index}.weight"], weights[f"features.{index}.bias"])
            x = F.relu(x)
            found[f"relu{block}_{i}"] = x
            index += 2
        x = pooling_scale * POOLINGS[pooling](x)
        index += 1
    if not normalised:
        return found
    return {
        name: value / torch.from_numpy(channel_means(value.shape[1], int(name[4]))).reshape(1, -1, 1, 1)
        for name, value in found.items()
    }


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
    trace_of_root = torch.linalg.eigvalsh((between + between.T) / 2).clamp(min=0).sqrt().sum()
    bures = spread.trace() + target_spread.trace() - 2 * trace_of_root
    return ((mean - target_mean) ** 2).mean() + bures / len(mean)


def total_variation(x):
    h, w = x.shape[2:]
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    neighbour = lambda dy, dx: padded[:, :, 1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w]
    square = lambda dy, dx: ((neighbour(dy, dx) - x) ** 2).mean()
    return 2 * (square(0, 1) / 3 + square(1, 0) / 3 + square(1, 1) / 12 + square(1, -1) / 12)


def closest_tie(features):
    """The smallest lead that the largest value of a 2×2 window has, in standard deviations."""
    leads = []
    for name in ["relu1_2", "relu2_2", "relu3_4", "relu4_4"]:
        rows = features[name].transpose(0, 1)
        first, second = F.unfold(rows, 2, stride=2).topk(2, dim=1).values.unbind(1)
        leads.append(((first - second)[first > 0] / rows.std()).min().item())
    return min(leads)


SIZES = {"image": (48, 64), "content": (48, 64), "style": (40, 56)}
# Which of a pooling window's two largest values gets the gradient is decided by rounding where they
# are as good as equal. In picture 7 no window is that close: see closest_tie.
SEEDS = {"image": 7, "content": 2, "style": 3}


def significant(value, digits=9):
    return float(f"{float(value):.{digits - 1}e}")


def balanced(loss):
    """A weight that makes a loss about 1, so that no term hides another."""
    return significant(1 / float(loss), 2)


def objective(weights, style_loss, style_layers, **options):
    x, content, style = (
        torch.from_numpy(picture(*SIZES[name], SEEDS[name]))[None] for name in SIZES
    )
    x.requires_grad_(True)
    of, of_content, of_style = (features(weights, each, **options) for each in (x, content, style))
    assert closest_tie(of) > 1e-6 or options["pooling"] != "max"
    content_term = content_loss(of[CONTENT_LAYER], of_content[CONTENT_LAYER])
    layers = {name: style_loss(of[name], of_style[name]) for name in style_layers}
    shares = {name: balanced(loss) for name, loss in layers.items()}
    style_term = sum(shares[name] * loss for name, loss in layers.items())
    tv = total_variation(x)
    # The style weighs most, as it does in practice.
    scale = {"content": balanced(content_term), "style": 2, "tv": balanced(tv)}
    total = scale["content"] * content_term + scale["style"] * style_term + scale["tv"] * tv
    total.backward()
    gradient = x.grad.flatten()
    every = len(gradient) // 200
    return {
        "weights": {**scale, "styleLayers": shares},
        "losses": {
            "content": significant(content_term),
            "style": significant(style_term),
            "tv": significant(tv),
            "total": significant(total),
        },
        "styleLosses": {name: significant(loss) for name, loss in layers.items()},
        "gradient": {
            "norm": significant(gradient.norm()),
            "every": every,
            "samples": [significant(value, 7) for value in gradient[::every][:200]],
        },
    }


CASES = [
    dict(styleLoss="gram", pooling="max"),
    dict(styleLoss="gram", pooling="average"),
    dict(styleLoss="gram", pooling="average", edge="replicate", normalised=True),
    dict(styleLoss="gram", pooling="l2", edge="replicate", poolingScale=0.78),
    dict(styleLoss="wasserstein", pooling="average", normalised=True),
]

RULER_SIZES = {"picture": (32, 512), "content": (32, 512), "style": (40, 512)}


def ruler(weights):
    """Pictures of the ruler's own size, so that nothing is resized; means made by formula."""
    images = {name: picture(*size, seed) for seed, (name, size) in enumerate(RULER_SIZES.items(), 4)}
    of = {
        name: features(weights, torch.from_numpy(image)[None], "max", normalised=True)
        for name, image in images.items()
    }
    style = lambda a, b: {
        name: float((gram(of[a][name]) - gram(of[b][name])).norm() ** 2 / gram(of[b][name]).norm() ** 2)
        for name in STYLE_LAYERS
    }
    mean = lambda layers: sum(layers.values()) / len(layers)
    distances, before = style("picture", "style"), style("content", "style")
    distances["total"], before["total"] = mean(distances), mean(before)
    f, p = of["picture"][CONTENT_LAYER], of["content"][CONTENT_LAYER]
    return {
        "content": significant((f - p).norm() ** 2 / p.norm() ** 2),
        "style": {name: significant(value) for name, value in distances.items()},
        "gapClosed": {name: significant(1 - distances[name] / before[name]) for name in distances},
        "ssim": significant(ssim(images["picture"], images["content"])),
    }


def case(weights, styleLoss, pooling, edge="zero", poolingScale=1, normalised=False):
    loss = {"gram": gram_loss, "wasserstein": wasserstein_loss}[styleLoss]
    # The eigen-decomposition is exact where there are many more positions than channels.
    layers = STYLE_LAYERS if styleLoss == "gram" else ["relu1_1"]
    result = objective(
        weights,
        loss,
        layers,
        pooling=pooling,
        edge=edge,
        pooling_scale=poolingScale,
        normalised=normalised,
    )
    options = dict(pooling=pooling, edge=edge, poolingScale=poolingScale, normalised=normalised)
    return {"styleLoss": styleLoss, **options, **result}


if __name__ == "__main__":
    vgg19 = read_safetensors(sys.argv[1])
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/gatys.py VGG19.safetensors",
                "torch": torch.__version__,
                "objectives": [case(vgg19, **each) for each in CASES],
                "ruler": ruler(vgg19),
            }
        )
    )
