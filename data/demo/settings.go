package demo

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed settings.json
var settingsJSON []byte

// settings are the numbers that shape the demonstration city. They are
// invented; none is a fact about Yunfu.
type settings struct {
	Note          string                  `json:"note"`
	Year          int                     `json:"year"` // year of data of most parcels
	Scales        map[Scale]scaleSettings `json:"scales"`
	Counties      []countySettings        `json:"counties"`
	OutlineWander float64                 `json:"outline_wander_m"`
	Ranges        []rangeSettings         `json:"ranges"`
	Rivers        []riverSettings         `json:"rivers"`
	Classes       []classSettings         `json:"classes"`        // in the order in which land is given out; the last takes the rest
	ParcelSize    map[string]float64      `json:"parcel_hm2"`     // typical size by first level land class, hectares
	FarmlandShare float64                 `json:"farmland_share"` // permanent basic farmland in cropland
	RedlineShare  float64                 `json:"redline_share"`  // ecological red lines in the city
	GrowthShare   float64                 `json:"growth_share"`   // urban growth boundaries in the city
	Surnames      string                  `json:"surnames"`
	GivenNames    string                  `json:"given_names"`
}

// scaleSettings are the counts of one scale.
type scaleSettings struct {
	Town          string  `json:"town"`            // code of the only town; "" is all
	AtomHM2       float64 `json:"atom_hm2"`        // size of a honeycomb cell, hectares
	Bends         int     `json:"bends"`           // vertices within an edge
	StreamCellHM2 float64 `json:"stream_cell_hm2"` // size of a cell of the drainage model, hectares
	HeightsM      float64 `json:"heights_m"`       // side of a cell of the elevation model, metres
	SmallGrids    int     `json:"small_grids"`
	MicroGrids    int     `json:"micro_grids"`
	Parcels       int     `json:"parcels"`
	Forest        int     `json:"forest"`
	PublicWelfare int     `json:"public_welfare"`
	Buildings     int     `json:"buildings"`
	Roads         int     `json:"roads"`
	Places        int     `json:"places"`
	Shelters      int     `json:"shelters"`
	Redlines      int     `json:"redlines"`
	Violations    int     `json:"violations"`
	Mines         int     `json:"mines"`
	AncientTrees  int     `json:"ancient_trees"`
	FireSpots     int     `json:"fire_spots"`
	Pests         int     `json:"pests"`
	Streams       int     `json:"streams"`
	Reservoirs    int     `json:"reservoirs"` // in the whole city, also at tiny
	Sluices       int     `json:"sluices"`
	Hydropower    int     `json:"hydropower"`
	Dikes         int     `json:"dikes"`
	Irrigation    int     `json:"irrigation"`
	Waterlogging  int     `json:"waterlogging"`
	ChiefSegments int     `json:"chief_segments"`
	Stations      int     `json:"stations"`
	Ponds         int     `json:"ponds"` // most ponds among the water bodies
	PublicHousing int     `json:"public_housing"`
	Dilapidated   int     `json:"dilapidated"`
	Hazards       int     `json:"hazards"`
	HazardZones   int     `json:"hazard_zones"`
	FloodZones    int     `json:"flood_zones"`
	Incidents     int     `json:"incidents"`
}

// countySettings split city totals over the counties.
type countySettings struct {
	Code        string  `json:"code"`
	AreaShare   float64 `json:"area_share"` // percent
	Population  int     `json:"population"`
	SmallGrids  int     `json:"small_grids"`
	MicroGrids  int     `json:"micro_grids"`
	Parcels     int     `json:"parcels"`
	Forest      int     `json:"forest"`
	Buildings   int     `json:"buildings"`
	Reservoirs  int     `json:"reservoirs"`
	Hazards     int     `json:"hazards"`
	Dilapidated int     `json:"dilapidated"`
}

// rangeSettings place a mountain range; azimuth is degrees from north.
type rangeSettings struct {
	Name     string  `json:"name"`
	Lon      float64 `json:"lon"`
	Lat      float64 `json:"lat"`
	HeightM  float64 `json:"height_m"`
	LengthKM float64 `json:"length_km"`
	WidthKM  float64 `json:"width_km"`
	Azimuth  float64 `json:"azimuth"`
}

// riverSettings place a main river from source to mouth.
type riverSettings struct {
	Name   string       `json:"name"`
	Code   string       `json:"code"`
	Level  int          `json:"level"`
	WidthM float64      `json:"width_m"`
	BaseM  [2]float64   `json:"base_m"` // elevation at the first and the last point
	Points [][2]float64 `json:"points"` // longitude, latitude
}

type classSettings struct {
	Code  string  `json:"code"`
	Share float64 `json:"share"` // percent of the area
}

func readSettings() (settings, error) {
	var s settings
	if err := json.Unmarshal(settingsJSON, &s); err != nil {
		return settings{}, fmt.Errorf("demo: settings.json: %w", err)
	}
	return s, nil
}
