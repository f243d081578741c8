"""The descriptors of gradients and motion once more, pixel by pixel in plain Python, each written from its formula.

As slow_texture.py. A flow is a list of rows of (dx, dy), `flows[t][y][x]`; descriptors of motion begin with flows.
"""

import csv
import math
from collections import Counter
from importlib.resources import files

import numpy as np

from slow_texture import joined, lbp_top, spans

TURN = 2 * math.pi
ANGLES = {"xy": lambda t, y, x: (-y, x), "xt": lambda t, y, x: (t, x), "yt": lambda t, y, x: (t, y)}
"""Plane -> what the sine and the cosine of a gradient's angle are proportional to; up is up, later is later."""


def sector(x, y, bins, start):
    return math.floor((math.atan2(y, x) - start) / TURN * bins + 1e-9) % bins


def blocks(rows, columns, grid):
    """(top, bottom, left, right) of every block."""
    for down, across in grid:
        for top, bottom in spans(rows, down):
            for left, right in spans(columns, across):
                yield top, bottom, left, right


def plane_shares(gradient, plane, bins, grid, by_magnitude):
    """`gradient[t][y][x]` (gt, gy, gx) -> per block the share of each direction in the plane."""
    result = []
    for top, bottom, left, right in blocks(len(gradient[0]), len(gradient[0][0]), grid):
        votes = [0.0] * bins
        for frame in gradient:
            for row in frame[top:bottom]:
                for g in row[left:right]:
                    sine, cosine = ANGLES[plane](*g)
                    length = math.sqrt(sine**2 + cosine**2)
                    votes[sector(cosine, sine, bins, -math.pi / bins)] += length if by_magnitude else length > 0
        total = sum(votes)
        result.append([vote / total if total else 0.0 for vote in votes])
    return result


def hog_top(clip, grid, planes=("xy", "xt", "yt"), bins=8, by_magnitude=True):
    gradient = [
        [
            [
                (
                    (clip[t + 1][y][x] - clip[t - 1][y][x]) / 2,
                    (clip[t][y + 1][x] - clip[t][y - 1][x]) / 2,
                    (clip[t][y][x + 1] - clip[t][y][x - 1]) / 2,
                )
                for x in range(1, len(clip[0][0]) - 1)
            ]
            for y in range(1, len(clip[0]) - 1)
        ]
        for t in range(1, len(clip) - 1)
    ]
    return joined(*(plane_shares(gradient, plane, bins, grid, by_magnitude) for plane in planes))


def higo_top(clip, grid, planes=("xy", "xt", "yt"), bins=8):
    return hog_top(clip, grid, planes, bins, by_magnitude=False)


def hog_3d(clip, grid):
    mean, slope, steps = (1, 2, 1), (-1, 0, 1), (-1, 0, 1)
    kernels = (slope, mean, mean), (mean, slope, mean), (mean, mean, slope)
    near = [(a, b, mean[a + 1] * mean[b + 1] / 16) for a in steps for b in steps]
    blurred = [
        [
            [sum(weight * frame[y + a][x + b] for a, b, weight in near) for x in range(1, len(frame[0]) - 1)]
            for y in range(1, len(frame) - 1)
        ]
        for frame in clip
    ]
    cube = [
        (a, b, c, [math.prod(w[step + 1] for w, step in zip(kernel, (a, b, c), strict=True)) for kernel in kernels])
        for a in steps
        for b in steps
        for c in steps
    ]

    def sobel(t, y, x):
        total = [0.0, 0.0, 0.0]
        for a, b, c, weights in cube:
            value = blurred[t + a][y + b][x + c]
            for axis in range(3):
                total[axis] += weights[axis] * value
        return total

    gradient = [
        [[sobel(t, y, x) for x in range(1, len(blurred[0][0]) - 1)] for y in range(1, len(blurred[0]) - 1)]
        for t in range(1, len(clip) - 1)
    ]
    return joined(
        *(plane_shares(gradient, plane, bins, grid, True) for plane, bins in (("xy", 8), ("xt", 12), ("yt", 12)))
    )


