"""The texture descriptors once more, voxel by voxel in plain Python, each written from its formula alone.

They are what tests compare with and what benchmarks/handcrafted.py calls the plain loop. A clip is a list of frames, a
frame a list of rows of grey values, `clip[t][y][x]`; they return the vector as a list, block after block.
"""

import cmath
import math

import numpy as np

TIE = 1e-6


def spans(length, count):
    """(start, end) of the blocks of a side: width rounded half up, the last takes the rest."""
    width = math.floor(length / count + 0.5)
    return [(k * width, (k + 1) * width if k < count - 1 else length) for k in range(count)]


def block_shares(codes, grid, bins):
    """Blocks, row by row and level by level, of codes[t][y][x]: the share of each code in the block."""
    result = []
    for rows, columns in grid:
        for top, bottom in spans(len(codes[0]), rows):
            for left, right in spans(len(codes[0][0]), columns):
                counts = [0] * bins
                for frame in codes:
                    for row in frame[top:bottom]:
                        for code in row[left:right]:
                            counts[code] += 1
                total = sum(counts)
                result.append([count / total for count in counts])
    return result


def joined(*parts):
    """Per block one part after the other, then all blocks in a row."""
    return [value for blocks in zip(*parts, strict=True) for block in blocks for value in block]


def value_at(clip, t, y, x, sampling):
    """Grey value at a place between voxels; at most two of the three are broken numbers."""
    if sampling == "rounded":
        return clip[math.floor(t + 0.5)][math.floor(y + 0.5)][math.floor(x + 0.5)]
    total = 0.0
    for a, wa in corners(t):
        for b, wb in corners(y):
            for c, wc in corners(x):
                total += wa * wb * wc * clip[a][b][c]
    return total


def corners(place):
    low = math.floor(place)
    share = place - low
    if share < 1e-9 or share > 1 - 1e-9:
        return [(round(place), 1.0)]
    return [(low, 1 - share), (low + 1, share)]


def place_on(plane, t, y, x, radii, angle):
    """Neighbour of (t, y, x) at an angle on the circle of a plane; `radii` (Rx, Ry, Rt)."""
    rx, ry, rt = radii
    cosine, sine = math.cos(angle), math.sin(angle)
    if plane == "xy":
        return t, y - ry * sine, x + rx * cosine
    if plane == "xt":
        return t + rt * sine, y, x + rx * cosine
    return t + rt * sine, y + ry * cosine, x


def inner(clip, mx, my, mt, code):
    """The code of every voxel with that margin to the ends of the clip."""
    frames, rows, columns = len(clip), len(clip[0]), len(clip[0][0])
    return [
        [[code(t, y, x) for x in range(mx, columns - mx)] for y in range(my, rows - my)] for t in range(mt, frames - mt)
    ]


def changes(code, points):
    return sum((code >> k & 1) != (code >> (k + 1) % points & 1) for k in range(points))


def uniform_table(points):
    uniform = [code for code in range(2**points) if changes(code, points) <= 2]
    return {code: uniform.index(code) if code in uniform else len(uniform) for code in range(2**points)}


def lbp_top(clip, grid, radii=(3, 3, 3), points=(8, 8, 8), uniform=True, sampling="bilinear"):
    planes = []
    for plane, count in zip(("xy", "xt", "yt"), points, strict=True):
        table = uniform_table(count) if uniform else {code: code for code in range(2**count)}

        def code(t, y, x, plane=plane, count=count, table=table):
            bits = 0
            for k in range(count):
                t1, y1, x1 = place_on(plane, t, y, x, radii, 2 * math.pi * k / count)
                bits |= (value_at(clip, t1, y1, x1, sampling) >= clip[t][y][x] - TIE) << k
            return table[bits]

        codes = inner(clip, *map(math.ceil, radii), code)
        planes.append(block_shares(codes, grid, max(table.values()) + 1))
    return joined(*planes)


def lbp_sip(clip, grid, radii=(3, 3, 3)):
    rx, ry, rt = radii

    def spatial(t, y, x):
        around = clip[t][y][x + rx], clip[t][y - ry][x], clip[t][y][x - rx], clip[t][y + ry][x]
        return sum((value >= clip[t][y][x]) << k for k, value in enumerate(around))

    def temporal(t, y, x):
        return sum((clip[other][y][x] >= clip[t][y][x]) << k for k, other in enumerate((t + rt, t - rt)))

    return joined(
        block_shares(inner(clip, rx, ry, rt, spatial), grid, 16),
        block_shares(inner(clip, rx, ry, rt, temporal), grid, 4),
    )


