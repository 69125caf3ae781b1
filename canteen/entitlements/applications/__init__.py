"""Applications (申请): their papers, steps and decisions, the public lists they hang on, and the pages about them."""
