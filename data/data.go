// Package data carries the facts that the one map starts from: themes, layer
// definitions, dictionaries, and the names and codes of Yunfu's divisions.
//
// It holds files, no logic; layers reads the definitions. The generator of the
// demonstration city is in data/demo. Nothing here is secret or a real parcel.
package data

import "embed"

// Files holds themes.json, layers/, dictionaries/, city/, incidents/ and risk/.
//
//go:embed themes.json layers dictionaries city incidents risk
var Files embed.FS
