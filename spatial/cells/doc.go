// Package cells tells which cell of a coverage a place lies in: the micro-grid,
// and the chain of cells above it up to the city.
//
// It reads the published versions of the grid and division layers that layers
// keeps into an index in memory, and is asked by web. Edges are straight in
// longitude and latitude, as PostGIS takes those of geometry(4490); the side of
// an edge that a point is on is computed exactly, whatever the rounding.
//
// Cells are closed: a point on a border lies in every cell that it borders, and
// the one with the lowest code, compared as text, is answered. So a point
// belongs to one cell, the same on every node and after every reload.
//
// It doesn't keep itself current; layers/follow does that. Who may see the names
// of people on duty is decided in access.
package cells
