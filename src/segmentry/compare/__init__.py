"""*Stage 7: compare.* Two segmentations of the same customers: what the data say beside what the company's rules say.

Reads found segments, declared segments, the prepared matrix and the customer table. Writes ``Comparison``: cross table
and mappings, agreement, who is misplaced with money and reason, the smallest edit of the rules that puts most of it
right, and the found segments as conditions. Next: ``charts`` and ``report``.
"""

from .agreement import Agreement, agreement
from .bench import Move
from .comparison import Comparison, compare, propose_together
from .crosstable import CrossTable, cross_table
from .edits import Edit, Stakes, smallest_edit
from .mismatches import Behaviour, Mismatches, behaviour
from .proposal import Proposal
from .sentences import agreement_in_words, edit_in_words, misplaced_in_words
from .sides import Found, Rules

__all__ = [
    "Agreement",
    "Behaviour",
    "Comparison",
    "CrossTable",
    "Edit",
    "Found",
    "Mismatches",
    "Move",
    "Proposal",
    "Rules",
    "Stakes",
    "agreement",
    "agreement_in_words",
    "behaviour",
    "compare",
    "cross_table",
    "edit_in_words",
    "misplaced_in_words",
    "propose_together",
    "smallest_edit",
]
