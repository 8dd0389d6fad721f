// Package grid knows the grids that tiles are addressed by: their levels, how a
// point falls into a tile, what a tile covers, and how a grid is described in
// the JSON of the OGC Two Dimensional Tile Matrix Set standard, 2.0 (17-083r4).
//
// All of them cut one of two squares in four again and again: that of Web
// Mercator, or one of 360° by 360° in plain longitude and latitude. So tiles are
// built and kept by square, and a grid is one way to number them. It stands
// beside tiles/pyramid and before tiles, and draws nothing.
package grid
