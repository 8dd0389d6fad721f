package layers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// outlineFile is the city's coarse outline: seq, lon and lat, in EPSG:4490
// degrees, the first point once more at the end or not.
const outlineFile = "city/yunfu_outline_coarse.csv"

// readOutline reads the city's outline as a closed ring; nil where there is none.
func readOutline(files fs.FS) ([][2]float64, error) {
	f, err := files.Open(outlineFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidDefinition, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) < 4 || strings.Join(lines[0], ",") != "seq,lon,lat" {
		return nil, fmt.Errorf("%w: %s: it must have columns seq, lon, lat and three points: %w", ErrInvalidDefinition, outlineFile, err)
	}
	var ring [][2]float64
	for _, line := range lines[1:] {
		lon, errLon := strconv.ParseFloat(line[1], 64)
		lat, errLat := strconv.ParseFloat(line[2], 64)
		if err := errors.Join(errLon, errLat); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrInvalidDefinition, outlineFile, err)
		}
		ring = append(ring, [2]float64{lon, lat})
	}
	if ring[0] != ring[len(ring)-1] {
		ring = append(ring, ring[0])
	}
	return ring, nil
}

// lineText is a ring as WKT.
func lineText(ring [][2]float64) string {
	points := make([]string, len(ring))
	for i, p := range ring {
		points[i] = strconv.FormatFloat(p[0], 'f', -1, 64) + " " + strconv.FormatFloat(p[1], 'f', -1, 64)
	}
	return "LINESTRING(" + strings.Join(points, ",") + ")"
}
