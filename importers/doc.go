// Package importers brings files of any supported format into a version of a
// layer, and reports row by row what it took, mended and refused.
//
// It is where data enters the one map: files come in as departments deliver
// them, rows go out to the store in package layers. The way of a row is
//
//	open (archive.go, source.go, formats.go, shapefile.go)  what is in the delivery, which layer is meant
//	decide (encoding.go, system.go, position.go, mapping.go)  text encoding, coordinate system, a table's positions, fields
//	read (opened.go; importers/gdal, kml, tables, redline)  batches of features, in the file's order
//	work (pipeline.go, convert.go, importers/repair)  values, positions, validity, on all cores
//	load (run.go)  one COPY into a draft, which is finished or leaves no trace
//
// Nothing is guessed silently: what can't be told is asked for, what was decided
// stands in the [Report], and a file that breaks off is an error, never a short
// success.
//
// It doesn't know tables, versions or publication; see layers.
package importers