def dcp_top(clip, grid, inner_radii=(4, 4, 1), outer_radii=(6, 6, 2), sampling="bilinear"):
    planes = []
    for plane in ("xy", "xt", "yt"):

        def q(t, y, x, i, plane=plane):
            near, far = (
                value_at(clip, *place_on(plane, t, y, x, radii, i * math.pi / 4), sampling)
                for radii in (inner_radii, outer_radii)
            )
            return 2 * (near >= clip[t][y][x] - TIE) + (far >= near - TIE)

        crosses = []
        for first in (0, 1):

            def code(t, y, x, q=q, first=first):
                return sum(q(t, y, x, 2 * k + first) * 4**k for k in range(4))

            codes = inner(clip, *map(math.ceil, outer_radii), code)
            crosses.append([[share / 2 for share in block] for block in block_shares(codes, grid, 256)])
        planes += crosses
    return joined(*planes)


def lpq_filters(window):
    """The eight filters as {(a, b): weight}: real and imaginary part of exp(2 pi i u.z) at the four frequencies."""
    half, step = window // 2, 1 / window
    waves = []
    for u, v in ((step, 0), (0, step), (step, step), (step, -step)):
        wave = {
            (a, b): cmath.exp(2j * math.pi * (u * a + v * b))
            for a in range(-half, half + 1)
            for b in range(-half, half + 1)
        }
        waves += [{place: number.real for place, number in wave.items()}]
        waves += [{place: number.imag for place, number in wave.items()}]
    return waves


def lpq_whitened(filters, rho, spatial):
    """The filters after the rotation that makes their answers uncorrelated; first number of each vector positive."""
    places = list(filters[0])
    matrix = np.array([[wave[place] for place in places] for wave in filters])
    covariance = np.empty((len(places), len(places)))
    for i, (a, b) in enumerate(places):
        for j, (c, d) in enumerate(places):
            covariance[i, j] = rho ** (math.hypot(a - c, b - d) if spatial else abs(a - c) + abs(b - d))
    uneven = np.diag([1.000007, 1.000006, 1.000005, 1.000004, 1.000003, 1.000002, 1.000001, 1])
    vectors = np.linalg.svd(uneven @ matrix @ covariance @ matrix.T @ uneven)[0]
    rows = []
    for vector in vectors.T:
        sign = math.copysign(1, next(number for number in vector if abs(number) > 1e-6))
        rows.append(dict(zip(places, (sign * vector) @ matrix, strict=True)))
    return rows


def lpq_top(clip, grid, window=5, rho=0.1):
    """`rho` None: without decorrelation."""
    half = window // 2
    planes = []
    for plane in ("xy", "xt", "yt"):
        filters = lpq_filters(window)
        if rho is not None:
            filters = lpq_whitened(filters, rho, plane == "xy")
        steps = {"xy": ((0, 0, 1), (0, 1, 0)), "xt": ((0, 0, 1), (1, 0, 0)), "yt": ((0, 1, 0), (1, 0, 0))}[plane]

        def code(t, y, x, filters=filters, steps=steps):
            (t1, y1, x1), (t2, y2, x2) = steps
            seen = {(a, b): clip[t + a * t1 + b * t2][y + a * y1 + b * y2][x + a * x1 + b * x2] for a, b in filters[0]}
            answers = [sum(weight * seen[place] for place, weight in wave.items()) for wave in filters]
            return sum((answer > TIE) << k for k, answer in enumerate(answers))

        margin = {"xy": (half, half, 0), "xt": (half, 0, half), "yt": (0, half, half)}[plane]
        planes.append(block_shares(inner(clip, *margin, code), grid, 256))
    return joined(*planes)


