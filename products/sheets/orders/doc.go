// Package orders turns what somebody asks for into sheets and writes them: it
// opens the layers or the product that are named, finds divisions, their sheets'
// scales and neighbours, and hands sheet after sheet to products/sheets.
//
// It stands between products/sheets, which draws, and products/sheets/jobs and the
// command line, which have it done. Who may read a layer is asked here, when an
// order is planned; where the file goes is not known here.
package orders
