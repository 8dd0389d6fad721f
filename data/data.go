// Package data carries the facts that the one map starts from: themes, layer
// definitions, dictionaries, and the names and codes of Yunfu's divisions.
//
// It holds files, no logic; layers reads the definitions. The generator of the
// demonstration city is in data/demo. Nothing here is secret or a real parcel.
package data

import "embed"

// Files holds themes.json, layers/, dictionaries/ and city/; compliance/ (sets of
// rules), incidents/, landuse/ (the three groups of land classes), products/ (of the demonstration), risk/ and readings/ (of names).
//
//go:embed themes.json layers dictionaries city compliance incidents landuse products readings risk
var Files embed.FS
