"""Colours: OKLab, palettes and their files, merging, dithering, recolouring."""
