"""Reference numbers for packages/core/src/image/resize.ts.

triangle and bicubic from PyTorch's interpolate(antialias=True), lanczos3 from Pillow, nearest from
PyTorch's nearest-exact, area as products of matrices that hold how much of each pixel is covered.

    python3 scripts/reference/resize.py > packages/core/test/image/resize.reference.json
    npx prettier --write packages/core/test/image/resize.reference.json

Needs PyTorch, NumPy and Pillow (Debian: python3-torch, python3-numpy, python3-pil).
"""

import json

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image


def pattern(height, width, plane):
    """The test picture; resize.test.ts computes the same."""
    y, x = np.mgrid[0:height, 0:width]
    return ((37 * x * x + 101 * y + 13 * x * y + 59 * plane) % 256 / 255).astype(np.float64)


def interpolate(plane, size, mode, **options):
    x = torch.from_numpy(plane)[None, None]
    return F.interpolate(x, size=size, mode=mode, **options)[0, 0].numpy()


def antialiased(mode):
    return lambda plane, size: interpolate(plane, size, mode, antialias=True, align_corners=False)


def lanczos(plane, size):
    image = Image.fromarray(plane.astype(np.float32), mode="F")
    return np.asarray(image.resize((size[1], size[0]), Image.LANCZOS), dtype=np.float64)


def covered(old, new):
    scale = old / new
    matrix = np.zeros((new, old))
    for i in range(new):
        for j in range(old):
            overlap = min((i + 1) * scale, j + 1) - max(i * scale, j)
            matrix[i, j] = max(0, overlap) / scale
    return matrix


def area(plane, size):
    return covered(plane.shape[0], size[0]) @ plane @ covered(plane.shape[1], size[1]).T


FILTERS = {
    "triangle": antialiased("bilinear"),
    "bicubic": antialiased("bicubic"),
    "lanczos3": lanczos,
    "nearest": lambda plane, size: interpolate(plane, size, "nearest-exact"),
    "area": area,
}

# (height, width) from and to: shrinking, enlarging, one of each, to and from a single pixel.
SIZES = [
    ((13, 17), (5, 7)),
    ((6, 8), (3, 4)),
    ((5, 4), (9, 11)),
    ((12, 5), (7, 8)),
    ((3, 11), (8, 2)),
    ((7, 5), (1, 1)),
    ((1, 2), (3, 5)),
]

if __name__ == "__main__":
    cases = []
    for name, function in FILTERS.items():
        for old, new in SIZES:
            planes = [function(pattern(*old, plane), new) for plane in range(2)]
            values = np.round(np.stack(planes).ravel(), 8).tolist()
            cases.append({"filter": name, "from": old, "to": new, "values": values})
    print(
        json.dumps(
            {
                "command": "python3 scripts/reference/resize.py",
                "torch": torch.__version__,
                "pillow": Image.__version__,
                "cases": cases,
            }
        )
    )
