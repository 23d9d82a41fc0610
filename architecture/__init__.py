"""Architecture front-end: floor plans become labelled building models."""
