// Package capxml reads and writes warnings as the Common Alerting Protocol's XML
// (OASIS CAP 1.2).
//
// It stands between spatial/warnings, which keeps them, and web. It reads one
// message of untrusted origin: a document type is refused, and depth and size are
// bounded. It fetches nothing that a message names, and verifies no signature.
package capxml
