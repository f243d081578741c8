"""Random weights as two public GANimation implementations save them; names and shapes are written out from the facts.

Sources of the tables: docs/generators.md. Widths are those of the published networks divided by 64, times `width`.
"""

import torch


def authors_generator(width=4, aus=17, blocks=6, seed=0):
    """State of net_epoch_E_id_G.pth: no biases before norms, norms with weight and bias."""
    w, last = width, 9 + blocks
    shapes = {"main.0.weight": (w, 3 + aus, 7, 7), "main.3.weight": (2 * w, w, 4, 4)}
    shapes |= {"main.6.weight": (4 * w, 2 * w, 4, 4)}
    norms = {"main.1": w, "main.4": 2 * w, "main.7": 4 * w, f"main.{last + 1}": 2 * w, f"main.{last + 4}": w}
    for block in range(9, last):
        shapes |= {f"main.{block}.main.{layer}.weight": (4 * w, 4 * w, 3, 3) for layer in (0, 3)}
        norms |= {f"main.{block}.main.{layer}": 4 * w for layer in (1, 4)}
    shapes |= {f"main.{last}.weight": (4 * w, 2 * w, 4, 4), f"main.{last + 3}.weight": (2 * w, w, 4, 4)}
    shapes |= {"img_reg.0.weight": (3, w, 7, 7), "attetion_reg.0.weight": (1, w, 7, 7)}
    shapes |= {f"{name}.{part}": (maps,) for name, maps in norms.items() for part in ("weight", "bias")}
    return _random(shapes, seed)


def replicate_generator(width=4, aus=17, blocks=6, seed=0):
    """State of E_net_gen.pth: biases before norms, norms without values."""
    w, last = width, 9 + blocks
    shapes = {}
    for layer, maps_in, maps, kernel in ((0, 3 + aus, w, 7), (3, w, 2 * w, 4), (6, 2 * w, 4 * w, 4)):
        shapes |= {f"model.{layer}.weight": (maps, maps_in, kernel, kernel), f"model.{layer}.bias": (maps,)}
    for block in range(9, last):
        for layer in (0, 3):
            name = f"model.{block}.conv_block.{layer}"
            shapes |= {f"{name}.weight": (4 * w, 4 * w, 3, 3), f"{name}.bias": (4 * w,)}
    for layer, maps in ((last, 2 * w), (last + 3, w)):
        shapes |= {f"model.{layer}.weight": (2 * maps, maps, 4, 4), f"model.{layer}.bias": (maps,)}
    shapes |= {"color_top.0.weight": (3, w, 7, 7), "au_top.0.weight": (1, w, 7, 7)}
    return _random(shapes, seed)


def public_critic(layout, width=4, aus=17, image_size=128, seed=0):
    """State of net_epoch_E_id_D.pth (layout "authors") or E_net_dis.pth (layout "replicate")."""
    trunk, patches, units = {
        "authors": ("main", "conv1.weight", "conv2.weight"),
        "replicate": ("model", "dis_top.weight", "aus_top.weight"),
    }[layout]
    shapes, maps_in = {}, 3
    for level in range(6):
        maps = width * 2**level
        shapes |= {f"{trunk}.{2 * level}.weight": (maps, maps_in, 4, 4), f"{trunk}.{2 * level}.bias": (maps,)}
        maps_in = maps
    kernel = image_size // 64
    shapes |= {patches: (1, maps_in, 3, 3), units: (aus, maps_in, kernel, kernel)}
    return _random(shapes, seed)


def _random(shapes, seed):
    chance = torch.Generator().manual_seed(seed)
    return {name: 0.1 * torch.randn(shape, generator=chance) for name, shape in shapes.items()}
