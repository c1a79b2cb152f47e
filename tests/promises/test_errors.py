"""Every error of ours is in the one tree, and the tree drawn at the top of its file is the real one."""

import importlib
import pkgutil

import segmentry
from segmentry.core import errors


def classes(root):
    return {root} | {deeper for child in root.__subclasses__() for deeper in classes(child)}


def test_the_drawn_tree_names_every_class():
    for module in pkgutil.walk_packages(segmentry.__path__, "segmentry."):
        if module.name != "segmentry.__main__":
            importlib.import_module(module.name)
    assert all(found.__module__ == "segmentry.core.errors" for found in classes(errors.SegmentryError))
    assert all(found.__name__ in errors.__doc__ for found in classes(errors.SegmentryError))


def test_a_message_has_its_three_parts():
    error = errors.UnknownColumn("amout", ["amount", "order"], where="'x.csv'")
    assert str(error) == "'amout' is not a column of 'x.csv'. Columns: 'amount', 'order'. Did you mean 'amount'?"
    assert (error.exit_code, errors.Refused("x").exit_code) == (1, 3)
    assert isinstance(error, KeyError)
