"""Recipes as an address or a command line says them."""

from models.autoencoders import registry
from models.runs.recipe import Recipe


def make_recipe(type_name, **texts):
    """The recipe of a type's own preset, but for some settings, given as texts."""
    type = registry.by_name(type_name)
    return Recipe(type, type.preset("ours").parse(texts))
