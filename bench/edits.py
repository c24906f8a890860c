"""The everyday edits with which pictures come back, made with Pillow and numpy: about 77 kinds, each by name.

Every edit takes an RGB picture and a seeded generator and returns a picture. `crop_N` and `border_N` cut or add N % on
every side. `EDITS` is the table; `apply` runs one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Picture = Image.Image
Random = np.random.Generator
Edit = Callable[[Picture, Random], Picture]

BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (200, 30, 40)
WORDS = "The quick brown fox jumps over the lazy dog and runs away into the forest"


def saved(image: Picture, _: Random, kind: str, **options: Any) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def gif(image: Picture, random: Random) -> Picture:
    return saved(image.quantize(32), random, "GIF")


def resize(image: Picture, _: Random, x: float, y: float | None = None) -> Picture:
    size = (max(1, round(image.width * x)), max(1, round(image.height * (x if y is None else y))))
    return image.resize(size, Image.Resampling.LANCZOS)


def square(image: Picture, _: Random) -> Picture:
    return image.resize((512, 512), Image.Resampling.LANCZOS)


def enhance(image: Picture, _: Random, what: Any, factor: float) -> Picture:
    done: Picture = what(image).enhance(factor)
    return done


def gamma(image: Picture, _: Random, power: float) -> Picture:
    return image.point([round(255 * (v / 255) ** power) for v in range(256)] * 3)


def sepia(image: Picture, _: Random) -> Picture:
    return ImageOps.colorize(ImageOps.grayscale(image), (30, 15, 5), (255, 240, 200))


def hue(image: Picture, _: Random) -> Picture:
    h, s, v = image.convert("HSV").split()
    return Image.merge("HSV", (h.point([(i + 80) % 256 for i in range(256)]), s, v)).convert("RGB")


def noise(image: Picture, random: Random, sigma: float) -> Picture:
    pixels = np.asarray(image, np.float32)
    return Image.fromarray(np.clip(pixels + random.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8))


def salt(image: Picture, random: Random) -> Picture:
    pixels = np.array(image)
    where = random.random(pixels.shape[:2])
    pixels[where < 0.02], pixels[where > 0.98] = 0, 255
    return Image.fromarray(pixels)


def halftone(image: Picture, _: Random) -> Picture:
    return image.convert("1").convert("RGB")


def filtered(image: Picture, _: Random, kernel: Any) -> Picture:
    return image.filter(kernel)


def done(image: Picture, _: Random, function: Callable[[Picture], Picture]) -> Picture:
    return function(image)


def _at(image: Picture, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    w, h = image.size
    return round(left * w), round(top * h), round(right * w), round(bottom * h)


def crop(image: Picture, _: Random, left: float, top: float, right: float, bottom: float) -> Picture:
    return image.crop(_at(image, left, top, 1 - right, 1 - bottom))


def crop_all(image: Picture, random: Random, n: float) -> Picture:
    return crop(image, random, n, n, n, n)


def crop_square(image: Picture, _: Random) -> Picture:
    return ImageOps.fit(image, (min(image.size),) * 2)


def border(image: Picture, _: Random, n: float, colour: tuple[int, int, int]) -> Picture:
    return ImageOps.expand(image, round(n * min(image.size)), colour)


def _words(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], fill: Any, size: int) -> None:
    font = ImageFont.load_default(size)
    draw.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), WORDS[:32], fill, font, anchor="mm")


def caption(image: Picture, _: Random, share: float, *, top: bool = False, bar: bool = True) -> Picture:
    out = image.copy()
    draw = ImageDraw.Draw(out)
    box = _at(out, 0, 0, 1, share) if top else _at(out, 0, 1 - share, 1, 1)
    if bar:
        draw.rectangle(box, BLACK)
    _words(draw, box, WHITE, max(8, round(min((box[3] - box[1]) * 0.5, out.width / 18))))
    return out


def caption_outside(image: Picture, _: Random) -> Picture:
    bar = round(0.15 * image.height)
    out = Image.new("RGB", (image.width, image.height + bar), WHITE)
    out.paste(image, (0, bar))
    _words(ImageDraw.Draw(out), (0, 0, image.width, bar), BLACK, max(8, round(min(bar * 0.45, image.width / 18))))
    return out


def logo(image: Picture, _: Random, share: float, *, centre: bool = False) -> Picture:
    out = image.copy()
    side = round(share * min(image.size))
    left, top = ((out.width - side) // 2, (out.height - side) // 2) if centre else (out.width - side - 8, 8)
    draw = ImageDraw.Draw(out)
    draw.ellipse((left, top, left + side, top + side), RED)
    inner = side // 4
    draw.rectangle((left + inner, top + inner, left + side - inner, top + side - inner), WHITE)
    return out


def watermark(image: Picture, _: Random) -> Picture:
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(max(10, image.width // 14))
    for y in range(0, image.height, max(1, image.height // 6)):
        for x in range(-image.width // 4, image.width, max(1, image.width // 3)):
            draw.text((x + y // 3, y), "SAMPLE", (255, 255, 255, 120), font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def text_all_over(image: Picture, _: Random) -> Picture:
    out = image.copy()
    draw = ImageDraw.Draw(out)
    size = max(10, image.width // 20)
    for line, y in enumerate(range(0, image.height, round(size * 1.3))):
        draw.text((-(line * 37 % 90), y), WORDS, WHITE if line % 2 else BLACK, ImageFont.load_default(size))
    return out


def pixelate(image: Picture, _: Random) -> Picture:
    out, box = image.copy(), _at(image, 0.35, 0.35, 0.65, 0.65)
    part = image.crop(box)
    small = part.resize((8, 8), Image.Resampling.BOX)
    out.paste(small.resize(part.size, Image.Resampling.NEAREST), box)
    return out


def black_box(image: Picture, _: Random) -> Picture:
    out = image.copy()
    ImageDraw.Draw(out).rectangle(_at(image, 0.35, 0.35, 0.65, 0.65), BLACK)
    return out


def stickers(image: Picture, random: Random) -> Picture:
    out = image.copy()
    draw = ImageDraw.Draw(out)
    side = round(0.18 * min(image.size))
    for _ in range(6):
        x, y = random.integers(0, max(1, image.width - side)), random.integers(0, max(1, image.height - side))
        colour = tuple(int(c) for c in random.integers(60, 256, 3))
        draw.ellipse((x, y, x + side, y + side), colour)
        draw.ellipse((x + side * 0.25, y + side * 0.3, x + side * 0.4, y + side * 0.45), BLACK)
        draw.ellipse((x + side * 0.6, y + side * 0.3, x + side * 0.75, y + side * 0.45), BLACK)
        draw.arc((x + side * 0.25, y + side * 0.4, x + side * 0.75, y + side * 0.8), 20, 160, BLACK, 4)
    return out


def rotated(image: Picture, _: Random, degrees: float, fill: Any = None) -> Picture:
    out = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=fill or BLACK, expand=fill is not None)
    if fill is not None:
        return out
    cut = abs(np.tan(np.radians(degrees))) * max(image.size) / 2 + 1
    return out.crop((round(cut), round(cut), round(image.width - cut), round(image.height - cut)))


def _warped(image: Picture, corners: list[tuple[float, float]], size: tuple[int, int], fill: Any) -> Picture:
    """Map the picture's corners to `corners` on a canvas of `size`."""
    w, h = image.size
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (w, 0), (w, h), (0, h)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = np.linalg.solve(np.array(rows, float), np.array(values, float))
    return image.transform(size, Image.Transform.PERSPECTIVE, data.tolist(), Image.Resampling.BICUBIC, fillcolor=fill)


