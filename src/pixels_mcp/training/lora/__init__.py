"""Train a LoRA of a person's set on any model in SDXL's layout, the embedded one included."""
