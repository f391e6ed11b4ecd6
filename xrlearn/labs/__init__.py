"""Labs: pages on which a clinician reads films beside a model, and trains one.

A lab is a plain state object, which knows no widgets and is tested without a browser, and a view bound to it. The
widgets that labs share are in :mod:`xrlearn.labs.parts`. This is the top floor: only here are ipywidgets and anywidget
imported.
"""
