// Package incidents keeps what people report and what becomes of it: where it
// happened, who is asked to handle it, every step from the report to the close,
// and the photos.
//
// It stands beside layers: layers keep what departments deliver, version by
// version; incidents are state that people change one at a time. A report is
// placed in the grid of spatial/cells as it is at that moment, and asked for by
// web. Who may do what is decided in access, which steps there are and who is asked
// to handle what by data/incidents; pictures are prepared in incidents/photos,
// files written in incidents/export.
//
// It tells nobody outside: no messages go to phones or departments.
package incidents
