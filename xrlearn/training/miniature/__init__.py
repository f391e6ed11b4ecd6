"""The toys of the lessons: networks of some ten thousand numbers that train while a slider is moved."""
