"""The recipe: everything a run does, as one validated document. Comes in: YAML or keywords. Goes out: ``Recipe``.

Paths inside a recipe file are relative to that file. Unknown keys are errors that name the nearest known one.
"""

from .clean import Cancellations, Clean, DateLimits, NonProduct
from .cluster import BY_DENSITY, SETTINGS_OF, WITH_K, Cluster, Method
from .cohorts import Cohort, Cohorts
from .compare import Compare
from .parsing import load_recipe, parse_recipe
from .prepare import Impute, Outliers, Pca, Prepare, Transform
from .publish import Publish
from .ready import ENDINGS, find_recipe, ready_recipes, with_data
from .recipe import Recipe
from .refresh import Refresh
from .report import Report
from .rules import Declaration, Frozen, Rules
from .section import Section, meanings
from .snapshots import Every, Forecast, Snapshots
from .source import AccountBook, Columns, Format, Source

__all__ = [
    "BY_DENSITY",
    "ENDINGS",
    "SETTINGS_OF",
    "WITH_K",
    "AccountBook",
    "Cancellations",
    "Clean",
    "Cluster",
    "Cohort",
    "Cohorts",
    "Columns",
    "Compare",
    "DateLimits",
    "Declaration",
    "Every",
    "Forecast",
    "Format",
    "Frozen",
    "Impute",
    "Method",
    "NonProduct",
    "Outliers",
    "Pca",
    "Prepare",
    "Publish",
    "Recipe",
    "Refresh",
    "Report",
    "Rules",
    "Section",
    "Snapshots",
    "Source",
    "Transform",
    "find_recipe",
    "load_recipe",
    "meanings",
    "parse_recipe",
    "ready_recipes",
    "with_data",
]
