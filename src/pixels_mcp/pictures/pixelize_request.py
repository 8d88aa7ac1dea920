"""What may be said of a picture that becomes pixel art: the same words for an assistant and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pixels_mcp.requests import DrawWords, PaletteText
from pixels_mcp.set_words import Anchor, CutWord, Dither, Outline

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixelize import PixelizeOptions


class PictureWords(BaseModel):
    """Words that every face has."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    cell_px: float | None = Field(
        default=None, ge=1.0, le=512.0, description="Side of one drawn pixel in the picture, where it is found wrongly"
    )
    palette: PaletteText | None = Field(default=None, description=DrawWords.model_fields["palette"].description)
    ground: CutWord = Field(
        default="auto", description="A plain background: auto keeps it in doubt and says so, keep, remove"
    )
    holes: CutWord = Field(
        default="auto", description="Enclosed patches in the background's color: parts of the drawing, or holes"
    )


class PixelizeRequest(PictureWords):
    """How files become pixel art."""

    max_colors: Annotated[int, Field(ge=2, le=256)] | Literal["auto"] | None = Field(
        default=None, description="At most so many colors; auto takes the few that an artist would use"
    )
    dither: Dither = Field(default="none", description="Pattern that mixes the palette's colors")
    trim_edges: bool = Field(default=False, description="Cut away transparent edges (without a size)")
    remove_specks: bool = Field(default=False, description="Take away crumbs and a maker's mark beside it")
    remove_orphans: bool = Field(
        default=False, description="Recolor single pixels that stand out; eyes and highlights too"
    )
    outline: Outline = Field(default="none", description="A line around it, or on its own border")
    outline_color: str | None = Field(
        default=None, description="Color of the outline; by default the drawing's darkest"
    )
    anchor: Anchor = Field(default="keep", description="Where the drawing stands when a size is given")

    @model_validator(mode="after")
    def _words_fit(self) -> PixelizeRequest:
        if self.outline_color is not None and self.outline == "none":
            raise ValueError("outline_color without an outline: choose the outline outer or inner")
        if self.ground == "keep" and self.holes != "auto":
            raise ValueError(f"holes {self.holes} with a background that is kept: leave holes out")
        return self

    def options(self, size_px: tuple[int, int] | None) -> PixelizeOptions:
        """The same for the pixel functions, with palette and color read.

        Args:
            size_px: (width, height) of the result; None keeps what is recovered.

        Raises:
            PaletteError: The palette or the color is unknown.
        """
        from pixels_mcp.pixelart.colors.palettes import load_palette, parse_color
        from pixels_mcp.pixelart.pixelize import PixelizeOptions
        from pixels_mcp.pixelart.recovery.cutout import CutChoice

        return PixelizeOptions(
            size_px=size_px,
            cell_px=self.cell_px,
            palette=None if self.palette is None else load_palette(self.palette),
            max_colors=self.max_colors,
            dither=self.dither,
            background=CutChoice(self.ground, self.holes),
            trim_edges=self.trim_edges,
            remove_specks=self.remove_specks,
            remove_orphans=self.remove_orphans,
            outline=self.outline,
            outline_color=None if self.outline_color is None else parse_color(self.outline_color),
            anchor=self.anchor,
        )
