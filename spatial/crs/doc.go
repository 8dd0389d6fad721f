// Package crs identifies coordinate systems and brings coordinates into the
// one that the map is kept in: CGCS2000 longitude and latitude, EPSG:4490.
//
// It stands before everything that takes coordinates from outside: importers
// identify a file's system by it, the API a request's. It knows the systems
// that data of Guangdong comes in, and refuses the others with the reason and
// the fix; a transformation that PROJ could only guess is never made.
//
// Positions are always x, y: longitude, latitude in degrees, or easting,
// northing in metres, whatever order an authority's definition has.
//
// WGS 84 is taken to be CGCS2000: the two differ by centimetres, which is
// below the accuracy of a map.
//
// It neither reads files nor measures areas.
package crs
