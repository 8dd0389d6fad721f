// Package scorecard says how good the layers of the one map are and how fresh:
// points in the spirit of GB/T 24356 from what the rules found in each delivery,
// their trend over versions, and when the next delivery is due.
//
// It reads what importers wrote down with every version (see
// docs/quality-rules.md) and checks nothing itself. It needs no features.
package scorecard
