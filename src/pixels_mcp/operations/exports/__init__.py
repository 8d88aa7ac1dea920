"""What stands in the library as files of other programs: a file a format, each of them read back by a real reader."""
