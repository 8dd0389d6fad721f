package web

import (
	"net/http"

	"github.com/paulmach/orb"

	"onemap/spatial"
)

// getRiverChief answers GET /api/v1/route/river-chief?lon=&lat=&crs=: the
// segment of a river nearest to a position, and who answers for it.
func (s *server) getRiverChief(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	given, err := in.readPosition(values)
	if err != nil {
		return err
	}
	place, err := in.place(given)
	if err != nil {
		return err
	}
	l, err := s.Catalogue.Catalogue().Open(r.Context(), spatial.RiverChiefLayer)
	if err != nil {
		return err
	}
	segment, chiefs, err := spatial.RiverRoute(r.Context(), s.DB, l, place[0], place[1])
	if err != nil {
		return err
	}
	foot, err := in.shape(orb.Point{segment.FootLon, segment.FootLat})
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{
		"crs": in.system.String(), "segment": segment, "nearest": foot.Coordinates, "chiefs": chiefs,
		"versions": map[string]int{l.Definition.ID: l.Published.Number},
	})
}

// getForestChief answers GET /api/v1/route/forest-chief?lon=&lat=&crs=: who answers
// for the forest at a position, tier by tier.
func (s *server) getForestChief(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs")
	if err != nil {
		return err
	}
	place, err := readPlace(values)
	if err != nil {
		return err
	}
	l, err := s.Catalogue.Catalogue().Open(r.Context(), spatial.ForestChiefLayer)
	if err != nil {
		return err
	}
	chiefs, err := spatial.ForestRoute(r.Context(), s.DB, l, place[0], place[1])
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"chiefs": chiefs, "versions": map[string]int{l.Definition.ID: l.Published.Number}})
}
