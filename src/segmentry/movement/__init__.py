"""*Stage 8: movement.* Reads who was in which segment, and what customers had done, as of past dates; writes who moved
where, why, and who is likely to move next. Next: ``charts``, ``report``.
"""
