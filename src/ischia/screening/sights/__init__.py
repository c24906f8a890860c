"""Sights: what is seen in a part, one kind of thing to a module, with its signals and the search for known content.

A part may hold several: a text with a link in it, a PDF with pages and pictures. Each sight says `inside` where in the
part it is. `exact` values are asked of the database for all sights at once; what only comes close is found by the
module of its kind.
"""
