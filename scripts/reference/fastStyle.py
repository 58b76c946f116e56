"""Reference numbers for a network of another project, run in PyTorch: the style "wave" of
lengstrom/fast-style-transfer, as safetensors.

    python3 scripts/reference/fastStyle.py WAVE.safetensors > packages/core/test/nets/fastStyleReference.json
    npx prettier --write packages/core/test/nets/fastStyleReference.json

Needs PyTorch and NumPy (Debian: python3-torch, python3-numpy). Seconds.
"""

import json
import sys

import torch
import torch.nn.functional as F

from gatys import picture, read_safetensors

tensors = {name: tensor.double() for name, tensor in read_safetensors(sys.argv[1]).items()}


def normalised(x, name):
    mean = x.mean((2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean((2, 3), keepdim=True)
    scale, shift = (tensors[f"{name}.{part}"].reshape(1, -1, 1, 1) for part in ("scale", "shift"))
    return scale * (x - mean) / torch.sqrt(variance + 1e-3) + shift


def same(x, kernel, stride):
    """TensorFlow's padding "SAME" with zeros, for sizes that the stride divides."""
    pads = kernel - stride
    return F.pad(x, (pads // 2, pads - pads // 2, pads // 2, pads - pads // 2))


def conv(x, name, stride=1):
    weight = tensors[f"{name}.weight"]
    return normalised(F.conv2d(same(x, weight.shape[2], stride), weight, stride=stride), name)


def deconv(x, name):
    large = F.conv_transpose2d(x, tensors[f"{name}.weight"], stride=2)
    return normalised(large[:, :, : 2 * x.shape[2], : 2 * x.shape[3]], name)


def paint(image):
    """RGB in [0, 1] to RGB in about [0, 1]."""
    x = F.relu(conv(255 * image, "conv1"))
    x = F.relu(conv(x, "conv2", 2))
    x = F.relu(conv(x, "conv3", 2))
    for i in range(1, 6):
        x = x + conv(F.relu(conv(x, f"res{i}.conv1")), f"res{i}.conv2")
    x = F.relu(deconv(x, "deconv1"))
    x = F.relu(deconv(x, "deconv2"))
    return (torch.tanh(conv(x, "conv4")) * 150 + 127.5) / 255


if __name__ == "__main__":
    height, width = 48, 64
    result = paint(picture(height, width, 1))
    print(
        json.dumps(
            {
                "width": width,
                "height": height,
                "means": result.mean((0, 2, 3)).tolist(),
                "deviations": result.std((0, 2, 3), unbiased=False).tolist(),
                # Every 97th number: 97 divides no side.
                "samples": result.flatten()[::97].tolist(),
            }
        )
    )