def slope_at(values, place):
    """Derivative of a list at a place: central, one-sided at the ends."""
    before, after = max(place - 1, 0), min(place + 1, len(values) - 1)
    return (values[after] - values[before]) / (after - before)


def strain(flow):
    result = []
    for y in range(len(flow)):
        line = []
        for x in range(len(flow[0])):
            ux, vx = (slope_at([place[part] for place in flow[y][max(x - 1, 0) : x + 2]], min(x, 1)) for part in (0, 1))
            uy, vy = (slope_at([row[x][part] for row in flow[max(y - 1, 0) : y + 2]], min(y, 1)) for part in (0, 1))
            line.append(math.sqrt(ux**2 + vy**2 + (uy + vx) ** 2 / 2))
        result.append(line)
    return result


def bi_woof(flows, grid):
    flow, tension = flows[0], strain(flows[0])
    vector = []
    for top, bottom, left, right in blocks(len(flow), len(flow[0]), grid):
        votes, weight = [0.0] * 8, 0.0
        for y in range(top, bottom):
            for x in range(left, right):
                u, v = flow[y][x]
                votes[sector(u, v, 8, -math.pi)] += math.sqrt(u**2 + v**2)
                weight += tension[y][x]
        total = sum(votes)
        vector += [weight * vote / total if total else 0.0 for vote in votes]
    length = math.sqrt(sum(value**2 for value in vector))
    return [value / length if length else 0.0 for value in vector]


def osf(flows, side=50):
    total = np.sum([strain(flow) for flow in flows], axis=0).tolist()
    rows, columns = covers(len(total), side), covers(len(total[0]), side)
    return [
        sum(a * b * total[y][x] for y, a in row.items() for x, b in column.items())
        for row in rows
        for column in columns
    ]


def covers(length, count):
    """Per new pixel the share of it that each old pixel covers."""
    width = length / count
    edges = [(k * width, (k + 1) * width) for k in range(count)]
    return [
        {p: share for p in range(length) if (share := (min(p + 1, end) - max(p, begin)) / width) > 1e-9}
        for begin, end in edges
    ]


def osw(flows, grid, clip, radii=(3, 3, 3), **options):
    across, down = math.ceil(radii[0]), math.ceil(radii[1])
    inside = [[row[across : len(row) - across] for row in strain(flow)[down : len(flow) - down]] for flow in flows]
    histograms = lbp_top(clip, grid, radii, **options)
    each = list(blocks(len(inside[0]), len(inside[0][0]), grid))
    width = len(histograms) // len(each)
    vector = []
    for number, (top, bottom, left, right) in enumerate(each):
        values = [value for frame in inside for row in frame[top:bottom] for value in row[left:right]]
        mean = sum(values) / len(values)
        vector += [mean * share for share in histograms[number * width : (number + 1) * width]]
    return vector


def fdm(flows, grid):
    still = []
    for flow in flows:
        counts = Counter((round(u * 32), round(v * 32)) for row in flow for u, v in row)
        mode = min(cell for cell, count in counts.items() if count == max(counts.values()))
        still.append([[(u - mode[0] / 32, v - mode[1] / 32) for u, v in row] for row in flow])
    vector = []
    for top, bottom, left, right in blocks(len(still[0]), len(still[0][0]), grid):
        cuboid = [place for flow in still for row in flow[top:bottom] for place in row[left:right]]
        vector += principal(cuboid)
    return vector


def principal(vectors):
    """d times the mean of max(0, v.d) for the best d, which turns once round; v counts within 90 degrees of d."""
    turns, total, begin = [], [0.0, 0.0], -3.0
    for u, v in vectors:
        if u or v:
            angle = math.atan2(v, u) - begin
            turns += [((angle - math.pi / 2) % TURN, 1, u, v), ((angle + math.pi / 2) % TURN, -1, u, v)]
            if math.cos(angle) > 0:
                total = [total[0] + u, total[1] + v]
    best = list(total)
    for _, sign, u, v in sorted(turns):
        total = [total[0] + sign * u, total[1] + sign * v]
        if total[0] ** 2 + total[1] ** 2 > best[0] ** 2 + best[1] ** 2 + 1e-9:
            best = list(total)
    return [best[0] / len(vectors), best[1] / len(vectors)]


