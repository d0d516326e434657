"""
Where each key of a TOML file stands.

tomllib forgets positions, so the file is read a second time by tree-sitter, whose tree keeps them. What is not found
here falls back to the nearest table around it, so a mistake always has a place.
"""

import tomllib
from collections.abc import Iterator, Mapping

import tree_sitter
import tree_sitter_toml

from dfwarm.config.mistake import KeyPath, Place

_LANGUAGE = tree_sitter.Language(tree_sitter_toml.language())


def locate(source: bytes) -> dict[KeyPath, Place]:
    """The place of every key, table and array item of a file. The first place of a key wins."""
    lines = source.split(b"\n")
    places: dict[KeyPath, Place] = {}
    for key, node in _document(tree_sitter.Parser(_LANGUAGE).parse(source).root_node):
        row, column = node.start_point
        places.setdefault(key, Place(row + 1, count_characters(lines[row][:column]) + 1))
    return places


def nearest_place(places: Mapping[KeyPath, Place], key: KeyPath) -> Place:
    """The place of a key, or of the innermost table around it that the file writes."""
    for length in range(len(key), 0, -1):
        if place := places.get(key[:length]):
            return place
    return Place(1, 1)


def count_characters(line: bytes) -> int:
    """How many characters an editor shows before this point of a line."""
    return len(line.decode("utf-8", "replace"))


def _document(root: tree_sitter.Node) -> Iterator[tuple[KeyPath, tree_sitter.Node]]:
    last_items: dict[KeyPath, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair((), node)
        elif node.type in {"table", "table_array_element"}:
            header, *body = node.named_children
            table = _open_table(_keys(header), last_items, is_item=node.type == "table_array_element")
            yield table, node
            for pair in body:
                yield from _pair(table, pair)


def _open_table(keys: KeyPath, last_items: dict[KeyPath, int], *, is_item: bool) -> KeyPath:
    """The full path of a header: a step into an array of tables means its last item."""
    path: KeyPath = ()
    for depth, key in enumerate(keys, start=1):
        path = (*path, key)
        if is_item and depth == len(keys):
            last_items[path] = last_items.get(path, -1) + 1
        if path in last_items:
            path = (*path, last_items[path])
    return path


def _pair(table: KeyPath, node: tree_sitter.Node) -> Iterator[tuple[KeyPath, tree_sitter.Node]]:
    if node.type != "pair":
        return
    written, value, *_comments = node.named_children
    key = table
    for part in _keys(written):
        key = (*key, part)
        yield key, node
    yield from _value(key, value)


def _value(key: KeyPath, node: tree_sitter.Node) -> Iterator[tuple[KeyPath, tree_sitter.Node]]:
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in children:
            yield from _pair(key, child)
    elif node.type == "array":
        for index, child in enumerate(children):
            yield (*key, index), child
            yield from _value((*key, index), child)


def _keys(node: tree_sitter.Node) -> tuple[str, ...]:
    if node.type == "dotted_key":
        return tuple(key for child in node.named_children for key in _keys(child))
    text = (node.text or b"").decode()
    return (next(iter(tomllib.loads(f"{text} = 0"))),)
