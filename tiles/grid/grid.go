package grid

import "fmt"

// MaxZoom is the highest zoom of a square that tiles are drawn at: there a tile is 9 m wide.
const MaxZoom = 22

// Grid is a tile matrix set: one numbering of the tiles of a square.
type Grid struct {
	ID       string // as it stands in addresses
	Title    string
	Registry string // URI under which OGC registers it; "" for grids that are not registered
	ScaleSet string // URI of the well-known scale set; "" for none
	CRS      string // URI of the coordinate reference system
	// Axes are the names of the system's axes in its own order, which the corner
	// in the grid's description follows: EPSG:4490 has latitude first.
	Axes [2]string

	Square Square
	First  int // lowest level
	Last   int // highest level
	// Above is how many zooms of the square lie above level 0: a tile of level n
	// is one of zoom n + Above, with the same column and row.
	Above int
}

const (
	crsMercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
	crsWGS84    = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	crsCGCS2000 = "http://www.opengis.net/def/crs/EPSG/0/4490"
	scaleSets   = "http://www.opengis.net/def/wkss/OGC/1.0/"
	registry    = "http://www.opengis.net/def/tilematrixset/OGC/1.0/"
)

// WebMercatorQuad is what web maps use: EPSG:3857, easting before northing, levels 0 to 24
// with 2^n by 2^n tiles. Source: OGC 17-083r4, annex D.1, and the OGC register.
func WebMercatorQuad() Grid {
	return Grid{
		ID: "WebMercatorQuad", Title: "Google Maps Compatible for the World", Registry: registry + "WebMercatorQuad",
		ScaleSet: scaleSets + "GoogleMapsCompatible", CRS: crsMercator, Axes: [2]string{"X", "Y"}, Square: Mercator, Last: 24,
	}
}

// WorldCRS84Quad is the world in longitude and latitude of WGS 84, in this order,
// levels 0 to 23 with 2^(n+1) columns by 2^n rows. Source: OGC 17-083r4, annex D.2, and the OGC register.
func WorldCRS84Quad() Grid {
	return Grid{
		ID: "WorldCRS84Quad", Title: "CRS84 for the World", Registry: registry + "WorldCRS84Quad",
		ScaleSet: scaleSets + "GoogleCRS84Quad", CRS: crsWGS84, Axes: [2]string{"Lon", "Lat"}, Square: Geographic, Last: 23, Above: 1,
	}
}

// CGCS2000Quad is WorldCRS84Quad in EPSG:4490, latitude before longitude. OGC
// registers no grid in this system, so it has no registered address.
func CGCS2000Quad() Grid {
	return Grid{
		ID: "CGCS2000Quad", Title: "CGCS2000 经纬度网格 / CGCS2000 for the World",
		CRS: crsCGCS2000, Axes: [2]string{"Lat", "Lon"}, Square: Geographic, Last: 23, Above: 1,
	}
}

// TiandituC is Tianditu's geographic grid, EPSG:4490, latitude before longitude, levels 1 to 18
// with 2^n columns by 2^(n-1) rows: level n is level n−1 of [WorldCRS84Quad].
// Source: Tianditu's WMTS capabilities, layers *_c. The scale denominators
// there are for 96 dots to the inch; those here are OGC's, for pixels of 0.28 mm.
func TiandituC() Grid {
	return Grid{
		ID: "c", Title: "天地图经纬度网格 / Tianditu, geographic",
		CRS: crsCGCS2000, Axes: [2]string{"Lat", "Lon"}, Square: Geographic, First: 1, Last: 18,
	}
}

// TiandituW is Tianditu's Mercator grid: [WebMercatorQuad] without level 0, up to level 18.
// Source: Tianditu's WMTS capabilities, layers *_w.
func TiandituW() Grid {
	return Grid{
		ID: "w", Title: "天地图球面墨卡托网格 / Tianditu, spherical Mercator",
		CRS: crsMercator, Axes: [2]string{"X", "Y"}, Square: Mercator, First: 1, Last: 18,
	}
}

// All lists the grids, the usual one first.
func All() []Grid {
	return []Grid{WebMercatorQuad(), WorldCRS84Quad(), CGCS2000Quad(), TiandituC(), TiandituW()}
}

// IDs lists the names of the grids.
func IDs() []string {
	var ids []string
	for _, g := range All() {
		ids = append(ids, g.ID)
	}
	return ids
}

// Named finds a grid by its ID, or [ErrUnknown].
func Named(id string) (Grid, error) {
	for _, g := range All() {
		if g.ID == id {
			return g, nil
		}
	}
	return Grid{}, fmt.Errorf("%w: %.40q", ErrUnknown, id)
}

// Columns is the number of tiles from west to east at a level.
func (g Grid) Columns(level int) int { return 1 << (level + g.Above) }

// Rows is the number of tiles from north to south at a level.
func (g Grid) Rows(level int) int {
	if g.Square == Geographic {
		return g.Columns(level) / 2
	}
	return g.Columns(level)
}

// Top is the highest level whose tiles are drawn.
func (g Grid) Top() int { return min(g.Last, MaxZoom-g.Above) }
