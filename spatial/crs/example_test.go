package crs_test

import (
	"fmt"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// A .prj says what the eastings are; the seat of 郁南县 comes out in degrees.
func ExampleIdentify() {
	system, err := crs.Identify(esri("CGCS2000_3_Degree_GK_Zone_37", chinaGeogcs, 37500000, 111, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	to4490, err := crs.NewTransformer(system)
	if err != nil {
		fmt.Println(err)
		return
	}
	seat, err := to4490.Transform(orb.Point{37554795.8003, 2570619.5096}) // easting, northing, metres
	if err != nil {
		fmt.Println(err)
		return
	}
	p := seat.(orb.Point)
	fmt.Printf("%s: %.4f° E, %.4f° N\n", system, p[0], p[1])
	// Output: EPSG:4525: 111.5354° E, 23.2346° N
}

// A wrong system is found by the size of the numbers, and the right one named.
func ExampleSystem_Check() {
	system, err := crs.Parse("EPSG:4546")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(system.Check(orb.Point{37554795.8, 2570619.5}))
	// Output: 东坐标 37554795.8 带有带号 37，而 EPSG:4546 不带带号；看来是 EPSG:4525，请用 --crs EPSG:4525 / easting 37554795.8 carries the zone number 37, but EPSG:4546 has none; it looks like EPSG:4525: use --crs EPSG:4525
}
