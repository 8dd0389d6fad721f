// Package risk tells which dangers are near a place, where to go from them, how
// many people and houses a zone puts at risk, and where rain passes a threshold.
//
// Which layers count as what, what their levels mean, and which rain is too much
// is data: see data/risk. Present questions are answered from memory, out of a
// [Set] that follows what is published; questions about the past, and exposure,
// out of PostGIS. It reads the versions that layers keeps and the warnings of
// spatial/warnings, is asked by web, and changes nothing.
package risk