def perspective(image: Picture, _: Random) -> Picture:
    w, h = image.size
    return _warped(image, [(0.04 * w, 0.03 * h), (0.98 * w, 0), (w, 0.97 * h), (0, h)], (w, h), BLACK)


def photo_of_screen(image: Picture, random: Random) -> Picture:
    w, h = image.size
    corners = [(0.05 * w, 0.04 * h), (0.96 * w, 0.02 * h), (0.98 * w, 0.97 * h), (0.03 * w, 0.95 * h)]
    out = np.asarray(_warped(image, corners, (w, h), (25, 25, 28)).filter(ImageFilter.GaussianBlur(1)), np.float32)
    y, x = np.mgrid[:h, :w]
    lit = 0.75 + 0.25 * x[..., None] / w + 0.06 * np.sin((x + 0.3 * y) / 1.9)[..., None]
    pixels = np.clip(out * lit * (0.95, 1.0, 1.05) + random.normal(0, 6, out.shape), 0, 255).astype(np.uint8)
    return saved(Image.fromarray(pixels), random, "JPEG", quality=60)


def letterbox(image: Picture, _: Random, *, blurred: bool = False) -> Picture:
    width = image.width
    height = max(round(width * 16 / 9), round(image.height * 1.2))
    if blurred:
        out = ImageOps.fit(image, (width, height)).filter(ImageFilter.GaussianBlur(width / 25))
    else:
        out = Image.new("RGB", (width, height), BLACK)
    out.paste(image, (0, (height - image.height) // 2))
    return out


def screenshot_phone(image: Picture, _: Random) -> Picture:
    w = 720
    small = image.resize((w, round(image.height * w / image.width)), Image.Resampling.LANCZOS)
    out = Image.new("RGB", (w, max(1560, small.height + 400)), (245, 245, 247))
    draw = ImageDraw.Draw(out)
    draw.text((30, 20), "12:41", BLACK, ImageFont.load_default(30))
    draw.ellipse((30, 90, 110, 170), (90, 120, 200))
    draw.text((130, 95), "somebody", BLACK, ImageFont.load_default(32))
    draw.text((130, 135), "2 hours ago", (120, 120, 120), ImageFont.load_default(24))
    out.paste(small, (0, 200))
    for line in range(3):
        draw.text(
            (30, 230 + small.height + 50 * line), WORDS[line * 9 : line * 9 + 40], BLACK, ImageFont.load_default(28)
        )
    return out


def screenshot_desktop(image: Picture, _: Random) -> Picture:
    out = Image.new("RGB", (1600, 900), (250, 250, 250))
    draw = ImageDraw.Draw(out)
    draw.rectangle((0, 0, 1600, 70), (60, 64, 72))
    draw.rectangle((120, 15, 1100, 55), WHITE)
    draw.text((140, 22), "https://example.com/pictures/page", BLACK, ImageFont.load_default(24))
    for line in range(18):
        draw.text((1120, 110 + 40 * line), WORDS[line % 20 : line % 20 + 34], (40, 40, 40), ImageFont.load_default(22))
    shown = ImageOps.contain(image, (1040, 780), Image.Resampling.LANCZOS)
    out.paste(shown, (40, 95))
    return out


def scene(size: tuple[int, int], random: Random) -> Picture:
    """A scene that is of nobody's bank: soft colours and shapes."""
    small = random.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    out = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(out)
    for _ in range(25):
        x, y = random.integers(0, size[0]), random.integers(0, size[1])
        w, h = random.integers(8, max(9, size[0] // 5)), random.integers(8, max(9, size[1] // 5))
        draw.rectangle((x, y, x + w, y + h), tuple(int(c) for c in random.integers(0, 256, 3)))
    return noise(out, random, 6)


def pip(image: Picture, random: Random, share: float) -> Picture:
    out = scene((1024, 768), random)
    inner = ImageOps.contain(image, (round(1024 * share), round(768 * share)), Image.Resampling.LANCZOS)
    out.paste(inner, (40, 60))
    return out


def collage(image: Picture, random: Random, columns: int, rows: int) -> Picture:
    w, h = image.size
    out = Image.new("RGB", (columns * w, rows * h))
    for i in range(columns * rows):
        out.paste(image if i == columns * rows - 1 else scene((w, h), random), (i % columns * w, i // columns * h))
    return out


def alpha_only(image: Picture, _: Random) -> Picture:
    """As `core.media` hashes it when nothing shows on white: composited on black."""
    layer = Image.new("RGBA", image.size)
    layer.putalpha(ImageOps.grayscale(image))
    canvas = Image.new("RGB", image.size, BLACK)
    canvas.paste(layer, mask=layer)
    return canvas


EDITS: dict[str, Edit] = {
    "identity_png": partial(saved, kind="PNG"),
    "jpeg_80": partial(saved, kind="JPEG", quality=80),
    "saturation_0": partial(enhance, what=ImageEnhance.Color, factor=0.0),
    "alpha_hidden_left": partial(saved, kind="PNG", compress_level=1),
    "jpeg_50": partial(saved, kind="JPEG", quality=50),
    "jpeg_30": partial(saved, kind="JPEG", quality=30),
    "webp_50": partial(saved, kind="WEBP", quality=50),
    "avif_40": partial(saved, kind="AVIF", quality=40),
    "bright_-40": partial(enhance, what=ImageEnhance.Brightness, factor=0.6),
    "contrast_-50": partial(enhance, what=ImageEnhance.Contrast, factor=0.5),
    "noise_15": partial(noise, sigma=15),
    "resize_200": partial(resize, x=2.0),
    "aspect_80": partial(resize, x=0.8, y=1.0),
    "sepia": sepia,
    "halftone": halftone,
    "aspect_square": square,
    "jpeg_10": partial(saved, kind="JPEG", quality=10),
    "contrast_+50": partial(enhance, what=ImageEnhance.Contrast, factor=1.5),
    "gif_32": gif,
    "pixelate_centre": pixelate,
    "noise_40": partial(noise, sigma=40),
    "salt_pepper": salt,
    "gamma_0.5": partial(gamma, power=0.5),
    "sharpen": partial(filtered, kernel=ImageFilter.UnsharpMask(3, 250, 0)),
    "bright_+40": partial(enhance, what=ImageEnhance.Brightness, factor=1.4),
    "blur_2": partial(filtered, kernel=ImageFilter.GaussianBlur(2)),
    "resize_50": partial(resize, x=0.5),
    "caption_top_15_nobar": partial(caption, share=0.15, top=True, bar=False),
    "blur_6": partial(filtered, kernel=ImageFilter.GaussianBlur(6)),
    "hue_shift": hue,
    "gamma_2": partial(gamma, power=2.0),
    "resize_25": partial(resize, x=0.25),
    "resize_10": partial(resize, x=0.1),
    "logo_small_10": partial(logo, share=0.1),
    "equalize": partial(done, function=ImageOps.equalize),
    "rot_1_crop": partial(rotated, degrees=1),
    "posterize_2": partial(done, function=partial(ImageOps.posterize, bits=2)),
    "watermark_tiled": watermark,
    "caption_bottom_12": partial(caption, share=0.12),
    "logo_centre_30": partial(logo, share=0.3, centre=True),
    "logo_large_25": partial(logo, share=0.25),
    "text_all_over": text_all_over,
    "crop_square": crop_square,
    "crop_2": partial(crop_all, n=0.02),
    "blackbox_centre": black_box,
    "rot_2_black": partial(rotated, degrees=2, fill=BLACK),
    "caption_bottom_25": partial(caption, share=0.25),
    "perspective": perspective,
    "photo_of_screen": photo_of_screen,
    "rot_2_crop": partial(rotated, degrees=2),
    "stickers": stickers,
    "border_2_black": partial(border, n=0.02, colour=BLACK),
    "crop_5": partial(crop_all, n=0.05),
    "border_5_white": partial(border, n=0.05, colour=WHITE),
    "rot_5_crop": partial(rotated, degrees=5),
    "crop_left_10": partial(crop, left=0.1, top=0, right=0, bottom=0),
    "caption_outside_15": caption_outside,
    "letterbox_9x16": letterbox,
    "blurbox_9x16": partial(letterbox, blurred=True),
    "crop_bottom_15": partial(crop, left=0, top=0, right=0, bottom=0.15),
    "crop_10": partial(crop_all, n=0.1),
    "border_10_black": partial(border, n=0.1, colour=BLACK),
    "screenshot_phone": screenshot_phone,
    "flip_v": partial(done, function=ImageOps.flip),
    "screenshot_desktop": screenshot_desktop,
    "pip_30": partial(pip, share=0.3),
    "crop_20": partial(crop_all, n=0.2),
    "rot_90": partial(done, function=partial(Image.Image.transpose, method=Image.Transpose.ROTATE_90)),
    "rot_180": partial(done, function=partial(Image.Image.transpose, method=Image.Transpose.ROTATE_180)),
    "exif_orient_6": partial(done, function=partial(Image.Image.transpose, method=Image.Transpose.ROTATE_270)),
    "pip_60": partial(pip, share=0.6),
    "collage_2x2": partial(collage, columns=2, rows=2),
    "alpha_only": alpha_only,
    "flip_h": partial(done, function=ImageOps.mirror),
    "collage_2x1": partial(collage, columns=2, rows=1),
    "rot_10_white": partial(rotated, degrees=10, fill=WHITE),
    "invert": partial(done, function=ImageOps.invert),
}


def apply(name: str, picture: Picture, *, seed: int = 0) -> Picture:
    """Return the edited picture; what is random in it follows from the seed."""
    return EDITS[name](picture.convert("RGB"), np.random.default_rng(seed))
