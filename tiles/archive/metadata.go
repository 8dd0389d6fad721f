package archive

// Metadata is what an archive says of itself: the members that readers of
// vector tiles expect, and a statistic of what was drawn at each zoom.
type Metadata struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Attribution string `json:"attribution,omitempty"`
	Version     string `json:"version"`
	Type        string `json:"type"` // overlay
	Generator   string `json:"generator"`
	// TileMatrixSet is the grid whose levels the zooms are, CRS the URI of its system.
	// PMTiles itself knows WebMercatorQuad alone: a reader of an archive in
	// another grid must look here before it places a tile.
	TileMatrixSet string        `json:"tile_matrix_set,omitempty"`
	CRS           string        `json:"crs,omitempty"`
	VectorLayers  []VectorLayer `json:"vector_layers"`
	Zooms         []ZoomReport  `json:"zooms,omitempty"`
}

// VectorLayer is one layer of the tiles, as TileJSON 3.0 describes it.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// ZoomReport counts what the tiles of one zoom hold and what they had to leave out.
type ZoomReport struct {
	Zoom         int   `json:"zoom"`
	Tiles        int   `json:"tiles"`
	Bytes        int64 `json:"bytes"`         // compressed
	LargestTile  int   `json:"largest_tile"`  // bytes, before compression
	MostFeatures int   `json:"most_features"` // in one tile
	Features     int   `json:"features"`      // drawn, each once
	Merged       int   `json:"merged"`        // drawn as part of a neighbour
	Clustered    int   `json:"clustered"`     // drawn as part of a point with a count
	Dropped      int   `json:"dropped"`       // not drawn: they are less than a unit, or the least important of a full tile
}
