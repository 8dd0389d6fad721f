package tiles

import (
	"slices"
	"testing"

	"onemap/layers"
)

func TestLayersWithoutRoomInATileAreBuiltFirst(t *testing.T) {
	missing := func(id string, minZoom int, features int64) MissingArchive {
		l := layers.Layer{Published: &layers.Version{FeatureCount: features}}
		l.Definition.ID, l.Definition.MinZoom = id, minZoom
		return MissingArchive{Layer: l}
	}
	all := []MissingArchive{
		missing("county", 5, 5), missing("cells", 11, 16_750), missing("road", 9, FeatureLimit), missing("parcels", 7, 60_000), missing("city", 5, 1),
	}
	slices.SortStableFunc(all, byNeed)
	var got []string
	for _, m := range all {
		got = append(got, m.Layer.Definition.ID)
	}
	if want := []string{"parcels", "cells", "county", "road", "city"}; !slices.Equal(got, want) {
		t.Errorf("built in the order %q, want %q", got, want)
	}
}
