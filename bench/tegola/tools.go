//go:build tools

// Package tegolabench names the peer that bench/live builds and measures.
package tegolabench

import _ "github.com/go-spatial/tegola/cmd/tegola"
