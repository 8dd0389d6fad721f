package importers

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding"

	"onemap/layers"
)

// dbfNameLength is how many bytes of a field's name a DBF keeps.
const dbfNameLength = 10

// truncate returns what a DBF leaves of a name, or false if it keeps all of it.
func truncate(name string, charset Charset) (string, bool) {
	encoded := []byte(name)
	if charset.code != nil {
		var err error
		if encoded, err = encoding.ReplaceUnsupported(charset.code.NewEncoder()).Bytes(encoded); err != nil {
			return "", false
		}
	}
	if len(encoded) <= dbfNameLength {
		return "", false
	}
	short, _, ok := charset.decode(encoded[:dbfNameLength])
	return short, ok
}

// matchTruncated fills fields from names that a DBF has cut off, in from, taken
// and by. A name that could be several fields' is told by types, by the order of
// fields, which exports keep, and by which are required; where that leaves more
// than one way it is left out. Either is remarked on.
func matchTruncated(def layers.Definition, source []sourceField, charset Charset, from []int, taken []bool, by []string) (remarks []reason) {
	done := map[string]bool{}
	for j, f := range source {
		name := plainName(f.name)
		if taken[j] || done[name] {
			continue
		}
		done[name] = true
		columns, targets := []int(nil), []int(nil)
		for k, other := range source {
			if !taken[k] && plainName(other.name) == name {
				columns = append(columns, k)
			}
		}
		for i, field := range def.Fields {
			if from[i] < 0 && isCutFrom(name, field, charset) {
				targets = append(targets, i)
			}
		}
		if len(targets) == 0 {
			continue
		}
		chosen, clear := tellApart(def, source, columns, targets)
		var called []string
		for _, i := range targets {
			called = append(called, def.Fields[i].Name+"（"+def.Fields[i].Label+"）")
		}
		all := strings.Join(called, "、")
		switch {
		case !clear:
			remarks = append(remarks, *newReason("字段名 %[1]q 被截断，分不清是 %[2]s，未采用；请用 --map '#%[3]d=字段' 指定",
				"the field name %[1]q is cut off and could be any of %[2]s, so it was left out; name it with --map '#%[3]d=FIELD'", f.name, all, columns[0]+1))
			continue
		case len(targets) > 1:
			remarks = append(remarks, *newReason("字段名 %[1]q 被截断，可能是 %[2]s，按类型和先后次序判定；有误时请用 --map '#%[3]d=字段' 指定",
				"the field name %[1]q is cut off and could be any of %[2]s: told apart by types and order; where that is wrong name it with --map '#%[3]d=FIELD'", f.name, all, columns[0]+1))
		}
		for k, i := range chosen {
			if i >= 0 {
				from[i], taken[columns[k]], by[i] = columns[k], true, "truncated"
			}
		}
	}
	return remarks
}

func isCutFrom(name string, field layers.Field, charset Charset) bool {
	return slices.ContainsFunc(slices.Concat([]string{field.Name, field.Label, field.LabelEN}, field.Aliases), func(n string) bool {
		short, ok := truncate(n, charset)
		return ok && plainName(short) == name
	})
}

// mostWays bounds the ways that are gone through.
const mostWays = 10_000

// tellApart finds the one way to fill targets from columns, both in order and
// with types that fit: chosen has each column's target, or -1 where one target
// has several columns and others suit it better.
func tellApart(def layers.Definition, source []sourceField, columns, targets []int) (chosen []int, clear bool) {
	if len(targets) == 1 {
		chosen = slices.Repeat([]int{-1}, len(columns))
		best := 0
		for k, j := range columns {
			if fits(def.Fields[targets[0]].Type, source[j].kind) > fits(def.Fields[targets[0]].Type, source[columns[best]].kind) {
				best = k
			}
		}
		chosen[best] = targets[0]
		return chosen, true
	}
	var ways [][]int
	var try func(way []int, next int)
	try = func(way []int, next int) {
		if len(way) == len(columns) {
			ways = append(ways, slices.Clone(way))
			return
		}
		for t := next; t < len(targets) && len(ways) < mostWays; t++ {
			if fits(def.Fields[targets[t]].Type, source[columns[len(way)]].kind) > 0 {
				try(append(way, targets[t]), t+1)
			}
		}
	}
	try(nil, 0)
	if len(ways) > 1 {
		ways = slices.DeleteFunc(ways, func(way []int) bool {
			return slices.ContainsFunc(targets, func(i int) bool { return def.Fields[i].Required && !slices.Contains(way, i) })
		})
	}
	if len(ways) != 1 {
		return nil, false
	}
	return ways[0], true
}
