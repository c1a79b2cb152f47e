"""What every stage shares and no stage's logic: errors, tables, the recipe, progress, seeds and numbers for people."""
