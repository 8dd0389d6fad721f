package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/layers"
)

// city is everything that is known of the city while it is being made.
type city struct {
	settings settings
	scale    scaleSettings
	seed     uint64
	krueger  krueger
	layers   map[string]layers.Definition
	names    map[string]map[string]string // dictionary, code, name

	box      orb.Bound // of the outline, metres
	outline  orb.Ring  // metres
	counties []*unit
	towns    []*unit
	villages []*unit
	all      *unit // see whole
	smalls   []*unit
	micros   []*unit
	active   []bool // by town: whether this scale covers it

	mesh      *mesh
	rivers    []*river
	town      []int32 // by atom: index into towns
	village   []int32 // by atom: index into villages, -1 where not covered
	micro     []int32 // by atom: index into micros
	elevation []float32
	slope     []float32 // degrees
	cost      []float32 // of growing into an atom, about 1 to 4
	toStream  []float32 // metres to the nearest river or stream
	toRoad    []float32 // metres to the nearest main road
	class     []uint8   // by atom: index into settings.Classes
	covered   []int32   // atoms of the covered towns, ascending

	reservoirs []*reservoir
	roads      []*road
	parcels    []*parcel
	stands     []*stand  // forest sub-compartments
	line       []uint8   // by atom: the control line it lies in
	redlines   [][]int32 // ecological red lines
	growth     [][]int32 // urban growth boundaries, by town and zone
	slopeBars  [4]float32
	buildings  []*building
}

// unit is a division or a grid cell.
type unit struct {
	code, name string
	level      string // as in yunfu_divisions.csv
	parent     *unit
	index      int
	seat       orb.Point // metres; of divisions
	hasSeat    bool
	seatAtom   int32
	atoms      []int32
	children   []*unit
	population int
	area       float64 // m² on the ellipsoid
	shape      orb.MultiPolygon
}

// urban reports whether a village is a community (居委会).
func (u *unit) urban() bool { return u.level == "community" }

// newCity reads the facts that a city starts from.
func newCity(options Options) (*city, error) {
	set, err := readSettings()
	if err != nil {
		return nil, err
	}
	scale, known := set.Scales[options.Scale]
	if !known {
		return nil, fmt.Errorf("%w: %q", ErrUnknownScale, options.Scale)
	}
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	c := &city{settings: set, scale: scale, seed: options.Seed, krueger: newKrueger()}
	c.layers = map[string]layers.Definition{}
	for _, l := range defs.Layers {
		c.layers[l.ID] = l
	}
	c.names = map[string]map[string]string{}
	for _, d := range defs.Dictionaries {
		c.names[d.ID] = map[string]string{}
		for _, e := range d.Entries {
			c.names[d.ID][e.Code] = e.Name
		}
	}
	if err := c.readOutline(); err != nil {
		return nil, err
	}
	return c, c.readDivisions()
}

func readCSV(name string) ([][]string, error) {
	file, err := data.Files.Open("city/" + name)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer func(f fs.File) { _ = f.Close() }(file)
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("demo: city/%s: %w", name, err)
	}
	return rows[1:], nil
}

func (c *city) readOutline() error {
	rows, err := readCSV("yunfu_outline_coarse.csv")
	if err != nil {
		return err
	}
	for _, row := range rows {
		p, err := c.point(row[1], row[2])
		if err != nil {
			return err
		}
		c.outline = append(c.outline, p)
	}
	c.outline = append(c.outline, c.outline[0])
	c.box = c.outline.Bound().Pad(2 * c.settings.OutlineWander)
	return nil
}

func (c *city) point(lon, lat string) (orb.Point, error) {
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil {
		return orb.Point{}, fmt.Errorf("demo: longitude: %w", err)
	}
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		return orb.Point{}, fmt.Errorf("demo: latitude: %w", err)
	}
	return c.krueger.plane(orb.Point{x, y}), nil
}

// readDivisions reads names, codes and seats. Farms and their virtual villages
// are left out: they lie inside towns.
func (c *city) readDivisions() error {
	rows, err := readCSV("yunfu_divisions.csv")
	if err != nil {
		return err
	}
	byCode := map[string]*unit{}
	for _, row := range rows {
		u := &unit{code: row[0], name: row[1], level: row[2], parent: byCode[row[3]], seatAtom: noAtom}
		var list *[]*unit
		switch u.level {
		case "county":
			list = &c.counties
			u.parent = nil
		case "town", "subdistrict":
			list = &c.towns
		case "village", "community":
			list = &c.villages
		default:
			continue
		}
		byCode[u.code] = u
		u.index = len(*list)
		*list = append(*list, u)
		if u.parent != nil {
			u.parent.children = append(u.parent.children, u)
		}
	}
	seats, err := readCSV("yunfu_town_seats.csv")
	if err != nil {
		return err
	}
	for _, row := range seats {
		u := byCode[row[0]]
		if u == nil {
			return fmt.Errorf("demo: yunfu_town_seats.csv: no town has the code %s", row[0])
		}
		if u.seat, err = c.point(row[3], row[4]); err != nil {
			return err
		}
		u.hasSeat = true
	}
	c.active = make([]bool, len(c.towns))
	for i, town := range c.towns {
		if !town.hasSeat {
			return fmt.Errorf("demo: yunfu_town_seats.csv: %s %s has no seat", town.code, town.name)
		}
		c.active[i] = c.scale.Town == "" || town.code == c.scale.Town
	}
	centres, err := readCSV("yunfu_county_centres.csv")
	if err != nil {
		return err
	}
	for _, row := range centres {
		if u := byCode[row[0]]; u != nil {
			if u.seat, err = c.point(row[4], row[5]); err != nil {
				return err
			}
		}
	}
	return nil
}

// stage is one step of making the city.
type stage struct {
	name string
	do   func() error
}

// make runs the stages in order.
func (c *city) make(ctx context.Context, progress func(string, int, int)) error {
	stages := []stage{
		{"地形与河流 terrain and rivers", c.shapeLand},
		{"行政区 divisions", c.divide},
		{"网格 grids", c.layGrids},
		{"道路 roads", c.layRoads},
		{"水库 reservoirs", c.placeReservoirs},
		{"地类 land classes", c.classify},
		{"图斑 parcels", c.cutParcels},
		{"三线 control lines", c.drawControlLines},
		{"小班 forest", c.cutForest},
		{"房屋 buildings", c.build},
	}
	for i, s := range stages {
		if err := ctx.Err(); err != nil {
			return err
		}
		progress(s.name, i, len(stages))
		if err := s.do(); err != nil {
			return err
		}
	}
	progress(stages[len(stages)-1].name, len(stages), len(stages))
	return nil
}
