"""The recipe: everything a run does, as one validated document. Comes in: YAML or keywords. Goes out: ``Recipe``.

Paths inside a recipe file are relative to that file. Unknown keys are errors that name the nearest known one.
"""

from .clean import Cancellations, Clean, DateLimits, NonProduct
from .cluster import BY_DENSITY, SETTINGS_OF, WITH_K, Cluster, Method
from .cohorts import Cohort, Cohorts
from .parsing import load_recipe, parse_recipe
from .prepare import Impute, Outliers, Prepare, Transform
from .recipe import Recipe
from .rules import Rules
from .section import Section, meanings
from .source import AccountBook, Columns, Format, Source

__all__ = [
    "BY_DENSITY",
    "SETTINGS_OF",
    "WITH_K",
    "AccountBook",
    "Cancellations",
    "Clean",
    "Cluster",
    "Cohort",
    "Cohorts",
    "Columns",
    "DateLimits",
    "Format",
    "Impute",
    "Method",
    "NonProduct",
    "Outliers",
    "Prepare",
    "Recipe",
    "Rules",
    "Section",
    "Source",
    "Transform",
    "load_recipe",
    "meanings",
    "parse_recipe",
]