def stlbp_ip(clip, grid, steps=20, radius=1, sampling="bilinear"):
    change = [
        [[now - first for now, first in zip(*rows, strict=True)] for rows in zip(frame, clip[0], strict=True)]
        for frame in clip[1:]
    ]
    vector = []
    for rows, columns in grid:
        for top, bottom in spans(len(clip[0]), rows):
            for left, right in spans(len(clip[0][0]), columns):
                per_row = [[sum(frame[y][left:right]) for y in range(top, bottom)] for frame in change]
                per_column = [
                    [sum(frame[y][x] for y in range(top, bottom)) for x in range(left, right)] for frame in change
                ]
                vector += line_histogram(per_row) + line_histogram(per_column)
                vector += texture_histogram(per_row, steps, radius, sampling)
                vector += texture_histogram(per_column, steps, radius, sampling)
    return vector


def line_histogram(projections):
    """One-dimensional codes of the four neighbours on each side, averaged over the frames."""
    histogram = [0.0] * 256
    for line in projections:
        for place in range(4, len(line) - 4):
            around = line[place - 4 : place] + line[place + 1 : place + 5]
            code = sum((value >= line[place]) << k for k, value in enumerate(around))
            histogram[code] += 1 / (len(line) - 8) / len(projections)
    return histogram


def texture_histogram(projections, steps, radius, sampling):
    """u2 codes of the texture with a row per frame, brought to `steps` rows."""
    last = len(projections) - 1
    texture = []
    for step in range(steps):
        place = step * last / (steps - 1)
        before = min(math.floor(place + 1e-9), last - 1)
        share = place - before
        texture.append([a + share * (b - a) for a, b in zip(*projections[before : before + 2], strict=True)])
    table = uniform_table(8)
    clip = [[row] for row in texture]

    def code(t, y, x):
        bits = 0
        for k in range(8):
            t1, _, x1 = place_on("xt", t, y, x, (radius, 0, radius), math.pi * k / 4)
            bits |= (value_at(clip, t1, y, x1, sampling) >= texture[t][x] - TIE) << k
        return table[bits]

    return block_shares(inner(clip, radius, 0, radius, code), [(1, 1)], 59)[0]


def stclqp(clip, grid, radii=(3, 3, 3), sampling="bilinear"):
    """Histograms of the sign, magnitude and orientation patterns; codebooks come after it."""
    slopes = [gradient(clip, *step) for step in ((0, 0, 1), (0, 1, 0), (1, 0, 0))]
    margin = [math.ceil(radius + 1) for radius in radii]
    parts = []
    for plane, axes in (("xy", (0, 1)), ("xt", (0, 2)), ("yt", (1, 2))):
        angles = [math.pi * k / 4 for k in range(8)]

        def around(field, t, y, x, plane=plane, angles=angles):
            return [value_at(field, *place_on(plane, t, y, x, radii, angle), sampling) for angle in angles]

        def differences(t, y, x, around=around):
            return [value - clip[t][y][x] for value in around(clip, t, y, x)]

        every = inner(clip, *margin, lambda t, y, x, differences=differences: [abs(d) for d in differences(t, y, x)])
        sizes = [size for frame in every for row in frame for voxel in row for size in voxel]
        mean = math.fsum(sizes) / len(sizes)

        def sign(t, y, x, differences=differences):
            return sum((d >= -TIE) << k for k, d in enumerate(differences(t, y, x)))

        def magnitude(t, y, x, differences=differences, mean=mean):
            return sum((abs(d) - mean >= -TIE) << k for k, d in enumerate(differences(t, y, x)))

        def orientation(t, y, x, around=around, axes=axes):
            products = [0.0] * 8
            for axis in axes:
                for k, value in enumerate(around(slopes[axis], t, y, x)):
                    products[k] += value * slopes[axis][t][y][x]
            return sum((product >= -TIE) << k for k, product in enumerate(products))

        parts += [block_shares(inner(clip, *margin, code), grid, 256) for code in (sign, magnitude, orientation)]
    return joined(*parts)


def gradient(clip, dt, dy, dx):
    """Central difference along one axis; 0 where a neighbour is missing, which no code looks at."""
    frames, rows, columns = len(clip), len(clip[0]), len(clip[0][0])

    def slope(t, y, x):
        if not (dt <= t < frames - dt and dy <= y < rows - dy and dx <= x < columns - dx):
            return 0.0
        return (clip[t + dt][y + dy][x + dx] - clip[t - dt][y - dy][x - dx]) / 2

    return [[[slope(t, y, x) for x in range(columns)] for y in range(rows)] for t in range(frames)]
