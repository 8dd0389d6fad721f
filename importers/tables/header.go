package tables

import (
	"slices"
	"strings"
)

// headerWithin is in how many rows from the top a sheet's header is looked for:
// titles and remarks often stand above it.
const headerWithin = 10

// Header is where a sheet names its columns.
type Header struct {
	Last  int      // the row, from 0, behind which the data begins
	Names []string // of the columns, from both lines where a header has two
}

// FindHeader finds the columns' names among a sheet's first rows: the first row, or
// two rows with merged cells in the upper one, by which positions can be told;
// else the first row with two names or more. Without any it is not ok.
func FindHeader(rows [][]string) (_ Header, ok bool) {
	first := -1
	for i, row := range rows[:min(len(rows), headerWithin)] {
		if namesIn(row) < 2 {
			continue
		}
		if first < 0 {
			first = i
		}
		if i+1 < len(rows) {
			if names, grouped := join(row, rows[i+1]); grouped && tellsPosition(names, rows[i+2:]) {
				return Header{i + 1, names}, true
			}
		}
		if tellsPosition(row, rows[i+1:]) {
			return Header{i, row}, true
		}
	}
	if first < 0 {
		return Header{}, false
	}
	return Header{first, rows[first]}, true
}

// namesIn counts the cells that can be columns' names.
func namesIn(row []string) (filled int) {
	for _, cell := range row {
		if _, isFigure := Coordinate(cell); !isFigure && strings.TrimSpace(cell) != "" {
			filled++
		}
	}
	return filled
}

func tellsPosition(names []string, rows [][]string) bool {
	layouts, err := Detect(names, rows)
	return err == nil && (layouts[0].Parts != nil || roleOf(names[layouts[0].X]) != noRole)
}

// join makes one header of two lines: 经度 over 度, 分 and 秒, 坐标 over X and Y, and
// names that stand over an empty cell or in the lower line alone. grouped is false
// for two rows that are no such header.
func join(upper, lower []string) (names []string, grouped bool) {
	cell := func(row []string, i int) string {
		if i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	group := "" // the merged cell that a column lies under
	for i := range max(len(upper), len(lower)) {
		above, below := cell(upper, i), cell(lower, i)
		if above != "" {
			group = above
		}
		_, isFigure := Coordinate(below)
		switch {
		case isFigure || above == "" && below == "":
			return nil, false
		case below == "":
			names, group = append(names, above), ""
		case group == "":
			names = append(names, below)
		default:
			grouped = grouped || above == "" && i > 0 && cell(lower, i-1) != ""
			names = append(names, group+below)
		}
	}
	for i := range names { // a name of the lower line that says all by itself is enough
		if below := cell(lower, i); below != "" && !isPartWord(below) && count(lower, below) == 1 {
			names[i] = below
		}
	}
	return names, grouped
}

func count(row []string, name string) (n int) {
	for _, cell := range row {
		if strings.TrimSpace(cell) == name {
			n++
		}
	}
	return n
}

// isPartWord reports whether a name says degrees, minutes or seconds and no more.
func isPartWord(name string) bool {
	name = withoutBrackets.Replace(strings.ToLower(name))
	return slices.ContainsFunc(partWords[:], func(words []string) bool { return slices.Contains(words, name) })
}
