package web

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
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
	inside, isTile := strings.CutPrefix(r.URL.Path, "/tiles/")
	inside, isMVT := strings.CutSuffix(inside, ".mvt")
	if !isTile || !isMVT || !reads {
		s.router.ServeHTTP(w, r)
		return
	}
	handler, names := s.tile, [...]string{"", "layers", "z", "x", "y"}
	switch strings.Count(inside, "/") {
	case 3:
	case 4:
		handler, names[0] = s.inGrid, "grid"
	default:
		s.router.ServeHTTP(w, r)
		return
	}
	rest := inside
	for _, name := range names {
		if name == "" {
			continue
		}
		var value string
		value, rest, _ = strings.Cut(rest, "/")
		if value == "" || value == "." || value == ".." { // the router knows what such paths mean
			s.router.ServeHTTP(w, r)
			return
		}
		r.SetPathValue(name, value)
	}
	handler.ServeHTTP(w, r)
}

// pathValue is what stands in the address at a place that the route's pattern names.
func pathValue(r *http.Request, name string) string {
	if value := r.PathValue(name); value != "" {
		return value
	}
	return mux.Vars(r)[name]
}
