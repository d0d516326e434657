"""What every test may use."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dfwarm", deadline=None)  # no test asserts a time: the machine may be busy
settings.load_profile("dfwarm")

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Give each test the usual mask, and take back what a door that was opened in this process made of it."""
    before = os.umask(0o022)
    yield
    os.umask(before)
