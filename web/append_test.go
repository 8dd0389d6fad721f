package web

import (
	"strings"
	"testing"
)

func TestPlainTextsAreKnown(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c != '"' && c != '\\' && c != 0x7f
		for at := range 19 { // among the eights, and behind them
			text := strings.Repeat("é", 5)[:at/2] + strings.Repeat("~", at-at/2) + string([]byte{byte(c)}) + strings.Repeat("!", 18-at)
			if got := standsAsIs(text); got != want {
				t.Fatalf("%q: %t", text, got)
			}
		}
	}
	if !standsAsIs("") {
		t.Error("nothing is not plain")
	}
}
