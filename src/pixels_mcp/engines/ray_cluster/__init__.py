"""Drawing on the machines of a Ray cluster: one actor a device. Ray carries renders; nothing durable lies in it."""

from pixels_mcp.engines.ray_cluster.ray_engine import RayEngine

__all__ = ["RayEngine"]
