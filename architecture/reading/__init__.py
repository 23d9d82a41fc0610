"""Reading: files become drawings, as they were drawn and in metres.

`read` chooses the reader by what the file is; each reader gives an
`UnscaledDrawing`; `units` decides what one drawing unit is; `scaling` makes the
`Drawing` of it.
"""
