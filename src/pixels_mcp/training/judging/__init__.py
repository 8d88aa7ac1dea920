"""What a trained model is judged by: fixed prompts, kinds, distances and sheets."""
