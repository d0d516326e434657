"""No bytes whatever make a reader fail in another way than by its own error: ten thousand wrong inputs each."""

import pytest

from fuzz.catalogue import all_parsers
from fuzz.mutants import mutants
from fuzz.parser import Parser

INPUTS = 10_000
SEED = 20261124
SHARES = 16


@pytest.fixture(scope="module")
def parsers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parser, ...]:
    return tuple(all_parsers(tmp_path_factory.mktemp("seeds")).values())


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.requirement("URS-SEC-01")
@pytest.mark.parametrize("share", range(SHARES))
def test_wrong_bytes_are_read_or_refused_and_right_ones_are_read(parsers: tuple[Parser, ...], share: int) -> None:
    for parser in parsers[share::SHARES]:
        for content in parser.seeds:
            assert parser.take(content), f"a right input of {parser.name} was refused"
        for content in mutants(parser.seeds, INPUTS, SEED):
            try:
                parser.take(content)
            except Exception as error:
                raise AssertionError(f"{parser.name}: {error!r} from {content!r:.3000}") from error


def test_the_changes_make_inputs_that_are_read_and_inputs_that_are_refused(parsers: tuple[Parser, ...]) -> None:
    for parser in parsers:
        if parser.refuses:
            taken = {parser.take(content) for content in (*parser.seeds, *mutants(parser.seeds, 300, SEED))}
            assert taken == {True, False}, parser.name
