package web

import (
	"net/http"

	"github.com/gorilla/mux"

	"onemap/tiles/grid"
)

// gridItem is a grid in the list of grids.
type gridItem struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	URI   string `json:"uri,omitempty"`
	CRS   string `json:"crs"`
	Links []link `json:"links"`
}

// getTileMatrixSets answers GET /tileMatrixSets: the grids that tiles are addressed by.
func (s *server) getTileMatrixSets(w http.ResponseWriter, r *http.Request) error {
	var items []gridItem
	for _, g := range grid.All() {
		d := g.Definition(s.config.PublicURL)
		items = append(items, gridItem{d.ID, d.Title, d.URI, d.CRS, []link{
			{Rel: "self", Href: s.config.PublicURL + "/tileMatrixSets/" + d.ID, Type: "application/json"},
		}})
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"tileMatrixSets": items})
}

// getTileMatrixSet answers GET /tileMatrixSets/{grid}: its definition as OGC
// 17-083r4 writes it.
func (s *server) getTileMatrixSet(w http.ResponseWriter, r *http.Request) error {
	g, err := tileGrid(mux.Vars(r)["grid"])
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", g.Definition(s.config.PublicURL))
}
