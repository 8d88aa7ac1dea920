#!/usr/bin/env python3
# ruff: noqa: B023, B905, C408, C416, E501, E731, N806, N812, PTH103, PTH109, PTH118, PTH123, PTH207
# ruff: noqa: RUF005, RUF046, RUF059, SIM105, SIM108, SIM115
"""Synthetic benchmark of true-pixel-art recovery: what a tool makes of damaged pixel art whose truth is known.

Ground truth  : CC0 32x32 tiles (Dungeon Crawl Stone Soup export) composed into native canvases
                (single sprite with margins / sprite sheet / full-bleed tile mosaic).
Degradations  : see CATS. Every (scene, category) is deterministic in --seed.
Candidate API : a function (PIL.Image RGB) -> PIL.Image (RGB or RGBA, 1 px per cell).
                  pixel_recovery.py --tiles tiles.zip --candidate pixels_mcp.pixelart.recovery:recover_image
                  pixel_recovery.py --tiles tiles.zip --peers unfake,proper --json out.json
The peers and OpenCV come with the dependency group `bench-peers`. How to run it: README.md beside this file.
Scores (per image)
  exact   grid recovered: |out_w - W/s| < 1 and same for h (offset views contain partial border cells);
          with zero offset the size must equal the native size exactly
  cell    share of cells with CIE76 dE <= 5 against ground truth, on sprite bbox + 1 cell (whole tile mosaics),
          best integer alignment in +-3 cells; wrong-size outputs are nearest-resampled to the true size first
  dE,psnr same region
  usable  size within 2 cells (partial border cells) and cell >= 0.90
  ncol    unique opaque colours out / ground truth
  iou     alpha IoU with the sprite mask, when the output has transparency
  iou0    the same over all scenes that have a mask: an opaque answer counts 0
  idem    recovering the answer again gives the very same pixels
  native  (--native) 1x art given back with the same size and, where opaque, the same pixels
  s/img   wall seconds on a fixed 1024x1024 image set
"""

import argparse
import contextlib
import glob
import hashlib
import importlib
import io
import json
import os
import signal
import sys
import time

import cv2
import numpy as np
from PIL import Image

from ground_damages import ground_cases, report_grounds
from real_damages import real_cases, report

cv2.setNumThreads(1)


# ------------------------------------------------------------------ ground truth
def _rng(*k):
    return np.random.default_rng(int(hashlib.sha256("|".join(map(str, k)).encode()).hexdigest()[:12], 16))


def load_tiles(root):
    """root: a folder of PNG tiles, or a zip of one (releases/kind/...)."""
    if root.endswith(".zip"):
        import tempfile
        import zipfile

        d = tempfile.mkdtemp(prefix="tiles")
        zipfile.ZipFile(root).extractall(d)
        root = d
    sprites, floors = [], []
    for f in sorted(glob.glob(os.path.join(root, "**", "*.png"), recursive=True)):
        rel = f.replace(os.sep, "/")
        if any(k in rel for k in ("/gui/", "/player/", "/effect/")):
            continue
        im = Image.open(f)
        if im.size != (32, 32):
            continue
        a = np.array(im.convert("RGBA"))
        al = a[..., 3]
        if ((al > 0) & (al < 255)).mean() > 0.02:
            continue
        m = al > 127
        n = len(np.unique(a[m][:, :3], axis=0)) if m.any() else 0
        if m.all() and 4 <= n <= 48 and ("/dngn/" in rel or "/dc-dngn/" in rel):
            floors.append(f)
        elif 0.15 <= m.mean() <= 0.85 and 5 <= n <= 72:
            sprites.append(f)
    return sprites, floors


BGS = [
    (255, 255, 255),
    (236, 236, 236),
    (128, 128, 128),
    (24, 24, 28),
    (255, 0, 255),
    (0, 200, 70),
    (150, 200, 240),
    (245, 235, 215),
]


