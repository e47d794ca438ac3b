"""QR codes as images within a page."""

import io

import segno


def image(text: str) -> str:
    """Return an SVG picture of `text` as a `data:` address for an `<img>`: dark on white with its quiet zone, in every theme."""
    return str(segno.make_qr(text, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True))


def png(text: str) -> bytes:
    """Return a PNG picture of `text`, dark on white with its quiet zone."""
    written = io.BytesIO()
    segno.make_qr(text, error="m").save(written, kind="png", scale=4, border=4)
    return written.getvalue()
