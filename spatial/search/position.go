package search

import (
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/beidou"
	"onemap/spatial/crs"
)

// Position is a position that was typed where names are.
type Position struct {
	At      orb.Point // in the system given; EPSG:4490 degrees for a code
	Box     orb.Bound // of a code's cell; of a position the position itself
	Code    string    // the BeiDou grid code, "" for a position
	Swapped bool      // the text had the latitude first
}

// ReadPosition reads a query as a position of a system, in the forms of
// [crs.ParsePosition], or as a BeiDou grid location code. A latitude before a
// longitude is put right where only that can be of the system. Other texts are
// no position: most queries are names.
func ReadPosition(system crs.System, text string) (Position, bool) {
	text = strings.TrimSpace(text)
	if len(text) > 4*MaxQuery {
		return Position{}, false
	}
	if p, err := crs.ParsePosition(system, text); err == nil {
		turned := orb.Point{p[1], p[0]}
		switch {
		case system.Check(p) == nil:
			return Position{At: p, Box: p.Bound()}, true
		case system.Check(turned) == nil:
			return Position{At: turned, Box: turned.Bound(), Swapped: true}, true
		}
		return Position{}, false
	}
	if cell, err := beidou.Decode(text); err == nil {
		return Position{At: cell.Bound.Center(), Box: cell.Bound, Code: strings.ToUpper(text)}, true
	}
	return Position{}, false
}
