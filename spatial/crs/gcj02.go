package crs

import "math"

// The ellipsoid of the GCJ-02 formulas: Krassowsky's.
const (
	gcjAxis         = 6378245.0
	gcjEccentricity = 0.00669342162296594323 // squared
)

// GCJ-02 is the identity outside this box, in degrees.
const (
	gcjWest, gcjEast   = 72.004, 137.8347
	gcjSouth, gcjNorth = 0.8293, 55.8271
)

// toGCJ02 shifts a CGCS2000 position the way GCJ-02 does, some 600 m in Yunfu.
func toGCJ02(lon, lat float64) (float64, float64) {
	if lon < gcjWest || lon > gcjEast || lat < gcjSouth || lat > gcjNorth {
		return lon, lat
	}
	x, y := lon-105, lat-35
	common := (20*math.Sin(6*math.Pi*x) + 20*math.Sin(2*math.Pi*x)) * 2 / 3
	root := math.Sqrt(math.Abs(x))
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + common +
		(20*math.Sin(math.Pi*y)+40*math.Sin(math.Pi/3*y))*2/3 +
		(160*math.Sin(math.Pi/12*y)+320*math.Sin(math.Pi/30*y))*2/3
	dLon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + common +
		(20*math.Sin(math.Pi*x)+40*math.Sin(math.Pi/3*x))*2/3 +
		(150*math.Sin(math.Pi/12*x)+300*math.Sin(math.Pi/30*x))*2/3
	sin, cos := math.Sincos(lat * math.Pi / 180)
	m := 1 - gcjEccentricity*sin*sin
	meridional := gcjAxis * (1 - gcjEccentricity) / (m * math.Sqrt(m))
	prime := gcjAxis / math.Sqrt(m)
	return lon + dLon*180/(prime*cos*math.Pi), lat + dLat*180/(meridional*math.Pi)
}

// gcj02ToBD09 shifts a GCJ-02 position the way BD-09 does.
func gcj02ToBD09(lon, lat float64) (float64, float64) {
	const turn = math.Pi * 3000 / 180
	z := math.Hypot(lon, lat) + 2e-5*math.Sin(lat*turn)
	theta := math.Atan2(lat, lon) + 3e-6*math.Cos(lon*turn)
	sin, cos := math.Sincos(theta)
	return z*cos + 0.0065, z*sin + 0.006
}

// invert finds the position that f shifts to (lon, lat), by fixed point; the
// shifts change so slowly that a few rounds reach 1e-12 degrees.
func invert(f func(lon, lat float64) (float64, float64), lon, lat float64) (float64, float64) {
	x, y := lon, lat
	for range 20 {
		fx, fy := f(x, y)
		dx, dy := fx-lon, fy-lat
		x, y = x-dx, y-dy
		if math.Abs(dx) < 1e-12 && math.Abs(dy) < 1e-12 {
			break
		}
	}
	return x, y
}

func fromGCJ02(lon, lat float64) (float64, float64) { return invert(toGCJ02, lon, lat) }

func fromBD09(lon, lat float64) (float64, float64) {
	return fromGCJ02(invert(gcj02ToBD09, lon, lat))
}