def make_scene(i, seed, sprites, floors):
    """-> dict(rgb uint8 HxWx3, mask HxW bool or None)"""
    r = _rng("scene", seed, i)
    kind = ("single", "single", "sheet", "tile")[i % 4]
    ld = lambda f: np.array(Image.open(f).convert("RGBA"))
    if kind == "tile":
        n = int(r.integers(2, 4))
        fs = [ld(floors[j]) for j in r.integers(0, len(floors), 3)]
        H = W = 32 * n
        rgb = np.zeros((H, W, 3), np.uint8)
        for y in range(n):
            for x in range(n):
                rgb[y * 32 : y * 32 + 32, x * 32 : x * 32 + 32] = fs[int(r.integers(0, 3))][..., :3]
        return dict(kind=kind, rgb=rgb, mask=None)

    def pick():
        a = ld(sprites[int(r.integers(0, len(sprites)))])
        a[..., 3] = np.where(a[..., 3] > 127, 255, 0)
        return a

    ts = [pick()] if kind == "single" else [pick() for _ in range(int(r.choice([4, 6])))]
    cols = np.unique(np.concatenate([t[t[..., 3] > 0][:, :3] for t in ts]), axis=0).astype(int)
    bgs = [b for b in BGS if np.abs(cols - b).sum(1).min() > 40] or [BGS[4]]
    bg = bgs[int(r.integers(0, len(bgs)))]
    if kind == "single":
        p = r.integers(2, 17, 4)
        H, W = 32 + int(p[0] + p[1]), 32 + int(p[2] + p[3])
        pos = [(int(p[0]), int(p[2]))]
        if r.random() < 0.5:
            H = W = max(H, W)
    else:
        gx = 2 if len(ts) == 4 else 3
        g = int(r.integers(2, 7))
        W = gx * 32 + g * (gx + 1)
        H = 2 * 32 + g * 3
        pos = [(g + (k // gx) * (32 + g), g + (k % gx) * (32 + g)) for k in range(len(ts))]
    rgb = np.empty((H, W, 3), np.uint8)
    rgb[:] = bg
    mask = np.zeros((H, W), bool)
    for t, (y, x) in zip(ts, pos):
        m = t[..., 3] > 0
        rgb[y : y + 32, x : x + 32][m] = t[m][:, :3]
        mask[y : y + 32, x : x + 32] |= m
    return dict(kind=kind, rgb=rgb, mask=mask, bg=bg)


# ------------------------------------------------------------------ degradations
def _smooth(shape, sig, r):
    h, w = shape
    k = max(1, int(sig / 2))
    f = r.standard_normal((h // k + 2, w // k + 2)).astype(np.float32)
    f = cv2.GaussianBlur(f, (0, 0), max(sig / k, 0.8))
    f = cv2.resize(f, (w, h), interpolation=cv2.INTER_CUBIC)
    return f / (np.abs(f).max() + 1e-9)


def _cuts(n, s, drift, jit, r):
    t = np.arange(n) / max(n - 1, 1)
    ph = r.uniform(0, 2 * np.pi, 2)
    w = s * (1 + drift * (0.7 * np.sin(2 * np.pi * 1.3 * t + ph[0]) + 0.3 * np.sin(2 * np.pi * 3.1 * t + ph[1])))
    c = np.concatenate([[0.0], np.cumsum(w)])
    c *= n * s / c[-1]
    if jit:
        o = r.uniform(-jit * s, jit * s, n + 1)
        o[0] = o[-1] = 0
        c = np.maximum.accumulate(c + o)
    return c


def _u(c, x):
    i = np.clip(np.searchsorted(c, x, side="right") - 1, 0, len(c) - 2)
    return i + (x - c[i]) / np.maximum(c[i + 1] - c[i], 1e-6)


def _jpeg(a, q, sub=2):
    b = io.BytesIO()
    Image.fromarray(np.clip(a, 0, 255).astype(np.uint8)).save(b, "JPEG", quality=int(q), subsampling=sub)
    return np.array(Image.open(io.BytesIO(b.getvalue()))).astype(np.float32)


def _vae(a, r, k=1.0):
    """VAE-like: 8x8-block band limiting of luma, chroma at 1/2 res, ringing, band-limited decoder noise."""
    y = cv2.cvtColor(np.clip(a, 0, 255).astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    h, w = y.shape[:2]
    H, W = -(-h // 8) * 8, -(-w // 8) * 8
    L = cv2.copyMakeBorder(y[..., 0], 0, H - h, 0, W - w, cv2.BORDER_REPLICATE)
    sh = L.reshape(H // 8, 8, W // 8, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    D = np.array(
        [
            [np.cos((2 * x + 1) * u * np.pi / 16) * (np.sqrt(1 / 8) if u == 0 else 0.5) for x in range(8)]
            for u in range(8)
        ],
        np.float32,
    )
    F = D @ sh @ D.T
    uu = np.hypot(*np.mgrid[0:8, 0:8])
    F *= np.where(uu < 1, 1.0, np.clip(1.06 - k * 0.075 * np.maximum(uu - 3, 0), 0.3, 1.06))
    L = (D.T @ F @ D).reshape(H // 8, W // 8, 8, 8).transpose(0, 2, 1, 3).reshape(H, W)[:h, :w]
    y[..., 0] = cv2.GaussianBlur(L, (0, 0), 0.45 * k + 0.15)
    for c in (1, 2):
        y[..., c] = cv2.resize(
            cv2.GaussianBlur(
                cv2.resize(y[..., c], (w // 2, h // 2), interpolation=cv2.INTER_AREA), (0, 0), 0.5 * k + 0.05
            ),
            (w, h),
            interpolation=cv2.INTER_LINEAR,
        )
    o = cv2.cvtColor(y, cv2.COLOR_YCrCb2RGB) * 255
    n = np.stack([cv2.GaussianBlur(r.standard_normal((h, w)).astype(np.float32), (0, 0), 0.9) for _ in range(3)], -1)
    return o + n / n.std() * 2.0 * k


CATS = {  # name: params
    "clean_int": dict(scales="int"),
    "clean_frac": dict(scales="frac", off=1),
    "soft": dict(scales="any", off=1, aa=1, blur=0.09),
    "vae": dict(scales="any", off=1, aa=1, vae=1.0),
    "jpeg": dict(scales="any", off=1, aa=1, blur=0.04, jpeg=(45, 75)),
    "noise": dict(scales="any", off=1, aa=1, blur=0.05, noise=6.0),
    "drift": dict(scales="any", off=1, aa=1, blur=0.05, drift=0.06, jit=0.08, warp=0.10),
    "diffusion": dict(
        scales="frac",
        off=1,
        aa=1,
        vae=1.0,
        drift=0.03,
        jit=0.06,
        warp=0.08,
        grad=10.0,
        tex=5.0,
        field=0.04,
        bgn=2.5,
        jpeg=(88, 95),
    ),
    "mush": dict(scales="any", off=1, aa=1, warp2=0.22, blur=0.10, noise=2.0, jpeg=(75, 88)),
    "big": dict(
        scales="big", off=1, aa=1, vae=1.0, drift=0.02, jit=0.04, warp=0.05, grad=8.0, tex=4.0, field=0.03, bgn=2.0
    ),
}
SC_INT = [6, 7, 8, 9, 10, 12, 14, 16]
SC_FR = [6.38, 7.3, 8.53, 9.4, 10.67, 11.6, 12.8, 13.7, 15.2]


def degrade(sc, cat, i, seed):
    p = CATS[cat]
    r = _rng("deg", seed, cat, i)
    rgb = sc["rgb"]
    h, w = rgb.shape[:2]
    big = max(h, w)
    if p["scales"] == "big":
        s = float(r.uniform(980, 1040) / big)
    else:
        pool = {"int": SC_INT, "frac": SC_FR, "any": SC_INT + SC_FR}[p["scales"]]
        ok = [x for x in pool if 440 <= x * big <= 1040] or [min(pool, key=lambda x: abs(x * big - 700))]
        s = float(ok[int(r.integers(0, len(ok)))])
    # pad one cell so that a fractional offset can be cropped out of the view
    pad = 1
    src = cv2.copyMakeBorder(
        rgb, pad, pad, pad, pad, cv2.BORDER_REPLICATE if sc["mask"] is not None else cv2.BORDER_WRAP
    )
    xc = _cuts(w + 2 * pad, s, p.get("drift", 0), p.get("jit", 0), r)
    yc = _cuts(h + 2 * pad, s, p.get("drift", 0), p.get("jit", 0), r)
    ow, oh = int(round(w * s)), int(round(h * s))
    ss = 2 if p.get("aa") else 1
    ox = oy = 0.0
    if p.get("off"):
        ox, oy = r.uniform(-0.5, 0.5, 2)  # offset of the view in cells
    x = (np.arange(ow * ss) + 0.5) / ss + (pad + ox) * s
    y = (np.arange(oh * ss) + 0.5) / ss + (pad + oy) * s
    U = np.repeat(_u(xc, x)[None].astype(np.float32), oh * ss, 0)
    V = np.repeat(_u(yc, y)[:, None].astype(np.float32), ow * ss, 1)
    if p.get("warp"):
        U += p["warp"] * _smooth(U.shape, 4 * s * ss, r)
        V += p["warp"] * _smooth(U.shape, 4 * s * ss, r)
    if p.get("warp2"):  # sub-cell displacement (AI-upscaler mush)
        U += p["warp2"] * _smooth(U.shape, 0.7 * s * ss, r)
        V += p["warp2"] * _smooth(U.shape, 0.7 * s * ss, r)
    iu = np.clip(U.astype(int), 0, src.shape[1] - 1)
    iv = np.clip(V.astype(int), 0, src.shape[0] - 1)
    a = src[iv, iu].astype(np.float32)
    if p.get("grad"):  # in-cell shading + texture
        gx = r.uniform(-1, 1, src.shape[:2] + (1,)).astype(np.float32)
        gy = r.uniform(-1, 1, src.shape[:2] + (1,)).astype(np.float32)
        a += p["grad"] * (gx[iv, iu] * (U - iu - 0.5)[..., None] + gy[iv, iu] * (V - iv - 0.5)[..., None])
        a += p["tex"] * _smooth(a.shape[:2], 0.25 * s * ss, r)[..., None] * 2
    if ss > 1:
        a = cv2.resize(a, (ow, oh), interpolation=cv2.INTER_AREA)
    if p.get("field"):
        a *= 1 + p["field"] * np.stack([_smooth((oh, ow), min(oh, ow) / 3, r) for _ in range(3)], -1)
    if p.get("bgn"):
        a += p["bgn"] * _smooth((oh, ow), s, r)[..., None]
    if p.get("blur"):
        a = cv2.GaussianBlur(a, (0, 0), p["blur"] * s)
    if p.get("vae"):
        a = _vae(a, r, p["vae"])
    if p.get("noise"):
        a = a + r.normal(0, p["noise"], a.shape[:2] + (1,)) + r.normal(0, p["noise"] * 0.6, a.shape)
    if p.get("jpeg"):
        a = _jpeg(a, r.uniform(*p["jpeg"]))
    return Image.fromarray(np.clip(np.rint(a), 0, 255).astype(np.uint8)), dict(
        s=s, ox=float(ox), oy=float(oy), gt=(w, h), cat=cat, kind=sc["kind"]
    )


# ------------------------------------------------------------------ scoring
def lab(a):
    return cv2.cvtColor(np.ascontiguousarray(a[..., :3]).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def score(out, sc, m):
    gt, mask = sc["rgb"], sc["mask"]
    H, W = gt.shape[:2]
    o = np.array(out.convert("RGBA"))
    h, w = o.shape[:2]
    al = o[..., 3] > 127
    has_a = bool((~al).any())
    if mask is not None and not (abs(w - W) <= 3 and abs(h - H) <= 3):  # tools that trim to content
        ys, xs = np.nonzero(mask)
        y0, y1, x0, x1 = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
        if abs(w - (x1 - x0)) <= 3 and abs(h - (y1 - y0)) <= 3:
            gt, mask = gt[y0:y1, x0:x1], mask[y0:y1, x0:x1]
            H, W = gt.shape[:2]
    if m["ox"] == 0 and m["oy"] == 0:
        exact = (w, h) == (W, H)
    else:
        exact = abs(w - W) <= 1 and abs(h - H) <= 1
    within = abs(w - W) <= 2 and abs(h - H) <= 2
    ncol = len(np.unique(o[al][:, :3], axis=0)) if al.any() else 0
    if not (abs(w - W) <= 3 and abs(h - H) <= 3):
        o = np.array(Image.fromarray(o).resize((W, H), Image.NEAREST))
        h, w = H, W
        al = o[..., 3] > 127
        R = 1
    else:
        R = 3
    bg = np.array(sc.get("bg", (0, 0, 0)), np.uint8)
    oc = o[..., :3].copy()
    oc[~al] = bg
    P = 4
    canvas = np.empty((H + 2 * P, W + 2 * P, 3), np.uint8)
    canvas[:] = bg
    if mask is None:
        canvas = cv2.copyMakeBorder(gt, P, P, P, P, cv2.BORDER_WRAP)
    L = lab(oc)
    G = lab(gt)
    if mask is not None:
        ys, xs = np.nonzero(mask)
        y0, y1, x0, x1 = max(ys.min() - 1, 0), min(ys.max() + 2, H), max(xs.min() - 1, 0), min(xs.max() + 2, W)
    else:
        y0, y1, x0, x1 = 1, H - 1, 1, W - 1
    best = None
    Lp = cv2.copyMakeBorder(L, 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    op = cv2.copyMakeBorder(oc, 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    ap = cv2.copyMakeBorder(al.astype(np.uint8), 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    for dy in range(-R, R + 1):
        for dx in range(-R, R + 1):
            ya, yb, xa, xb = y0 + 8 + dy, y1 + 8 + dy, x0 + 8 + dx, x1 + 8 + dx
            if yb > Lp.shape[0] or xb > Lp.shape[1]:
                continue
            d = np.sqrt(((Lp[ya:yb, xa:xb] - G[y0:y1, x0:x1]) ** 2).sum(-1))
            e = d.mean()
            if best is None or e < best[0]:
                best = (e, d, op[ya:yb, xa:xb], ap[ya:yb, xa:xb])
    e, d, oo, aa = best
    mse = ((oo.astype(float) - gt[y0:y1, x0:x1].astype(float)) ** 2).mean()
    cell = float((d <= 5).mean())
    res = dict(
        exact=float(exact),
        within1=float(within),
        cell=cell,
        dE=float(e),
        psnr=float(10 * np.log10(65025 / max(mse, 0.05))),
        usable=float(within and cell >= 0.9),
    )
    res["ncol"] = ncol / max(len(np.unique(gt.reshape(-1, 3), axis=0)), 1)
    if mask is not None and has_a:
        g = mask[y0:y1, x0:x1]
        b = aa > 0
        res["iou"] = float((g & b).sum() / max((g | b).sum(), 1))
    if mask is not None:
        res["iou0"] = res.get("iou", 0.0)
    return res


def same_pixels(a, b):
    """Same size, and the same colour wherever b is opaque (b may have had its background removed)."""
    if a.size != b.size:
        return False
    x, y = np.array(a.convert("RGBA")), np.array(b.convert("RGBA"))
    on = y[..., 3] > 127
    return bool(on.any() and (x[..., :3][on] == y[..., :3][on]).all())


# ------------------------------------------------------------------ peers
PEERS = {}


def peer(name, meta=False):
    def d(f):
        PEERS[name] = (f, meta)
        return f

    return d


def _med(img, m, fn):
    a = np.array(img.convert("RGB"))
    W, H = m["gt"]
    s = m["s"]
    out = np.zeros((H, W, 3), np.uint8)
    for y in range(H):
        ya, yb = max(0, int(round((y - m["oy"]) * s + s * 0.25))), max(1, int(round((y + 1 - m["oy"]) * s - s * 0.25)))
        for x in range(W):
            xa, xb = (
                max(0, int(round((x - m["ox"]) * s + s * 0.25))),
                max(1, int(round((x + 1 - m["ox"]) * s - s * 0.25))),
            )
            t = a[min(ya, a.shape[0] - 1) : yb, min(xa, a.shape[1] - 1) : xb]
            t = (
                t
                if t.size
                else a[
                    min(ya, a.shape[0] - 1) : min(ya, a.shape[0] - 1) + 1,
                    min(xa, a.shape[1] - 1) : min(xa, a.shape[1] - 1) + 1,
                ]
            )
            out[y, x] = fn(t.reshape(-1, 3))
    return Image.fromarray(out)


@peer("ORACLE grid+phase, median of core", True)
def _o1(img, m):
    return _med(img, m, lambda t: np.median(t, axis=0))


@peer("oracle size, nearest resize", True)
def _o2(img, m):
    return img.resize((round(img.width / m["s"]), round(img.height / m["s"])), Image.NEAREST)


@peer("oracle size, box resize", True)
def _o3(img, m):
    return img.resize((round(img.width / m["s"]), round(img.height / m["s"])), Image.BOX)


@peer("naive 8x nearest (pixel-art-xl card)")
def _n8(img):
    return img.resize((max(1, img.width // 8), max(1, img.height // 8)), Image.NEAREST)


@peer("unfake (auto colours)")
def _uf(img, **kw):
    import logging

    logging.disable(logging.INFO)
    import unfake

    k = dict(max_colors=None, auto_color_detect=True, detect_method="auto", downscale_method="dominant", snap_grid=True)
    k.update(kw)
    return unfake.process_image_sync(img, **k)["image"]


@peer("unfake (32 colours)")
def _uf32(img):
    return _uf(img, max_colors=32, auto_color_detect=False)


@peer("unfake (edge, median, 64)")
def _ufe(img):
    return _uf(img, max_colors=64, auto_color_detect=False, detect_method="edge", downscale_method="median")


@peer("unfake (auto)+bg")
def _ufb(img):
    return _uf(img, transparent_background=True, background_tolerance=10)


def _ppa(img, **kw):
    from proper_pixel_art import PixelateConfig, pixelate

    c = PixelateConfig()
    for k, v in kw.items():
        setattr(c, k, v)
    return pixelate(img, c).image


@peer("proper-pixel-art (default)")
def _pp(img):
    return _ppa(img)


@peer("proper-pixel-art (palette 32)")
def _pp32(img):
    from proper_pixel_art import ColorConfig, PaletteConfig

    return _ppa(img, colors=ColorConfig(method="palette", palette=PaletteConfig(num_colors=32)))


@peer("proper-pixel-art +transparent")
def _ppt(img):
    return _ppa(img, transparent_background=True)


def _perf(img, meth):
    from perfect_pixel import get_perfect_pixel

    with contextlib.redirect_stdout(io.StringIO()):
        w, h, o = get_perfect_pixel(np.array(img.convert("RGB")), sample_method=meth)
    return Image.fromarray(np.asarray(o, np.uint8))


@peer("perfectPixel (center)")
def _pf1(img):
    return _perf(img, "center")


@peer("perfectPixel (median)")
def _pf2(img):
    return _perf(img, "median")


def _snap(img, k):
    from pixel_snapper import PixelSnapperConfig, process_image

    b = io.BytesIO()
    img.save(b, "PNG")
    return Image.open(io.BytesIO(bytes(process_image(b.getvalue(), PixelSnapperConfig(k_colors=k)))))


@peer("pixel-snapper (k=16 default)")
def _sn(img):
    return _snap(img, 16)


@peer("pixel-snapper (k=64)")
def _sn64(img):
    return _snap(img, 64)


@peer("spritegrid")
def _sg(img, bg=False):
    from spritegrid import main as M
    from spritegrid.detection import detect_grid

    with contextlib.redirect_stdout(io.StringIO()):
        im = img.convert("RGB")
        gw, gh = detect_grid(im)
        o = M.create_downsampled_image(im, gw, gh, im.width // gw, im.height // gh)
        if bg:
            o = M.make_background_transparent(o)
            o = o[0] if isinstance(o, tuple) else o
    return o


@peer("spritegrid -b")
def _sgb(img):
    return _sg(img, True)


# ------------------------------------------------------------------ driver
class TO(Exception):
    pass


def _alarm(*_):
    raise TO()


def run(fn, meta, cases, limit, budget, idem=False):
    signal.signal(signal.SIGALRM, _alarm)
    rows = []
    t00 = time.time()
    for img, m, sc in cases:
        if time.time() - t00 > budget:
            break
        t = time.time()
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            o = fn(img, m) if meta else fn(img)
            sec = time.time() - t
            signal.setitimer(signal.ITIMER_REAL, 0)
            r = score(o, sc, m)
            r["err"] = 0
            if idem and not meta:
                r["idem"] = float(o.mode == (q := fn(o)).mode and o.size == q.size and o.tobytes() == q.tobytes())
        except BaseException as e:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if isinstance(e, (KeyboardInterrupt, SystemExit)):
                raise
            r = dict(exact=0.0, within1=0.0, cell=0.0, usable=0.0, err=1, msg=repr(e)[:90])
            sec = time.time() - t
        r.update(cat=m["cat"], kind=m["kind"], sec=sec)
        rows.append(r)
    if len(rows) < len(cases):
        print(f"    stopped at the budget after {len(rows)} of {len(cases)} images", flush=True)
    return rows


def agg(rows, f, key=None, med=False):
    v = [r[f] for r in rows if f in r and (key is None or r["cat"] == key)]
    return float("nan") if not v else float(np.median(v) if med else np.mean(v))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--tiles", required=True, help="a folder of 32x32 PNG tiles, or a zip of one (DCSS Nov-2015)")
    ap.add_argument("--scenes", type=int, default=64)
    ap.add_argument("--per-scene", type=int, default=3, help="categories per scene (9 = all)")
    ap.add_argument("--seed", default="A")
    ap.add_argument("--peers", default="all")
    ap.add_argument("--candidate", action="append", default=[], help="module:function")
    ap.add_argument("--limit", type=float, default=25)
    ap.add_argument("--budget", type=float, default=1800, help="seconds per tool")
    ap.add_argument("--idempotence", action="store_true", help="recover every answer again")
    ap.add_argument("--cats", default="")
    ap.add_argument(
        "--real-damages",
        type=int,
        default=0,
        help="so many pictures of each damage of real_damages.py and ground_damages.py",
    )
    ap.add_argument("--json", default="")
    ap.add_argument("--dump", default="")
    ap.add_argument("--no-time", action="store_true")
    ap.add_argument("--native", action="store_true", help="also feed native 1x art (must be left alone)")
    A = ap.parse_args()
    S, F = load_tiles(A.tiles)
    cats = [c for c in (A.cats.split(",") if A.cats else CATS)]
    scenes = [make_scene(i, A.seed, S, F) for i in range(A.scenes)]
    cases = []
    for k in range(A.per_scene):
        for i, sc in enumerate(scenes):
            c = cats[(i + k * max(1, len(cats) // A.per_scene) + i // len(cats)) % len(cats)]
            if c == "big" and sc["kind"] != "single":
                c = "diffusion" if "diffusion" in cats else c
            cases.append((*degrade(sc, c, i, A.seed), sc))
    order = np.random.default_rng(0).permutation(len(cases))
    cases = [cases[j] for j in order]
    if A.dump:
        os.makedirs(A.dump, exist_ok=True)
        for j, (im, m, sc) in enumerate(cases[:40]):
            im.save(f"{A.dump}/{j:03d}_{m['cat']}_{m['s']:.2f}.png")
            Image.fromarray(sc["rgb"]).save(f"{A.dump}/{j:03d}_gt.png")
    tset = []
    for i in (0, 2, 3):
        im, m = degrade(scenes[i], "diffusion", 999 + i, A.seed)
        k = 1024 / max(im.size)
        tset.append((im.resize((1024, 1024), Image.LANCZOS), dict(m, s=m["s"] * k)))
    todo = (
        [
            (n, *PEERS[n])
            for n in (
                PEERS if A.peers == "all" else [p for q in A.peers.split(",") for p in PEERS if q and p.startswith(q)]
            )
        ]
        if A.peers != "none"
        else []
    )
    for c in A.candidate:
        mod, fn = c.split(":")
        sys.path.insert(0, os.getcwd())
        todo.append((c, getattr(importlib.import_module(mod), fn), False))
    print(f"# seed={A.seed} scenes={len(scenes)} images={len(cases)} sprites={len(S)} floors={len(F)}", flush=True)
    print(
        f"{'method':40s} n   exact% ±1%  usable% cell%  dE    PSNR  ncolx  IoU   err% s/1024²  | usable% per category: "
        + " ".join(c[:6] for c in cats)
    )
    out = {}
    if A.real_damages:
        arts = [np.dstack([sc["rgb"], np.full(sc["rgb"].shape[:2], 255, np.uint8)]) for sc in scenes]
        recipes = real_cases(arts, A.real_damages, A.seed)
        grounds = ground_cases(A.real_damages, A.seed)
        for name, fn, meta in todo:
            if not meta:
                report(name, fn, recipes)
                report_grounds(name, fn, grounds)
    for name, fn, meta in todo:
        rows = run(fn, meta, cases, A.limit, A.budget, A.idempotence)
        ts = []
        if not A.no_time:
            for im, m in tset:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 60)
                    t = time.time()
                    fn(im, m) if meta else fn(im)
                    ts.append(time.time() - t)
                except BaseException:
                    pass
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        nat = ""
        if A.native and not meta:
            ok = 0
            for sc in scenes[:24]:
                try:
                    ok += same_pixels(im := Image.fromarray(sc["rgb"]), fn(im))
                except BaseException:
                    pass
            nat = f" native-safe {100 * ok / 24:.0f}%"
        if A.idempotence and not meta:
            nat += f" idempotent {100 * agg(rows, 'idem'):.0f}%"
        nat += f" iou0 {agg(rows, 'iou0'):.2f}"
        out[name] = dict(rows=rows, t=ts, native=nat)
        f = lambda k, **kw: agg(rows, k, **kw)
        print(
            f"{name:40s} {len(rows):3d} {100 * f('exact'):5.1f} {100 * f('within1'):5.1f} {100 * f('usable'):6.1f} {100 * f('cell'):6.1f} {f('dE', med=True):6.2f} {f('psnr', med=True):5.1f} {f('ncol', med=True):6.2f} {f('iou'):5.2f} {100 * f('err'):5.1f} {np.median(ts) if ts else float('nan'):6.2f}   | "
            + " ".join(f"{100 * f('usable', key=c):5.0f}/{100 * f('exact', key=c):.0f}" for c in cats)
            + nat,
            flush=True,
        )
        errs = {r.get("msg") for r in rows if r["err"]}
        if errs:
            print("    errors:", list(errs)[:3], flush=True)
    if A.json:
        json.dump(out, open(A.json, "w"))


if __name__ == "__main__":
    main()
