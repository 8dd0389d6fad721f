// Package wms reads requests of OGC WMS 1.1.1 and 1.3.0 and writes capabilities,
// the answers to questions about a place, and exceptions.
//
// It comes before web, which opens the product and has it drawn, and knows neither
// products nor HTTP: what is offered is given to it as a [Service]. Boxes and
// pixels leave it with x east and y north, whatever the order of axes of the
// request was: in 1.3.0 that is EPSG's, which for EPSG:4490 is latitude first and for
// Gauss-Krüger grids northing first; in 1.1.1 it is always x first.
//
// Styles can't be brought along: SLD, as a text or as an address, is refused.
package wms
