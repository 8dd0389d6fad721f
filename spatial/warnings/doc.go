// Package warnings publishes warnings to the public, changes and cancels them,
// and tells which hold where and when.
//
// A warning is never rewritten: an update or a cancellation is one more revision,
// so that what was known at any time can be asked. Revisions are numbered in the
// order in which they became visible, which is what a subscriber resumes by. It
// stands beside spatial/risk, which combines warnings with standing dangers;
// CAP's XML is read and written by spatial/warnings/capxml. It decides nothing
// about when to warn.
package warnings
