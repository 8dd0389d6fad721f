// Package wmts reads requests of OGC WMTS 1.0.0 (OGC 07-057r7), by key and value
// and by path, and writes capabilities and exceptions.
//
// It comes before web, which opens the product and has its tiles made, and knows
// neither products nor HTTP: what is offered is given to it as a [Service]. The
// grids are those of tiles/grid, under the names that Chinese clients use. Scale
// denominators are the true ones, of pixels of 0.28 mm: those that Tianditu prints
// are for 96 dots to the inch, and misplace the map of a client that believes them.
package wmts
