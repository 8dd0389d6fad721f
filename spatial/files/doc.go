// Package files writes features as files of other programs: GeoPackage, Shapefile
// and FileGDB through GDAL, and GeoJSON, XLSX and DXF by itself, feature by
// feature, so that memory stays flat.
//
// It stands at the end of the flow, used by whoever hands data out. It is given
// shapes in the system that the file is to have; which features, for whom, and in
// which system is decided by its callers. Reading files is importers/gdal's.
package files
