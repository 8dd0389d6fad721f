package demo

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// TerrainFile is the elevation model that is delivered with the layers: a GeoTIFF
// in EPSG:4546, heights in metres. It lies in the folder beside the manifest, which
// lists layers only.
const TerrainFile = "DEM_CGCS2000_GK_CM111E.tif"

// heightGrid is the land as a grid of heights, by rows from the north.
type heightGrid struct {
	west, north   float64 // metres
	cell          float64 // metres
	width, height int
	metres        []float32
}

// centre is the middle of a cell.
func (g *heightGrid) centre(column, row int) orb.Point {
	return orb.Point{g.west + (float64(column)+0.5)*g.cell, g.north - (float64(row)+0.5)*g.cell}
}

// heights makes the grid over the city and some kilometres around it. It is the
// same land as that of the atoms, with its rivers in its valleys, but not cut off
// at the border: towards the edge of the grid it runs out into a plain, so that
// what a map draws beyond the edge is even.
func (c *city) heights() *heightGrid {
	const around, plain = 8000, 40 // metres
	cell := c.scale.HeightsM
	box := c.box.Pad(around)
	g := &heightGrid{west: math.Floor(box.Min[0]/cell) * cell, north: math.Ceil(box.Max[1]/cell) * cell, cell: cell}
	g.width, g.height = int(math.Ceil((box.Max[0]-g.west)/cell)), int(math.Ceil((g.north-box.Min[1])/cell))
	g.metres = make([]float32, g.width*g.height)
	lines := make([]orb.LineString, len(c.rivers))
	for i, r := range c.rivers {
		lines[i] = r.line
	}
	toRiver, toStream := g.distances(lines[:len(c.settings.Rivers)]), g.distances(lines)
	land := c.landform()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for row := range g.height {
		group.Go(func() error {
			for column := range g.width {
				p, i := g.centre(column, row), row*g.width+column
				h := land.cut(p, land.at(p, float64(toRiver[i])), float64(toStream[i]))
				inside := min(1, float64(min(column, row, g.width-1-column, g.height-1-row))*cell/(around-cell))
				h = plain + (h-plain)*inside*inside*(3-2*inside)
				g.metres[i] = float32(math.Round(h*10) / 10)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	return g
}

// distances returns for every cell the metres from its centre to the nearest of
// the lines. Each cell learns the nearest point of its neighbours, once down the
// grid and once up again.
func (g *heightGrid) distances(lines []orb.LineString) []float32 {
	far := make([]float32, len(g.metres))
	nearest := make([]orb.Point, len(g.metres))
	for i := range far {
		far[i] = math.MaxFloat32
	}
	offer := func(i int, at, p orb.Point) {
		if d := float32(math.Hypot(p[0]-at[0], p[1]-at[1])); d < far[i] {
			far[i], nearest[i] = d, p
		}
	}
	for _, line := range lines {
		for k := 1; k < len(line); k++ {
			a, b := line[k-1], line[k]
			n := int(math.Hypot(b[0]-a[0], b[1]-a[1])/(g.cell/4)) + 1
			for j := range n + 1 {
				t := float64(j) / float64(n)
				p := orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
				column, row := int((p[0]-g.west)/g.cell), int((g.north-p[1])/g.cell)
				if column >= 0 && row >= 0 && column < g.width && row < g.height {
					offer(row*g.width+column, g.centre(column, row), p)
				}
			}
		}
	}
	learn := func(column, row, fromColumn, fromRow int) {
		if fromColumn < 0 || fromRow < 0 || fromColumn >= g.width || fromRow >= g.height {
			return
		}
		if from := fromRow*g.width + fromColumn; far[from] < math.MaxFloat32 {
			offer(row*g.width+column, g.centre(column, row), nearest[from])
		}
	}
	for pass := range 2 {
		for k := range g.height {
			row, before := k, k-1
			if pass == 1 {
				row, before = g.height-1-k, g.height-k
			}
			for column := range g.width {
				for d := -1; d <= 1; d++ {
					learn(column, row, column+d, before)
				}
				learn(column, row, column-1, row)
			}
			for column := g.width - 2; column >= 0; column-- {
				learn(column, row, column+1, row)
			}
		}
	}
	return far
}

// writeHeights writes the elevation model.
func (c *city) writeHeights(path string) (err error) {
	if err := godal.RegisterRaster(godal.GTiff); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("demo: %w", err)
	}
	g := c.heights()
	system, err := godal.NewSpatialRefFromEPSG(4546)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer system.Close()
	made, err := godal.Create(godal.GTiff, path, 1, godal.Float32, g.width, g.height,
		godal.CreationOption("COMPRESS=DEFLATE", "ZLEVEL=1", "PREDICTOR=2", "TILED=YES"))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	err = errors.Join(
		made.SetSpatialRef(system),
		made.SetGeoTransform([6]float64{g.west, g.cell, 0, g.north, 0, -g.cell}),
		made.SetNoData(-9999),
		made.Write(0, 0, g.metres, g.width, g.height),
		made.Close(),
	)
	if err != nil {
		return fmt.Errorf("demo: %s: %w", TerrainFile, err)
	}
	return nil
}
