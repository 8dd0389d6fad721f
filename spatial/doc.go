// Package spatial answers questions about places: what is here, which grid
// cell, which risk, what overlaps, what is near.
//
// It reads the published versions that layers keeps, and is asked by web. It
// draws nothing and changes nothing. Coordinate systems are in spatial/crs,
// distances in spatial/geodesic, dangers in spatial/risk.
package spatial
