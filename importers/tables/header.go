package tables

import "strings"

// headerWithin is in how many rows from the top a sheet's header is looked for:
// titles and remarks often stand above it.
const headerWithin = 10

// Header finds the row, from 0, that holds the columns' names among a sheet's
// first rows: the first one by which positions can be told, else the first with
// two names or more. Without any it is -1.
func Header(rows [][]string) int {
	first := -1
	for i, row := range rows[:min(len(rows), headerWithin)] {
		filled := 0
		for _, cell := range row {
			if _, isFigure := Coordinate(cell); !isFigure && strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if filled < 2 {
			continue
		}
		if first < 0 {
			first = i
		}
		if layouts, err := Detect(row, rows[i+1:]); err == nil && roleOf(row[layouts[0].X]) != noRole {
			return i
		}
	}
	return first
}
