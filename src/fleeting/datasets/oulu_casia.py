"""`oulu-casia`: Oulu-CASIA NIR&VIS (Zhao et al. 2011): six posed macro-expressions of 80 subjects at 25 fps.

Source of the layout: the official release, as public readers use it: OriginalImg or PreprocessImg (cropped) / camera /
light / subject / emotion. A sequence runs from neutral to the peak: its first frame is the onset, its last the apex.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from .annotation import Annotation
from .folders import Folders
from .layout import Found, Layout
from .recorded import Recorded

EMOTIONS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
SUBJECT = "P[0-9]*"


def _layouts() -> Iterator[Layout]:
    """VL-Strong first: the usual set; VL = visible light, NI = near infrared."""
    for camera in ("VL", "NI"):
        for light in ("Strong", "Weak", "Dark"):
            original = (f"*OriginalImg/{camera}/{light}", f"Oulu_CASIA_NIR_VIS/{camera}/{light}")
            yield Layout(f"{camera}-{light}", original, inside=SUBJECT, cut=True)
            yield Layout(f"{camera}-{light}-cropped", (f"Preprocess*/{camera}*/{light}",), inside=SUBJECT, cut=True)


class OuluCasia(Recorded):
    """Oulu-CASIA: 480 macro-expressions per camera and light, 25 fps; `layout` chooses one of these conditions."""

    name = "oulu-casia"
    part = "oulu-casia"
    merge = "oulu-casia"
    spaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"native": EMOTIONS}
    layouts = tuple(_layouts())
    peak = "last"
    fps = 25.0
    access = "https://www.oulu.fi/en/university/faculties-and-units (Center for Machine Vision and Signal Analysis)"

    def annotations(self, found: Found, folders: Folders) -> Iterator[Annotation]:
        """Every subject shows every emotion; a folder that is not there becomes a fault."""
        for name, person in folders.inner(found.frames).items():
            if not name.startswith("p"):
                continue  # `unnamed` tells of it
            for emotion in EMOTIONS:
                yield Annotation(person.name, emotion, emotion.lower(), folders.find(person, emotion))
