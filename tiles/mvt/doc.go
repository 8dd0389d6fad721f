// Package mvt writes Mapbox Vector Tiles, version 2.1 of the specification:
// geometries on a tile's integer grid, and attributes that many features share.
//
// Pyramids are written with it (see tiles/pyramid); live tiles are written by
// PostGIS. It does not clip or simplify, and does not read tiles.
package mvt
