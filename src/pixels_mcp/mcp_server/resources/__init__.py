"""What clients read and pick beside the tools: resources, prompts, and what completes a name."""
