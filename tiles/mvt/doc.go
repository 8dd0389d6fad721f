// Package mvt writes Mapbox Vector Tiles, version 2.1 of the specification:
// geometries on a tile's integer grid, and attributes that many features share.
//
// Pyramids (tiles/pyramid) and live tiles (tiles/draw) are written with it. It does
// not clip or simplify, and does not read tiles.
package mvt
