"""Scene → pictures: a window, a PNG without a display, a standalone HTML page.

Knows scenes and volumes only; `toolkit.opening` turns files into them.
"""
