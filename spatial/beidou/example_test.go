package beidou_test

import (
	"fmt"

	"github.com/paulmach/orb"

	"onemap/spatial/beidou"
)

func ExampleEncode() {
	code, err := beidou.Encode(orb.Point{112.043945, 22.92815}, 5) // 云城区
	if err != nil {
		fmt.Println(err)
		return
	}
	cell, err := beidou.Decode(code)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s from %.4f°E, %.4f°N, %.0f″ wide\n", code, cell.Bound.Min[0], cell.Bound.Min[1], (cell.Bound.Max[0]-cell.Bound.Min[0])*3600)
	// Output: N49F854259A from 112.0433°E, 22.9278°N, 4″ wide
}
