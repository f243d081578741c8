"""A state dict in the layout of torchvision's resnet18, written out from its names and shapes."""

import torch


def torchvision_shapes(width):
    """Name -> shape of everything in torchvision's resnet18 state dict, written out from its layout."""
    shapes = {"conv1.weight": (width, 3, 7, 7), "fc.weight": (1000, 8 * width), "fc.bias": (1000,)}

    def norm(name, features):
        shapes.update({f"{name}.{key}": (features,) for key in ("weight", "bias", "running_mean", "running_var")})
        shapes[f"{name}.num_batches_tracked"] = ()

    norm("bn1", width)
    for stage in range(4):
        for block in range(2):
            name, outputs = f"layer{stage + 1}.{block}", width << stage
            inputs = outputs if block or not stage else outputs // 2
            shapes[f"{name}.conv1.weight"] = (outputs, inputs, 3, 3)
            shapes[f"{name}.conv2.weight"] = (outputs, outputs, 3, 3)
            norm(f"{name}.bn1", outputs)
            norm(f"{name}.bn2", outputs)
            if inputs != outputs:
                shapes[f"{name}.downsample.0.weight"] = (outputs, inputs, 1, 1)
                norm(f"{name}.downsample.1", outputs)
    return shapes


def made_up_state(width):
    """A state dict of random values around 0 (variances: positive) for a trunk of this width."""
    draw = torch.Generator().manual_seed(0)
    return {
        name: torch.rand(shape, generator=draw) + (0.5 if name.endswith("running_var") else -0.5)
        for name, shape in torchvision_shapes(width).items()
    }
