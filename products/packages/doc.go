// Package packages makes packages of a product or of layers for people who take
// the data away: a ZIP with the data in a format and a coordinate system, and a
// data passport that says what it is, from where, for whom, and under which
// conditions.
//
// It comes after products and layers, which say what there is and who may read it,
// and hands the features to spatial/files, or cuts them out of tiles' archives with
// the style beside them. That packages wait, are approved, counted and kept is the
// work of products/packages/jobs.
package packages
