package web

import (
	"net/http"
	"strings"
)

// shortcut leads requests for tiles, which are most of all requests, and for
// addresses without a variable part straight to their handler; the router tries one
// pattern after another, and copies the request to say what it found. All else,
// and what looks unusual, goes to the router.
type shortcut struct {
	tile   http.Handler            // of /tiles/{layers}/{z}/{x}/{y}.mvt
	inGrid http.Handler            // of /tiles/{grid}/{layers}/{z}/{x}/{y}.mvt
	plain  map[string]http.Handler // of GET, by path
	router http.Handler
}

// shortcut puts the router behind the ways past it.
func (s *server) shortcut(router http.Handler) *shortcut {
	way := &shortcut{tile: s.serve(s.tileRoute()), inGrid: s.serve(s.gridTileRoute()), plain: map[string]http.Handler{}, router: router}
	for _, one := range s.routes() {
		if one.method == http.MethodGet && !strings.Contains(one.path, "{") {
			way.plain[one.path] = s.serve(one)
		}
	}
	return way
}

func (s *shortcut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if plain, ok := s.plain[r.URL.Path]; ok && reads {
		plain.ServeHTTP(w, r)
		return
	}
	address, ok := parseTilePath(r.URL.Path)
	switch {
	case !ok || !reads:
		s.router.ServeHTTP(w, r)
	case address.grid == "":
		s.tile.ServeHTTP(w, r)
	default:
		s.inGrid.ServeHTTP(w, r)
	}
}

// tilePath is what stands in the path of a tile.
type tilePath struct {
	grid          string // "" where the path names none
	layers        string // separated by commas
	level, column string
	row           string
}

// parseTilePath reads /tiles/{layers}/{z}/{x}/{y}.mvt, and the same with a grid in
// front of the layers; what stands in the places may be wrong. Nothing is ok that
// the router would lead elsewhere, as paths with dots.
func parseTilePath(path string) (tilePath, bool) {
	inside, isTile := strings.CutPrefix(path, "/tiles/")
	inside, isMVT := strings.CutSuffix(inside, ".mvt")
	var at tilePath
	places := [...]*string{&at.grid, &at.layers, &at.level, &at.column, &at.row}
	first := len(places) - 1 - strings.Count(inside, "/")
	if !isTile || !isMVT || first < 0 || first > 1 {
		return tilePath{}, false
	}
	for _, place := range places[first:] {
		*place, inside, _ = strings.Cut(inside, "/")
		if *place == "" || *place == "." || *place == ".." {
			return tilePath{}, false
		}
	}
	return at, true
}
