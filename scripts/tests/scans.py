"""Pictures of a book's pages as scanners make them: turned, noisy, two pages to a sheet."""

from itertools import zip_longest

import numpy as np
import pymupdf
from PIL import Image


def picture(page, dpi, angle=0.0, noise=0.0, seed=0, shade=False):
    """Return a page as a grey image, turned by `angle` degrees; `noise` is of the paper, 0 to 1.

    Noise is grain on every point, dark and light specks, and with `shade` a side in the dark.
    """
    pixmap = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    if angle:
        image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    points, rng = np.asarray(image, dtype=float), np.random.default_rng(seed)
    if shade:
        points = points * np.linspace(0.75, 1, points.shape[1])
    if noise:
        points = points + rng.normal(0, 100 * noise, points.shape) - 60 * noise
        specks = rng.random(points.shape)
        points[specks < 0.01 * noise] = 30
        points[specks > 1 - 0.01 * noise] = 255
    return Image.fromarray(np.clip(points, 0, 255).astype("uint8"))


def save_images(images, path, dpi):
    """Save images as a PDF of scanned pages, and return its path."""
    images[0].save(path, save_all=True, append_images=images[1:], resolution=dpi, quality=75)
    return path


def scan_book(source, path, dpi=200, tilt=0.0, noise=0.0, spread=False, shade=False):
    """Scan the PDF `source`: each page turned by up to `tilt` degrees, at least a quarter of it."""
    rng = np.random.default_rng(7)
    images = []
    with pymupdf.open(source) as document:
        for number, page in enumerate(document):
            angle = float(rng.choice([-1, 1]) * rng.uniform(tilt / 4, tilt))
            images.append(picture(page, dpi, angle, noise, number, shade))
    if spread:
        size = 2 * images[0].width, images[0].height
        sheets, images = images, []
        for left, right in zip_longest([None, *sheets[1::2]], sheets[::2]):
            sheet = Image.new("L", size, 255)
            for side, image in enumerate((left, right)):
                if image:
                    sheet.paste(image, (side * size[0] // 2, 0))
            images.append(sheet)
    return save_images(images, path, dpi)
