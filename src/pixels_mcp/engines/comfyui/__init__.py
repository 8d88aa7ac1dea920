"""Drawing through a person's own ComfyUI server: we send graphs and take pictures.

ComfyUI is a program of its own behind HTTP and a WebSocket; nothing of it is imported here.
"""
