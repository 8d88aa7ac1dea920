"""Pictures that people made elsewhere become entries of the library, as they are and with their origin told."""
