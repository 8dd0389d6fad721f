package web

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// readSystem reads crs=, in which the positions of a request are; without it, CRS84.
func readSystem(values url.Values) (crs.System, error) {
	text := values.Get("crs")
	if text == "" {
		return crs.WGS84, nil
	}
	system, err := crs.Parse(text)
	if err == nil {
		_, err = crs.NewTransformer(system)
	}
	if err != nil {
		return system, &paramError{
			"crs", text, "应为 CRS84、4490、4525、4546、4526、4547、3857、gcj02、bd09 之一（其他 CGCS2000 代码亦可）",
			"must be one of CRS84, 4490, 4525, 4546, 4526, 4547, 3857, gcj02, bd09, or another code of CGCS2000",
		}
	}
	return system, nil
}

// readPlace reads lon=, lat= and crs= and returns the place in EPSG:4490. Of a
// projected system lon is the easting and lat the northing, in metres.
func readPlace(values url.Values) (orb.Point, error) {
	system, err := readSystem(values)
	if err != nil {
		return orb.Point{}, err
	}
	var p orb.Point
	for i, name := range []string{"lon", "lat"} {
		if values.Get(name) == "" {
			return p, &paramError{name, "", "必须给出；经纬度为度，投影坐标为米（lon 为东坐标，lat 为北坐标）", "must be given; in degrees, or in metres of a projected system (lon is the easting, lat the northing)"}
		}
		if p[i], err = number(values, name, 0); err != nil {
			return p, err
		}
	}
	return toCGCS2000(system, p, values.Get("lon")+", "+values.Get("lat"))
}

// toCGCS2000 brings a position of a request to EPSG:4490. One that can't be of the
// system is told what it looks like instead.
func toCGCS2000(system crs.System, p orb.Point, text string) (orb.Point, error) {
	if err := system.Check(p); err != nil {
		if errors.Is(err, crs.ErrSwapped) {
			return p, &paramError{
				"lon,lat", text, "坐标轴颠倒：交换后落在中国境内；lon 为经度（或东坐标），lat 为纬度（或北坐标），请交换两者",
				"the axes are swapped: exchanged, the position lies in China; lon is the longitude or easting, lat the latitude or northing; exchange them",
			}
		}
		return p, &paramError{
			"lon,lat", text, "坐标与坐标系 " + system.String() + " 不符：经纬度应为度（经度 ±180，纬度 ±90），投影坐标应为米；请核对 crs",
			"the position doesn't fit " + system.String() + ": degrees must be within ±180 and ±90, projected positions in metres; check crs",
		}
	}
	g, err := transform(system, p)
	if err != nil {
		return p, err
	}
	return g.(orb.Point), nil
}

// areaToCGCS2000 brings an area of a request to EPSG:4490.
func areaToCGCS2000(system crs.System, area orb.MultiPolygon) (orb.MultiPolygon, error) {
	for _, polygon := range area {
		for _, ring := range polygon {
			for _, p := range ring {
				if system.Check(p) != nil { // once more, for its words
					_, err := toCGCS2000(system, p, fmt.Sprintf("%v, %v", p[0], p[1]))
					return nil, err
				}
			}
		}
	}
	g, err := transform(system, area)
	if err != nil {
		return nil, err
	}
	return g.(orb.MultiPolygon), nil
}

func transform(system crs.System, g orb.Geometry) (orb.Geometry, error) {
	t, err := crs.NewTransformer(system)
	if err != nil {
		return nil, err
	}
	if g, err = t.Transform(g); err != nil {
		return nil, &paramError{"crs", system.String(), "坐标超出该坐标系的适用范围", "the position is outside the reach of the system"}
	}
	return g, nil
}