def mdmo(flows, landmarks, align=True):
    """`landmarks` [(x, y)] px of the first frame."""
    pixels = [region_pixels(polygon, flows[0]) for polygon in polygons(landmarks)]
    if align:
        flows = [steadied(flow, landmarks) for flow in flows]
    frames = [[main_motion([flow[y][x] for y, x in region]) for region in pixels] for flow in flows]
    weights = [sum(rho for rho, _ in frame) for frame in frames]
    motions = []
    for region in range(36):
        u = sum(w * frame[region][0] * math.cos(frame[region][1]) for w, frame in zip(weights, frames, strict=True))
        v = sum(w * frame[region][0] * math.sin(frame[region][1]) for w, frame in zip(weights, frames, strict=True))
        motions.append((math.sqrt(u**2 + v**2), math.atan2(v, u) % TURN - math.pi))
    largest = max(rho for rho, _ in motions) or 1
    return [rho / largest for rho, _ in motions] + [theta for _, theta in motions]


def main_motion(vectors):
    if not vectors:
        return 0.0, 0.0
    sectors = [[place for place in vectors if sector(*place, 8, -math.pi / 8) == k] for k in range(8)]
    k = max(range(8), key=lambda k: (len(sectors[k]), -k))
    angles = [math.atan2(v, u) for u, v in sectors[k]]
    near = [angle - TURN if angle - k * TURN / 8 > math.pi else angle for angle in angles]
    near = [angle + TURN if angle - k * TURN / 8 < -math.pi else angle for angle in near]
    return sum(math.sqrt(u**2 + v**2) for u, v in sectors[k]) / len(sectors[k]), sum(near) / len(near)


def polygons(landmarks):
    eyes = [np.mean(landmarks[36:42], axis=0), np.mean(landmarks[42:48], axis=0)]
    distance = math.dist(*eyes)
    result = [[] for _ in range(36)]
    with files("fleeting.features").joinpath("mdmo_regions.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            (ax, ay), (bx, by) = landmarks[int(row["first"])], landmarks[int(row["second"])]
            share = float(row["share"])
            vertex = (1 - share) * ax + share * bx, (1 - share) * ay + share * by - float(row["up"]) * distance
            result[int(row["region"]) - 1].append(vertex)
    return result


def region_pixels(polygon, flow):
    """(y, x) of the pixels about which the polygon turns once."""
    inside = []
    for y in range(len(flow)):
        for x in range(len(flow[0])):
            if min(p[0] for p in polygon) <= x <= max(p[0] for p in polygon):
                angles = [math.atan2(py - y - 1e-7, px - x - 1e-7) for px, py in polygon]  # on a side: right of it
                turned = sum(
                    (b - a + math.pi) % TURN - math.pi for a, b in zip(angles, angles[1:] + angles[:1], strict=True)
                )
                if abs(turned) > math.pi:
                    inside.append((y, x))
    return inside


def steadied(flow, landmarks):
    rows, columns = len(flow), len(flow[0])
    normal, right = np.zeros((3, 3)), np.zeros((3, 2))
    for k in (0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 30):
        x, y = landmarks[k]
        u, v = flow[min(max(round(y), 0), rows - 1)][min(max(round(x), 0), columns - 1)]
        moved = np.array([x + u, y + v, 1.0])
        normal, right = normal + np.outer(moved, moved), right + np.outer(moved, (x, y))
    back = np.linalg.solve(normal, right)
    return [
        [tuple(np.array([x + flow[y][x][0], y + flow[y][x][1], 1.0]) @ back - (x, y)) for x in range(columns)]
        for y in range(rows)
    ]
