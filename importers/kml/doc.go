// Package kml reads placemarks out of KML, one by one, however long the file is.
//
// It stands between a file and the importer's workers, beside package gdal,
// whose readers of KML keep the whole document in memory, and one of which ends
// the program over a track. A first pass, [Scan], says which layers and fields
// there are; a [Reader] then gives one layer's placemarks in the file's order.
//
// Every folder or document with placemarks of its own is a layer. Positions are
// longitude and latitude in WGS 84 degrees; altitudes are left out and counted.
// Styles are not read, and nothing that a document refers to is ever fetched.
//
// Text is UTF-8: who opens a file in another encoding decodes it first.
package kml
