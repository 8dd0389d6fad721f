// Package tables finds the positions in tables of text: in CSV files and Excel
// workbooks, whose columns hold longitude and latitude, easting and northing,
// the surveyor's X and Y, well-known text or BeiDou grid codes.
//
// Importers ask it which columns say where a row lies. It answers by the
// columns' names and by the size of the figures in them, and says by which.
// It also reads workbooks row by row.
//
// A surveyor's X is the northing. What figures are of, degrees or metres, is
// told; what coordinate system they are in is not: see spatial/crs.
package tables
