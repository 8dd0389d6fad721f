// Package stored gives the renderer the features of published layers, out of
// PostGIS: generalised ones where the scale allows it and an archive has made
// them, else the version's own.
//
// It comes after tiles, whose levels it reads, and beside styles/render, whose
// Source it is. Who may read a layer has been asked before: it is given opened ones.
package stored
