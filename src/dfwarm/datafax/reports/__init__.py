"""The four reports, computed from the study's own files."""
