"""Verdict, record and everything that is sealed: bytes in, bytes out."""
