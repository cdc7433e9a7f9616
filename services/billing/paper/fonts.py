"""Where fonts come from: those inside the typst wheel, and a folder that the operator names; never the system's."""

from typing import Final

import typst

from services.billing.settings import billing_settings

_FOLDER: Final = billing_settings().fonts
FONTS: Final = typst.Fonts(
    include_system_fonts=False, include_embedded_fonts=True, font_paths=[] if _FOLDER is None else [_FOLDER]
)
