"""Drawing → Plan: what the strokes of a floor plan mean."""
