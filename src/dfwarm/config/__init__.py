"""One TOML file becomes frozen values; pydantic lives on this floor and nowhere else."""
