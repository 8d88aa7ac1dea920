"""Edits of a finished sprite: a file an operation family. Each gives a new entry that names its parent.

Edits by code change whole pixels and are kept at once (`pixel_edit`); those that a model draws are worded as a
`RedrawRequest` for the worker (`redraws`). `follow` makes an edit again from its recipe, its parents too.
"""
