// Package jobs makes packages in the background: exports are asked for, approved
// where that is needed, counted against a quota, made one after the other with
// progress, and kept for a while; every step and every download is on record.
//
// It stands before products/packages, which makes a package. The row in
// exports.exports is the truth of an export; River carries it to a worker, which
// holds an advisory lock while it runs, so that a dead one is known by its lock.
package jobs
