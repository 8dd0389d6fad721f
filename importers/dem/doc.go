// Package dem reads elevation models out of rasters, GeoTIFF and ERDAS IMG,
// through GDAL: it says what a file holds, refuses what isn't an elevation model
// in a known coordinate system, and hands out heights in the projection of the tiles.
//
// It stands before tiles/terrain, whose Source a [Raster] is. It keeps nothing
// and decides nothing of how heights are stored or shown. The reprojection is
// spatial/crs's own; GDAL's is the referee in the tests.
package dem
