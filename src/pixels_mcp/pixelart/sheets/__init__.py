"""Pictures made of pictures: sheets, their JSON, animated files, previews."""
