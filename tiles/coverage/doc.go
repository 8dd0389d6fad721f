// Package coverage holds the borders of polygons once, however many polygons
// share them, and rounds, simplifies and merges them together: neighbours
// share their border exactly before and after, so that no gap and no overlap
// opens between them, whatever the scale.
//
// Pyramids are built with it (see tiles/pyramid): a [Map] of the highest zoom is
// made from the polygons' rings, and each lower zoom's from the one above it. It
// knows neither tiles nor attributes; polygons are numbers here.
//
// Coordinates are whole units of a square grid, x to the east and y to the
// south. Twice the area of a ring by the surveyor's formula is positive for an
// outer ring and negative for a hole, as vector tiles want it.
package coverage
