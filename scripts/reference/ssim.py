"""Reference numbers for packages/core/src/image/ssim.ts: the formula as it is written, window by window.

    python3 scripts/reference/ssim.py > packages/core/test/image/ssim.reference.json
    npx prettier --write packages/core/test/image/ssim.reference.json

Needs NumPy (Debian: python3-numpy).
"""

import json

import numpy as np


def picture(height, width, seed):
    """[3, h, w] in [0, 1]; ssim.test.ts computes the same."""
    c, y, x = np.mgrid[0:3, 0:height, 0:width]
    return ((seed * x * x + 101 * y + 13 * x * y + 59 * c) % 256) / 255


def luminance(rgb):
    return 255 * (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])


def ssim(a, b):
    x, y = luminance(a), luminance(b)
    height, width = x.shape
    rows, columns = min(11, height), min(11, width)
    i = np.arange(rows) - (rows - 1) / 2
    j = np.arange(columns) - (columns - 1) / 2
    window = np.exp(-(i[:, None] ** 2 + j[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for top in range(height - rows + 1):
        for left in range(width - columns + 1):
            p = x[top : top + rows, left : left + columns]
            q = y[top : top + rows, left : left + columns]
            mp, mq = (window * p).sum(), (window * q).sum()
            vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
            cov = (window * (p - mp) * (q - mq)).sum()
            values.append(
                (2 * mp * mq + c1) * (2 * cov + c2) / ((mp**2 + mq**2 + c1) * (vp + vq + c2))
            )
    return float(np.mean(values))


if __name__ == "__main__":
    cases = []
    for height, width in [(16, 14), (11, 11), (24, 12), (7, 15), (6, 4), (1, 1)]:
        a = picture(height, width, 37)
        others = {
            "other": picture(height, width, 41),
            "faded": 0.25 + 0.5 * a,
            "mixed": 0.7 * a + 0.3 * picture(height, width, 41),
            "negative": 1 - a,
        }
        for name, b in others.items():
            cases.append({"height": height, "width": width, "b": name, "ssim": ssim(a, b)})
    print(json.dumps({"command": "python3 scripts/reference/ssim.py", "cases": cases}))
