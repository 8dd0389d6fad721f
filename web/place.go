package web

import (
	"errors"
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
	t, err := crs.NewTransformer(system)
	if err != nil {
		return p, err
	}
	g, err := t.Transform(p)
	if err != nil {
		return p, &paramError{"lon,lat", text, "坐标超出 " + system.String() + " 的适用范围", "the position is outside the reach of " + system.String()}
	}
	return g.(orb.Point), nil
}
