// Package quality holds a delivery to its layer's rules, and says how good it is.
//
// The importer makes a [Plan] of the layer's definition and of what it is
// measured against. Its workers show a [Checker] every row; what compares rows
// with one another is written to a [spool] meanwhile and settled at the end, in
// bounded memory and with the database's help where shapes must be cut. The
// [Report] comes out as JSON, as a page and as a workbook.
//
// The rules are data: those that follow from the fields are made here, others
// stand in the layer's file; docs/quality-rules.md describes them all. Nothing
// is mended here; see repair.
package quality
