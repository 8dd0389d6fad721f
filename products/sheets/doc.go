// Package sheets composes maps for paper: round a map of an exact scale it puts
// title, frame, kilometre grid and graticule, legend, scale bar, north arrow,
// locator, sources and marks, as Chinese map sheets have them, and it makes series
// of such sheets with an index.
//
// It comes after styles/render, which draws, and before products/sheets/orders,
// which finds out what a sheet needs. It reads no database and knows no layers: a
// [Sheet] brings its style, its features and its words.
//
//	sheet.go      what a sheet is, and its limits
//	layout.go     where everything lies
//	draw.go       puts a sheet together
//	border.go     the frame, with minutes and labels
//	grid.go       kilometre grid and graticule
//	legend.go     classes that occur, in columns
//	furniture.go  scale bar, north arrow, locator, neighbours, notes, watermark
//	index.go      the index of a series
package sheets
